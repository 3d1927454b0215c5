//! What a token says about where it is good.
//!
//! Tokens are opaque by rule. Those of today are JSON Web Tokens whose claims `aud` and `iss` name
//! the Direct Line service that made them, and where nothing else names it, that is better than a
//! guess. The claims are not verified, so they choose among services known to be Direct Line, and
//! can lead nowhere else.

use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use crate::secret::Secret;
use crate::wire::base::{Base, has_user};

/// The base that a token was made for, if it is one of a known service.
pub(super) fn base(token: &Secret) -> Option<Base> {
    let mut parts = token.expose().split('.');
    let (Some(_), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let payload = decode(payload)?;
    let claims: Claims<'_> = serde_json::from_slice(&payload).ok()?;
    [claims.audience, claims.issuer].into_iter().flatten().find_map(service)
}

/// Both raw, so that one of an unexpected type does not spoil the other.
#[derive(Deserialize)]
struct Claims<'a> {
    #[serde(borrow, rename = "aud")]
    audience: Option<&'a RawValue>,
    #[serde(borrow, rename = "iss")]
    issuer: Option<&'a RawValue>,
}

/// Only the host is taken from a claim.
fn service(claim: &RawValue) -> Option<Base> {
    let url = Url::parse(&serde_json::from_str::<String>(claim.get()).ok()?).ok()?;
    let host = url.host_str().filter(|host| is_known(host))?;
    let is_plain = url.scheme() == "https" && url.port().is_none() && !has_user(&url);
    is_plain.then(|| Base::parse(&format!("https://{host}")).ok())?
}

fn is_known(host: &str) -> bool {
    SERVICES.iter().any(|service| {
        host.strip_suffix(service).is_some_and(|region| region.is_empty() || region.ends_with('.'))
    })
}

/// Decodes base64 in either alphabet; JSON Web Tokens use the one for URLs without padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    // The bits that do not fill a byte yet, and how many they are: always less than 8.
    let (mut bits, mut held) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            let [.., byte] = (bits >> held).to_be_bytes();
            bytes.push(byte);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

/// The services that the documentation of Direct Line names: public, China, US Government. Those
/// of a region lie below, such as `europe.directline.botframework.com`.
const SERVICES: [&str; 3] = [
    "directline.botframework.com",
    "directline.botframework.azure.cn",
    "directline.botframework.azure.us",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(text: &str) -> String {
        const LETTERS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut out = String::new();
        for chunk in text.as_bytes().chunks(3) {
            let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for letter in 0..=chunk.len() {
                out.push(char::from(LETTERS[(bits >> (18 - 6 * letter) & 63) as usize]));
            }
        }
        out
    }

    fn named(claims: &str) -> Option<String> {
        let token = format!("e30.{}.c2ln", encode(claims));
        base(&Secret::new(token).expect("a token")).map(|base| base.as_str().to_owned())
    }

    #[test]
    fn known_services_are_found() {
        for (claims, host) in [
            (
                r#"{"bot":"b","aud":"https://europe.directline.botframework.com/","iss":7}"#,
                "europe.directline.botframework.com",
            ),
            (
                r#"{"iss":"https://directline.botframework.com/","aud":["b"],"exp":1e999}"#,
                "directline.botframework.com",
            ),
            (
                r#"{"aud":"https://x.example","iss":"https://directline.botframework.azure.cn/path?q"}"#,
                "directline.botframework.azure.cn",
            ),
            (
                r#"{"aud":"HTTPS://India.DirectLine.BotFramework.com:443"}"#,
                "india.directline.botframework.com",
            ),
            (
                r#"{"iss":"https://a.directline.botframework.azure.us","aud":"https://b.directline.botframework.azure.us"}"#,
                "b.directline.botframework.azure.us",
            ),
        ] {
            assert_eq!(named(claims), Some(format!("https://{host}/v3/directline")), "{claims}");
        }
    }

    #[test]
    fn a_claim_leads_nowhere_else() {
        for claim in [
            "http://directline.botframework.com/",
            "wss://directline.botframework.com/",
            "https://directline.botframework.com:8443/",
            "https://u:p@directline.botframework.com/",
            "https://evil-directline.botframework.com/",
            "https://directline.botframework.com.evil.example/",
            "https://evil.example/directline.botframework.com",
            "https://evil.example/#.directline.botframework.com",
            "https://evil.example\\\\.directline.botframework.com",
            "https://directline.botframework.com./",
            "https://botframework.com/",
            "directline.botframework.com",
            "",
        ] {
            let claims = format!("{{\"aud\":\"{claim}\",\"iss\":\"{claim}\"}}");
            assert_eq!(named(&claims), None, "{claims}");
        }
    }

    #[test]
    fn tokens_of_any_other_make_say_nothing() {
        let good = encode(r#"{"aud":"https://directline.botframework.com/"}"#);
        for other in [
            "hush".to_owned(),
            "xxxx.cwA.yyy".to_owned(),
            "a.b".to_owned(),
            "..".to_owned(),
            format!("e30.{good}"),
            format!("e30.{good}.x.y"),
            format!("e30.{good}!.x"),
            format!("e30.{}.x", encode("[]")),
            format!("e30.{}.x", encode("null")),
            format!("e30.{}.x", encode(&"[".repeat(9_000))),
        ] {
            assert!(base(&Secret::parse(&other).expect("visible")).is_none(), "{other}");
        }
    }

    #[test]
    fn every_length_is_decoded() {
        for text in ["", "a", "ab", "abc", "abcd", "\u{ff}\u{7ff}\u{ffff}?>~"] {
            assert_eq!(decode(&encode(text)).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(decode("YQ=="), Some(b"a".to_vec()));
        assert_eq!(decode("-_+/"), decode("+/-_"));
        assert_eq!(decode("ä"), None);
    }
}
