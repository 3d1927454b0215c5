//! The npm package offline-directline.
//!
//! It mounts the routes that it has below `/directline` and the ones that never answer below
//! `/v3/directline`, so a client that keeps to one base meets 404 there, not the silence. Its bot
//! answers with the status that the options say; a bot that takes too long is one that can't be
//! reached, and then the post is never answered.

use std::time::Duration;

use serde_json::json;

use crate::http::reply::Reply;
use crate::plan::occasion::Occasion;
use crate::profile::traits::{
    BotOutcome, Counts, CredentialRule, Expiry, FrameWatermark, Generation, Ids, Opening, Paging,
    SecondSocket, StreamTraits, StreamUrlStyle, TokenStyle, Traits,
};
use crate::routes::refusal::{Denial, Refusal};
use crate::routes::target::{Methods, Work};

pub(crate) const TRAITS: Traits = Traits {
    mount: "/directline",
    routes,
    credentials: CredentialRule::Ignored,
    generation: Generation::BySecret,
    tokens: TokenStyle::Absent,
    expiry: Expiry { member: "expiresIn", lifetime: Some(HALF_AN_HOUR) },
    needs_user: false,
    start_status,
    start_extras: &[],
    stream_url: StreamUrlStyle::Absent,
    // There is no way to open a socket, so none of this is ever asked for.
    stream: StreamTraits {
        opening: Opening::Queued,
        frame_watermark: FrameWatermark::Absent,
        one_by_one: true,
        second_socket: SecondSocket::Unanswered,
        pushes_proactive: true,
        sends_empty_messages: false,
        reads: true,
    },
    paging: Paging::Counts(Counts { answers_null: true, prunes: false }),
    ids: Ids::Guids,
    idle_lifetime: Some(HALF_AN_HOUR),
    conclude_turn,
    refuse,
};

fn routes(segments: &[&str]) -> Option<Methods> {
    let ignored =
        |method, on, id: &&str| Some(vec![(method, Work::Ignored(on, String::from(*id)))]);
    match segments {
        ["directline", "conversations"] => Some(vec![("POST", Work::Start)]),
        ["directline", "conversations", id, "activities"] => Some(vec![
            ("GET", Work::Activities(String::from(*id))),
            ("POST", Work::Post(String::from(*id))),
        ]),
        ["v3", "directline", "conversations", id] => ignored("GET", Occasion::Reconnect, id),
        ["v3", "directline", "conversations", id, "stream"] => {
            ignored("GET", Occasion::Handshake, id)
        }
        ["v3", "directline", "conversations", id, "upload"] => {
            ignored("POST", Occasion::Upload, id)
        }
        _ => None,
    }
}

fn start_status(_is_new: bool, bot: u16) -> u16 {
    bot
}

fn conclude_turn(outcome: BotOutcome, id: &str) -> Result<Reply, Denial> {
    match outcome {
        BotOutcome::Answered(status) => Ok(Reply::json(status, &json!({ "id": id }).to_string())),
        BotOutcome::Late => Err(Denial::Silence),
    }
}

/// No refusal has a body, and a path without this method counts as no route at all.
fn refuse(refusal: &Refusal, _on: Option<Occasion>) -> Reply {
    if *refusal == Refusal::UnknownConversation {
        return Reply::empty(400);
    }
    let is_method = refusal.allowed_methods().is_some();
    Reply::empty(if is_method { 404 } else { refusal.words().status })
}

const HALF_AN_HOUR: Duration = Duration::from_secs(1800);
