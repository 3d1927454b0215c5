//! The base of all requests: which host may see the credential.

use url::Url;

use crate::error::ConfigError;

/// Scheme, host, port and the path that the routes are appended to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Base {
    url: Url,
}

impl Base {
    pub(crate) fn parse(text: &str) -> Result<Base, ConfigError> {
        let wrong = |allowed: &str| ConfigError::new("base", shown(text), allowed);
        let mut url = Url::parse(text.trim())
            .map_err(|_| wrong("an absolute URL, such as https://directline.botframework.com"))?;
        // A URL of these schemes has a host, or is none.
        if !matches!(url.scheme(), "https" | "http") {
            return Err(wrong("an https or http URL"));
        }
        if url.query().is_some() || url.fragment().is_some() || has_user(&url) {
            return Err(wrong("a URL without user, query and fragment"));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        if path.split('/').any(|segment| segment == ".bot") {
            return Err(wrong(
                "the base of a Direct Line service; the App Service extension speaks another protocol",
            ));
        }
        // Every known server mounts its routes below `/directline`, with `/v3` before it or not.
        let path =
            if path.ends_with("/directline") { path } else { format!("{path}/v3/directline") };
        url.set_path(&path);
        http::Uri::try_from(url.as_str()).map_err(|_| wrong("a URL that HTTP can carry"))?;
        Ok(Base { url })
    }

    pub(crate) fn as_str(&self) -> &str {
        self.url.as_str()
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The host, with the port where that is not the scheme's own.
    pub(crate) fn authority(&self) -> &str {
        // There is no user before it, and always a path behind it.
        self.as_str().split('/').nth(2).unwrap_or_default()
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }
}

pub(crate) fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// A URL may hold a password or a token where it should not, so only its harmless part is shown.
pub(crate) fn shown(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or("");
    match text.rsplit_once('@') {
        Some((_, host)) => format!("\"***@{host}\""),
        None => format!("\"{text}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_base_is_understood() {
        for (given, meant) in [
            (
                "https://directline.botframework.com",
                "https://directline.botframework.com/v3/directline",
            ),
            ("https://x.example/", "https://x.example/v3/directline"),
            ("https://x.example/v3/directline", "https://x.example/v3/directline"),
            (" https://x.example/v3/directline// ", "https://x.example/v3/directline"),
            ("http://127.0.0.1:3000/directline", "http://127.0.0.1:3000/directline"),
            ("https://x.example/proxy", "https://x.example/proxy/v3/directline"),
        ] {
            assert_eq!(Base::parse(given).expect(given).as_str(), meant);
        }
    }

    #[test]
    fn what_is_no_base_is_refused_without_showing_secrets() {
        for bad in [
            "",
            "x.example",
            "ftp://x.example",
            "wss://x.example",
            "https://",
            "https://u:hush@x.example",
            "https://x.example/?t=hush",
            "https://x.example/#hush",
            "https://a.azurewebsites.net/.bot/v3/directline",
        ] {
            let error = Base::parse(bad).expect_err(bad).to_string();
            assert!(error.starts_with("base is \"") && !error.contains("hush"), "{error}");
        }
    }
}
