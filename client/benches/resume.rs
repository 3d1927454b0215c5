//! From a drop to the next live socket, on loopback: our drivers beside the same request and the
//! same handshake done by hand with the libraries under the blocking one.
//!
//! `cargo bench -p directline-client --bench resume` prints the table. They take turns, drop by drop, so
//! that whatever else the machine is at meets them all alike.

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

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let Arguments { drops, .. } = Arguments::parse();
    let current = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut all = [
        by_hand()?,
        driven("blocking", Driven::blocking)?,
        driven("tokio, current thread", |config| Driven::tokio(current, config))?,
        driven("tokio, multi thread", |config| Driven::tokio(threads, config))?,
    ];
    let before = all.each_ref().map(Contestant::requests);
    for _ in 0..drops {
        all.iter_mut().try_for_each(Contestant::take_turn)?;
    }
    let expected = 2 * usize::from(drops);
    for (contestant, before) in all.iter().zip(before) {
        let asked = contestant.requests() - before;
        assert_eq!(asked, expected, "{}: one GET and one handshake a drop", contestant.name);
    }
    report(all);
    Ok(())
}

/// The first of them is what the others are held to.
fn report(all: [Contestant; 4]) {
    let name = "drop to live";
    println!("{name:<34} {:>10} {:>10} {:>10} {:>8}", "shortest", "median", "99 of 100", "by hand");
    let mut yardstick = None;
    for Contestant { name, mut times, .. } in all {
        times.sort();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        let ratio = at(50).as_secs_f64() / yardstick.get_or_insert(at(50)).as_secs_f64();
        println!("{name:<34} {:>10.1?} {:>10.1?} {:>10.1?} {ratio:>8.2}", at(0), at(50), at(99));
    }
}

/// Whoever takes a conversation up again.
struct Contestant {
    name: &'static str,
    testbed: Testbed,
    /// Notices that the connection is lost; returns when the next one is live.
    resume: Box<dyn FnMut() -> Outcome<()>>,
    times: Vec<Duration>,
}

impl Contestant {
    fn take_turn(&mut self) -> Outcome<()> {
        let begun = Instant::now();
        self.testbed.drop_all();
        (self.resume)()?;
        self.times.push(begun.elapsed());
        Ok(())
    }

    fn requests(&self) -> usize {
        self.testbed.log().requests().len()
    }
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

fn driven(name: &'static str, start: impl FnOnce(Config) -> Driven) -> Outcome<Contestant> {
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
    let resume = Box::new(move || {
        conversation.until(is_live);
        Ok(())
    });
    Ok(Contestant { name, testbed, resume, times: Vec::new() })
}

fn by_hand() -> Outcome<Contestant> {
    let testbed = testbed()?;
    let minted = testbed.generate_token(None);
    let agent = ureq::Agent::new_with_defaults();
    let bearer = format!("Bearer {}", minted.token);
    let address = testbed.address();
    let socket = move |answer: &str| -> Outcome<_> {
        let answer: Value = serde_json::from_str(answer)?;
        let url = answer["streamUrl"].as_str().ok_or("no stream URL")?;
        let line = TcpStream::connect(address)?;
        line.set_nodelay(true)?;
        Ok(tungstenite::client(url, line).map_err(|error| error.to_string())?.0)
    };
    let start = format!("{}/v3/directline/conversations", testbed.base());
    let mut answer = agent.post(&start).header("authorization", &bearer).send_empty()?;
    let mut stream = socket(&answer.body_mut().read_to_string()?)?;
    testbed.say(&minted.conversation, r#"{"type":"message"}"#)?;
    stream.read()?;
    let again = format!("{}/{}?watermark=0", start, minted.conversation);
    let resume = Box::new(move || {
        while stream.read().is_ok() {}
        let mut answer = agent.get(&again).header("authorization", &bearer).call()?;
        stream = socket(&answer.body_mut().read_to_string()?)?;
        Ok(())
    });
    Ok(Contestant { name: "by hand: one GET, one handshake", testbed, resume, times: Vec::new() })
}
