//! Pulling: the history after a reconnect without a watermark, and polling where there is no
//! socket.

use std::time::Duration;

use super::Session;
use super::answers::Setback;
use super::link::Held;
use super::receive::SetFacts;
use crate::cursor::Source;
use crate::error::{Cause, End, Gap, GapCause, Next, Purpose};
use crate::id::BearerId;
use crate::input::Failure;
use crate::output::{Action, Event};
use crate::patience::Lane;
use crate::phase::Phase;
use crate::pull::{PageFacts, PullPurpose, PullState, Turn};
use crate::time::Moment;
use crate::wire::activity_set::Unreadable;
use crate::wire::request::Request;
use crate::wire::response::{Trouble, Verdict};

impl Session {
    /// A socket is about to be open. With `catch_up` it was asked for without a watermark, so
    /// that what was said before is in the history only.
    pub(super) fn pull_beside_socket(&mut self, catch_up: bool) {
        if self.pull.purpose == PullPurpose::Polling {
            self.stop_pulling();
        }
        if catch_up {
            self.cursor.begin_history();
            self.pull.begin(PullPurpose::History, self.now);
        } else if self.pull.purpose == PullPurpose::History && self.cursor.stream_covers_history() {
            self.cursor.finish_history();
            self.stop_pulling();
        }
    }

    /// There is no socket, and pages have to do.
    pub(super) fn poll_for_activities(&mut self) {
        if self.pull.purpose != PullPurpose::Polling {
            self.stop_pulling();
            self.cursor.hand_history_over();
            self.pull.begin(PullPurpose::Polling, self.now);
        }
    }

    pub(super) fn stop_pulling(&mut self) {
        self.cancel_page();
        self.pull.stop();
    }

    /// The page under way is not wanted any more; it will be asked for anew.
    pub(super) fn cancel_page(&mut self) {
        if let Some(request) = self.pull.request() {
            self.act(Action::Cancel { request });
            self.pull.cancelled(self.now);
        }
    }

    /// Whether pages only show where new activities will begin.
    pub(super) fn is_taking_bearings(&self, source: Source) -> bool {
        source == Source::Page && self.link.only_new
    }

    pub(super) fn pull_deadline(&self) -> Option<Moment> {
        let is_asked = self.pull.request().is_some();
        self.pull.deadline().filter(|_| is_asked || self.may_pull())
    }

    /// The history is read beside a live socket only.
    fn may_pull(&self) -> bool {
        let is_polling = self.pull.purpose == PullPurpose::Polling;
        (is_polling || matches!(self.phase, Phase::Live(_))) && self.may_send()
    }

    pub(super) fn pull_due(&mut self) {
        if let Some(request) = self.pull.request() {
            self.act(Action::Cancel { request });
            return self.unanswered(request, Failure::TimedOut);
        }
        self.pull_if_due();
    }

    pub(super) fn pull_if_due(&mut self) {
        let is_due = matches!(self.pull.state, PullState::Due { at } if at <= self.now);
        let may_pull = is_due && self.may_pull();
        let Some((secret, bearer)) = self.bearer().filter(|_| may_pull) else { return };
        let (base, watermark) = (&self.config.base, self.cursor.page_watermark());
        let has_watermark = watermark.is_some();
        let watermark = watermark.map(|watermark| &**watermark);
        let message = Request::activities(base, secret.clone(), &self.conversation, watermark);
        let (request, by) = self.send(message, Lane::Page);
        self.pull.asked(self.now, request, bearer, by, has_watermark);
    }

    pub(super) fn page_answered(
        &mut self,
        bearer: BearerId,
        has_watermark: bool,
        verdict: Verdict,
    ) {
        match verdict {
            Verdict::Page(text) => {
                self.credentials.worked(bearer);
                self.pull.mark_refused &= !has_watermark;
                self.page(text);
            }
            Verdict::BadBody | Verdict::Granted(_) | Verdict::Taken(_) => self.page_unreadable(),
            Verdict::Later(trouble) | Verdict::NoRoute(trouble) | Verdict::Exists(trouble) => {
                let setback = self.setback(Purpose::Activities, trouble);
                self.page_failed(setback);
            }
            Verdict::Missing(trouble) => self.page_missing(trouble),
            Verdict::Refused(refusal, message) => {
                self.pull.state = PullState::Due { at: self.now };
                self.refused(Purpose::Activities, bearer, refusal, message);
            }
            Verdict::WrongRegion(message) => self.finish(End::WrongRegion { message }, Held::Open),
            Verdict::Rejected(Trouble { status: 400, .. }) if has_watermark => {
                self.page_mark_refused();
            }
            // Without a watermark there is nothing to be wrong but the conversation: so says
            // offline-directline of one that it does not have.
            Verdict::Rejected(trouble) if trouble.status == 400 => self.page_missing(trouble),
            Verdict::Rejected(trouble) => {
                let setback = self.setback(Purpose::Activities, trouble);
                self.page_failed(setback);
            }
        }
    }

    fn page(&mut self, text: String) {
        let set = match self.take_set(text, Source::Page) {
            Ok(set) if set.is_known => set,
            Ok(_) | Err(Unreadable) => return self.page_unreadable(),
        };
        if self.phase == Phase::Ended {
            return;
        }
        self.link.outage_since = self.now;
        let SetFacts { is_empty, has_news, has_moved, has_watermark, .. } = set;
        match self.pull.turn(PageFacts { is_empty, is_new: has_moved, has_news, has_watermark }) {
            Turn::Next => self.pull.state = PullState::Due { at: self.now },
            Turn::NextAfterPause => self.pull.rest(self.next_poll()),
            Turn::Last => self.last_page(),
            // Who polls will ask again anyway.
            Turn::Doubtful if self.pull.purpose == PullPurpose::History => self.give_history_up(),
            Turn::Doubtful => self.last_page(),
            Turn::Endless => {
                self.tell(Event::Gap(Gap { cause: GapCause::EndlessPages }));
                self.last_page();
            }
        }
    }

    fn last_page(&mut self) {
        self.prove_posts(true);
        match self.pull.purpose {
            PullPurpose::History => {
                self.cursor.finish_history();
                self.pull.stop();
            }
            PullPurpose::Polling | PullPurpose::Off => {
                self.link.only_new = false;
                self.pull.rest(self.next_poll());
            }
        }
    }

    fn next_poll(&self) -> Moment {
        self.now.saturating_add(self.settings().poll_interval)
    }

    fn page_unreadable(&mut self) {
        if self.pull.is_unreadable_again() {
            self.tell(Event::Gap(Gap { cause: GapCause::HistoryUnavailable }));
        }
        self.page_failed(Setback::bad_body(Purpose::Activities));
    }

    /// The history is read from the start instead, at once; a service that refuses the watermarks
    /// it has just given is asked with growing pauses.
    fn page_mark_refused(&mut self) {
        self.cursor.drop_page_watermark();
        if std::mem::replace(&mut self.pull.mark_refused, true) {
            let (cause, at_least) = (Cause::WatermarkRefused, Duration::ZERO);
            return self.page_failed(Setback { cause, at_least });
        }
        self.fault(Cause::WatermarkRefused, Next::Retries { at: self.now, attempt: 1 });
        self.pull.state = PullState::Due { at: self.now };
    }

    /// There is no such conversation, says one answer; two in a row are believed.
    fn page_missing(&mut self, trouble: Trouble) {
        self.pull.missing += 1;
        match self.pull.purpose {
            PullPurpose::Polling if self.pull.missing > 1 => self.finish(End::Gone, Held::Open),
            PullPurpose::History if self.pull.missing > 1 => self.give_history_up(),
            PullPurpose::Polling | PullPurpose::History | PullPurpose::Off => {
                let setback = self.setback(Purpose::Activities, trouble);
                self.page_failed(setback);
            }
        }
    }

    pub(super) fn page_failed(&mut self, setback: Setback) {
        let failures = self.pull.failed();
        self.pull.keep_away(self.now.saturating_add(setback.at_least));
        let at = self.next_try_beside(failures, setback.at_least);
        if self.pull.purpose == PullPurpose::History && failures >= HISTORY_FAILURES_MAX {
            self.fault(setback.cause, Next::Stops);
            return self.give_history_up();
        }
        if self.phase == Phase::Polling && self.is_over_limit(failures) {
            self.fault(setback.cause, Next::Stops);
            return self.finish(End::GaveUp { attempts: failures }, Held::Open);
        }
        self.pull.state = PullState::Due { at };
        let attempt = failures.saturating_add(1);
        self.fault(setback.cause, Next::Retries { at, attempt });
    }

    fn give_history_up(&mut self) {
        self.prove_posts(false);
        self.tell(Event::Gap(Gap { cause: GapCause::HistoryUnavailable }));
        self.cursor.finish_history();
        self.pull.stop();
    }
}

/// With the default backoff about two minutes; after that the live stream is more use than a
/// history that cannot be had.
const HISTORY_FAILURES_MAX: u32 = 8;
