//! The quick way and the slow way say the same of every object: all small ones, with members that come
//! twice, that are `null`, numbers, escaped or in another place; and every way to write a name.

use super::{ActivitySet, Kind, Position, Timestamp, quick, slow};

/// Members of the root.
const ROOT: [&str; 28] = [
    r#""activities":[]"#,
    r#""activities":[{"id":"a"}]"#,
    r#""activities":[{"id":"b","type":"messageUpdate"},{}]"#,
    r#""activities":null"#,
    r#""activities":{}"#,
    r#""activities":"x""#,
    r#""activities":[null]"#,
    r#""activities":[{"id":"c"},7,"d"]"#,
    r#""activities":[[{"id":"e"}]]"#,
    r#""\u0061ctivities":[{"id":"f"}]"#,
    r#""watermark":"5""#,
    r#""watermark":"6""#,
    r#""watermark":null"#,
    r#""watermark":"""#,
    r#""watermark":7"#,
    r#""watermark":-0.5e+9"#,
    r#""watermark":1e999"#,
    r#""watermark":true"#,
    r#""watermark":{"watermark":"8"}"#,
    r#""watermark":["9"]"#,
    r#""watermark":"\u0035""#,
    r#""watermark":"\ud800""#,
    r#""watermark":" 5 ""#,
    r#""w\u0061termark":"10""#,
    r#""Watermark":"11""#,
    r#""x":{"activities":[{"id":"g"}],"watermark":"12"}"#,
    r#""":[]"#,
    r#""y":"\"watermark\":\"13\"""#,
];

/// Members of an activity.
const ACTIVITY: [&str; 26] = [
    r#""id":"a""#,
    r#""id":"b""#,
    r#""id":"""#,
    r#""id":null"#,
    r#""id":7"#,
    r#""id":["a"]"#,
    r#""id":"\u0061""#,
    r#""id":"\ud800""#,
    r#""\u0069d":"c""#,
    r#""ID":"d""#,
    r#""type":"message""#,
    r#""type":"messageUpdate""#,
    r#""type":"messageDelete""#,
    r#""type":"endOfConversation""#,
    r#""type":"endofconversation""#,
    r#""type":null"#,
    r#""type":{"type":"messageUpdate"}"#,
    r#""type":"message\u0055pdate""#,
    r#""t\u0079pe":"messageDelete""#,
    r#""timestamp":"2026-11-20T12:00:00Z""#,
    r#""timestamp":"2026-11-20T12:00:00.5+01:00""#,
    r#""timestamp":"soon""#,
    r#""timestamp":"2026-11-20T12:00:0\u0030Z""#,
    r#""timestamp":null"#,
    r#""timestamp":1795176000"#,
    r#""x":{"id":"y","type":"messageDelete","timestamp":"2026-11-20T12:00:00Z"}"#,
];

/// All that a session makes of a set.
type Meaning<'a> = (Vec<One<'a>>, usize, &'a Position<'a>, bool);
type One<'a> = (&'a str, Option<String>, Option<Timestamp>, Kind);

fn meaning<'a>(set: &'a ActivitySet<'a>, frame: &'a str) -> Meaning<'a> {
    let ActivitySet { activities, bad_elements, watermark, is_known } = set;
    let one = |element: &super::Element| {
        let id = element.id(frame).map(Into::into);
        (element.span.of(frame), id, element.timestamp(frame), element.kind)
    };
    (activities.iter().map(one).collect(), *bad_elements, watermark, *is_known)
}

/// Holds both ways against each other: of an object the quick one reads all that the slow one does.
fn agree(frame: &str) {
    let (quick, slow) = (quick::read_set(frame), slow::read_set(frame));
    let [quick, slow] = [&quick, &slow].map(|set| set.as_ref().map(|set| meaning(set, frame)));
    assert_eq!(quick, slow, "quick and slow: {frame}");
    assert_eq!(super::read_set(frame).is_ok(), slow.is_some(), "{frame}");
}

/// Every object of up to `length` of these members, in every order, with repeats, with and without
/// space between them.
fn objects(members: &[&'static str], length: usize, each: &mut impl FnMut(&str)) {
    let mut lists: Vec<Vec<&str>> = vec![Vec::new()];
    for _ in 0..=length {
        for list in &lists {
            each(&format!("{{{}}}", list.join(",")));
            let spaced: Vec<_> =
                list.iter().map(|member| member.replacen("\":", "\" :\t", 1)).collect();
            each(&format!(" {{ {} }}\n", spaced.join(" ,\r\n")));
        }
        let longer = |list: &Vec<&'static str>| {
            let with = |member: &&'static str| [list.as_slice(), &[*member]].concat();
            members.iter().map(with).collect::<Vec<_>>()
        };
        lists = lists.iter().flat_map(longer).collect();
    }
}

/// All pairs, and all triples within each of three parts.
fn pairs_and_triples(members: &[&'static str], each: &mut impl FnMut(&str)) {
    objects(members, 2, each);
    for part in 0..3 {
        let some: Vec<_> = members.iter().skip(part).step_by(3).copied().collect();
        objects(&some, 3, each);
    }
}

/// Every way to write these letters, each as it is or as an escape.
fn spellings(letters: &str) -> Vec<String> {
    letters.chars().fold(vec![String::new()], |written, letter| {
        let escape = u32::from(letter);
        let ways = [letter.to_string(), format!("\\u{escape:04x}"), format!("\\u{escape:04X}")];
        let ways = &ways[..if ways[1] == ways[2] { 2 } else { 3 }];
        let longer = |written: String| ways.iter().map(move |way| format!("{written}{way}"));
        written.into_iter().flat_map(longer).collect()
    })
}

#[test]
fn both_say_the_same_of_every_small_root() {
    // Covers: RX-2, RX-3, WM-2, WM-3
    let mut count = 0;
    pairs_and_triples(&ROOT, &mut |root| {
        agree(root);
        count += 1;
    });
    assert!(count > 5_000, "{count} frames");
}

#[test]
fn both_say_the_same_of_every_small_activity() {
    // Covers: RX-1, DD-1, DD-2, DD-3, RX-5
    let mut count = 0;
    pairs_and_triples(&ACTIVITY, &mut |activity| {
        agree(&format!(r#"{{"activities":[{activity},{{"id":"z"}}],"watermark":"1"}}"#));
        count += 1;
    });
    assert!(count > 4_000, "{count} frames");
}

#[test]
fn both_say_the_same_of_every_root_that_is_cut_or_followed_by_more() {
    // Covers: RX-4
    let frame = r#"{"activities":[{"id":"a","type":"message"}],"watermark":"1"}"#;
    for end in 0..frame.len() {
        agree(&frame[..end]);
    }
    for rest in ["", " ", "\n", "x", "{}", ",", "}", "]", "\u{0}", "\u{a0}"] {
        agree(&format!("{frame}{rest}"));
        agree(&format!("{rest}{frame}"));
    }
}

#[test]
fn both_know_a_name_however_it_is_written_and_none_that_is_nearly_it() {
    // Covers: DD-1, DD-3, RX-5, WM-2
    let values = [
        ("id", r#""a""#),
        ("type", r#""messageUpdate""#),
        ("timestamp", r#""2026-11-20T12:00:00Z""#),
        ("watermark", r#""7""#),
        ("activities", r#"[{"id":"b"}]"#),
    ];
    let mut count = 0;
    for (name, value) in values {
        for written in spellings(name) {
            let member = |name: &str| format!("\"{name}\":{value}");
            let last = written.len() - 1;
            for name in [
                written.clone(),
                format!("{written}\\u0000"),
                format!("\\\"{written}"),
                written.replace("\\u00", "\\u01"),
                written.replace("\\u", "\\\\u"),
                written[..last].to_owned(),
            ] {
                agree(&format!("{{{}}}", member(&name)));
                agree(&format!(r#"{{"activities":[{{"x":1,{}}}]}}"#, member(&name)));
                count += 1;
            }
        }
    }
    assert!(count > 20_000, "{count} names");
}

#[test]
fn both_read_a_text_however_it_is_written() {
    // Covers: DD-1, DD-3, RX-5, WM-3
    for id in spellings("c|0000") {
        agree(&format!(r#"{{"watermark":"{id}","activities":[{{"id":"{id}"}}]}}"#));
    }
    for written in spellings("Z\u{e4}+") {
        let timestamp = format!("2026-11-20T12:00:00{written}");
        agree(&format!(r#"{{"activities":[{{"timestamp":"{timestamp}","id":"a"}}]}}"#));
    }
    for kind in spellings("messageD") {
        agree(&format!(r#"{{"activities":[{{"type":"{kind}elete","id":"a"}}]}}"#));
    }
}

#[test]
fn what_is_nested_too_deep_for_the_quick_way_is_read_the_slow_way() {
    // Covers: RX-6
    for (depth, is_quick) in [(1, true), (63, true), (64, true), (65, false), (500, false)] {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let frame = format!(r#"{{"deep":{deep},"activities":[{{"id":"a"}}],"watermark":"1"}}"#);
        assert_eq!(quick::read_set(&frame).is_some(), is_quick, "{depth}");
        let set = super::read_set(&frame).expect("readable");
        let shallow = frame.replace(&deep, "0");
        let expected = slow::read_set(&shallow).expect("readable");
        assert_eq!((set.watermark, set.activities.len()), (expected.watermark, 1));
        assert_eq!(set.activities[0].id(&frame), expected.activities[0].id(&shallow));
    }
}
