//! INPUTS: what a browser tells a session, from arrays: a name, and what goes with it.

use directline::{CloseReason, Failure, Input, PostKey, Upload, UploadFile};
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use js_sys::{Array, Error, Uint8Array};
use serde::Deserialize;
use serde::de::value::U64Deserializer;
use serde_json::Error as NoId;
use wasm_bindgen::{JsCast, JsValue};

use crate::options;

/// # Errors
///
/// A `RangeError` for a token that can't be one.
pub(crate) fn of(fact: &Array) -> Result<Input, JsValue> {
    let given = Given(fact);
    Ok(match given.text(0).as_str() {
        "timeout" => Input::Timeout,
        "response" => {
            let request = given.id()?;
            match response(&given) {
                Some(response) => Input::Response { request, response },
                None => Input::RequestFailed { request, failure: Failure::Broken },
            }
        }
        // A page is never told how far a request got.
        "requestFailed" => Input::RequestFailed { request: given.id()?, failure: Failure::Broken },
        "socketOpened" => Input::SocketOpened { socket: given.id()? },
        "frame" => Input::Frame { socket: given.id()?, text: given.text(2) },
        "bytes" => {
            let socket = given.id()?;
            match String::from_utf8(given.bytes(2)) {
                Ok(text) => Input::Frame { socket, text },
                Err(_) => Input::Garbled { socket },
            }
        }
        "socketClosed" => Input::SocketClosed { socket: given.id()?, reason: close_reason(&given) },
        "post" => Input::Post { key: PostKey(given.number(1)), activity: given.text(2) },
        "upload" => Input::Upload { key: PostKey(given.number(1)), upload: upload(&given) },
        "newToken" => Input::NewToken(options::token(given.text(1), &fact.get(2))?),
        "woke" => Input::Woke,
        "online" => Input::NetworkUp,
        "offline" => Input::NetworkDown,
        "close" => Input::Close,
        name => return Err(Error::new(&format!("{name} is no fact")).into()),
    })
}

/// Of the headers those that a session reads and a browser shows.
fn response(given: &Given<'_>) -> Option<Response<Vec<u8>>> {
    let mut response = Response::new(given.bytes(5));
    *response.status_mut() = StatusCode::from_u16(given.number(2).try_into().ok()?).ok()?;
    for (name, at) in [(RETRY_AFTER, 3), (DATE, 4)] {
        if let Some(text) = given.0.get(at).as_string() {
            response.headers_mut().insert(name, HeaderValue::try_from(text).ok()?);
        }
    }
    Some(response)
}

/// By whether it was open, and by the code of the close event.
fn close_reason(given: &Given<'_>) -> CloseReason {
    match (given.0.get(2).is_truthy(), given.number(3)) {
        (false, _) => CloseReason::Refused { status: None },
        (true, NO_CLOSE_FRAME) => CloseReason::Broken,
        (true, code) => {
            let code = code.try_into().unwrap_or(u16::MAX);
            CloseReason::Closed { code, reason: given.text(4) }
        }
    }
}

/// The activity, whose it is, and a name, a media type and bytes for each file.
fn upload(given: &Given<'_>) -> Upload {
    let files: Array = given.0.get(4).unchecked_into();
    let files = Given(&files);
    let file = |at| UploadFile::new(files.text(at), files.text(at + 1), files.bytes(at + 2));
    let upload = Upload::new((0..files.0.length()).step_by(3).map(file).collect());
    let upload = upload.with_activity(given.text(2));
    match given.0.get(3).as_string() {
        Some(user) => upload.with_user(user),
        None => upload,
    }
}

/// The members of an array, by their place.
struct Given<'a>(&'a Array);

impl Given<'_> {
    fn text(&self, at: u32) -> String {
        self.0.get(at).as_string().unwrap_or_default()
    }

    fn number(&self, at: u32) -> u64 {
        options::whole(&self.0.get(at)).unwrap_or_default()
    }

    fn bytes(&self, at: u32) -> Vec<u8> {
        Uint8Array::new(&self.0.get(at)).to_vec()
    }

    /// The id that an output bore, as the session knows it.
    fn id<Id: for<'de> Deserialize<'de>>(&self) -> Result<Id, JsValue> {
        let id = Id::deserialize(U64Deserializer::<NoId>::new(self.number(1)));
        id.map_err(|_| Error::new("an id that was never given").into())
    }
}

/// A browser's word for it.
const NO_CLOSE_FRAME: u64 = 1006;
