//! The real service, as far as it is known.

use serde_json::json;

use crate::http::reply::Reply;
use crate::plan::occasion::Occasion;
use crate::profile::traits::{
    BotOutcome, CredentialRule, Expiry, FrameWatermark, Generation, Ids, Opening, Paging,
    SecondSocket, StreamTraits, StreamUrlStyle, TokenStyle, Traits,
};
use crate::routes::refusal::{Denial, Refusal};
use crate::routes::target::{Methods, direct_line_methods};

pub(crate) const TRAITS: Traits = Traits {
    mount: "/v3/directline",
    routes,
    credentials: CredentialRule::SecretOrToken,
    generation: Generation::BySecret,
    tokens: TokenStyle::Minted,
    expiry: Expiry { member: "expires_in", lifetime: None },
    needs_user: false,
    start_status,
    start_extras: &[("referenceGrammarId", REFERENCE_GRAMMAR)],
    stream_url: StreamUrlStyle::Watermarked,
    stream: StreamTraits {
        opening: Opening::FromWatermark,
        frame_watermark: FrameWatermark::Covering,
        one_by_one: false,
        second_socket: SecondSocket::Collides,
        pushes_proactive: true,
        sends_empty_messages: true,
        reads: true,
    },
    paging: Paging::Watermarks,
    ids: Ids::Numbered,
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

fn start_status(is_new: bool, _bot: u16) -> u16 {
    if is_new { 201 } else { 200 }
}

fn conclude_turn(outcome: BotOutcome, id: &str) -> Result<Reply, Denial> {
    match outcome {
        BotOutcome::Late => Err(Refusal::BotLate.into()),
        BotOutcome::Answered(_) if outcome.success().is_none() => Err(Refusal::BotFailed.into()),
        BotOutcome::Answered(_) => Ok(Reply::json(200, &json!({ "id": id }).to_string())),
    }
}

fn refuse(refusal: &Refusal, _on: Option<Occasion>) -> Reply {
    let words = refusal.words();
    let reply = Reply::error(words.status, words.code, words.message);
    match refusal.allowed_methods() {
        Some(allowed) => reply.with_header("Allow", allowed),
        None => reply,
    }
}

/// The real service names a speech grammar here; clients carry it around unread.
const REFERENCE_GRAMMAR: &str = "00000000-0000-4000-8000-000000000000";
