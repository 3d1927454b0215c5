//! The quick way and the slow way say the same of every frame that both read: all small frames,
//! with members that come twice, that are `null`, numbers, escaped or in another place.

use super::{ActivitySet, Kind, Position, Timestamp, quick, slow};

/// What a member is like: whether it is one of those that a service writes every day.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    Ordinary,
    Odd,
}

use Is::{Odd, Ordinary};

type Member = (Is, &'static str);

/// Members of the root.
const ROOT: [Member; 28] = [
    (Ordinary, r#""activities":[]"#),
    (Ordinary, r#""activities":[{"id":"a"}]"#),
    (Ordinary, r#""activities":[{"id":"b","type":"messageUpdate"},{}]"#),
    (Odd, r#""activities":null"#),
    (Odd, r#""activities":{}"#),
    (Odd, r#""activities":"x""#),
    (Odd, r#""activities":[null]"#),
    (Odd, r#""activities":[{"id":"c"},7,"d"]"#),
    (Odd, r#""activities":[[{"id":"e"}]]"#),
    (Odd, r#""\u0061ctivities":[{"id":"f"}]"#),
    (Ordinary, r#""watermark":"5""#),
    (Ordinary, r#""watermark":"6""#),
    (Ordinary, r#""watermark":null"#),
    (Ordinary, r#""watermark":"""#),
    (Ordinary, r#""watermark":7"#),
    (Ordinary, r#""watermark":-0.5e+9"#),
    (Ordinary, r#""watermark":1e999"#),
    (Ordinary, r#""watermark":true"#),
    (Ordinary, r#""watermark":{"watermark":"8"}"#),
    (Ordinary, r#""watermark":["9"]"#),
    (Ordinary, r#""watermark":"\u0035""#),
    (Ordinary, r#""watermark":"\ud800""#),
    (Ordinary, r#""watermark":" 5 ""#),
    (Odd, r#""w\u0061termark":"10""#),
    (Ordinary, r#""Watermark":"11""#),
    (Ordinary, r#""x":{"activities":[{"id":"g"}],"watermark":"12"}"#),
    (Ordinary, r#""":[]"#),
    (Ordinary, r#""y":"\"watermark\":\"13\"""#),
];

/// Members of an activity.
const ACTIVITY: [Member; 26] = [
    (Ordinary, r#""id":"a""#),
    (Ordinary, r#""id":"b""#),
    (Ordinary, r#""id":"""#),
    (Odd, r#""id":null"#),
    (Odd, r#""id":7"#),
    (Odd, r#""id":["a"]"#),
    (Odd, r#""id":"\u0061""#),
    (Odd, r#""id":"\ud800""#),
    (Odd, r#""\u0069d":"c""#),
    (Ordinary, r#""ID":"d""#),
    (Ordinary, r#""type":"message""#),
    (Ordinary, r#""type":"messageUpdate""#),
    (Ordinary, r#""type":"messageDelete""#),
    (Ordinary, r#""type":"endOfConversation""#),
    (Ordinary, r#""type":"endofconversation""#),
    (Odd, r#""type":null"#),
    (Odd, r#""type":{"type":"messageUpdate"}"#),
    (Odd, r#""type":"message\u0055pdate""#),
    (Odd, r#""t\u0079pe":"messageDelete""#),
    (Ordinary, r#""timestamp":"2026-11-20T12:00:00Z""#),
    (Ordinary, r#""timestamp":"2026-11-20T12:00:00.5+01:00""#),
    (Ordinary, r#""timestamp":"soon""#),
    (Odd, r#""timestamp":"2026-11-20T12:00:0\u0030Z""#),
    (Odd, r#""timestamp":null"#),
    (Odd, r#""timestamp":1795176000"#),
    (Ordinary, r#""x":{"id":"y","type":"messageDelete","timestamp":"2026-11-20T12:00:00Z"}"#),
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

/// Holds both ways against each other; one that is ordinary all through has to be read quickly.
fn agree(frame: &str, is: Is) {
    let (quick, slow) = (quick::read_set(frame), slow::read_set(frame).ok());
    assert!(is == Odd || quick.is_some(), "that should be quick: {frame}");
    if let Some(quick) = &quick {
        let slow = slow.as_ref().map(|set| meaning(set, frame));
        assert_eq!(Some(meaning(quick, frame)), slow, "quick and slow: {frame}");
    }
    let read = super::read_set(frame).ok();
    assert_eq!(read.is_some(), quick.is_some() || slow.is_some(), "{frame}");
}

/// Every object of up to `length` of these members, in every order, with repeats, with and without
/// space between them.
fn objects(members: &[Member], length: usize, each: &mut impl FnMut(&str, Is)) {
    let mut lists: Vec<(Is, Vec<&str>)> = vec![(Ordinary, Vec::new())];
    for _ in 0..=length {
        for (is, list) in &lists {
            each(&format!("{{{}}}", list.join(",")), *is);
            let spaced: Vec<_> =
                list.iter().map(|member| member.replacen("\":", "\" :\t", 1)).collect();
            each(&format!(" {{ {} }}\n", spaced.join(" ,\r\n")), *is);
        }
        let longer = |(is, list): &(Is, Vec<&'static str>)| {
            let with = |(more, member): &Member| {
                let is = if *more == Odd { Odd } else { *is };
                (is, [list.as_slice(), &[*member]].concat())
            };
            members.iter().map(with).collect::<Vec<_>>()
        };
        lists = lists.iter().flat_map(longer).collect();
    }
}

/// All pairs, and all triples within each of three parts.
fn pairs_and_triples(members: &[Member], each: &mut impl FnMut(&str, Is)) {
    objects(members, 2, each);
    for part in 0..3 {
        let some: Vec<_> = members.iter().skip(part).step_by(3).copied().collect();
        objects(&some, 3, each);
    }
}

#[test]
fn both_say_the_same_of_every_small_root() {
    // Covers: RX-2, RX-3, WM-2, WM-3
    let mut count = 0;
    pairs_and_triples(&ROOT, &mut |root, is| {
        agree(root, is);
        count += 1;
    });
    assert!(count > 5_000, "{count} frames");
}

#[test]
fn both_say_the_same_of_every_small_activity() {
    // Covers: RX-1, DD-1, DD-2, DD-3, RX-5
    let mut count = 0;
    pairs_and_triples(&ACTIVITY, &mut |activity, is| {
        agree(&format!(r#"{{"activities":[{activity},{{"id":"z"}}],"watermark":"1"}}"#), is);
        count += 1;
    });
    assert!(count > 4_000, "{count} frames");
}

#[test]
fn both_say_the_same_of_every_root_that_is_cut_or_followed_by_more() {
    // Covers: RX-4
    let frame = r#"{"activities":[{"id":"a","type":"message"}],"watermark":"1"}"#;
    for end in 0..frame.len() {
        agree(&frame[..end], Odd);
    }
    for rest in ["", " ", "\n", "x", "{}", ",", "}", "]", "\u{0}", "\u{a0}"] {
        agree(&format!("{frame}{rest}"), Odd);
        agree(&format!("{rest}{frame}"), Odd);
    }
}
