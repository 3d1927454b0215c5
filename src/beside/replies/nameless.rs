//! Answers whose pieces name no stream: they belong to what they reply to or follow.

use super::{Piece, Replies};

/// What somebody says: of which kind, by whom, in reply to what.
#[derive(Clone, Copy)]
struct Words<'a> {
    id: &'a str,
    from: &'a str,
    reply: &'a str,
    stream: &'a str,
}

impl Words<'_> {
    fn interim(self, sequence: u64, text: &str) -> String {
        self.json(
            "typing",
            text,
            &format!(r#""streamType":"streaming","streamSequence":{sequence}"#),
        )
    }

    fn delta(self, sequence: u64, text: &str) -> String {
        self.interim(sequence, text)
            .replace("\"streamType\"", "\"chunkType\":\"delta\",\"streamType\"")
    }

    fn last(self, text: &str) -> String {
        self.json("message", text, r#""streamType":"final""#)
    }

    fn message(self, text: &str) -> String {
        self.json("message", text, "\"x\":1")
    }

    fn json(self, kind: &str, text: &str, data: &str) -> String {
        let member = |name: &str, value: &str| match value {
            "" => String::new(),
            value => format!(r#""{name}":"{value}","#),
        };
        format!(
            r#"{{"type":"{kind}",{}{}"from":{{"id":"{}"}},"text":"{text}","channelData":{{{}{data}}}}}"#,
            member("id", self.id),
            member("replyToId", self.reply),
            self.from,
            member("streamId", self.stream),
        )
    }
}

/// By the bot, in reply to nothing.
fn bot(id: &str) -> Words<'_> {
    Words { id, from: "b", reply: "", stream: "" }
}

/// What a display shows of it, and where.
fn shown(piece: Piece<'_>) -> String {
    match piece {
        Piece::Plain => "plain".into(),
        Piece::Informed { stream, text }
        | Piece::Grown { stream, text }
        | Piece::Finished { stream, text } => format!("{stream}: {text}"),
        Piece::Withdrawn { stream } => format!("{stream} withdrawn"),
        Piece::Late => "late".into(),
    }
}

#[track_caller]
fn plays(replies: &mut Replies, lines: &[(String, &str)]) {
    for (activity, expected) in lines {
        assert_eq!(shown(replies.take(activity)), *expected, "{activity}");
    }
}

#[track_caller]
fn is_open(replies: &Replies, expected: &[&str]) {
    assert_eq!(replies.open().collect::<Vec<_>>(), expected);
}

#[test]
fn they_follow_the_first_to_the_final_one() {
    let mut replies = Replies::new();
    plays(
        &mut replies,
        &[
            (bot("e").delta(1, "Cheese"), "e: Cheese"),
            (bot("e-1").delta(2, " is made"), "e: Cheese is made"),
            (bot("").delta(3, " of milk."), "e: Cheese is made of milk."),
            (bot("e").delta(1, "Cheese"), "late"),
        ],
    );
    is_open(&replies, &["e"]);
    plays(&mut replies, &[(bot("e-3").last("All of it."), "e: All of it.")]);
    is_open(&replies, &[]);
    // There is nothing left to follow.
    plays(
        &mut replies,
        &[
            (bot("e-4").last("Another."), "plain"),
            (bot("").interim(2, "so far"), "plain"),
            (bot("f").interim(2, "so far"), "f: so far"),
            (bot("f-1").interim(3, "so far, so"), "f: so far, so"),
            (Words { stream: "f", ..bot("f-2") }.last("so far, so good"), "f: so far, so good"),
        ],
    );
    is_open(&replies, &[]);
}

#[test]
fn they_follow_their_own_sender_and_what_they_reply_to() {
    let other = |id| Words { from: "c", ..bot(id) };
    let to = |id, reply| Words { reply, ..bot(id) };
    let mut replies = Replies::new();
    plays(
        &mut replies,
        &[
            (bot("a").interim(1, "1"), "a: 1"),
            (other("c").interim(1, "1"), "c: 1"),
            (bot("a-1").interim(2, "2"), "a: 2"),
            (other("c-1").last("all"), "c: all"),
            // Another's reply to the very stream belongs to it.
            (Words { reply: "a", ..other("d") }.interim(3, "3"), "a: 3"),
            (bot("a-2").last("all"), "a: all"),
        ],
    );
    is_open(&replies, &[]);
    let named = |id, stream, reply| Words { stream, ..to(id, reply) };
    plays(
        &mut replies,
        &[
            (named("x", "x", "q1").interim(1, "1"), "x: 1"),
            (named("y", "y", "q2").interim(1, "1"), "y: 1"),
            (to("x-1", "q1").interim(2, "2"), "x: 2"),
            (to("y-1", "q2").interim(2, "2"), "y: 2"),
            // To something that nothing open replies to.
            (to("z", "q3").interim(2, "2"), "z: 2"),
            (to("x-2", "q1").last("all"), "x: all"),
            (to("w", "q1").last("all"), "plain"),
        ],
    );
    is_open(&replies, &["y"]);
    // One of them says it, the other says nothing.
    plays(&mut replies, &[(bot("y-2").interim(3, "3"), "y: 3")]);
}

#[test]
fn a_sender_that_goes_on_has_left_what_nothing_has_named() {
    let named = Words { stream: "n", ..bot("n-1") };
    for goes_on in [bot("m").message("plain"), bot("m").last("all")] {
        let mut replies = Replies::new();
        plays(&mut replies, &[(named.interim(3, "3"), "n: 3"), (bot("a").delta(1, "1"), "a: 1")]);
        // What others say changes nothing, nor does it that somebody types.
        let other = Words { from: "me", ..bot("o") };
        let typing = r#"{"type":"typing","from":{"id":"b"}}"#.to_owned();
        plays(&mut replies, &[(other.message("hm"), "plain"), (typing, "plain")]);
        is_open(&replies, &["n", "a"]);
        let _ = replies.take(&goes_on);
        is_open(&replies, &["n"]);
    }
    // The next beginning leaves the one before, too, until a piece names that.
    let mut replies = Replies::new();
    plays(&mut replies, &[(bot("a").delta(1, "1"), "a: 1"), (bot("b").delta(1, "1"), "b: 1")]);
    is_open(&replies, &["b"]);
    let back = Words { stream: "a", ..bot("a-1") };
    plays(&mut replies, &[(back.delta(2, "2"), "a: 12")]);
    is_open(&replies, &["b", "a"]);
    plays(&mut replies, &[(back.last("12"), "a: 12"), (bot("b-1").last("1"), "b: 1")]);
    is_open(&replies, &[]);
}

#[test]
fn without_a_number_they_follow_what_nothing_has_named() {
    let unnumbered =
        |words: Words<'_>, text| words.json("typing", text, r#""streamType":"streaming""#);
    let named = Words { stream: "n", ..bot("n-1") };
    for reply in ["", "q"] {
        let to = |words: Words<'static>| Words { reply, ..words };
        let mut replies = Replies::new();
        plays(
            &mut replies,
            &[
                (to(named).interim(3, "3"), "n: 3"),
                (unnumbered(to(bot("a")), "1"), "a: 1"),
                // This one was the first of the other, and comes late.
                (to(bot("n")).interim(2, "2"), "late"),
                (unnumbered(to(bot("a-1")), "2"), "a: 2"),
                (to(bot("a-2")).last("all"), "a: all"),
                // A number that is not the first says that it goes on.
                (to(bot("n-2")).interim(4, "4"), "n: 4"),
            ],
        );
        is_open(&replies, &["n"]);
    }
}
