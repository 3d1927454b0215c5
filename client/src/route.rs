//! ROUTE: who is dialled, and what for.

use std::fmt;

use directline::{Obstacle, Unreached};
use http::{HeaderValue, Uri};

/// The way to somebody, through a proxy or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) target: Peer,
    pub(crate) proxy: Option<Hop>,
}

/// Somebody at the end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Without the brackets of an address.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) is_encrypted: bool,
}

/// A proxy on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) peer: Peer,
    pub(crate) protocol: Protocol,
}

/// How a proxy is asked; credentials show nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// By `CONNECT`, with a sensitive header value.
    Connect { authorization: Option<HeaderValue> },
    /// By SOCKS 5.
    Socks { login: Option<Login> },
}

/// A user and a password, each of 1 to 255 bytes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Login {
    user: String,
    password: String,
}

impl Login {
    pub(crate) fn new(user: &str, password: &str) -> Option<Login> {
        let is_fine = |text: &str| (1..=255).contains(&text.len());
        let login = Login { user: user.into(), password: password.into() };
        (is_fine(user) && is_fine(password)).then_some(login)
    }

    /// As RFC 1929 wants them.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![1];
        for text in [&self.user, &self.password] {
            bytes.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
            bytes.extend(text.bytes().take(255));
        }
        bytes
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Peer {
    /// Whom a URL with `http:` or `https:` names.
    pub(crate) fn of(uri: &Uri) -> Option<Peer> {
        let (is_encrypted, default_port) = match uri.scheme_str()? {
            "http" => (false, 80),
            "https" => (true, 443),
            _ => return None,
        };
        let host = uri.host()?.trim_matches(['[', ']']).to_owned();
        Some(Peer { host, port: uri.port_u16().unwrap_or(default_port), is_encrypted })
    }

    /// Host and port, as they stand in a URL.
    pub(crate) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl Route {
    /// Who is dialled.
    pub(crate) fn first(&self) -> &Peer {
        self.proxy.as_ref().map_or(&self.target, |hop| &hop.peer)
    }

    /// What was met where the first connection leads.
    pub(crate) fn unreached(&self, obstacle: Obstacle) -> Unreached {
        match &self.proxy {
            Some(hop) => Unreached::at_proxy(&bracketed(&hop.peer.host), hop.peer.port, obstacle),
            None => self.target_unreached(obstacle),
        }
    }

    /// What was met at the end of the way.
    pub(crate) fn target_unreached(&self, obstacle: Obstacle) -> Unreached {
        Unreached::new(&bracketed(&self.target.host), self.target.port, obstacle)
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.into() }
}
