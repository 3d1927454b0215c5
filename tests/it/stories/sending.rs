//! Posts: in order, one at a time, and never twice by themselves.

use directline::{Failure, Input, Misuse, PostKey, Purpose, Status, Way};

use crate::transcript::{Act, Host, config, error, plain, response, set};

fn post(key: u64) -> String {
    format!(r#"POST conversations/c/activities {{"text":"{key}"}} as t"#)
}

#[test]
fn posts_go_out_in_order_and_one_at_a_time() {
    // Covers: TX-1
    let mut host = Host::live(config(plain()));
    host.posts(1).posts(2).posts(3).then(&post(1));
    host.answers(200, r#"{"id":"x"}"#).then(&format!("posted 1 sent x\n{}", post(2)));
    host.answers(204, "").then(&format!("posted 2 sent without id\n{}", post(3)));
    host.answers(202, "").then("posted 3 sent without id");
}

#[test]
fn posts_wait_for_the_connection_and_through_the_next() {
    // Covers: TX-1
    let mut host = Host::new(config(plain()));
    host.posts(1).grants().posts(2);
    assert_eq!(host.sent(), ["POST conversations as t"], "the echo could be missed");
    host.opens();
    assert_eq!(host.sent(), [post(1)]);
    host.says("a", "1").breaks().answers_to(Purpose::Post, 200, "{}");
    host.times_out();
    assert_eq!(host.sent(), ["GET conversations/c?watermark=1 as t"]);
    host.goes_live();
    assert_eq!(host.sent(), [post(2)]);
}

#[test]
fn a_post_under_way_survives_the_loss_of_the_socket() {
    // Covers: TX-1, TX-2
    let mut host = Host::live(config(plain()));
    host.says("a", "1").posts(1).breaks().times_out().goes_live().forget();
    host.answers_to(Purpose::Post, 200, r#"{"id":"x"}"#).then("posted 1 sent x");
}

#[test]
fn polling_sends_as_well() {
    // Covers: TX-1, PO-2
    let mut host = Host::new(config(plain().with_way(Way::Polling)));
    host.posts(1).grants().forget();
    assert!(!host.awaits(Purpose::Post), "not before the first page came");
    host.answers(200, &set("", ""));
    assert_eq!(host.sent(), [post(1)]);
}

#[test]
fn a_full_queue_says_so() {
    // Covers: TX-1, RX-6
    let mut host = Host::live(config(plain().with_posts_max(2)));
    host.posts(1).posts(2).forget();
    host.posts(3).then("posted 3 queuefull");
    assert_eq!(host.session.pending_posts(), 2, "the one under way counts");
    host.answers(200, "{}").forget();
    host.posts(3).posts(4).then("posted 4 queuefull");
}

#[test]
fn an_unknown_outcome_is_told_and_not_tried_again() {
    // Covers: TX-2
    for (outcome, act) in [
        ("unknown 500", (|host| _ = host.answers(500, "")) as Act),
        ("unknown 502", |host| _ = host.answers(502, &error("BotError"))),
        ("unknown 504", |host| _ = host.answers(504, "")),
        ("unknown 503", |host| _ = host.answers(503, "")),
        ("unknown 501", |host| _ = host.answers(501, "")),
        ("unknown 408", |host| _ = host.answers(408, "")),
        ("unknown", |host| _ = host.fails(Failure::Broken)),
        ("unknown", |host| _ = host.fails(Failure::TimedOut)),
        ("unknown", |host| _ = host.fails(Failure::TooLarge)),
    ] {
        let mut host = Host::live(config(plain()));
        host.posts(1).posts(2).forget();
        act(&mut host);
        host.then(&format!("posted 1 {outcome}\n{}", post(2)));
        host.answers(200, "{}").says("its echo", "1").sleeps_until(100_000);
        assert_eq!(host.sent().len(), 0, "{outcome}");
    }
}

#[test]
fn a_post_that_takes_too_long_is_unknown() {
    // Covers: TX-2, RC-6
    let mut host = Host::live(config(plain()));
    host.posts(1).forget();
    host.at(19_999).tick().nothing();
    host.at(20_000).tick().then("cancel Post\nposted 1 unknown");
    host.answers_late(2, 200, r#"{"id":"x"}"#).nothing();
}

#[test]
fn what_was_surely_not_taken_is_tried_again() {
    // Covers: TX-3, TX-1
    for act in [(|host| _ = host.answers(429, "")) as Act, |host| _ = host.fails(Failure::NotSent)]
    {
        let mut host = Host::live(config(plain()));
        host.posts(1).posts(2).forget();
        act(&mut host);
        assert_eq!(host.lines("fault").len(), 1);
        assert_eq!(host.lines("posted").len(), 0);
        assert_eq!(host.pause(), 200, "no configuration hammers");
        host.times_out().answers(200, "{}");
        assert_eq!(host.sent(), [post(1), post(2)], "in the old order");
    }
}

#[test]
fn a_post_waits_as_long_as_it_is_told() {
    // Covers: TX-3, RC-4
    let mut host = Host::live(config(plain()));
    host.posts(1).answers_with(response(429, &[("Retry-After", "9")], "")).forget();
    host.at(8_999).tick().posts(2).nothing();
    host.at(9_000).tick().then(&post(1));
}

#[test]
fn a_rejected_post_takes_nobody_with_it() {
    // Covers: TX-3
    for status in [400, 404, 409, 413, 405, 422] {
        let mut host = Host::live(config(plain()));
        host.posts(1).posts(2).forget();
        host.answers(status, &error("BadArgument"));
        host.then(&format!("posted 1 rejected {status}: denied\n{}", post(2)));
        assert_eq!(host.status(), Status::Live);
    }
    // What must not be said says nothing of the credential.
    for body in [String::new(), "{}".to_owned(), error("Blocked"), "Forbidden".to_owned()] {
        let mut host = Host::live(config(plain()));
        host.posts(1).posts(2).forget().answers(403, &body);
        assert!(host.lines("posted")[0].starts_with("posted 1 rejected 403"), "{body:?}");
        assert_eq!((host.status(), host.sent().len()), (Status::Live, 1), "{body:?}");
    }
}

#[test]
fn a_post_outlives_its_credential() {
    // Covers: TX-5, CR-4
    for (status, body) in [(401, String::new()), (403, error("TokenExpired"))] {
        let mut host = Host::live(config(plain()));
        host.posts(1).posts(2).forget();
        host.answers(status, &body);
        assert_eq!(host.lines("needs token").len(), 1);
        assert_eq!(host.lines("posted").len(), 0);
        assert!(!host.awaits_any());
        host.forget().supplies("t2").times_out();
        let line = r#"POST conversations/c/activities {"text":"1"} as t2"#;
        assert_eq!(host.sent(), [line], "over the socket that is still open");
    }
}

#[test]
fn a_post_may_be_queued_at_any_time() {
    // Covers: TX-5
    let mut host = Host::live(config(plain()));
    host.says("a", "1").handle(Input::NetworkDown).posts(1);
    host.after(10).handle(Input::NetworkUp).answers_to(Purpose::Reconnect, 403, "").posts(2);
    assert_eq!(host.session.pending_posts(), 2);
    host.supplies("t2").goes_live().answers(200, "{}").answers(200, "{}");
    let posted = host.lines("posted");
    assert_eq!(posted, ["posted 1 sent without id", "posted 2 sent without id"]);
}

#[test]
fn at_the_end_every_post_is_accounted_for() {
    // Covers: TX-5
    let mut host = Host::live(config(plain()));
    host.posts(1).posts(2).posts(3).forget();
    host.handle(Input::Close).then(
        "
        shut 1
        cancel Post
        posted 1 unknown
        posted 2 notsent
        posted 3 notsent
        status ended
        ended: closed by the application
        ",
    );
    assert_eq!(host.session.pending_posts(), 0);
}

#[test]
fn a_post_that_waits_to_be_tried_again_was_not_sent() {
    // Covers: TX-5, TX-3
    let mut host = Host::live(config(plain()));
    host.posts(1).answers(429, "").forget().handle(Input::Close);
    assert_eq!(host.lines("posted"), ["posted 1 notsent"]);
}

#[test]
fn mistakes_with_posts_are_told_at_once() {
    // Covers: TX-1, RX-6
    let mut host = Host::live(config(plain()));
    host.posts(1);
    let post = |key, activity: &str| Input::Post { key: PostKey(key), activity: activity.into() };
    assert_eq!(host.mistakes(post(1, "{}")), Misuse::KeyInUse(PostKey(1)));
    for bad in ["", "[]", "7", "null", "{", "{} {}"] {
        let misuse = host.mistakes(post(2, bad));
        assert!(matches!(misuse, Misuse::BadPost { .. }), "{bad}");
    }
    let long = |bytes: usize| format!(r#"{{"x":"{}"}}"#, "x".repeat(bytes - 8));
    assert!(matches!(host.mistakes(post(2, &long(262_145))), Misuse::BadPost { .. }));
    host.handle(post(2, &long(262_144))).answers(200, "{}").handle(post(1, "{}"));
    host.handle(Input::Close);
    assert_eq!(host.mistakes(post(3, "{}")), Misuse::Ended);
}

#[test]
fn a_post_that_waits_wakes_nobody_while_the_network_is_down() {
    // Covers: TX-5
    let mut host = Host::live(config(plain()));
    host.posts(1).answers_with(response(429, &[("Retry-After", "10")], ""));
    assert_eq!(host.pause(), 10_000);
    host.handle(Input::NetworkDown);
    assert_eq!(host.deadline(), Some(1_800_000), "nothing but the end of the token");
    host.at(60_000).handle(Input::NetworkUp).goes_live();
    assert_eq!(host.sent().last(), Some(&post(1)));
}

#[test]
fn a_post_that_may_have_been_taken_makes_the_next_wait_where_that_is_asked() {
    // Covers: RC-4, TX-2
    let mut host = Host::live(config(plain()));
    host.posts(1).posts(2).forget();
    host.answers_with(response(503, &[("Retry-After", "40")], ""));
    host.then("posted 1 unknown 503");
    assert_eq!(host.deadline(), Some(40_000));
    host.at(39_999).tick().forget().at(40_000).tick();
    assert_eq!(host.sent(), [r#"POST conversations/c/activities {"text":"2"} as t"#]);
}

#[test]
fn a_post_that_would_grow_too_large_goes_out_as_it_is() {
    // Covers: TX-4
    for (spare, is_keyed) in [(0, false), (127, false), (128, true)] {
        let mut host = Host::live(config(plain().with_echo_keys(true)));
        let text = "x".repeat(262_144 - spare - r#"{"text":""}"#.len());
        let activity = format!(r#"{{"text":"{text}"}}"#);
        host.handle(Input::Post { key: PostKey(1), activity });
        let body = host.all_requests().last().map(|request| request.body().to_vec());
        let body = String::from_utf8(body.expect("a post")).expect("text");
        assert_eq!(body.contains("clientActivityID"), is_keyed, "{spare}");
        assert!(body.len() <= 262_144);
    }
}
