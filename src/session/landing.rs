//! LANDING: who was waiting for this answer? What nobody awaits any more ends here.

use super::Session;
use crate::flights::{Flight, Lane};
use crate::graph::Phase;
use crate::id::RequestId;
use crate::input::Failure;
use crate::time::Moment;
use crate::wire::response::{Answer, Reader};

impl Session {
    /// A request was answered, or the host says why not.
    pub(super) fn landed(&mut self, request: RequestId, answer: Answer) {
        if let Some((lane, flight)) = self.flights.land(request) {
            let max = self.config.settings.body_bytes_max;
            let is_too_large =
                |answer: &Answer| answer.as_ref().is_ok_and(|response| response.body().len() > max);
            let answer = if is_too_large(&answer) { Err(Failure::TooLarge) } else { answer };
            self.land(lane, flight, answer);
        }
    }

    /// A request has taken too long.
    pub(super) fn overdue(&mut self, lane: Lane) {
        if let Some(flight) = self.cancel(lane) {
            self.land(lane, flight, Err(Failure::TimedOut));
        }
    }

    fn land(&mut self, lane: Lane, flight: Flight, answer: Answer) {
        self.flights.note(lane, answer.as_ref().err().cloned());
        let retry_after_max = self.config.settings.retry_after_max;
        let reader = Reader { hidden: self.hidden(), retry_after_max };
        if let Some(wait) = reader.wait(&answer) {
            self.keep_away(lane, self.now.saturating_add(wait));
        }
        match lane {
            Lane::Connection => {
                if let Phase::Asking(ask) = self.connection.phase() {
                    let verdict = reader.grant(ask.purpose(), answer);
                    self.connection_landed(ask, flight, verdict);
                }
            }
            Lane::Page => self.page_landed(flight, reader.page(answer)),
            Lane::Refresh => self.refresh_landed(flight, reader.renewed(answer)),
            Lane::Post => self.post_landed(flight, reader.post(self.outbox.purpose(), answer)),
        }
    }

    /// The service wants to be left alone, whatever else its answer says.
    fn keep_away(&mut self, lane: Lane, until: Moment) {
        match lane {
            Lane::Connection => self.connection.keep_away(until),
            Lane::Page => self.pull.keep_away(until),
            Lane::Refresh => self.credentials.keep_away(until),
            Lane::Post => _ = self.outbox.keep_away(until),
        }
    }
}
