//! SCOPES: the spaces that are explored. Each is small enough to close; together they hold every
//! kind of fault and every edge of the graph.

use std::fmt;

use directline::{Draw, Way};

use crate::fault::{Fault, Refusal};
use crate::scope::{Begin, Holds, Scope};
use crate::sim::operation::{
    FrameKind, HandshakeFate, HostCall, ReplayKind, RequestFate, SocketFate, TokenFate, UrlKind,
    WatermarkKind,
};
use crate::talk::Kind;
use crate::timing::{CALM, EVEN, Timing};

/// Which scopes are explored together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// In two minutes.
    Push,
    /// The same spaces, smaller, those that break easily first.
    Kill,
    /// As large as memory and a night allow.
    Release,
}

impl Set {
    pub(crate) const ALL: [Set; 3] = [Set::Push, Set::Kill, Set::Release];

    pub(crate) fn parse(text: &str) -> Option<Set> {
        Set::ALL.into_iter().find(|set| set.to_string() == text)
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Set::Push => "push",
            Set::Kill => "kill",
            Set::Release => "release",
        })
    }
}

/// The scopes of a set, in the order in which they are explored.
pub(crate) fn of(set: Set) -> Vec<Scope> {
    let bounded = |scope: Scope, [kill, push, release]: [(u8, u8); 3]| {
        let (activities, budget) = match set {
            Set::Kill => kill,
            Set::Push => push,
            Set::Release => release,
        };
        Scope { activities, budget, ..scope }
    };
    // Each with its activities and faults in a kill, push and release run.
    vec![
        bounded(silence(), [(2, 4), (3, 8), (8, 8)]),
        bounded(socket(), [(3, 3), (3, 6), (8, 8)]),
        bounded(posts(), [(1, 3), (1, 5), (2, 8)]),
        bounded(limits(), [(2, 3), (3, 5), (5, 8)]),
        bounded(odd(), [(3, 2), (3, 3), (4, 5)]),
        bounded(pauses(), [(1, 4), (2, 5), (2, 8)]),
        bounded(only_new(), [(3, 3), (3, 5), (5, 8)]),
        bounded(fallback(), [(3, 3), (3, 4), (5, 6)]),
        bounded(walls(), [(4, 3), (4, 4), (8, 6)]),
        bounded(kills(), [(4, 2), (4, 3), (6, 5)]),
        bounded(secret(), [(1, 3), (1, 4), (2, 6)]),
        bounded(token(), [(2, 3), (2, 4), (3, 6)]),
        bounded(host(), [(1, 3), (1, 4), (2, 7)]),
        bounded(history(), [(4, 2), (4, 3), (6, 5)]),
        bounded(polling(), [(3, 2), (4, 3), (5, 5)]),
        bounded(renewal(), [(2, 3), (3, 4), (4, 7)]),
        bounded(whole(), [(3, 4), (8, 5), (8, 8)]),
    ]
}

fn limits() -> Scope {
    Scope {
        kinds: &[Kind::Message, Kind::End],
        faults: &[
            Fault::Status(Refusal::Down503),
            Fault::Status(Refusal::OtherRegion403),
            Fault::Request(RequestFate::OtherConversation),
            Fault::Handshake(HandshakeFate::Refused401),
            Fault::Socket(SocketFate::Reset),
            Fault::Socket(SocketFate::Collision),
        ],
        configure: |builder| builder.with_attempts_max(3),
        ends: &["gave up", "region", "other conversation", "completed", "collision"],
        ..Scope::new("limits", "everything that ends a session for good")
    }
}

fn odd() -> Scope {
    Scope {
        kinds: &[Kind::Named, Kind::Named, Kind::Named],
        holds: Holds::Token,
        grants_tokens: true,
        token_life: Some(40_000),
        timing: EVEN,
        faults: &[
            Fault::Frame(FrameKind::UnknownRoot),
            Fault::Frame(FrameKind::BadElements),
            Fault::Token(TokenFate::LifetimeZero),
            Fault::Token(TokenFate::TokenMissing),
            Fault::Status(Refusal::BusyUntil429),
            Fault::Socket(SocketFate::Reset),
        ],
        configure: |builder| builder.with_seen_ids_max(16),
        ..Scope::new(
            "odd",
            "odd shapes: ids that are no numbers, lifetimes, dates, elements, roots",
        )
    }
}

fn pauses() -> Scope {
    Scope {
        faults: &[
            Fault::Socket(SocketFate::Reset),
            Fault::Socket(SocketFate::Closed),
            Fault::Handshake(HandshakeFate::Refused502),
            Fault::Request(RequestFate::Broken),
            Fault::Status(Refusal::Down503),
        ],
        timing: Timing { backoff: (5_000, 20_000), ..CALM },
        ..Scope::new("pauses", "pauses that grow until a connection was stable")
    }
}

fn renewal() -> Scope {
    Scope {
        begins: &[Begin::Unmarked],
        holds: Holds::Token,
        grants_tokens: true,
        token_life: Some(40_000),
        way: Way::Polling,
        timing: EVEN,
        faults: &[
            Fault::Token(TokenFate::RevokeAll),
            Fault::Token(TokenFate::TokenMissing),
            Fault::Status(Refusal::Missing404),
            Fault::Status(Refusal::Unauthorized401),
            Fault::Request(RequestFate::RequestLost),
            Fault::Host(HostCall::NewToken),
        ],
        ends: &["gone", "refused"],
        ..Scope::new("renewal", "polling with a token that runs out")
    }
}

fn socket() -> Scope {
    Scope {
        faults: &[
            Fault::Socket(SocketFate::Closed),
            Fault::Socket(SocketFate::Reset),
            Fault::Socket(SocketFate::Collision),
            Fault::Handshake(HandshakeFate::Refused403),
            Fault::Handshake(HandshakeFate::Never),
            Fault::Handshake(HandshakeFate::OpenUntold),
            Fault::Request(RequestFate::RequestLost),
            Fault::Request(RequestFate::Broken),
            Fault::Request(RequestFate::CutBody),
            Fault::Status(Refusal::Busy429),
            Fault::Status(Refusal::Down503),
            Fault::Url(UrlKind::Repeated),
            Fault::Url(UrlKind::Insecure),
            Fault::Watermark(WatermarkKind::Null),
            Fault::Watermark(WatermarkKind::Stale),
            Fault::Slow,
        ],
        ends: &["collision"],
        ..Scope::new("socket", "sockets that are closed, broken, refused or opened late")
    }
}

fn whole() -> Scope {
    Scope {
        holds: Holds::Token,
        grants_tokens: true,
        token_life: Some(40_000),
        timing: EVEN,
        faults: &[
            Fault::Socket(SocketFate::Reset),
            Fault::Handshake(HandshakeFate::Refused403),
            Fault::Request(RequestFate::RequestLost),
            Fault::Status(Refusal::Busy429),
            Fault::Status(Refusal::Expired403),
            Fault::Frame(FrameKind::Garbage),
            Fault::Watermark(WatermarkKind::Null),
            Fault::Slow,
        ],
        ends: &["refused"],
        may_poll: true,
        configure: |builder| builder.with_handshakes_max(2),
        ..Scope::new("whole", "all the least bounds together, with a token that expires")
    }
}

fn secret() -> Scope {
    Scope {
        begins: &[Begin::Fresh],
        holds: Holds::Secret,
        grants_tokens: true,
        token_life: Some(40_000),
        faults: &[
            Fault::Status(Refusal::NoRoute405),
            Fault::Status(Refusal::Forbidden403),
            Fault::Status(Refusal::Unauthorized401),
            Fault::Status(Refusal::MissingUser400),
            Fault::Status(Refusal::Exists409),
            Fault::Status(Refusal::Down503),
            Fault::Request(RequestFate::AnswerLost),
            Fault::Request(RequestFate::CutBody),
            Fault::Token(TokenFate::RevokeAll),
            Fault::Token(TokenFate::TokenMissing),
            Fault::Socket(SocketFate::Reset),
            Fault::Host(HostCall::Woke),
            Fault::Host(HostCall::Down),
            Fault::Host(HostCall::Close),
            Fault::Slow,
        ],
        timing: Timing { slow: 5_000, ..CALM },
        ends: &["closed", "refused", "rejected"],
        ..Scope::new("secret", "a start with a secret, and everything that can be refused of it")
    }
}

fn token() -> Scope {
    Scope {
        begins: &[Begin::Fresh, Begin::Marked],
        holds: Holds::Token,
        grants_tokens: true,
        token_life: Some(40_000),
        faults: &[
            Fault::Token(TokenFate::RevokeAll),
            Fault::Token(TokenFate::LifetimeMissing),
            Fault::Status(Refusal::Expired403),
            Fault::Status(Refusal::Forbidden403),
            Fault::Status(Refusal::Missing404),
            Fault::Status(Refusal::Busy429),
            Fault::Request(RequestFate::RequestLost),
            Fault::Socket(SocketFate::Reset),
            Fault::Host(HostCall::NewToken),
            Fault::Host(HostCall::Down),
            Fault::Host(HostCall::Close),
        ],
        may_poll: true,
        ends: &["refused", "closed", "rejected", "gone"],
        ..Scope::new("token", "a token that is refreshed, runs out, is refused and replaced")
    }
}

fn history() -> Scope {
    Scope {
        begins: &[Begin::Unmarked],
        page_size: 2,
        faults: &[
            Fault::Socket(SocketFate::Reset),
            Fault::Socket(SocketFate::Closed),
            Fault::Request(RequestFate::RequestLost),
            Fault::Request(RequestFate::CutBody),
            Fault::Request(RequestFate::WatermarkRefused),
            Fault::Status(Refusal::Missing404),
            Fault::Status(Refusal::Busy429),
            Fault::Watermark(WatermarkKind::Null),
            Fault::Watermark(WatermarkKind::Stale),
            Fault::Watermark(WatermarkKind::First),
            Fault::Replay(ReplayKind::FromStart),
        ],
        may_poll: true,
        ends: &["gone"],
        ..Scope::new("history", "no watermark at the beginning: pages beside the socket")
    }
}

fn polling() -> Scope {
    Scope {
        begins: &[Begin::Fresh, Begin::Unmarked],
        way: Way::Polling,
        faults: &[
            Fault::Request(RequestFate::RequestLost),
            Fault::Request(RequestFate::CutBody),
            Fault::Request(RequestFate::WatermarkRefused),
            Fault::Status(Refusal::Busy429),
            Fault::Status(Refusal::Missing404),
            Fault::Status(Refusal::Down503),
            Fault::Watermark(WatermarkKind::Null),
            Fault::Watermark(WatermarkKind::First),
            Fault::Host(HostCall::Woke),
            Fault::Host(HostCall::Down),
            Fault::Host(HostCall::Close),
        ],
        ends: &["gone", "closed"],
        ..Scope::new("polling", "polling only")
    }
}

fn fallback() -> Scope {
    Scope {
        faults: &[
            Fault::Handshake(HandshakeFate::Refused403),
            Fault::Url(UrlKind::Missing),
            Fault::Status(Refusal::NoRoute405),
            Fault::Status(Refusal::Busy429),
            Fault::Request(RequestFate::CutBody),
            Fault::Socket(SocketFate::Reset),
            Fault::Watermark(WatermarkKind::Null),
            Fault::Slow,
        ],
        configure: |builder| builder.with_handshakes_max(1),
        may_poll: true,
        ..Scope::new("fallback", "no socket is to be had for a while: polling takes over and back")
    }
}

fn posts() -> Scope {
    Scope {
        posts: 2,
        kinds: &[Kind::Foreign],
        faults: &[
            Fault::Request(RequestFate::RequestLost),
            Fault::Request(RequestFate::Broken),
            Fault::Request(RequestFate::NotSent),
            Fault::Request(RequestFate::AnswerLost),
            Fault::Status(Refusal::Busy429),
            Fault::Status(Refusal::Rejected400),
            Fault::Despite,
            Fault::Status(Refusal::Down503),
            Fault::Socket(SocketFate::Reset),
            Fault::Host(HostCall::Close),
        ],
        ends: &["closed"],
        ..Scope::new("posts", "posts that are taken, not taken, or nobody knows")
    }
}

fn walls() -> Scope {
    Scope {
        begins: &[Begin::Marked, Begin::Unmarked],
        kinds: &[Kind::Message, Kind::Idless, Kind::Idless, Kind::Update],
        set_size: 2,
        faults: &[
            Fault::Frame(FrameKind::Garbage),
            Fault::Frame(FrameKind::Garbled),
            Fault::Frame(FrameKind::ExtraRoot),
            Fault::Socket(SocketFate::TooLarge),
            Fault::Socket(SocketFate::Unreadable),
            Fault::Watermark(WatermarkKind::Missing),
            Fault::Watermark(WatermarkKind::Empty),
            Fault::Replay(ReplayKind::Overlap),
            Fault::Socket(SocketFate::Reset),
        ],
        ..Scope::new("walls", "frames that cannot be read, sets that come twice")
    }
}

fn kills() -> Scope {
    Scope {
        begins: &[Begin::Marked, Begin::Unmarked],
        faults: &[
            Fault::Kill,
            Fault::Renumber,
            Fault::Socket(SocketFate::Reset),
            Fault::Replay(ReplayKind::FromStart),
            Fault::Watermark(WatermarkKind::Null),
            Fault::Frame(FrameKind::Garbage),
        ],
        ..Scope::new("kills", "the process dies and resumes; the service numbers anew")
    }
}

fn silence() -> Scope {
    Scope {
        faults: &[
            Fault::Socket(SocketFate::HalfOpen),
            Fault::Socket(SocketFate::Reset),
            Fault::Handshake(HandshakeFate::Never),
            Fault::Slow,
            Fault::Oversleep,
            Fault::Host(HostCall::Woke),
            Fault::Request(RequestFate::RequestLost),
            Fault::Url(UrlKind::Repeated),
        ],
        timing: Timing {
            keepalive: Some(10_000),
            liveness: Some(30_000),
            request: 40_000,
            connect: 20_000,
            ..CALM
        },
        ..Scope::new("silence", "half-open sockets, keep-alives, slow answers, a host that sleeps")
    }
}

fn host() -> Scope {
    Scope {
        begins: &[Begin::Fresh],
        holds: Holds::Token,
        token_life: Some(60_000),
        faults: &[
            Fault::Host(HostCall::Woke),
            Fault::Host(HostCall::Down),
            Fault::Host(HostCall::NewToken),
            Fault::Host(HostCall::Close),
            Fault::Request(RequestFate::RequestLost),
            Fault::Handshake(HandshakeFate::Never),
            Fault::Status(Refusal::Expired403),
            Fault::Status(Refusal::Down503),
            Fault::Slow,
        ],
        timing: Timing { slow: 5_000, ..CALM },
        draw: Draw::Shortest,
        ends: &["closed", "refused"],
        // Five handshakes in a row that are never answered.
        may_poll: true,
        ..Scope::new("host", "what the host says of network, token and sleep")
    }
}

fn only_new() -> Scope {
    Scope {
        begins: &[Begin::OnlyNew],
        faults: &[
            Fault::Socket(SocketFate::Reset),
            Fault::Handshake(HandshakeFate::Refused403),
            Fault::Request(RequestFate::RequestLost),
            Fault::Status(Refusal::Down503),
            Fault::Watermark(WatermarkKind::Null),
        ],
        ..Scope::new("only-new", "a conversation resumed for what is new alone")
    }
}
