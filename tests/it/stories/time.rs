//! Time is an argument, and it may be a strange one.

use directline::{Config, Failure, Input, Moment, Output, Purpose, Session, Status, Way};

use crate::transcript::{
    Act, Host, config, error, lasting, plain, seconds, set, site, token, with,
};

/// Plays what a host has done into a new session, draining after every `every`th input.
fn replayed(host: &Host, config: &Config, every: usize) -> Vec<Output> {
    let mut session = Session::new(config.clone(), Moment::ZERO);
    let mut outputs = Vec::new();
    for (number, (now, input)) in host.log.iter().enumerate() {
        session.handle(*now, input.clone()).expect("what went well once goes well again");
        if number % every == 0 {
            outputs.extend(std::iter::from_fn(|| session.poll()));
        }
    }
    outputs.extend(std::iter::from_fn(|| session.poll()));
    outputs
}

/// A story with a bit of everything.
fn long_story(config: &Config) -> Host {
    let mut host = Host::new(config.clone());
    host.fails(Failure::NotSent).times_out().goes_live().says("a", "1").posts(1).posts(2);
    host.answers(429, "").times_out().answers(200, "{}").answers(502, "").frame("{");
    host.times_out().goes_live().says("a b", "2").frame("7").after(5_000).handle(Input::Woke);
    host.grants().refuses(403).times_out().answers(403, &error("TokenExpired"));
    host.supplies("u").grants().opens().closes(1000, "collision").times_out();
    host.answers(400, "").goes_live().answers(200, &set("a b c", "3"));
    host.fails(Failure::Broken).handle(Input::NetworkDown).after(900_000).handle(Input::NetworkUp);
    host.times_out().handle(Input::Close);
    host
}

#[test]
fn the_same_inputs_give_the_same_outputs() {
    // Covers: TM-2, TM-1
    let config = config(lasting().with_backoff(seconds(1), seconds(30)).with_seed(3));
    let host = long_story(&config);
    let outputs = replayed(&host, &config, 1);
    assert!(outputs.len() > 40, "{}", outputs.len());
    assert_eq!(outputs, replayed(&host, &config, 1));
    let text = |outputs: &[Output]| format!("{outputs:?}");
    assert_eq!(text(&outputs), text(&replayed(&host, &config, 1)), "to the byte");
}

#[test]
fn draining_late_changes_nothing() {
    // Covers: TM-4
    let config = config(lasting().with_backoff(seconds(1), seconds(30)));
    let host = long_story(&config);
    let outputs = replayed(&host, &config, 1);
    for every in [2, 3, 7, usize::MAX] {
        assert!(outputs == replayed(&host, &config, every), "drained after every {every}");
    }
}

#[test]
fn sessions_are_values() {
    // Covers: TM-2
    let mut host = Host::live(config(plain()));
    let twin = host.session.clone();
    assert!(twin == host.session);
    host.says("a", "1");
    assert!(twin != host.session);
}

#[test]
fn the_past_counts_as_the_present() {
    // Covers: TM-3
    let mut host = Host::live(config(plain()));
    host.at(50_000).tick();
    let present = host.session.clone();
    for earlier in [0, 1, 49_999, 50_000] {
        host.at(earlier).tick().nothing();
        assert!(host.session == present);
    }
    host.at(10_000).breaks();
    assert_eq!(host.deadline(), Some(50_001), "the pause counts from the present");
}

#[test]
fn timeouts_that_come_early_late_or_often_do_no_harm() {
    // Covers: TM-3
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().forget();
    for now in [10, 10, 19_000, 20_000] {
        host.at(now).tick().tick().nothing();
    }
    host.at(20_001).tick().tick();
    assert_eq!(host.lines("cancel"), ["cancel Reconnect"]);
}

#[test]
fn a_jump_over_several_deadlines_meets_each_of_them_in_order() {
    // Covers: TM-3, TM-6
    let mut host = Host::live(config(plain()));
    host.says("a", "1").posts(1).forget();
    host.at(10_000_000).tick();
    let order: Vec<_> = ["cancel Post", "fault: connection went silent", "needs token"]
        .iter()
        .map(|start| host.lines("").iter().position(|line| line.starts_with(start)))
        .collect();
    assert!(order.is_sorted() && order[0].is_some(), "{:?}", host.lines(""));
    assert_eq!(host.lines("posted"), ["posted 1 unknown"]);
}

#[test]
fn the_end_of_time_is_survived() {
    // Covers: TM-3, RX-6
    let mut host = Host::new(config(plain()));
    host.at(Moment::from_millis(u64::MAX).as_millis()).tick().tick();
    host.handle(Input::Woke).posts(1).handle(Input::Close);
    assert_eq!(host.status(), Status::Ended);
}

#[test]
fn the_deadline_is_the_earliest_of_all() {
    // Covers: TM-6
    let all =
        |builder: directline::Builder| config(builder.with_keepalive_interval(Some(seconds(15))));
    let mut host = Host::new(all(plain()));
    assert_eq!(host.deadline(), Some(20_000), "the request");
    host.grants_also(r#","token":"t2","expires_in":20"#);
    assert_eq!(host.deadline(), Some(10_000), "the refresh before the handshake");
    host.opens().posts(1).at(10_000).tick();
    assert_eq!(host.deadline(), Some(15_000), "the probe before the post");
    host.at(15_000).tick();
    assert_eq!(host.deadline(), Some(20_000), "the post, and the end of the token");
    host.answers_to(Purpose::Refresh, 200, r#"{"token":"t3","expires_in":3600}"#).at(20_000).tick();
    assert_eq!(host.deadline(), Some(30_000), "the next probe");
}

#[test]
fn while_outputs_wait_the_deadline_is_now() {
    // Covers: TM-6
    let mut session = Session::new(config(plain()), Moment::from_millis(7));
    assert_eq!(session.deadline(), Some(Moment::from_millis(7)));
    assert!(session.poll().is_some() && session.poll().is_none());
    assert_eq!(session.deadline(), Some(Moment::from_millis(20_007)));
    session.handle(Moment::from_millis(99), Input::NetworkDown).expect("no mistake");
    while session.deadline() == Some(Moment::from_millis(99)) {
        assert!(session.poll().is_some());
    }
    assert!(session.poll().is_none());
}

/// The service's side of a conversation: six activities, replayed from a watermark.
fn replay(host: &mut Host, from: usize, cut: usize) {
    for number in from..6.min(from + cut) {
        host.says(&format!("c|{number}"), &number.to_string());
    }
}

#[test]
fn stopping_at_any_moment_loses_nothing() {
    // Covers: TM-7, WM-5, DD-5
    for (cut, stored) in (0..6).flat_map(|cut| (0..=cut).map(move |stored| (cut, stored))) {
        let mut host = Host::live(config(plain()));
        replay(&mut host, 0, cut);
        // The application has stored the checkpoint of the batch before the last ones.
        let checkpoint = match stored {
            0 => directline::Checkpoint::new("c").expect("an id"),
            stored => host.batches[stored - 1].checkpoint().clone(),
        };
        let line = checkpoint.to_json();
        let read = directline::Checkpoint::from_json(&line).expect("what was written");
        assert_eq!(read, checkpoint);
        let mut next = Host::resume(config(plain()), read);
        next.goes_live();
        let expected: Vec<_> = (stored..6).map(|number| format!("c|{number}")).collect();
        if stored == 0 {
            next.answers(200, &set(&expected.join(" "), "5"));
        }
        replay(&mut next, stored, 6);
        assert_eq!(next.delivered(), expected.join(" "), "{cut} handed out, {stored} stored");
    }
}

#[test]
fn a_session_can_be_resumed_from_every_end() {
    // Covers: TM-7, RC-10
    let ends: [Act; 4] = [
        |host| _ = host.handle(Input::Close),
        |host| _ = host.breaks().times_out().answers(403, "").supplies("u").answers(403, ""),
        |host| _ = host.frame(r#"{"activities":[{"type":"endOfConversation"}]}"#),
        |host| _ = host.breaks().times_out().answers(500, "").handle(Input::Close),
    ];
    for end in ends {
        let mut host = Host::live(config(plain()));
        host.says("a b", "2");
        end(&mut host);
        assert_eq!(host.status(), Status::Ended);
        let mut next = host.resumed();
        next.goes_live().says("b c", "3");
        assert_eq!(next.sent(), ["GET conversations/c?watermark=2 as t"]);
        assert_eq!(next.delivered(), "c");
    }
}

#[test]
fn there_is_no_checkpoint_before_there_is_a_conversation() {
    // Covers: TM-7, WM-5
    let host = Host::new(config(plain().with_way(Way::Polling)));
    assert_eq!(host.session.checkpoint(), None);
    let config = config(crate::transcript::with(site("s")));
    let mut host = Host::new(config);
    host.answers(200, r#"{"conversationId":"c","token":"t1"}"#);
    assert_eq!(host.session.checkpoint(), None, "generated is not started");
}

#[test]
fn of_two_deadlines_at_one_moment_the_connection_comes_first() {
    // Covers: TM-3, CR-3
    let builder = with(token("t").lasting(seconds(20))).with_request_timeout(seconds(20));
    let mut host = Host::new(config(builder));
    host.at(10_000).tick().answers_to(Purpose::Refresh, 404, "").forget();
    host.at(20_000).tick().then(
        "
        cancel Start
        fault: starting the conversation took too long; stops
        needs token
        status needstoken
        ",
    );
}
