//! Where an agent is asked for: one URL, given by the user, and one that follows from it.

use std::fmt;

use http::header::{ACCEPT, HeaderValue};
use http::{Request, Uri};
use url::Url;

use crate::error::ConfigError;
use crate::wire::base::{has_user, shown};

/// The token endpoint of an agent, as Copilot Studio shows it under *Channels*.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    token: Uri,
    settings: Uri,
}

impl Endpoint {
    /// Takes a URL of the form
    /// `https://{host}/powervirtualagents/botsbyschema/{agent}/directline/token?api-version={version}`.
    ///
    /// # Errors
    ///
    /// When it is another one; the error shows neither its query nor a user in it.
    ///
    /// ```
    /// use directline::copilot::Endpoint;
    ///
    /// let refused = Endpoint::parse("http://x.example/directline/token?code=hush").unwrap_err();
    /// assert_eq!(
    ///     refused.to_string(),
    ///     "endpoint is \"http://x.example/directline/token\", allowed is an https URL",
    /// );
    /// ```
    pub fn parse(text: &str) -> Result<Endpoint, ConfigError> {
        let wrong = |allowed: &str| ConfigError::new("endpoint", shown(text), allowed);
        let token = Url::parse(text.trim()).map_err(|_| wrong("an absolute https URL"))?;
        if token.scheme() != "https" {
            return Err(wrong("an https URL"));
        }
        if has_user(&token) || token.fragment().is_some() {
            return Err(wrong("a URL without user and fragment"));
        }
        let root = token.path().split_once(&format!("/{SERVICE}/")).filter(|(_, agent)| {
            agent.strip_suffix(TOKEN_ROUTE).is_some_and(|agent| !agent.is_empty())
        });
        let Some((root, _)) = root else {
            return Err(wrong(
                "a token endpoint, with /powervirtualagents/ in its path and /directline/token at the end",
            ));
        };
        let version = token.query_pairs().find(|(name, _)| name == API_VERSION);
        let Some((_, version)) = version.filter(|(_, version)| !version.is_empty()) else {
            return Err(wrong("a token endpoint with its ?api-version="));
        };
        let mut settings = token.clone();
        settings.set_path(&format!("{root}/{SERVICE}/{SETTINGS_ROUTE}"));
        settings.query_pairs_mut().clear().append_pair(API_VERSION, &version);
        let uri =
            |url: &Url| Uri::try_from(url.as_str()).map_err(|_| wrong("a URL that HTTP can carry"));
        Ok(Endpoint { token: uri(&token)?, settings: uri(&settings)? })
    }

    /// Asks for a new conversation and a token for it.
    #[must_use]
    pub fn token_request(&self) -> Request<String> {
        get(&self.token)
    }

    /// Asks where the agent is spoken to.
    #[must_use]
    pub fn settings_request(&self) -> Request<String> {
        get(&self.settings)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A gateway in front may have put a key of its own into the query.
        write!(f, "Endpoint({})", shown(&self.token.to_string()))
    }
}

fn get(uri: &Uri) -> Request<String> {
    let mut request = Request::new(String::new());
    *request.uri_mut() = uri.clone();
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    request
}

/// What the paths of an environment begin with, as in the URLs that Copilot Studio shows.
const SERVICE: &str = "powervirtualagents";
/// What follows the name of the agent.
const TOKEN_ROUTE: &str = "/directline/token";
/// What the web pages that Copilot Studio gives out ask for beside the token.
const SETTINGS_ROUTE: &str = "regionalchannelsettings";
const API_VERSION: &str = "api-version";

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "https://1234.ab.environment.api.powerplatform.com";

    #[test]
    fn the_settings_lie_beside_the_agents_under_the_same_version() {
        for (given, token, settings) in [
            (
                "/powervirtualagents/botsbyschema/cr_a/directline/token?api-version=2022-03-01-preview",
                "/powervirtualagents/botsbyschema/cr_a/directline/token?api-version=2022-03-01-preview",
                "/powervirtualagents/regionalchannelsettings?api-version=2022-03-01-preview",
            ),
            (
                ":8443/gate/powervirtualagents/bots/7/directline/token?code=k&api-version=1%262 \n",
                ":8443/gate/powervirtualagents/bots/7/directline/token?code=k&api-version=1%262",
                ":8443/gate/powervirtualagents/regionalchannelsettings?api-version=1%262",
            ),
        ] {
            let endpoint = Endpoint::parse(&format!("{HOST}{given}")).expect(given);
            for (request, url) in
                [(endpoint.token_request(), token), (endpoint.settings_request(), settings)]
            {
                assert_eq!(*request.uri(), format!("{HOST}{url}")[..]);
                assert_eq!(request.method(), http::Method::GET);
                assert_eq!(request.headers().len(), 1, "nothing but what is accepted");
                assert_eq!(request.headers()[ACCEPT], "application/json");
                assert_eq!(request.body(), "");
            }
        }
    }

    #[test]
    fn what_is_no_token_endpoint_is_refused_without_showing_secrets() {
        let path = "/powervirtualagents/botsbyschema/a/directline/token";
        for bad in [
            String::new(),
            "1234.environment.api.powerplatform.com".into(),
            format!("http://x.example{path}?api-version=1&code=hush"),
            format!("ftp://x.example{path}?api-version=1"),
            format!("javascript:alert(1)//{path}?api-version=1"),
            format!("https://u:hush@x.example{path}?api-version=1"),
            format!("https://hush@x.example{path}?api-version=1"),
            format!("https://x.example{path}?api-version=1#hush"),
            format!("https://x.example{path}?code=hush"),
            format!("https://x.example{path}?api-version="),
            format!("https://x.example{path}/../refresh?api-version=1"),
            format!("https:///{path}?api-version=1#hush"),
            "https://x.example/?u=/powervirtualagents/a/directline/token&api-version=1".into(),
            "https://x.example/powervirtualagents/directline/token?api-version=1".into(),
            "https://europe.directline.botframework.com/v3/directline?api-version=1".into(),
            format!("https://x.example/{}{path}?api-version=1", "a".repeat(70_000)),
        ] {
            let error = Endpoint::parse(&bad).expect_err(&bad);
            assert_eq!(error.field(), "endpoint");
            let error = error.to_string();
            assert!(error.starts_with("endpoint is \"") && !error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn the_query_does_not_show() {
        let url =
            format!("{HOST}/powervirtualagents/bots/7/directline/token?api-version=1&code=hush");
        let endpoint = Endpoint::parse(&url).expect("an endpoint");
        assert!(endpoint.token_request().uri().to_string().ends_with("&code=hush"));
        let printed = format!("{endpoint:?}");
        assert!(printed.contains("/bots/7/") && !printed.contains("hush"), "{printed}");
    }

    #[test]
    fn a_url_that_http_cannot_carry_is_refused() {
        let url = |length, c: &str| {
            let path = "/powervirtualagents/a/directline/token?api-version=";
            Endpoint::parse(&format!("{HOST}{path}{}", c.repeat(length))).map(|_| ())
        };
        assert!(url(60_000, "1").is_ok());
        // The second is three times as long once it is escaped.
        for long in [url(70_000, "1"), url(30_000, "|")] {
            let error = long.expect_err("too long").to_string();
            assert!(error.ends_with("allowed is a URL that HTTP can carry"));
        }
    }
}
