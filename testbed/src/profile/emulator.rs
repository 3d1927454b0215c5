//! Bot Framework Emulator, version 4.
//!
//! Its own sockets are on a port of their own, at `/ws/{conversation}`; here they are on the same
//! one, and only for conversations that exist. A token that the host has minted names the
//! conversation to start; whoever comes without one gets a new conversation each time. A bot that
//! takes too long is an exception like any other.

use std::time::Duration;

use serde_json::{Value, json};

use crate::http::reply::Reply;
use crate::log::CredentialKind;
use crate::plan::occasion::Occasion;
use crate::profile::traits::{
    BotOutcome, Counts, CredentialRule, Expiry, FrameWatermark, Generation, Ids, Opening, Paging,
    SecondSocket, StreamTraits, StreamUrlStyle, TokenStyle, Traits,
};
use crate::routes::refusal::{Denial, Refusal};
use crate::routes::target::{Methods, Work, direct_line_methods};

pub(crate) const TRAITS: Traits = Traits {
    mount: "/v3/directline",
    routes,
    credentials: CredentialRule::HintOnly,
    generation: Generation::BySecret,
    tokens: TokenStyle::Nominal(endpoint_token),
    expiry: Expiry { member: "expires_in", lifetime: Some(LIFETIME) },
    needs_user: false,
    start_status,
    start_extras: &[],
    stream_url: StreamUrlStyle::Empty,
    stream: StreamTraits {
        opening: Opening::Queued,
        frame_watermark: FrameWatermark::Absent,
        one_by_one: true,
        second_socket: SecondSocket::Unanswered,
        pushes_proactive: true,
        sends_empty_messages: false,
        reads: true,
    },
    paging: Paging::Counts(Counts { answers_null: false, prunes: true }),
    ids: Ids::Guids,
    idle_lifetime: None,
    conclude_turn,
    refuse,
};

fn routes(segments: &[&str]) -> Option<Methods> {
    match segments {
        ["ws", id] if !id.is_empty() => Some(vec![("GET", Work::Queue(String::from(*id)))]),
        ["v3", "directline", "tokens", ..] => None,
        ["v3", "directline", "conversations", id, "stream"] => {
            Some(vec![("GET", Work::NoStream(String::from(*id)))])
        }
        ["v3", "directline", rest @ ..] => direct_line_methods(rest),
        _ => None,
    }
}

/// The id of the bot's endpoint, which the credential stands for; `null` if it stands for none,
/// nothing if there was no credential.
fn endpoint_token(credential: CredentialKind, endpoint: String) -> Option<Value> {
    match credential {
        CredentialKind::Secret | CredentialKind::Token | CredentialKind::ExpiredToken => {
            Some(Value::String(endpoint))
        }
        CredentialKind::Unknown => Some(Value::Null),
        CredentialKind::Missing => None,
    }
}

fn start_status(is_new: bool, _bot: u16) -> u16 {
    if is_new { 201 } else { 200 }
}

fn conclude_turn(outcome: BotOutcome, id: &str) -> Result<Reply, Denial> {
    match outcome {
        BotOutcome::Late => Err(Refusal::BotLate.into()),
        BotOutcome::Answered(status) if outcome.success().is_some() => {
            Ok(Reply::json(status, &json!({ "id": id }).to_string()))
        }
        BotOutcome::Answered(status) => Ok(bare_text(status, "The bot has failed")),
    }
}

/// Exceptions come as error objects, everything else as a bare text.
fn refuse(refusal: &Refusal, _on: Option<Occasion>) -> Reply {
    let words = refusal.words();
    match refusal {
        Refusal::Malformed(_)
        | Refusal::Unacceptable(_)
        | Refusal::TooLarge(_)
        | Refusal::BotLate => Reply::error(400, "ServiceError", words.message),
        Refusal::UnknownConversation => bare_text(404, "conversation not found"),
        Refusal::UnknownMethod(allowed) => {
            bare_text(405, words.message).with_header("Allow", allowed)
        }
        Refusal::UnknownRoute
        | Refusal::MissingCredential
        | Refusal::UnknownCredential
        | Refusal::ExpiredToken
        | Refusal::ForeignToken
        | Refusal::ForeignOrigin
        | Refusal::MissingUser
        | Refusal::UnknownWatermark
        | Refusal::BotFailed
        | Refusal::NoHandshake
        | Refusal::StaleStreamUrl
        | Refusal::NoStream
        | Refusal::BrokenSocket
        | Refusal::UnknownAttachment => bare_text(words.status, words.message),
    }
}

fn bare_text(status: u16, text: &str) -> Reply {
    Reply::json(status, &json!(text).to_string())
}

/// The largest number of seconds that fits 32 bits with a sign.
const LIFETIME: Duration = Duration::from_secs(2_147_483_647);
