//! Events in words.

use std::time::Duration;

use directline_client::directline::{
    Cause, Checkpoint, Event, Fault, Misuse, Next, PostOutcome, Purpose, Refusal, Status,
};
use directline_client::{Handle, SendError};

use crate::advice::advice;
use crate::problem::Problem;

/// What an event means to somebody who waits; `None` when it is no news.
pub(crate) fn describe(event: &Event, handle: &Handle) -> Option<String> {
    match event {
        Event::Joined { conversation } => Some(format!("conversation {conversation}")),
        Event::Status(Status::Live) => Some("connected".into()),
        Event::Status(Status::Polling) => Some("polling".into()),
        Event::Status(Status::Offline) => Some("offline".into()),
        Event::Gap(gap) => Some(gap.to_string()),
        Event::Faulted(fault) => Some(setback(fault, handle)),
        _ => None,
    }
}

/// Where a conversation is taken up.
pub(crate) fn describe_resumption(checkpoint: &Checkpoint) -> String {
    match checkpoint.watermark() {
        Some(watermark) => format!("resumed after {}", shortened(watermark)),
        None => "resumed from its beginning".into(),
    }
}

/// What became of a post, if that is worth a line; `text` is what was posted.
pub(crate) fn describe_outcome(outcome: &PostOutcome, text: &str) -> Option<String> {
    let problem = match outcome {
        PostOutcome::Sent { .. } => return None,
        PostOutcome::Unknown { cause: Some(cause) } => {
            format!("nobody knows whether this was sent ({cause})")
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

fn setback(fault: &Fault, handle: &Handle) -> String {
    let told = told(fault, handle);
    match advice(fault) {
        Some(advice) => format!("{told}; {advice}"),
        None => told,
    }
}

fn told(fault: &Fault, handle: &Handle) -> String {
    match fault.next {
        // Whether there is anything to retry is being found out, and sooner than the next attempt.
        Next::Retries { .. } if is_missing(&fault.cause) => {
            format!("{fault}, looking whether the conversation is still there")
        }
        Next::Retries { at, attempt } => {
            let pause = pause(handle.time_until(at));
            format!("{fault}, retrying {pause}, attempt {attempt}")
        }
        _ => fault.to_string(),
    }
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

fn pause(time: Duration) -> String {
    if time < Duration::from_millis(50) {
        return "now".into();
    }
    format!("in {:.1} s", time.as_secs_f64())
}

/// In characters.
const TEXT_SHOWN_MAX: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_read_well() {
        assert_eq!(pause(Duration::from_millis(1_234)), "in 1.2 s");
        assert_eq!(pause(Duration::from_millis(20)), "now");
        assert_eq!(pause(Duration::from_secs(300)), "in 300.0 s");
    }

    #[test]
    fn a_token_without_a_user_is_explained() {
        let message = token_wanted(Some(Refusal::MissingUser)).message;
        assert!(message.contains("lacks a user id starting with dl_"), "{message}");
    }
}
