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
        let read = Recording::parse(cut).ok().filter(|_| is_whole);
        let difference = read.and_then(|read| read.replay().difference());
        assert_eq!(difference, None, "who was killed told no more than was written down: {end}");
    }
}

/// What is wrong with the head of a recording and this line.
#[track_caller]
fn reason(line: &[u8]) -> String {
    let text = recording();
    let head = text.lines().next().expect("a head");
    let both = [head.as_bytes(), b"\n", line, b"\n"].concat();
    let damage = Recording::parse(&both).expect("a head").damage().cloned().expect("damage");
    assert_eq!(damage.line(), 2);
    let mut reader = Reader::default();
    reader.read(head).expect("a head");
    let alone = reader.read(&[line, b"\n"].concat()).expect_err("no good either");
    assert_eq!(alone, damage, "the one reads as the other");
    damage.reason().to_owned()
}

#[test]
fn what_came_out_is_an_action_or_an_event_or_damage() {
    for (line, expected) in [
        (r#"{"out":{"nope":1}}"#, r#""nope" is no action"#),
        (r#"{"out":{"event":{"nope":1}}}"#, r#""nope" is no event"#),
        (r#"{"out":{"event":{"misuse":"x"}}}"#, r#""misuse" is no event"#),
        (r#"{"out":{"event":"status"}}"#, "an event has no name"),
        (r#"{"out":{"send":1}}"#, "send says no request"),
        (r#"{"out":{"open":{"socket":"1"}}}"#, "open says no socket"),
        (r#"{"out":7}"#, "what came out has no name"),
    ] {
        assert_eq!(reason(line.as_bytes()), expected, "{line}");
    }
    let long = format!(r#"{{"out":{{"{}":1}}}}"#, "x".repeat(999));
    assert!(reason(long.as_bytes()).len() < 80);
    assert_eq!(reason(b"{\"misuse\":\"\xff\"}"), "no UTF-8 at column 12");
}

#[test]
fn a_reason_has_the_column_and_no_other_line() {
    assert_eq!(reason(b"{oh"), "key must be a string at column 2");
    assert_eq!(reason(br#"{"at":1,"in":"nope"}"#).matches("line").count(), 0);
    let head = recording().lines().next().expect("a head").replace("\"base\":", "\"bass\":");
    let damage = Recording::parse(&head).expect_err("no base").to_string();
    assert_eq!(damage.matches("line").count(), 1, "{damage}");
}

#[test]
fn a_version_that_cannot_be_is_told_from_a_newer_one() {
    let text = recording();
    for (version, expected) in [
        ("2", "version is 2, allowed is 1: a newer directline is needed"),
        ("99999999999999999999", "version is 99999999999999999999, allowed is 1: a newer"),
        ("0", "version is 0, which no recording has; allowed is 1"),
        ("-1", "version is -1, which no recording has; allowed is 1"),
        ("1.5", "version is 1.5, which no recording has; allowed is 1"),
        (r#""1""#, r#"version is "1", which no recording has; allowed is 1"#),
        ("null", "version is null, which no recording has; allowed is 1"),
    ] {
        let other = text.replacen("\"version\":1", &format!("\"version\":{version}"), 1);
        let damage = Recording::parse(&other).expect_err(version);
        assert_eq!(damage.line(), 1);
        assert!(damage.reason().starts_with(expected), "{damage}");
    }
    let without = text.replacen("\"version\":1,", "", 1);
    assert!(Recording::parse(&without).expect_err("none").reason().contains("which no recording"));
    for (nothing, expected) in
        [(&b""[..], "it is empty"), (b"\n", "it is empty"), (b"\xff", "this is no recording")]
    {
        let damage = Recording::parse(nothing).expect_err("nothing");
        assert_eq!(damage.reason(), expected);
        assert_eq!(Reader::default().read(nothing).expect_err("nothing either"), damage);
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
