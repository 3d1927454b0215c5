//! What somebody can do about what is in the way.

use directline_client::directline::{Cause, Distrust, Failure, Fault, Loss, Obstacle, Unreached};

/// A hint that goes with a fault, where there is one.
pub(crate) fn advice(fault: &Fault) -> Option<String> {
    match &fault.cause {
        Cause::SocketLost(Loss::Closed { reason, .. }) if is_collision(reason) => Some(
            "another client has this conversation open, which has one client at a time: end the \
             other one, or this one"
                .into(),
        ),
        Cause::NotAnswered { failure: Failure::Unreached(unreached), .. }
        | Cause::SocketLost(Loss::Unreached(unreached)) => way_out(unreached).map(Into::into),
        // A portal sends everybody to itself, mostly in plain text: nobody is sent there with a token.
        Cause::Redirected { to: Some(to), .. } if to.starts_with("https:") => Some(format!(
            "if this network wants a sign-in, sign in; if the service is known to be there now, \
             give --domain {to}"
        )),
        // A success whose body makes no sense is a portal's page more often than anything else.
        Cause::Stranger { .. } | Cause::Redirected { .. } | Cause::BadBody { .. } => {
            Some("if this network wants a sign-in, sign in".into())
        }
        _ => None,
    }
}

/// What the service calls it when a second client takes a conversation over.
fn is_collision(reason: &str) -> bool {
    reason.to_ascii_lowercase().contains("collision")
}

/// What goes with a request of no session.
pub(crate) fn advice_on(failure: &Failure) -> Option<&'static str> {
    match failure {
        Failure::Unreached(unreached) => way_out(unreached),
        _ => None,
    }
}

fn way_out(unreached: &Unreached) -> Option<&'static str> {
    let is_proxy = unreached.is_proxy();
    Some(match unreached.obstacle() {
        Obstacle::Unresolved | Obstacle::Refused | Obstacle::Unreachable if is_proxy => {
            "this is the proxy of --proxy or the environment: is it right?"
        }
        Obstacle::Unresolved => "is it spelled right? where only a proxy knows it, set HTTPS_PROXY",
        Obstacle::Refused => "is the service running, and does --domain name the right port?",
        Obstacle::Unreachable => "is there a network, or a proxy to go through (HTTPS_PROXY)?",
        Obstacle::NoTls if is_proxy => "write the proxy's URL with http:",
        Obstacle::NoTls => {
            "is this the right port? a service without TLS has a --domain with http:"
        }
        Obstacle::TlsFailed => {
            "is this a port for TLS? or does something in between cut the connection?"
        }
        Obstacle::Untrusted(Distrust::Issuer) => {
            "where a company or a server has an authority of its own, give its certificate with \
             --ca-file"
        }
        Obstacle::Untrusted(Distrust::Authority) => {
            "make the service a certificate that the authority has signed, or one without CA:TRUE"
        }
        Obstacle::Untrusted(Distrust::Host) => "does --domain name the host of the certificate?",
        Obstacle::Untrusted(Distrust::Time) => "is the clock of this machine right?",
        Obstacle::ProxyCredentials => "write the proxy's URL as http://USER:PASSWORD@HOST:PORT",
        Obstacle::ProxyRefused { .. } => {
            "does the proxy allow this host and port? --no-proxy names hosts to reach without it"
        }
        Obstacle::NoProxy => "is this the proxy's port?",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use directline_client::directline::{Next, Purpose};

    use super::*;

    fn of(cause: Cause) -> String {
        advice(&Fault { cause, next: Next::Continues }).unwrap_or_default()
    }

    #[test]
    fn nobody_is_sent_to_a_portal_in_plain_text() {
        let redirected = |to: &str| {
            of(Cause::Redirected { purpose: Purpose::Start, status: 302, to: Some(to.into()) })
        };
        assert!(
            redirected("https://service.example").ends_with("--domain https://service.example")
        );
        let portal = redirected("http://portal.example");
        assert!(portal.contains("sign in") && !portal.contains("portal.example"), "{portal}");
    }

    #[test]
    fn a_page_in_place_of_an_answer_may_be_a_portals() {
        assert!(of(Cause::BadBody { purpose: Purpose::Start }).contains("sign in"));
    }
}
