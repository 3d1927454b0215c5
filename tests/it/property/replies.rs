//! Of answers that come piece by piece: in whatever order, as often, and however mangled.

use std::collections::BTreeMap;

use directline::{Piece, Replies};
use proptest::prelude::*;

use crate::draw;

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
    fn no_text_is_too_strange(mangled in any::<prop::sample::Index>(), by in any::<char>()) {
        let mut text: Vec<char> = interim("s", 1).chars().collect();
        let at = mangled.index(text.len());
        text[at] = by;
        let _ = Replies::new().take(&text.iter().collect::<String>());
        let _ = Replies::new().take(&text[..at].iter().collect::<String>());
    }
}
