//! What the faults that fire make of one request.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::plan::answer::Answer;
use crate::plan::fault::{Fault, UrlFlaw, WatermarkFlaw, When};
use crate::service::State;

/// The sum of the faults that one request meets.
#[derive(Debug, Default)]
pub(crate) struct RequestShape {
    pub(crate) delay: Duration,
    pub(crate) end: Option<(When, RequestEnd)>,
    pub(crate) cut: bool,
    pub(crate) stream_url: Option<UrlFlaw>,
    pub(crate) replay_all: bool,
    pub(crate) wrong_conversation: bool,
    pub(crate) refuse_watermark: bool,
    pub(crate) watermark: Option<WatermarkFlaw>,
    pub(crate) bad_element: bool,
    pub(crate) patches: Vec<(Map<String, Value>, Vec<String>)>,
}

/// How a request ends without its real answer.
#[derive(Debug)]
pub(crate) enum RequestEnd {
    Drop,
    Reset,
    Hang,
    Answer(Answer),
}

impl State {
    /// Sums up the faults; what concerns the whole service takes effect at once.
    pub(crate) fn shape_request(
        &mut self,
        faults: Vec<Fault>,
        conversation: Option<&str>,
    ) -> RequestShape {
        let mut shape = RequestShape::default();
        for fault in faults {
            if shape.add(&fault) {
                self.disturb(&fault, conversation);
            }
        }
        shape
    }

    /// Lets a fault that concerns more than one frame or request take effect.
    pub(crate) fn disturb(&mut self, fault: &Fault, conversation: Option<&str>) {
        if *fault == Fault::ExpireTokens {
            self.expire_tokens();
        }
        let Some(conversation) = conversation else { return };
        if *fault == Fault::Renumber {
            self.renumber(conversation, 0);
        }
        if *fault == Fault::EndConversation {
            self.end_conversation(conversation);
        }
    }

    /// Goes on numbering a conversation from here; false if there is no such conversation.
    pub(crate) fn renumber(&mut self, conversation: &str, next: u64) -> bool {
        let known = self.conversations.get_mut(conversation);
        known.map(|known| known.renumber(next)).is_some()
    }
}

impl RequestShape {
    /// Adds a fault; true if it concerns the whole service instead.
    fn add(&mut self, fault: &Fault) -> bool {
        match fault {
            Fault::Drop { when } => self.end_with(*when, RequestEnd::Drop),
            Fault::Reset { when } => self.end_with(*when, RequestEnd::Reset),
            Fault::Hang { when } => self.end_with(*when, RequestEnd::Hang),
            Fault::Answer(answer) => {
                self.end_with(answer.when, RequestEnd::Answer(answer.clone()));
            }
            Fault::Cut => self.cut = true,
            Fault::Delay { delay_ms } => self.delay += Duration::from_millis(*delay_ms),
            Fault::Patch { set, remove } => self.patches.push((set.clone(), remove.clone())),
            Fault::StreamUrl { value } => self.stream_url = Some(*value),
            Fault::WrongConversation => self.wrong_conversation = true,
            Fault::ReplayAll => self.replay_all = true,
            Fault::RefuseWatermark => self.refuse_watermark = true,
            Fault::Watermark { value } => self.watermark = Some(*value),
            Fault::BadElement => self.bad_element = true,
            Fault::ExpireTokens | Fault::Renumber | Fault::EndConversation => return true,
            // These belong to sockets; a rule can't bind them to a request.
            Fault::Close { .. }
            | Fault::Collision { .. }
            | Fault::HalfOpen { .. }
            | Fault::Garbage { .. }
            | Fault::Binary
            | Fault::Twice
            | Fault::Swap { .. } => {}
        }
        false
    }

    /// Of several endings the first one wins.
    fn end_with(&mut self, when: When, end: RequestEnd) {
        self.end.get_or_insert((when, end));
    }
}
