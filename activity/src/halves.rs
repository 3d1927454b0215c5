//! Half characters: a bot that cuts its text into pieces of UTF-16 may cut through one.
//!
//! JSON can write them (`"\ud83d"`), a text of Unicode cannot hold them.

/// The JSON with U+FFFD for every half character; `None` if there is none.
pub(crate) fn replaced(json: &str) -> Option<String> {
    let mut whole = String::with_capacity(json.len());
    let mut rest = json;
    let mut is_any = false;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        whole.push_str(before);
        let length = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                is_any = true;
                whole.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            (Some(_), _) => 6,
            // Of any other, two; what follows may be longer than a byte where this is no JSON.
            (None, _) => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        whole.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    whole.push_str(rest);
    is_any.then_some(whole)
}

/// The unit of UTF-16 that an escape at the front stands for.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    are_digits.then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_replaced_and_whole_characters_stay() {
        for (json, whole) in [
            (r#""a\ud83d""#, Some(r#""a\ufffd""#)),
            (r#""\ude00b\ud83d\ud83d\ude00""#, Some(r#""\ufffdb\ufffd\ud83d\ude00""#)),
            (r#""\uD83Dx\n\\ud83d""#, Some(r#""\ufffdx\n\\ud83d""#)),
            (r#""\ud83d\ude00 \u00e4 \\ud83d \"""#, None),
            ("", None),
            ("\\", None),
            ("\\ä", None),
            ("\\ud8", None),
            ("\\ud83ä", None),
            ("\\u+d83", None),
        ] {
            assert_eq!(replaced(json).as_deref(), whole, "{json}");
        }
    }
}
