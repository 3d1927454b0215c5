//! Causes in words, where those of the library would mislead somebody who does not know the protocol.

use directline_client::directline::{Cause, Failure, Loss, Obstacle, Unreached};

use crate::service::Service;

/// What went wrong.
pub(crate) fn words(cause: &Cause, service: &Service) -> String {
    match cause {
        Cause::NotAnswered { purpose, failure } => {
            format!("{purpose} {}", failed(failure, service))
        }
        // Nobody refused a connection: it stood, and somebody has answered over it.
        Cause::SocketLost(Loss::Refused { status: Some(status) }) => {
            format!("opening the socket was answered with status {status}")
        }
        Cause::SocketLost(Loss::Refused { status: None }) => "opening the socket broke off".into(),
        Cause::SocketLost(Loss::Unreached(unreached)) => {
            format!("could not connect: {}", way(unreached))
        }
        cause => cause.to_string(),
    }
}

/// How a request failed. Before anything was heard of the service, where it should be is part of it.
pub(crate) fn failed(failure: &Failure, service: &Service) -> String {
    match failure {
        Failure::Unreached(unreached) => format!("could not be sent: {}", way(unreached)),
        Failure::NotSent | Failure::Broken | Failure::TimedOut if !service.was_heard => {
            format!("{failure} ({})", service.place())
        }
        failure => failure.to_string(),
    }
}

fn way(unreached: &Unreached) -> String {
    match unreached.obstacle() {
        Obstacle::ProxyRefused { status } => {
            format!("the proxy {} refuses with status {status}", unreached.place())
        }
        _ => unreached.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use directline_client::directline::Purpose;

    use super::*;

    #[test]
    fn an_answer_is_no_refused_connection_and_a_proxy_has_one_pair_of_brackets() {
        let service = Service::at("http://x.example");
        let refused = |status| Cause::SocketLost(Loss::Refused { status });
        let proxy = Unreached::at_proxy("p", 3128, Obstacle::ProxyRefused { status: 403 });
        let nobody = Unreached::new("x.example", 80, Obstacle::Refused);
        let failed = |failure| Cause::NotAnswered { purpose: Purpose::Start, failure };
        for (cause, told) in [
            (refused(Some(403)), "opening the socket was answered with status 403"),
            (refused(None), "opening the socket broke off"),
            (
                Cause::SocketLost(Loss::Unreached(proxy.clone())),
                "could not connect: the proxy p:3128 refuses with status 403",
            ),
            (
                failed(Failure::Unreached(proxy)),
                "starting the conversation could not be sent: the proxy p:3128 refuses with status 403",
            ),
            (
                failed(Failure::Unreached(nobody)),
                "starting the conversation could not be sent: connection refused (x.example:80)",
            ),
            (failed(Failure::Broken), "starting the conversation broke off (x.example:80)"),
            (failed(Failure::TimedOut), "starting the conversation took too long (x.example:80)"),
            (Cause::SocketLost(Loss::Broken), "connection lost (1006)"),
        ] {
            assert_eq!(words(&cause, &service), told);
        }
        let mut heard = service;
        heard.was_heard = true;
        assert_eq!(words(&failed(Failure::Broken), &heard), "starting the conversation broke off");
    }
}
