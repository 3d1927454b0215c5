//! The service as people know it: where it is, and whether anything was ever heard of it.

/// Whom a conversation is with.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    origin: String,
    pub(crate) kind: Kind,
    /// Whether it has ever answered as a service does.
    pub(crate) was_heard: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// At the base of `--domain`, or of the public service.
    Base,
    /// In this process, so that nothing is in between.
    Own,
    /// Where an agent of Copilot Studio is asked for.
    Endpoint,
}

impl Service {
    /// The one at `url`.
    pub(crate) fn at(url: &str) -> Service {
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let origin = format!("{scheme}://{}", authority.rsplit('@').next().unwrap_or_default());
        Service { origin, kind: Kind::Base, was_heard: false }
    }

    /// The one in this process.
    pub(crate) fn own(url: &str) -> Service {
        Service { kind: Kind::Own, ..Service::at(url) }
    }

    /// The token endpoint of an agent.
    pub(crate) fn endpoint(url: &str) -> Service {
        Service { kind: Kind::Endpoint, ..Service::at(url) }
    }

    /// Scheme, host and port, the port unless it goes without saying.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        !self.origin.starts_with("http:")
    }

    /// Host and port.
    pub(crate) fn place(&self) -> String {
        let authority = self.origin.split_once("://").map_or("", |(_, authority)| authority);
        // An address in brackets is full of colons.
        match authority.rsplit(']').next().unwrap_or_default().contains(':') {
            true => authority.to_owned(),
            false => format!("{authority}:{}", if self.is_encrypted() { 443 } else { 80 }),
        }
    }

    /// The argument that says where it is.
    pub(crate) fn argument(&self) -> &'static str {
        match self.kind {
            Kind::Base | Kind::Own => "--domain",
            Kind::Endpoint => "--copilot-token-url",
        }
    }

    /// The variable that names a proxy for it.
    pub(crate) fn proxy_variable(&self) -> &'static str {
        if self.is_encrypted() { "HTTPS_PROXY" } else { "HTTP_PROXY" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_known_by_its_origin_and_its_place() {
        for (url, origin, place, variable) in [
            (
                "https://x.example/v3/directline",
                "https://x.example",
                "x.example:443",
                "HTTPS_PROXY",
            ),
            ("http://x.example?code=hush", "http://x.example", "x.example:80", "HTTP_PROXY"),
            ("http://127.0.0.1:3000/", "http://127.0.0.1:3000", "127.0.0.1:3000", "HTTP_PROXY"),
            ("https://[::1]/v3", "https://[::1]", "[::1]:443", "HTTPS_PROXY"),
            ("http://[::1]:80", "http://[::1]:80", "[::1]:80", "HTTP_PROXY"),
            ("https://u:hush@x.example:1/", "https://x.example:1", "x.example:1", "HTTPS_PROXY"),
        ] {
            let service = Service::at(url);
            let found = (service.origin(), &*service.place(), service.proxy_variable());
            assert_eq!(found, (origin, place, variable));
        }
    }
}
