//! The other end of one conversation, in memory: says something now and then, breaks the socket now
//! and then, and hands out tokens.

use std::ops::Range;

use directline::{Action, Purpose, RequestId, SocketId};
use fastrand::Rng;

/// How a service carries on; times in milliseconds.
pub(crate) struct Habits {
    /// The pause between two activities.
    says_every: Range<u64>,
    /// How long a socket holds.
    breaks_after: Range<u64>,
    /// After so many drops, and what was missed in them, it falls silent and breaks nothing more.
    drops_max: Option<u32>,
    /// How long the first token lives, and each after it, in seconds.
    lifetimes: [u32; 2],
    /// Within how long sessions begin one by one.
    pub(crate) begins_within: u64,
    /// When all of them have been through enough to be measured.
    pub(crate) is_warm_at: u64,
    /// For how long they are measured at least, in minutes.
    pub(crate) minutes: u64,
}

/// There is always something.
pub(crate) const BUSY: Habits = Habits {
    says_every: 5_000..15_000,
    breaks_after: 120_000..300_000,
    drops_max: None,
    lifetimes: [600, 600],
    begins_within: 60_000,
    is_warm_at: 120_000,
    // A drop and a refresh take so long.
    minutes: 8,
};

/// Everything happens once, within the first minute, and nothing after it.
pub(crate) const IDLE: Habits = Habits {
    says_every: 6_000..6_500,
    // As soon as it is stable.
    breaks_after: 10_200..10_700,
    drops_max: Some(1),
    lifetimes: [30, 3_600],
    begins_within: 30_000,
    is_warm_at: 46_000,
    minutes: 1,
};

/// What reaches the session, later.
#[derive(Clone, Copy, Debug)]
pub(crate) enum News {
    Answer { request: RequestId, purpose: Purpose },
    Opened { socket: SocketId },
    Pong { socket: SocketId },
    Frame { socket: SocketId },
    Broken { socket: SocketId },
}

/// One conversation as the service has it.
#[derive(Default)]
pub(crate) struct Service {
    socket: Option<SocketId>,
    /// Activities said so far.
    pub(crate) said: u32,
    pub(crate) drops: u32,
    pub(crate) refreshes: u32,
    granted: u32,
    /// Something was said while there was no socket.
    missed: bool,
}

impl Service {
    /// Takes an order; what comes of it, and after how many milliseconds.
    pub(crate) fn perform(&mut self, action: &Action, rng: &mut Rng) -> Option<(u64, News)> {
        match action {
            Action::Send { request, message } => {
                let (request, purpose) = (*request, message.purpose());
                Some((rng.u64(20..200), News::Answer { request, purpose }))
            }
            Action::Open { socket, .. } => {
                Some((rng.u64(20..100), News::Opened { socket: *socket }))
            }
            Action::Probe { socket } => Some((rng.u64(10..60), News::Pong { socket: *socket })),
            Action::Shut { socket } => {
                self.socket = self.socket.filter(|open| open != socket);
                None
            }
            Action::Cancel { .. } => None,
        }
    }

    /// The handshake is done: something will be said, and some day the socket will break.
    pub(crate) fn open(
        &mut self,
        socket: SocketId,
        habits: &Habits,
        rng: &mut Rng,
    ) -> impl Iterator<Item = (u64, News)> + use<> {
        self.socket = Some(socket);
        // What was missed is replayed at once.
        let says = if self.missed { 1 } else { rng.u64(habits.says_every.clone()) };
        let breaks = (!self.rests(habits)).then(|| rng.u64(habits.breaks_after.clone()));
        let breaks = breaks.map(|after| (after, News::Broken { socket }));
        [(says, News::Frame { socket })].into_iter().chain(breaks)
    }

    /// The next thing said, and when there will be another; after a drop with the last one before
    /// it once more, as a replay brings it.
    pub(crate) fn say(
        &mut self,
        socket: SocketId,
        habits: &Habits,
        rng: &mut Rng,
    ) -> Option<(String, Option<u64>)> {
        if self.socket != Some(socket) {
            return None;
        }
        let repeats = u32::from(std::mem::take(&mut self.missed) && self.said > 0);
        let first = self.said - repeats;
        self.said += 1;
        let activities: Vec<_> = (first..self.said).map(activity).collect();
        let text =
            format!(r#"{{"activities":[{}],"watermark":"{}"}}"#, activities.join(","), self.said);
        let next = (!self.rests(habits)).then(|| rng.u64(habits.says_every.clone()));
        Some((text, next))
    }

    /// Whether the socket was open, and has broken now.
    pub(crate) fn break_off(&mut self, socket: SocketId) -> bool {
        let is_open = self.socket == Some(socket);
        if is_open {
            self.socket = None;
            self.missed = true;
            self.drops += 1;
        }
        is_open
    }

    pub(crate) fn answer(&mut self, index: u32, purpose: Purpose, habits: &Habits) -> Vec<u8> {
        let lifetime = habits.lifetimes[usize::from(self.granted > 0)];
        self.granted += 1;
        let number = self.granted;
        let token = format!(r#""token":"fleet.{index}.{number}","expires_in":{lifetime}"#);
        let body = match purpose {
            Purpose::Refresh => {
                self.refreshes += 1;
                format!(r#"{{"conversationId":"c{index}",{token}}}"#)
            }
            // A reconnect gives a stream URL alone, so that only refreshes renew the token.
            Purpose::Reconnect => format!(
                r#"{{"conversationId":"c{index}","streamUrl":"wss://fleet.example/s?t={number}"}}"#
            ),
            _ => format!(
                r#"{{"conversationId":"c{index}",{token},"streamUrl":"wss://fleet.example/s?t={number}"}}"#
            ),
        };
        body.into_bytes()
    }

    fn rests(&self, habits: &Habits) -> bool {
        habits.drops_max.is_some_and(|max| self.drops >= max)
    }
}

fn activity(number: u32) -> String {
    let second = number % 60;
    format!(
        "{{\"type\":\"message\",\"id\":\"c|{number:07}\",\
         \"timestamp\":\"2026-11-20T12:00:{second:02}.1234567Z\",\"channelId\":\"directline\",\
         \"from\":{{\"id\":\"bot\",\"name\":\"Bot\"}},\"conversation\":{{\"id\":\"c\"}},\
         \"text\":\"As long as what a bot says to one of many.\"}}"
    )
}
