//! No socket to be had: polling instead, and looking out for one.

use directline::{Checkpoint, Purpose, Status, Way};

use crate::transcript::{Host, config, lasting, plain, response, seconds, set};

/// Lets handshakes fail until the session polls, and answers the first page.
fn without_sockets(probe: u64) -> Host {
    let builder = lasting().with_probe_backoff(seconds(probe), seconds(8 * probe));
    let mut host = Host::new(config(builder));
    for _ in 0..5 {
        assert!(!host.awaits(Purpose::Activities));
        host.grants().refuses(403);
        if !host.awaits_any() {
            host.times_out();
        }
    }
    host
}

/// Answers polls with nothing new until the session asks for a socket.
fn polls_until_it_reconnects(host: &mut Host, watermark: &str) {
    while !host.awaits(Purpose::Reconnect) {
        if host.awaits(Purpose::Activities) {
            host.answers_to(Purpose::Activities, 200, &set("", watermark));
        } else {
            host.times_out();
        }
    }
}

#[test]
fn five_handshakes_that_never_open_lead_to_polling() {
    // Covers: RC-11, PO-1
    let mut host = without_sockets(60);
    host.forget().answers(200, &set("a", "1")).answers(200, &set("", "1")).then(
        "
        delivered a at 1
        GET conversations/c/activities?watermark=1 as t
        status polling
        ",
    );
    assert_eq!(host.status(), Status::Polling);
    assert_eq!(host.pause(), 1_000);
}

#[test]
fn polls_that_take_over_from_a_history_forget_what_the_frames_said() {
    // Covers: WM-6, RC-11
    let mut host = Host::resume(config(lasting()), Checkpoint::new("c").expect("an id"));
    host.goes_live().answers(200, &set("a", "1")).says("y", "8").breaks();
    for _ in 0..5 {
        while !host.awaits(Purpose::Reconnect) {
            host.times_out();
        }
        host.grants_to_reconnect().refuses(403);
    }
    while !host.awaits(Purpose::Activities) {
        host.times_out();
    }
    host.answers_to(Purpose::Activities, 200, &set("b y z", "9"));
    polls_until_it_reconnects(&mut host, "9");
    assert_eq!(host.sent().last().expect("one"), "GET conversations/c?watermark=9 as t");
}

#[test]
fn how_many_is_configuration() {
    // Covers: RC-11
    let mut host = Host::new(config(plain().with_handshakes_max(2)));
    host.grants().refuses(403).times_out();
    assert!(!host.awaits(Purpose::Activities));
    host.grants().refuses(403);
    assert!(host.awaits(Purpose::Activities));
}

#[test]
fn one_that_opens_begins_the_count_anew() {
    // Covers: RC-11
    let mut host = Host::live(config(plain().with_handshakes_max(2)));
    host.says("a", "1");
    for _ in 0..6 {
        host.breaks().times_out().grants().refuses(403).times_out().goes_live();
    }
    assert!(!host.awaits_any(), "no poll has begun");
}

#[test]
fn a_service_without_a_socket_says_when_to_ask_again() {
    // Covers: RC-4, RC-11
    for status in [404, 405, 501] {
        let builder = lasting().with_probe_backoff(seconds(60), seconds(60));
        let mut host = Host::live(config(builder));
        host.says("a", "1").breaks().times_out();
        host.answers_with(response(status, &[("Retry-After", "250")], ""));
        let from = host.now();
        polls_until_it_reconnects(&mut host, "1");
        assert!(host.now() >= from + 250_000, "{status}: after {} ms", host.now() - from);
    }
}

#[test]
fn handshakes_that_hang_count_like_refused_ones() {
    // Covers: RC-11
    let mut host = Host::new(config(plain().with_handshakes_max(2)));
    host.grants().times_out().times_out().grants().times_out();
    assert!(host.awaits(Purpose::Activities));
}

/// When the session asks for a socket, while polls are answered at once.
fn probes(host: &mut Host, count: usize) -> Vec<u64> {
    let mut moments = Vec::new();
    while moments.len() < count {
        polls_until_it_reconnects(host, "1");
        moments.push(host.now());
        host.grants_to_reconnect().refuses(403);
    }
    moments
}

#[test]
fn the_search_for_a_socket_goes_on_with_growing_pauses() {
    // Covers: RC-11, PO-2
    let mut host = without_sockets(10);
    let moments = probes(&mut host, 60);
    let pauses: Vec<_> = moments.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.iter().all(|pause| (2_500..=80_000).contains(pause)), "{pauses:?}");
    assert!(pauses[0] <= 20_000, "{pauses:?}");
    let late = pauses[10..].iter().sum::<u64>() / 49;
    assert!((30_000..=55_000).contains(&late), "about half the ceiling, not {late} ms");
}

#[test]
fn a_socket_ends_polling_and_loses_and_repeats_nothing() {
    // Covers: PO-3, RC-11, DD-1
    let mut host = without_sockets(60);
    host.answers(200, &set("a b", "2")).answers(200, &set("", "2"));
    while !host.awaits(Purpose::Reconnect) {
        host.times_out();
        if host.awaits(Purpose::Activities) {
            host.answers_to(Purpose::Activities, 200, &set("", "2"));
        }
    }
    let get = "GET conversations/c?watermark=2 as t";
    assert_eq!(host.sent().last().map(String::as_str), Some(get));
    host.grants_to_reconnect().forget();
    host.says("b c", "3").then("delivered c at 3\nstatus live");
    assert!(!host.awaits_any(), "no poll goes on");
    host.breaks().times_out();
    assert_eq!(host.sent(), ["GET conversations/c?watermark=3 as t"]);
}

#[test]
fn a_poll_under_way_is_dropped_when_the_socket_opens() {
    // Covers: PO-3, TM-5
    let mut host = without_sockets(60);
    host.answers(200, &set("a", "1")).after(10).handle(directline::Input::Woke).forget();
    assert!(host.awaits(Purpose::Activities));
    host.grants_to_reconnect().forget();
    let pages = host.all_requests().count() - 1;
    host.opens().then("cancel Activities\nstatus live");
    host.answers_late(pages, 200, &set("b", "9")).nothing();
    host.says("b", "2");
    assert_eq!(host.delivered(), "b", "the socket brings it");
}

#[test]
fn polls_and_search_stand_side_by_side() {
    // Covers: RC-11, PO-3, WM-4
    let mut host = without_sockets(60);
    host.answers(200, &set("a", "1")).answers(200, &set("", "1"));
    host.after(300).handle(directline::Input::Woke).forget();
    assert!(host.awaits(Purpose::Reconnect));
    if !host.awaits(Purpose::Activities) {
        host.times_out();
    }
    host.answers_to(Purpose::Activities, 200, &set("b", "2"));
    host.answers_to(Purpose::Activities, 200, &set("", "2"));
    host.grants_to_reconnect().opens().says("b", "2").says("c", "3");
    assert_eq!(host.delivered(), "b c", "the page overtook the socket's replay");
}

#[test]
fn an_empty_stream_url_polls_at_once_and_asks_again_later() {
    // Covers: SU-5, RC-11, PO-1
    let builder = plain().with_probe_backoff(seconds(60), seconds(60));
    let mut host = Host::new(config(builder));
    host.answers(200, r#"{"conversationId":"c","token":null,"streamUrl":""}"#).forget();
    host.answers(200, &set("a", "1")).answers(200, &set("", "1"));
    assert_eq!(host.status(), Status::Polling);
    while !host.awaits(Purpose::Reconnect) {
        host.times_out();
        if host.awaits(Purpose::Activities) {
            host.answers_to(Purpose::Activities, 200, &set("", "1"));
        }
    }
    assert!((15_000..=60_000).contains(&host.now()), "{}", host.now());
}

#[test]
fn who_wants_no_socket_gets_none() {
    // Covers: PO-1
    let mut host = Host::new(config(plain().with_way(Way::Polling)));
    host.grants();
    for _ in 0..100 {
        host.answers(200, &set("", "1")).times_out();
    }
    assert_eq!(host.lines("open"), Vec::<&str>::new());
}

#[test]
fn a_server_without_the_route_to_reconnect_is_polled_on() {
    // Covers: RC-11, SU-5, PO-2
    for status in [404, 405, 501, 400] {
        let mut host = Host::new(config(plain()));
        host.answers(201, r#"{"conversationId":"c"}"#);
        host.answers_to(Purpose::Activities, 200, &set("a", ""));
        while !host.awaits(Purpose::Reconnect) {
            host.times_out();
            if host.awaits(Purpose::Activities) {
                host.answers_to(Purpose::Activities, 200, &set("a", ""));
            }
        }
        host.answers_to(Purpose::Reconnect, status, "");
        assert_eq!(host.lines("ended"), Vec::<&str>::new(), "{status}");
        assert_eq!(host.status(), Status::Polling, "{status}");
    }
}

#[test]
fn a_limit_on_attempts_waits_while_polling_works() {
    // Covers: RC-10, RC-11
    let builder = lasting().with_handshakes_max(1).with_attempts_max(2);
    let mut host = Host::new(config(builder.with_probe_backoff(seconds(60), seconds(60))));
    host.grants().refuses(403).answers(200, &set("", "1"));
    let probe = |host: &mut Host| {
        while !host.awaits(Purpose::Reconnect) {
            host.times_out();
            if host.awaits(Purpose::Activities) {
                host.answers_to(Purpose::Activities, 200, &set("", "1"));
            }
        }
        host.grants_to_reconnect();
    };
    probe(&mut host);
    host.refuses(403);
    assert_eq!(host.lines("ended").len(), 0, "nothing is missing");
    probe(&mut host);
    while !host.awaits(Purpose::Activities) {
        host.times_out();
    }
    host.answers_to(Purpose::Activities, 500, "");
    host.refuses(403);
    assert_eq!(host.lines("ended"), ["ended: gave up after 3 failed attempts in a row"]);
}

#[test]
fn polling_works_again_once_a_pause_that_was_asked_for_is_over() {
    // Covers: RC-10, RC-11, RC-4
    let builder = lasting().with_handshakes_max(1).with_attempts_max(2);
    let mut host = Host::new(config(builder.with_probe_backoff(seconds(60), seconds(60))));
    host.grants().refuses(403).answers_with(response(503, &[("Retry-After", "5")], ""));
    while !host.awaits(Purpose::Reconnect) {
        host.times_out();
        if host.awaits(Purpose::Activities) {
            host.answers_to(Purpose::Activities, 200, &set("", "1"));
        }
    }
    host.grants_to_reconnect().refuses(403);
    assert_eq!(host.lines("ended").len(), 0, "pages come, whatever was asked for before");
}
