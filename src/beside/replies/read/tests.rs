//! What is read of an activity, and what is not.

use super::*;

fn part(activity: &str) -> Option<(String, String, Kind)> {
    let Said { part, own, .. } = Said::of(activity)?;
    let part = part?;
    let stream = part.stream.or(own).unwrap_or_default();
    Some((stream.into_owned(), part.text.into_owned(), part.kind))
}

fn typing(members: &str) -> Option<(String, String, Kind)> {
    part(&format!(r#"{{"type":"typing","id":"own","text":"so far",{members}}}"#))
}

fn streaming(sequence: Option<u64>) -> Kind {
    Kind::Streaming { sequence, is_delta: false }
}

#[test]
fn channel_data_and_entities_say_the_same() {
    let expected = Some(("s".to_owned(), "so far".to_owned(), streaming(Some(2))));
    let info = r#""streamType":"streaming","streamId":"s","streamSequence":2"#;
    for members in [
        format!(r#""channelData":{{{info}}}"#),
        format!(r#""channelData":{{"other":{{}},{info}}},"entities":"none""#),
        format!(
            r#""entities":[{{"type":"mention"}},7,null,[{{}}],{{"type":"streaminfo",{info}}}]"#
        ),
        format!(
            r#""channelData":{{"clientActivityID":"x"}},"entities":[{{{info},"type":"streaminfo"}}]"#
        ),
        format!(r#""channelData":"text","entities":[{{"type":"streaminfo",{info}}},1e999]"#),
    ] {
        assert_eq!(typing(&members), expected, "{members}");
    }
    assert_eq!(typing(&format!(r#""entities":[{{"type":"Place",{info}}}]"#)), None);
    assert_eq!(typing(&format!(r#""entities":{{"type":"streaminfo",{info}}}"#)), None);
}

#[test]
fn the_first_piece_is_named_by_its_own_id() {
    for (stream, expected) in [
        ("", Some("own")),
        (r#","streamId":null"#, Some("own")),
        (r#","streamId":"""#, Some("own")),
        (r#","streamId":"s""#, Some("s")),
        (r#","streamId":"\u0073""#, Some("s")),
        (r#","streamId":7"#, None),
        (r#","streamId":"\ud800""#, None),
    ] {
        let data = format!(r#""channelData":{{"streamType":"informative"{stream}}}"#);
        let read = typing(&data).map(|(stream, ..)| stream);
        assert_eq!(read.as_deref(), expected, "{stream}");
    }
    let idless = part(r#"{"type":"typing","channelData":{"streamType":"streaming"}}"#);
    assert_eq!(idless, Some((String::new(), String::new(), streaming(None))));
    let long = "x".repeat(ID_BYTES_MAX + 1);
    let named = |id: &str| {
        typing(&format!(r#""channelData":{{"streamType":"streaming","streamId":"{id}"}}"#))
    };
    assert!(named(&long).is_none() && named(&long[1..]).is_some());
}

#[test]
fn only_numbers_are_an_order() {
    for (written, expected) in [
        ("1", Some(1)),
        ("\"12\"", Some(12)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("-1", None),
        ("1.5", None),
        ("null", None),
        ("{}", None),
        ("\"\"", None),
    ] {
        let data = format!(r#""streamType":"streaming","streamSequence":{written}"#);
        let kind = typing(&format!(r#""channelData":{{{data}}}"#)).map(|(.., kind)| kind);
        assert_eq!(kind, Some(streaming(expected)), "{written}");
    }
}

#[test]
fn the_final_part_may_be_empty() {
    let read = |kind: &str, rest: &str| {
        let data = r#""channelData":{"streamType":"final","streamId":"s"}"#;
        part(&format!(r#"{{"type":"{kind}",{data}{rest}}}"#)).map(|(.., kind)| kind)
    };
    let end = |is_message, has_content| Some(Kind::Final { is_message, has_content });
    assert_eq!(read("message", r#","text":"all""#), end(true, true));
    assert_eq!(read("message", r#","attachments":[{}]"#), end(true, true));
    assert_eq!(read("message", r#","text":"","attachments":[ ]"#), end(true, false));
    assert_eq!(read("message", r#","attachments":null"#), end(true, false));
    assert_eq!(read("typing", ""), end(false, false));
    assert_eq!(read("event", r#","text":"all""#), None);
}

#[test]
fn text_is_shown_as_far_as_it_is_whole() {
    for (written, shown) in [
        (r#""a\nb""#, "a\nb"),
        (r#""half: \ud83d""#, "half: "),
        (r#""\udc00 half \ud83d\ud83d\ude00""#, " half 😀"),
        ("7", ""),
        ("null", ""),
        ("[\"x\"]", ""),
    ] {
        let data = r#""channelData":{"streamType":"streaming"}"#;
        let activity = format!(r#"{{"type":"typing","id":"s",{data},"text":{written}}}"#);
        assert_eq!(part(&activity).map(|(_, text, _)| text).as_deref(), Some(shown));
    }
}

#[test]
fn everything_else_is_no_part_of_a_stream() {
    let deep = format!(r#"{{"type":"typing","channelData":{}1"#, "[".repeat(200_000));
    let closed = format!("{deep}{}}}", "]".repeat(200_000));
    for other in [
        "",
        "{",
        "null",
        r#"["typing","s","text",[],{"streamType":"streaming"},[]]"#,
        r#"{"type":"typing"}"#,
        r#"{"type":7,"id":"s","channelData":{"streamType":"streaming"}}"#,
        r#"{"type":"typing","id":"s","channelData":{"streamType":"backwards"}}"#,
        r#"{"type":"typing","id":"s","channelData":["typing","streaming","s",1]}"#,
        r#"{"type":"message","id":"s","channelData":{"streamType":"streaming","streamId":"s"}}"#,
        &deep,
        &closed,
    ] {
        assert_eq!(part(other), None);
    }
}

#[test]
fn members_of_other_types_are_no_stream() {
    let data = r#""channelData":{"streamType":"#;
    for other in [
        format!(r#"{{"type":"typing","id":"s",{data}7}}}}"#),
        format!(r#"{{"type":"message","id":"s",{data}"informative","streamId":"s"}}}}"#),
        r#"{"type":"typing","id":"s","entities":[{"type":"streaminfo"}]}"#.to_owned(),
    ] {
        assert_eq!(part(&other), None, "{other}");
    }
}
