//! Answers whose pieces hold only what is new.

use super::so_far::TEXT_BYTES_MAX;
use super::{Piece, Replies};

/// A piece of the stream `s`; its first names none.
fn piece(sequence: u64, text: &str) -> String {
    let stream = if sequence == 1 { "" } else { r#""streamId":"s","# };
    let id = if sequence == 1 { "s".to_owned() } else { format!("s-{sequence}") };
    format!(
        r#"{{"type":"typing","id":"{id}","text":"{text}","from":{{"id":"b"}},"channelData":{{{stream}
        "streamType":"streaming","chunkType":"delta","streamSequence":{sequence}}}}}"#
    )
}

fn last(text: &str) -> String {
    format!(
        r#"{{"type":"message","id":"s-9","text":"{text}","from":{{"id":"b"}},
        "channelData":{{"streamType":"final","streamId":"s"}}}}"#
    )
}

/// What a display shows after each of these.
#[track_caller]
fn shows(plays: &[(String, Option<&str>)]) -> Replies {
    let mut replies = Replies::new();
    for (activity, expected) in plays {
        let shown = match replies.take(activity) {
            Piece::Informed { stream, text }
            | Piece::Grown { stream, text }
            | Piece::Finished { stream, text } => {
                assert_eq!(stream, "s", "{activity}");
                Some(text.into_owned())
            }
            Piece::Late => None,
            other => panic!("{other:?} of {activity}"),
        };
        assert_eq!(shown.as_deref(), *expected, "{activity}");
    }
    replies
}

#[test]
fn what_is_new_is_added() {
    let replies = shows(&[
        (piece(1, "Cheese"), Some("Cheese")),
        (piece(2, " is made"), Some("Cheese is made")),
        (piece(2, " is made"), None),
        (piece(1, "Cheese"), None),
        (piece(3, " of milk."), Some("Cheese is made of milk.")),
        (last("Cheese is made of milk.[1]"), Some("Cheese is made of milk.[1]")),
        (piece(4, " And"), None),
    ]);
    assert_eq!(replies.open().count(), 0);
}

#[test]
fn a_piece_that_is_missing_is_waited_for_and_then_the_final_one() {
    let replies = shows(&[
        (piece(1, "a"), Some("a")),
        (piece(3, "c"), None),
        (piece(2, "b"), Some("ab")),
        // The third has gone by.
        (piece(4, "d"), None),
        (piece(3, "c"), Some("abc")),
        (piece(5, "e"), None),
    ]);
    assert_eq!(replies.open().collect::<Vec<_>>(), ["s"]);
    // Of one that began before anybody listened, nothing is known but that it is open.
    let joined = [(piece(2, "b"), None), (piece(3, "c"), None), (last("abc"), Some("abc"))];
    assert_eq!(shows(&joined[..2]).open().collect::<Vec<_>>(), ["s"]);
    assert_eq!(shows(&joined).open().count(), 0);
}

#[test]
fn what_the_bot_is_about_counts_among_the_pieces() {
    let informative = |sequence, text| piece(sequence, text).replace("streaming", "informative");
    shows(&[
        (informative(1, "looking"), Some("looking")),
        (informative(2, "reading"), Some("reading")),
        (piece(3, "a"), Some("a")),
        (informative(4, "reading on"), Some("reading on")),
        (piece(5, "b"), Some("ab")),
        (informative(5, "late"), None),
        (informative(7, "thinking"), Some("thinking")),
        (piece(8, "d"), None),
        (piece(6, "c"), Some("abc")),
        (informative(7, "thinking"), None),
    ]);
}

#[test]
fn a_piece_with_all_of_the_text_makes_it_whole() {
    let all = |sequence, text| piece(sequence, text).replace("\"delta\"", "\"else\"");
    shows(&[
        (all(1, "a"), Some("a")),
        (piece(2, "b"), Some("ab")),
        (piece(4, "d"), None),
        (all(4, "ABCD"), Some("ABCD")),
        (all(3, "abc"), None),
        (piece(5, "e"), Some("ABCDe")),
    ]);
}

#[test]
fn without_numbers_they_are_added_as_they_come() {
    let unnumbered = |text| {
        let piece = piece(2, text).replace(":2}", ":null}");
        assert!(piece.contains("null"));
        piece
    };
    shows(&[(unnumbered("a"), Some("a")), (unnumbered("b"), Some("ab"))]);
    // From zero is understood.
    let zeroth = piece(1, "a").replace(":1}", ":0}");
    shows(&[(zeroth, Some("a")), (piece(2, "c"), None)]);
}

#[test]
fn what_is_kept_has_a_bound() {
    let most = "x".repeat(TEXT_BYTES_MAX);
    let over = |text: &str| piece(2, text).replace(":2}", ":null}");
    shows(&[
        (piece(1, &most), Some(&most)),
        (over(""), Some(&most)),
        (over("y"), None),
        // What was cut stays cut, though this would fit.
        (over(""), None),
        (piece(2, ""), None),
        (last(&format!("{most}y")), Some(&format!("{most}y"))),
    ]);
    let all = |sequence, text: &str| piece(sequence, text).replace("delta", "else");
    let more = format!("{most}y");
    shows(&[
        (all(1, &more), Some(&more)),
        (piece(2, "z"), None),
        (all(3, "a"), Some("a")),
        (piece(4, "b"), Some("ab")),
    ]);
}
