//! Recordings that somebody has damaged: nothing worse happens than that their line is told.

use directline::{Config, Input, Moment, PostKey, Session, Token};
use directline_record::{Entry, Marks, Reader, Recorder, Recording};

fn recording() -> String {
    let config =
        Config::builder(Token::new("hush.token").expect("a token")).build().expect("valid");
    let mut session = Session::new(config.clone(), Moment::ZERO);
    let mut recorder = Recorder::begin(Vec::new(), &config, None, Moment::ZERO);
    let activity = r#"{"type":"message","text":"ü"}"#.to_owned();
    let inputs = [
        Input::NetworkDown,
        Input::Post { key: PostKey(1), activity },
        Input::NetworkUp,
        Input::Timeout,
        Input::Close,
    ];
    for (at, input) in (0..).map(|step| Moment::from_millis(step * 100)).zip(inputs) {
        while let Some(output) = session.poll() {
            recorder.output(&output);
        }
        recorder.input(&session, at, &input);
        session.handle(at, input).expect("no misuse");
    }
    while let Some(output) = session.poll() {
        recorder.output(&output);
    }
    String::from_utf8(recorder.sink().clone()).expect("JSON")
}

/// Reads it, goes through it and draws it, as far as that goes; gives how many steps were read.
fn used(text: &str) -> Option<usize> {
    let (mut reader, mut marks) = (Reader::default(), Marks::default());
    for line in text.lines() {
        match reader.read(line) {
            Ok(entry) => _ = marks.take(&entry),
            Err(damage) => {
                assert_eq!(damage.line(), reader.lines());
                break;
            }
        }
    }
    let recording = Recording::parse(text).ok()?;
    let mut replay = recording.replay();
    while replay.step().is_some() {}
    Some(recording.steps().len())
}

#[test]
fn a_recording_that_is_cut_anywhere_is_read_up_to_there() {
    // Covers: RX-6
    let text = recording();
    assert_eq!(used(&text), Some(5));
    let head = text.find('\n').expect("a head") + 1;
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let cut = &text[..end];
        let facts = cut
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n') && line.contains("\"in\":"));
        let steps = used(cut);
        assert_eq!(steps.is_some(), end >= head - 1, "{end}");
        // A last line may be whole but for its end.
        let (least, most) = (facts.clone().count(), facts.count() + 1);
        assert!(steps.is_none_or(|steps| (least..=most).contains(&steps)), "{end}: {steps:?}");
        let is_whole = cut.ends_with('\n') || text[end..].starts_with('\n');
        let damage = Recording::parse(cut).ok().and_then(|read| read.damage().cloned());
        assert_eq!(steps.is_some() && !is_whole, damage.is_some(), "{end}: {damage:?}");
        assert!(damage.is_none_or(|damage| damage.reason().starts_with("it is cut off: ")));
    }
}

#[test]
fn a_recording_with_any_byte_changed_does_no_harm() {
    // Covers: RX-6
    let text = recording();
    let mut read = 0;
    for at in (0..text.len()).step_by(3) {
        for byte in [b'"', b'9', b'\n', b'\\'] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = byte;
            read += usize::from(used(&String::from_utf8_lossy(&bytes)).is_some());
        }
    }
    assert!(read > text.len() / 2, "most of them can be read in part: {read}");
}

#[test]
fn numbers_at_the_edges_do_no_harm() {
    // Covers: RX-6, TM-3
    let text = recording();
    for number in ["0", "18446744073709551615", "18446744073709551616", "-1", "1e300"] {
        for place in
            ["\"at\":", "\"request\":", "\"socket\":", "\"key\":", "\"secs\":", "\"seed\":"]
        {
            let changed: String =
                text.split_inclusive(place).map(|part| format!("{part}{number}")).collect();
            _ = used(&changed);
            _ = used(&text.replace(&format!("{place}0"), &format!("{place}{number}")));
            _ = used(&text.replace(&format!("{place}100"), &format!("{place}{number}")));
        }
    }
    let filler = r#"{"at":1,"in":{"response":{"request":0,"status":200,"headers":[],"body":{"filler":18446744073709551615}}}}"#;
    let head = text.lines().next().expect("a head");
    let damage =
        Recording::parse(&format!("{head}\n{filler}\n")).expect("a head").damage().cloned();
    assert_eq!(damage.expect("so much is no body").line(), 2);
}

#[test]
fn a_line_says_what_it_is() {
    let text = recording();
    let mut reader = Reader::default();
    let entries: Vec<_> = text.lines().map(|line| reader.read(line).expect("good")).collect();
    assert!(
        matches!(&entries[0], Entry::Header(header) if header.crate_version() == env!("CARGO_PKG_VERSION"))
    );
    let names: Vec<_> = entries
        .iter()
        .filter_map(|entry| if let Entry::Told(told) = entry { Some(told.name()) } else { None })
        .collect();
    assert!(
        names.contains(&"send") && names.contains(&"status") && names.contains(&"ended"),
        "{names:?}"
    );
}
