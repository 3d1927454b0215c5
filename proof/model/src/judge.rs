//! JUDGE: takes the outputs of the session, carries them out, and holds each against the promises.

use std::collections::VecDeque;

use directline::{Action, End, Event, Moment, Output, Request, RequestId, SocketId, Status};
use directline_world::excuse::Rule;

use crate::checks::{
    check_covers, check_echoes, check_mark, check_outcome, check_post, check_refresh, check_size,
    end_name, read,
};
use crate::model::SessionModel;
use crate::scope::Holds;
use crate::service::{ID, url_text};
use crate::talk::{Kind, mask};
use crate::turn::Turn;
use crate::under_way::{Bearer, Frame, Lane, Line, Shake, Stage, What};
use crate::world::World;

impl SessionModel {
    pub(crate) fn take_outputs(&self, world: &mut World, mut turn: Turn) {
        let early = world.session.checkpoint();
        let mut outputs: VecDeque<_> = std::iter::from_fn(|| world.session.poll()).collect();
        // What is handed out only now is in no checkpoint of before.
        if let (Some(_), Some(output)) = (early, outputs.front()) {
            world.fail("WM-5", format!("a checkpoint covers what waits: {output:?}"));
        }
        (self.mischief)(&mut outputs);
        for output in outputs {
            if world.host.is_over {
                world.fail("LV-2", format!("after the end came {output:?}"));
            }
            match output {
                Output::Action(action) => self.act(world, turn, action),
                Output::Event(event) => self.note(world, &mut turn, event),
            }
            if world.broken.is_some() {
                return;
            }
        }
        if !world.host.is_over {
            self.take_set(world, &mut turn, &[]);
        }
        if world.broken.is_none() {
            self.check_rest(world, turn);
        }
    }

    fn act(&self, world: &mut World, turn: Turn, action: Action) {
        match action {
            Action::Send { request, message } => self.send(world, turn, request, &message),
            Action::Cancel { request } => {
                let Some(at) = world.lines.iter().position(|line| line.id == request) else {
                    return world.fail("RC-6", "cancelled what it did not wait for");
                };
                match world.lines.remove(at).what {
                    What::Post(post) => world.host.posts[usize::from(post)].expose(),
                    // What nobody waits for any more says nothing; nor does what ran out of time, but
                    // that nobody can tell from the other.
                    What::Page => {}
                    // Overtaken by another token, which wants one of its own.
                    What::Refresh => {
                        (world.host.refreshed_at, world.host.refresh_failed) = (None, true);
                    }
                    _ => {}
                }
            }
            Action::Open { socket, url } => self.open(world, turn, socket, url.expose()),
            Action::Probe { socket } => match &mut world.lane {
                Some(lane) if lane.socket == socket => {
                    if self.scope.answers && matches!(lane.stage, Shake::Open { .. }) {
                        lane.frames.push(Frame::Pong);
                    }
                }
                _ => world.fail("RC-5", "probed a socket that is not there"),
            },
            Action::Shut { socket } => {
                if world.lane.take().is_none_or(|lane| lane.socket != socket) {
                    world.fail("RC-5", "shut a socket that is not there");
                }
            }
        }
    }

    fn open(&self, world: &mut World, turn: Turn, socket: SocketId, text: &str) {
        if world.lane.is_some() {
            return world.fail("RC-5", "a second socket is wanted");
        }
        let Some(url) = &mut world.service.url else {
            return world.fail("SU-3", format!("dialled {text}, which nobody offered"));
        };
        if url_text(url.name) != text {
            return world.fail("SU-3", format!("dialled {text}, which is not the one at hand"));
        }
        let (is_used, dies, from) = (std::mem::replace(&mut url.used, true), url.dies, url.from);
        if is_used {
            return world.fail("SU-1", format!("dialled {text} a second time"));
        }
        if turn.now.as_millis() + self.scope.timing.url_margin > dies.as_millis() {
            return world.fail("SU-2", format!("dialled {text} too late"));
        }
        let stage = Shake::Under { dies };
        world.lane = Some(Lane { socket, stage, from, next: from, frames: Vec::new() });
    }

    fn send(&self, world: &mut World, turn: Turn, id: RequestId, message: &Request) {
        let Some((what, bearer, mark)) = read(world, message) else { return };
        if world.host.is_parched {
            return world.fail("CR-4", format!("{what:?} was sent while a token is awaited"));
        }
        if turn.is_offline {
            return world.fail("RC-7", format!("{what:?} was sent while the network is down"));
        }
        if world.lines.iter().any(|line| line.what.rivals(what)) {
            return world.fail("RC-6", format!("a second {what:?} is under way"));
        }
        if what.connects() && world.lane.is_some() {
            return world.fail("RC-5", format!("{what:?} was sent with a socket at hand"));
        }
        if let Bearer::Token(name) = bearer {
            let is_over = |(own, dies): &(u8, Moment)| *own == name && *dies < turn.now;
            if self.scope.tells_lifetimes() && world.service.tokens.iter().any(is_over) {
                return world.fail("CR-2", format!("{what:?} carried a token that has run out"));
            }
        }
        if mark.is_some_and(|mark| mark > world.talk.said) {
            return world.fail("WM-1", format!("{what:?} carried a watermark that nobody said"));
        }
        match what {
            What::Generate | What::Start | What::Reconnect => {
                self.check_pace(world, turn, what);
                let is_bare = check_mark(world, what, mark);
                self.seen.excuse(Rule::Bare, is_bare.into());
                let is_bare = what == What::Start && bearer == Bearer::Secret;
                if is_bare && self.scope.holds == Holds::Secret && !world.host.may_start {
                    return world.fail("CR-6", "started with the secret before a token was tried");
                }
                world.host.polled_at = None;
            }
            What::Page => {
                let is_bare = check_mark(world, what, mark);
                self.seen.excuse(Rule::Bare, is_bare.into());
                let is_early = |at: Moment| at.as_millis() + POLL_FLOOR > turn.now.as_millis();
                let is_hasty = std::mem::take(&mut world.host.may_hasten);
                let polled_at = world.host.polled_at.filter(|_| !is_hasty);
                if world.host.page_not_before.is_some_and(|at| at > turn.now) {
                    return world.fail("RC-4", "a page was asked for before the service wants it");
                }
                if world.lane.is_none() && polled_at.is_some_and(is_early) {
                    return world.fail("PO-2", "polled again at once though there was nothing");
                }
                // Without a socket this is polling, which goes by what the pages said.
                if world.lane.is_none() && world.host.marks[0] != mark {
                    world.host.marks[0] = None;
                }
            }
            What::Post(post) => check_post(world, post),
            What::Refresh => {
                check_refresh(world, turn.now, self.scope.timing.backoff_floor());
            }
        }
        let sent = turn.now;
        world.lines.push(Line { id, what, mark, bearer, sent, stage: Stage::Asked });
    }

    /// Nobody is hammered: between two requests for a connection lies the floor of the backoff,
    /// unless something has changed so that the next is worth sending at once.
    fn check_pace(&self, world: &mut World, turn: Turn, what: What) {
        let floor = self.scope.timing.pause(world.host.attempts);
        let last = world.host.asked_at.replace(turn.now);
        let too_soon = |last: Moment| last.as_millis() + floor > turn.now.as_millis();
        if turn.insists {
            world.host.attempts = 0;
        }
        world.host.attempts = (world.host.attempts + 1).min(self.scope.timing.doublings());
        if last.is_some_and(too_soon) {
            if !turn.hurries {
                world.fail("RC-2", format!("{what:?} was sent without a pause"));
            }
            self.seen.excuse(Rule::Early, 1);
        }
        if world.host.not_before.is_some_and(|at| at > turn.now) {
            world.fail("RC-4", format!("{what:?} was sent before the service wants it"));
        }
    }

    fn note(&self, world: &mut World, turn: &mut Turn, event: Event) {
        match event {
            Event::Joined { conversation } if &*conversation != ID => {
                world.fail("RC-9", format!("joined {conversation}"));
            }
            Event::Delivered(batch) => self.take_batch(world, turn, &batch),
            Event::Posted { key, outcome } => check_outcome(world, key, &outcome),
            Event::Checkpoint(checkpoint) => {
                check_covers(world, &checkpoint);
                self.store_before_post(world, &checkpoint);
            }
            Event::Gap(gap) => self.take_gap(world, turn, &gap),
            Event::NeedsToken { .. } => {
                if !world.host.may_need {
                    world.fail("CR-3", "a token ran out that nobody tried to refresh");
                }
                world.host.is_asked = true;
                // Again once an answer has brought one, and that is gone too.
                if std::mem::replace(&mut world.host.is_parched, true) {
                    world.fail("CR-4", "asked for a token twice");
                }
            }
            Event::Ended(end) => self.take_end(world, *turn, &end),
            _ => {}
        }
    }

    fn take_end(&self, world: &mut World, turn: Turn, end: &End) {
        world.host.is_over = true;
        let is_own = *end == End::Closed && !turn.closes;
        let is_refusal = match end {
            End::Refused { .. } => true,
            End::Rejected { status, .. } => matches!(status, 401 | 403),
            _ => false,
        };
        if is_refusal && world.host.refusals < 2 {
            return world.fail("CR-4", "ended at the first refusal");
        }
        if is_own || !self.scope.ends.contains(&end_name(end)) {
            return world.fail("RC-1", format!("ended without need: {end}"));
        }
        if !world.lines.is_empty() || world.lane.is_some() {
            return world.fail("RC-5", "ended with something still open");
        }
        if let Some(post) = world.host.posts.iter().find(|post| post.is_open()) {
            world.fail("TX-5", format!("ended with a post that is {post:?}"));
        }
    }

    /// What holds whenever all outputs are taken.
    fn check_rest(&self, world: &mut World, turn: Turn) {
        let status = world.session.status();
        let deadline = world.session.deadline();
        if status == Status::Ended && !world.host.is_over {
            return world.fail("LV-2", "ended without a word");
        }
        let may_wait = matches!(status, Status::NeedsToken | Status::Offline | Status::Ended)
            || (status == Status::Live && self.scope.may_rest_live());
        if deadline.is_none() && !may_wait {
            return world.fail("LV-2", format!("{status:?} waits for nothing"));
        }
        if status == Status::NeedsToken && (deadline.is_some() || !world.host.is_asked) {
            return world.fail("CR-4", "a timer runs while a token is awaited");
        }
        if world.host.collisions >= COLLISIONS_MAX && !world.host.is_over {
            return world.fail("RC-8", "goes on though another client owns the conversation");
        }
        if let Some((name, half)) = turn.granted {
            if is_older(world, name, turn.held) && world.held_token() == Some(name) {
                return world.fail("CR-1", "an older token takes the place of a newer one");
            }
            let counts = world.held_token() == Some(name) && !world.host.refresh_failed;
            world.host.refresh_by = Some(half).filter(|_| counts);
        }
        if world.host.may_need || world.host.is_over || world.held_token().is_none() {
            world.host.refresh_by = None;
        }
        if world.host.refresh_by.is_some_and(|at| at < turn.now) {
            return world.fail("CR-3", "a token was not refreshed at half its life");
        }
        if turn.is_foreign && !world.host.is_over {
            return world.fail("RC-9", "goes on with an answer for another conversation");
        }
        if let Some(checkpoint) = world.session.checkpoint() {
            check_covers(world, &checkpoint);
            if self.scope.kinds.contains(&Kind::Named) {
                check_size(world, &checkpoint);
            }
        }
        check_echoes(world);
        let is_end = |serial: u8| world.talk.kind(self.scope.kinds, serial) == Kind::End;
        let is_handed = |serial: u8| world.host.handed & mask(serial, serial + 1) != 0;
        if !world.host.is_over && (0..world.talk.said).any(|at| is_end(at) && is_handed(at)) {
            world.fail("RX-5", "goes on after the end of the conversation");
        }
    }
}

/// Whether the first token was asked for before the second; all live equally long.
fn is_older(world: &World, name: u8, other: Option<u8>) -> bool {
    let dies = |name| world.service.tokens.iter().find(|(own, _)| *own == name);
    let (own, other) = (dies(name), other.and_then(dies));
    own.zip(other).is_some_and(|(own, other)| own.1 < other.1)
}

/// PO-2: whatever brings a poll on.
pub(crate) const POLL_FLOOR: u64 = 200;
/// By default.
const COLLISIONS_MAX: u8 = 3;
