//! What ends the command before or instead of a conversation, and the exit status of each end.

use std::process::ExitCode;

use directline_client::directline::{End, Purpose};

/// A sentence for the user, and the exit status that goes with it.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) message: String,
    /// What was said and not sent because of that.
    pub(crate) unsent: Vec<String>,
    status: u8,
}

impl Problem {
    /// The user asked for something that is not allowed; nothing was sent.
    pub(crate) fn usage(message: impl Into<String>) -> Problem {
        Problem::new(message, USAGE)
    }

    pub(crate) fn fatal(message: impl Into<String>) -> Problem {
        Problem::new(message, FATAL)
    }

    /// Something that the user said was not sent, or nobody knows.
    pub(crate) fn unsent(message: impl Into<String>) -> Problem {
        Problem::new(message, UNSENT)
    }

    pub(crate) fn credential(message: impl Into<String>) -> Problem {
        Problem::new(message, CREDENTIAL)
    }

    fn new(message: impl Into<String>, status: u8) -> Problem {
        Problem { message: message.into(), unsent: Vec::new(), status }
    }

    /// The same, with what was not sent because of it.
    pub(crate) fn with_unsent(self, unsent: Vec<String>) -> Problem {
        Problem { unsent, ..self }
    }

    /// Whether nothing has begun, since the arguments are wrong.
    pub(crate) fn is_usage(&self) -> bool {
        self.status == USAGE
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.status)
    }
}

/// What an end means to the user; `Ok` when all went as it should.
pub(crate) fn judge(end: &End) -> Result<(), Problem> {
    let status = match end {
        End::Closed | End::Completed => return Ok(()),
        End::Refused { .. } | End::WrongRegion { .. } => CREDENTIAL,
        End::Gone => GONE,
        End::Collision { .. } => COLLISION,
        // Wrong conversation, rejected, gave up, and whatever may be added.
        _ => FATAL,
    };
    let advice = match end {
        End::Refused { .. } => "; check that the secret or token is right and belongs to this bot",
        End::WrongRegion { .. } => "; pass the region's own base with --domain",
        End::Gone => "; start a new one, without --conversation and with a new checkpoint file",
        End::Rejected { purpose: Purpose::Start, message, .. }
            if message.as_str().contains("userId") =>
        {
            "; this server starts with a token that was made for a user alone: ask it for one (POST \
             tokens/generate with a \"userId\") and set DIRECTLINE_TOKEN"
        }
        End::Collision { .. } => {
            ": a conversation has one client at a time; end the other one, such as a second window \
             or another directline, then resume"
        }
        _ => "",
    };
    let told = match end {
        End::GaveUp { attempts: 1 } => "gave up after 1 failed attempt".into(),
        end => end.to_string(),
    };
    Err(Problem::new(format!("{told}{advice}"), status))
}

/// What the posts of a session mean that ended as it should.
pub(crate) fn judge_posts(unsent: usize, unknown: usize) -> Result<(), Problem> {
    let are = |count: usize| match count {
        1 => "1 message was".to_owned(),
        count => format!("{count} messages were"),
    };
    match (unsent, unknown) {
        (0, 0) => Ok(()),
        (unsent, 0) => Err(Problem::unsent(format!("{} not sent", are(unsent)))),
        (0, unknown) => Err(Problem::unsent(format!("nobody knows whether {} sent", are(unknown)))),
        (unsent, unknown) => Err(Problem::unsent(format!(
            "{} not sent, and nobody knows whether {} sent",
            are(unsent),
            are(unknown)
        ))),
    }
}

const FATAL: u8 = 1;
const USAGE: u8 = 2;
const CREDENTIAL: u8 = 3;
const GONE: u8 = 4;
const COLLISION: u8 = 5;
const UNSENT: u8 = 6;

#[cfg(test)]
mod tests {
    use directline_client::directline::{Message, Refusal};

    use super::*;

    #[test]
    fn each_end_has_its_status() {
        for (end, status) in [
            (End::Closed, None),
            (End::Completed, None),
            (End::WrongRegion { message: Message::default() }, Some(3)),
            (End::Refused { refusal: Refusal::Unauthorized, message: Message::default() }, Some(3)),
            (End::Gone, Some(4)),
            (End::Collision { collisions: 3 }, Some(5)),
            (End::WrongConversation, Some(1)),
            (End::GaveUp { attempts: 7 }, Some(1)),
        ] {
            let problem = judge(&end).err();
            assert_eq!(problem.as_ref().map(|problem| problem.status), status, "{end}");
            assert!(problem.is_none_or(|problem| problem.message.starts_with(&end.to_string())));
        }
        let (purpose, status, message) = (Purpose::Start, 400, Message::default());
        for (end, advice) in [
            (
                End::Refused { refusal: Refusal::Unauthorized, message: Message::default() },
                Some("; check that the secret or token is right"),
            ),
            (End::Collision { collisions: 3 }, Some(": a conversation has one client at a time;")),
            (End::Rejected { purpose, status, message }, None),
        ] {
            let told = judge(&end).expect_err("no good end").message;
            let advised = told.strip_prefix(&end.to_string()).expect("it says which");
            assert_eq!(advised.is_empty(), advice.is_none(), "{told}");
            assert!(advised.starts_with(advice.unwrap_or_default()), "{told}");
        }
        let once = judge(&End::GaveUp { attempts: 1 }).map_err(|problem| problem.message);
        assert_eq!(once, Err("gave up after 1 failed attempt".into()));
    }
}
