//! CORPUS: frames as a service sends them, in any number and none of them twice.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// Frames of one kind.
pub(crate) struct Corpus {
    pub(crate) name: &'static str,
    frames: Vec<String>,
    /// In one round of the frames.
    activities: usize,
    /// What is added to each activity's number from one round to the next.
    stride: usize,
}

/// The bytes of a WebSocket's way down.
pub(crate) struct Flow {
    pub(crate) bytes: Vec<u8>,
    /// Where each frame ends.
    pub(crate) ends: Vec<usize>,
    pub(crate) activities: usize,
}

/// The corpora of the folder, or ones of the same sizes made up here.
pub(crate) fn all(folder: Option<&Path>) -> Vec<Corpus> {
    let mut corpora: Vec<Corpus> = KINDS
        .into_iter()
        .map(|kind| {
            let frames = match folder {
                Some(folder) => read(&folder.join(kind.file)),
                None => vec![made_up(kind.activities, kind.text)],
            };
            Corpus::new(kind.name, frames)
        })
        .collect();
    corpora.push(Corpus::new("plain", read(Path::new(PLAIN))));
    corpora
}

impl Corpus {
    fn new(name: &'static str, frames: Vec<String>) -> Corpus {
        let sets: Vec<Value> = frames
            .iter()
            .map(|frame| serde_json::from_str(frame).expect("every line of a corpus is JSON"))
            .collect();
        let activities = sets.iter().filter_map(|set| set["activities"].as_array()).flatten();
        let ids: Vec<Option<&str>> = activities.map(|activity| activity["id"].as_str()).collect();
        let known: Vec<&str> = ids.iter().copied().flatten().collect();
        let distinct: BTreeSet<&str> = known.iter().copied().collect();
        assert_eq!(known.len(), distinct.len(), "{name}: an activity that comes twice is dropped");
        let numbers: BTreeSet<usize> = known.iter().filter_map(|id| number(id)).collect();
        assert_eq!(known.len(), numbers.len(), "{name}: ids end with | and seven digits");
        let first = numbers.first().copied().unwrap_or_default();
        let stride = numbers.last().copied().unwrap_or_default() - first + 1;
        Corpus { name, activities: ids.len(), stride, frames }
    }

    pub(crate) fn frame_bytes(&self) -> usize {
        self.frames.iter().map(String::len).sum::<usize>() / self.frames.len()
    }

    /// About so many bytes, as they go over the wire.
    pub(crate) fn flow(&self, bytes: usize) -> Flow {
        let mut flow = Flow { bytes: Vec::with_capacity(bytes), ends: Vec::new(), activities: 0 };
        let mut round = 0;
        while flow.bytes.len() < bytes {
            for frame in &self.frames {
                flow.push(&renumbered(frame, round * self.stride));
            }
            flow.activities += self.activities;
            round += 1;
        }
        flow
    }
}

impl Flow {
    /// A text message in one unmasked frame, RFC 6455, 5.2.
    fn push(&mut self, text: &str) {
        const TEXT: u8 = 0x81;
        let length = text.len();
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short), _) if short < 126 => self.bytes.extend([TEXT, short]),
            (_, Ok(medium)) => {
                self.bytes.extend([TEXT, 126]);
                self.bytes.extend(medium.to_be_bytes());
            }
            _ => {
                self.bytes.extend([TEXT, 127]);
                self.bytes.extend((length as u64).to_be_bytes());
            }
        }
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len());
    }
}

struct Kind {
    name: &'static str,
    file: &'static str,
    /// What a frame is made of where there is no file: activities, and the length of their texts.
    activities: usize,
    text: usize,
}

const KINDS: [Kind; 4] = [
    Kind { name: "small", file: "a_small.ndjson", activities: 1, text: 138 },
    Kind { name: "typical", file: "b_mix.ndjson", activities: 3, text: 480 },
    Kind { name: "card", file: "c_large.ndjson", activities: 1, text: 40_750 },
    Kind { name: "replay", file: "d_replay.ndjson", activities: 200, text: 1_009 },
];

const PLAIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/it/tables/frames/plain.ndjson");

fn read(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
    let frames: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(!frames.is_empty(), "{} holds no frames", path.display());
    frames
}

/// A set of messages as the service writes them.
fn made_up(activities: usize, length: usize) -> String {
    let words = "Ihre Bestellung \u{2014} No. 17 \\\"express\\\" \\n ";
    let mut text: String = words.chars().cycle().take(length).collect();
    // An escape must not be cut in two.
    text.truncate(text.trim_end_matches('\\').len());
    let activity = |number: usize| {
        format!(
            "{{\"type\":\"message\",\"id\":\"conv-us|{number:07}\",\
             \"timestamp\":\"2026-11-20T12:00:00.{number:07}Z\",\"channelId\":\"directline\",\
             \"from\":{{\"id\":\"bot\",\"name\":\"Bot\"}},\"conversation\":{{\"id\":\"conv-us\"}},\
             \"text\":\"{text}\"}}"
        )
    };
    let all: Vec<String> = (0..activities).map(activity).collect();
    format!("{{\"activities\":[{}],\"watermark\":\"{activities}\"}}", all.join(","))
}

/// The number at the end of an id that the service has given.
fn number(id: &str) -> Option<usize> {
    let (_, digits) = id.rsplit_once('|')?;
    let is_number = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// The frame with every activity's number raised.
fn renumbered(frame: &str, by: usize) -> String {
    let mut pieces = frame.split('|');
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        whole.push('|');
        let old = piece.get(..DIGITS).and_then(|digits| digits.parse::<usize>().ok());
        match old.filter(|_| piece[DIGITS..].starts_with('"')) {
            Some(old) => {
                assert!(old + by < 10_usize.pow(7), "the numbers of activities have run out");
                whole.push_str(&format!("{:07}{}", old + by, &piece[DIGITS..]));
            }
            None => whole.push_str(piece),
        }
    }
    whole
}

const DIGITS: usize = 7;
