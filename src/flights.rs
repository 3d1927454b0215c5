//! FLIGHTS: what is under way, at most one request a lane, and one socket. What lands is gone, so
//! that whoever leaves a phase ends what is still there, and nothing else.

use std::time::Duration;

use crate::id::{BearerId, RequestId, SocketId};
use crate::input::Failure;
use crate::time::Moment;
use crate::timer::{Due, Timer};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lane {
    /// The connection: generate, start or reconnect.
    Connection,
    /// A page of activities.
    Page,
    /// The refresh of the token.
    Refresh,
    /// The post before all that wait.
    Post,
}

/// All of them, in the order in which a session that ends cancels them.
pub(crate) const LANES: [Lane; 4] = [Lane::Connection, Lane::Page, Lane::Refresh, Lane::Post];

impl Lane {
    fn overdue(self) -> Timer {
        match self {
            Lane::Connection => Timer::AskOverdue,
            Lane::Page => Timer::PageOverdue,
            Lane::Refresh => Timer::RefreshOverdue,
            Lane::Post => Timer::PostOverdue,
        }
    }
}

/// A request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Flight {
    pub(crate) request: RequestId,
    /// The credential that it carries.
    pub(crate) bearer: BearerId,
    pub(crate) sent: Moment,
    /// When it is overdue.
    pub(crate) by: Moment,
    pub(crate) has_watermark: bool,
}

/// All that is under way, and how long each lane is waited for. Mostly no request is, which so takes
/// no room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Flights {
    pub(crate) lanes: [Option<Box<Flight>>; LANES.len()],
    /// The socket being opened or open.
    pub(crate) socket: Option<SocketId>,
    /// How many requests of each lane ran out of time since one was answered.
    pub(crate) late: [u8; LANES.len()],
}

impl Flights {
    pub(crate) fn take_off(&mut self, lane: Lane, flight: Flight) {
        debug_assert!(!self.is_busy(lane), "{lane:?} is free before the next request");
        self.lanes[lane as usize] = Some(flight.into());
    }

    pub(crate) fn is_busy(&self, lane: Lane) -> bool {
        self.lanes[lane as usize].is_some()
    }

    /// What the request of a lane carries.
    pub(crate) fn bearer(&self, lane: Lane) -> Option<BearerId> {
        self.lanes[lane as usize].as_ref().map(|flight| flight.bearer)
    }

    /// Which request is overdue first, and when.
    pub(crate) fn due(&self) -> Option<Due> {
        let all = self.lanes.iter().zip(LANES);
        all.filter_map(|(flight, lane)| Some((flight.as_ref()?.by, lane.overdue()))).min()
    }

    /// Takes the request that was answered or has failed; `None` for one that nobody awaits any
    /// more.
    pub(crate) fn land(&mut self, request: RequestId) -> Option<(Lane, Flight)> {
        LANES.into_iter().find_map(|lane| {
            let flight = self.lanes[lane as usize].take_if(|flight| flight.request == request)?;
            Some((lane, *flight))
        })
    }

    /// Takes the request of a lane, which is to be cancelled.
    pub(crate) fn abandon(&mut self, lane: Lane) -> Option<Flight> {
        self.lanes[lane as usize].take().map(|flight| *flight)
    }

    /// Whether a request under way carries this credential.
    pub(crate) fn carry(&self, bearer: BearerId) -> bool {
        self.lanes.iter().flatten().any(|flight| flight.bearer == bearer)
    }

    /// A socket is being opened.
    pub(crate) fn dial(&mut self, socket: SocketId) {
        self.socket = Some(socket);
    }

    pub(crate) fn socket(&self) -> Option<SocketId> {
        self.socket
    }

    /// Takes the socket, which is closed or is to be.
    pub(crate) fn hang_up(&mut self) -> Option<SocketId> {
        self.socket.take()
    }

    /// How long the next request of a lane may take, where `timeout` is what is configured. A
    /// service that answers a moment after the timeout every time would never be heard; whoever was
    /// not waited for long enough is given more time.
    pub(crate) fn limit(&self, lane: Lane, timeout: Duration) -> Duration {
        timeout.saturating_mul(1 << self.late[lane as usize])
    }

    /// A request of a lane was answered (`None`) or has failed.
    pub(crate) fn note(&mut self, lane: Lane, failure: Option<Failure>) {
        // A post is never sent again for having taken too long.
        let is_late = failure == Some(Failure::TimedOut) && lane != Lane::Post;
        let late = &mut self.late[lane as usize];
        *late = if is_late { (*late + 1).min(DOUBLINGS_MAX) } else { 0 };
    }
}

/// Four times the default of 20 s is longer than a stream URL lives.
const DOUBLINGS_MAX: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Mint;

    #[test]
    fn each_lane_has_its_own_patience_and_it_ends() {
        // Covers: RC-6
        let (mut flights, second) = (Flights::default(), Duration::from_secs(1));
        let limits = |flights: &Flights| LANES.map(|lane| flights.limit(lane, second).as_secs());
        assert_eq!(limits(&flights), [1, 1, 1, 1]);
        flights.note(Lane::Page, Some(Failure::TimedOut));
        flights.note(Lane::Post, Some(Failure::TimedOut));
        (0..9).for_each(|_| flights.note(Lane::Connection, Some(Failure::TimedOut)));
        assert_eq!(limits(&flights), [4, 2, 1, 1], "a post is never sent again for that");
        flights.note(Lane::Connection, None);
        assert_eq!(limits(&flights), [1, 2, 1, 1]);
        flights.note(Lane::Page, Some(Failure::Broken));
        assert_eq!(limits(&flights), [1, 1, 1, 1]);
        flights.note(Lane::Page, Some(Failure::TimedOut));
        assert_eq!(flights.limit(Lane::Page, Duration::MAX), Duration::MAX);
    }

    #[test]
    fn what_lands_is_gone_and_nothing_else() {
        // Covers: RX-4
        let (mut flights, mut mint, at) = (Flights::default(), Mint::default(), Moment::ZERO);
        let bearer = BearerId::token(1);
        let mut flight =
            || Flight { request: mint.request(), bearer, sent: at, by: at, has_watermark: false };
        let (page, post, never) = (flight(), flight(), flight());
        flights.take_off(Lane::Page, page);
        flights.take_off(Lane::Post, post);
        assert!(flights.carry(bearer) && !flights.carry(BearerId::SECRET));
        assert_eq!(flights.land(never.request), None);
        assert_eq!(flights.land(page.request), Some((Lane::Page, page)));
        assert_eq!(flights.land(page.request), None, "it has landed");
        assert_eq!(flights.abandon(Lane::Page), None);
        assert_eq!(flights.abandon(Lane::Post), Some(post));
        assert!(LANES.iter().all(|lane| !flights.is_busy(*lane)));
    }
}
