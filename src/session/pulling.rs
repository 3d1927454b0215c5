//! PULLING: the history beside a socket that does not bring it, polling where there is no socket, and
//! the page that shows whether a socket is dead.

use super::Session;
use crate::cursor::Source;
use crate::error::{Cause, End, Gap, Loss, Next, Purpose};
use crate::flights::{Flight, Lane};
use crate::graph::Phase;
use crate::output::Event;
use crate::pull::{PageFacts, PullPurpose, Turn};
use crate::time::Moment;
use crate::wire::request::Request;
use crate::wire::response::{Denial, Trouble, Verdict};

impl Session {
    pub(super) fn pull_if_due(&mut self) {
        if self.pull.due().is_none_or(|at| at > self.now) {
            return;
        }
        if self.pull.is_for(PullPurpose::Check) && !self.connection.may_be_dead(self.now) {
            return self.end_check();
        }
        let Some((secret, bearer)) = self.bearer() else { return };
        let Some(conversation) = self.cursor.joined() else { return };
        let watermark = self.cursor.page_watermark();
        let has_watermark = watermark.is_some();
        let watermark = watermark.map(|watermark| &**watermark);
        let message =
            Request::activities(&self.config.base, secret.clone(), conversation, watermark);
        self.pull.asked(self.now);
        self.send(Lane::Page, message, bearer, has_watermark);
    }

    pub(super) fn page_landed(&mut self, flight: Flight, verdict: Verdict<String>) {
        match verdict {
            Verdict::Good(text) => {
                self.credentials.worked(flight.bearer);
                self.pull.accepted(flight.has_watermark);
                self.page(flight.sent, text);
            }
            Verdict::Failed(cause) => self.page_failed(cause),
            Verdict::Refused(refusal, message) => {
                self.pull.again(self.now);
                self.refused(Purpose::Activities, flight.bearer, refusal, message);
            }
            Verdict::WrongRegion(message) => self.finish(End::WrongRegion { message }),
            Verdict::Denied(Denial::Rejected, Trouble { status: 400, .. })
                if flight.has_watermark =>
            {
                self.page_mark_refused();
            }
            Verdict::Denied(_, trouble) if self.pull.is_for(PullPurpose::Check) => {
                self.check_denied(trouble.into());
            }
            Verdict::Denied(Denial::Missing, trouble) => self.page_missing(trouble),
            // Without a watermark there is nothing to be wrong but the conversation: so says
            // offline-directline of one that it does not have.
            Verdict::Denied(Denial::Rejected, trouble) if trouble.status == 400 => {
                self.page_missing(trouble);
            }
            Verdict::Denied(_, trouble) => self.page_failed(trouble.into()),
        }
    }

    fn page(&mut self, asked: Moment, text: String) {
        let Ok(Some(page)) = self.take_set(text, Source::Page) else {
            let cause = Cause::BadBody { purpose: Purpose::Activities };
            return self.page_failed(cause);
        };
        if self.connection.has_ended() {
            return;
        }
        self.connection.outage_ends(self.now);
        if self.pull.is_for(PullPurpose::Check) {
            return self.checked(asked, page);
        }
        match self.pull.turn(page) {
            Turn::Next => self.pull.next_at(self.now),
            Turn::NextAfterPause => self.pull.rest(self.next_poll()),
            Turn::Last => self.last_page(true),
            // Who polls will ask again anyway.
            Turn::Doubtful if self.pull.is_for(PullPurpose::History) => self.give_history_up(),
            Turn::Doubtful => self.last_page(false),
            Turn::Endless => {
                self.out.tell(Event::Gap(Gap::EndlessPages));
                self.last_page(false);
            }
        }
    }

    /// A page that was to show whether the socket lives: it does not if there is news on the page
    /// that it should have brought, and it has been silent all the time.
    fn checked(&mut self, asked: Moment, page: PageFacts) {
        let is_dead = self.connection.may_be_dead(asked) && page.has_news;
        self.end_check();
        if is_dead {
            self.connection.doubted();
            self.lost(Loss::Silent);
        }
    }

    /// The page that was to show whether the socket lives cannot be had; the stream does without.
    fn check_denied(&mut self, cause: Cause) {
        self.end_check();
        self.out.fault(cause, Next::Stops);
    }

    /// A post that was taken meanwhile has one of its own.
    fn end_check(&mut self) {
        if let Some(at) = self.pull.end_check() {
            self.pull.begin(PullPurpose::Check, at);
        }
    }

    /// No page follows; with `is_all` that was all there is, and else nobody can tell.
    fn last_page(&mut self, is_all: bool) {
        self.missed_was_read(is_all);
        if self.pull.is_for(PullPurpose::History) {
            self.cursor.finish_history();
            self.pull.stop();
        } else {
            self.cursor.found_bearings();
            self.pull.rest(self.next_poll());
        }
    }

    fn next_poll(&self) -> Moment {
        self.now.saturating_add(self.config.settings.poll_interval)
    }

    /// The history is read from the start instead, at once; a service that refuses the watermarks
    /// it has just given is asked with growing pauses.
    fn page_mark_refused(&mut self) {
        self.cursor.page_watermark_refused();
        if self.pull.is_for(PullPurpose::Check) {
            return self.check_denied(Cause::WatermarkRefused);
        }
        if self.pull.mark_refused() {
            return self.page_failed(Cause::WatermarkRefused);
        }
        let at = self.pull.again(self.now);
        self.out.fault(Cause::WatermarkRefused, Next::Retries { at, attempt: 1 });
    }

    /// There is no such conversation, says one answer; two in a row are believed.
    fn page_missing(&mut self, trouble: Trouble) {
        if !self.pull.is_missing() {
            self.page_failed(trouble.into());
            return self.pull.missed();
        }
        if self.pull.is_for(PullPurpose::Polling) {
            self.finish(End::Gone);
        } else {
            self.give_history_up();
        }
    }

    fn page_failed(&mut self, cause: Cause) {
        let failures = self.pull.failed();
        let at = self.next_try_beside(failures);
        if self.pull.is_for(PullPurpose::History) && failures == HISTORY_FAILURES_MAX {
            self.missed_was_read(false);
        }
        if self.connection.phase() == Phase::Polling && self.is_over_limit(failures) {
            self.out.fault(cause, Next::Stops);
            return self.finish(End::GaveUp { attempts: failures });
        }
        let at = self.pull.again(at);
        self.out.fault(cause, Next::Retries { at, attempt: failures.saturating_add(1) });
    }

    fn give_history_up(&mut self) {
        self.missed_was_read(false);
        self.out.tell(Event::Gap(Gap::HistoryUnavailable));
        self.cursor.finish_history();
        self.pull.stop();
    }
}

/// With the default backoff about two minutes; after that posts wait no longer for a history that
/// does not come. It is asked for all the same.
const HISTORY_FAILURES_MAX: u32 = 8;
