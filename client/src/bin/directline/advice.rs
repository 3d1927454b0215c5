//! What somebody can do about what is in the way.

use directline_client::directline::{Cause, Distrust, Failure, Loss, Obstacle, Unreached};

use crate::service::{Kind, Service};

/// A hint that goes with what went wrong, where there is one.
pub(crate) fn advice(cause: &Cause, service: &Service) -> Option<String> {
    match cause {
        Cause::SocketLost(Loss::Closed { reason, .. }) if is_collision(reason) => Some(
            "another client has this conversation open, which has one client at a time: end the \
             other one, or this one"
                .into(),
        ),
        Cause::NotAnswered { failure, .. } => advice_on(failure, service),
        Cause::SocketLost(Loss::Unreached(unreached)) => way_out(unreached, service),
        // A server with TLS that knows HTTP says that it is spoken to in plain text.
        Cause::Stranger { status: 400, .. } if may_want_tls(service) => Some(wants_tls(service)),
        // What is in between reads handshakes as it reads requests.
        Cause::SocketLost(Loss::Refused { status: Some(200..400 | 403 | 407 | 511) })
            if service.kind != Kind::Own =>
        {
            Some(SIGN_IN.into())
        }
        // A portal sends everybody to itself, mostly in plain text: nobody is sent there with a token.
        Cause::Redirected { to: Some(to), .. }
            if to.starts_with("https:") && service.kind == Kind::Base =>
        {
            Some(format!("{SIGN_IN}; if the service is known to be there now, give --domain {to}"))
        }
        // A success whose body makes no sense is a portal's page more often than anything else.
        Cause::Stranger { .. } | Cause::Redirected { .. } | Cause::BadBody { .. } => {
            Some(SIGN_IN.into())
        }
        _ => None,
    }
}

/// What goes with a request that got no answer.
fn advice_on(failure: &Failure, service: &Service) -> Option<String> {
    match failure {
        Failure::Unreached(unreached) => way_out(unreached, service),
        // Who waits for TLS makes no sense of a request without.
        Failure::Broken if may_want_tls(service) => Some(wants_tls(service)),
        _ => None,
    }
}

fn may_want_tls(service: &Service) -> bool {
    !service.is_encrypted() && !service.was_heard
}

fn wants_tls(service: &Service) -> String {
    format!("does this port want TLS? then give {} https://{}", service.argument(), service.place())
}

/// What the service calls it when a second client takes a conversation over.
fn is_collision(reason: &str) -> bool {
    reason.to_ascii_lowercase().contains("collision")
}

fn way_out(unreached: &Unreached, service: &Service) -> Option<String> {
    let is_proxy = unreached.is_proxy();
    let (variable, argument) = (service.proxy_variable(), service.argument());
    let fixed = match unreached.obstacle() {
        Obstacle::Unresolved | Obstacle::Refused | Obstacle::Unreachable if is_proxy => {
            "this is the proxy of --proxy or the environment: is it right?"
        }
        Obstacle::Unresolved => {
            return Some(format!(
                "is it spelled right? where only a proxy knows it, set {variable}"
            ));
        }
        Obstacle::Refused => {
            return Some(format!(
                "is the service running, and does {argument} name the right port?"
            ));
        }
        Obstacle::Unreachable => {
            return Some(format!("is there a network, or a proxy to go through ({variable})?"));
        }
        Obstacle::NoTls if is_proxy => "write the proxy's URL with http:",
        Obstacle::NoTls if service.kind == Kind::Endpoint => "is this the right port?",
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
        Obstacle::Untrusted(Distrust::Host) => {
            return Some(format!("does {argument} name the host of the certificate?"));
        }
        Obstacle::Untrusted(Distrust::Time) => "is the clock of this machine right?",
        Obstacle::ProxyCredentials => "write the proxy's URL as http://USER:PASSWORD@HOST:PORT",
        Obstacle::ProxyRefused { .. } => {
            "does the proxy allow this host and port? --no-proxy names hosts to reach without it"
        }
        Obstacle::NoProxy => "is this the proxy's port?",
        _ => return None,
    };
    Some(fixed.into())
}

const SIGN_IN: &str = "if this network wants a sign-in, sign in";

#[cfg(test)]
mod tests {
    use directline_client::directline::Purpose;

    use super::*;

    fn of(cause: Cause) -> String {
        advice(&cause, &Service::at("https://x.example")).unwrap_or_default()
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
    fn what_is_in_between_may_want_a_sign_in() {
        assert!(of(Cause::BadBody { purpose: Purpose::Start }).contains("sign in"));
        let refused = |status| Cause::SocketLost(Loss::Refused { status });
        for status in [200, 302, 403, 407, 511] {
            assert_eq!(of(refused(Some(status))), SIGN_IN, "{status}");
            let own = advice(&refused(Some(status)), &Service::own("http://127.0.0.1:1"));
            assert_eq!(own, None, "nothing is in between");
        }
        for status in [None, Some(401), Some(404), Some(503)] {
            assert_eq!(of(refused(status)), "", "{status:?}");
        }
    }

    #[test]
    fn a_port_may_want_tls_as_long_as_nothing_was_heard() {
        let broken = Cause::NotAnswered { purpose: Purpose::Start, failure: Failure::Broken };
        let refused = Cause::Stranger { purpose: Purpose::Start, status: 400 };
        let plain = Service::at("http://x.example");
        let mut heard = plain.clone();
        heard.was_heard = true;
        let hint = "does this port want TLS? then give --domain https://x.example:80";
        for cause in [broken, refused] {
            assert_eq!(advice(&cause, &plain).as_deref(), Some(hint));
            assert_ne!(advice(&cause, &heard).as_deref(), Some(hint));
            assert_ne!(of(cause), hint);
        }
    }

    #[test]
    fn the_proxy_is_named_by_the_variable_that_is_read() {
        for (base, variable) in [("https://x.example", "HTTPS_PROXY"), ("http://x", "HTTP_PROXY")] {
            for obstacle in [Obstacle::Unresolved, Obstacle::Unreachable] {
                let nobody = Unreached::new("x.example", 80, obstacle);
                let cause = Cause::SocketLost(Loss::Unreached(nobody));
                let told = advice(&cause, &Service::at(base)).unwrap_or_default();
                assert!(told.contains(variable), "{told}");
            }
        }
    }

    #[test]
    fn what_is_in_the_way_has_a_way_out() {
        use Obstacle::{
            NoProxy, NoTls, ProxyCredentials, Refused, TlsFailed, Unreachable, Unresolved,
        };
        let of_proxy = "the proxy of --proxy or the environment";
        for (obstacle, at_service, at_proxy) in [
            (Unresolved, "is it spelled right?", of_proxy),
            (Refused, "does --domain name the right port?", of_proxy),
            (Unreachable, "is there a network", of_proxy),
            (
                NoTls,
                "a service without TLS has a --domain with http:",
                "the proxy's URL with http:",
            ),
            (TlsFailed, "is this a port for TLS?", "is this a port for TLS?"),
            (Obstacle::Untrusted(Distrust::Issuer), "--ca-file", "--ca-file"),
            (Obstacle::Untrusted(Distrust::Authority), "without CA:TRUE", "without CA:TRUE"),
            (Obstacle::Untrusted(Distrust::Host), "name the host of the certificate?", ""),
            (Obstacle::Untrusted(Distrust::Time), "is the clock of this machine right?", ""),
            (ProxyCredentials, "", "http://USER:PASSWORD@HOST:PORT"),
            (Obstacle::ProxyRefused { status: 403 }, "", "does the proxy allow this host"),
            (NoProxy, "", "is this the proxy's port?"),
        ] {
            let told = |unreached, service: &Service| {
                advice(&Cause::SocketLost(Loss::Unreached(unreached)), service).unwrap_or_default()
            };
            let base = Service::at("https://x.example");
            let service = told(Unreached::new("x.example", 443, obstacle), &base);
            assert!(service.contains(at_service), "{obstacle:?}: {service}");
            let proxy = told(Unreached::at_proxy("p.example", 1, obstacle), &base);
            assert!(proxy.contains(at_proxy), "{obstacle:?}: {proxy}");
            let agent = Service::endpoint("https://x.example/token");
            let agent = told(Unreached::new("x.example", 443, obstacle), &agent);
            assert!(!agent.is_empty() && !agent.contains("--domain"), "{obstacle:?}: {agent}");
        }
    }
}
