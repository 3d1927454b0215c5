//! What is told to whoever subscribes to `tracing`, and what is not.

use std::io;
use std::sync::{Arc, Mutex};

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

/// Talks, breaks, is refused a post, and ends.
fn converse(testbed: &Testbed, handle: &Handle, mut next: impl FnMut() -> Option<Update>) {
    let refuse = || Fault::Answer(Answer::status(400).with_message("you said whispered"));
    handle.send_text("user", "whispered").expect("taken");
    let (mut heard, mut lives, mut is_refused) = (0, 0, false);
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
            Update::Event(Event::Status(Status::Live)) => lives += 1,
            Update::Event(_) | Update::Ended(_) => {}
        }
        if lives == 2 && is_refused {
            handle.close();
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
    for driver in ["tokio", "blocking"] {
        let testbed = Testbed::start(Options::default()).expect("a free port");
        let config = Config::builder(Credential::secret(testbed.secret()).expect("a credential"))
            .with_base(testbed.base())
            .build()
            .expect("valid");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        if driver == "tokio" {
            let _guard = runtime.enter();
            let opened = asynchronous::Conversation::open(config, None, &network);
            let mut conversation = opened.expect("a runtime");
            let handle = conversation.handle();
            converse(&testbed, &handle, || runtime.block_on(conversation.next()));
        } else {
            let opened = blocking::Conversation::open(config, None, &network);
            let mut conversation = opened.expect("a thread");
            let handle = conversation.handle();
            converse(&testbed, &handle, || conversation.next());
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
            "rejected key=",
        ] {
            assert!(told.contains(words), "{driver} did not tell {words:?}: {told}");
        }
        let token = testbed.generate_token(None).token;
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
