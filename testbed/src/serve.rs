//! The testbed as a program: says how to reach it, then tells what happens.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::options::Options;
use crate::profile::Profile;
use crate::profile::traits::Generation;
use crate::testbed::Testbed;

/// Ends a running [`serve`] from another thread or a signal handler.
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

    fn is_asked_for(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// Runs a service until it is told to stop.
///
/// Writes the base URL and an example to `out`, then a line per event to `events`. A secret that
/// was made up is written to `out` too, since nobody could know it otherwise; one that was given
/// never is. Neither writer ever gets a token or a stream URL.
///
/// # Errors
/// The address can't be listened on, or one of the two can't be written to.
pub fn serve(
    options: Options,
    out: &mut dyn Write,
    events: &mut dyn Write,
    stop: &Stop,
) -> io::Result<()> {
    let made_up = options.secret.is_none();
    let profile = options.profile;
    let testbed = Testbed::start(options)?;
    introduce(&testbed, profile, made_up, out)?;
    let mut told = 0;
    while !stop.is_asked_for() {
        if testbed.wait_until(STOP_CHECK, |log| log.entries().len() > told) {
            told = narrate(&testbed, told, events)?;
        }
    }
    Ok(())
}

/// Says where it is and how to get in; a secret that was made up is one that nobody knows yet.
fn introduce(
    testbed: &Testbed,
    profile: Profile,
    made_up: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "Direct Line at {}", testbed.root())?;
    if profile != Profile::default() {
        writeln!(out, "Profile: {profile}")?;
    }
    match profile.traits().generation {
        Generation::BySecret => introduce_secret(testbed, made_up, out)?,
        Generation::ByUser => introduce_tokens(testbed, out)?,
    }
    writeln!(out)?;
    out.flush()
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

/// Where a secret opens nothing, a token has to come first.
fn introduce_tokens(testbed: &Testbed, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    writeln!(out, "There is no secret; get a token and start with that:")?;
    writeln!(out, "  curl -X POST -d '{{\"userId\":\"me\",\"password\":\"any\"}}' \\")?;
    writeln!(out, "    {}/tokens/generate", testbed.root())
}

/// Tells the events after the first `told`; gives how many have been told then.
fn narrate(testbed: &Testbed, told: usize, events: &mut dyn Write) -> io::Result<usize> {
    let news = testbed.log_since(told);
    for entry in &news {
        writeln!(events, "{:>9.3} {}", entry.at.as_secs_f64(), entry.event)?;
    }
    events.flush()?;
    Ok(told + news.len())
}

/// How long a request to stop may go unnoticed.
const STOP_CHECK: Duration = Duration::from_millis(250);
