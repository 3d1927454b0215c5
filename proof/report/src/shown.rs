//! How values are written, the same everywhere on the page.

use serde_json::Value;

/// Numbers in groups of three digits.
pub(crate) fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => return text.replace('|', "\\|"),
        other => other.to_string(),
    };
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    rest.map_or(grouped.clone(), |rest| format!("{grouped}.{rest}"))
}

/// Hours, minutes and seconds.
pub(crate) fn took(seconds: u64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(shown(&1_234_567.into()), "1,234,567");
        assert_eq!(shown(&123.into()), "123");
        assert_eq!(shown(&1_234.5.into()), "1,234.5");
        assert_eq!(shown(&"a|b".into()), "a\\|b");
        assert_eq!(took(3_723), "1:02:03");
    }
}
