//! A run of one case: a service, a client, the steps, and then the judge.

#[cfg(all(test, unix))]
mod tests;

use std::time::{Duration, Instant};

use crate::cases::evidence::{Evidence, Identity};
use crate::cases::program::{Program, Said};
use crate::cases::step::{Step, Wait};
use crate::cases::{Case, Verdict};
use crate::log::{Author, LogEvent};
use crate::serve::{STOP_CHECK, Stop};
use crate::service::State;
use crate::service::activity::Activity;
use crate::testbed::Testbed;

pub(super) fn run(case: &Case, command: &[String], patience: Duration, stop: &Stop) -> Verdict {
    let started = Instant::now();
    let failed = |complaint: String| Verdict {
        complaints: vec![complaint],
        unstarted: None,
        took: started.elapsed(),
        happened: Vec::new(),
        told: Vec::new(),
    };
    let testbed = match Testbed::start(case.options.clone()) {
        Ok(testbed) => testbed,
        Err(error) => return failed(format!("the service can't be started: {error}")),
    };
    let base = testbed.base();
    let token = case.with_token.then(|| testbed.generate_token(Some(USER)).token);
    let credential = match &token {
        Some(token) => ("DIRECTLINE_TOKEN", token.as_str()),
        None => ("DIRECTLINE_SECRET", testbed.secret()),
    };
    let command: Vec<String> = command.iter().map(|word| word.replace("{base}", &base)).collect();
    let variables = [credential, ("DIRECTLINE_BASE", base.as_str())];
    let program = match Program::start(&command, &variables, &testbed) {
        Ok(program) => program,
        Err(error) => {
            let why = format!("{:?} can't be started: {error}", command[0]);
            return Verdict { unstarted: Some(why.clone()), ..failed(why) };
        }
    };
    let mut scene = Scene { case, testbed, program, patience, stop, sent: Vec::new() };
    let mut complaints: Vec<String> = scene.play().err().into_iter().collect();
    let (evidence, told) = scene.close();
    complaints.extend(case.judge.judge(&evidence));
    let entries = evidence.log.entries().iter();
    let happened =
        entries.map(|entry| format!("{:>9.3} {}", entry.at.as_secs_f64(), entry.event)).collect();
    Verdict { complaints, unstarted: None, took: started.elapsed(), happened, told }
}

struct Scene<'a> {
    case: &'a Case,
    testbed: Testbed,
    program: Program,
    patience: Duration,
    stop: &'a Stop,
    sent: Vec<String>,
}

impl Scene<'_> {
    /// Takes all steps; stops at the first thing that is waited for in vain.
    fn play(&mut self) -> Result<(), String> {
        for (number, step) in (1..).zip(&self.case.steps) {
            self.take(step).map_err(|complaint| format!("step {number}: {complaint}"))?;
        }
        match self.case.judge.ends {
            Some(_) => self.wait(&Wait::Ended),
            None if self.case.judge.unfinished => Ok(()),
            None => self.draw_the_line(),
        }
    }

    fn take(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Send(text) => {
                self.program.send(text);
                self.sent.push(text.clone());
            }
            Step::Say(activity) => self.say(activity)?,
            Step::Fault(rule) => self.testbed.inject(rule.clone()),
            Step::Calm => self.testbed.clear_faults(),
            Step::Cut(disruption) => {
                let socket = self.wait_for("a socket", newest_socket)?;
                self.testbed.with(|state| state.disrupt(socket, disruption.clone()));
            }
            Step::ExpireTokens => self.testbed.expire_tokens(),
            Step::Renumber(next) => {
                let conversation = self.conversation()?;
                self.testbed.renumber_from(&conversation, *next);
            }
            Step::Forget => {
                let conversation = self.conversation()?;
                self.testbed.forget(&conversation);
            }
            Step::Wait(wait) => self.wait(wait)?,
        }
        Ok(())
    }

    fn say(&self, activity: &str) -> Result<(), String> {
        let conversation = self.conversation()?;
        let said = self.testbed.say(&conversation, activity);
        said.map(drop).map_err(|error| error.to_string())
    }

    /// Lets the bot say a last word once all posts are there: when it is shown, so is all before it.
    fn draw_the_line(&self) -> Result<(), String> {
        let wanted = self.case.judge.posted(&self.sent).len();
        let conversation = self.conversation()?;
        let posts = if wanted == 1 { "post" } else { "posts" };
        self.wait_for(&format!("{wanted} {posts} to be there"), |state, _| {
            let posted = |event: &LogEvent| {
                matches!(event, LogEvent::ActivityRecorded { author: Author::User, .. })
            };
            (state.log.count(posted) >= wanted).then_some(())
        })?;
        let last = format!(r#"{{"type":"message","text":"{LAST_WORD}"}}"#);
        let activity = Activity::parse(&last).unwrap_or_default();
        self.testbed.with(|state| state.speak_up(&conversation, activity));
        self.wait(&Wait::Shown(String::from(LAST_WORD), 1))?;
        // A history that is read beside the stream may come after that; what never comes is for the
        // judge to say.
        if self.case.judge.shown.is_none() {
            let _ = self.wait_for("the rest", |state, said| {
                let shown: Vec<Identity> =
                    said.shown.iter().filter_map(|line| Identity::of(line)).collect();
                let mut records = state.conversations.values().flat_map(|known| &known.records);
                let is_shown = |json: &str| Identity::of(json).is_none_or(|it| shown.contains(&it));
                records.all(|record| is_shown(&record.recorded.json)).then_some(())
            });
        }
        Ok(())
    }

    /// The conversation that the client has begun, or joined last.
    fn conversation(&self) -> Result<String, String> {
        self.wait_for("a conversation", |state, _| {
            let started = |id: &&String| state.conversations.get(*id).is_some_and(|it| it.started);
            let streamed = state.log.events().rev().find_map(|event| match event {
                LogEvent::SocketOpened { conversation, .. } => Some(conversation),
                _ => None,
            });
            streamed.or_else(|| state.conversations.keys().find(started)).cloned()
        })
    }

    fn wait(&self, wait: &Wait) -> Result<(), String> {
        let is_met = |state: &State, said: &Said| match wait {
            Wait::Shown(text, count) => {
                let shown = said.shown.iter().filter_map(|line| Identity::of(line));
                shown.filter(|shown| shown.words() == *text).count() >= *count
            }
            Wait::Opened(count) => state.log.sockets_opened() >= *count,
            Wait::Asked(on, count) => state.log.requests_to(*on).len() >= *count,
            Wait::Answered(on, count) => {
                let asked = state.log.requests_to(*on);
                asked.iter().filter(|asked| asked.status.is_some()).count() >= *count
            }
            Wait::Fired(kind, count) => state.log.faults_fired(*kind) >= *count,
            Wait::Ended => said.is_over,
        };
        self.wait_for(&wait.words(), |state, said| is_met(state, said).then_some(()))
    }

    /// Waits until something is found, or the client has ended without it.
    fn wait_for<T>(
        &self,
        words: &str,
        find: impl Fn(&State, &Said) -> Option<T>,
    ) -> Result<T, String> {
        let look = |state: &State| {
            let said = self.program.said();
            match find(state, &said) {
                Some(found) => Some(Some(found)),
                None => said.is_over.then_some(None),
            }
        };
        let started = Instant::now();
        loop {
            let left = self.patience.saturating_sub(started.elapsed());
            match self.testbed.wait_for(left.min(STOP_CHECK), look) {
                Some(Some(found)) => return Ok(found),
                Some(None) => {
                    return Err(format!("the client has ended while the case waited for {words}"));
                }
                None if self.stop.is_stopped() => return Err(String::from("stopped")),
                None if left > STOP_CHECK => {}
                None => {
                    let patience = self.patience;
                    return Err(format!(
                        "waited {patience:?} in vain for {words}; --limit gives a slow client longer"
                    ));
                }
            }
        }
    }

    fn close(self) -> (Evidence, Vec<String>) {
        let conversation = self.testbed.conversations();
        let recorded = conversation.iter().flat_map(|id| self.testbed.recorded(id)).collect();
        let (ended, said) = self.program.finish();
        let Said { shown, told, .. } = said;
        let evidence = Evidence {
            log: self.testbed.log(),
            recorded,
            written: format!("{}\n{}", shown.join("\n"), told.join("\n")),
            shown,
            sent: self.sent,
            ended,
            secrets: self.testbed.with(|state| state.secrets()),
        };
        (evidence, told)
    }
}

fn newest_socket(state: &State, _said: &Said) -> Option<u64> {
    state.live_sockets().last().copied()
}

/// Whom a token is for; there are servers that start for nobody else.
const USER: &str = "user1";
/// What the bot says last in every case, so that nobody has to wait for what never comes.
pub(super) const LAST_WORD: &str = "That was all.";
