//! Objects as raw members, for what has to be looked at without being taken apart.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The values under these names in the object that `json` is, raw, of several the last, as everywhere
/// in serde_json; `None` for all else.
pub(crate) fn members<'a, const N: usize>(
    json: &'a str,
    names: [&str; N],
) -> Option<[Option<&'a RawValue>; N]> {
    let mut found = [None; N];
    each_member(json, &mut |name, value| {
        if let Some(place) = names.iter().position(|own| name == Some(*own)) {
            found[place] = Some(value);
        }
    })
    .map(|()| found)
}

/// Hands over each member of the object that `json` is, in order: its name, unless that has half a
/// surrogate pair, and its value, raw. `None` for all else.
pub(crate) fn each_member<'a>(
    json: &'a str,
    take: &mut dyn FnMut(Option<&str>, &'a RawValue),
) -> Option<()> {
    let mut json = serde_json::Deserializer::from_str(json);
    json.deserialize_map(Each(take)).ok()?;
    json.end().ok()
}

struct Each<'t, 'a>(&'t mut dyn FnMut(Option<&str>, &'a RawValue));

impl<'de> Visitor<'de> for Each<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            (self.0)(text(name).as_deref(), value);
        }
        Ok(())
    }
}

/// The text of a JSON string; `None` for any other value, and for one with half a surrogate pair.
pub(crate) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    unquoted(raw.get())
}

/// As [`text`], of JSON that is known to be good.
pub(crate) fn unquoted(json: &str) -> Option<Cow<'_, str>> {
    let rest = json.strip_prefix('"')?;
    if rest.as_bytes().contains(&b'\\') {
        return serde_json::from_str(json).map(Cow::Owned).ok();
    }
    rest.strip_suffix('"').map(Cow::Borrowed)
}
