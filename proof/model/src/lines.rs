//! LINES: requests and frames on their way, each with what may become of it.

use directline::{CloseReason, Failure, Input, Moment};
use directline_world::excuse::Rule;
use directline_world::operation::{
    FrameKind, ReplayKind, RequestFate, TokenFate, UrlKind, WatermarkKind,
};
use directline_world::reference::pages::{Look, Page};

use crate::fault::{Fault, Refusal};
use crate::host::Post;
use crate::model::SessionModel;
use crate::service::{ID, Offer, answer, grant, mark_member, refuse, response};
use crate::step::{failed, nonsense};
use crate::talk::mask;
use crate::turn::Turn;
use crate::under_way::{Bearer, Frame, Line, Mark, Shake, Stage, What};
use crate::world::World;

impl SessionModel {
    /// Whether this fault can hit this request where it is.
    pub(crate) fn may_hit(&self, world: &World, line: &Line, fault: Fault) -> bool {
        let is_asked = line.stage == Stage::Asked;
        let is_post = matches!(line.what, What::Post(_));
        match fault {
            Fault::Request(RequestFate::WatermarkRefused) => is_asked && line.mark.is_some(),
            Fault::Request(RequestFate::OtherConversation) => {
                is_asked && line.what == What::Reconnect
            }
            Fault::Request(RequestFate::AnswerLost) => {
                line.stage == Stage::Taken || (is_asked && line.what == What::Start)
            }
            Fault::Request(RequestFate::CutBody) => is_asked && !is_post,
            Fault::Request(_) => is_asked,
            Fault::Status(refusal) => is_asked && self.scope.may_refuse(line.what, refusal),
            Fault::Despite => is_asked && is_post,
            Fault::Url(kind) => {
                let offers = matches!(line.what, What::Start | What::Reconnect);
                // One that nobody has dialled is as good as a new one, only older than it can know.
                let was_used = world.service.url.is_some_and(|url| url.used);
                let can = kind != UrlKind::Repeated || was_used;
                is_asked && offers && can
            }
            Fault::Token(TokenFate::RevokeAll) => false,
            Fault::Token(_) => {
                is_asked && matches!(line.what, What::Generate | What::Start | What::Refresh)
            }
            // A service that errs for ever at one place has no history that could be read.
            Fault::Watermark(_) => match line.stage {
                Stage::Page { from, .. } => world.service.erred_at != Some(from),
                _ => false,
            },
            _ => false,
        }
    }

    /// A request moves on; gives what reaches the session of it.
    pub(crate) fn line(
        &self,
        world: &mut World,
        turn: &mut Turn,
        at: usize,
        fault: Option<Fault>,
    ) -> Option<Input> {
        let line = world.lines[at];
        match line.stage {
            Stage::Page { from, to } => {
                world.lines.remove(at);
                if world.host.seeks_end {
                    // It may only show where the new begins, and the last one does.
                    self.excuse(world, mask(0, to), Rule::Unwanted);
                    turn.passes = true;
                    world.host.seeks_end = from < to || fault.is_some();
                }
                Some(self.page(world, turn, line, (from, to), fault))
            }
            Stage::Taken if fault.is_some() => {
                world.lines[at].stage = Stage::Lost;
                None
            }
            Stage::Taken => {
                world.lines.remove(at);
                let body = format!("{{\"id\":\"{ID}|{:07}\"}}", 0);
                Some(answer(line.id, response(200, body.into_bytes())))
            }
            Stage::Lost => None,
            Stage::Asked => self.asked(world, turn, at, fault),
        }
    }

    fn asked(
        &self,
        world: &mut World,
        turn: &mut Turn,
        at: usize,
        fault: Option<Fault>,
    ) -> Option<Input> {
        let line = world.lines[at];
        match fault {
            Some(Fault::Request(RequestFate::RequestLost)) => {
                self.expose(world, line.what);
                world.lines[at].stage = Stage::Lost;
                return None;
            }
            Some(Fault::Request(RequestFate::AnswerLost)) => {
                let _ = self.serve(world, turn, line, None);
                // What it grants comes to nobody.
                (turn.granted, world.host.may_need) = (None, true);
                world.lines[at].stage = Stage::Lost;
                return None;
            }
            _ => {}
        }
        let served = !matches!(fault, Some(Fault::Request(_) | Fault::Status(_) | Fault::Despite));
        let refusal = world.service.refusal(line.bearer, turn.now);
        if served && refusal.is_none() {
            match line.what {
                What::Page => {
                    let from = line.mark.unwrap_or(0);
                    let to = world.talk.said.min(from + self.scope.page_size).max(from);
                    world.lines[at].stage = Stage::Page { from, to };
                    return None;
                }
                What::Post(post) => {
                    self.take(world, post);
                    world.lines[at].stage = Stage::Taken;
                    return None;
                }
                _ => {}
            }
        }
        world.lines.remove(at);
        Some(match fault {
            Some(Fault::Request(fate)) => self.hit(world, turn, line, fate),
            Some(Fault::Status(refusal)) => {
                self.note_page(world, line, refusal);
                self.refused(world, turn, line, refusal)
            }
            Some(Fault::Despite) => {
                if let What::Post(post) = line.what {
                    self.take(world, post);
                }
                answer(line.id, refuse(Refusal::Down503, self.scope.timing.retry_after))
            }
            _ => match refusal {
                Some(refusal) => self.refused(world, turn, line, refusal),
                None => self.serve(world, turn, line, fault),
            },
        })
    }

    fn expose(&self, world: &mut World, what: What) {
        if let What::Post(post) = what {
            world.host.posts[usize::from(post)].expose();
        }
    }

    /// The service takes a post and says it to everybody.
    fn take(&self, world: &mut World, post: u8) {
        self.expose(world, What::Post(post));
        if world.service.taken >> post & 1 == 1 {
            return world.fail("TX-2", format!("post {post} was taken twice"));
        }
        world.service.taken |= 1 << post;
        world.talk.echoes[usize::from(post)] = Some(world.talk.said);
        world.talk.said += 1;
    }

    fn hit(&self, world: &mut World, turn: &mut Turn, line: Line, fate: RequestFate) -> Input {
        world.host.refresh_failed |= line.what == What::Refresh;
        if line.what == What::Page {
            world.host.pages.note(match fate {
                RequestFate::CutBody => Page::Unreadable,
                RequestFate::WatermarkRefused => Page::MarkRefused,
                _ => Page::Failed,
            });
        }
        match fate {
            RequestFate::NotSent => failed(line.id, Failure::NotSent),
            RequestFate::TooLarge => failed(line.id, Failure::TooLarge),
            RequestFate::CutBody => nonsense(line.id),
            RequestFate::WatermarkRefused => {
                world.host.may_drop = true;
                if line.what == What::Page {
                    world.host.marks[1] = None;
                }
                self.refused(world, turn, line, Refusal::Rejected400)
            }
            RequestFate::OtherConversation => {
                turn.is_foreign = true;
                let offer = Offer { url: String::new(), token: None, conversation: "d" };
                answer(line.id, response(200, grant(&offer)))
            }
            _ => {
                self.expose(world, line.what);
                failed(line.id, Failure::Broken)
            }
        }
    }

    fn note_page(&self, world: &mut World, line: Line, refusal: Refusal) {
        if line.what == What::Page {
            world.host.pages.note(match refusal {
                Refusal::Missing404 => Page::Missing,
                _ if refusal.is_credential() => Page::Refused,
                _ => Page::Failed,
            });
        }
    }

    fn refused(&self, world: &mut World, turn: &mut Turn, line: Line, refusal: Refusal) -> Input {
        match refusal {
            Refusal::Busy429 | Refusal::BusyUntil429 if line.what.connects() => {
                let until = turn.now.as_millis() + self.scope.timing.retry_after;
                world.host.not_before = Some(Moment::from_millis(until));
            }
            Refusal::Busy429 | Refusal::BusyUntil429 if line.what == What::Refresh => {
                let until = turn.now.as_millis() + self.scope.timing.retry_after;
                world.host.refresh_not_before = Some(Moment::from_millis(until));
            }
            Refusal::Busy429 | Refusal::BusyUntil429 if line.what == What::Page => {
                let until = turn.now.as_millis() + self.scope.timing.retry_after;
                world.host.page_not_before = Some(Moment::from_millis(until));
            }
            Refusal::Down503 | Refusal::Stranger403 => self.expose(world, line.what),
            // Polling takes over, and goes by what the pages said.
            Refusal::Missing404 | Refusal::NoRoute405 => {
                world.host.may_drop = true;
                world.host.may_start |= line.what == What::Generate;
            }
            Refusal::Rejected400 => {
                if let What::Post(post) = line.what {
                    world.host.posts[usize::from(post)] = Post::Refused;
                }
            }
            _ => {}
        }
        world.host.refresh_failed |= line.what == What::Refresh;
        if refusal.is_credential() {
            // That ends the token; the refresh of another is another.
            world.host.refreshed_at.take_if(|_| line.what == What::Refresh);
            world.host.refusals = (world.host.refusals + 1).min(2);
            let is_another = |own: u8| line.bearer != Bearer::Token(own);
            world.host.may_need |= !world.held_token().is_some_and(is_another);
            world.host.may_start = true;
        }
        let is_reason = refusal.is_credential()
            || matches!(
                refusal,
                Refusal::Missing404
                    | Refusal::NoRoute405
                    | Refusal::Exists409
                    | Refusal::Rejected400
            );
        turn.hurries |= is_reason && line.what.connects();
        answer(line.id, refuse(refusal, self.scope.timing.retry_after))
    }

    /// The service does what it was asked for.
    fn serve(&self, world: &mut World, turn: &mut Turn, line: Line, fault: Option<Fault>) -> Input {
        if line.what == What::Reconnect && !world.service.begun {
            return self.refused(world, turn, line, Refusal::Missing404);
        }
        turn.hurries |= line.what == What::Generate;
        let brings = match line.what {
            What::Start => {
                world.service.begun = true;
                true
            }
            What::Reconnect => self.scope.reconnect_brings_token,
            _ => true,
        };
        let token = (brings && self.scope.grants_tokens)
            .then(|| self.grant_token(world, turn, &line, fault));
        let url = match line.what {
            What::Start | What::Reconnect => self.url(world, &line, fault),
            _ => String::new(),
        };
        let offer = Offer { url, token: token.flatten(), conversation: ID };
        answer(line.id, response(200, grant(&offer)))
    }

    fn page(
        &self,
        world: &mut World,
        turn: &mut Turn,
        line: Line,
        (from, to): (u8, u8),
        fault: Option<Fault>,
    ) -> Input {
        let mark = marked(fault);
        let is_same_place = world.service.erred_at == Some(from);
        world.service.erred_at = (mark != Mark::Whole || is_same_place).then_some(from);
        let said = self.note_mark(world, 1, mark, (from, to));
        world.host.pages.note(Page::Came { with_mark: line.mark.is_some() });
        let (is_empty, has_mark) = (from == to, said.is_some());
        turn.page = Some(Look { is_empty, has_mark, stays: said == line.mark });
        turn.set = Some((from, to));
        if from == to && self.scope.polls() {
            world.host.polled_at = Some(turn.now);
        }
        let text = world.talk.set(self.scope.kinds, (from, to), &mark_member(mark, from, to));
        answer(line.id, response(200, text.into_bytes()))
    }

    /// Gives the place that is named, if one is.
    fn note_mark(
        &self,
        world: &mut World,
        source: usize,
        mark: Mark,
        (from, to): (u8, u8),
    ) -> Option<u8> {
        let said = match mark {
            Mark::Whole => to,
            Mark::Stale => from.saturating_sub(1),
            Mark::First => 0,
            Mark::Null | Mark::Missing | Mark::Empty => return None,
        };
        world.host.marks[source] = Some(said);
        // Whatever was refused, this one is new.
        world.host.may_drop = false;
        Some(said)
    }

    /// The next thing on the socket arrives.
    pub(crate) fn frame(
        &self,
        world: &mut World,
        turn: &mut Turn,
        fault: Option<Fault>,
    ) -> Option<Input> {
        turn.hurries |= self.is_stable(world, turn.now);
        let lane = world.lane.as_mut()?;
        let socket = lane.socket;
        if let (Shake::Under { .. }, Some(Fault::Replay(kind))) = (lane.stage, fault) {
            lane.from = if kind == ReplayKind::FromStart { 0 } else { lane.from.saturating_sub(1) };
            lane.next = lane.from;
            return None;
        }
        let frame = match fault {
            // Something else comes before it.
            Some(Fault::Frame(FrameKind::UnknownRoot)) => {
                return Some(Input::Frame { socket, text: "{\"hello\":{}}".to_owned() });
            }
            // It comes once more afterwards.
            Some(Fault::Frame(FrameKind::ExtraRoot)) => lane.frames[0],
            _ => lane.frames.remove(0),
        };
        match frame {
            Frame::Pong => Some(Input::Pong { socket }),
            Frame::Close { collision } => {
                world.lane = None;
                world.host.collisions = if collision { world.host.collisions + 1 } else { 0 };
                if collision {
                    // RC-8: the other client is left alone for a while.
                    let until = turn.now.as_millis() + self.scope.timing.collision;
                    world.host.not_before = Some(Moment::from_millis(until));
                }
                let reason = if collision { "Collision" } else { "" }.to_owned();
                let code = if collision { 1008 } else { 1000 };
                Some(Input::SocketClosed { socket, reason: CloseReason::Closed { code, reason } })
            }
            Frame::Set { from, to, .. } => {
                if let Some(Fault::Frame(FrameKind::Garbage | FrameKind::Garbled)) = fault {
                    world.host.walls = (world.host.walls + 1).min(2);
                    world.host.wall = mask(from, to);
                    return Some(match fault {
                        Some(Fault::Frame(FrameKind::Garbled)) => Input::Garbled { socket },
                        _ => Input::Frame { socket, text: "{\"activities\":[{".to_owned() },
                    });
                }
                let mark = marked(fault);
                self.note_mark(world, 0, mark, (from, to));
                turn.set = Some((from, to));
                let mut text =
                    world.talk.set(self.scope.kinds, (from, to), &mark_member(mark, from, to));
                if fault == Some(Fault::Frame(FrameKind::BadElements)) {
                    text = text.replacen('[', "[null,[],", 1);
                }
                Some(Input::Frame { socket, text })
            }
        }
    }
}

/// What a set says of the watermark under this fault.
fn marked(fault: Option<Fault>) -> Mark {
    match fault {
        Some(Fault::Watermark(WatermarkKind::Null)) => Mark::Null,
        Some(Fault::Watermark(WatermarkKind::Missing)) => Mark::Missing,
        Some(Fault::Watermark(WatermarkKind::Empty)) => Mark::Empty,
        Some(Fault::Watermark(WatermarkKind::Stale)) => Mark::Stale,
        Some(Fault::Watermark(WatermarkKind::First)) => Mark::First,
        _ => Mark::Whole,
    }
}
