//! INPUTS as they are written down: a mirror of [`directline::Input`], one name for each kind.

use std::time::Duration;

use directline::{
    CloseReason, Failure, Input, PostKey, RequestId, Session, SocketId, Token, Unreached, Upload,
    UploadFile,
};
use http::Response;
use serde::{Deserialize, Serialize};

use crate::reveal;
use crate::veil::Veil;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Fact {
    Timeout,
    Response { request: RequestId, status: u16, headers: Vec<(String, String)>, body: Body },
    RequestFailed { request: RequestId, failure: Failure },
    SocketOpened { socket: SocketId },
    Frame { socket: SocketId, text: String },
    Garbled { socket: SocketId },
    Pong { socket: SocketId },
    SocketClosed { socket: SocketId, reason: Ending },
    Post { key: PostKey, activity: String },
    Upload { key: PostKey, user: Option<String>, activity: Option<String>, files: Vec<File> },
    NewToken { token: String, lifetime: Option<Duration> },
    Woke,
    NetworkDown,
    NetworkUp,
    Close,
}

/// A body, or as many bytes that are no text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Body {
    Text(String),
    Filler(usize),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Ending {
    Refused { status: Option<u16> },
    Unreached(Unreached),
    Closed { code: u16, reason: String },
    Broken,
    FrameTooLarge,
    Unreadable,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    name: String,
    media_type: String,
    /// Two digits a byte.
    hex: String,
}

impl Fact {
    /// What happened, veiled; `session` does not know of it yet.
    pub(crate) fn veiled(input: &Input, veil: &mut Veil, session: &Session) -> Fact {
        match input {
            Input::Timeout => Fact::Timeout,
            Input::Response { request, response } => Fact::Response {
                request: *request,
                status: response.status().as_u16(),
                headers: reveal::headers(veil, session, response.headers()),
                body: reveal::body(veil, session, response),
            },
            Input::RequestFailed { request, failure } => {
                Fact::RequestFailed { request: *request, failure: failure.clone() }
            }
            Input::SocketOpened { socket } => Fact::SocketOpened { socket: *socket },
            Input::Frame { socket, text } => {
                Fact::Frame { socket: *socket, text: veil.over(text).into_owned() }
            }
            Input::Garbled { socket } => Fact::Garbled { socket: *socket },
            Input::Pong { socket } => Fact::Pong { socket: *socket },
            Input::SocketClosed { socket, reason } => {
                Fact::SocketClosed { socket: *socket, reason: closed(reason, veil, session) }
            }
            Input::Post { key, activity } => {
                Fact::Post { key: *key, activity: veil.over(activity).into_owned() }
            }
            Input::Upload { key, upload } => Fact::upload(*key, upload, veil),
            Input::NewToken(token) => Fact::NewToken {
                token: veil.hide(token.text().expose()),
                lifetime: token.lifetime(),
            },
            Input::Woke => Fact::Woke,
            Input::NetworkDown => Fact::NetworkDown,
            Input::NetworkUp => Fact::NetworkUp,
            Input::Close => Fact::Close,
        }
    }

    fn upload(key: PostKey, upload: &Upload, veil: &mut Veil) -> Fact {
        let mut text = |text: &str| veil.over(text).into_owned();
        let (user, activity) = (upload.user().map(&mut text), upload.activity().map(&mut text));
        let file = |file: &UploadFile| File {
            name: veil.over(file.name()).into_owned(),
            media_type: file.media_type().to_owned(),
            hex: veil.over_bytes(file.bytes()).iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        Fact::Upload { key, user, activity, files: upload.files().iter().map(file).collect() }
    }

    /// What a machine is told.
    ///
    /// # Errors
    ///
    /// Which part of it can be none.
    pub(crate) fn to_input(&self) -> Result<Input, String> {
        Ok(match self.clone() {
            Fact::Timeout => Input::Timeout,
            Fact::Response { request, status, headers, body } => {
                let body = match body {
                    Body::Text(text) => text.into_bytes(),
                    Body::Filler(length) if length <= FILLER_MAX => vec![0xff; length],
                    Body::Filler(length) => return Err(format!("a body has {length} bytes")),
                };
                let mut response = Response::builder().status(status);
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                let response = response.body(body).map_err(|error| error.to_string())?;
                Input::Response { request, response }
            }
            Fact::RequestFailed { request, failure } => Input::RequestFailed { request, failure },
            Fact::SocketOpened { socket } => Input::SocketOpened { socket },
            Fact::Frame { socket, text } => Input::Frame { socket, text },
            Fact::Garbled { socket } => Input::Garbled { socket },
            Fact::Pong { socket } => Input::Pong { socket },
            Fact::SocketClosed { socket, reason } => {
                Input::SocketClosed { socket, reason: reason.into() }
            }
            Fact::Post { key, activity } => Input::Post { key, activity },
            Fact::Upload { key, user, activity, files } => {
                let files = files.into_iter().map(File::open).collect::<Result<_, _>>()?;
                let mut upload = Upload::new(files);
                if let Some(user) = user {
                    upload = upload.with_user(user);
                }
                if let Some(activity) = activity {
                    upload = upload.with_activity(activity);
                }
                Input::Upload { key, upload }
            }
            Fact::NewToken { token, lifetime } => {
                let token = Token::new(token).map_err(|error| error.to_string())?;
                Input::NewToken(lifetime.map_or(token.clone(), |time| token.lasting(time)))
            }
            Fact::Woke => Input::Woke,
            Fact::NetworkDown => Input::NetworkDown,
            Fact::NetworkUp => Input::NetworkUp,
            Fact::Close => Input::Close,
        })
    }
}

impl File {
    fn open(self) -> Result<UploadFile, String> {
        let digits = self.hex.as_bytes().chunks(2);
        let bytes = digits.map(|pair| {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
            u8::from_str_radix(pair, 16).ok()
        });
        let bytes: Option<Vec<u8>> = bytes.collect();
        let bytes = bytes.ok_or("a file is not written in hexadecimal digits")?;
        Ok(UploadFile::new(self.name, self.media_type, bytes))
    }
}

fn closed(reason: &CloseReason, veil: &mut Veil, session: &Session) -> Ending {
    match reason {
        CloseReason::Refused { status } => Ending::Refused { status: *status },
        CloseReason::Unreached(unreached) => Ending::Unreached(unreached.clone()),
        CloseReason::Closed { code, reason } => {
            let reason = veil.over(&session.redact(reason)).into_owned();
            Ending::Closed { code: *code, reason }
        }
        CloseReason::Broken => Ending::Broken,
        CloseReason::FrameTooLarge => Ending::FrameTooLarge,
        CloseReason::Unreadable => Ending::Unreadable,
    }
}

impl From<Ending> for CloseReason {
    fn from(closed: Ending) -> CloseReason {
        match closed {
            Ending::Refused { status } => CloseReason::Refused { status },
            Ending::Unreached(unreached) => CloseReason::Unreached(unreached),
            Ending::Closed { code, reason } => CloseReason::Closed { code, reason },
            Ending::Broken => CloseReason::Broken,
            Ending::FrameTooLarge => CloseReason::FrameTooLarge,
            Ending::Unreadable => CloseReason::Unreadable,
        }
    }
}

/// More than a session reads, unless it is told to: the file of somebody else takes no more memory.
pub(crate) const FILLER_MAX: usize = 1 << 26;
