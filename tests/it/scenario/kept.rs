//! Posts that travel in a checkpoint, and what else a host may let the session do with them.

use directline::{Checkpoint, Credential, Input, Moment, PostKey, Upload, UploadFile};

use crate::transcript::{Host, config, plain, with};

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
    let builder = with(Credential::secret("s")).with_posts_in_checkpoint(true);
    let mut host = Host::new(config(builder));
    host.answers(200, r#"{"conversationId":"c","token":"t1"}"#).posts(1).handle(Input::Close);
    assert_eq!(host.session.checkpoint(), None);
    assert_eq!(host.lines("posted"), ["posted 1 notsent"]);
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
