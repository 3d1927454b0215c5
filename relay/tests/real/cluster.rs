//! Three servers that know one another, of one test.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use directline_relay::nats::{Access, Layout, Link, Stores};

use crate::server::{LAYOUT, PATIENCE, Server, names};

/// Servers that run; ended with the test.
pub(crate) struct Cluster {
    members: Vec<Server>,
}

impl Cluster {
    /// One that has a leader, or none where there is no program for it; then that is told.
    pub(crate) async fn start() -> Option<Cluster> {
        let routes = [(); 3].map(|()| free());
        let urls = routes.map(|port| format!("\"nats://127.0.0.1:{port}\"")).join(", ");
        let mut members = Vec::new();
        for (number, port) in routes.into_iter().enumerate() {
            let configuration = format!(
                "server_name: n{number}\njetstream: enabled\n\
                 cluster: {{ name: test, listen: \"127.0.0.1:{port}\", routes: [{urls}] }}\n"
            );
            members.push(Server::start_with(&configuration).await?);
        }
        let cluster = Cluster { members };
        let begun = Instant::now();
        while let Err(problem) = Link::connect(&cluster.access(0)).await {
            assert!(begun.elapsed() < PATIENCE, "no leader: {problem}");
            // Which nothing tells of.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Some(cluster)
    }

    /// By way of this member.
    fn access(&self, number: usize) -> Access {
        Access { servers: vec![self.members[number].url()], ..self.members[number].access() }
    }

    /// By way of each member.
    pub(crate) async fn stores(&self) -> Vec<(Link, Stores)> {
        let layout = Layout { replicas: 3, ..LAYOUT };
        let mut all = Vec::new();
        for number in 0..self.members.len() {
            let link = Link::connect(&self.access(number)).await.expect("a connection");
            let stores = layout.open(&link, &names()).await.expect("streams and buckets");
            all.push((link, stores));
        }
        all
    }
}

fn free() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("its number").port()
}
