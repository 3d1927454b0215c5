//! Judged: what the session does is judged in the step in which it does it, also where a lazy host
//! looks later.

use directline::{Action, Event, Failure, Input, Output, Request, RequestId, Status};

use super::World;
use super::host::is_post;
use crate::excuse::Rule;
use crate::service::answer::post_number;
use crate::violation::{Verdict, Violation, ensure};

impl World {
    /// Judges what the session has put out since the last time, and has it carried out unless the
    /// host `looks_later`.
    pub(super) fn take_outputs(&mut self, looks_later: bool) -> Verdict {
        let waiting = looks_later.then(|| self.session.clone());
        let outputs: Vec<Output> = std::iter::from_fn(|| self.session.poll()).collect();
        self.judge_step(outputs.get(self.judged..).unwrap_or_default())?;
        match waiting {
            None => {
                self.judged = 0;
                outputs.into_iter().for_each(|output| self.carry_out(output));
                Ok(())
            }
            Some(session) => {
                (self.session, self.judged) = (session, outputs.len());
                self.check_waiting(&outputs)
            }
        }
    }

    /// While outputs wait, the session gives no checkpoint, and wants to be asked at once.
    fn check_waiting(&self, outputs: &[Output]) -> Verdict {
        let waits = !outputs.is_empty();
        ensure(!waits || self.session.checkpoint().is_none(), "WM-5", || {
            format!("a checkpoint covers what waits: {outputs:?}")
        })?;
        ensure(!waits || self.session.deadline() <= Some(self.now()), "TM-6", || {
            format!("outputs wait, and the deadline is {:?}", self.session.deadline())
        })
    }

    /// All that one step has put out, and where it leaves the session.
    fn judge_step(&mut self, outputs: &[Output]) -> Verdict {
        for output in outputs {
            ensure(!self.is_over, "RX-5", || format!("{output:?} came after the end"))?;
            self.judge.output(output, &mut self.oracle.ledger)?;
            match output {
                Output::Action(action) => self.judge_action(action)?,
                Output::Event(event) => self.judge_event(event)?,
            }
        }
        self.pass_over()?;
        self.oracle.settle();
        self.judge.settled(&self.session)?;
        self.check_deadline()?;
        self.check_checkpoint()
    }

    /// What came in by this step, and was not handed out.
    fn pass_over(&mut self) -> Verdict {
        let Some(came) = self.judge.came() else { return Ok(()) };
        let brings = self.oracle.passed(&self.service, &came.set.serials, came.must)?;
        self.judge.brought(brings);
        Ok(())
    }

    /// The post in flight is answered; of some answers it is sure that it was not taken.
    pub(super) fn lands(&mut self, input: &Input) {
        let (request, is_refused) = match input {
            Input::Response { request, response } => {
                let status = response.status().as_u16();
                let body = String::from_utf8_lossy(response.body());
                let speaks_of_bearer = match status {
                    400 => body.contains("MissingProperty"),
                    403 => body.contains("TokenExpired") || body.contains("BadArgument"),
                    401 | 429 => true,
                    _ => false,
                };
                (*request, speaks_of_bearer)
            }
            Input::RequestFailed { request, failure } => (*request, *failure == Failure::NotSent),
            _ => return,
        };
        if self.judge.is_post(self.clock, request) {
            self.posts.landed(request, is_refused);
        }
    }

    fn judge_action(&mut self, action: &Action) -> Verdict {
        match action {
            Action::Send { request, message } => self.judge_request(*request, message),
            Action::Cancel { request } => {
                self.posts.landed(*request, false);
                Ok(())
            }
            Action::Open { url, .. } => {
                let url = url.expose();
                ensure(self.service.has_minted(url), "SU-3", || format!("{url} is not as minted"))
            }
            Action::Probe { .. } | Action::Shut { .. } => Ok(()),
        }
    }

    fn judge_request(&mut self, request: RequestId, message: &Request) -> Verdict {
        self.report.requests += 1;
        let (purpose, bearer) = (message.purpose(), message.bearer().expose());
        let is_over = self.service.tokens.is_known_over(self.clock, bearer);
        ensure(!is_over, "CR-2", || format!("{purpose:?} carried a token that had run out"))?;
        if is_post(purpose) {
            let body = String::from_utf8_lossy(message.body());
            let key = post_number(&body);
            // What the host was told to store, or the echo, says that it was sent before.
            let is_stored = self.setup.heeds() && !self.has_lost_stored;
            let knows = is_stored || self.setup.echo_keys();
            let is_again = self.service.posts.contains_key(&key);
            let is_excused = self.oracle.ledger.excuses(Rule::PostedAgain, is_again && !knows);
            ensure(!is_again || is_excused, "TX-2", || format!("{key} was taken before"))?;
            self.posts.sent(request, key, message.body())?;
        }
        Ok(())
    }

    fn judge_event(&mut self, event: &Event) -> Verdict {
        match event {
            Event::Joined { conversation } => {
                self.oracle.join(self.service.find(conversation));
                Ok(())
            }
            Event::Delivered(batch) => {
                let Some(came) = self.judge.came() else {
                    return Err(Violation::new("RX-1", "handed out what never came in"));
                };
                let brings = self.oracle.handed(&self.service, batch, &came.set.serials)?;
                self.judge.brought(brings);
                self.made.push_back(self.stand(self.judge.carried()));
                let (posts, ledger) = (&mut self.posts, &mut self.oracle.ledger);
                let mark = self.made.back().map_or(0, |stand| stand.mark);
                batch.iter().try_for_each(|activity| posts.handed(activity.json(), mark, ledger))
            }
            Event::Checkpoint(checkpoint) => {
                self.made.push_back(self.stand(self.judge.carried_before_post()));
                self.oracle.check(&self.service, checkpoint)
            }
            Event::Posted { key, outcome } => {
                let taken = self.service.posts.get(&key.0).copied().unwrap_or(0);
                self.posts.told(*key, outcome, taken)
            }
            Event::Gap(gap) => {
                self.pass_over()?;
                let reach = self.judge.gap(gap)?;
                let socket = self.judge.socket().map(|(socket, _)| socket.as_u64());
                let start = socket.and_then(|socket| self.service.stream_start(socket));
                self.oracle.gap(&self.service, reach, start.map(|(_, place)| place));
                Ok(())
            }
            Event::Ended(_) => {
                self.is_over = true;
                self.posts.check_end(self.session.checkpoint().as_ref())
            }
            Event::NeedsToken { .. } | Event::Faulted(_) | Event::Status(_) => Ok(()),
            other => unreachable!("an event that this world does not know: {other:?}"),
        }
    }

    /// WM-5, for what the session would have the host store now.
    fn check_checkpoint(&mut self) -> Verdict {
        let Some(checkpoint) = self.session.checkpoint() else { return Ok(()) };
        self.oracle.check(&self.service, &checkpoint)
    }

    /// LV-2: nothing waits without a deadline but what may.
    fn check_deadline(&self) -> Verdict {
        let status = self.session.status();
        let may_wait = matches!(status, Status::NeedsToken | Status::Offline | Status::Ended);
        ensure(may_wait || self.session.deadline().is_some(), "LV-2", || {
            format!("{status:?} waits for nothing")
        })
    }
}
