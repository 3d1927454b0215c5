//! The frames that are measured.

use std::path::Path;

use directline_world::tricky;

pub(crate) struct Corpus {
    pub(crate) name: &'static str,
    pub(crate) frames: Vec<String>,
    pub(crate) bytes: usize,
    /// Whether it says things in a way that not everybody reads.
    pub(crate) is_tricky: bool,
}

impl Corpus {
    fn new(name: &'static str, frames: Vec<String>) -> Corpus {
        let bytes = frames.iter().map(String::len).sum();
        Corpus { name, frames, bytes, is_tricky: false }
    }
}

/// What is small, typical, a card, and a replay: in a folder, or made here.
pub(crate) fn all() -> Vec<Corpus> {
    let folder = std::env::var_os("DIRECTLINE_FRAMES");
    let files = ["a_small", "b_mix", "c_large", "d_replay"];
    let made = NAMES.into_iter().zip(files).zip(MADE).map(|((name, file), made)| match &folder {
        Some(folder) => Corpus::new(name, read(&Path::new(folder).join(format!("{file}.ndjson")))),
        None => Corpus::new(name, make(made)),
    });
    // Small ones under ids that are no numbers, more of them than are remembered.
    let (_, activities, text) = MADE[0];
    let frames = make((PLAIN, activities, text));
    let frames =
        frames.into_iter().map(|frame| frame.replace("us|", "us-").replace(ID_END, "x\",\"t"));
    let tricky = (0..TRICKY).map(tricky::frame).collect();
    let tricky = Corpus { is_tricky: true, ..Corpus::new("tricky", tricky) };
    made.chain([Corpus::new("plain", frames.collect()), tricky]).collect()
}

fn read(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("DIRECTLINE_FRAMES: {}: {error}", path.display()));
    let frames: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(!frames.is_empty(), "DIRECTLINE_FRAMES: {} is empty", path.display());
    frames
}

/// How many frames, activities in each, and characters of text in each of those.
type Made = (usize, usize, usize);

fn make((frames, activities, text): Made) -> Vec<String> {
    (0..frames).map(|frame| set(frame * activities, activities, text)).collect()
}

/// A set of messages as the service writes them.
fn set(first: usize, activities: usize, text: usize) -> String {
    let words = "Ihre Bestellung \u{2014} No. 17 \\\"express\\\" \\n ";
    let activity = |number: usize| {
        let mut text: String = words.chars().cycle().take(text).collect();
        // An escape must not be cut in two.
        text.truncate(text.trim_end_matches('\\').len());
        format!(
            "{{\"type\":\"message\",\"id\":\"conv-us|{number:07}\",\
             \"timestamp\":\"2026-11-20T12:00:00.{number:07}Z\",\"channelId\":\"directline\",\
             \"from\":{{\"id\":\"bot\",\"name\":\"Bot\"}},\"conversation\":{{\"id\":\"conv-us\"}},\
             \"text\":\"{text}\"}}"
        )
    };
    let last = first + activities;
    let all: Vec<String> = (first..last).map(activity).collect();
    format!("{{\"activities\":[{}],\"watermark\":\"{last}\"}}", all.join(","))
}

const NAMES: [&str; 4] = ["small", "typical", "card", "replay"];
/// About 364 B, 2.1 KB, 43 KB and 249 KB.
const MADE: [Made; 4] = [(1_000, 1, 138), (500, 3, 480), (36, 1, 40_750), (1, 200, 1_009)];
/// More than the 8,192 ids that are remembered by default.
const PLAIN: usize = 10_000;
const TRICKY: usize = 1_000;
/// Behind an id, which its own end goes before.
const ID_END: &str = "\",\"t";
