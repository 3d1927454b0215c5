//! The other end of one conversation, in memory: says something now and then, breaks the socket now
//! and then, and hands out tokens that last ten minutes.

use directline::{Action, Moment, Purpose, RequestId, SocketId};
use fastrand::Rng;

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
    pub(crate) said: u64,
    pub(crate) drops: u64,
    pub(crate) refreshes: u64,
    granted: u64,
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
    pub(crate) fn open(&mut self, socket: SocketId, rng: &mut Rng) -> [(u64, News); 2] {
        self.socket = Some(socket);
        // What was missed is replayed at once.
        let first = if self.missed { 1 } else { rng.u64(SAYS_EVERY) };
        [(first, News::Frame { socket }), (rng.u64(BREAKS_AFTER), News::Broken { socket })]
    }

    /// The next thing said, and when there will be another; after a drop with the last one before
    /// it once more, as a replay brings it.
    pub(crate) fn say(&mut self, socket: SocketId, rng: &mut Rng) -> Option<(String, u64)> {
        if self.socket != Some(socket) {
            return None;
        }
        let repeats = u64::from(std::mem::take(&mut self.missed) && self.said > 0);
        let first = self.said - repeats;
        self.said += 1;
        let activities: Vec<_> = (first..self.said).map(activity).collect();
        let text =
            format!(r#"{{"activities":[{}],"watermark":"{}"}}"#, activities.join(","), self.said);
        Some((text, rng.u64(SAYS_EVERY)))
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

    pub(crate) fn answer(&mut self, index: usize, purpose: Purpose) -> Vec<u8> {
        self.granted += 1;
        let number = self.granted;
        let token = format!(r#""token":"fleet.{index}.{number}","expires_in":600"#);
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
}

fn activity(number: u64) -> String {
    let second = number % 60;
    format!(
        "{{\"type\":\"message\",\"id\":\"c|{number:07}\",\
         \"timestamp\":\"2026-11-20T12:00:{second:02}.1234567Z\",\"channelId\":\"directline\",\
         \"from\":{{\"id\":\"bot\",\"name\":\"Bot\"}},\"conversation\":{{\"id\":\"c\"}},\
         \"text\":\"As long as what a bot says to one of many.\"}}"
    )
}

/// When a session begins, in milliseconds, so that a fleet does not begin at once.
pub(crate) fn begins_at(rng: &mut Rng) -> Moment {
    Moment::from_millis(rng.u64(0..60_000))
}

/// The pause between two activities, in milliseconds.
const SAYS_EVERY: std::ops::Range<u64> = 5_000..15_000;
/// How long a socket holds, in milliseconds.
const BREAKS_AFTER: std::ops::Range<u64> = 120_000..300_000;
