//! CREDENTIALS: scopes of secrets, tokens and what the host says of them.

use directline::{Draw, Way};
use directline_world::operation::{HandshakeFate, HostCall, RequestFate, SocketFate, TokenFate};

use crate::fault::{Fault, Refusal};
use crate::scope::{Begin, Holds, Scope};
use crate::timing::{CALM, EVEN, Timing};

pub(super) fn secret() -> Scope {
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
            Fault::Status(Refusal::Stranger403),
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

pub(super) fn token() -> Scope {
    Scope {
        begins: &[Begin::Fresh, Begin::Marked],
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
        ..Scope::with_token("token", "a token that is refreshed, runs out, is refused and replaced")
    }
}

pub(super) fn renewal() -> Scope {
    Scope {
        begins: &[Begin::Unmarked],
        way: Way::Polling,
        timing: EVEN,
        faults: &[
            Fault::Token(TokenFate::RevokeAll),
            Fault::Token(TokenFate::TokenMissing),
            Fault::Status(Refusal::Missing404),
            Fault::Status(Refusal::Unauthorized401),
            Fault::Request(RequestFate::RequestLost),
            Fault::Host(HostCall::NewToken),
            Fault::Oversleep,
        ],
        ends: &["gone", "refused"],
        ..Scope::with_token("renewal", "polling with a token that runs out")
    }
}

/// An answer takes longer than a token waits for its refresh.
pub(super) fn overtaken() -> Scope {
    Scope {
        reconnect_brings_token: true,
        faults: &[
            Fault::Slow,
            Fault::Socket(SocketFate::Reset),
            Fault::Request(RequestFate::RequestLost),
            Fault::Status(Refusal::Forbidden403),
            Fault::Status(Refusal::Busy429),
        ],
        timing: Timing { request: 30_000, slow: 25_000, ..EVEN },
        ends: &["refused"],
        ..Scope::with_token(
            "overtaken",
            "tokens that come in another order than they were asked for",
        )
    }
}

pub(super) fn host() -> Scope {
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
