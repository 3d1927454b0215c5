//! Echoes settle what an answer left open.

use directline::{Builder, Failure, Input, PostKey, Purpose, Way};

use crate::transcript::{Act, Host, config, plain, set};

fn keyed() -> Builder {
    plain().with_echo_keys(true)
}

fn post(key: u64, activity: &str) -> Input {
    Input::Post { key: PostKey(key), activity: activity.into() }
}

/// The key that the session added to the youngest post.
fn echo_key(host: &Host) -> String {
    let post = host.all_requests().filter(|sent| sent.purpose() == Purpose::Post).last();
    let body = post.expect("a post was sent").body();
    let value: serde_json::Value = serde_json::from_slice(body).expect("JSON");
    value["channelData"]["clientActivityID"].as_str().expect("a key").into()
}

/// A set with the echo of a post, as the service makes it.
fn echo(id: &str, key: &str, role: &str) -> String {
    format!(
        r#"{{"activities":[{{"id":"{id}","from":{{"role":"{role}"}},"channelData":{{"clientActivityID":"{key}"}}}}]}}"#
    )
}

#[test]
fn a_post_of_unknown_outcome_is_settled_by_its_echo() {
    // Covers: TX-2, TX-4
    let ways: [(&str, Act); 4] = [
        ("unknown 502", |host| _ = host.answers(502, "")),
        ("unknown", |host| _ = host.fails(Failure::Broken)),
        ("unknown", |host| _ = host.fails(Failure::TimedOut)),
        ("unknown", |host| _ = host.times_out()),
    ];
    for (outcome, way) in ways {
        let mut host = Host::live(config(keyed()));
        host.posts(1);
        let key = echo_key(&host);
        way(&mut host);
        assert_eq!(host.lines("posted"), [format!("posted 1 {outcome}")]);
        host.forget().frame(&echo("c|5", &key, "user"));
        assert_eq!(host.lines("posted"), ["posted 1 sent c|5"]);
        host.forget().frame(&echo("c|6", &key, "user"));
        assert_eq!(host.lines("posted").len(), 0, "once");
        assert_eq!(host.delivered(), "c|6", "an echo is an activity like any other");
        let posts = host.all_requests().filter(|sent| sent.purpose() == Purpose::Post).count();
        assert_eq!(posts, 1, "and nothing is sent again");
    }
}

#[test]
fn an_echo_that_overtakes_the_answer_settles_the_post_at_once() {
    // Covers: TX-2, TX-4
    let answers: [Act; 5] = [
        |host| _ = host.answers(200, r#"{"id":"x"}"#),
        |host| _ = host.answers(502, ""),
        |host| _ = host.fails(Failure::Broken),
        |host| _ = host.times_out(),
        |host| _ = host.handle(Input::Close),
    ];
    for answer in answers {
        let mut host = Host::live(config(keyed()));
        host.posts(1);
        let key = echo_key(&host);
        host.frame(&echo("c|5", &key, "user"));
        assert_eq!(host.lines("posted"), ["posted 1 sent c|5"]);
        assert_eq!(host.session.pending_posts(), 0);
        host.posts(2);
        let sent = host.all_requests().filter(|sent| sent.purpose() == Purpose::Post).count();
        assert_eq!(sent, 1, "the next waits for the answer all the same");
        host.forget();
        answer(&mut host);
        assert!(host.lines("posted 1").is_empty(), "whatever the answer says, and once");
    }
}

#[test]
fn no_checkpoint_doubts_a_post_whose_echo_it_covers() {
    // Covers: TX-2, TX-4, TM-7
    for answer in [(|_| {}) as Act, |host| _ = host.answers(502, "")] {
        let settings = || config(keyed().with_posts_in_checkpoint(true));
        let mut host = Host::live(settings());
        host.posts(1);
        let key = echo_key(&host);
        host.frame(&echo("c|5", &key, "user"));
        let batch = host.batches.last().expect("the echo").checkpoint().clone();
        answer(&mut host);
        for checkpoint in [batch, host.checkpoint()] {
            assert!(!checkpoint.to_json().contains(&key), "{}", checkpoint.to_json());
            let mut resumed = Host::resume(settings(), checkpoint);
            resumed.goes_live();
            assert!(resumed.lines("posted").is_empty(), "{:?}", resumed.lines("posted"));
        }
    }
}

#[test]
fn an_echo_is_found_wherever_it_comes() {
    // Covers: TX-2, TX-4, PO-1
    let mut host = Host::live(config(keyed()));
    host.posts(1);
    let key = echo_key(&host);
    host.fails(Failure::Broken).breaks().times_out().goes_live();
    host.answers(200, &echo("c|5", &key, "user"));
    assert_eq!(host.lines("posted"), ["posted 1 unknown", "posted 1 sent c|5"]);
    let mut host = Host::new(config(keyed().with_way(Way::Polling)));
    host.grants().answers(200, &set("", "1")).posts(1);
    let key = echo_key(&host);
    host.answers(504, "").times_out().answers(200, &echo("c|5", &key, "user"));
    assert_eq!(host.lines("posted"), ["posted 1 unknown 504", "posted 1 sent c|5"]);
}

#[test]
fn what_a_bot_copies_is_no_echo() {
    // Covers: TX-4
    let mut host = Host::live(config(keyed()));
    host.posts(1);
    let key = echo_key(&host);
    host.answers(502, "").frame(&echo("c|5", &key, "bot")).frame(&echo("c|6", "other", "user"));
    assert_eq!(host.lines("posted"), ["posted 1 unknown 502"]);
    host.frame(&echo("c|7", &key, "user"));
    assert_eq!(host.lines("posted").last(), Some(&"posted 1 sent c|7"));
}

#[test]
fn what_somebody_else_sends_is_no_echo() {
    // Covers: TX-4
    let mut host = Host::live(config(keyed()));
    host.posts(1).frame(&echo("c|5", "of-somebody-else", "user"));
    assert_eq!(host.lines("posted").len(), 0, "it is still under way");
    host.answers(200, r#"{"id":"c|6"}"#);
    assert_eq!(host.lines("posted"), ["posted 1 sent c|6"]);
}

#[test]
fn each_post_has_a_key_of_its_own() {
    // Covers: TX-4, TX-1
    let mut host = Host::live(config(keyed()));
    host.posts(1);
    let first = echo_key(&host);
    host.answers(502, "").posts(2);
    let second = echo_key(&host);
    assert_ne!(first, second);
    host.answers(502, "").forget();
    host.frame(&echo("b", &second, "user")).frame(&echo("a", &first, "user"));
    assert_eq!(host.lines("posted"), ["posted 2 sent b", "posted 1 sent a"]);
}

#[test]
fn nothing_else_of_a_post_is_touched() {
    // Covers: TX-4
    let mut host = Host::live(config(plain()));
    let odd = " { \"text\" : \"\\u00e4 \",\"n\":1.0e2, \"n\":1 }";
    host.handle(post(1, odd)).answers(502, "");
    assert_eq!(host.sent(), [format!("POST conversations/c/activities {odd} as t")], "no leave");
    let mut host = Host::live(config(keyed()));
    host.handle(post(1, odd));
    let key = echo_key(&host);
    let rest = odd.trim_end_matches('}');
    let line = format!(r#"{rest},"channelData":{{"clientActivityID":"{key}"}}}}"#);
    assert_eq!(host.sent(), [format!("POST conversations/c/activities {line} as t")]);
}

#[test]
fn a_key_of_the_hosts_own_is_used_as_it_is() {
    // Covers: TX-4
    let own = r#"{"channelData":{"clientActivityID":"mine"}}"#;
    let mut host = Host::live(config(keyed()));
    host.handle(post(1, own)).answers(502, "").frame(&echo("c|5", "mine", "user"));
    assert_eq!(host.sent(), [format!("POST conversations/c/activities {own} as t")]);
    assert_eq!(host.lines("posted"), ["posted 1 unknown 502", "posted 1 sent c|5"]);
}

#[test]
fn doubts_are_kept_within_bounds() {
    // Covers: TX-2, RX-6
    let mut host = Host::live(config(keyed().with_posts_max(2)));
    let mut keys = Vec::new();
    for number in 1..=3 {
        host.posts(number);
        keys.push(echo_key(&host));
        host.answers(502, "");
    }
    host.forget();
    keys.iter().for_each(|key| _ = host.frame(&echo(key, key, "user")));
    let settled: Vec<_> = host.lines("posted").iter().map(|line| line[..8].to_owned()).collect();
    assert_eq!(settled, ["posted 2", "posted 3"], "the oldest doubt gave way");
}

#[test]
fn unsent_posts_travel_in_the_checkpoint_if_the_host_wants() {
    // Covers: TX-5, TM-7
    let keeps = || config(keyed().with_posts_in_checkpoint(true));
    let mut host = Host::live(keeps());
    host.says("a", "1").posts(1).posts(2).posts(3);
    let checkpoint = host.checkpoint();
    let key = echo_key(&host);
    let line = checkpoint.to_json();
    let read = directline::Checkpoint::from_json(&line).expect("what was written");
    let mut next = Host::resume(keeps(), read);
    assert_eq!(next.lines("posted"), ["posted 1 unknown"], "nobody will tell any more");
    next.goes_live().frame(&echo("c|5", &key, "user"));
    assert_eq!(next.lines("posted").last(), Some(&"posted 1 sent c|5"));
    next.answers_to(Purpose::Activities, 200, &set("", "1")).answers(200, "{}").answers(200, "{}");
    let posts = next.all_requests().filter(|sent| sent.purpose() == Purpose::Post);
    let bodies: Vec<_> = posts.map(|sent| sent.body()[9]).collect();
    assert_eq!(bodies, [b'2', b'3'], "what was not sent is sent, in order");
    host.forget().handle(Input::Close);
    assert_eq!(host.lines("posted"), ["posted 1 unknown", "posted 2 kept", "posted 3 kept"]);
    let mut host = Host::live(config(plain()));
    host.posts(1).posts(2);
    assert!(!host.checkpoint().to_json().contains("text"), "not unless it does");
}
