//! Tokens and secrets: which one goes with a request, and what happens when none is left.

use std::time::Duration;

use directline::{Failure, Input, Misuse, Purpose, Status, Way};

use crate::transcript::{Host, config, error, plain, response, set, short, site, token, with};

/// Every refusal that only another credential can cure, and its name.
fn refusals() -> [(u16, String, &'static str); 5] {
    [
        (403, error("TokenExpired"), "the token has expired (403)"),
        (403, error("BadArgument"), "forbidden (403)"),
        (403, String::new(), "forbidden (403)"),
        (401, String::new(), "unauthorized (401)"),
        (400, error("MissingProperty"), "a token with a user id is needed (400 MissingProperty)"),
    ]
}

#[test]
fn a_token_that_runs_out_during_the_start_leaves_nobody_connecting() {
    // Covers: LV-2, CR-4
    for way in [Way::Stream, Way::Polling] {
        let token = token("t").lasting(Duration::from_secs(15));
        let mut host = Host::new(config(with(token).with_way(way)));
        while host.lines("needs token").is_empty() {
            host.times_out();
        }
        if host.awaits(Purpose::Refresh) {
            host.answers_to(Purpose::Refresh, 404, "");
        }
        host.answers_to(Purpose::Start, 201, r#"{"conversationId":"c"}"#);
        assert_eq!(host.status(), Status::NeedsToken, "{way:?}");
        assert_eq!(host.deadline(), None, "{way:?}");
    }
}

#[test]
fn a_newer_token_replaces_the_older_one() {
    // Covers: CR-1
    let mut host = Host::new(config(plain()));
    host.grants_also(r#","token":"t2""#).opens().says("a", "1").forget();
    host.breaks().times_out().grants_also(r#","token":"""#).breaks().times_out();
    host.grants_also(r#","token":null"#).breaks().times_out();
    let get = "GET conversations/c?watermark=1 as t2";
    assert_eq!(host.sent(), [get, get, get], "an empty one replaces nothing");
    host.grants_also(r#","token":"t3""#).opens().posts(1);
    assert_eq!(host.sent(), [r#"POST conversations/c/activities {"text":"1"} as t3"#]);
}

#[test]
fn a_token_of_an_earlier_request_does_not_replace_a_later_one() {
    // Covers: CR-1
    let mut host = Host::live(config(plain()));
    host.says("a", "1").breaks().times_out();
    host.after(5).supplies("host").grants_also(r#","token":"older""#).opens();
    host.breaks().times_out();
    assert_eq!(host.sent().last().expect("a request"), "GET conversations/c?watermark=1 as host");
}

#[test]
fn with_a_secret_the_token_obtained_through_it_is_used() {
    // Covers: CR-1, CR-6
    let mut host = Host::new(config(with(site("s"))));
    host.then("POST tokens/generate as s");
    host.answers(200, r#"{"conversationId":"c","token":"t1"}"#).then("POST conversations as t1");
    host.grants_also(r#","token":"t2""#).opens().says("a", "1").posts(1).forget();
    host.breaks().times_out();
    assert_eq!(host.sent(), ["GET conversations/c?watermark=1 as t2"]);
}

#[test]
fn the_secret_is_what_is_left_when_the_token_is_not() {
    // Covers: CR-1, CR-4
    for (status, body, _) in refusals() {
        let mut host = Host::new(config(with(site("s"))));
        host.answers(200, r#"{"conversationId":"c","token":"t1"}"#).goes_live().says("a", "1");
        host.breaks().times_out().forget();
        host.answers(status, &body);
        assert_eq!(host.sent(), ["GET conversations/c?watermark=1 as s"], "{status} {body}");
        assert_eq!(host.lines("needs token").len(), 0);
        host.grants_also(r#","token":"t2""#).opens().forget().breaks().times_out();
        assert_eq!(host.sent(), ["GET conversations/c?watermark=1 as t2"], "and back again");
    }
}

#[test]
fn an_attempt_that_fails_after_the_token_ran_out_leaves_no_timer() {
    // Covers: CR-4, LV-2
    let token = token("t1").lasting(Duration::from_secs(100));
    let pause = Duration::from_secs(60);
    let mut host = Host::live(config(with(token).with_backoff(pause, pause)));
    host.says("a", "1").at(99_000).breaks();
    assert!(host.awaits(Purpose::Reconnect), "with the token's last second");
    host.sleeps_until(119_000);
    assert_eq!((host.status(), host.deadline()), (Status::NeedsToken, None));
    host.forget().supplies("t2");
    assert_eq!(host.sent(), ["GET conversations/c?watermark=1 as t2"], "and then at once");
}

#[test]
fn a_token_that_runs_out_leaves_the_secret_too() {
    // Covers: CR-1, CR-3
    let mut host = Host::new(config(with(site("s")).without_liveness_timeout()));
    host.answers(200, r#"{"conversationId":"c","token":"t1","expires_in":100}"#).goes_live();
    host.at(50_000).tick().answers(404, "").sleeps_until(100_000).says("a", "1").forget();
    host.breaks();
    assert_eq!(host.sent(), ["GET conversations/c?watermark=1 as s"]);
    assert_eq!(host.lines("needs token").len(), 0);
}

#[test]
fn where_only_a_token_will_do_the_secret_is_not_tried_again() {
    // Covers: CR-1, CR-4
    let mut host = Host::new(config(with(site("s"))));
    host.answers(200, r#"{"conversationId":"c","token":"t1"}"#).goes_live().says("a", "1");
    host.breaks().times_out().answers(403, &error("TokenExpired")).forget();
    host.answers(400, &error("MissingProperty")).then(
        "
        fault: reconnecting was answered with status 400: denied; stops
        needs token: a token with a user id is needed (400 MissingProperty)
        status needstoken
        ",
    );
    host.supplies("t2").goes_live().breaks().times_out();
    let get = "GET conversations/c?watermark=1 as t2";
    assert_eq!(host.sent(), [get, get]);
}

#[test]
fn a_host_may_want_the_secret_alone() {
    // Covers: CR-1
    let mut host = Host::new(config(with(site("s")).with_secret_only(true)));
    host.grants_also(r#","token":"t1","expires_in":60"#).opens().says("a", "1").posts(1);
    host.answers(200, r#"{"id":"x"}"#).sleeps_until(200_000).breaks().goes_live();
    assert_eq!(host.all_requests().count(), 3, "nothing is generated or refreshed");
    assert!(host.all_requests().all(|sent| short(sent.bearer()) == "s"));
}

#[test]
fn a_refused_token_is_asked_for_once_and_nothing_is_sent_until_it_comes() {
    // Covers: CR-4, LV-2
    for (status, body, name) in refusals() {
        let mut host = Host::live(config(plain()));
        host.says("a", "42").breaks().times_out().posts(1).forget();
        host.answers(status, &body);
        assert_eq!(host.lines("needs token"), [format!("needs token: {name}")]);
        assert_eq!(host.lines("status").last(), Some(&"status needstoken"));
        assert_eq!(host.deadline(), None, "no timer runs");
        host.forget().after(3_600_000).tick().handle(Input::Woke).posts(2);
        host.handle(Input::NetworkDown).handle(Input::NetworkUp).handle(Input::Woke).nothing();
        assert_eq!((host.deadline(), host.session.pending_posts()), (None, 2));
        host.supplies("t2").then(
            "
            GET conversations/c?watermark=42 as t2
            status connecting
            ",
        );
        host.goes_live();
        assert!(host.awaits(Purpose::Post), "the queue is kept");
    }
}

#[test]
fn a_start_that_is_refused_asks_for_a_token() {
    // Covers: CR-4
    for (status, body, name) in refusals() {
        let mut host = Host::new(config(plain()));
        host.forget().answers(status, &body);
        assert_eq!(host.lines("needs token"), [format!("needs token: {name}")]);
        assert_eq!(host.deadline(), None);
        host.forget().supplies("t2");
        assert_eq!(host.sent(), ["POST conversations as t2"]);
    }
}

#[test]
fn a_token_that_expires_by_the_clock_is_asked_for_at_that_moment() {
    // Covers: CR-4, CR-2, LV-2
    let mut host = Host::new(config(plain().with_way(Way::Polling)));
    host.grants().answers(200, &set("a", "1")).answers(200, &set("", "1"));
    for _ in 0..1_799 {
        host.times_out();
        if host.awaits(Purpose::Refresh) {
            host.answers_to(Purpose::Refresh, 404, "");
        }
        if host.awaits(Purpose::Activities) {
            host.answers(200, &set("", "1"));
        }
    }
    host.sleeps_until(1_799_999);
    assert_eq!(host.lines("needs token").len(), 0);
    host.at(1_800_000).tick();
    assert_eq!(host.lines("needs token"), ["needs token"]);
    assert_eq!((host.status(), host.deadline()), (Status::NeedsToken, None));
}

#[test]
fn a_token_that_expires_during_a_pause_ends_the_pause() {
    // Covers: CR-4, RC-4, LV-2
    let mut host = Host::new(config(plain()));
    host.grants_also(r#","token":"t2","expires_in":20"#).opens().says("a", "1").breaks();
    host.times_out().answers_with(response(429, &[("Retry-After", "250")], ""));
    host.forget().sleeps_until(19_000);
    assert_eq!(host.lines("needs token").len(), 0);
    host.sleeps_until(20_000);
    assert_eq!(host.lines("needs token"), ["needs token"]);
    assert_eq!((host.status(), host.deadline()), (Status::NeedsToken, None), "no timer runs");
}

#[test]
fn an_open_socket_outlives_its_token() {
    // Covers: CR-4, RC-1
    let mut host = Host::live(config(plain().without_liveness_timeout()));
    host.says("a", "1").at(900_000).tick().answers(403, &error("TokenExpired")).then(
        "
        delivered a at 1
        POST tokens/refresh as t
        fault: refreshing the token was answered with status 403: denied; stops
        needs token: the token has expired (403)
        ",
    );
    host.posts(1).says("b", "2").then("delivered b at 2");
    host.breaks().then(
        "
        fault: connection lost (1006); attempt 1
        status needstoken
        ",
    );
    assert_eq!(host.deadline(), None);
    host.supplies("t2");
    assert_eq!(host.sent(), ["GET conversations/c?watermark=2 as t2"]);
}

#[test]
fn a_token_handed_in_unasked_is_used_from_then_on() {
    // Covers: CR-1, CR-4
    let mut host = Host::live(config(plain()));
    host.says("a", "1").supplies("t2").forget().breaks().times_out();
    assert_eq!(host.sent(), ["GET conversations/c?watermark=1 as t2"]);
}

#[test]
fn the_refused_token_is_not_taken_again() {
    // Covers: CR-5
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().answers(403, &error("TokenExpired"));
    let again = Input::NewToken(token("t"));
    assert_eq!(host.mistakes(again), Misuse::TokenRefusedBefore);
    host.supplies("t2");
    assert!(host.awaits(Purpose::Reconnect));
}

#[test]
fn the_same_refusal_of_a_fresh_token_is_the_end() {
    // Covers: CR-5
    for (status, body, name) in refusals() {
        let mut host = Host::live(config(plain()));
        host.breaks().times_out().answers(status, &body).supplies("t2").forget();
        host.answers(status, &body);
        let ended = host.lines("ended");
        let start = format!("ended: a fresh credential was refused as the one before: {name}");
        assert!(ended.len() == 1 && ended[0].starts_with(&start), "{ended:?}");
    }
}

#[test]
fn a_token_that_worked_in_between_makes_a_refusal_new() {
    // Covers: CR-5
    let mut host = Host::live(config(plain()));
    for round in 0..5 {
        host.breaks().times_out().answers(403, "");
        host.supplies(&format!("u{round}")).goes_live();
    }
    assert_eq!(host.lines("ended").len(), 0);
}

#[test]
fn what_worked_with_the_token_before_makes_no_refusal_new() {
    // Covers: CR-5
    let mut host = Host::live(config(plain()));
    host.posts(1).breaks().times_out();
    host.answers_to(Purpose::Reconnect, 403, "").supplies("t2");
    host.answers_to(Purpose::Post, 200, "{}").forget();
    host.answers_to(Purpose::Reconnect, 403, "");
    let end = "ended: a fresh credential was refused as the one before: forbidden (403)";
    assert_eq!(host.lines("ended"), [end]);
}

#[test]
fn the_wrong_region_is_the_end_and_says_which_is_right() {
    // Covers: CR-5
    let body = r#"{"error":{"code":"RegionNotAllowed","message":"use europe"}}"#;
    let end = "ended: the bot cannot be reached through this region: use europe";
    let mut host = Host::new(config(plain()));
    host.answers(403, body);
    assert_eq!(host.lines("ended"), [end]);
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().answers(403, body);
    assert_eq!(host.lines("ended"), [end]);
    let mut host = Host::live(config(plain()));
    host.posts(1).answers(403, body);
    assert_eq!(host.lines("ended"), [end]);
}

#[test]
fn bearers_go_to_the_base_and_nowhere_else() {
    // Covers: CR-8, SU-6
    let mut host = Host::new(config(plain().with_base("https://d.example:8443/v3/directline/")));
    host.answers(201, r#"{"conversationId":"c","streamUrl":"wss://evil.example/s"}"#).opens();
    host.breaks().times_out();
    let moved = [("Location", "https://evil.example/")];
    host.answers_with(response(503, &moved, "")).times_out().fails(Failure::Broken).times_out();
    host.answers(200, r#"{"conversationId":"c","streamUrl":"/s"}"#).opens().posts(1);
    assert_eq!(host.lines("open").last(), Some(&"open wss://d.example:8443/s"));
    let base = "https://d.example:8443/v3/directline/";
    assert!(host.all_requests().count() >= 5);
    assert!(host.all_requests().all(|sent| sent.url().starts_with(base)));
}

#[test]
fn redirects_are_not_followed() {
    // Covers: CR-8, RX-8
    for status in [301, 302, 303, 307, 308] {
        let headers = [("Location", "https://evil.example/v3/directline/conversations")];
        let mut host = Host::new(config(plain()));
        host.answers_with(response(status, &headers, ""));
        let line = "starting the conversation was redirected to https://evil.example";
        let line = format!("fault: {line} (status {status}); attempt 2");
        assert_eq!(host.lines("fault"), [line]);
        host.times_out();
        let asked = "https://d.example/v3/directline/conversations";
        assert!(host.all_requests().all(|sent| sent.url() == asked));
    }
}

#[test]
fn a_late_refusal_of_the_old_token_does_not_hurt_the_new_one() {
    // Covers: CR-4, CR-5
    let mut host = Host::live(config(plain()));
    host.says("a", "1").posts(1).supplies("t2").forget();
    host.answers(403, &error("TokenExpired")).times_out().then(
        r#"
        fault: sending was answered with status 403: denied; continues
        POST conversations/c/activities {"text":"1"} as t2
        "#,
    );
    host.answers(200, "{}").then("posted 1 sent without id");
}

#[test]
fn also_while_polling_the_same_refusal_of_a_fresh_token_is_the_end() {
    // Covers: CR-5, PO-2
    let mut host = Host::new(config(plain().with_way(Way::Polling)));
    host.grants().answers(403, "").supplies("t2").times_out();
    assert_eq!(host.sent().last().expect("one"), "GET conversations/c/activities as t2");
    host.answers(403, "");
    let end = "ended: a fresh credential was refused as the one before: forbidden (403)";
    assert_eq!(host.lines("ended"), [end]);
}

#[test]
fn a_secret_that_may_not_start_where_nothing_is_generated_asks_for_a_token() {
    // Covers: CR-1, CR-4
    let mut host = Host::new(config(with(site("s"))));
    host.answers(404, "").forget().answers(403, "");
    assert_eq!(host.lines("needs token"), ["needs token: forbidden (403)"]);
    host.supplies("t").goes_live();
    assert_eq!(host.sent(), ["POST conversations as t"]);
}

#[test]
fn where_nothing_is_generated_a_refused_token_leaves_the_secret_a_chance() {
    // Covers: CR-4, CR-5
    let mut host = Host::new(config(with(site("s"))));
    host.answers(404, "").supplies("t").answers(500, "").times_out().forget();
    host.answers(403, "").answers(403, "");
    assert_eq!(host.sent(), ["POST conversations as s"]);
    assert_eq!(host.lines("ended").len(), 0, "two credentials are no credential twice");
    assert_eq!(host.lines("needs token"), ["needs token: forbidden (403)"]);
}

#[test]
fn the_secret_may_be_refused_in_the_words_that_the_token_was() {
    // Covers: CR-4, CR-5
    let mut host = Host::new(config(with(site("s"))));
    host.answers(200, r#"{"conversationId":"c","token":"t1"}"#).goes_live().says("a", "1");
    host.breaks().times_out().answers(403, "").forget().answers(403, "");
    assert_eq!(host.lines("ended").len(), 0, "neither has been replaced yet");
    assert_eq!(host.lines("needs token"), ["needs token: forbidden (403)"]);
}
