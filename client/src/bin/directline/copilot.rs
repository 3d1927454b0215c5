//! `--copilot-token-url`: asks for what a conversation with an agent of Copilot Studio needs, again and
//! again while it may still come.
//!
//! When to ask again, and whether there is any sense in it, is a session's to say: it hears of each
//! failure as if that were an answer to its own start, so that here too pauses are what they are
//! everywhere, `Retry-After` is obeyed and limits hold.

mod answers;

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use directline_client::Network;
use directline_client::directline::copilot::{Asked, Conversation, Endpoint};
use directline_client::directline::{
    Action, Cause, Config, End, Event, Failure, Fault, Input, Moment, Next, Output, Purpose,
    RequestId, Session,
};
use directline_client::tokio::fetch;
use http::{Request, Response};

use self::answers::{Answer, Trouble, read};
use crate::advice::advice;
use crate::cause::words;
use crate::feed::Feed;
use crate::news::retrying;
use crate::problem::{Problem, judge};
use crate::service::Service;

/// Takes the endpoint that Copilot Studio shows.
pub(crate) fn endpoint(url: &str) -> Result<Endpoint, Problem> {
    Endpoint::parse(url).map_err(|error| Problem::usage(format!("--copilot-token-url: {error}")))
}

/// Asks the endpoint at `url` for a new conversation, as patiently as `config` says; `None` where the
/// user would not wait.
pub(crate) fn ask(
    url: &str,
    network: &Network,
    config: &Config,
    feed: &Feed,
    tell: &mut dyn FnMut(&str),
) -> Result<Option<Conversation>, Problem> {
    let endpoint = endpoint(url)?;
    let service = Service::endpoint(url);
    tell(&format!("asking {} for a token…", service.origin()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime
        .map_err(|error| Problem::fatal(format!("the endpoint cannot be asked: {error}")))?;
    let seed = RandomState::new().hash_one(std::process::id());
    let session = Session::new(config.clone().with_seed(seed), Moment::ZERO);
    let (began, token) = (Instant::now(), None);
    let mut asking = Asking { endpoint, service, network, session, began, token };
    let asked = runtime.block_on(async {
        tokio::select! {
            biased;
            () = feed.stopped() => Ok(None),
            asked = asking.run(tell) => asked.map(Some),
        }
    });
    // A name that is still looked up is not waited for.
    runtime.shutdown_background();
    asked
}

struct Asking<'a> {
    endpoint: Endpoint,
    service: Service,
    network: &'a Network,
    /// Knows when to ask.
    session: Session,
    began: Instant,
    /// A good one, and since when: each is for another conversation, so that none is wasted.
    token: Option<(Instant, Response<Vec<u8>>)>,
}

/// Of what comes out of a session, what matters here.
#[derive(Default)]
struct Told {
    request: Option<RequestId>,
    setback: Option<Fault>,
    end: Option<End>,
}

impl Asking<'_> {
    async fn run(&mut self, tell: &mut dyn FnMut(&str)) -> Result<Conversation, Problem> {
        loop {
            let request = self.turn().await?;
            match self.ask_once().await {
                Ok(conversation) => return Ok(conversation),
                Err(trouble) => self.failed(request, *trouble, tell)?,
            }
        }
    }

    /// Waits until it is time to ask.
    async fn turn(&mut self) -> Result<RequestId, Problem> {
        loop {
            let told = self.told();
            if let Some(end) = told.end {
                return Err(given_up(&end));
            }
            if let Some(request) = told.request {
                return Ok(request);
            }
            tokio::time::sleep(self.left()).await;
            self.tell_session(Input::Timeout)?;
        }
    }

    /// Both requests, or the one that is still without a good answer.
    async fn ask_once(&mut self) -> Result<Conversation, Box<Trouble>> {
        let limit = self.left();
        let get = |request| get(request, limit, self.network);
        let kept = self.token.take().filter(|(since, _)| since.elapsed() < TOKEN_KEPT);
        let asked = Instant::now();
        let token = async {
            match kept {
                Some((since, token)) => (since, Ok(token)),
                None => (asked, get(self.endpoint.token_request()).await),
            }
        };
        let ((since, token), settings) = tokio::join!(token, get(self.endpoint.settings_request()));
        let conversation = read(&token, &settings);
        let is_of_settings = |trouble: &Trouble| trouble.asked == Asked::Settings;
        if conversation.as_ref().is_err_and(|trouble| is_of_settings(trouble)) {
            self.token = token.ok().map(|token| (since, token));
        }
        conversation
    }

    /// Tells what is wrong, unless that is the end of it.
    fn failed(
        &mut self,
        request: RequestId,
        trouble: Trouble,
        tell: &mut dyn FnMut(&str),
    ) -> Result<(), Problem> {
        let Trouble { asked, told, answer, problem } = trouble;
        self.tell_session(match answer {
            Some(Ok(response)) => Input::Response { request, response },
            Some(Err(failure)) => Input::RequestFailed { request, failure },
            None => return Err(problem),
        })?;
        // What is sent next is sent after a pause, so that no request is among these.
        let Told { setback, end, .. } = self.told();
        let is_passing = |fault: &Fault| matches!(fault.next, Next::Retries { .. });
        let has_given_up = matches!(end, Some(End::GaveUp { .. }));
        match (setback, end) {
            (Some(fault), end) if is_passing(&fault) || has_given_up => {
                tell(&self.setback(&fault, asked, told.as_deref()));
                end.map_or(Ok(()), |end| Err(given_up(&end)))
            }
            _ => Err(problem),
        }
    }

    fn setback(&self, fault: &Fault, asked: Asked, told: Option<&str>) -> String {
        let what = match (&fault.cause, told) {
            (Cause::Answered { .. }, Some(told)) => told.to_owned(),
            (cause, _) => {
                let purpose = Purpose::Start.to_string();
                words(cause, &self.service).replacen(&purpose, &asked.to_string(), 1)
            }
        };
        let what = match fault.next {
            Next::Retries { at, attempt } => retrying(&what, at.since(self.now()), attempt),
            _ => what,
        };
        match advice(&fault.cause, &self.service) {
            Some(advice) => format!("{what}; {advice}"),
            None => what,
        }
    }

    /// What the session wants and tells by now.
    fn told(&mut self) -> Told {
        let mut told = Told::default();
        while let Some(output) = self.session.poll() {
            match output {
                Output::Action(Action::Send { request, .. }) => told.request = Some(request),
                Output::Event(Event::Faulted(fault)) => told.setback = Some(fault),
                Output::Event(Event::Ended(end)) => told.end = Some(end),
                _ => {}
            }
        }
        told
    }

    fn tell_session(&mut self, input: Input) -> Result<(), Problem> {
        let told = self.session.handle(self.now(), input);
        told.map_err(|misuse| Problem::fatal(format!("the endpoint cannot be asked: {misuse}")))
    }

    fn now(&self) -> Moment {
        Moment::ZERO.saturating_add(self.began.elapsed())
    }

    /// How long it is until the session has something to do; it always has.
    fn left(&self) -> Duration {
        let until = self.session.deadline().unwrap_or(Moment::ZERO);
        Duration::from_millis(until.as_millis()).saturating_sub(self.began.elapsed())
    }
}

async fn get(request: Request<String>, limit: Duration, network: &Network) -> Answer {
    let answer = tokio::time::timeout(limit, fetch(request, BODY_BYTES_MAX, network)).await;
    answer.unwrap_or(Err(Failure::TimedOut))
}

fn given_up(end: &End) -> Problem {
    judge(end).err().unwrap_or_else(|| Problem::fatal(end.to_string()))
}

/// Far above both answers.
const BODY_BYTES_MAX: usize = 1 << 20;
/// Far below the lifetime of a token.
const TOKEN_KEPT: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_url_is_a_usage_error_that_hides_its_query() {
        let found = endpoint("https://x.example/directline/token?code=hush").expect_err("no agent");
        assert_eq!(found.exit_code(), Problem::usage("").exit_code());
        assert!(found.message.starts_with("--copilot-token-url: endpoint is \"https://x.example"));
        assert!(!found.message.contains("hush"), "{}", found.message);
    }
}
