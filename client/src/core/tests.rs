//! Who is woken by what, and when.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use directline::{CloseReason, Credential, SocketId};
use http::Response;

use super::*;

/// Counts how often somebody is woken.
#[derive(Default)]
struct Alarm(AtomicUsize);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Alarm {
    fn rings(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

/// A live conversation whose driver and application sleep.
struct Asleep {
    core: Arc<Core>,
    socket: SocketId,
    driver: Arc<Alarm>,
    reader: Arc<Alarm>,
}

fn asleep() -> Asleep {
    let config = Config::builder(Credential::token("hush.t").expect("a credential"))
        .with_base("http://localhost");
    let core = Core::new(Arc::new(config.build().expect("valid")), None, &Wanted::default());
    let Turn::Perform(Action::Send { request, .. }) = core.turn() else {
        panic!("a session begins with a request")
    };
    let answer = r#"{"conversationId":"c","streamUrl":"ws://localhost/s"}"#;
    let response = Response::builder().status(201).body(answer.as_bytes().to_vec());
    core.report(Input::Response { request, response: response.expect("valid") });
    let Turn::Perform(Action::Open { socket, .. }) = core.turn() else {
        panic!("a socket is opened next")
    };
    core.report(Input::SocketOpened { socket });
    let (driver, reader) = (Arc::new(Alarm::default()), Arc::new(Alarm::default()));
    let asleep = Asleep { core, socket, driver, reader };
    assert!(matches!(asleep.core.turn(), Turn::WaitUntil(Some(_))));
    let waker = Waker::from(asleep.driver.clone());
    assert!(asleep.core.poll_news(&mut Context::from_waker(&waker)).is_pending());
    asleep.read();
    asleep
}

impl Asleep {
    /// Takes all there is and goes to sleep; how much that was.
    fn read(&self) -> usize {
        let waker = Waker::from(self.reader.clone());
        let mut context = Context::from_waker(&waker);
        std::iter::from_fn(|| match self.core.poll_mail(&mut context) {
            Poll::Ready(mail) => mail,
            Poll::Pending => None,
        })
        .count()
    }

    fn hear(&self, number: usize) {
        let text = format!(r#"{{"activities":[{{"id":"c|{number:07}"}}],"watermark":"1"}}"#);
        self.core.report_heard(Input::Frame { socket: self.socket, text });
    }
}

#[test]
fn a_frame_wakes_the_application_when_no_more_is_at_hand() {
    let asleep = asleep();
    asleep.hear(0);
    asleep.hear(1);
    assert_eq!(asleep.reader.rings(), 0);
    asleep.core.rouse_reader();
    assert_eq!(asleep.reader.rings(), 1);
    assert_eq!(asleep.read(), 2);
    asleep.core.rouse_reader();
    assert_eq!(asleep.reader.rings(), 0, "there is nothing to wake up for");
}

#[test]
fn much_mail_wakes_the_application_whatever_is_at_hand() {
    let asleep = asleep();
    let count = (0..64).find(|number| {
        asleep.hear(*number);
        asleep.reader.rings() > 0
    });
    assert_eq!(count, Some(15), "a quarter of what may wait");
    assert_eq!(asleep.read(), 16);
    asleep.core.close();
    asleep.core.conclude();
    assert!(asleep.reader.rings() > 0, "the end is told at once");
}

#[test]
fn a_frame_leaves_the_driver_asleep() {
    let asleep = asleep();
    asleep.hear(0);
    assert_eq!(asleep.driver.rings(), 0);
    asleep.core.close();
    assert_eq!(asleep.driver.rings(), 1);
}

#[test]
fn what_is_due_earlier_wakes_the_driver() {
    let asleep = asleep();
    let (socket, reason) = (asleep.socket, CloseReason::Broken);
    asleep.core.report(Input::SocketClosed { socket, reason });
    assert_eq!(asleep.driver.rings(), 1, "the pause is over before the next probe");
    assert!(matches!(asleep.core.turn(), Turn::WaitUntil(Some(_))), "and nothing else is due");
}
