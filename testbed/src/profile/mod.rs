//! Profiles: the other servers that speak Direct Line, each written down as data.
//!
//! A profile is one constant of [`Traits`]. The routes and the sockets ask it what to do and never
//! ask which profile it is.

mod emulator;
mod indirectline;
mod offline_directline;
mod service;
pub(crate) mod traits;

use std::fmt;

use crate::plan::choice::{Choice, name_of};
use crate::profile::traits::Traits;

/// Which server the testbed behaves like.
///
/// Each profile keeps to what is known of its server. Where nothing is, it does the simplest thing
/// that a client of it could meet; the README says what that is.
///
/// # Example
/// ```
/// use directline_testbed::{Options, Profile, Testbed};
///
/// let profile = Profile::named("offline-directline").expect("it is built in");
/// let testbed = Testbed::start(Options::default().with_profile(profile))?;
/// assert!(testbed.base().ends_with("/directline"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Azure Bot Service, the real one: `service`.
    #[default]
    Service,
    /// Bot Framework Emulator, version 4: `emulator`. It checks no credential, offers no stream
    /// URL, numbers its pages and forgets what a newer watermark passes over.
    Emulator,
    /// The npm package of this name: `offline-directline`. It knows polling only, below
    /// `/directline`, and leaves everything else unanswered.
    OfflineDirectline,
    /// The C# server of this name: `indirectline`. It streams, but never reads its sockets, and
    /// knows only the first one of a conversation.
    InDirectLine,
}

impl Profile {
    /// The profile with this name: `service`, `emulator`, `offline-directline` or `indirectline`.
    pub fn named(name: &str) -> Option<Self> {
        <Profile as Choice>::named(name)
    }

    /// The names of the profiles.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Profile::ALL.iter().map(|(name, _)| *name)
    }

    pub(crate) fn traits(self) -> &'static Traits {
        match self {
            Profile::Service => &service::TRAITS,
            Profile::Emulator => &emulator::TRAITS,
            Profile::OfflineDirectline => &offline_directline::TRAITS,
            Profile::InDirectLine => &indirectline::TRAITS,
        }
    }
}

impl Choice for Profile {
    const ALL: &'static [(&'static str, Self)] = &[
        ("service", Profile::Service),
        ("emulator", Profile::Emulator),
        ("offline-directline", Profile::OfflineDirectline),
        ("indirectline", Profile::InDirectLine),
    ];
}

impl fmt::Display for Profile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(name_of(*self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_has_a_name() {
        let named: Vec<Option<Profile>> = Profile::names().map(Profile::named).collect();
        assert_eq!(
            named,
            [
                Some(Profile::Service),
                Some(Profile::Emulator),
                Some(Profile::OfflineDirectline),
                Some(Profile::InDirectLine)
            ]
        );
        assert_eq!(Profile::named("azure"), None);
        assert_eq!(Profile::OfflineDirectline.to_string(), "offline-directline");
    }
}
