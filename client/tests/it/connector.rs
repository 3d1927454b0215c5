//! Over connections of one's own, requests and sockets, with encryption and without.

use std::io;
use std::sync::mpsc::{Receiver, channel};

use ::tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional, duplex};
use ::tokio::net::TcpStream;
use directline_client::directline::{
    Cause, Config, Credential, Event, Failure, Obstacle, Unreached,
};
use directline_client::tokio::{Connector, Conversation, Destination};
use directline_client::{Network, Update};
use directline_testbed::{Fault, Occasion, Options, Plan, Rule, Trigger, When};

use crate::talk::{quick, recorded, runtime, say, testbed};
use crate::tls::{YEAR_FAR, serve_tls};

/// Leads to `place` whoever is asked for, through memory, and passes on who that was.
fn leading_to(place: String) -> (Connector, Receiver<Destination>) {
    let (sender, asked) = channel();
    let connector = Connector::new(move |destination: Destination| {
        let (sender, place) = (sender.clone(), place.clone());
        async move {
            // Nobody listens once the test is over.
            let _ = sender.send(destination);
            connect(place).await
        }
    });
    (connector, asked)
}

async fn connect(
    place: String,
) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
    let mut service = TcpStream::connect(place).await?;
    let (ours, mut theirs) = duplex(4_096);
    ::tokio::spawn(async move { copy_bidirectional(&mut theirs, &mut service).await });
    Ok(ours)
}

#[test]
fn requests_and_sockets_go_over_ones_own_connections() {
    // Covers: RC-1, SU-4
    let reset = Rule::always(Occasion::Frame, Fault::Reset { when: When::Before });
    let fifth = reset.expect("allowed").with_trigger(Trigger::Every(5));
    let testbed = testbed(Options::default().with_plan(Plan::new(vec![fifth])));
    let (connector, asked) = leading_to(testbed.address().to_string());
    // Only the connector knows where that is.
    let config = quick(&testbed).with_base("http://nowhere.invalid").build().expect("valid");
    runtime().block_on(async {
        let network = Network::default();
        let mut conversation =
            Conversation::open_over(connector, config, None, &network).expect("a runtime");
        let mut heard = Vec::new();
        while let Some(update) = conversation.next().await {
            match update {
                Update::Event(Event::Joined { .. }) => {}
                Update::Activity(received) => heard.push(received.json().to_owned()),
                Update::Event(_) | Update::Ended(_) => continue,
            }
            if heard.len() == 20 {
                conversation.handle().close();
                continue;
            }
            say(&testbed, &testbed.conversations()[0], &heard.len().to_string());
        }
        assert_eq!(heard, recorded(&testbed, &testbed.conversations()[0]));
    });
    let asked: Vec<_> = asked.try_iter().collect();
    // A request, then a socket after each break: the stream's URL names the service itself.
    let service = testbed.address();
    let is_socket =
        |peer: &&Destination| (peer.host(), peer.port()) == ("127.0.0.1", service.port());
    assert_eq!((asked[0].host(), asked[0].port()), ("nowhere.invalid", 80));
    assert!(asked.iter().filter(is_socket).count() > 3, "{asked:?}");
}

#[test]
fn encryption_is_laid_over_ones_own_connections() {
    // Covers: CR-8
    let service = serve_tls("localhost", YEAR_FAR);
    let place = service.base.replace("https://localhost", "127.0.0.1");
    let port = place.rsplit(':').next().expect("a port").to_owned();
    let (connector, asked) = leading_to(place);
    let config = Config::builder(Credential::token("hush").expect("a credential"))
        .with_base(&service.base)
        .build();
    let network = Network::default().with_trust(service.trust());
    runtime().block_on(async {
        let opened = Conversation::open_over(connector, config.expect("valid"), None, &network);
        let mut activities = opened.expect("a runtime").activities();
        let activity = activities.next().await.expect("it is told");
        assert!(activity.json().contains("sealed"));
    });
    let asked: Vec<_> = asked.try_iter().collect();
    let is_service = |peer: &Destination| peer.port().to_string() == port;
    assert!(asked.len() >= 2 && asked.iter().all(is_service), "{asked:?}");
}

#[test]
fn what_a_connector_says_is_in_the_way_is_told() {
    // Covers: TX-3
    for (kind, obstacle) in [
        (io::ErrorKind::ConnectionRefused, Obstacle::Refused),
        (io::ErrorKind::NetworkUnreachable, Obstacle::Unreachable),
        (io::ErrorKind::NotFound, Obstacle::Other),
    ] {
        let connector =
            Connector::new(move |_| async move { Err::<TcpStream, _>(io::Error::from(kind)) });
        let config = Config::builder(Credential::token("hush.t").expect("a credential"))
            .with_base("https://x.invalid");
        let config = config.build().expect("valid");
        let failure = runtime().block_on(async {
            let network = Network::default();
            let opened = Conversation::open_over(connector, config, None, &network);
            let mut conversation = opened.expect("a runtime");
            loop {
                if let Some(Update::Event(Event::Faulted(fault))) = conversation.next().await {
                    if let Cause::NotAnswered { failure, .. } = fault.cause {
                        return failure;
                    }
                }
            }
        });
        assert_eq!(failure, Failure::Unreached(Unreached::new("x.invalid", 443, obstacle)));
    }
}
