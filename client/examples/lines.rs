//! A client that is spoken to in lines, as `directline check` wants it: what it reads it sends, and
//! what it receives it writes. This is all that an adapter for another client has to do.
//!
//! `directline check -- target/debug/examples/lines`

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, thread};

use directline_client::Update;
use directline_client::blocking::Conversation;
use directline_client::directline::{Config, Credential, End, Event};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let credential = match env::var("DIRECTLINE_TOKEN") {
        Ok(token) => Credential::token(token)?,
        Err(_) => Credential::secret(env::var("DIRECTLINE_SECRET")?)?,
    };
    let config = Config::builder(credential)
        .with_base(env::var("DIRECTLINE_BASE")?)
        // Short pauses, so that nobody has to wait for what is tried again.
        .with_backoff(Duration::from_millis(20), Duration::from_millis(200))
        .with_request_timeout(Duration::from_secs(2))
        .with_keepalive_interval(Some(Duration::from_millis(500)))
        .with_liveness_timeout(Duration::from_secs(2))
        .with_poll_interval(Duration::from_millis(200))
        .build()?;
    let conversation = Conversation::start(config)?;
    let handle = conversation.handle();
    let sender = handle.clone();
    // Not waited for: it may hang in a read at the end.
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if let Err(error) = sender.send_text("user1", &line) {
                eprintln!("{error}");
            }
        }
    });
    let (mut out, mut is_stranded) = (io::stdout().lock(), false);
    for update in conversation {
        match update {
            Update::Activity(activity) => {
                writeln!(out, "{}", activity.json())?;
                out.flush()?;
            }
            Update::Event(Event::NeedsToken { .. }) => {
                // There is no other.
                is_stranded = true;
                handle.close();
            }
            Update::Event(event) => eprintln!("{event:?}"),
            Update::Ended(End::Closed | End::Completed) if !is_stranded => {
                return Ok(ExitCode::SUCCESS);
            }
            Update::Ended(end) => eprintln!("{end}"),
        }
    }
    Ok(ExitCode::FAILURE)
}
