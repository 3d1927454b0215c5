//! From a drop to the next live socket, on loopback: our drivers beside the same request and the
//! same handshake done by hand with the libraries under the blocking one.
//!
//! `cargo bench -p directline-client --bench resume` prints the table.

use std::error::Error;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use clap::Parser;
use directline_client::directline::{Config, Credential, Event, Status};
use directline_client::{Update, blocking, tokio as asynchronous};
use directline_testbed::{Bot, Options, Testbed};
use serde_json::Value;

/// Measures how long a stable conversation takes to be live again after its connection was lost.
#[derive(Parser)]
struct Arguments {
    /// How many drops, 1 to 10000.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    drops: u16,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { drops, .. } = Arguments::parse();
    println!("{:<34} {:>10} {:>10} {:>10}", "drop to live", "shortest", "median", "99 of 100");
    let threads = tokio::runtime::Builder::new_multi_thread;
    let current = tokio::runtime::Builder::new_current_thread;
    report("by hand: one GET, one handshake", by_hand(drops)?);
    report("blocking", driven(drops, Driven::blocking)?);
    report(
        "tokio, current thread",
        driven(drops, |config| {
            Driven::tokio(current().enable_all().build().expect("a runtime"), config)
        })?,
    );
    report(
        "tokio, multi thread",
        driven(drops, |config| {
            Driven::tokio(threads().enable_all().build().expect("a runtime"), config)
        })?,
    );
    Ok(())
}

fn report(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!("{name:<34} {:>10.1?} {:>10.1?} {:>10.1?}", at(0), at(50), at(99));
}

fn testbed() -> std::io::Result<Testbed> {
    Testbed::start(Options::default().with_bot(Bot::Silent))
}

/// A conversation whose updates are waited for, whatever driver it has.
struct Driven {
    next: Box<dyn FnMut() -> Option<Update>>,
}

impl Driven {
    fn blocking(config: Config) -> Driven {
        let mut conversation = blocking::Conversation::start(config).expect("a thread");
        Driven { next: Box::new(move || conversation.next()) }
    }

    fn tokio(runtime: tokio::runtime::Runtime, config: Config) -> Driven {
        let guard = runtime.enter();
        let mut conversation = asynchronous::Conversation::start(config).expect("a runtime");
        drop(guard);
        Driven { next: Box::new(move || runtime.block_on(conversation.next())) }
    }

    fn until(&mut self, is_it: impl Fn(&Update) -> bool) {
        loop {
            let update = (self.next)().expect("the end comes first");
            assert!(!matches!(update, Update::Ended(_)), "{update:?}");
            if is_it(&update) {
                return;
            }
        }
    }
}

fn driven(drops: u16, start: impl Fn(Config) -> Driven) -> Result<Vec<Duration>, Box<dyn Error>> {
    let testbed = testbed()?;
    let config = Config::builder(Credential::secret(testbed.secret()).expect("a credential"))
        .with_base(testbed.base())
        .with_stable_after(Duration::ZERO)
        .with_attempts_at_once(10_000)
        .build()?;
    let mut conversation = start(config);
    let is_live = |update: &Update| matches!(update, Update::Event(Event::Status(Status::Live)));
    conversation.until(is_live);
    let id = testbed.conversations().pop().ok_or("no conversation")?;
    // With a watermark there is no history to be read.
    testbed.say(&id, r#"{"type":"message"}"#)?;
    conversation.until(|update| matches!(update, Update::Activity(_)));
    let mut times = Vec::new();
    for _ in 0..drops {
        let begun = Instant::now();
        testbed.drop_all();
        conversation.until(is_live);
        times.push(begun.elapsed());
    }
    let asked = testbed.log().requests().len() - 3;
    assert_eq!(asked, 2 * usize::from(drops), "one request and one handshake for each drop");
    Ok(times)
}

fn by_hand(drops: u16) -> Result<Vec<Duration>, Box<dyn Error>> {
    let testbed = testbed()?;
    let minted = testbed.generate_token(None);
    let agent = ureq::Agent::new_with_defaults();
    let bearer = format!("Bearer {}", minted.token);
    let socket = |answer: &str| -> Result<_, Box<dyn Error>> {
        let answer: Value = serde_json::from_str(answer)?;
        let url = answer["streamUrl"].as_str().ok_or("no stream URL")?;
        let line = TcpStream::connect(testbed.address())?;
        line.set_nodelay(true)?;
        Ok(tungstenite::client(url, line).map_err(|error| error.to_string())?.0)
    };
    let start = format!("{}/v3/directline/conversations", testbed.base());
    let mut answer = agent.post(&start).header("authorization", &bearer).send_empty()?;
    let mut stream = socket(&answer.body_mut().read_to_string()?)?;
    testbed.say(&minted.conversation, r#"{"type":"message"}"#)?;
    stream.read()?;
    let mut times = Vec::new();
    let again = format!("{}/{}?watermark=0", start, minted.conversation);
    for _ in 0..drops {
        let begun = Instant::now();
        testbed.drop_all();
        while stream.read().is_ok() {}
        let mut answer = agent.get(&again).header("authorization", &bearer).call()?;
        stream = socket(&answer.body_mut().read_to_string()?)?;
        times.push(begun.elapsed());
    }
    Ok(times)
}
