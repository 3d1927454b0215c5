//! A socket that is dead and looks open, as after a sleep: a post that was taken shows it.

use directline::{Checkpoint, History, Input, Purpose, Status};

use crate::transcript::{Act, Host, config, lasting, plain, response, set};

/// Live, silent for a while, and a post that was taken a second after it was sent.
fn posted() -> Host {
    let mut host = Host::live(config(lasting()));
    host.says("a", "1").at(60_000).forget().posts(1).after(1_000).answers(200, r#"{"id":"c|1"}"#);
    host
}

#[test]
fn what_the_page_brings_shows_that_the_socket_is_dead() {
    // Covers: RC-14, RC-1
    let mut host = posted();
    host.then(
        "
        POST conversations/c/activities {\"text\":\"1\"} as t
        posted 1 sent c|1
        ",
    );
    host.at(63_999).tick().nothing().at(64_000).tick();
    host.then("GET conversations/c/activities?watermark=1 as t");
    host.after(50).answers(200, &set("echo reply", "3")).then(
        "
        delivered echo reply at 3
        fault: connection went silent; attempt 1
        shut 1
        GET conversations/c?watermark=3 as t
        status connecting
        ",
    );
    host.goes_live().says("later", "4");
    assert_eq!(host.delivered(), "later");
    assert!(!host.awaits_any(), "no page follows");
}

#[test]
fn a_socket_that_is_heard_of_is_not_doubted() {
    // Covers: RC-14
    let signs: [(&str, Act); 4] = [
        ("its echo", |host| _ = host.says("c|1", "2")),
        ("a pong", |host| {
            let socket = host.socket_number(1);
            host.handle(Input::Pong { socket });
        }),
        ("a blank frame", |host| _ = host.frame("")),
        ("something unknown", |host| _ = host.frame(r#"{"voice":{}}"#)),
    ];
    for (name, sign) in signs {
        // Before the answer, right after it, and at the last moment.
        for after in [-500_i64, 0, 2_999] {
            let mut host = Host::live(config(lasting()));
            host.says("a", "1").at(60_000).posts(1);
            let answers = |host: &mut Host| _ = host.at(61_000).answers(200, "{}");
            if after < 0 {
                sign(host.at(60_500));
                answers(&mut host);
            } else {
                answers(&mut host);
                sign(host.after(after.unsigned_abs()));
            }
            host.sleeps_until(70_000);
            assert!(!host.awaits(Purpose::Activities), "{name} after {after} ms");
        }
        // While the page is under way.
        let mut host = posted();
        host.sleeps_until(64_000);
        sign(&mut host);
        host.forget().answers_to(Purpose::Activities, 200, &set("reply", "3"));
        assert_eq!(host.status(), Status::Live, "{name}");
        assert_eq!(host.delivered(), "reply", "{name}: it is handed out all the same");
    }
}

#[test]
fn a_page_without_news_ends_nothing() {
    // Covers: RC-14
    let pages: [(&str, Act); 5] = [
        ("empty", |host| _ = host.answers(200, &set("", "1"))),
        ("known", |host| _ = host.answers(200, &set("a", "1"))),
        ("only a watermark", |host| _ = host.answers(200, &set("", "2"))),
        ("none such", |host| _ = host.answers(404, "")),
        ("refused", |host| _ = host.answers(400, "")),
    ];
    for (name, answers) in pages {
        let mut host = posted();
        host.sleeps_until(64_000);
        answers(&mut host);
        assert_eq!(host.status(), Status::Live, "{name}");
        assert!(host.lines("activities may be missing").is_empty(), "{name}");
        host.sleeps_until(119_000).nothing_under_way();
        // The next post finds it out.
        host.posts(2).answers(200, "{}").sleeps_until(122_000);
        host.forget().answers(200, &set("reply", "3"));
        assert_eq!(host.sent(), ["GET conversations/c?watermark=3 as t"], "{name}");
    }
    // Nobody asks with a watermark again that was refused (WM-9).
    let mut host = posted();
    host.sleeps_until(64_000).answers(400, "").forget().breaks();
    assert_eq!(host.sent(), ["GET conversations/c as t"]);
    // One that does not come is asked for again.
    let mut host = posted();
    host.sleeps_until(64_000).answers(503, "").times_out();
    host.answers(200, "<html>").times_out().forget().answers(200, &set("reply", "3"));
    assert_eq!(host.sent(), ["GET conversations/c?watermark=3 as t"]);
}

#[test]
fn a_service_that_is_slow_with_its_echoes_costs_one_reconnect() {
    // Covers: RC-14
    let mut host = posted();
    host.sleeps_until(64_000).answers(200, &set("c|1", "2")).goes_live().forget();
    let next = |host: &mut Host, key: u64, at: u64| {
        host.at(at).posts(key).after(1_000).answers(200, "{}").sleeps_until(at + 4_000);
    };
    for key in 2..9 {
        next(&mut host, key, 100_000 * key);
        assert!(!host.awaits(Purpose::Activities), "post {key}");
        host.after(1_000).says(&format!("c|{key}"), &key.to_string());
    }
    assert_eq!(host.status(), Status::Live);
    // One that is in time is trusted again, whether before the answer or after it.
    for early in [true, false] {
        let at = host.now() + 100_000;
        host.at(at).posts(10);
        if early {
            host.after(500).says("prompt", "10").answers_to(Purpose::Post, 200, "{}");
        } else {
            host.after(500).answers(200, "{}").after(500).says("timely", "11");
        }
        host.sleeps_until(at + 10_000);
        next(&mut host, 11, at + 20_000);
        assert!(host.awaits(Purpose::Activities), "{early}");
        host.answers(200, &set(&format!("news {at}"), "12"));
        assert!(host.awaits(Purpose::Reconnect), "{early}");
        host.goes_live();
    }
}

#[test]
fn a_check_ends_with_its_socket_and_takes_no_turn_of_other_pages() {
    // Covers: RC-14, WM-7
    let mut host = posted();
    host.breaks().goes_live().sleeps_until(70_000);
    assert!(!host.awaits(Purpose::Activities));
    // Under way when the socket is lost.
    let mut host = posted();
    host.sleeps_until(64_000).breaks();
    assert_eq!(host.lines("cancel").len(), 1);
    host.goes_live().sleeps_until(70_000);
    assert!(!host.awaits(Purpose::Activities));
    // A history that is read shows as much, and is not cut short.
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().goes_live().after(10).posts(1);
    host.answers_to(Purpose::Post, 200, "{}").answers_to(Purpose::Activities, 200, &set("a", "1"));
    host.answers_to(Purpose::Activities, 200, &set("", "1"));
    assert_eq!((host.status(), host.delivered()), (Status::Live, "a".into()));
}

#[test]
fn the_opening_of_a_socket_is_no_word() {
    // Covers: RC-14
    // Posts that wait for a socket go out as it opens.
    let mut host = Host::live(config(lasting()));
    host.says("a", "1").at(60_000).breaks().posts(1).goes_live();
    host.after(1_000).answers_to(Purpose::Post, 200, "{}").sleeps_until(64_000);
    assert!(host.awaits(Purpose::Activities), "it has said nothing since");
    host.answers(200, &set("c|1", "2")).times_out();
    assert!(host.awaits(Purpose::Reconnect));
    // Nor does it show that echoes are in time again.
    for key in 2..6 {
        host.posts(key).goes_live().after(1_000).answers_to(Purpose::Post, 200, "{}");
        host.sleeps_until(host.now() + 20_000);
        assert!(!host.awaits(Purpose::Activities) && host.status() == Status::Live, "{key}");
        host.breaks();
        if !host.awaits_any() {
            host.times_out();
        }
    }
}

#[test]
fn each_post_after_which_nothing_is_heard_has_its_page() {
    // Covers: RC-14
    // The first page comes before the echo of the second post is there.
    let mut host = posted();
    host.posts(2).after(1_000).answers(200, "{}").sleeps_until(64_000);
    host.answers_to(Purpose::Activities, 200, &set("", "1")).sleeps_until(65_000).forget();
    host.answers_to(Purpose::Activities, 200, &set("reply", "3"));
    assert_eq!(host.sent(), ["GET conversations/c?watermark=3 as t"]);
    // After a loss a word in time for whichever post is one.
    let lost = || {
        let mut host = posted();
        host.sleeps_until(64_000).answers(200, &set("c|1", "2")).goes_live();
        host.at(200_000).posts(2).after(500).answers(200, "{}");
        host
    };
    let finds_out = |host: &mut Host| {
        host.sleeps_until(host.now() + 3_000);
        assert!(host.awaits(Purpose::Activities));
    };
    let mut host = lost();
    host.after(500).says("c|2", "3").after(500).posts(3).after(500).answers(200, "{}");
    finds_out(&mut host);
    let mut host = lost();
    host.after(1_000).posts(3).after(500).answers(200, "{}").sleeps_until(204_000);
    host.says("c|3", "3").sleeps_until(300_000).posts(4).after(500).answers(200, "{}");
    finds_out(&mut host);
}

#[test]
fn a_word_that_comes_too_late_is_no_sign_of_the_next_though_nobody_could_ask() {
    // Covers: RC-14
    let mut host = posted();
    host.sleeps_until(64_000).answers(200, &set("c|1", "2"));
    host.grants_also(r#","token":"t1","expires_in":2"#).opens();
    // The token runs out before the page could be asked for.
    host.after(500).posts(2).after(500).answers_to(Purpose::Post, 200, "{}");
    host.sleeps_until(host.now() + 5_000);
    assert!(!host.awaits(Purpose::Activities));
    host.says("c|2", "3").supplies("t2").after(1_000).posts(3).after(500);
    host.answers_to(Purpose::Post, 200, "{}");
    host.sleeps_until(host.now() + 10_000);
    assert!(!host.awaits(Purpose::Activities), "it costs one reconnect, not one a post");
}

#[test]
fn a_page_that_is_under_way_is_waited_for_though_the_socket_speaks_and_others_post() {
    // Covers: RC-14, RC-4
    let speaks = || {
        let mut host = posted();
        host.sleeps_until(64_000).after(100).says("late", "2").after(100).posts(2).after(100);
        host.forget();
        host.answers_to(Purpose::Post, 200, "{}");
        assert_eq!(host.lines("cancel"), Vec::<String>::new());
        host
    };
    // What it brings is no sign against a socket that has spoken since; the next has its own page.
    let mut host = speaks();
    host.after(100).answers_to(Purpose::Activities, 200, &set("c|2", "3")).sleeps_until(67_299);
    assert!(host.status() == Status::Live && !host.awaits(Purpose::Activities));
    host.sleeps_until(67_300).answers_to(Purpose::Activities, 200, &set("c|3", "4"));
    assert!(host.awaits(Purpose::Reconnect));
    // What its answer asks to wait for holds.
    let mut host = speaks();
    host.after(100).answers_with(response(503, &[("Retry-After", "9")], ""));
    host.sleeps_until(73_399);
    assert!(!host.awaits(Purpose::Activities));
    host.sleeps_until(73_400);
    assert!(host.awaits(Purpose::Activities));
}

#[test]
fn who_wants_only_what_is_new_is_not_given_the_old_by_a_check() {
    // Covers: RC-14, WM-8
    let settings = config(lasting().with_history(History::OnlyNew));
    let mut host = Host::resume(settings, Checkpoint::new("c").expect("an id"));
    host.goes_live().at(60_000).posts(1).after(500).answers(200, "{}").sleeps_until(70_000);
    assert!(!host.awaits(Purpose::Activities), "a page without a watermark is the history");
    host.says("c|1", "7").at(80_000).posts(2).after(500).answers(200, "{}").sleeps_until(84_000);
    assert!(host.awaits(Purpose::Activities));
}

#[test]
fn a_word_at_the_very_moment_at_which_the_page_is_asked_for_is_one() {
    // Covers: RC-14
    let mut host = posted();
    host.sleeps_until(64_000).says("late", "2").after(1).posts(2).after(100);
    host.answers_to(Purpose::Post, 200, "{}");
    host.answers_to(Purpose::Activities, 200, &set("c|2", "3"));
    assert_eq!((host.status(), host.delivered()), (Status::Live, "late c|2".into()));
}

#[test]
fn a_post_after_a_word_has_its_own_three_seconds() {
    // Covers: RC-14
    let mut host = posted();
    host.at(62_000).says("c|1", "2").at(62_500).posts(2).at(63_000).answers(200, "{}");
    host.sleeps_until(65_999);
    assert!(!host.awaits(Purpose::Activities), "the page of the first has its answer");
    host.sleeps_until(66_000);
    assert!(host.awaits(Purpose::Activities));
}

#[test]
fn a_page_that_fails_waits_for_the_next_that_was_due_anyway() {
    // Covers: RC-14, RC-4
    let mut host = posted();
    host.sleeps_until(64_000).after(100).posts(2).after(100).answers_to(Purpose::Post, 200, "{}");
    host.after(100).answers_to(Purpose::Activities, 503, "").sleeps_until(67_199);
    assert!(!host.awaits(Purpose::Activities));
    host.sleeps_until(67_200);
    assert!(host.awaits(Purpose::Activities));
}
