//! MACHINE: a session as an object of JavaScript. Each call is one fact, told at a moment.

use directline::{
    Checkpoint, CloseReason, Failure, Input, Moment, PostKey, Session, Token, Upload, UploadFile,
};
use js_sys::{Array, Error, Object, RangeError, Uint8Array};
use serde::Deserialize;
use serde::de::value::{Error as NoId, U64Deserializer};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::options::Options;
use crate::outputs;

/// One conversation. Moments are milliseconds, ids what the outputs told.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Machine {
    session: Session,
    base: String,
    tells_checkpoints: bool,
}

#[wasm_bindgen]
impl Machine {
    /// A new conversation, or the one of `checkpoint`. With `tells_checkpoints` each batch comes with
    /// the checkpoint that covers it, as text.
    ///
    /// # Errors
    ///
    /// A `TypeError` or a `RangeError` that names the option, its value and what is allowed.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: &Object,
        checkpoint: Option<String>,
        tells_checkpoints: bool,
        now: u64,
    ) -> Result<Machine, JsValue> {
        let config = Options::read(options)?.build()?;
        let (base, now) = (config.base().to_owned(), Moment::from_millis(now));
        let session = match checkpoint {
            Some(json) => {
                let checkpoint = Checkpoint::from_json(&json)
                    .map_err(|error| RangeError::new(&error.to_string()))?;
                Session::resume(config, checkpoint, now)
            }
            None => Session::new(config, now),
        };
        Ok(Machine { session, base, tells_checkpoints })
    }

    /// The next output as an array, its name first; nothing when all are out.
    pub fn poll(&mut self) -> Option<Array> {
        self.session.poll().map(|output| outputs::to_array(output, self.tells_checkpoints))
    }

    /// When [`Machine::timeout`] is due.
    pub fn deadline(&self) -> Option<u64> {
        self.session.deadline().map(Moment::as_millis)
    }

    /// Where to resume from, once everything is out.
    pub fn checkpoint(&self) -> Option<String> {
        self.session.checkpoint().map(|checkpoint| checkpoint.to_json())
    }

    /// What the routes lie below.
    pub fn base(&self) -> String {
        self.base.clone()
    }

    /// How many posts have no outcome yet.
    #[wasm_bindgen(js_name = pendingPosts)]
    pub fn pending_posts(&self) -> usize {
        self.session.pending_posts()
    }

    /// The deadline has come.
    pub fn timeout(&mut self, now: u64) -> Result<(), JsValue> {
        self.tell(now, Input::Timeout)
    }

    /// A request was answered; `headers` are names and values, one after the other.
    pub fn response(
        &mut self,
        now: u64,
        request: u64,
        status: u16,
        headers: Vec<String>,
        body: Vec<u8>,
    ) -> Result<(), JsValue> {
        let mut response = http::Response::builder().status(status);
        for pair in headers.chunks_exact(2) {
            response = response.header(&pair[0], &pair[1]);
        }
        let request = id(request)?;
        self.tell(
            now,
            match response.body(body) {
                Ok(response) => Input::Response { request, response },
                Err(_) => Input::RequestFailed { request, failure: Failure::Broken },
            },
        )
    }

    /// A request will not be answered. A page is never told how far it got.
    #[wasm_bindgen(js_name = requestFailed)]
    pub fn request_failed(&mut self, now: u64, request: u64) -> Result<(), JsValue> {
        self.tell(now, Input::RequestFailed { request: id(request)?, failure: Failure::Broken })
    }

    /// The handshake of a socket is complete.
    #[wasm_bindgen(js_name = socketOpened)]
    pub fn socket_opened(&mut self, now: u64, socket: u64) -> Result<(), JsValue> {
        self.tell(now, Input::SocketOpened { socket: id(socket)? })
    }

    /// A message of text.
    pub fn frame(&mut self, now: u64, socket: u64, text: String) -> Result<(), JsValue> {
        self.tell(now, Input::Frame { socket: id(socket)?, text })
    }

    /// A message of bytes.
    pub fn bytes(&mut self, now: u64, socket: u64, bytes: Vec<u8>) -> Result<(), JsValue> {
        let socket = id(socket)?;
        self.tell(
            now,
            match String::from_utf8(bytes) {
                Ok(text) => Input::Frame { socket, text },
                Err(_) => Input::Garbled { socket },
            },
        )
    }

    /// A socket is gone, with the code of the close event; 1006 is a browser's word for none.
    #[wasm_bindgen(js_name = socketClosed)]
    pub fn socket_closed(
        &mut self,
        now: u64,
        socket: u64,
        was_open: bool,
        code: u16,
        reason: String,
    ) -> Result<(), JsValue> {
        let reason = match (was_open, code) {
            (false, _) => CloseReason::Refused { status: None },
            (true, NO_CLOSE_FRAME) => CloseReason::Broken,
            (true, code) => CloseReason::Closed { code, reason },
        };
        self.tell(now, Input::SocketClosed { socket: id(socket)?, reason })
    }

    /// An activity is to be sent.
    pub fn post(&mut self, now: u64, key: u64, activity: String) -> Result<(), JsValue> {
        self.tell(now, Input::Post { key: PostKey(key), activity })
    }

    /// Files are to be sent; `files` holds a name, a media type and bytes for each.
    pub fn upload(
        &mut self,
        now: u64,
        key: u64,
        user: Option<String>,
        activity: String,
        files: &Array,
    ) -> Result<(), JsValue> {
        let text = |at| files.get(at).as_string().unwrap_or_default();
        let file = |at| UploadFile::new(text(at), text(at + 1), bytes(&files.get(at + 2)));
        let files = (0..files.length()).step_by(3).map(file).collect();
        let mut upload = Upload::new(files).with_activity(activity);
        if let Some(user) = user {
            upload = upload.with_user(user);
        }
        self.tell(now, Input::Upload { key: PostKey(key), upload })
    }

    /// The page has another token.
    #[wasm_bindgen(js_name = newToken)]
    pub fn new_token(&mut self, now: u64, text: &str, life: Option<f64>) -> Result<(), JsValue> {
        let token = Token::new(text).map_err(|error| RangeError::new(&error.to_string()))?;
        let life = life.map(|millis| crate::options::duration("tokenLifetime", &millis.into()));
        let token = match life.transpose()? {
            Some(life) => token.lasting(life),
            None => token,
        };
        self.tell(now, Input::NewToken(token))
    }

    /// The device slept, or the page comes back from where it did not run.
    pub fn woke(&mut self, now: u64) -> Result<(), JsValue> {
        self.tell(now, Input::Woke)
    }

    /// The browser is on line, or off it.
    pub fn network(&mut self, now: u64, is_up: bool) -> Result<(), JsValue> {
        self.tell(now, if is_up { Input::NetworkUp } else { Input::NetworkDown })
    }

    /// The page wants no more.
    pub fn close(&mut self, now: u64) -> Result<(), JsValue> {
        self.tell(now, Input::Close)
    }

    fn tell(&mut self, now: u64, input: Input) -> Result<(), JsValue> {
        let told = self.session.handle(Moment::from_millis(now), input);
        told.map_err(|misuse| Error::new(&misuse.to_string()).into())
    }
}

/// The id that an output bore, as the session knows it.
fn id<Id: for<'de> Deserialize<'de>>(number: u64) -> Result<Id, JsValue> {
    let id = Id::deserialize(U64Deserializer::<NoId>::new(number));
    id.map_err(|_| Error::new("an id that was never given").into())
}

fn bytes(value: &JsValue) -> Vec<u8> {
    Uint8Array::new(value).to_vec()
}

const NO_CLOSE_FRAME: u16 = 1006;
