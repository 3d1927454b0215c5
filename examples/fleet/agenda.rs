//! When which session of a whole fleet is to be asked for its deadline: one calendar, and deadlines
//! that are not taken out when they change.
//!
//! A session's deadline moves with almost every input, and nearly always away from now: each sign
//! of life, each keep-alive. To move an entry is dear, so it stays where it is. When its moment comes,
//! the session is asked for the deadline that is true now; if that is later, it is entered again
//! there. Only a deadline that moves closer costs a second entry, and the first is passed over when
//! it comes up. So a session has seldom more than one entry, a frame costs the calendar nothing, and
//! memory stays in proportion to the sessions.

use directline::Moment;

use crate::calendar::Calendar;

/// The sessions of a fleet, by their places in it.
pub(crate) struct Agenda {
    calendar: Calendar<u32>,
    /// For each session the earliest moment at which it will be asked.
    asked_at: Vec<Option<Moment>>,
}

impl Agenda {
    pub(crate) fn new(sessions: u32) -> Agenda {
        Agenda { calendar: Calendar::new(), asked_at: vec![None; sessions as usize] }
    }

    /// When the next session may have something due.
    pub(crate) fn next_at(&self) -> Option<Moment> {
        self.calendar.next_at()
    }

    /// The session to ask now, at its moment; `None` for an entry from before its deadline moved
    /// closer, which has been dealt with.
    pub(crate) fn pop(&mut self, now: Moment) -> Option<u32> {
        let index = self.calendar.pop()?;
        self.asked_at[index as usize].take_if(|at| *at <= now).map(|_| index)
    }

    /// Sees to it that a session is asked by its deadline.
    pub(crate) fn see_to(&mut self, index: u32, deadline: Option<Moment>) {
        let Some(at) = deadline else { return };
        let asked_at = &mut self.asked_at[index as usize];
        if asked_at.is_none_or(|asked_at| at < asked_at) {
            *asked_at = Some(at);
            self.calendar.enter(at, index);
        }
    }
}
