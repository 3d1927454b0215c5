//! What conversations share that are opened with one network, and what they do not.

use ::tokio::runtime::{Builder, Runtime};
use directline_client::directline::{Config, Event};
use directline_client::tokio::Conversation;
use directline_client::{Network, Proxy, Update};
use directline_testbed::{Options, Testbed};

use crate::proxy::{place, proxy};
use crate::talk::{quick, recorded, say, testbed};

/// A conversation that has begun, by its id.
async fn begun(config: Config, network: &Network) -> (Conversation, String) {
    let mut conversation = Conversation::open(config, None, network).expect("a runtime");
    loop {
        match conversation.next().await.expect("it begins") {
            Update::Event(Event::Joined { conversation: id }) => {
                return (conversation, id.to_string());
            }
            Update::Event(Event::Status(_)) => {}
            other => panic!("it begins: {other:?}"),
        }
    }
}

async fn hears(conversation: &mut Conversation, testbed: &Testbed, id: &str) {
    say(testbed, id, "hello");
    loop {
        match conversation.next().await.expect("it goes on") {
            Update::Activity(received) => {
                return assert_eq!([received.json().to_owned()], recorded(testbed, id)[..]);
            }
            Update::Event(_) => {}
            Update::Ended(end) => panic!("the session ended: {end}"),
        }
    }
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

#[test]
fn one_connection_serves_the_requests_of_all() {
    // Covers: CR-8
    let testbed = testbed(Options::default());
    let (port, tunnels) = proxy(place(&testbed.base()), |_| None);
    let proxy = Proxy::at(&format!("127.0.0.1:{port}")).expect("a proxy");
    let network = Network::default().with_proxy(proxy.clone());
    one_thread().block_on(async {
        let mut all = Vec::new();
        for _ in 0..4 {
            let config = quick(&testbed).build().expect("valid");
            let (mut conversation, id) = begun(config, &network.clone()).await;
            hears(&mut conversation, &testbed, &id).await;
            all.push(conversation);
        }
        assert_eq!(tunnels.try_iter().count(), 4 + 1, "four sockets, and one for requests");
        // Another network, if only by a word, has its own.
        let network = network.with_proxy(proxy);
        let config = quick(&testbed).build().expect("valid");
        let (mut conversation, id) = begun(config, &network).await;
        hears(&mut conversation, &testbed, &id).await;
        assert_eq!(tunnels.try_iter().count(), 2);
    });
}

#[test]
fn a_runtime_that_stands_still_holds_up_nobody_on_another() {
    // Covers: LV-1
    let testbed = testbed(Options::default());
    let network = Network::default().with_proxy(Proxy::none());
    let config = || quick(&testbed).build().expect("valid");
    let (first, second) = (one_thread(), one_thread());
    let (mut conversation, id) = first.block_on(begun(config(), &network));
    first.block_on(hears(&mut conversation, &testbed, &id));
    // Nobody drives the first one now, nor its connections.
    let (mut conversation, id) = second.block_on(async {
        let begun = begun(config(), &network);
        ::tokio::time::timeout(crate::talk::PATIENCE, begun).await.expect("it is not held up")
    });
    second.block_on(hears(&mut conversation, &testbed, &id));
}
