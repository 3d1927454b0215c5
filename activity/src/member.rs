//! How one member of a JSON object is read and written, and how an object is made of them.
//!
//! Reading never fails: what is not of the type that a member should have stays where it was.

use serde_json::{Map, Number, Value};

/// What a typed field may hold. Its default stands for "absent".
pub(crate) trait Member: Default {
    /// `None` if the value is of another type, or says nothing.
    fn read(raw: &Value) -> Option<Self>;
    /// `None` if there is nothing to say.
    fn write(&self) -> Option<Value>;
}

/// What a JSON value may be read as.
pub(crate) trait Typed: Sized {
    fn read(raw: &Value) -> Option<Self>;
    fn write(&self) -> Value;

    /// As an element of a list, whose other elements need their places.
    fn read_in_list(raw: &Value) -> Option<Self> {
        Self::read(raw)
    }
}

impl<T: Typed> Member for Option<T> {
    fn read(raw: &Value) -> Option<Self> {
        T::read(raw).map(Some)
    }

    fn write(&self) -> Option<Value> {
        self.as_ref().map(T::write)
    }
}

impl<T: Typed> Member for Vec<T> {
    /// An empty list is told from a missing one by staying raw.
    fn read(raw: &Value) -> Option<Self> {
        let items = raw.as_array().filter(|items| !items.is_empty())?;
        items.iter().map(T::read_in_list).collect()
    }

    fn write(&self) -> Option<Value> {
        (!self.is_empty()).then(|| Value::Array(self.iter().map(T::write).collect()))
    }
}

impl Typed for String {
    fn read(raw: &Value) -> Option<Self> {
        raw.as_str().map(str::to_owned)
    }

    fn write(&self) -> Value {
        Value::String(self.clone())
    }
}

impl Typed for bool {
    fn read(raw: &Value) -> Option<Self> {
        raw.as_bool()
    }

    fn write(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Typed for Number {
    fn read(raw: &Value) -> Option<Self> {
        match raw {
            Value::Number(number) => Some(number.clone()),
            _ => None,
        }
    }

    fn write(&self) -> Value {
        Value::Number(self.clone())
    }
}

impl Typed for Value {
    /// Whatever it is; `null` counts as absent.
    fn read(raw: &Value) -> Option<Self> {
        (!raw.is_null()).then(|| raw.clone())
    }

    fn write(&self) -> Value {
        self.clone()
    }
}

/// What the typed fields of an object do not show: members that nobody knows, members of another
/// type than they should have, `null` and empty lists. All of it is written out again.
///
/// A field that is set is written in place of what is here under the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    members: Map<String, Value>,
    /// What stood where an object should be.
    bare: Option<Value>,
}

impl Rest {
    pub(crate) fn of(raw: Value) -> Rest {
        match raw {
            Value::Object(members) => Rest { members, bare: None },
            other => Rest { members: Map::new(), bare: Some(other) },
        }
    }

    /// Takes a member out if it is what it should be.
    pub(crate) fn take<T: Member>(&mut self, name: &str) -> T {
        let read = self.members.get(name).and_then(T::read);
        if read.is_some() {
            self.members.remove(name);
        }
        read.unwrap_or_default()
    }

    /// The whole, with what the typed fields hold.
    pub(crate) fn with(&self, typed: Map<String, Value>) -> Value {
        match &self.bare {
            Some(bare) if typed.is_empty() && self.members.is_empty() => bare.clone(),
            _ => {
                let mut members = self.members.clone();
                members.extend(typed);
                Value::Object(members)
            }
        }
    }

    /// The raw value of a member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// Adds a member, or replaces it.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) {
        self.members.insert(name.into(), value);
    }

    /// Removes a member.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name)
    }

    /// The members with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// What stood where an object should be.
    #[must_use]
    pub fn bare(&self) -> Option<&Value> {
        self.bare.as_ref()
    }

    /// Whether the typed fields show everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.bare.is_none()
    }
}

/// A type whose fields are the members of a JSON object, each with the name it has there.
macro_rules! object {
    ($(#[$about:meta])* $name:ident {
        $($(#[$member:meta])* $field:ident: $kind:ty = $key:literal,)*
    }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$member])* pub $field: $kind,)*
            /// Everything else that was there.
            pub rest: $crate::Rest,
        }

        impl $name {
            /// Reads it from any JSON value: nothing is refused, nothing is lost.
            #[must_use]
            pub fn from_value(raw: serde_json::Value) -> Self {
                let mut rest = $crate::Rest::of(raw);
                $name { $($field: rest.take($key),)* rest }
            }

            /// As JSON, with all that [`from_value`](Self::from_value) was given.
            #[must_use]
            pub fn to_value(&self) -> serde_json::Value {
                let mut members = serde_json::Map::new();
                $(if let Some(value) = $crate::member::Member::write(&self.$field) {
                    members.insert($key.to_owned(), value);
                })*
                self.rest.with(members)
            }
        }

        impl $crate::member::Typed for $name {
            fn read(raw: &serde_json::Value) -> Option<Self> {
                raw.is_object().then(|| Self::from_value(raw.clone()))
            }

            fn write(&self) -> serde_json::Value {
                self.to_value()
            }

            fn read_in_list(raw: &serde_json::Value) -> Option<Self> {
                Some(Self::from_value(raw.clone()))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                serde_json::Value::deserialize(from).map(Self::from_value)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                self.to_value().serialize(to)
            }
        }
    };
}

/// A type of known words, and one for all others.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $word:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $word,)*
            /// A word that is not known here.
            Other(String),
        }

        impl $name {
            /// The word itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$word => $text,)*
                    $name::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => $name::$word,)*
                    other => $name::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::member::Typed for $name {
            fn read(raw: &serde_json::Value) -> Option<Self> {
                raw.as_str().map(Self::from)
            }

            fn write(&self) -> serde_json::Value {
                serde_json::Value::String(self.as_str().to_owned())
            }
        }
    };
}

pub(crate) use {object, words};
