//! OPERATIONS: what may happen to a simulated world, one type for properties, simulation and
//! fuzzing.
//!
//! Each operation is written as four bytes: a tag, a choice, and two bytes of detail. Tags and
//! choices are numbered for ever: new ones are appended, and a number that nobody has given yet is
//! passed over. So a corpus keeps its meaning when the language grows.

mod choices;

pub use self::choices::*;
use super::random::Random;

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Time passes, and everything due in it happens when it is due.
    Advance {
        millis: u32,
    },
    /// Time passes while the host sleeps; what was due in it happens afterwards.
    Oversleep {
        millis: u32,
    },
    Say {
        what: Saying,
        count: u16,
    },
    Post,
    Socket {
        fate: SocketFate,
        code: u16,
    },
    Request {
        fate: RequestFate,
        target: Target,
        detail: u8,
    },
    Url(UrlKind),
    Handshake {
        fate: HandshakeFate,
        millis: u16,
    },
    Frame(FrameKind),
    Watermark {
        kind: WatermarkKind,
        back: u16,
    },
    Replay {
        kind: ReplayKind,
        back: u16,
    },
    /// The service begins its numbering anew.
    Renumber,
    Token(TokenFate),
    Host {
        call: HostCall,
        detail: u16,
    },
    /// The process dies and comes back with a stored checkpoint, so many batches old.
    Kill {
        lag: u16,
    },
    /// The host drains its outputs only after so many more inputs.
    Lazy {
        inputs: u16,
    },
    Latency {
        millis: u16,
    },
    /// Counts only where it comes before everything else.
    Setting {
        what: Setting,
        value: u16,
    },
    /// As [`Operation::Say`], by the hundred.
    Burst {
        what: Saying,
        count: u16,
    },
    /// Files are sent, so many, with an activity or without.
    Upload {
        shape: u16,
    },
    /// The host stores the checkpoint as it is now.
    Store,
    /// The process dies, and comes back with nothing but the id of its conversation.
    Forget,
    /// The service's clock does something odd.
    Clock {
        fate: ClockFate,
        detail: u16,
    },
    /// As [`Operation::Setting`]: a setting is as small or as large as it may be.
    Bound {
        bound: Bound,
        is_most: bool,
    },
    /// The host calls again and again.
    Anger {
        anger: Anger,
        detail: u16,
    },
}

impl Operation {
    pub(crate) const BYTES: usize = 4;

    /// The operations that `bytes` say; what nobody understands is passed over.
    pub(crate) fn decode_all(bytes: &[u8]) -> Vec<Operation> {
        let records = bytes.chunks_exact(Operation::BYTES);
        records.filter_map(|record| Operation::decode(record.try_into().ok()?)).collect()
    }

    pub(crate) fn decode(bytes: [u8; Operation::BYTES]) -> Option<Operation> {
        let [tag, choice, low, high] = bytes;
        let detail = u16::from_le_bytes([low, high]);
        Some(match tag {
            1 => Operation::Advance { millis: span(choice, detail)? },
            2 => Operation::Oversleep { millis: span(choice, detail)? },
            3 => Operation::Say { what: Saying::decode(choice)?, count: detail },
            4 => Operation::Post,
            5 => Operation::Socket { fate: SocketFate::decode(choice)?, code: detail },
            6 => {
                let (fate, target) = (RequestFate::decode(choice)?, Target::decode(low)?);
                Operation::Request { fate, target, detail: high }
            }
            7 => Operation::Url(UrlKind::decode(choice)?),
            8 => Operation::Handshake { fate: HandshakeFate::decode(choice)?, millis: detail },
            9 => Operation::Frame(FrameKind::decode(choice)?),
            10 => Operation::Watermark { kind: WatermarkKind::decode(choice)?, back: detail },
            11 => Operation::Replay { kind: ReplayKind::decode(choice)?, back: detail },
            12 => Operation::Renumber,
            13 => Operation::Token(TokenFate::decode(choice)?),
            14 => Operation::Host { call: HostCall::decode(choice)?, detail },
            15 => Operation::Kill { lag: detail },
            16 => Operation::Lazy { inputs: detail },
            17 => Operation::Latency { millis: detail },
            18 => Operation::Setting { what: Setting::decode(choice)?, value: detail },
            19 => Operation::Burst { what: Saying::decode(choice)?, count: detail },
            20 => Operation::Upload { shape: detail },
            21 => Operation::Store,
            22 => Operation::Forget,
            23 => Operation::Clock { fate: ClockFate::decode(choice)?, detail },
            25 => Operation::Bound { bound: Bound::decode(choice)?, is_most: detail % 2 == 1 },
            24 => Operation::Anger { anger: Anger::decode(choice)?, detail },
            _ => return None,
        })
    }

    pub(crate) fn encode(self) -> [u8; Operation::BYTES] {
        let (tag, choice, detail) = match self {
            Operation::Advance { millis } => with_span(1, millis),
            Operation::Oversleep { millis } => with_span(2, millis),
            Operation::Say { what, count } => (3, what as u8, count),
            Operation::Post => (4, 0, 0),
            Operation::Socket { fate, code } => (5, fate as u8, code),
            Operation::Request { fate, target, detail } => {
                (6, fate as u8, u16::from_le_bytes([target as u8, detail]))
            }
            Operation::Url(kind) => (7, kind as u8, 0),
            Operation::Handshake { fate, millis } => (8, fate as u8, millis),
            Operation::Frame(kind) => (9, kind as u8, 0),
            Operation::Watermark { kind, back } => (10, kind as u8, back),
            Operation::Replay { kind, back } => (11, kind as u8, back),
            Operation::Renumber => (12, 0, 0),
            Operation::Token(fate) => (13, fate as u8, 0),
            Operation::Host { call, detail } => (14, call as u8, detail),
            Operation::Kill { lag } => (15, 0, lag),
            Operation::Lazy { inputs } => (16, 0, inputs),
            Operation::Latency { millis } => (17, 0, millis),
            Operation::Setting { what, value } => (18, what as u8, value),
            Operation::Burst { what, count } => (19, what as u8, count),
            Operation::Upload { shape } => (20, 0, shape),
            Operation::Store => (21, 0, 0),
            Operation::Forget => (22, 0, 0),
            Operation::Clock { fate, detail } => (23, fate as u8, detail),
            Operation::Anger { anger, detail } => (24, anger as u8, detail),
            Operation::Bound { bound, is_most } => (25, bound as u8, is_most.into()),
        };
        let [low, high] = detail.to_le_bytes();
        [tag, choice, low, high]
    }

    /// Makes an operation of three numbers, whatever they are; smaller numbers are calmer.
    pub fn shape(kind: u8, choice: u8, detail: u16) -> Operation {
        fn of<T: Copy>(all: &[T], choice: u8) -> T {
            all[usize::from(choice) % all.len()]
        }
        let few = detail % 6;
        let [low, high] = detail.to_le_bytes();
        match kind % KINDS {
            0..=9 => {
                let millis = u32::from(detail) >> (choice % 8) << (choice / 8 % 8);
                Operation::Advance { millis: millis & !((1 << (choice / 8 % 8)) - 1) }
            }
            10 => Operation::Oversleep { millis: u32::from(detail) << (choice % 8) },
            11..=17 => Operation::Say { what: of(Saying::ALL, choice % 12), count: few },
            18 | 19 => Operation::Post,
            20..=22 => {
                let code = if choice < 128 { detail % 5_000 } else { of(&CODES, low) };
                Operation::Socket { fate: of(SocketFate::ALL, choice), code }
            }
            23..=27 => {
                let (fate, target) = (of(RequestFate::ALL, choice), of(Target::ALL, low));
                Operation::Request { fate, target, detail: high }
            }
            28 | 29 => Operation::Url(of(UrlKind::ALL, choice)),
            30 | 31 => {
                Operation::Handshake { fate: of(HandshakeFate::ALL, choice), millis: detail }
            }
            32..=34 => Operation::Frame(of(FrameKind::ALL, choice)),
            35..=37 => {
                Operation::Watermark { kind: of(WatermarkKind::ALL, choice), back: detail % 9 }
            }
            38 => Operation::Replay { kind: of(ReplayKind::ALL, choice), back: detail % 9 },
            39 => Operation::Renumber,
            40 => Operation::Token(of(TokenFate::ALL, choice)),
            41 | 42 => Operation::Host { call: of(HostCall::ALL, choice), detail },
            43 if choice % 16 == 15 => Operation::Forget,
            43 => Operation::Kill { lag: few },
            44 => Operation::Lazy { inputs: few },
            45 => Operation::Latency { millis: detail % 4_000 },
            46 => Operation::Burst { what: of(Saying::ALL, choice), count: detail % 120 },
            47 => Operation::Upload { shape: detail },
            48 => Operation::Store,
            50 | 51 => Operation::Clock { fate: of(ClockFate::ALL, choice), detail },
            54 => Operation::Bound { bound: of(Bound::ALL, choice), is_most: detail % 2 == 1 },
            52 | 53 => Operation::Anger { anger: of(Anger::ALL, choice), detail },
            _ => Operation::Setting {
                what: of(Setting::ALL, choice),
                value: detail >> (choice % 16),
            },
        }
    }

    /// As [`Operation::shape`], with numbers drawn at random.
    pub fn draw(random: &mut Random, kinds: &[u8]) -> Operation {
        let [choice, low, high, ..] = random.bytes();
        let kind = kinds[random.index(kinds.len())];
        Operation::shape(kind, choice, u16::from_le_bytes([low, high]))
    }
}

/// Close codes that mean something to somebody.
pub(crate) const CODES: [u16; 9] = [1000, 1001, 1002, 1005, 1006, 1011, 1012, 3000, 4000];
/// How many of them every mixed run is drawn from.
pub(crate) const KINDS_PLAIN: u8 = 50;
/// How many numbers [`Operation::shape`] tells apart.
pub const KINDS: u8 = 55;

/// A length of time as a mantissa and a shift.
fn span(shift: u8, mantissa: u16) -> Option<u32> {
    (shift <= 12).then(|| u32::from(mantissa) << shift)
}

fn with_span(tag: u8, millis: u32) -> (u8, u8, u16) {
    let shift = (0..12).find(|shift| millis >> shift <= u32::from(u16::MAX)).unwrap_or(12);
    (tag, shift, u16::try_from(millis >> shift).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_read_back_as_they_were_written() {
        let mut random = Random::new(7);
        let kinds: Vec<u8> = (0..KINDS).collect();
        for _ in 0..5_000 {
            let operation = Operation::draw(&mut random, &kinds);
            assert_eq!(Operation::decode(operation.encode()), Some(operation));
        }
    }

    #[test]
    fn what_no_tag_says_is_passed_over() {
        assert_eq!(
            Operation::decode_all(&[0, 0, 0, 0, 12, 0, 0, 0, 255, 1, 1, 1, 9]),
            [Operation::Renumber]
        );
    }
}
