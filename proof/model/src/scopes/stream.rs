//! STREAM: scopes of sockets, frames and what ends them.

use directline_world::operation::{
    FrameKind, HandshakeFate, HostCall, ReplayKind, RequestFate, SocketFate, TokenFate, UrlKind,
    WatermarkKind,
};

use crate::fault::{Fault, Refusal};
use crate::scope::{Begin, Scope};
use crate::talk::Kind;
use crate::timing::{CALM, EVEN, Timing};

pub(super) fn socket() -> Scope {
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

pub(super) fn fallback() -> Scope {
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

pub(super) fn walls() -> Scope {
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

pub(super) fn silence() -> Scope {
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

pub(super) fn doubts() -> Scope {
    Scope {
        posts: 2,
        activities: 1,
        faults: &[
            Fault::Socket(SocketFate::HalfOpen),
            Fault::Socket(SocketFate::Reset),
            Fault::Slow,
            Fault::Status(Refusal::Down503),
            Fault::Watermark(WatermarkKind::Missing),
        ],
        timing: Timing { liveness: Some(30_000), ..CALM },
        ..Scope::new("doubts", "half-open sockets that a post finds out")
    }
}

pub(super) fn only_new() -> Scope {
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

pub(super) fn pauses() -> Scope {
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

pub(super) fn odd() -> Scope {
    Scope {
        kinds: &[Kind::Named, Kind::Named, Kind::Named],
        timing: Timing { retry_after: 40_000, ..EVEN },
        faults: &[
            Fault::Frame(FrameKind::UnknownRoot),
            Fault::Frame(FrameKind::BadElements),
            Fault::Token(TokenFate::LifetimeZero),
            Fault::Token(TokenFate::TokenMissing),
            Fault::Status(Refusal::BusyUntil429),
            Fault::Socket(SocketFate::Reset),
        ],
        configure: |builder| builder.with_seen_ids_max(16),
        ..Scope::with_token(
            "odd",
            "odd shapes: ids that are no numbers, lifetimes, dates, elements, roots",
        )
    }
}

pub(super) fn limits() -> Scope {
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

pub(super) fn kills() -> Scope {
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

pub(super) fn crashes() -> Scope {
    Scope {
        posts: 2,
        faults: &[
            Fault::Kill,
            Fault::Request(RequestFate::RequestLost),
            Fault::Request(RequestFate::NotSent),
            Fault::Request(RequestFate::AnswerLost),
            Fault::Despite,
            Fault::Socket(SocketFate::Reset),
            Fault::Replay(ReplayKind::FromStart),
        ],
        ..Scope::new(
            "crashes",
            "the process dies with posts under way, which travel in checkpoints",
        )
    }
}

pub(super) fn posts() -> Scope {
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
            Fault::Status(Refusal::Stranger403),
            Fault::Socket(SocketFate::Reset),
            Fault::Host(HostCall::Close),
        ],
        ends: &["closed"],
        ..Scope::new("posts", "posts that are taken, not taken, or nobody knows")
    }
}

pub(super) fn whole() -> Scope {
    Scope {
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
        ..Scope::with_token("whole", "each part of the session at once, with a token that expires")
    }
}

pub(super) fn least() -> Scope {
    Scope {
        timing: EVEN,
        faults: &[
            Fault::Socket(SocketFate::Reset),
            Fault::Socket(SocketFate::Closed),
            Fault::Handshake(HandshakeFate::Refused502),
            Fault::Handshake(HandshakeFate::Never),
            Fault::Request(RequestFate::RequestLost),
            Fault::Status(Refusal::Busy429),
            Fault::Status(Refusal::Down503),
            Fault::Url(UrlKind::Insecure),
            Fault::Watermark(WatermarkKind::Null),
            Fault::Slow,
        ],
        configure: |builder| builder.with_handshakes_max(100),
        ..Scope::with_token("least", "the least bounds that are promised, all at once")
    }
}
