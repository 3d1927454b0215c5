//! FRAMES: corpora of frames, each beside what a right reader finds in it.
//!
//! `frames/*.ndjson` holds one frame a line; `*.expect.tsv` holds, line by line, the watermark as
//! written (`-` where absent) and for each activity `id;type;offset;length`, in bytes of the frame.
//! Larger corpora of the same kind are read from the folder that `DIRECTLINE_FRAMES` names.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use directline::Checkpoint;
use directline_world::check;
use directline_world::live::live_session;

/// What one line says that a frame holds.
struct Expected<'a> {
    watermark: Option<String>,
    activities: Vec<(Option<String>, &'a str, Range<usize>)>,
}

fn expected(line: &str) -> Expected<'_> {
    let mut columns = line.split('\t');
    let watermark = match columns.next().expect("a watermark column") {
        "-" | "null" | "\"\"" => None,
        written => Some(text(written).unwrap_or_else(|| written.to_owned())),
    };
    let activities = columns.map(|column| {
        let fields: Vec<_> = column.rsplitn(3, ';').collect();
        let [length, offset, names] = fields[..] else { panic!("{column:?} has too few fields") };
        let number = |text: &str| text.parse::<usize>().expect("a number of bytes");
        let start = number(offset);
        // Ids and types are JSON: the one between them is the only separator outside a string.
        let (id, kind) = split_names(names);
        (text(id).filter(|id| !id.is_empty()), kind, start..start + number(length))
    });
    Expected { watermark, activities: activities.collect() }
}

fn split_names(names: &str) -> (&str, &str) {
    let mut in_string = false;
    let mut is_escaped = false;
    for (at, byte) in names.bytes().enumerate() {
        match byte {
            b';' if !in_string => return (&names[..at], &names[at + 1..]),
            b'"' if !is_escaped => in_string = !in_string,
            _ => {}
        }
        is_escaped = byte == b'\\' && !is_escaped;
    }
    panic!("{names:?} has no type");
}

fn text(written: &str) -> Option<String> {
    serde_json::from_str(written).ok()
}

/// Gives one frame to a fresh session and holds what is handed out against what is expected.
fn compare(frame: &str, line: &str, place: &str) {
    let expected = expected(line);
    let (mut session, socket) = live_session();
    let handed = check::hand_in(&mut session, socket, frame).expect("frames are no mistakes");
    let mut seen = BTreeSet::new();
    let is_new = |id: &Option<String>, kind: &str| {
        let is_revision = matches!(kind, "\"messageUpdate\"" | "\"messageDelete\"");
        id.as_ref().is_none_or(|id| is_revision || seen.insert(id.clone()))
    };
    let mut is_new = is_new;
    let new = expected.activities.iter().filter(|(id, kind, _)| is_new(id, kind));
    let wanted: Vec<_> = new.map(|(_, _, span)| span.clone()).collect();
    assert_eq!(handed.spans, wanted, "{place}: {frame}");
    let checkpoint = session.checkpoint();
    let watermark = checkpoint.as_ref().and_then(Checkpoint::watermark);
    assert_eq!(watermark, expected.watermark.as_deref(), "{place}: {frame}");
    let ends = expected.activities.iter().any(|(_, kind, _)| *kind == "\"endOfConversation\"");
    assert_eq!(handed.is_over, ends, "{place}: {frame}");
    check::frame(frame).unwrap_or_else(|violation| panic!("{place}: {violation}"));
}

/// Every corpus of a folder; gives how many frames there were.
fn compare_all(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "ndjson"));
    files.sort();
    assert!(!files.is_empty(), "{} holds no *.ndjson", folder.display());
    let mut count = 0;
    for file in files {
        let read = |file: &Path| {
            std::fs::read_to_string(file)
                .unwrap_or_else(|error| panic!("{} cannot be read: {error}", file.display()))
        };
        let (frames, lines) = (read(&file), read(&file.with_extension("expect.tsv")));
        assert_eq!(frames.lines().count(), lines.lines().count(), "{}", file.display());
        for (number, (frame, line)) in frames.lines().zip(lines.lines()).enumerate() {
            compare(frame, line, &format!("{}:{}", file.display(), number + 1));
            count += 1;
        }
    }
    count
}

#[test]
fn every_frame_is_read_as_a_right_reader_reads_it() {
    // Covers: RX-1, RX-2, RX-3, RX-5, WM-1, WM-2, WM-3, DD-1, DD-2
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tables/frames");
    let mut count = compare_all(&own);
    if let Some(folder) = std::env::var_os("DIRECTLINE_FRAMES") {
        count += compare_all(Path::new(&folder));
    }
    println!("{count} frames");
}
