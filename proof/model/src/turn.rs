//! TURN: what the judge must know of a step beside what comes out of it.

use directline::Moment;
use directline_world::reference::pages::Look;

/// One step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) now: Moment,
    /// The activities that come in by it.
    pub(crate) set: Option<(u8, u8)>,
    /// Whether what is new of them may be no more than a sign of where the new begins (WM-8).
    pub(crate) passes: bool,
    /// The page that they come in.
    pub(crate) page: Option<Look>,
    /// Whether it is a reason to ask for a connection without a pause.
    pub(crate) hurries: bool,
    /// Whether the network has been down since before it: what is due goes out first.
    pub(crate) is_offline: bool,
    /// Whether the host itself wants to be connected, whatever the service asked for.
    pub(crate) insists: bool,
    /// Whether the host closes.
    pub(crate) closes: bool,
    /// Whether the answer is for another conversation.
    pub(crate) is_foreign: bool,
    /// The token that the session held before it.
    pub(crate) held: Option<u8>,
    /// The token that the answer brings, and half its life.
    pub(crate) granted: Option<(u8, Moment)>,
}

impl Turn {
    /// Nothing in particular happens.
    pub(crate) fn new(now: Moment) -> Turn {
        Turn {
            now,
            set: None,
            passes: false,
            page: None,
            hurries: false,
            is_offline: false,
            insists: false,
            closes: false,
            is_foreign: false,
            held: None,
            granted: None,
        }
    }
}
