//! Events in words.

use std::time::Duration;

use directline_client::directline::{
    Cause, Checkpoint, Event, Fault, Misuse, Next, PostOutcome, Purpose, Refusal, Status,
};
use directline_client::{Handle, SendError};

use crate::advice::advice;
use crate::cause::words;
use crate::problem::Problem;
use crate::service::Service;

/// Knows what was told before.
pub(crate) struct News {
    handle: Handle,
    service: Service,
    is_resumed: bool,
    /// Whether it was told that the conversation is looked for.
    is_looking: bool,
}

impl News {
    /// Of a conversation with `service`.
    pub(crate) fn new(handle: Handle, service: Service, is_resumed: bool) -> News {
        News { handle, service, is_resumed, is_looking: false }
    }

    /// What an event means to somebody who waits; `None` when it is no news.
    pub(crate) fn describe(&mut self, event: &Event) -> Option<String> {
        let told = match event {
            Event::Joined { conversation } => Some(format!("conversation {conversation}")),
            Event::Status(Status::Live) => Some("connected".into()),
            Event::Status(Status::Polling) => Some("polling".into()),
            Event::Status(Status::Offline) => Some("offline".into()),
            Event::Gap(gap) => Some(gap.to_string()),
            Event::Faulted(fault) => self.setback(fault),
            _ => None,
        };
        self.service.was_heard |= match event {
            Event::Joined { .. } => !self.is_resumed,
            Event::Status(Status::Live | Status::Polling) => true,
            Event::Faulted(fault) => matches!(fault.cause, Cause::Answered { .. }),
            _ => false,
        };
        told
    }

    fn setback(&mut self, fault: &Fault) -> Option<String> {
        let was_looking = std::mem::replace(&mut self.is_looking, is_looked_for(fault));
        // It is looked for more than once, and told once.
        if self.is_looking && was_looking {
            return None;
        }
        let told = self.told(fault);
        Some(match advice(&fault.cause, &self.service) {
            Some(advice) => format!("{told}; {advice}"),
            None => told,
        })
    }

    fn told(&self, fault: &Fault) -> String {
        let what = words(&fault.cause, &self.service);
        match fault.next {
            Next::Retries { .. } if self.is_looking => {
                format!("{what}, looking whether the conversation is still there")
            }
            Next::Retries { at, attempt } => retrying(&what, self.handle.time_until(at), attempt),
            _ => what,
        }
    }

    /// What became of a post, if that is worth a line; `text` is what was posted.
    pub(crate) fn describe_outcome(&self, outcome: &PostOutcome, text: &str) -> Option<String> {
        let problem = match outcome {
            PostOutcome::Sent { .. } => return None,
            PostOutcome::Unknown { cause: Some(cause) } => {
                let advice = advice(cause, &self.service);
                let advice = advice.map_or(String::new(), |advice| format!("; {advice}"));
                let why = words(cause, &self.service);
                format!("nobody knows whether this was sent ({why}{advice})")
            }
            PostOutcome::Unknown { cause: None } => "nobody knows whether this was sent".into(),
            PostOutcome::Rejected { status, message } => {
                format!("not sent, rejected with status {status}{message}")
            }
            PostOutcome::QueueFull => "not sent, too many messages wait".into(),
            // Not sent, and whatever may be added.
            _ => return Some(describe_unsent(text)),
        };
        Some(format!("{problem}: {}", shortened(text)))
    }
}

/// Where a conversation is taken up.
pub(crate) fn describe_resumption(checkpoint: &Checkpoint) -> String {
    match checkpoint.watermark() {
        Some(watermark) => format!("resumed after {}", shortened(watermark)),
        None => "resumed from its beginning".into(),
    }
}

/// What the end of the session leaves unsent.
pub(crate) fn describe_unsent(text: &str) -> String {
    format!("not sent: {}", shortened(text))
}

/// Why a message was not taken; `text` is what it says.
pub(crate) fn describe_refusal(error: &SendError, text: &str) -> String {
    match error {
        SendError::Misuse(Misuse::BadPost { value, allowed, .. }) => {
            format!("not sent, since it is {value}, allowed is {allowed}: {}", shortened(text))
        }
        error => format!("not sent, {error}: {}", shortened(text)),
    }
}

/// Enough of a text to know it by.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(TEXT_SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Why a session that asks for another token ends here, and what to do.
pub(crate) fn token_wanted(refusal: Option<Refusal>) -> Problem {
    Problem::credential(match refusal {
        None => "the token has expired; get a new one and resume from the checkpoint".into(),
        Some(Refusal::Expired) => {
            "the token has expired (403); get a new one and resume from the checkpoint".into()
        }
        Some(Refusal::MissingUser) => "the token lacks a user id starting with dl_ (400 \
            MissingProperty); generate a token for such a user id"
            .into(),
        Some(refusal @ (Refusal::Unauthorized | Refusal::Forbidden)) => format!(
            "the credential was refused: {refusal}; check that it is right, has not expired, and \
             belongs to this bot and this conversation"
        ),
    })
}

/// Whether there is anything to retry is being found out, and sooner than the next attempt.
fn is_looked_for(fault: &Fault) -> bool {
    matches!(fault.next, Next::Retries { .. }) && is_missing(&fault.cause)
}

fn is_missing(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::Answered {
            purpose: Purpose::Reconnect | Purpose::Activities,
            status: 404 | 410,
            ..
        }
    )
}

/// What goes wrong and is tried again after `pause`.
pub(crate) fn retrying(what: &str, pause: Duration, attempt: u32) -> String {
    format!("{what}, retrying {}, attempt {attempt}", in_words(pause))
}

fn in_words(time: Duration) -> String {
    if time < Duration::from_millis(50) {
        return "now".into();
    }
    format!("in {:.1} s", time.as_secs_f64())
}

/// In characters.
const TEXT_SHOWN_MAX: usize = 80;

#[cfg(test)]
mod tests {
    use directline_client::directline::{Config, Credential, Failure, Gap, Message};
    use directline_client::{Network, Proxy, blocking};

    use super::*;

    /// Of a service of which nothing was heard.
    fn news() -> News {
        let config = Config::builder(Credential::token("hush.t").expect("a good one"))
            .with_base("http://127.0.0.1:9")
            .build();
        let network = Network::default().with_proxy(Proxy::none());
        let opened = blocking::Conversation::open(config.expect("valid"), None, &network);
        let handle = opened.expect("a thread").handle();
        News::new(handle, Service::at("http://x.example"), false)
    }

    #[test]
    fn what_is_news_is_told() {
        let mut news = news();
        for (event, told) in [
            (Event::Status(Status::Live), Some("connected")),
            (Event::Status(Status::Polling), Some("polling")),
            (Event::Status(Status::Offline), Some("offline")),
            (Event::Status(Status::Connecting), None),
            (
                Event::Gap(Gap::HistoryUnavailable),
                Some("activities may be missing: the history could not be read"),
            ),
        ] {
            assert_eq!(news.describe(&event).as_deref(), told, "{event:?}");
        }
    }

    #[test]
    fn where_a_service_should_be_is_told_until_it_has_answered() {
        let faulted = |cause| Event::Faulted(Fault { cause, next: Next::Stops });
        let (purpose, failure) = (Purpose::Start, Failure::TimedOut);
        let late = faulted(Cause::NotAnswered { purpose, failure });
        let (status, message) = (500, Message::default());
        let answered = faulted(Cause::Answered { purpose, status, message });
        let mut news = news();
        for (event, is_told) in [(&late, true), (&answered, false), (&late, false)] {
            let told = news.describe(event).expect("news");
            assert_eq!(told.contains("x.example"), is_told, "{told}");
        }
    }

    #[test]
    fn a_conversation_that_was_begun_before_says_nothing_of_its_service() {
        let (purpose, failure) = (Purpose::Start, Failure::TimedOut);
        let cause = Cause::NotAnswered { purpose, failure };
        let late = Event::Faulted(Fault { cause, next: Next::Stops });
        let joined = Event::Joined { conversation: "c".into() };
        for (is_resumed, event, is_heard) in [
            (false, &joined, true),
            (true, &joined, false),
            (true, &Event::Status(Status::Live), true),
            (true, &Event::Status(Status::Polling), true),
            (false, &Event::Status(Status::Offline), false),
        ] {
            let mut news = News { is_resumed, ..news() };
            news.describe(event);
            let told = news.describe(&late).expect("news");
            assert_eq!(told.contains("x.example"), !is_heard, "{event:?}: {told}");
        }
    }

    #[test]
    fn what_became_of_a_post_is_told_unless_all_is_well() {
        let news = news();
        for (outcome, told) in [
            (PostOutcome::Sent { id: None }, None),
            (PostOutcome::Unknown { cause: None }, Some("nobody knows whether this was sent: hi")),
            (PostOutcome::QueueFull, Some("not sent, too many messages wait: hi")),
            (PostOutcome::NotSent, Some("not sent: hi")),
        ] {
            assert_eq!(news.describe_outcome(&outcome, "hi").as_deref(), told, "{outcome:?}");
        }
    }

    #[test]
    fn pauses_read_well() {
        assert_eq!(in_words(Duration::from_millis(1_234)), "in 1.2 s");
        assert_eq!(in_words(Duration::from_millis(49)), "now");
        assert_eq!(in_words(Duration::from_millis(50)), "in 0.1 s");
        assert_eq!(in_words(Duration::from_secs(300)), "in 300.0 s");
    }

    #[test]
    fn a_token_without_a_user_is_explained() {
        let message = token_wanted(Some(Refusal::MissingUser)).message;
        assert!(message.contains("lacks a user id starting with dl_"), "{message}");
    }
}
