//! OBSERVED: what a session does about one fact, as one word.

use directline::{Action, Cause, End, Event, Next, Output, PostOutcome, Purpose};

/// The class of a reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reaction {
    /// Nobody waits for it.
    Nothing,
    /// It leads on: nothing is wrong.
    GoesOn,
    /// The same again after so many milliseconds.
    Waits(u64),
    /// With another credential at once.
    OtherCredential,
    /// The host is asked for a token.
    AsksForToken,
    /// The same again after so many milliseconds, without the watermark.
    DropsWatermark(u64),
    /// Told, and left at that.
    LetsBe,
    /// What may be missing is told.
    TellsGap,
    /// A post of which nobody knows what became.
    Unknown,
    /// A post that was not taken.
    Rejected,
    /// The session is over: the request is wrong.
    EndsRejected,
    /// The session is over: the bot is in another region.
    EndsWrongRegion,
    /// The session is over: a fresh credential did not help.
    EndsRefused,
    /// The session is over: the conversation is gone.
    EndsGone,
    /// The session is over: another client owns the conversation.
    EndsCollision,
    /// Nothing that is known here.
    Else,
}

/// Reads the outputs that one fact at `now` has led to.
pub(crate) fn reaction(outputs: &[Output], now: u64) -> Reaction {
    let events = || {
        outputs.iter().filter_map(|output| match output {
            Output::Event(event) => Some(event),
            Output::Action(_) => None,
        })
    };
    if let Some(end) = events().find_map(|event| match event {
        Event::Ended(end) => Some(end),
        _ => None,
    }) {
        return ending(end);
    }
    let mut fault = None;
    let mut has_gap = false;
    for event in events() {
        match event {
            Event::Posted { outcome: PostOutcome::Unknown { .. }, .. } => return Reaction::Unknown,
            Event::Posted { outcome: PostOutcome::Rejected { .. }, .. } => {
                return Reaction::Rejected;
            }
            Event::NeedsToken { .. } => return Reaction::AsksForToken,
            Event::Gap(_) => has_gap = true,
            Event::Faulted(told) => fault = fault.or(Some(told)),
            _ => {}
        }
    }
    match fault {
        _ if has_gap => Reaction::TellsGap,
        None => Reaction::GoesOn,
        Some(fault) => match (&fault.cause, fault.next) {
            (Cause::WatermarkRefused, Next::Retries { at, .. }) => {
                Reaction::DropsWatermark(at.as_millis() - now)
            }
            (_, Next::Retries { at, .. }) => Reaction::Waits(at.as_millis() - now),
            (_, Next::Continues) => Reaction::OtherCredential,
            (_, Next::Stops) => Reaction::LetsBe,
            (_, _) => Reaction::Else,
        },
    }
}

fn ending(end: &End) -> Reaction {
    match end {
        End::Rejected { .. } => Reaction::EndsRejected,
        End::WrongRegion { .. } => Reaction::EndsWrongRegion,
        End::Refused { .. } => Reaction::EndsRefused,
        End::Gone => Reaction::EndsGone,
        End::Collision { .. } => Reaction::EndsCollision,
        _ => Reaction::Else,
    }
}

/// What these outputs ask for.
pub(crate) fn sent(outputs: &[Output]) -> Vec<Purpose> {
    let sent = outputs.iter().filter_map(|output| match output {
        Output::Action(Action::Send { message, .. }) => Some(message.purpose()),
        _ => None,
    });
    sent.collect()
}
