//! The testbed as a program: says how to reach it, then tells what happens.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::control;
use crate::log::LogEntry;
use crate::options::Options;
use crate::profile::Profile;
use crate::profile::traits::Generation;
use crate::testbed::Testbed;

/// Ends a running [`serve`] or [`Case::run`](crate::Case::run) from another thread or a signal handler.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    stopped: Arc<AtomicBool>,
}

impl Stop {
    /// A stop that nobody has asked for yet.
    pub fn new() -> Self {
        Stop::default()
    }

    /// Asks for the end; it comes within a quarter of a second.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether somebody has asked for the end.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// How a running [`serve`] tells what there is to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Telling {
    /// How it says where it is.
    pub ready: Form,
    /// How it tells what happens.
    pub log: Form,
}

/// For whom something is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// For people.
    #[default]
    Text,
    /// For programs: a JSON object per line.
    Json,
}

/// Runs a service until it is told to stop.
///
/// Writes where it is and how to get in to `out`, as soon as it can be reached, then a line per
/// event to `events`. A secret that was made up is written to `out` too, since nobody could know it
/// otherwise; one that was given never is. Neither writer ever gets a token or a stream URL.
///
/// # Errors
/// The address can't be listened on, or one of the two can't be written to.
pub fn serve(
    options: Options,
    telling: Telling,
    out: &mut dyn Write,
    events: &mut dyn Write,
    stop: &Stop,
) -> io::Result<()> {
    let made_up = options.secret.is_none();
    let is_controlled = options.control;
    let profile = options.profile;
    let testbed = Testbed::start(options)?;
    match telling.ready {
        Form::Text => introduce(&testbed, profile, made_up, is_controlled, out)?,
        Form::Json => writeln!(out, "{}", ready_line(&testbed, profile, made_up, is_controlled))?,
    }
    out.flush()?;
    let mut told = 0;
    while !stop.is_stopped() {
        if testbed.wait_until(STOP_CHECK, |log| log.total() > told) {
            let (news, total) = testbed.log_since(told);
            told = total;
            for entry in &news {
                narrate(entry, telling.log, events)?;
            }
            events.flush()?;
        }
    }
    Ok(())
}

/// All that a program has to know.
fn ready_line(testbed: &Testbed, profile: Profile, made_up: bool, is_controlled: bool) -> String {
    let address = testbed.address();
    let mut ready = json!({
        "address": address.ip().to_string(),
        "port": address.port(),
        "version": crate::VERSION,
        "profile": profile.to_string(),
        "base": testbed.base(),
        "root": testbed.root(),
    });
    if made_up && profile.traits().generation == Generation::BySecret {
        ready["secret"] = json!(testbed.secret());
    }
    if is_controlled {
        ready["control"] = json!(format!("http://{address}{}", control::ROOT));
    }
    ready.to_string()
}

/// Says where it is and how to get in; a secret that was made up is one that nobody knows yet.
fn introduce(
    testbed: &Testbed,
    profile: Profile,
    made_up: bool,
    is_controlled: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "Direct Line at {}", testbed.root())?;
    if is_controlled {
        writeln!(out, "Control: http://{}{}", testbed.address(), control::ROOT)?;
    }
    if profile != Profile::default() {
        writeln!(out, "Profile: {profile}")?;
    }
    match profile.traits().generation {
        Generation::BySecret => introduce_secret(testbed, made_up, out)?,
        Generation::ByUser => introduce_tokens(testbed, out)?,
    }
    writeln!(out)
}

fn introduce_secret(testbed: &Testbed, made_up: bool, out: &mut dyn Write) -> io::Result<()> {
    let secret = if made_up { testbed.secret() } else { "$SECRET" };
    if made_up {
        writeln!(out, "Secret: {secret}")?;
        writeln!(out)?;
        writeln!(out, "Try it:")?;
    } else {
        writeln!(out)?;
        writeln!(out, "Try it, with your secret as $SECRET:")?;
    }
    writeln!(out, "  curl -X POST -H \"Authorization: Bearer {secret}\" \\")?;
    writeln!(out, "    {}/conversations", testbed.root())
}

/// Where a secret opens nothing, a token has to come first, and be for somebody.
fn introduce_tokens(testbed: &Testbed, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    writeln!(out, "There is no secret; get a token for a user and start with that:")?;
    writeln!(out, "  curl -X POST -d '{{\"userId\":\"me\",\"password\":\"any\"}}' \\")?;
    writeln!(out, "    {}/tokens/generate", testbed.root())?;
    writeln!(out)?;
    writeln!(out, "With the \"token\" of its answer as $TOKEN:")?;
    let base = testbed.base();
    writeln!(out, "  DIRECTLINE_TOKEN=$TOKEN directline chat --user me --domain {base}")
}

fn narrate(entry: &LogEntry, form: Form, events: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::Text => writeln!(events, "{:>9.3} {}", entry.at.as_secs_f64(), entry.event),
        Form::Json => writeln!(events, "{}", serde_json::to_string(entry)?),
    }
}

/// How long a request to stop may go unnoticed.
pub(crate) const STOP_CHECK: Duration = Duration::from_millis(250);
