//! Who is woken by what, and when.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::time::Duration;

use directline::{CloseReason, Credential, Failure, SocketId};
use http::Response;

use super::*;
use crate::mailbox::BATCHES_MAX;
use crate::update::Received;

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
        let (mut hand, mut count) = (VecDeque::new(), 0);
        while self.core.poll_mail(&mut hand, &mut context).is_ready() && !hand.is_empty() {
            count += hand.drain(..).count();
        }
        count
    }

    /// Hears frames in one burst, as far as there is room for them; how many that were.
    fn hear(&self, numbers: Range<usize>) -> usize {
        let waker = Waker::from(self.driver.clone());
        let Poll::Ready(mut burst) = self.core.poll_room(&mut Context::from_waker(&waker)) else {
            return 0;
        };
        let mut heard = 0;
        for number in numbers {
            if !burst.has_room_for_one() {
                break;
            }
            let text = format!(r#"{{"activities":[{{"id":"c|{number:07}"}}],"watermark":"1"}}"#);
            self.core.report_heard(&mut burst, Input::Frame { socket: self.socket, text });
            heard += 1;
        }
        heard
    }

    /// What the application takes at once.
    fn hand(&self) -> VecDeque<Mail> {
        let mut hand = VecDeque::new();
        let taken = self.core.poll_mail(&mut hand, &mut Context::from_waker(Waker::noop()));
        assert!(taken.is_ready());
        hand
    }

    /// The next deadline, with nothing to do before it.
    fn due(&self) -> Moment {
        match self.core.turn() {
            Turn::WaitUntil(Some(due)) => due,
            turn => panic!("{turn:?}"),
        }
    }

    fn lent(&self) -> usize {
        self.core.lock().lent.count()
    }
}

#[test]
fn a_burst_wakes_the_application_when_it_is_over() {
    let asleep = asleep();
    asleep.hear(0..2);
    assert_eq!(asleep.reader.rings(), 0);
    asleep.core.hand_over(Ahead::Nothing);
    assert_eq!(asleep.reader.rings(), 1);
    assert_eq!(asleep.read(), 2);
    asleep.core.hand_over(Ahead::Nothing);
    assert_eq!(asleep.reader.rings(), 0, "there is nothing to wake up for");
}

#[test]
fn no_burst_is_longer_than_there_is_room() {
    let asleep = asleep();
    let first = asleep.hear(0..1_000);
    assert!(first < BATCHES_MAX, "the application is woken while there is room for more");
    asleep.core.hand_over(Ahead::More);
    assert_eq!(asleep.reader.rings(), 1, "whatever is at hand");
    let second = asleep.hear(first..1_000);
    asleep.core.hand_over(Ahead::More);
    assert_eq!(first + second, BATCHES_MAX);
    assert_eq!(asleep.hear(BATCHES_MAX..1_000), 0);
    assert_eq!(asleep.driver.rings(), 0);
    assert_eq!(asleep.read(), BATCHES_MAX);
    assert_eq!(asleep.driver.rings(), 1, "there is room again");
    asleep.core.close();
    asleep.core.conclude();
    assert!(asleep.reader.rings() > 0, "the end is told at once");
}

#[test]
fn what_the_application_is_done_with_is_freed_while_more_comes() {
    let asleep = asleep();
    asleep.hear(0..4);
    asleep.core.hand_over(Ahead::More);
    assert_eq!(asleep.lent(), 4);
    assert_eq!(asleep.read(), 4);
    asleep.hear(4..5);
    assert_eq!(asleep.lent(), 4, "one goes when one comes");
    asleep.core.hand_over(Ahead::More);
    assert_eq!(asleep.lent(), 1, "and all that are done with when the burst is over");
    asleep.core.hand_over(Ahead::Nothing);
    assert_eq!(asleep.lent(), 0, "who is quiet holds nothing");
    assert_eq!(asleep.read(), 1, "but what the application has not taken");
}

#[test]
fn what_the_application_keeps_for_long_is_its_own_to_free() {
    let asleep = asleep();
    asleep.hear(0..1);
    asleep.core.hand_over(Ahead::Nothing);
    let Some(Mail::Batch(batch)) = asleep.hand().pop_front() else { panic!("no batch") };
    let mut lent = Lent::default();
    (0..BATCHES_MAX).for_each(|_| lent.lend(&batch));
    lent.reclaim();
    assert_eq!(lent.count(), BATCHES_MAX, "so many may wait for it");
    lent.lend(&batch);
    lent.reclaim();
    assert_eq!(lent.count(), BATCHES_MAX, "one too many");
}

#[test]
fn a_burst_is_of_the_moment_when_it_began() {
    let asleep = asleep();
    let before = asleep.due();
    asleep.core.clock().sleep(10);
    asleep.hear(0..1);
    asleep.core.hand_over(Ahead::Nothing);
    let passed = asleep.due().since(before);
    assert!(passed >= Duration::from_secs(10), "the next probe is due {passed:?} later");
}

#[test]
fn a_frame_leaves_the_driver_asleep() {
    let asleep = asleep();
    asleep.hear(0..1);
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

#[test]
fn the_driver_is_woken_before_the_application() {
    struct Name(&'static str, Arc<Mutex<Vec<&'static str>>>);
    impl Wake for Name {
        fn wake(self: Arc<Self>) {
            self.1.lock().expect("nobody panics").push(self.0);
        }
    }
    let asleep = asleep();
    let woken = Arc::default();
    let waker = |name| Waker::from(Arc::new(Name(name, Arc::clone(&woken))));
    let (reader, driver) = (waker("application"), waker("driver"));
    let mut hand = VecDeque::new();
    assert!(asleep.core.poll_mail(&mut hand, &mut Context::from_waker(&reader)).is_pending());
    assert!(asleep.core.poll_news(&mut Context::from_waker(&driver)).is_pending());
    let (socket, reason) = (asleep.socket, CloseReason::Broken);
    asleep.core.report(Input::SocketClosed { socket, reason });
    assert_eq!(*woken.lock().expect("nobody panics"), ["driver", "application"]);
}

#[test]
fn nothing_is_held_back_but_what_asks_to_wait() {
    let Asleep { core, socket, .. } = asleep();
    let request = serde_json::from_str("2").expect("a request's id");
    let response = Response::builder().status(503).body(Vec::new()).expect("valid");
    for fact in [
        Input::SocketClosed { socket, reason: CloseReason::Broken },
        Input::RequestFailed { request, failure: Failure::Broken },
        Input::Response { request, response },
    ] {
        let until = core.held_back_until(&fact);
        assert!(core.clock().until(until).is_zero(), "{fact:?}");
    }
}

#[test]
fn no_more_bytes_wait_than_there_is_room_for() {
    let asleep = asleep();
    let filler = "x".repeat(200 << 10);
    let mut heard = 0;
    let waker = Waker::from(asleep.driver.clone());
    while let Poll::Ready(mut burst) = asleep.core.poll_room(&mut Context::from_waker(&waker)) {
        let before = heard;
        while burst.has_room_for_one() {
            let text = format!(r#"{{"activities":[{{"id":"c|{heard:07}","text":"{filler}"}}]}}"#);
            asleep.core.report_heard(&mut burst, Input::Frame { socket: asleep.socket, text });
            heard += 1;
        }
        assert_eq!(heard - before, 2, "the application is told after 256 KiB");
        asleep.core.hand_over(Ahead::More);
    }
    assert_eq!(heard, 6, "the last ones go beyond 1 MiB");
    assert_eq!((asleep.driver.rings(), asleep.read()), (0, 6));
    assert_eq!(asleep.driver.rings(), 1);
}

#[test]
fn the_application_takes_no_more_bytes_at_once_than_a_hand_holds() {
    let asleep = asleep();
    let waker = Waker::from(asleep.driver.clone());
    let Poll::Ready(mut burst) = asleep.core.poll_room(&mut Context::from_waker(&waker)) else {
        panic!("there is room")
    };
    for number in 0..3 {
        // 32 KiB, so that two are 64.
        let filler = "x".repeat((32 << 10) - r#"{"id":"c|0000000","text":""}"#.len());
        let text = format!(r#"{{"activities":[{{"id":"c|{number:07}","text":"{filler}"}}]}}"#);
        asleep.core.report_heard(&mut burst, Input::Frame { socket: asleep.socket, text });
    }
    asleep.core.hand_over(Ahead::Nothing);
    assert_eq!((asleep.hand().len(), asleep.hand().len()), (2, 1));
}

/// One that has handed over so much that it waits for room.
fn full() -> Asleep {
    let asleep = asleep();
    let first = asleep.hear(0..1_000);
    asleep.core.hand_over(Ahead::More);
    asleep.hear(first..1_000);
    asleep.core.hand_over(Ahead::More);
    assert_eq!(asleep.hear(1_000..1_010), 0, "it waits for room");
    asleep
}

#[test]
fn who_waits_for_room_is_left_alone_until_there_is_some() {
    let asleep = full();
    let _hand = asleep.hand();
    assert_eq!(asleep.driver.rings(), 0, "what is in the hand is not dealt with yet");
    let _next = asleep.hand();
    assert_eq!(asleep.driver.rings(), 1);
}

#[test]
fn who_waits_for_room_hears_that_nobody_will_make_any() {
    let asleep = full();
    asleep.core.abandon();
    assert!(asleep.driver.rings() > 0);
    assert!(asleep.hear(1_000..1_010) > 0, "what comes is thrown away, so that the end can come");
    asleep.core.hand_over(Ahead::Nothing);
    assert_eq!(asleep.read(), 0);
}

#[test]
fn no_more_is_shown_than_a_status_or_a_size() {
    let asleep = asleep();
    assert_eq!(format!("{:?}", asleep.core), "Core(Live)");
    let inbox = crate::inbox::Inbox::new(asleep.core.clone());
    assert_eq!(format!("{inbox:?}"), "Core(Live)");
    asleep.hear(0..1);
    asleep.core.hand_over(Ahead::Nothing);
    let Some(Mail::Batch(batch)) = asleep.hand().pop_front() else { panic!("no batch") };
    assert_eq!(format!("{:?}", Received::new(batch, 0)), "Received(1 of 1, 18 bytes)");
}

#[test]
fn each_post_has_a_larger_key_than_the_one_before() {
    let asleep = asleep();
    let post = || asleep.core.post(|key| Input::Post { key, activity: "{}".into() });
    let (first, second) = (post().expect("taken"), post().expect("taken"));
    assert!(first.key() < second.key(), "{first:?}, {second:?}");
}

#[cfg(debug_assertions)]
#[test]
#[should_panic(expected = "a driver reports what it was asked for: the session has ended")]
fn a_driver_that_reports_what_nobody_asked_for_is_found() {
    expected(Err(Misuse::Ended));
}
