//! What is told to whoever subscribes to `tracing`, and what is not.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use directline_client::directline::{Config, Credential, Event, PostOutcome, Status};
use directline_client::{Handle, Network, Proxy, Update, blocking, tokio as asynchronous};
use directline_testbed::{Answer, Fault, Occasion, Options, Rule, Testbed};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Keeps all that is written.
#[derive(Clone, Default)]
struct Pages(Arc<Mutex<Vec<u8>>>);

impl io::Write for Pages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Pages {
    type Writer = Pages;

    fn make_writer(&'a self) -> Pages {
        self.clone()
    }
}

impl Pages {
    fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().expect("nobody panics"));
        String::from_utf8(bytes).expect("text")
    }
}

/// Talks, breaks, is refused a post, misses something, asks for a token if it has no secret, and ends.
fn converse(
    testbed: &Testbed,
    has_secret: bool,
    handle: &Handle,
    mut next: impl FnMut() -> Option<Update>,
) {
    let refuse = || Fault::Answer(Answer::status(400).with_message("you said whispered"));
    handle.send_text("user", "whispered").expect("taken");
    let large = format!(r#"{{"type":"message","text":"{}"}}"#, "whispered".repeat(1_000));
    let (mut heard, mut lives, mut is_refused, mut has_gap) = (0, 0, false, false);
    while let Some(update) = next() {
        match update {
            Update::Activity(_) => {
                heard += 1;
                if heard == 2 {
                    testbed.close_all(1001, "whispered");
                    testbed.inject(Rule::once(Occasion::Post, refuse()).expect("allowed"));
                    handle.send_text("user", "whispered").expect("taken");
                }
            }
            Update::Event(Event::Posted { outcome: PostOutcome::Rejected { .. }, .. }) => {
                is_refused = true;
            }
            Update::Event(Event::Gap(_)) => has_gap = true,
            Update::Event(Event::NeedsToken { .. }) => handle.close(),
            Update::Event(Event::Status(Status::Live)) => {
                lives += 1;
                match (has_gap, has_secret) {
                    (false, _) => {}
                    (true, true) => handle.close(),
                    (true, false) => {
                        testbed.expire_tokens();
                        testbed.close_all(1001, "");
                    }
                }
            }
            Update::Event(_) | Update::Ended(_) => {}
        }
        if lives == 2 && is_refused {
            // A frame above the limit, which is not skipped without a word.
            is_refused = false;
            testbed.say(&testbed.conversations()[0], &large).expect("the conversation is there");
        }
    }
}

#[test]
fn what_goes_on_is_told_and_no_secret() {
    // Covers: CR-7, SU-6
    let pages = Pages::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(pages.clone())
        .init();
    let network = Network::default().with_proxy(Proxy::none());
    for (driver, has_secret) in
        [("tokio", true), ("blocking", true), ("tokio", false), ("blocking", false)]
    {
        let testbed = Testbed::start(Options::default()).expect("a free port");
        let token = testbed.generate_token(None).token;
        let credential = match has_secret {
            true => Credential::secret(testbed.secret()),
            false => Credential::token(&*token),
        };
        let config = Config::builder(credential.expect("a credential"))
            .with_base(testbed.base())
            .with_backoff(Duration::from_millis(5), Duration::from_millis(50))
            .with_attempts_at_once(1_000)
            .with_frame_bytes_max(4_096)
            .build()
            .expect("valid");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        if driver == "tokio" {
            let _guard = runtime.enter();
            let opened = asynchronous::Conversation::open(config, None, &network);
            let mut conversation = opened.expect("a runtime");
            let handle = conversation.handle();
            converse(&testbed, has_secret, &handle, || runtime.block_on(conversation.next()));
        } else {
            let opened = blocking::Conversation::open(config, None, &network);
            let mut conversation = opened.expect("a thread");
            let handle = conversation.handle();
            converse(&testbed, has_secret, &handle, || conversation.next());
        }
        let told = pages.take();
        let id = &testbed.conversations()[0];
        for words in [
            &format!("joined conversation=\"{id}\""),
            &format!("conversation{{id=\"{id}\"}}:request{{purpose=reconnecting"),
            "request{purpose=starting the conversation}: ",
            "purpose=sending status=200}: ",
            "socket{number=",
            "INFO",
            "status=Live",
            "delivered activities=",
            "sent key=",
            "rejected key=",
            "the socket was closed code=1001",
            "activities may be missing",
            "closed by the application",
        ] {
            assert!(told.contains(words), "{driver} did not tell {words:?}: {told}");
        }
        let is_opened = |line: &str| line.contains("socket{number=") && line.ends_with(": opened");
        assert!(told.lines().any(is_opened), "{driver} did not tell of an open socket: {told}");
        let is_asked = told.contains("a new token is needed refusal=Some(Expired)");
        assert_eq!(is_asked, !has_secret, "{driver}: {told}");
        let stem = &token[..token.len().min(8)];
        for secret in [testbed.secret(), "ws://", "stream?", "&t=", "?t=", stem, "Bearer"] {
            assert!(!told.contains(secret), "{driver} told {secret:?}: {told}");
        }
        // What was said shows to those alone who look closely, and only in the service's words.
        let quoted = told.lines().filter(|line| line.contains("whispered"));
        assert!(quoted.clone().all(|line| line.contains("DEBUG")), "{told}");
        assert!(quoted.clone().all(|line| line.contains("the service says")), "{told}");
        assert!(quoted.count() > 0, "the service's words are gone: {told}");
    }
}
