//! Of answers that come piece by piece: in whatever order, as often, and however mangled.

use std::collections::BTreeMap;

use directline::{Piece, Replies};
use proptest::prelude::*;

use crate::judges::draw;

fn interim(stream: &str, sequence: u64) -> String {
    format!(
        r#"{{"type":"typing","id":"{stream}.{sequence}","text":"{sequence}","channelData":
        {{"streamType":"streaming","streamId":"{stream}","streamSequence":{sequence}}}}}"#
    )
}

fn end(stream: &str) -> String {
    format!(
        r#"{{"type":"message","text":"whole","entities":
        [{{"type":"streaminfo","streamType":"final","streamId":"{stream}"}}]}}"#
    )
}

/// A piece as the bot meant it.
#[derive(Clone, Debug)]
struct Meant {
    stream: usize,
    /// `None` for the final one.
    sequence: Option<u64>,
    json: String,
}

/// What one bot says on one stream. The first piece names no stream.
fn said(stream: usize, pieces: u64, has_end: bool, informs: bool) -> Vec<Meant> {
    let id = format!("id{stream}");
    let mut said: Vec<_> = (1..=pieces)
        .map(|sequence| {
            let mut json = interim(&id, sequence);
            if sequence == 1 {
                json = json.replace(&format!("\"streamId\":\"{id}\","), "");
                json = json.replace(&format!("{id}.1"), &id);
            }
            if informs && sequence % 2 == 1 {
                json = json.replace("\"streaming\"", "\"informative\"");
            }
            Meant { stream, sequence: Some(sequence), json }
        })
        .collect();
    let json = end(&id);
    said.extend(has_end.then_some(Meant { stream, sequence: None, json }));
    said
}

/// The pieces of several streams, each lost, once or twice there, in any order.
fn arrivals() -> impl Strategy<Value = Vec<Meant>> {
    let stream = (1..8_u64, any::<bool>(), any::<bool>());
    let said_at = |(at, (pieces, has_end, informs))| said(at, pieces, has_end, informs);
    prop::collection::vec(stream, 1..5)
        .prop_map(move |streams| {
            streams.into_iter().enumerate().flat_map(said_at).collect::<Vec<_>>()
        })
        .prop_flat_map(|said| {
            let copies = prop::collection::vec(0..3_usize, said.len());
            copies.prop_map(move |copies| {
                let said = said.iter().zip(copies);
                said.flat_map(|(piece, count)| vec![piece.clone(); count]).collect::<Vec<_>>()
            })
        })
        .prop_shuffle()
}

const ANSWER: &str = "A quick brown fox jumps.";

/// The pieces of one answer, some lost, some there twice, some in the place of others; first comes
/// the first, whose id is that of the stream.
fn added() -> impl Strategy<Value = Vec<String>> {
    let said: Vec<_> = ANSWER.split_inclusive(' ').zip(1_u64..).collect();
    let count = said.len();
    let ways = prop::collection::vec((0..4_usize, 0..8_u64), count);
    ways.prop_map(move |ways| {
        let mut placed = Vec::new();
        for ((text, sequence), (copies, delay)) in said.iter().zip(ways) {
            let (copies, delay) = if *sequence == 1 { (1, 0) } else { (copies.min(2), delay / 6) };
            let json = interim("s", *sequence)
                .replace(&format!("\"text\":\"{sequence}\""), &format!("\"text\":\"{text}\""))
                .replace("{\"streamType", "{\"chunkType\":\"delta\",\"streamType")
                .replace("\"s.1\"", "\"s\"");
            placed.extend((0..copies).map(|_| (sequence + 2 * delay, json.clone())));
        }
        placed.sort_by_key(|(place, ..)| *place);
        let last = interim("s", 99).replace("\"streaming\"", "\"final\"");
        let last = last.replace("typing", "message").replace("\"99\"", &format!("\"{ANSWER}\""));
        placed.push((99, last));
        placed.into_iter().map(|(_, json)| json).collect()
    })
}

properties! {
    256;

    #[test]
    fn whatever_becomes_of_the_pieces_the_display_never_goes_back(arrivals in arrivals()) {
        let mut replies = Replies::new();
        // `None` at the end of a stream.
        let mut display: BTreeMap<String, Option<u64>> = BTreeMap::new();
        let mut newest: BTreeMap<String, Option<u64>> = BTreeMap::new();
        for piece in &arrivals {
            let name = format!("id{}", piece.stream);
            newest
                .entry(name.clone())
                .and_modify(|at| *at = at.zip(piece.sequence).map(|(a, b)| a.max(b)))
                .or_insert(piece.sequence);
            match replies.take(&piece.json) {
                Piece::Informed { stream, text } | Piece::Grown { stream, text } => {
                    prop_assert_eq!(&*stream, &name);
                    let now: u64 = text.parse().expect("the text is the number");
                    let before = display.insert(name, Some(now)).unwrap_or(Some(0));
                    prop_assert!(before.is_some_and(|before| before < now));
                }
                Piece::Finished { stream, text } => {
                    prop_assert_eq!((&*stream, &*text), (&*name, "whole"));
                    display.insert(name, None);
                }
                Piece::Late => prop_assert!(display.contains_key(&name)),
                other @ (Piece::Plain | Piece::Withdrawn { .. }) => {
                    prop_assert!(false, "{} gave {other:?}", piece.json);
                }
            }
        }
        prop_assert_eq!(display, newest);
    }

    #[test]
    fn what_is_added_is_always_the_beginning_of_the_answer(
        arrivals in added(),
        is_nameless in any::<bool>(),
    ) {
        let mut replies = Replies::new();
        let mut shown = String::new();
        let mut is_over = false;
        for piece in &arrivals {
            let hidden = if is_nameless { "other" } else { "streamId" };
            let json = piece.replace("streamId", hidden);
            match replies.take(&json) {
                Piece::Grown { text, .. } => {
                    prop_assert!(ANSWER.starts_with(&*text) && text.len() > shown.len());
                    prop_assert!(!is_over, "{} after the end", json);
                    shown = text.into_owned();
                }
                Piece::Finished { text, .. } => {
                    prop_assert_eq!(&*text, ANSWER);
                    is_over = true;
                }
                Piece::Late => {}
                other => prop_assert!(false, "{} gave {other:?}", json),
            }
            prop_assert_eq!(replies.open().count(), usize::from(!is_over));
        }
    }

    #[test]
    fn no_text_is_too_strange(mangled in any::<prop::sample::Index>(), by in any::<char>()) {
        let delta = interim("s", 1).replace("{\"streamType", "{\"chunkType\":\"delta\",\"streamType");
        let mut text: Vec<char> = delta.chars().collect();
        let at = mangled.index(text.len());
        text[at] = by;
        let _ = Replies::new().take(&text.iter().collect::<String>());
        let _ = Replies::new().take(&text[..at].iter().collect::<String>());
    }
}
