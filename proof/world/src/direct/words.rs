//! What a peer says: sets of activities, grants, errors, and what is none of these.

use http::Response;

/// What a set refers to.
pub(super) struct Talk<'a> {
    /// How many activities were said before.
    pub(super) said: u64,
    pub(super) first_mark: Option<&'a str>,
    pub(super) echo_key: &'a str,
}

/// A set of activities, and what it says of the watermark.
pub(super) struct Set {
    pub(super) text: String,
    pub(super) mark: Option<String>,
    /// How many of the activities were not said before.
    pub(super) said: u64,
}

/// The set of a choice below 16, with the watermark and the timestamps that `detail` says.
pub(super) fn set(choice: u8, detail: u8, talk: &Talk<'_>) -> Set {
    let said = talk.said;
    let time = detail / 16;
    let numbered = |n: u64| format!("c-us|{n:07}");
    let message = |id: &str, n: u64| {
        format!(r#"{{"type":"message","id":"{id}"{},"text":"{n}"}}"#, timestamp(time, n))
    };
    let many = |count: u64, id: &dyn Fn(u64) -> String| -> Vec<String> {
        (said..said + count).map(|n| message(&id(n), n)).collect()
    };
    let key = talk.echo_key;
    let back = said.saturating_sub(3);
    let (elements, fresh) = match choice {
        0 => (many(1, &numbered), 1),
        1 => (many(3, &numbered), 3),
        2 => ((back..said).map(|n| message(&numbered(n), n)).collect(), 0),
        3 => (vec![r#"{"type":"message","text":"no id"}"#.to_owned()], 0),
        4 => (vec![message(&format!("a-{said}"), said)], 1),
        5 => (vec![message("a-1", 1)], 0),
        6 => (vec![r#"{"type":"endOfConversation","code":"x"}"#.to_owned()], 0),
        7 => (vec![format!(r#"{{"type":"messageUpdate","id":"{}"}}"#, numbered(back))], 0),
        8 => {
            let echo =
                format!(r#"{{"id":"e-{said}","channelData":{{"clientActivityID":"{key}"}}}}"#);
            (vec![echo], 1)
        }
        9 => {
            let copied = format!(r#""channelData":{{"clientActivityID":"{key}"}}"#);
            (vec![format!(r#"{{"from":{{"role":"bot"}},{copied}}}"#)], 0)
        }
        // The numbering begins anew.
        10 => (vec![message(&numbered(0), said)], 1),
        11 => (vec![], 0),
        12 => (many(6, &|n| format!("{n}-{LONG}")), 6),
        13 => (many(4, &|n| numbered(n * 2)), 4),
        14 => (vec!["null".into(), message("\\u0061-1", 1), "7".into()], 0),
        _ => (many(2, &|n| n.to_string()), 2),
    };
    let (written, mark) = watermark(detail % 16, said, talk.first_mark);
    Set {
        text: format!(r#"{{"activities":[{}]{written}}}"#, elements.join(",")),
        mark,
        said: fresh,
    }
}

fn timestamp(kind: u8, n: u64) -> String {
    let (hour, minute, second) = (n / 3_600 % 24, n / 60 % 60, n % 60);
    let time = match kind {
        0..8 => format!("2026-11-20T{hour:02}:{minute:02}:{second:02}.5Z"),
        8..12 => return String::new(),
        12 => "2026-11-19T00:00:00Z".to_owned(),
        13 => format!("2099-01-01T{hour:02}:{minute:02}:{second:02}+01:00"),
        14 => format!("2026-11-21T{hour:02}:{minute:02}:{second:02}Z"),
        _ => "yesterday".to_owned(),
    };
    format!(r#","timestamp":"{time}""#)
}

/// A watermark as a member of a set, and what it is if it is one.
fn watermark(kind: u8, said: u64, first: Option<&str>) -> (String, Option<String>) {
    let text = |mark: String| (format!(r#","watermark":"{mark}""#), Some(mark));
    let literal = |text: &str| (format!(r#","watermark":{text}"#), None);
    match kind {
        0..5 => text(said.to_string()),
        5 => (String::new(), None),
        6 => literal("null"),
        7 => literal(r#""""#),
        8 => (format!(r#","watermark":{said}.50"#), Some(format!("{said}.50"))),
        9 => text(format!("w {said}/+%2B&=?#\u{e9}")),
        10 => text(first.unwrap_or("-").to_owned()),
        11 => literal("{}"),
        12 => literal(&format!("\"{}\"", "9".repeat(4_097))),
        13 => {
            let mark = said.to_string();
            (format!(r#","watermark":"{mark}","watermark":null"#), Some(mark))
        }
        14 => text("-".to_owned()),
        _ => (format!(r#","watermark":"\u0041{said}""#), Some(format!("A{said}"))),
    }
}

/// A frame or a page that is no set as it should be.
pub(super) fn odd(choice: u8, detail: u8) -> String {
    match choice {
        0 => String::new(),
        1 => " \r\n".to_owned(),
        2 => "null".to_owned(),
        3 => "[{\"activities\":[]}]".to_owned(),
        4 => r#"{"error":{"code":"x"}}"#.to_owned(),
        5 => r#"{"activities":null,"watermark":null}"#.to_owned(),
        6 => r#"{"activities":{"id":"a-1"}}"#.to_owned(),
        7 => r#"{"activities":[{"id":"a-1","#.to_owned(),
        8 => r#"{"activities":[1,"x",null,[],true],"other":{}}"#.to_owned(),
        9 => format!("{}{}", "[".repeat(detail.into()), "]".repeat(detail.into())),
        10 => format!(r#"{{"activities":[{{"a":{}1{}}}]}}"#, "[".repeat(80), "]".repeat(80)),
        11 => r#"{"\u0061ctivities":[{"\u0069d":"b-\ud83e\udd80"}],"activities":[]}"#.to_owned(),
        12 => r#"{"activities":[{"id":7},{"id":""},{"id":"\ud83e"}]}"#.to_owned(),
        13 => format!("{{\"x\":\"{}\"}}", "y".repeat(1_100)),
        14 => "<html>502</html>".to_owned(),
        _ => "{}".to_owned(),
    }
}

/// A conversation object: the stream URL of a choice below 16; token, lifetime and conversation as
/// `detail` says.
pub(super) fn grant(choice: u8, detail: u8, number: u64, base: &str) -> String {
    let (scheme, insecure) = if base.starts_with("https:") { ("wss", "ws") } else { ("ws", "ftp") };
    let url = match choice {
        0..6 => format!("{scheme}://d.example/s?watermark=-&t=k{number}"),
        6 => format!(" https://d.example/s?a=b&amp;t=k{number}\\n"),
        7 => format!("/s?t=k{number}"),
        8 => String::new(),
        9 => "nowhere at all".to_owned(),
        10 => format!("{insecure}://d.example/s?t=k{number}"),
        11 => format!("{scheme}://d.example/s?t=again"),
        12 => format!("{scheme}://d.example/{}", "x".repeat(300)),
        _ => format!("{scheme}://e.example"),
    };
    let mut members = match choice {
        13 => vec![r#""streamUrl":null"#.to_owned()],
        14 => vec![],
        _ => vec![format!(r#""streamUrl":"{url}""#)],
    };
    match detail % 4 {
        0 | 1 => members.push(format!(r#""token":"tok-{number}""#)),
        2 => {}
        _ => members.push(r#""token":"tok-0""#.to_owned()),
    }
    match detail / 4 % 8 {
        0 => members.push(r#""expires_in":1800"#.to_owned()),
        1 => {}
        2 => members.push(r#""expires_in":0"#.to_owned()),
        3 => members.push(r#""expires_in":-5"#.to_owned()),
        4 => members.push(r#""expiresIn":"900""#.to_owned()),
        5 => members.push(r#""expires_in":1e400"#.to_owned()),
        6 => members.push(r#""expires_in":20.5"#.to_owned()),
        _ => members.push(r#""expires_in":"soon""#.to_owned()),
    }
    match detail / 32 {
        0..5 => members.push(r#""conversationId":"c-us""#.to_owned()),
        5 => {}
        6 => members.push(r#""conversationId":"d-us""#.to_owned()),
        _ => members.push(r#""conversationId":"..""#.to_owned()),
    }
    format!("{{{}}}", members.join(","))
}

/// The answer to a post.
pub(super) fn receipt(choice: u8, said: u64) -> String {
    match choice {
        0..8 => format!(r#"{{"id":"c-us|{said:07}"}}"#),
        8 => r#"{"id":""}"#.to_owned(),
        9 => r#"{"id":7}"#.to_owned(),
        10 => format!(r#"{{"id":"{}"}}"#, "x".repeat(1_025)),
        11 => String::new(),
        _ => "{}".to_owned(),
    }
}

/// An answer that refuses, with the body and the wait that `detail` below 64 says.
pub(super) fn refusal(status: u16, detail: u8, number: u64) -> Option<Response<Vec<u8>>> {
    let error = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"tok-{number}"}}}}"#);
    let body = match detail % 8 {
        0 => String::new(),
        1 => error("TokenExpired"),
        2 => error("BadArgument"),
        3 => error("MissingProperty"),
        4 => error("RegionNotAllowed"),
        5 => "<html>".to_owned(),
        6 => r#"{"message":"so \u00e4 many words"}"#.to_owned(),
        _ => r#"{"error":7}"#.to_owned(),
    };
    let builder = Response::builder().status(status);
    let builder = match detail / 8 {
        0..3 => builder,
        3 => builder.header("Retry-After", "3"),
        4 => builder.header("Retry-After", "99999"),
        5 => builder.header("Retry-After", "soon"),
        6 => builder.header("Retry-After", DATES.1),
        _ => builder.header("Retry-After", DATES.1).header("Date", DATES.0),
    };
    builder.body(body.into_bytes()).ok()
}

/// The key that a post carries, by which its echo is known.
pub(super) fn echo_key(body: &[u8]) -> Option<&str> {
    let (_, rest) = std::str::from_utf8(body).ok()?.split_once("\"clientActivityID\":\"")?;
    rest.split('"').next()
}

/// Two hundred and forty characters of an id.
const LONG: &str = concat!(
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
);
const DATES: (&str, &str) = ("Fri, 20 Nov 2026 12:00:00 GMT", "Fri, 20 Nov 2026 12:02:30 GMT");
