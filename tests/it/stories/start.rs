//! Starting a conversation, and not twice.

use directline::{Failure, Input, Purpose, User, Way};

use crate::transcript::{Host, config, error, plain, set, short, site, with};

fn by_secret() -> Host {
    Host::new(config(with(site("s"))))
}

#[test]
fn a_secret_is_exchanged_for_a_token_before_anything_is_started() {
    // Covers: CR-6
    let user = User { id: "dl_7".into(), name: None };
    let mut host = Host::new(config(with(site("s")).with_user(user)));
    host.then(r#"POST tokens/generate {"user":{"id":"dl_7"}} as s"#);
    host.answers(200, r#"{"conversationId":"c","token":"t1"}"#);
    host.then(r#"POST conversations {"user":{"id":"dl_7"}} as t1"#);
}

#[test]
fn generating_may_be_repeated() {
    // Covers: CR-6
    let mut host = by_secret();
    host.fails(Failure::Broken).times_out().answers(500, "").times_out();
    host.answers(200, "{}").times_out();
    assert_eq!(host.sent(), ["POST tokens/generate as s"; 4]);
}

#[test]
fn where_tokens_cannot_be_generated_the_secret_starts() {
    // Covers: CR-6
    for status in [404, 405, 501] {
        let mut host = by_secret();
        host.answers(status, "").then(
            "
            POST tokens/generate as s
            POST conversations as s
            ",
        );
        host.fails(Failure::NotSent).forget().times_out().then(
            "
            fault: the conversation may have been started twice; continues
            POST conversations as s
            status connecting
            ",
        );
        host.goes_live();
        assert_eq!(host.lines("joined"), ["joined c"]);
    }
}

#[test]
fn a_start_with_the_secret_is_not_begun_again_by_waking() {
    // Covers: CR-6, RC-7
    let mut host = by_secret();
    host.answers(404, "").after(5_000).forget();
    host.handle(Input::Woke).nothing();
    host.goes_live();
    assert_eq!(host.lines("fault").len(), 0);
}

#[test]
fn a_start_with_a_token_may_be_repeated() {
    // Covers: CR-6
    let mut host = Host::new(config(plain()));
    host.fails(Failure::Broken).times_out().answers(500, "").times_out().answers(502, "");
    host.times_out().answers(429, "").times_out().answers(200, "<html>").times_out();
    assert_eq!(host.sent(), ["POST conversations as t"; 6]);
    assert!(host.lines("fault").iter().all(|line| !line.contains("twice")));
    host.goes_live();
    assert_eq!(host.lines("joined").len(), 1);
}

#[test]
fn a_conversation_that_was_rejoined_is_told_once() {
    // Covers: CR-6, DD-1
    let mut host = Host::new(config(plain()));
    host.grants().opens().says("a b", "2").says("b", "2");
    assert_eq!(host.delivered(), "a b", "200 means that its history may come");
    for status in [200, 201] {
        let mut host = Host::new(config(plain()));
        host.answers(status, r#"{"conversationId":"c","streamUrl":"wss://d.example/1"}"#);
        assert!(host.has_socket(), "{status}");
    }
}

#[test]
fn a_conversation_that_exists_is_joined() {
    // Covers: CR-6
    let mut host = by_secret();
    host.answers(200, r#"{"conversationId":"c","token":"t1"}"#).forget();
    host.answers(409, "").then(
        "
        joined c
        GET conversations/c as t1
        ",
    );
    host.goes_live();
    assert!(host.awaits(Purpose::Activities), "and its history read");
    let mut host = Host::new(config(plain()));
    host.answers(409, "");
    let end = "ended: starting the conversation was rejected with status 409";
    assert_eq!(host.lines("ended"), [end], "without an id there is nothing to join");
}

#[test]
fn a_generated_token_that_is_refused_is_generated_anew_once() {
    // Covers: CR-5, CR-6
    let mut host = by_secret();
    host.answers(200, r#"{"token":"t1"}"#).answers(403, &error("BadArgument"));
    host.answers(200, r#"{"token":"t2"}"#).answers(403, &error("BadArgument"));
    assert_eq!(
        host.sent(),
        [
            "POST tokens/generate as s",
            "POST conversations as t1",
            "POST tokens/generate as s",
            "POST conversations as t2",
        ]
    );
    assert_eq!(host.lines("ended").len(), 1);
}

#[test]
fn a_start_that_is_wrong_is_the_end() {
    // Covers: CR-5, RX-6
    for (status, body) in [(400, error("BadArgument")), (404, error("x")), (413, error("x"))] {
        let mut host = Host::new(config(plain()));
        host.answers(status, &body);
        let line =
            format!("ended: starting the conversation was rejected with status {status}: denied");
        assert_eq!(host.lines("ended"), [line]);
    }
}

#[test]
fn an_answer_without_an_id_starts_nothing() {
    // Covers: CR-6, RX-6
    let mut host = Host::new(config(plain()));
    host.answers(201, r#"{"streamUrl":"wss://d.example/1"}"#).then(
        "
        POST conversations as t
        fault: starting the conversation was answered with a body that cannot be read; attempt 2
        status waiting
        ",
    );
}

#[test]
fn the_generated_conversation_is_the_one_that_is_started() {
    // Covers: CR-6
    let mut host = by_secret();
    host.answers(200, r#"{"conversationId":"g","token":"t1"}"#);
    host.answers(201, r#"{"token":"t1","streamUrl":"wss://d.example/1"}"#);
    assert_eq!(host.lines("joined"), ["joined g"]);
}

#[test]
fn who_resumes_starts_nothing() {
    // Covers: TM-7, CR-6
    let start = directline::Checkpoint::new("c").expect("an id").with_watermark("7").expect("one");
    let host = Host::resume(config(with(site("s"))), start.clone());
    let first: Vec<_> = host.lines("");
    assert_eq!(first, ["joined c", "GET conversations/c?watermark=7 as s"]);
    let host = Host::resume(config(plain().with_way(Way::Polling)), start);
    assert_eq!(host.lines("")[1], "GET conversations/c/activities?watermark=7 as t");
}

#[test]
fn polling_starts_the_same_way() {
    // Covers: PO-1, CR-6
    let mut host = Host::new(config(with(site("s")).with_way(Way::Polling)));
    host.answers(200, r#"{"conversationId":"c","token":"t1"}"#).grants().forget();
    host.answers(200, &set("a", "1"));
    assert_eq!(host.sent(), ["GET conversations/c/activities?watermark=1 as t1"]);
}

#[test]
fn a_secret_that_was_refused_while_a_token_came_is_not_tried_again() {
    // Covers: CR-1, CR-4
    let mut host = Host::new(config(with(site("s")).without_liveness_timeout()));
    host.supplies("t").forget().answers(401, "");
    assert_eq!(host.sent(), ["POST conversations as t"]);
    host.goes_live().says("a", "1").breaks().times_out().goes_live().forget();
    while host.lines("needs token").is_empty() {
        // No refresh brings another.
        while host.awaits_any() {
            host.answers(404, "");
        }
        host.times_out();
    }
    assert_eq!(host.now(), 1_800_000, "when the token has run out");
    assert!(host.all_requests().skip(1).all(|sent| short(sent.bearer()) == "t"));
}

#[test]
fn user_and_locale_go_where_they_belong() {
    // Covers: CR-6
    let user = User { id: "dl_7".into(), name: Some("Ada".into()) };
    let settings = with(site("s")).with_user(user).with_locale("de-DE");
    let mut host = Host::new(config(settings));
    host.then(r#"POST tokens/generate {"user":{"id":"dl_7","name":"Ada"}} as s"#);
    host.answers(200, r#"{"conversationId":"c","token":"t1"}"#)
        .then(r#"POST conversations {"locale":"de-DE","user":{"id":"dl_7","name":"Ada"}} as t1"#);
}

#[test]
fn every_start_that_is_repeated_with_the_secret_is_told() {
    // Covers: CR-6
    let mut host = by_secret();
    host.answers(404, "");
    for repeats in 1..5 {
        host.fails(Failure::Broken).times_out();
        assert!(host.awaits(Purpose::Start));
        let told = host.lines("fault").iter().filter(|line| line.contains("started twice")).count();
        assert_eq!(told, repeats, "{:?}", host.lines("fault"));
    }
}
