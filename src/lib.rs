//! lib
mod batch;
mod checkpoint;
mod config;
mod cursor;
mod error;
mod id;
mod input;
mod known;
mod outbox;
mod output;
mod phase;
mod pull;
mod retry;
mod secret;
mod session;
mod time;
mod timer;
mod token;
mod wire;

pub use batch::{Activity, Batch};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use config::{Builder, Config, Credential, History, User, Way};
pub use error::{
    Cause, ConfigError, End, Fault, Gap, GapCause, Loss, Message, Misuse, Next, Purpose, Refusal,
};
pub use id::{PostKey, RequestId, SocketId};
pub use input::{CloseReason, Failure, Input};
pub use output::{Action, Event, Output, PostOutcome, Status};
pub use secret::Secret;
pub use session::{Counters, Session};
pub use time::Moment;
pub use wire::request::Request;
pub use wire::stream_url::StreamUrl;
