//! What the answers of an agent's endpoint come to.

use directline_client::directline::Failure;
use directline_client::directline::copilot::{Asked, Conversation, CopilotError};
use http::{Response, StatusCode};

use crate::problem::Problem;

pub(super) type Answer = Result<Response<Vec<u8>>, Failure>;

/// Why there is no conversation.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) asked: Asked,
    /// What the endpoint said, if it said something that is its own.
    pub(super) told: Option<String>,
    /// What a session is to make of it; `None` where asking again is of no use.
    pub(super) answer: Option<Answer>,
    /// What it comes to if it does not pass.
    pub(super) problem: Problem,
}

/// Reads both answers.
pub(super) fn read(token: &Answer, settings: &Answer) -> Result<Conversation, Box<Trouble>> {
    let answered = |asked: Asked, answer: &Answer| {
        answer.clone().map_err(|failure| {
            let problem = Problem::fatal(format!("{asked} {failure}"));
            Box::new(Trouble { asked, told: None, answer: Some(Err(failure)), problem })
        })
    };
    let token = answered(Asked::Token, token)?;
    let settings = answered(Asked::Settings, settings)?;
    Conversation::from_answers(token.clone(), settings.clone())
        .map_err(|error| Box::new(trouble(error, token, settings)))
}

fn trouble(error: CopilotError, token: Response<Vec<u8>>, settings: Response<Vec<u8>>) -> Trouble {
    let told = error.to_string();
    let (asked, answer) = match error {
        // An error that is told with success is about the agent, and so is a token that is nowhere.
        CopilotError::Answered { asked, status: 200..300 | 404, .. } => (asked, None),
        CopilotError::Answered { asked: Asked::Token, .. } => (Asked::Token, Some(token)),
        CopilotError::Answered { asked: Asked::Settings, .. } => (Asked::Settings, Some(settings)),
        // Whatever it is, it is no answer to a start either.
        CopilotError::BadBody { asked } => (asked, Some(Response::new(Vec::new()))),
        CopilotError::NoToken => (Asked::Token, None),
        _ => (Asked::Settings, None),
    };
    let is_error = answer.as_ref().is_some_and(|answer| answer.status() != StatusCode::OK);
    let problem = match error {
        CopilotError::Answered { status: 401 | 403, .. } => Problem::credential(format!(
            "{told}; check that the agent is published and needs no sign-in for this channel"
        )),
        CopilotError::Answered { asked: Asked::Token, status: 404, .. } => Problem::fatal(format!(
            "{told}; check that the URL is the one that Copilot Studio shows, and that the agent \
             is published"
        )),
        _ => Problem::fatal(told.clone()),
    };
    Trouble { asked, told: is_error.then_some(told), answer: answer.map(Ok), problem }
}

#[cfg(test)]
mod tests {
    use directline_client::directline::copilot::BaseSource;

    use super::*;

    const TOKEN: &str = r#"{"token":"hush","expires_in":3600,"conversationId":"c-eu"}"#;
    const SETTINGS: &str =
        r#"{"channelUrlsById":{"directline":"https://europe.directline.botframework.com/"}}"#;
    const OWN: &str = r#"{"ErrorCode":4103,"ErrorMessage":"ItemWithIdNotFound"}"#;

    fn answer(status: u16, body: &str) -> Answer {
        let response = Response::builder().status(status).body(body.as_bytes().to_vec());
        Ok(response.expect("a response"))
    }

    #[test]
    fn good_answers_are_a_configuration() {
        let read = read(&answer(200, TOKEN), &answer(200, SETTINGS)).expect("both are good");
        assert_eq!((read.id(), read.base_source()), (Some("c-eu"), BaseSource::Settings));
        let config = read.builder().build().expect("valid");
        assert_eq!(config.base(), "https://europe.directline.botframework.com/v3/directline");
    }

    #[test]
    fn what_went_wrong_is_known_by_what_was_asked_and_told() {
        let (good, fine) = (answer(200, TOKEN), answer(200, SETTINGS));
        for (token, settings, asked, is_told) in [
            (answer(200, "{}"), fine.clone(), Asked::Token, false),
            (answer(503, ""), fine, Asked::Token, true),
            (good.clone(), answer(503, ""), Asked::Settings, true),
            (good, answer(200, "{}"), Asked::Settings, false),
        ] {
            let found = read(&token, &settings).expect_err("no conversation");
            assert_eq!((found.asked, found.told.is_some()), (asked, is_told), "{found:?}");
        }
    }

    #[test]
    fn each_failure_has_its_words_and_its_status() {
        let secret = r#"{"error":{"message":"no\u001b way"},"token":"hush"}"#;
        let (good, fine) = (answer(200, TOKEN), answer(200, SETTINGS));
        for (token, settings, problem, words, may_pass) in [
            (answer(401, secret), fine.clone(), Problem::credential(""), "status 401", true),
            (answer(403, ""), fine.clone(), Problem::credential(""), "is published", true),
            (good.clone(), answer(403, "hush"), Problem::credential(""), "channel settings", true),
            (
                answer(404, ""),
                answer(404, ""),
                Problem::fatal(""),
                "that Copilot Studio shows",
                false,
            ),
            (answer(200, OWN), fine.clone(), Problem::fatal(""), ": 4103 ItemWithIdNot", false),
            (answer(401, OWN), fine.clone(), Problem::credential(""), ": 4103 Item", true),
            (answer(302, ""), fine.clone(), Problem::fatal(""), "status 302", true),
            (answer(503, ""), fine.clone(), Problem::fatal(""), "status 503", true),
            (answer(200, "{"), fine.clone(), Problem::fatal(""), "cannot be read", true),
            (good.clone(), answer(200, "{}"), Problem::fatal(""), "cannot be read", true),
            (answer(200, "{}"), fine.clone(), Problem::fatal(""), "no token", false),
            (Err(Failure::TimedOut), fine.clone(), Problem::fatal(""), "took too long", true),
            (good, Err(Failure::TooLarge), Problem::fatal(""), "settings was answer", true),
        ] {
            let found = read(&token, &settings).expect_err(words);
            let message = &found.problem.message;
            assert_eq!(found.problem.exit_code(), problem.exit_code(), "{message}");
            assert_eq!(found.answer.is_some(), may_pass, "{message}");
            for told in found.told.iter().chain([message]) {
                assert!(message.contains(words) && !told.contains("hush"), "{told}");
            }
        }
    }
}
