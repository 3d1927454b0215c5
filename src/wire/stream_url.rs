//! Stream URLs: read with care, changed as little as possible, shown to nobody.

use std::fmt;
use std::sync::Arc;

use url::Url;

use super::base::Base;

/// Where a WebSocket is to be opened, with the right to do so in it; hides itself in `Debug` and
/// `Display`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StreamUrl(Arc<str>);

impl StreamUrl {
    /// The URL, for the WebSocket library alone: whoever has it can read the conversation.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Makes what an answer holds into something to dial: trimmed, `&amp;` undone, a WebSocket
    /// scheme, made absolute. Not one parameter is touched. One that needs nothing of it is kept in
    /// the text that it came in.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for a fault. `Ok(None)` when no socket is offered.
    pub(crate) fn parse(text: Arc<str>, base: &Base) -> Result<Option<StreamUrl>, &'static str> {
        if is_plain(&text, base) {
            Ok(Some(StreamUrl(text)))
        } else {
            StreamUrl::repair(&text, base)
        }
    }

    /// The same for any text.
    fn repair(text: &str, base: &Base) -> Result<Option<StreamUrl>, &'static str> {
        let mut text = text.trim().to_owned();
        if text.is_empty() {
            return Ok(None);
        }
        // Every round makes it shorter, so this ends.
        while text.contains("&amp;") {
            text = text.replace("&amp;", "&");
        }
        let url = match Url::parse(&text) {
            Ok(url) => url,
            Err(url::ParseError::RelativeUrlWithoutBase) => {
                let url = base.url().join(&text).map_err(|_| UNREADABLE)?;
                text = match text.strip_prefix('/') {
                    // Kept as it stands: joining may have normalised what it holds.
                    Some(rest) if !rest.starts_with('/') => {
                        format!("{}{text}", url.origin().ascii_serialization())
                    }
                    _ => url.as_str().to_owned(),
                };
                url
            }
            Err(_) => return Err(UNREADABLE),
        };
        let scheme = match url.scheme() {
            "wss" | "https" => "wss",
            "ws" | "http" if base.is_encrypted() => return Err("is not encrypted"),
            "ws" | "http" => "ws",
            _ => return Err("has a scheme that is no WebSocket's"),
        };
        if let Some(stranger) = other_protocol(url.path()) {
            return Err(stranger);
        }
        // A URL of these schemes has a host, or is none; where it begins is not always written.
        let rest = text.split_once(':').map_or("", |(_, rest)| rest);
        if !rest.starts_with("//") {
            return Err(UNREADABLE);
        }
        let text = format!("{scheme}:{rest}");
        let dialable = text.len() <= BYTES_MAX && http::Uri::try_from(text.as_str()).is_ok();
        if dialable { Ok(Some(StreamUrl(text.into()))) } else { Err(UNREADABLE) }
    }

    /// Its text, to be hidden should a peer quote it.
    pub(crate) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// A number that is the same for the same URL, to recognise one that was dialled before
    /// without keeping it.
    pub(crate) fn fingerprint(&self) -> u32 {
        fingerprint(&self.0)
    }
}

/// FNV-1a; a chance match costs one more request.
pub(crate) fn fingerprint(url: &str) -> u32 {
    url.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Whether a text is a URL that can be dialled as it stands, as those of the service can: `wss`, the
/// host of the base, and characters that mean themselves to everybody. It may be `false` for others
/// that can, and is never `true` for one that cannot.
fn is_plain(text: &str, base: &Base) -> bool {
    let rest = text.strip_prefix("wss://").and_then(|rest| rest.strip_prefix(base.authority()));
    let Some(rest) = rest.filter(|rest| rest.starts_with('/') && text.len() <= BYTES_MAX) else {
        return false;
    };
    let is_of_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let is_of_query = |byte: u8| is_of_path(byte) || b"!$&'()*+,;=:@?%".contains(&byte);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    // Segments of dots would be climbed by whoever dials.
    path.bytes().all(is_of_path)
        && !path.contains("/.")
        && query.bytes().all(is_of_query)
        && !query.contains("&amp;")
        && other_protocol(path).is_none()
}

/// What else a socket of these services may speak; neither sends activity sets as text.
fn other_protocol(path: &str) -> Option<&'static str> {
    let path = path.trim_end_matches('/');
    if path.ends_with("/stream/multimodal") {
        return Some("leads to a voice socket, which is another protocol");
    }
    let is_extension = path.split('/').any(|segment| segment == ".bot");
    is_extension.then_some("leads to the App Service extension, which is another protocol")
}

impl fmt::Debug for StreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamUrl(***)")
    }
}

impl fmt::Display for StreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

const UNREADABLE: &str = "cannot be read";
/// No HTTP library sends a longer request line.
const BYTES_MAX: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn dial(text: &str, base: &str) -> Result<Option<String>, &'static str> {
        let base = Base::parse(base).expect("a base");
        StreamUrl::parse(text.into(), &base).map(|url| url.map(|url| url.expose().to_owned()))
    }

    #[test]
    fn what_is_kept_as_it_came_is_what_would_be_made_of_it() {
        // Covers: SU-3, SU-4
        let pieces = [
            "/",
            "a",
            ".",
            "..",
            "?",
            "&",
            "&amp;",
            "amp;",
            "=",
            "%41",
            "%",
            "%2e",
            "#",
            "\\",
            " ",
            "\u{e9}",
            "|",
            "~",
            "+",
            ":1",
            "@",
            "stream/multimodal",
            "/.bot/",
        ];
        let (mut kept, mut all) = (0, 0);
        for base in
            ["https://d.example", "http://d.example", "https://d.example:8443", "http://[::1]:1"]
        {
            let base = Base::parse(base).expect("a base");
            let fronts = ["wss://", "ws://", "https://", "WSS://", "wss:/", ""];
            let front = |scheme| format!("{scheme}{}", base.authority());
            let mut texts: Vec<_> = fronts.map(front).into();
            for round in 0..4 {
                all += texts.len();
                for text in texts.iter().filter(|text| is_plain(text, &base)) {
                    kept += 1;
                    let made = StreamUrl::repair(text, &base);
                    assert_eq!(made, Ok(Some(StreamUrl(text.as_str().into()))), "{text}");
                }
                // Whatever goes before the path was all there in the rounds before.
                let longer = |text: &String| pieces.map(|piece| format!("{text}{piece}"));
                let grows = |text: &&String| round < 2 || text.starts_with("wss:");
                texts = texts.iter().filter(grows).flat_map(longer).collect();
            }
        }
        assert!(kept > 100 && all > 10 * kept, "{kept} of {all}");
    }

    #[test]
    fn the_url_of_the_service_is_kept_as_it_came() {
        let text: Arc<str> = "wss://d.example/v3/directline/conversations/c-us/stream?\
             watermark=-&t=eyJh.b%2B_~"
            .into();
        let base = Base::parse("https://d.example").expect("a base");
        let url = StreamUrl::parse(Arc::clone(&text), &base).expect("good").expect("offered");
        assert!(Arc::ptr_eq(&url.0, &text), "not copied");
    }

    #[test]
    fn schemes_separators_and_relative_urls_are_repaired() {
        // Covers: SU-3
        let base = "https://d.example/v3/directline";
        for (given, meant) in [
            ("wss://d.example/s?watermark=-&t=a%2Bb", "wss://d.example/s?watermark=-&t=a%2Bb"),
            (" https://d.example/s?b=1&amp;a=2 \n", "wss://d.example/s?b=1&a=2"),
            ("https://d.example/s?b=1&amp;amp;a=2", "wss://d.example/s?b=1&a=2"),
            ("HTTPS://D.example/./S?t=|x", "wss://D.example/./S?t=|x"),
            (
                "/v3/directline/conversations/c/stream?t=|'x",
                "wss://d.example/v3/directline/conversations/c/stream?t=|'x",
            ),
            ("conversations/c/stream?t=x", "wss://d.example/v3/conversations/c/stream?t=x"),
            ("//other.example/s?t=x", "wss://other.example/s?t=x"),
        ] {
            assert_eq!(dial(given, base), Ok(Some(meant.to_owned())), "{given}");
        }
        assert_eq!(dial("http://h:1/s", "http://h:1/"), Ok(Some("ws://h:1/s".to_owned())));
        assert_eq!(dial("/s?t=1", "http://h:1/"), Ok(Some("ws://h:1/s?t=1".to_owned())));
        assert_eq!(dial("wss://h/s", "http://h/"), Ok(Some("wss://h/s".to_owned())));
    }

    #[test]
    fn an_encrypted_base_never_leads_to_plain_text() {
        // Covers: SU-4
        for plain in ["ws://d.example/s", "http://d.example/s", "HTTP://d.example/s"] {
            assert_eq!(dial(plain, "https://d.example"), Err("is not encrypted"));
        }
    }

    #[test]
    fn nothing_but_web_sockets_is_dialled() {
        // Covers: SU-4, RX-6
        for bad in [
            "ftp://d/s",
            "javascript:alert(1)",
            "wss:",
            "wss:///",
            "https:x",
            "wss://d/\u{1}",
            "//[::1/s",
            "mailto:a@b",
        ] {
            assert!(dial(bad, "https://d.example").is_err(), "{bad}");
        }
        assert!(dial(&format!("wss://d/{}", "a".repeat(20_000)), "https://d").is_err());
    }

    #[test]
    fn sockets_that_speak_otherwise_are_told_apart() {
        let voice = Err("leads to a voice socket, which is another protocol");
        let conversation = "/v3/directline/conversations/c";
        for path in [
            "stream/multimodal?t=x",
            "stream/multimodal/?watermark=-&amp;t=x",
            "stream/./multimodal?t=x",
            "stream/x/../multimodal?t=x",
        ] {
            let url = format!("{conversation}/{path}");
            assert_eq!(dial(&url, "https://d.example"), voice);
            assert_eq!(dial(&format!("wss://d.example{url}"), "https://d.example"), voice);
        }
        assert_eq!(
            dial("wss://a.example/.bot/v3/directline/conversations/connect", "https://d.example"),
            Err("leads to the App Service extension, which is another protocol")
        );
        for plain in ["stream?t=/stream/multimodal", "stream/multimodals?t=x", "stream?t=/.bot/"] {
            let url = format!("wss://d.example{conversation}/{plain}");
            assert_eq!(dial(&url, "https://d.example"), Ok(Some(url)));
        }
    }

    #[test]
    fn nothing_offered_is_no_fault() {
        // Covers: SU-5
        assert_eq!(dial("", "https://d.example"), Ok(None));
        assert_eq!(dial(" \n", "https://d.example"), Ok(None));
    }
}
