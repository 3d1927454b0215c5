//! What is shown of streams whose pieces hold all of the text, in whatever order they come.

use super::*;

fn interim(stream: &str, sequence: u64) -> String {
    format!(
        r#"{{"type":"typing","id":"{stream}.{sequence}","text":"{sequence}","channelData":
        {{"streamType":"streaming","streamId":"{stream}","streamSequence":{sequence}}}}}"#
    )
}

fn end(kind: &str, stream: &str, text: &str) -> String {
    format!(
        r#"{{"type":"{kind}","text":"{text}","entities":
        [{{"type":"streaminfo","streamType":"final","streamId":"{stream}"}}]}}"#
    )
}

/// One word for what a piece is, and its text.
fn shown(piece: Piece<'_>) -> String {
    match piece {
        Piece::Plain => "plain".into(),
        Piece::Informed { text, .. } => format!("informed {text}"),
        Piece::Grown { text, .. } => format!("grown {text}"),
        Piece::Finished { text, .. } => format!("finished {text}"),
        Piece::Withdrawn { .. } => "withdrawn".into(),
        Piece::Late => "late".into(),
    }
}

fn plays(lines: &[(String, &str)]) {
    let mut replies = Replies::new();
    for (activity, expected) in lines {
        assert_eq!(shown(replies.take(activity)), *expected, "{activity}");
    }
}

#[test]
fn what_is_older_than_what_is_shown_is_late() {
    plays(&[
        (interim("s", 3), "grown 3"),
        (interim("s", 1), "late"),
        (interim("s", 3), "late"),
        (interim("s", 4).replace("\"streaming\"", "\"informative\""), "informed 4"),
        (interim("s", 4), "late"),
        (interim("s", 5).replace("\"text\":\"5\",", ""), "grown "),
        (interim("t", 1), "grown 1"),
        (end("message", "s", "all"), "finished all"),
        (interim("s", 9), "late"),
        (interim("t", 2), "grown 2"),
    ]);
}

#[test]
fn pieces_without_a_number_come_in_the_order_of_arrival() {
    let unnumbered =
        |text: &str| interim("s", 0).replace(":0}", ":null}").replace("\"text\":\"0\"", text);
    plays(&[
        (unnumbered("\"text\":\"a\""), "grown a"),
        (unnumbered("\"text\":\"b\""), "grown b"),
        (interim("s", 7), "grown 7"),
        (unnumbered("\"text\":\"c\""), "grown c"),
        (interim("s", 7), "late"),
    ]);
}

#[test]
fn a_message_is_never_late_and_an_end_without_content_withdraws_once() {
    plays(&[
        (end("message", "a", "all of it"), "finished all of it"),
        (end("typing", "a", ""), "late"),
        (end("message", "a", ""), "late"),
        (end("message", "a", "another end"), "finished another end"),
        (interim("b", 1), "grown 1"),
        (end("typing", "b", ""), "withdrawn"),
        (interim("b", 2), "late"),
        (end("typing", "b", "more"), "late"),
        (end("message", "b", "after all"), "finished after all"),
        (end("message", "c", ""), "withdrawn"),
    ]);
}

#[test]
fn the_stream_without_news_for_longest_is_forgotten_first() {
    let mut replies = Replies::new();
    let names: Vec<_> = (0..STREAMS_MAX).map(|number| format!("s{number}")).collect();
    for name in &names {
        let _ = replies.take(&interim(name, 5));
    }
    assert!(replies.open().eq(names.iter()));
    // News of the first, though it is late, leaves the second as the oldest.
    assert_eq!(replies.take(&interim("s0", 4)), Piece::Late);
    assert_eq!(shown(replies.take(&interim("new", 1))), "grown 1");
    assert_eq!(replies.streams.len(), STREAMS_MAX);
    assert_eq!(replies.take(&interim("s0", 4)), Piece::Late);
    assert_eq!(shown(replies.take(&interim("s1", 4))), "grown 4");
    assert_eq!(replies.streams.len(), STREAMS_MAX);
}
