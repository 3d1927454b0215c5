//! Amending a post: the few members that a host may let the session add, and nothing else touched.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::members::{members, text};

/// What a session may add to a post.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amendment<'a> {
    /// `channelData.clientActivityID`, by which the echo is known.
    pub(crate) echo_key: Option<&'a str>,
    /// `deliveryMode: "stream"`, which asks the bot to answer in pieces.
    pub(crate) streams: bool,
}

/// A post as it goes out, with the key by which its echo will be known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Amended {
    pub(crate) activity: Box<str>,
    pub(crate) echo_key: Option<Box<str>>,
}

/// Adds to `activity`, a JSON object, what is not in it yet. A key that the host has put in itself
/// is used as it is; channel data that is no object is left alone.
pub(crate) fn amend(activity: String, amendment: Amendment<'_>) -> Amended {
    let names = ["channelData", "deliveryMode"];
    let [channel_data, mode] = members(&activity, names).unwrap_or_default();
    let mut at_the_end = Vec::new();
    let mut in_channel_data = None;
    let mut echo_key = None;
    if let Some(key) = amendment.echo_key {
        let member = format!("\"clientActivityID\":\"{key}\"");
        match channel_data {
            None => {
                at_the_end.push(format!("\"channelData\":{{{member}}}"));
                echo_key = Some(key.into());
            }
            Some(data) => match OwnKey::of(data) {
                OwnKey::Text(own) => echo_key = Some(own.into()),
                OwnKey::None => {
                    let start = data.get().as_ptr() as usize - activity.as_ptr() as usize;
                    in_channel_data = Some((start + data.get().len() - 1, member));
                    echo_key = Some(key.into());
                }
                OwnKey::NoPlace => {}
            },
        }
    }
    if amendment.streams && mode.is_none() {
        at_the_end.push("\"deliveryMode\":\"stream\"".to_owned());
    }
    let mut amended = activity;
    if let (false, Some(end)) = (at_the_end.is_empty(), amended.rfind('}')) {
        insert(&mut amended, end, &at_the_end.join(","));
    }
    // Channel data ends before the activity does, so its place has not moved.
    if let Some((at, member)) = in_channel_data {
        insert(&mut amended, at, &member);
    }
    Amended { activity: amended.into(), echo_key }
}

/// Puts members before the brace at `at`.
fn insert(activity: &mut String, at: usize, members: &str) {
    let is_first = activity[..at].trim_end().ends_with('{');
    activity.insert_str(at, members);
    if !is_first {
        activity.insert(at, ',');
    }
}

/// What an incoming activity says about where it comes from.
pub(crate) struct Echo<'a> {
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) key: Cow<'a, str>,
}

/// Reads the key of an echo. A bot may copy channel data into its answers, so what a bot says is
/// nobody's echo.
pub(crate) fn echo(activity: &str) -> Option<Echo<'_>> {
    let [id, channel_data, from] = members(activity, ["id", "channelData", "from"])?;
    let OwnKey::Text(key) = OwnKey::of(channel_data?) else { return None };
    let [role] = from.and_then(|from| members(from.get(), ["role"])).unwrap_or_default();
    let role = role.and_then(text);
    let is_bot = role.is_some_and(|role| role == "bot");
    (!is_bot).then(|| Echo { id: id.and_then(text), key })
}

/// The `clientActivityID` in channel data.
enum OwnKey<'a> {
    /// There is none, and room for one.
    None,
    Text(Cow<'a, str>),
    /// There is something else, or the channel data is no object.
    NoPlace,
}

impl<'a> OwnKey<'a> {
    fn of(channel_data: &'a RawValue) -> OwnKey<'a> {
        let Some([own]) = members(channel_data.get(), ["clientActivityID"]) else {
            return OwnKey::NoPlace;
        };
        match own {
            None => OwnKey::None,
            Some(raw) => match text(raw) {
                Some(key) if (1..=KEY_BYTES_MAX).contains(&key.len()) => OwnKey::Text(key),
                Some(_) | None => OwnKey::NoPlace,
            },
        }
    }
}

/// Web Chat's keys have up to 24 characters.
const KEY_BYTES_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    fn with_key(activity: &str) -> (String, Option<String>) {
        let amendment = Amendment { echo_key: Some("k1"), streams: false };
        let Amended { activity, echo_key } = amend(activity.to_owned(), amendment);
        assert!(serde_json::from_str::<serde::de::IgnoredAny>(&activity).is_ok(), "{activity}");
        (activity.into(), echo_key.map(Into::into))
    }

    #[test]
    fn the_key_goes_into_channel_data_and_nothing_else_is_touched() {
        // Covers: TX-4
        for (given, sent, key) in [
            ("{}", r#"{"channelData":{"clientActivityID":"k1"}}"#, Some("k1")),
            (
                r#"{ "a" : 1.0 }"#,
                r#"{ "a" : 1.0 ,"channelData":{"clientActivityID":"k1"}}"#,
                Some("k1"),
            ),
            (
                r#"{"channelData":{},"b":"}"}"#,
                r#"{"channelData":{"clientActivityID":"k1"},"b":"}"}"#,
                Some("k1"),
            ),
            (
                r#"{"channelData":{"x":{}}}"#,
                r#"{"channelData":{"x":{},"clientActivityID":"k1"}}"#,
                Some("k1"),
            ),
            (
                r#"{"channelData":{"clientActivityID":"mine"}}"#,
                r#"{"channelData":{"clientActivityID":"mine"}}"#,
                Some("mine"),
            ),
            (
                r#"{"channelData":{"clientActivityID":7}}"#,
                r#"{"channelData":{"clientActivityID":7}}"#,
                None,
            ),
            (
                r#"{"channelData":{"clientActivityID":null}}"#,
                r#"{"channelData":{"clientActivityID":null}}"#,
                None,
            ),
            (r#"{"channelData":null}"#, r#"{"channelData":null}"#, None),
            (r#"{"channelData":"text"}"#, r#"{"channelData":"text"}"#, None),
        ] {
            assert_eq!(with_key(given), (sent.to_owned(), key.map(str::to_owned)), "{given}");
        }
    }

    #[test]
    fn a_delivery_mode_is_added_where_there_is_none() {
        let amendment = Amendment { echo_key: Some("k1"), streams: true };
        let sent = |activity: &str| String::from(amend(activity.to_owned(), amendment).activity);
        let added = r#""channelData":{"clientActivityID":"k1"},"deliveryMode":"stream"}"#;
        assert_eq!(sent(r#"{"a":1}"#), format!("{{\"a\":1,{added}"));
        assert_eq!(sent("{}"), format!("{{{added}"));
        let nested = r#"{"channelData":{"a":1,"clientActivityID":"k1"},"deliveryMode":"stream"}"#;
        assert_eq!(sent(r#"{"channelData":{"a":1}}"#), nested);
        for own in [r#""normal""#, "null", "7"] {
            assert!(!sent(&format!(r#"{{"deliveryMode":{own}}}"#)).contains("stream"), "{own}");
        }
    }

    #[test]
    fn an_echo_is_known_by_its_key_unless_a_bot_says_it() {
        // Covers: TX-4
        let key = |activity: &str| echo(activity).map(|echo| echo.key.into_owned());
        let from_user =
            r#"{"id":"1","from":{"id":"u"},"channelData":{"clientActivityID":"k\u0031"}}"#;
        assert_eq!(key(from_user), Some("k1".into()));
        let nameless = r#"{"channelData":{"clientActivityID":"k1"}}"#;
        assert_eq!(key(nameless), Some("k1".into()), "it needs no id");
        assert_eq!(key(r#"{"from":{"role":"bot"},"channelData":{"clientActivityID":"k1"}}"#), None);
        for none in
            ["{}", r#"{"channelData":null}"#, r#"{"channelData":{"clientActivityID":""}}"#, "[]"]
        {
            assert_eq!(key(none), None, "{none}");
        }
    }
}
