//! FAULTS that were ordered and have not happened yet; each waits for its occasion.

use std::collections::VecDeque;

use directline::Purpose;

use super::operation::{
    FrameKind, HandshakeFate, ReplayKind, RequestFate, Target, TokenFate, UrlKind, WatermarkKind,
};
use super::tally::Tally;

#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    requests: VecDeque<(RequestFate, Target, u8)>,
    urls: VecDeque<UrlKind>,
    handshakes: VecDeque<(HandshakeFate, u16)>,
    frames: VecDeque<FrameKind>,
    watermarks: VecDeque<(WatermarkKind, u16)>,
    replays: VecDeque<(ReplayKind, u16)>,
    tokens: VecDeque<TokenFate>,
    /// What has happened.
    pub(crate) tally: Tally,
}

impl Faults {
    /// Nothing of what waits will happen any more.
    pub(crate) fn stop(&mut self) {
        *self = Faults { tally: std::mem::take(&mut self.tally), ..Faults::default() };
    }

    pub(crate) fn order_request(&mut self, fate: RequestFate, target: Target, detail: u8) {
        push(&mut self.requests, (fate, target, detail));
    }

    pub(crate) fn order_url(&mut self, kind: UrlKind) {
        push(&mut self.urls, kind);
    }

    pub(crate) fn order_handshake(&mut self, fate: HandshakeFate, millis: u16) {
        push(&mut self.handshakes, (fate, millis));
    }

    pub(crate) fn order_frame(&mut self, kind: FrameKind) {
        push(&mut self.frames, kind);
    }

    pub(crate) fn order_watermark(&mut self, kind: WatermarkKind, back: u16) {
        push(&mut self.watermarks, (kind, back));
    }

    pub(crate) fn order_replay(&mut self, kind: ReplayKind, back: u16) {
        push(&mut self.replays, (kind, back));
    }

    pub(crate) fn order_token(&mut self, fate: TokenFate) {
        push(&mut self.tokens, fate);
    }

    /// What becomes of a request that is about to be sent.
    pub(crate) fn request(
        &mut self,
        purpose: Purpose,
        has_watermark: bool,
    ) -> Option<(RequestFate, u8)> {
        let (fate, target, detail) = *self.requests.front()?;
        let is_meant = match target {
            Target::Any => true,
            Target::Generate => purpose == Purpose::Generate,
            Target::Start => purpose == Purpose::Start,
            Target::Reconnect => purpose == Purpose::Reconnect,
            Target::Refresh => purpose == Purpose::Refresh,
            Target::Activities => purpose == Purpose::Activities,
            Target::Post => purpose == Purpose::Post,
        };
        let is_possible = match fate {
            // A watermark can only be refused where there is one.
            RequestFate::WatermarkRefused => has_watermark,
            // An empty page where there is more would be believed: no client can see that lie.
            RequestFate::NullBody => purpose != Purpose::Activities,
            // Before the conversation is known there is none to be another than.
            RequestFate::OtherConversation => purpose == Purpose::Reconnect,
            _ => true,
        };
        if !is_meant || !is_possible {
            // What waits for another kind must not hold up the rest for ever.
            self.requests.rotate_left(1);
            return None;
        }
        self.requests.pop_front();
        self.tally.count("request", fate.name());
        Some((fate, detail))
    }

    pub(crate) fn url(&mut self) -> Option<UrlKind> {
        let kind = self.urls.pop_front()?;
        self.tally.count("url", kind.name());
        Some(kind)
    }

    pub(crate) fn handshake(&mut self) -> Option<(HandshakeFate, u16)> {
        let kind = self.handshakes.pop_front()?;
        self.tally.count("handshake", kind.0.name());
        Some(kind)
    }

    pub(crate) fn frame(&mut self) -> Option<FrameKind> {
        let kind = self.frames.pop_front()?;
        self.tally.count("frame", kind.name());
        Some(kind)
    }

    pub(crate) fn watermark(&mut self) -> Option<(WatermarkKind, u16)> {
        let kind = self.watermarks.pop_front()?;
        self.tally.count("watermark", kind.0.name());
        Some(kind)
    }

    /// What is wrong with the watermark of a page. One that names another place than it should is
    /// kept for later where it may not `mislead`.
    pub(crate) fn page_watermark(&mut self, may_mislead: bool) -> Option<(WatermarkKind, u16)> {
        let (next, _) = *self.watermarks.front()?;
        if may_mislead || !misleads(next) { self.watermark() } else { None }
    }

    pub(crate) fn replay(&mut self) -> Option<(ReplayKind, u16)> {
        let kind = self.replays.pop_front()?;
        self.tally.count("replay", kind.0.name());
        Some(kind)
    }

    pub(crate) fn token(&mut self) -> Option<TokenFate> {
        let kind = self.tokens.pop_front()?;
        self.tally.count("token", kind.name());
        Some(kind)
    }
}

/// Faults that never find their occasion must not pile up.
fn push<T>(queue: &mut VecDeque<T>, fault: T) {
    if queue.len() < WAITING_MAX {
        queue.push_back(fault);
    }
}

const WAITING_MAX: usize = 8;

/// Whether a watermark names a place that is not the one where its set ends.
pub(crate) fn misleads(kind: WatermarkKind) -> bool {
    match kind {
        WatermarkKind::Stale | WatermarkKind::First => true,
        WatermarkKind::Null
        | WatermarkKind::Missing
        | WatermarkKind::Empty
        | WatermarkKind::Number
        | WatermarkKind::Unusable
        | WatermarkKind::TooLong => false,
    }
}
