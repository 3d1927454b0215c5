//! A history that is read in spite of everything, and by whatever way.

use directline::{Checkpoint, Failure, Input, Purpose};

use crate::transcript::{Act, Host, config, error, lasting, response, seconds, set};

/// The history is being read beside a socket: `a` was on the first page, and `y`, which a frame
/// brought, is to come on another.
fn reading() -> Host {
    let settings = lasting().with_probe_backoff(seconds(60), seconds(60));
    let mut host = Host::resume(config(settings), Checkpoint::new("c").expect("an id"));
    host.goes_live().says("y", "8").answers(200, &set("a", "1")).forget();
    host
}

/// Waits for the next page to be asked for; gives the query.
fn next_page(host: &mut Host) -> String {
    while !host.awaits(Purpose::Activities) {
        if host.awaits(Purpose::Reconnect) {
            host.grants_to_reconnect().opens();
        } else {
            host.times_out();
        }
    }
    let pages = host.all_requests().filter(|sent| sent.purpose() == Purpose::Activities);
    let url = pages.last().expect("it was sent").url();
    url.split_once('?').map_or("", |(_, query)| query).to_owned()
}

/// The rest is there, and what came meanwhile: nothing is missing, and nothing twice.
#[track_caller]
fn read_to_the_end(host: &mut Host, trouble: &str) {
    next_page(host);
    host.answers_to(Purpose::Activities, 200, &set("b c y", "8"));
    next_page(host);
    host.answers_to(Purpose::Activities, 200, &set("", "8")).says("z", "9");
    assert_eq!(host.delivered(), "b c z", "{trouble}");
    assert!(!host.awaits_any(), "{trouble}");
    assert_eq!(host.checkpoint().watermark(), Some("9"), "{trouble}");
}

fn gaps(host: &Host) -> usize {
    host.lines("activities may be missing").len()
}

#[test]
fn a_history_that_fails_beside_a_socket_uses_up_no_attempts() {
    // Covers: RC-10, WM-7
    let settings = lasting().with_attempts_max(2);
    let mut host = Host::resume(config(settings), Checkpoint::new("c").expect("an id"));
    host.goes_live();
    for _ in 0..4 {
        next_page(&mut host);
        host.answers_to(Purpose::Activities, 500, "");
    }
    host.forget().breaks();
    assert_eq!(host.lines("ended"), Vec::<&str>::new());
    while !host.awaits(Purpose::Reconnect) {
        host.times_out();
    }
    host.answers_to(Purpose::Reconnect, 500, "");
    assert_eq!(host.lines("ended"), ["ended: gave up after 2 failed attempts in a row"]);
}

/// What may become of a page: how often in a row, and how many gaps are told by then.
type Trouble = (&'static str, Act, &'static [(usize, usize)]);

#[test]
fn a_page_that_fails_is_asked_for_again() {
    // Covers: WM-7, PO-2, RX-7
    let often = [(1, 0), (2, 0), (7, 0)].as_slice();
    let troubles: [Trouble; 13] = [
        ("302", |host| _ = host.answers(302, ""), often),
        ("405", |host| _ = host.answers(405, ""), often),
        ("408", |host| _ = host.answers(408, ""), often),
        ("409", |host| _ = host.answers(409, ""), often),
        ("413", |host| _ = host.answers(413, ""), often),
        ("429", |host| _ = host.answers_with(response(429, &[("Retry-After", "7")], "")), often),
        ("503", |host| _ = host.answers(503, "<html>"), often),
        ("broken", |host| _ = host.fails(Failure::Broken), often),
        ("not sent", |host| _ = host.fails(Failure::NotSent), often),
        ("too large", |host| _ = host.fails(Failure::TooLarge), often),
        ("late", |host| _ = host.times_out(), often),
        ("unreadable", |host| _ = host.answers(200, "<html>"), often),
        // Two are believed.
        ("404", |host| _ = host.answers(404, ""), &[(1, 0)]),
    ];
    for (name, trouble, times) in troubles {
        for (times, told) in times {
            let mut host = reading();
            for _ in 0..*times {
                let page = next_page(&mut host);
                assert_eq!(page, "watermark=1", "{name}");
                trouble(&mut host);
            }
            assert_eq!(gaps(&host), *told, "{name}, {times} times");
            read_to_the_end(&mut host, name);
            assert_eq!(gaps(&host), *told, "{name}, {times} times");
        }
    }
}

#[test]
fn a_page_that_is_interrupted_is_asked_for_again() {
    // Covers: WM-7, RC-7, CR-4, RX-7
    let interruptions: [(&str, usize, Act); 7] = [
        ("the socket breaks", 3, |host| _ = host.breaks()),
        ("the socket is closed", 3, |host| _ = host.closes(1_000, "")),
        ("the device wakes", 3, |host| _ = host.handle(Input::Woke)),
        ("the network goes and comes", 3, |host| {
            _ = host.handle(Input::NetworkDown).after(90_000).handle(Input::NetworkUp);
        }),
        // The second time it is a gap of its own.
        ("a frame cannot be read", 1, |host| _ = host.frame("<html>")),
        ("the token is refused", 1, |host| {
            host.answers_to(Purpose::Activities, 403, &error("TokenExpired"));
            host.supplies("t2");
        }),
        ("a token comes too soon", 3, |host| _ = host.supplies("t2")),
    ];
    for (name, most, interrupt) in interruptions {
        for times in 1..=most {
            let mut host = reading();
            for _ in 0..times {
                next_page(&mut host);
                interrupt(&mut host);
                if !host.has_socket() {
                    assert_eq!(host.checkpoint().watermark(), Some("1"), "{name}");
                }
            }
            read_to_the_end(&mut host, name);
            assert_eq!(gaps(&host), 0, "{name}");
        }
    }
}

#[test]
fn polling_that_takes_over_goes_on_from_the_last_page() {
    // Covers: WM-5, WM-6, PO-3, RC-11, TM-7
    let no_socket = r#"{"conversationId":"c"}"#;
    let mut host = reading();
    host.breaks();
    while !host.awaits(Purpose::Reconnect) {
        host.times_out();
    }
    host.answers_to(Purpose::Reconnect, 200, no_socket);
    assert_eq!(next_page(&mut host), "watermark=1", "b and c are still to come");
    assert_eq!(host.checkpoint().watermark(), Some("1"));
    let mut next = host.resumed();
    next.goes_live().says("b c y", "8");
    assert_eq!(next.delivered(), "b c", "a kill does no harm");
    // The socket comes before the page does, and is asked to replay from there, too.
    host.after(20_000).forget().handle(Input::Woke);
    while !host.awaits(Purpose::Reconnect) {
        host.times_out();
    }
    let asked = host.lines("GET conversations/c?").last().map(|line| (*line).to_owned());
    assert_eq!(asked.as_deref(), Some("GET conversations/c?watermark=1 as t"));
    host.grants_to_reconnect().opens().says("b c y", "8").says("z", "9");
    assert_eq!(host.delivered(), "b c z");
    assert_eq!(host.checkpoint().watermark(), Some("9"));
}

#[test]
fn a_post_does_not_shorten_the_pause_after_a_failure() {
    // Covers: RC-4, PO-2
    let settings = lasting().with_backoff(seconds(8), seconds(8));
    let mut host = Host::resume(config(settings), Checkpoint::new("c").expect("an id"));
    host.goes_live();
    let mut due = 0;
    while due <= host.now() + 1_000 {
        next_page(&mut host);
        host.answers_to(Purpose::Activities, 503, "");
        due = host.deadline().expect("it is asked for again");
    }
    host.posts(1).answers_to(Purpose::Post, 200, "{}").sleeps_until(due - 1);
    assert!(!host.awaits(Purpose::Activities));
}

#[test]
fn a_watermark_that_was_taken_makes_the_next_refusal_the_first() {
    // Covers: WM-9
    let mut host = reading();
    let refused = |host: &mut Host| {
        next_page(host);
        host.forget().answers_to(Purpose::Activities, 400, "");
        let fault = host.lines("fault").first().map(|fault| (*fault).to_owned());
        fault.expect("it is told")
    };
    let first = refused(&mut host);
    let at = host.now();
    assert_eq!(next_page(&mut host), "", "at once, from the start");
    assert!(host.now() <= at + 1_000, "{at}");
    host.answers_to(Purpose::Activities, 200, &set("a", "1"));
    assert_eq!(next_page(&mut host), "watermark=1");
    host.answers_to(Purpose::Activities, 200, &set("b", "2"));
    assert_eq!(refused(&mut host), first);
    let at = host.now();
    assert_eq!(next_page(&mut host), "");
    assert!(host.now() <= at + 1_000, "{at}");
}
