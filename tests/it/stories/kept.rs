//! Posts that travel in a checkpoint, and what else a host may let the session do with them.

use directline::{Checkpoint, Input, Moment, PostKey, Purpose, Upload, UploadFile, Way};

use crate::transcript::{Host, config, lasting, plain, site, with};

#[test]
fn answers_in_pieces_are_asked_for_if_the_host_wants_them() {
    // Covers: TX-4
    let mut host = Host::live(config(plain().with_streamed_answers(true)));
    host.forget();
    host.posts(1)
        .then(r#"POST conversations/c/activities {"text":"1","deliveryMode":"stream"} as t"#);
}

#[test]
fn what_is_kept_is_told_as_kept() {
    // Covers: TX-5
    let mut host = Host::live(config(plain().with_posts_in_checkpoint(true)));
    host.posts(1).posts(2).forget();
    host.handle(Input::Close);
    assert_eq!(host.lines("posted"), ["posted 1 unknown", "posted 2 kept"]);
    assert!(host.checkpoint().to_json().contains(r#"{\"text\":\"2\"}"#));
    let mut host = Host::live(config(plain()));
    host.posts(1).posts(2).forget();
    host.handle(Input::Close);
    assert_eq!(host.lines("posted"), ["posted 1 unknown", "posted 2 notsent"]);
    assert!(!host.checkpoint().to_json().contains("text"), "nothing of the user's without leave");
}

#[test]
fn a_resumed_session_says_what_it_knows_and_asks() {
    // Covers: TX-2, TX-5, WM-6
    let mut host = Host::live(config(plain().with_posts_in_checkpoint(true)));
    host.says("a", "1").posts(1).posts(2);
    host.resumed().then(
        "
        joined c
        posted 1 unknown
        GET conversations/c?watermark=1 as t
        ",
    );
}

#[test]
fn no_checkpoint_settles_a_post_whose_outcome_waits() {
    // Covers: WM-5, TM-7, TX-5
    let mut host = Host::live(config(plain().with_posts_in_checkpoint(true)));
    host.posts(1);
    let mut session = host.session.clone();
    session.handle(Moment::ZERO, Input::Close).expect("always");
    assert_eq!(session.checkpoint(), None, "the outcome waits");
    while session.poll().is_some() {}
    assert!(session.checkpoint().is_some());
}

#[test]
fn without_a_checkpoint_nothing_is_told_as_kept() {
    // Covers: TX-5
    let mut host = Host::new(config(plain().with_posts_in_checkpoint(true)));
    host.posts(1);
    host.handle(Input::Close);
    assert!(host.session.checkpoint().is_none(), "the conversation has no name yet");
    assert_eq!(host.lines("posted"), ["posted 1 notsent"]);
}

#[test]
fn what_waits_for_a_conversation_that_is_only_generated_is_not_kept() {
    // Covers: TX-5
    let builder = with(site("s")).with_posts_in_checkpoint(true);
    let mut host = Host::new(config(builder));
    host.answers(200, r#"{"conversationId":"c","token":"t1"}"#).posts(1).handle(Input::Close);
    assert_eq!(host.session.checkpoint(), None);
    assert_eq!(host.lines("posted"), ["posted 1 notsent"]);
}

/// A set with the echo of the youngest post of a host.
fn echo(host: &Host, id: &str) -> String {
    let post = host.all_requests().filter(|sent| sent.purpose() == Purpose::Post).last();
    let body: serde_json::Value =
        serde_json::from_slice(post.expect("a post").body()).expect("an activity");
    let key = &body["channelData"]["clientActivityID"];
    format!(
        r#"{{"activities":[{{"id":"{id}","channelData":{{"clientActivityID":{key}}}}}],"watermark":"3"}}"#
    )
}

#[test]
fn what_may_have_been_sent_since_waits_until_that_has_been_read() {
    // Covers: TX-2, TX-4, TM-7
    let settings = || config(lasting().with_posts_in_checkpoint(true).with_echo_keys(true));
    let mut host = Host::live(settings());
    host.says("a", "1").breaks().posts(1).posts(2);
    let stale = host.checkpoint();
    host.times_out().goes_live();
    let first = echo(&host, "c|1");
    host.answers_to(Purpose::Post, 200, r#"{"id":"c|1"}"#);
    // Killed before it stored anything, it goes back to when neither was sent.
    let mut host = Host::resume(settings(), stale.clone());
    host.goes_live().forget();
    assert!(!host.awaits(Purpose::Post));
    host.answers_to(Purpose::Activities, 200, &first);
    assert_eq!(host.lines("posted"), ["posted 1 sent c|1"]);
    assert!(!host.awaits(Purpose::Post), "more may follow");
    host.answers_to(Purpose::Activities, 200, r#"{"activities":[],"watermark":"3"}"#);
    let sent: Vec<_> = host.sent().into_iter().filter(|sent| sent.starts_with("POST")).collect();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains(r#""text":"2""#), "the second was not sent: {sent:?}");
    // By the stream it is settled as well, and where nothing can be read nobody knows.
    let mut host = Host::resume(settings(), stale);
    host.goes_live().forget().frame(&first);
    assert_eq!(host.lines("posted"), ["posted 1 sent c|1"]);
    for _ in 0..2 {
        host.answers_to(Purpose::Activities, 404, "");
        if host.lines("activities may be missing").is_empty() {
            host.times_out();
        }
    }
    assert_eq!(host.lines("posted"), ["posted 1 sent c|1", "posted 2 unknown"]);
    assert!(host.lines("POST").is_empty(), "nor is it tried");
}

#[test]
fn posts_that_pages_without_an_end_cannot_tell_of_are_unknown() {
    // Covers: TX-2, PO-1
    let settings = || {
        let polling = lasting().with_way(Way::Polling).with_echo_keys(true);
        config(polling.with_posts_in_checkpoint(true))
    };
    let mut host = Host::resume(settings(), Checkpoint::new("c").expect("an id"));
    host.posts(1);
    let mut host = Host::resume(settings(), host.checkpoint());
    host.posts(2);
    // Without a watermark nobody can tell whether the first page is all there is.
    let page = r#"{"activities":[{"id":"a"}]}"#;
    for _ in 0..3 {
        while !host.awaits(Purpose::Activities) {
            host.times_out();
        }
        host.answers_to(Purpose::Activities, 200, page);
    }
    assert_eq!(host.lines("posted"), ["posted 1 unknown"]);
    let sent: Vec<_> = host.sent().into_iter().filter(|sent| sent.starts_with("POST")).collect();
    assert!(sent.len() == 1 && sent[0].contains(r#""text":"2""#), "{sent:?}");
}

#[test]
fn posts_wait_for_a_history_that_does_not_come_eight_times_and_no_more() {
    // Covers: TX-2, RX-7
    let settings = || config(lasting().with_posts_in_checkpoint(true).with_echo_keys(true));
    let mut host = Host::live(settings());
    host.says("a", "1").breaks().posts(1);
    let mut host = Host::resume(settings(), host.checkpoint());
    host.goes_live().posts(2);
    for failure in 1..=8 {
        assert_eq!(host.lines("posted").len(), 0, "{failure}");
        assert!(!host.awaits(Purpose::Post));
        host.answers_to(Purpose::Activities, 503, "");
        if failure < 8 {
            host.times_out();
        }
    }
    assert_eq!(host.lines("posted"), ["posted 1 unknown"]);
    assert!(host.awaits(Purpose::Post) && host.lines("activities may be missing").is_empty());
    host.answers_to(Purpose::Post, 200, "{}").forget().times_out();
    assert!(host.awaits(Purpose::Activities), "the history is asked for all the same");
}

#[test]
fn before_a_kept_post_goes_out_the_host_hears_what_to_store() {
    // Covers: TX-2, TM-7
    let settings = || config(lasting().with_posts_in_checkpoint(true));
    let mut host = Host::live(settings());
    host.says("a", "1").breaks().posts(1).posts(2).times_out().goes_live();
    let stored = host.stored.last().expect("told with the post").clone();
    let shown = format!("{stored:?}");
    assert!(stored.to_json().contains("text") && !shown.contains("text"), "{shown}");
    host.answers_to(Purpose::Post, 200, r#"{"id":"c|1"}"#);
    let later = host.stored.last().expect("told with the next").clone();
    for (checkpoint, told, sent) in
        [(stored, "posted 1 unknown", 1), (later, "posted 2 unknown", 0)]
    {
        let mut host = Host::resume(settings(), checkpoint);
        assert_eq!(host.lines("posted"), [told]);
        host.goes_live();
        let posts = host.all_requests().filter(|sent| sent.purpose() == Purpose::Post);
        assert_eq!(posts.count(), sent, "{told}");
    }
    let mut host = Host::live(config(lasting()));
    host.posts(1);
    assert!(host.stored.is_empty(), "only where checkpoints hold posts");
}

#[test]
fn hostile_posts_in_a_checkpoint_are_left_out() {
    // Covers: RX-6, TX-1
    let json = r#"{"version":1,"conversation":"c","posts":{
        "posts":[[1,"no object",null],[2,"{}",null],[2,"{\"twice\":1}",null],[3,"{}","k"],[4,"{}",null]],
        "in_flight":[9,"k9"],"unsettled":[{"key":8,"echo_key":"k8"}]}}"#;
    let checkpoint = Checkpoint::from_json(json).expect("readable");
    let mut host = Host::resume(config(plain().with_posts_max(2)), checkpoint);
    assert_eq!(host.session.pending_posts(), 2);
    assert_eq!(host.lines("posted"), ["posted 9 unknown"]);
    host.goes_live().forget();
    let echo = r#"{"activities":[{"id":"c|1","channelData":{"clientActivityID":"k8"}}]}"#;
    host.frame(echo);
    assert_eq!(host.lines("posted"), ["posted 8 sent c|1"]);
}

#[test]
fn the_echo_of_an_end_that_we_sent_ends_the_session() {
    // Covers: RX-5, TX-1
    let mut host = Host::live(config(plain()));
    let activity = r#"{"type":"endOfConversation","from":{"id":"u"}}"#.to_owned();
    host.handle(Input::Post { key: PostKey(1), activity });
    host.answers(200, r#"{"id":"c|1"}"#).forget();
    host.frame(r#"{"activities":[{"id":"c|1","type":"endOfConversation"}],"watermark":"1"}"#);
    assert_eq!(host.delivered(), "c|1");
    assert_eq!(host.lines("ended"), ["ended: the bot ended the conversation"]);
}

#[test]
fn an_activity_of_any_kind_may_be_an_echo() {
    // Covers: TX-2, TX-4, RX-5
    for kind in ["message", "event", "messageUpdate", "messageDelete", "endOfConversation"] {
        let mut host = Host::live(config(plain().with_echo_keys(true)));
        let data = r#""channelData":{"clientActivityID":"k"}"#;
        let activity = format!(r#"{{"type":"{kind}",{data}}}"#);
        host.handle(Input::Post { key: PostKey(1), activity }).answers(502, "").forget();
        let echo = format!(r#"{{"type":"{kind}","id":"c|1",{data}}}"#);
        host.frame(&format!(r#"{{"activities":[null,{echo}],"watermark":"1"}}"#));
        assert_eq!(host.lines("posted"), ["posted 1 sent c|1"], "{kind}");
        let ends = usize::from(kind == "endOfConversation");
        assert_eq!(host.lines("ended").len(), ends, "{kind}, also beside what is none");
    }
}

#[test]
fn uploads_stay_behind_and_what_was_not_sent_has_no_outcome() {
    // Covers: TX-5, TX-6
    let mut host = Host::live(config(plain().with_posts_in_checkpoint(true)));
    let upload = Upload::new(vec![UploadFile::new("a.txt", "text/plain", "a")]);
    host.says("a", "1").breaks().posts(1).handle(Input::Upload { key: PostKey(2), upload });
    assert_eq!(host.session.pending_posts(), 2);
    let next = host.resumed();
    assert_eq!(next.session.pending_posts(), 1, "the bytes of the upload are the host's");
    assert_eq!(next.lines("posted").len(), 0);
}

#[test]
fn what_the_stream_replays_to_kept_posts_is_behind_us() {
    // Covers: WM-5, TX-2, TM-7
    let settings = || config(lasting().with_posts_in_checkpoint(true).with_echo_keys(true));
    let mut host = Host::live(settings());
    host.says("a", "1").breaks().posts(1);
    // The history is read to learn of the post; the stream brings the same, and an end without an id.
    let mut host = host.resumed();
    host.goes_live().frame(r#"{"activities":[{"type":"endOfConversation"}],"watermark":"2"}"#);
    assert_eq!(host.lines("ended"), ["ended: the bot ended the conversation"]);
    let end = host.batches.last().expect("the end").checkpoint();
    assert_eq!(end.watermark(), Some("2"), "who goes on does not meet it again");
}

#[test]
fn what_streams_have_replayed_to_kept_posts_stays_behind_us_when_one_breaks() {
    // Covers: WM-5, TX-2, TM-7
    let settings = || config(lasting().with_posts_in_checkpoint(true).with_echo_keys(true));
    let mut host = Host::live(settings());
    host.says("a", "1").breaks().posts(1);
    let mut host = host.resumed();
    host.goes_live().says("b", "2").breaks().times_out().goes_live();
    assert_eq!(host.checkpoint().watermark(), Some("2"), "the next goes on behind it");
    host.frame(r#"{"activities":[{"type":"endOfConversation"}],"watermark":"3"}"#);
    let end = host.batches.last().expect("the end").checkpoint();
    assert_eq!(end.watermark(), Some("3"), "who goes on does not meet it again");
}

#[test]
fn what_no_stream_replays_is_not_behind_us_whatever_kept_posts_wait_for() {
    // Covers: WM-5, WM-7, TM-7
    let settings = config(lasting().with_posts_in_checkpoint(true).with_echo_keys(true));
    let mut host = Host::resume(settings, Checkpoint::new("c").expect("an id"));
    host.posts(1);
    let mut host = host.resumed();
    host.goes_live().says("y", "8").breaks().times_out().goes_live().says("z", "9");
    assert_eq!(host.checkpoint().watermark(), None, "no page has come");
}

#[test]
fn who_keeps_nothing_any_more_hears_at_the_end_that_nobody_knows() {
    // Covers: TX-5, TX-2
    let keeping = || config(plain().with_posts_in_checkpoint(true).with_echo_keys(true));
    let mut host = Host::live(keeping());
    host.posts(1).posts(2);
    for (again, outcome) in [(config(plain()), "unknown"), (keeping(), "kept")] {
        let mut host = Host::resume(again, host.checkpoint());
        assert_eq!(host.lines("posted"), ["posted 1 unknown"]);
        host.forget().handle(Input::Close);
        assert_eq!(host.lines("posted"), [format!("posted 2 {outcome}")]);
    }
}
