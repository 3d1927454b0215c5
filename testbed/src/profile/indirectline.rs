//! The C# server InDirectLine.
//!
//! A token is given to everyone who asks for one with a `userId`; without a user it can't start.
//! The answer to a reconnect holds a new token and a new stream URL. When the first socket of a
//! conversation is gone, the next post breaks on it and is answered 500; those after it pass, and
//! what is sent to the dead socket vanishes. What the bot says in answer to an activity, or with a
//! `replyToId`, goes to the socket; everything else it says is proactive.

use std::time::Duration;

use serde_json::json;

use crate::http::reply::Reply;
use crate::plan::occasion::Occasion;
use crate::profile::traits::{
    BotOutcome, Counts, CredentialRule, Expiry, FrameWatermark, Generation, Ids, Opening, Paging,
    SecondSocket, StreamTraits, StreamUrlStyle, TokenStyle, Traits,
};
use crate::routes::refusal::{Denial, Refusal};
use crate::routes::target::{Methods, direct_line_methods};

pub(crate) const TRAITS: Traits = Traits {
    mount: "/v3/directline",
    routes,
    credentials: CredentialRule::TokenOnly,
    generation: Generation::ByUser,
    tokens: TokenStyle::Minted,
    expiry: Expiry { member: "expires_in", lifetime: Some(TEN_HOURS) },
    needs_user: true,
    start_status,
    start_extras: &[],
    stream_url: StreamUrlStyle::Plain,
    stream: StreamTraits {
        opening: Opening::WholeHistory,
        frame_watermark: FrameWatermark::Zero,
        one_by_one: true,
        second_socket: SecondSocket::Silent,
        pushes_proactive: false,
        sends_empty_messages: false,
        reads: false,
    },
    paging: Paging::Counts(Counts { answers_null: false, prunes: false }),
    ids: Ids::Guids,
    idle_lifetime: None,
    conclude_turn,
    refuse,
};

fn routes(segments: &[&str]) -> Option<Methods> {
    match segments {
        ["v3", "directline", rest @ ..] => direct_line_methods(rest),
        _ => None,
    }
}

fn start_status(_is_new: bool, _bot: u16) -> u16 {
    200
}

fn conclude_turn(_outcome: BotOutcome, id: &str) -> Result<Reply, Denial> {
    Ok(Reply::json(200, &json!({ "id": id }).to_string()))
}

/// Who may not come in meets an empty answer, what the server has thought of a `message`, and
/// everything else what its framework says.
fn refuse(refusal: &Refusal, on: Option<Occasion>) -> Reply {
    let words = refusal.words();
    match refusal {
        Refusal::MissingCredential
        | Refusal::UnknownCredential
        | Refusal::ExpiredToken
        | Refusal::StaleStreamUrl => Reply::empty(401),
        Refusal::UnknownRoute | Refusal::ForeignToken | Refusal::NoHandshake => {
            Reply::empty(words.status)
        }
        Refusal::UnknownMethod(allowed) => Reply::empty(405).with_header("Allow", allowed),
        Refusal::MissingUser => message(400, "userId cannot be null!"),
        Refusal::UnknownConversation => match on {
            Some(Occasion::Reconnect | Occasion::Activities) => problem(500, "An error occurred."),
            _ => message(400, "The conversation doesn't exist"),
        },
        Refusal::ForeignOrigin
        | Refusal::UnknownWatermark
        | Refusal::Malformed(_)
        | Refusal::Unacceptable(_)
        | Refusal::TooLarge(_)
        | Refusal::BotFailed
        | Refusal::BotLate
        | Refusal::NoStream
        | Refusal::BrokenSocket
        | Refusal::UnknownAttachment => problem(words.status, words.message),
    }
}

fn message(status: u16, text: &str) -> Reply {
    Reply::json(status, &json!({ "message": text }).to_string())
}

/// An error object as RFC 9457 has it.
fn problem(status: u16, title: &str) -> Reply {
    let problem = json!({ "type": "about:blank", "title": title, "status": status });
    Reply::json(status, &problem.to_string())
}

const TEN_HOURS: Duration = Duration::from_secs(36_000);
