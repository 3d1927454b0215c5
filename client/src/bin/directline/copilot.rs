//! `--copilot-token-url`: asks for what a conversation with an agent of Copilot Studio needs.

use std::time::Duration;

use directline_client::Network;
use directline_client::directline::Failure;
use directline_client::directline::copilot::{Asked, Conversation, CopilotError, Endpoint};
use directline_client::tokio::fetch;
use http::{Request, Response};

use crate::advice::advice_on;
use crate::problem::Problem;

type Answer = Result<Response<Vec<u8>>, Failure>;

/// Takes the endpoint that Copilot Studio shows.
pub(crate) fn endpoint(url: &str) -> Result<Endpoint, Problem> {
    Endpoint::parse(url).map_err(|error| Problem::usage(format!("--copilot-token-url: {error}")))
}

/// Asks the endpoint for a new conversation.
pub(crate) fn ask(endpoint: &Endpoint, network: &Network) -> Result<Conversation, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime
        .map_err(|error| Problem::fatal(format!("the endpoint cannot be asked: {error}")))?;
    let (token, settings) = runtime.block_on(async {
        tokio::join!(
            get(endpoint.token_request(), network),
            get(endpoint.settings_request(), network)
        )
    });
    // A name that is still looked up is not waited for.
    runtime.shutdown_background();
    read(token, settings)
}

async fn get(request: Request<String>, network: &Network) -> Answer {
    let answer = tokio::time::timeout(TIME_MAX, fetch(request, BODY_BYTES_MAX, network)).await;
    answer.unwrap_or(Err(Failure::TimedOut))
}

/// What the answers come to, in the words and with the exit status that the user gets.
fn read(token: Answer, settings: Answer) -> Result<Conversation, Problem> {
    let answered = |asked: Asked, answer: Answer| {
        answer.map_err(|failure| {
            let advice = advice_on(&failure).map(|advice| format!("; {advice}"));
            Problem::fatal(format!("{asked} {failure}{}", advice.unwrap_or_default()))
        })
    };
    let token = answered(Asked::Token, token)?;
    let settings = answered(Asked::Settings, settings)?;
    Conversation::from_answers(token, settings).map_err(|error| match error {
        CopilotError::Answered { status: 401 | 403, .. } => Problem::credential(format!(
            "{error}; check that the agent is published and needs no sign-in for this channel"
        )),
        CopilotError::Answered { asked: Asked::Token, status: 404, .. } => Problem::fatal(format!(
            "{error}; check that the URL is the one that Copilot Studio shows, and that the agent \
             is published"
        )),
        error => Problem::fatal(error.to_string()),
    })
}

/// As long as a session waits for an answer.
const TIME_MAX: Duration = Duration::from_secs(20);
/// Far above both answers.
const BODY_BYTES_MAX: usize = 1 << 20;

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
        let read = read(answer(200, TOKEN), answer(200, SETTINGS)).expect("both are good");
        assert_eq!((read.id(), read.base_source()), (Some("c-eu"), BaseSource::Settings));
        let config = read.builder().build().expect("valid");
        assert_eq!(config.base(), "https://europe.directline.botframework.com/v3/directline");
    }

    #[test]
    fn each_failure_has_its_words_and_its_status() {
        let secret = r#"{"error":{"message":"no\u001b way"},"token":"hush"}"#;
        for (token, settings, problem, words) in [
            (answer(401, secret), answer(200, SETTINGS), Problem::credential(""), "status 401"),
            (answer(403, ""), answer(200, SETTINGS), Problem::credential(""), "is published"),
            (answer(200, TOKEN), answer(403, "hush"), Problem::credential(""), "channel settings"),
            (answer(404, ""), answer(404, ""), Problem::fatal(""), "that Copilot Studio shows"),
            (answer(200, OWN), answer(200, SETTINGS), Problem::fatal(""), ": 4103 ItemWithIdNot"),
            (answer(401, OWN), answer(200, SETTINGS), Problem::credential(""), ": 4103 Item"),
            (answer(302, ""), answer(200, SETTINGS), Problem::fatal(""), "status 302"),
            (answer(503, ""), answer(200, SETTINGS), Problem::fatal(""), "status 503"),
            (answer(200, "{"), answer(200, SETTINGS), Problem::fatal(""), "cannot be read"),
            (answer(200, TOKEN), answer(200, "{}"), Problem::fatal(""), "cannot be read"),
            (answer(200, "{}"), answer(200, SETTINGS), Problem::fatal(""), "no token"),
            (Err(Failure::TimedOut), answer(200, SETTINGS), Problem::fatal(""), "took too long"),
            (answer(200, TOKEN), Err(Failure::TooLarge), Problem::fatal(""), "settings was answer"),
        ] {
            let found = read(token, settings).expect_err(words);
            assert_eq!(found.exit_code(), problem.exit_code(), "{}", found.message);
            assert!(found.message.contains(words), "{}", found.message);
            assert!(!found.message.contains("hush"), "{}", found.message);
        }
    }

    #[test]
    fn another_url_is_a_usage_error_that_hides_its_query() {
        let found = endpoint("https://x.example/directline/token?code=hush").expect_err("no agent");
        assert_eq!(found.exit_code(), Problem::usage("").exit_code());
        assert!(found.message.starts_with("--copilot-token-url: endpoint is \"https://x.example"));
        assert!(!found.message.contains("hush"), "{}", found.message);
    }
}
