//! UNREACHED: what a host found in its way to somebody else, and where.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Nobody was reached, so that nothing was sent: where, and why.
///
/// It names a host and a port and no more: a URL may hold what is nobody's business.
///
/// ```
/// use directline::{Failure, Obstacle, Unreached};
///
/// let nobody = Unreached::new("directline.example", 443, Obstacle::Refused);
/// assert_eq!(nobody.to_string(), "connection refused (directline.example:443)");
/// let failure = Failure::Unreached(nobody);
/// assert_eq!(
///     failure.to_string(),
///     "could not be sent: connection refused (directline.example:443)"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Unreached {
    place: Box<str>,
    is_proxy: bool,
    obstacle: Obstacle,
}

/// What is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Obstacle {
    /// The name of the host leads to no address.
    #[error("the name cannot be resolved")]
    Unresolved,
    /// The host is there, and nobody listens at this port.
    #[error("connection refused")]
    Refused,
    /// No way leads there, or nobody answers.
    #[error("the host cannot be reached")]
    Unreachable,
    /// Somebody listens who does not speak TLS.
    #[error("no TLS is spoken there")]
    NoTls,
    /// Encryption could not be agreed upon.
    #[error("no encrypted connection came about")]
    TlsFailed,
    /// The certificate is not good enough.
    #[error("the certificate {0}")]
    Untrusted(Distrust),
    /// A proxy wants a user and a password, or others than it was given (407; some say 401).
    #[error("the proxy wants other credentials")]
    ProxyCredentials,
    /// A proxy does not let this through.
    #[error("the proxy refuses ({status})")]
    ProxyRefused {
        /// The status that it gave.
        status: u16,
    },
    /// Where a proxy should be, somebody answers who is none.
    #[error("no proxy answers there")]
    NoProxy,
    /// Anything else.
    #[error("no connection came about")]
    Other,
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Distrust {
    /// Nobody who is trusted has signed it.
    #[error("is from nobody who is trusted")]
    Issuer,
    /// It is good, for somebody else.
    #[error("is for another host")]
    Host,
    /// Its time is over, or has not come.
    #[error("has expired or is not valid yet")]
    Time,
    /// It is one to sign others with, and no service's own.
    #[error("is an authority's, which no service may use as its own")]
    Authority,
    /// It is for other purposes than to show who a service is.
    #[error("is for another purpose")]
    Purpose,
    /// It was called back.
    #[error("was revoked")]
    Revoked,
    /// It cannot be read.
    #[error("is damaged")]
    Damaged,
    /// Anything else.
    #[error("is not valid")]
    Other,
}

impl Unreached {
    /// `host` as it was to be reached, at `port`. Of a host, no more is kept than a name can be
    /// long, and nothing but visible ASCII.
    #[must_use]
    pub fn new(host: &str, port: u16, obstacle: Obstacle) -> Unreached {
        let visible = host.chars().filter(char::is_ascii_graphic);
        let host: String = visible.take(NAME_BYTES_MAX).collect();
        Unreached { place: format!("{host}:{port}").into(), is_proxy: false, obstacle }
    }

    /// The same of a proxy, through which somebody else was to be reached.
    #[must_use]
    pub fn at_proxy(host: &str, port: u16, obstacle: Obstacle) -> Unreached {
        Unreached { is_proxy: true, ..Unreached::new(host, port, obstacle) }
    }

    /// Host and port, as in `directline.botframework.com:443`.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether that is a proxy, and not who was to be reached in the end.
    #[must_use]
    pub fn is_proxy(&self) -> bool {
        self.is_proxy
    }

    /// What is in the way.
    #[must_use]
    pub fn obstacle(&self) -> Obstacle {
        self.obstacle
    }
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = if self.is_proxy { "proxy " } else { "" };
        write!(f, "{} ({whose}{})", self.obstacle, self.place)
    }
}

impl std::error::Error for Unreached {}

/// RFC 1035, 2.3.4.
const NAME_BYTES_MAX: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_short_and_visible() {
        let long = "x\u{1b}[2Jé\n".repeat(1_000);
        let nobody = Unreached::at_proxy(&long, 1, Obstacle::Untrusted(Distrust::Authority));
        assert!(nobody.place().len() < 262 && nobody.place().chars().all(|c| c.is_ascii_graphic()));
        assert!(nobody.is_proxy() && nobody.place().starts_with("x[2Jx[2J"));
        assert!(nobody.to_string().starts_with(
            "the certificate is an authority's, which no service may use as its own (proxy x[2J"
        ));
    }
}
