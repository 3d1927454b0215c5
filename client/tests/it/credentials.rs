//! Tokens that run out, are refreshed, and are asked for.

use std::time::Duration;

use directline_client::directline::{Config, Credential, End, Event, Misuse, Refusal, Token};
use directline_testbed::{CredentialKind, Occasion, Options, Testbed};

use crate::talk::{Driver, PATIENCE, quick, recorded, say, testbed, with_both_drivers};

with_both_drivers!(
    a_token_is_refreshed_before_it_runs_out,
    a_session_without_a_credential_asks_for_one,
    nothing_is_attempted_while_the_network_is_down,
);

fn a_token_is_refreshed_before_it_runs_out(driver: Driver) {
    // Covers: CR-1, CR-3
    let testbed = testbed(Options::default().with_token_lifetime(Duration::from_secs(2)));
    let config = quick(&testbed).with_refresh_interval_min(Duration::from_millis(500));
    let mut talk = driver.start(config.build().expect("valid"));
    let id = talk.joined();
    let refreshed = |log: &directline_testbed::Log| {
        let requests = log.requests_to(Occasion::Refresh);
        requests.iter().filter(|request| request.status == Some(200)).count() >= 2
    };
    assert!(testbed.wait_until(PATIENCE, refreshed));
    testbed.close_all(1001, "");
    talk.loses_socket();
    say(&testbed, &id, "still here");
    assert_eq!(talk.activities(1), recorded(&testbed, &id));
    let reconnects = testbed.log().requests_to(Occasion::Reconnect);
    assert!(reconnects.iter().all(|request| request.credential == CredentialKind::Token));
}

fn a_session_without_a_credential_asks_for_one(driver: Driver) {
    // Covers: CR-4, CR-5
    let testbed = testbed(Options::default());
    let minted = testbed.generate_token(None);
    let config = Config::builder(Credential::token(minted.token.as_str()).expect("a credential"))
        .with_base(testbed.base())
        .with_backoff(Duration::from_millis(5), Duration::from_millis(50))
        .with_attempts_at_once(1_000);
    let mut talk = driver.start(config.build().expect("valid"));
    let id = talk.joined();
    testbed.expire_tokens();
    testbed.close_all(1001, "");
    talk.loses_socket();
    say(&testbed, &id, "missed");
    let refusal = talk.event(|event| match event {
        Event::NeedsToken { refusal } => Some(*refusal),
        _ => None,
    });
    assert_eq!(refusal, Some(Refusal::Expired));
    let token = |text: &str| Token::new(text).expect("a token");
    talk.handle.supply_token(token(&another_token(&testbed, &id))).expect("a new one");
    assert_eq!(talk.activities(1), recorded(&testbed, &id));
    let handle = talk.handle.clone();
    handle.close();
    assert_eq!(talk.end().0, End::Closed);
    assert_eq!(handle.supply_token(token("late")), Err(Misuse::Ended));
}

/// Where an application would ask its own server.
fn another_token(testbed: &Testbed, conversation: &str) -> String {
    let url = format!("{}/v3/directline/conversations/{conversation}", testbed.base());
    let bearer = format!("Bearer {}", testbed.secret());
    let mut answer = ureq::get(url).header("Authorization", bearer).call().expect("an answer");
    let body = answer.body_mut().read_to_string().expect("a body");
    let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    body["token"].as_str().expect("a token").to_owned()
}

fn nothing_is_attempted_while_the_network_is_down(driver: Driver) {
    // Covers: RC-7
    let testbed = testbed(Options::default());
    let mut talk = driver.start(quick(&testbed).build().expect("valid"));
    let id = talk.joined();
    talk.handle.network_down();
    assert!(testbed.wait_until(PATIENCE, |log| log.sockets_closed() == 1));
    say(&testbed, &id, "offline");
    let before = testbed.log().requests().len();
    let key = talk.handle.send_text("user", "queued").expect("queued").key();
    assert_eq!(talk.handle.pending_posts(), 1);
    let attempted =
        testbed.wait_until(Duration::from_millis(300), |log| log.requests().len() > before);
    assert!(!attempted);
    talk.handle.network_up();
    let posted = talk.event(|event| match event {
        Event::Posted { key, .. } => Some(*key),
        _ => None,
    });
    assert_eq!(posted, key);
    talk.handle.woke();
    talk.live();
    assert_eq!(testbed.log().sockets_opened(), 3);
}
