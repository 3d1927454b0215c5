//! Tokens have half a life before they are renewed.

use directline::{Credential, Failure, Input, Purpose, Status};

use crate::transcript::{Host, config, lasting, plain, response, seconds, site, token, with};

/// A live session whose token came with these members, answered after 2 s.
fn live_with(members: &str) -> Host {
    let mut host = Host::new(config(plain().without_liveness_timeout()));
    host.at(2_000).grants_also(members).opens().forget();
    host
}

#[test]
fn a_token_is_refreshed_at_half_its_life_from_the_sending() {
    // Covers: CR-3, CR-2
    let mut host = live_with(r#","token":"t2","expires_in":3600"#);
    host.at(1_799_999).tick().nothing();
    host.at(1_800_000).tick().then("POST tokens/refresh as t2");
    host.at(1_801_000).answers(200, r#"{"token":"t3","expires_in":100}"#).nothing();
    host.at(1_849_999).tick().nothing();
    host.at(1_850_000).tick().then("POST tokens/refresh as t3");
}

#[test]
fn the_lifetime_may_be_anything_and_does_no_harm() {
    // Covers: CR-2
    for (written, due) in [
        ("3600", 1_800_000),
        ("\"600\"", 300_000),
        ("61", 30_500),
        ("60.9", 30_450),
        ("20", 10_000),
        ("9", 4_500),
        ("0", 900_000),
        ("-1", 900_000),
        ("2147483647", 15_768_000_000),
        ("1000000000000", 15_768_000_000),
        ("1e300", 15_768_000_000),
    ] {
        let mut host = live_with(&format!(r#","token":"t2","expires_in":{written}"#));
        host.sleeps_until(due - 1);
        assert!(!host.awaits(Purpose::Refresh), "{written}");
        host.sleeps_until(due);
        assert!(host.awaits(Purpose::Refresh), "{written}");
    }
    for (written, due) in [("4", 2_000), ("3.9", 1_950), ("2", 1_000), ("1", 500), ("0.001", 500)] {
        let mut host = Host::new(config(plain()));
        host.grants_also(&format!(r#","token":"t2","expires_in":{written}"#));
        host.sleeps_until(due - 1);
        assert!(!host.awaits(Purpose::Refresh), "{written}");
        host.sleeps_until(due);
        assert!(host.awaits(Purpose::Refresh), "{written}");
    }
    for unsaid in [r#","token":"t2""#, r#","token":"t2","expires_in":null"#] {
        let mut host = live_with(unsaid);
        host.sleeps_until(899_999).nothing();
        host.at(900_000).tick().then("POST tokens/refresh as t2");
    }
}

#[test]
fn lifetimes_of_hardly_anything_do_not_hammer() {
    // Covers: CR-2, CR-3
    let mut host = Host::new(config(plain().without_liveness_timeout()));
    host.grants_also(r#","token":"t0","expires_in":1"#).opens();
    for number in 1.. {
        host.times_out();
        if host.now() > 60_000 {
            break;
        }
        host.answers(200, &format!(r#"{{"token":"t{number}","expires_in":1}}"#));
    }
    let asked = host.all_requests().count();
    assert!((110..=122).contains(&asked), "{asked} in a minute, one each 500 ms by default");
}

#[test]
fn a_missing_lifetime_keeps_the_one_before() {
    // Covers: CR-2
    let mut host = live_with(r#","token":"t2","expires_in":100"#);
    host.says("a", "1").at(20_000).breaks().times_out().grants_also(r#","token":"t3""#).opens();
    host.forget().sleeps_until(49_999).nothing();
    host.at(50_000).tick().then("POST tokens/refresh as t3");
    host.answers(200, r#"{"token":"t4"}"#).sleeps_until(99_999).nothing();
    host.at(100_000).tick().then("POST tokens/refresh as t4");
}

#[test]
fn a_reconnect_without_a_lifetime_keeps_the_end_too() {
    // Covers: CR-2
    let mut host = live_with(r#","token":"t2","expires_in":100"#);
    host.says("a", "1").at(20_000).breaks().times_out().grants_also(r#","token":"t3""#).opens();
    host.sleeps_until(50_000).answers(404, "").forget();
    host.sleeps_until(99_999).nothing();
    host.at(100_000).tick().then("needs token");
}

#[test]
fn a_failed_refresh_is_tried_again_until_the_token_expires() {
    // Covers: CR-3
    let mut host = Host::new(config(lasting().with_backoff(seconds(8), seconds(8))));
    host.grants_also(r#","token":"t2","expires_in":100"#).opens().forget();
    host.at(50_000).tick().answers(500, "").then(
        "
        POST tokens/refresh as t2
        fault: refreshing the token was answered with status 500; attempt 2
        ",
    );
    let mut tries = vec![50_000];
    while host.lines("needs token").is_empty() {
        host.times_out();
        if host.awaits(Purpose::Refresh) {
            host.fails(Failure::Broken);
            tries.push(host.now());
        }
    }
    let pauses: Vec<_> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.iter().all(|pause| (2_000..=8_000).contains(pause)), "{pauses:?}");
    assert!(tries.last() >= Some(&92_000), "to the last moment: {tries:?}");
    let last = host.lines("fault").last().map(|line| line.ends_with("; stops"));
    assert_eq!(last, Some(true), "the next one would come too late");
    assert_eq!((host.now(), host.status()), (100_000, Status::Live));
    assert_eq!(host.lines("ended").len(), 0, "a fault, not an end");
}

#[test]
fn a_failed_refresh_keeps_the_distance_of_all() {
    // Covers: CR-3
    let builder = plain().with_refresh_interval_min(seconds(40)).with_seed(3);
    let mut host = Host::new(config(builder.with_backoff(seconds(1), seconds(8))));
    host.grants_also(r#","token":"t2","expires_in":100"#).opens().forget();
    host.at(50_000).tick().answers(500, "").forget();
    host.sleeps_until(89_999);
    assert!(!host.awaits(Purpose::Refresh));
    host.at(90_000).tick();
    assert!(host.awaits(Purpose::Refresh));
}

#[test]
fn a_refresh_obeys_retry_after() {
    // Covers: CR-3, RC-4
    let mut host = live_with("");
    host.at(900_000).tick().answers_with(response(429, &[("Retry-After", "120")], ""));
    assert_eq!(host.pause(), 120_000);
}

#[test]
fn one_refresh_at_a_time() {
    // Covers: CR-3, RC-6
    let mut host = live_with("");
    host.at(900_000).tick().at(905_000).tick().handle(Input::Woke).forget();
    host.goes_live();
    assert_eq!(host.sent().iter().filter(|line| line.contains("refresh")).count(), 0);
    assert!(host.awaits(Purpose::Refresh));
}

#[test]
fn a_server_without_refreshes_is_left_in_peace() {
    // Covers: CR-3
    for status in [404, 405, 501, 400] {
        let mut host = live_with("");
        host.at(900_000).tick().forget().answers(status, "");
        assert_eq!(host.lines("fault").len(), 1);
        assert_eq!(host.lines("ended").len(), 0, "it says nothing about the conversation");
        assert_eq!(host.status(), Status::Live);
        assert_eq!(host.deadline(), Some(1_800_000), "only the expiry is left");
    }
}

#[test]
fn a_server_that_asks_to_be_left_in_peace_is_with_the_next_token_too() {
    // Covers: CR-3, RC-4
    for (wait, refreshed_at) in [(100, 150_000), (0, 120_000)] {
        let mut host = live_with(r#","token":"t2","expires_in":100"#);
        host.says("a", "1").sleeps_until(50_000);
        host.answers_with(response(501, &[("Retry-After", &wait.to_string())], ""));
        host.at(70_000).breaks().grants_also(r#","token":"t3","expires_in":100"#);
        host.opens().forget();
        host.sleeps_until(refreshed_at - 1).nothing();
        host.at(refreshed_at).tick().then("POST tokens/refresh as t3");
    }
}

#[test]
fn a_pause_is_remembered_however_many_tokens_come_meanwhile() {
    // Covers: CR-3, RC-4
    let mut host = live_with(r#","token":"t2","expires_in":200"#);
    host.says("a", "1").at(100_000).tick();
    host.answers_with(response(503, &[("Retry-After", "90")], ""));
    host.breaks().grants_also(r#","token":"t3","expires_in":9000"#).opens();
    host.breaks().times_out().grants_also(r#","token":"t4","expires_in":120"#).opens().forget();
    host.sleeps_until(189_999).nothing();
    host.at(190_000).tick().then("POST tokens/refresh as t4");
}

#[test]
fn a_refused_refresh_wants_another_token() {
    // Covers: CR-3, CR-4
    let mut host = live_with("");
    host.at(900_000).tick().answers(403, "");
    assert_eq!(host.lines("needs token"), ["needs token: forbidden (403)"]);
    host.supplies("t2");
    assert_eq!(host.deadline(), Some(1_800_000), "half an hour is assumed, half of it is left");
}

#[test]
fn an_answer_without_a_token_is_a_failure() {
    // Covers: CR-3, RX-6
    for body in ["{}", "<html>", r#"{"token":""}"#, r#"{"token":7}"#, r#"{"token":"a b"}"#] {
        let mut host = live_with("");
        host.at(900_000).tick().forget().answers(200, body);
        assert_eq!(host.pause(), 500, "{body}: once more after the least interval");
    }
}

#[test]
fn a_new_token_overtakes_a_refresh() {
    // Covers: CR-3, CR-1
    let mut host = live_with("");
    host.at(900_000).tick().forget().supplies("t2").then("cancel Refresh");
    host.answers_late(2, 200, r#"{"token":"t3"}"#).breaks();
    assert_eq!(host.sent(), ["GET conversations/c as t2"]);
}

#[test]
fn a_token_refused_elsewhere_takes_its_refresh_with_it() {
    // Covers: CR-3, CR-4
    let mut host = live_with("");
    host.says("a", "1").at(900_000).tick().breaks().forget();
    host.answers_to(Purpose::Reconnect, 403, "");
    assert_eq!(host.lines("cancel"), ["cancel Refresh"]);
    assert!(!host.awaits_any());
    assert_eq!(host.deadline(), None);
}

#[test]
fn nothing_is_sent_with_a_token_that_ran_out_during_a_jump() {
    // Covers: CR-3, CR-4, TM-3
    let mut host = Host::live(config(plain()));
    host.breaks().forget();
    host.at(2_000_000).tick();
    assert_eq!(host.sent(), Vec::<String>::new(), "the pause was over before the token was");
    assert_eq!(host.lines("needs token"), ["needs token"]);
    let mut host = Host::new(config(with(Credential::secret("the-secret").expect("a credential"))));
    host.answers(200, r#"{"conversationId":"c","token":"the-token"}"#).goes_live().forget();
    host.at(2_000_000).tick();
    let refreshed = host.sent().into_iter().filter(|sent| sent.contains("tokens/refresh"));
    assert_eq!(refreshed.count(), 0, "it cannot be refreshed any more");
    assert_eq!(host.lines("needs token"), Vec::<&str>::new(), "the secret is left");
}

#[test]
fn a_token_beside_a_secret_that_goes_first_is_refreshed_once_in_half_its_life() {
    // Covers: CR-2, RC-6
    let builder = with(site("s")).with_secret_only(true).without_liveness_timeout();
    let mut host = Host::live(config(builder));
    host.supplies("t").at(900_000).tick().forget();
    host.after(1).answers_to(Purpose::Refresh, 200, r#"{"token":"t2","expires_in":1800}"#).tick();
    assert!(!host.awaits_any());
    host.at(1_800_000).tick();
    assert_eq!(host.sent(), ["POST tokens/refresh as t2"]);
}

#[test]
fn a_refresh_that_brings_a_refused_token_is_not_tried_again() {
    // Covers: CR-4, CR-5, RC-6
    let mut host = Host::live(config(plain().without_liveness_timeout()));
    host.says("a", "1").breaks().times_out().answers(403, "").supplies("t2").goes_live();
    let refresh = host.now() + 900_000;
    host.at(refresh).tick().answers_to(Purpose::Refresh, 200, r#"{"token":"t..."}"#).forget();
    assert!(!host.after(1_000).tick().awaits_any());
    host.breaks().times_out();
    assert_eq!(host.sent(), ["GET conversations/c?watermark=1 as t2"]);
}

#[test]
fn what_is_answered_beside_a_refresh_is_not_its_answer() {
    // Covers: CR-3, TX-1
    let mut host = live_with(r#","token":"t2","expires_in":100"#);
    host.at(50_000).tick().posts(1).forget();
    host.answers_to(Purpose::Post, 200, r#"{"id":"x"}"#).then("posted 1 sent x");
    host.answers_to(Purpose::Refresh, 200, r#"{"token":"t3"}"#).posts(2);
    assert!(host.sent().last().expect("a post").ends_with(" as t3"));
}

#[test]
fn a_refresh_waits_for_the_network_and_one_under_way_for_its_answer() {
    // Covers: CR-3, LV-2
    let mut host = live_with(r#","token":"t2","expires_in":100"#);
    host.at(40_000).handle(Input::NetworkDown).forget().sleeps_until(60_000).nothing();
    host.handle(Input::NetworkUp).tick();
    assert!(host.awaits(Purpose::Refresh));
    let mut host = live_with(r#","token":"t2","expires_in":100"#);
    host.at(50_000).tick().handle(Input::NetworkDown).forget().sleeps_until(69_999).nothing();
    host.at(70_000).tick();
    assert_eq!(host.lines("cancel"), ["cancel Refresh"]);
}

#[test]
fn a_host_whose_token_came_with_an_answer_is_asked_again_when_that_is_gone() {
    // Covers: CR-4
    let mut host = live_with(r#","token":"t2","expires_in":100"#);
    host.says("a", "1").sleeps_until(50_000).answers(404, "").at(99_990).breaks().forget();
    host.at(100_000).tick();
    assert_eq!(host.lines("needs token"), ["needs token"]);
    host.forget().grants_also(r#","token":"t3","expires_in":30"#).opens();
    assert_eq!(host.status(), Status::Live, "an answer under way has brought one");
    host.sleeps_until(114_990).answers(404, "").sleeps_until(129_990).tick().breaks();
    assert_eq!(host.status(), Status::NeedsToken);
    assert_eq!(host.lines("needs token"), ["needs token"], "else nobody would ever bring one");
    host.supplies("t4");
    assert!(host.awaits(Purpose::Reconnect));
}

#[test]
fn a_token_of_an_earlier_request_is_better_than_one_that_has_run_out() {
    // Covers: CR-1, CR-4
    let mut host = live_with(r#","token":"t2","expires_in":3600"#);
    host.says("a", "1").at(1_795_000).breaks().at(1_800_000).tick().forget().at(1_812_000);
    host.answers_to(Purpose::Refresh, 200, r#"{"token":"t3","expires_in":5}"#).tick();
    assert_eq!(host.lines("needs token"), ["needs token"], "it ran out on its way");
    host.forget().at(1_813_000).grants_also(r#","token":"t4""#).opens().posts(1);
    assert_eq!(host.sent(), [r#"POST conversations/c/activities {"text":"1"} as t4"#]);
}

#[test]
fn each_failure_of_a_refresh_is_counted() {
    // Covers: CR-3
    let mut host = live_with(r#","token":"t2","expires_in":3600"#);
    host.at(1_800_000).tick();
    for attempt in 2..5 {
        host.forget().answers(500, "");
        let end = format!("; attempt {attempt}");
        assert!(host.lines("fault")[0].ends_with(&end), "{:?}", host.lines("fault"));
        host.times_out();
    }
    // A token that works begins the count anew.
    host.answers(200, r#"{"token":"t3","expires_in":100}"#).times_out().forget().answers(500, "");
    assert!(host.lines("fault")[0].ends_with("; attempt 2"));
}

#[test]
fn a_token_without_a_lifetime_is_not_refreshed_where_nothing_is() {
    // Covers: CR-3, CR-2
    let mut host = live_with(r#","token":"t2","expires_in":3600"#);
    host.says("a", "1").sleeps_until(1_800_000).answers(404, "").breaks();
    host.grants_also(r#","token":"t3""#).opens().forget().sleeps_until(3_599_999).nothing();
    host.at(3_600_000).tick().then("needs token");
}

#[test]
fn a_late_refusal_of_another_token_leaves_the_refresh_alone() {
    // Covers: CR-3, CR-5
    let mut host = live_with(r#","token":"t2","expires_in":3600"#);
    host.says("a", "1").at(1_789_000).posts(1);
    host.handle(Input::NewToken(token("t3").lasting(seconds(20)))).at(1_799_000).tick().forget();
    assert!(host.awaits(Purpose::Refresh));
    host.answers_to(Purpose::Post, 401, "");
    assert_eq!(host.lines("cancel"), Vec::<String>::new());
    assert!(host.awaits(Purpose::Refresh));
}
