//! LINES: one fact, one output or the head of a recording each, as JSON.

use std::time::Duration;

use directline::{Checkpoint, Config, Credential, Moment, Session, Token};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::input::Fact;
use crate::veil::Veil;

/// The version of the format that is written, and the newest that is read.
pub const VERSION: u64 = 1;

/// What a recording says of itself: its first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    recording: String,
    version: u64,
    #[serde(rename = "crate")]
    crate_version: String,
    at: Moment,
    credential: Stored,
    config: Box<RawValue>,
    checkpoint: Option<Checkpoint>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stored {
    Secret(String),
    Token { text: String, lifetime: Option<Duration> },
}

/// What tells a recording from other JSON, before anything else of it is read.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(default)]
    recording: String,
    /// As it was written, since it may be anything.
    #[serde(borrow, default)]
    version: Option<&'a RawValue>,
}

/// A line behind the first: a fact with its moment, an output, or what a machine objected to.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Moment>,
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    pub(crate) fact: Option<Fact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) out: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) misuse: Option<String>,
}

impl Header {
    pub(crate) fn new(
        config: &Config,
        checkpoint: Option<&Checkpoint>,
        at: Moment,
        veil: &mut Veil,
    ) -> Header {
        let credential = match config.credential() {
            Credential::Secret(secret) => Stored::Secret(veil.hide(secret.expose())),
            Credential::Token(token) => {
                Stored::Token { text: veil.hide(token.text().expose()), lifetime: token.lifetime() }
            }
        };
        let config = veil.over(&config.to_json()).into_owned();
        let checkpoint = checkpoint
            .and_then(|checkpoint| Checkpoint::from_json(&veil.over(&checkpoint.to_json())).ok());
        Header {
            recording: NAME.into(),
            version: VERSION,
            crate_version: env!("CARGO_PKG_VERSION").into(),
            at,
            credential,
            config: RawValue::from_string(config).unwrap_or_else(|_| RawValue::NULL.to_owned()),
            checkpoint,
        }
    }

    /// Reads a first line.
    pub(crate) fn read(line: &str) -> Result<Header, String> {
        if line.is_empty() {
            return Err("it is empty".into());
        }
        let kind: Kind = serde_json::from_str(line).map_err(|_| NO_RECORDING.to_owned())?;
        if kind.recording != NAME {
            return Err(NO_RECORDING.into());
        }
        check_version(kind.version.map_or("null", RawValue::get))?;
        let header: Header = serde_json::from_str(line).map_err(|error| misread(&error))?;
        header.begin()?;
        Ok(header)
    }

    /// When it began.
    #[must_use]
    pub fn at(&self) -> Moment {
        self.at
    }

    /// The version of the crate that wrote it.
    #[must_use]
    pub fn crate_version(&self) -> &str {
        &self.crate_version
    }

    /// Where the session resumed from, if it did.
    #[must_use]
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.checkpoint.as_ref()
    }

    /// The configuration as JSON, without the credential.
    #[must_use]
    pub fn config(&self) -> &str {
        self.config.get()
    }

    /// A session as the recorded one began.
    ///
    /// # Errors
    ///
    /// What cannot be a credential or a configuration.
    pub fn begin(&self) -> Result<Session, String> {
        let credential = match &self.credential {
            Stored::Secret(text) => Credential::secret(text),
            Stored::Token { text, lifetime } => Token::new(text).map(|token| {
                Credential::from(lifetime.map_or(token.clone(), |time| token.lasting(time)))
            }),
        };
        let credential = credential.map_err(|error| error.to_string())?;
        let config = Config::from_json(self.config.get(), credential);
        // Its lines are none of the recording's.
        let config = config
            .map_err(|error| error.to_string().replace(" at line 1 column ", " at its column "))?;
        Ok(match self.checkpoint.clone() {
            Some(checkpoint) => Session::resume(config, checkpoint, self.at),
            None => Session::new(config, self.at),
        })
    }
}

/// Whether this build reads a version of the format, given as JSON.
fn check_version(version: &str) -> Result<(), String> {
    if version.parse() == Ok(VERSION) {
        return Ok(());
    }
    let shown: String = version.chars().take(VERSION_CHARS_MAX).collect();
    let is_newer = version != "0" && version.bytes().all(|byte| byte.is_ascii_digit());
    Err(match is_newer {
        true => format!("version is {shown}, allowed is {VERSION}: a newer directline is needed"),
        false => format!("version is {shown}, which no recording has; allowed is {VERSION}"),
    })
}

/// What is wrong with a line's JSON, and in which column: its number within a recording is told by
/// whoever knows it.
pub(crate) fn misread(error: &serde_json::Error) -> String {
    let (text, column) = (error.to_string(), error.column());
    match text.strip_suffix(&format!(" at line {} column {column}", error.line())) {
        Some(what) => format!("{what} at column {column}"),
        None => text,
    }
}

const NAME: &str = "directline";
pub(crate) const NO_RECORDING: &str = "this is no recording";
const VERSION_CHARS_MAX: usize = 40;
