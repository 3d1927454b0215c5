//! One request and its answer over HTTP, with connections kept for the next one.

use std::io::Cursor;

use directline::{Body, Failure};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::dial::Dialler;
use crate::network::Network;
use crate::obstacle::not_sent;
use crate::wire::signed;

/// Sends requests; cheap to clone. It follows no redirects, for the library below never does.
#[derive(Clone)]
pub(super) struct Exchange {
    connections: Connections,
    body_bytes_max: usize,
}

/// Connections that are open, and a way to more; a clone has the same ones.
pub(super) type Connections = Client<Dialler, Full<Cursor<Body>>>;

pub(super) fn connections(dialler: Dialler) -> Connections {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(IDLE_MAX)
        .build(dialler)
}

impl Exchange {
    pub(super) fn new(body_bytes_max: usize, connections: Connections) -> Exchange {
        Exchange { connections, body_bytes_max }
    }

    pub(super) async fn run(&self, request: Request<Body>) -> Result<Response<Vec<u8>>, Failure> {
        let request = request.map(|body| Full::new(Cursor::new(body)));
        let response =
            self.connections.request(request).await.map_err(|error| {
                if error.is_connect() { not_sent(&error) } else { Failure::Broken }
            })?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, self.body_bytes_max).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() { Failure::TooLarge } else { Failure::Broken }
        })?;
        Ok(Response::from_parts(parts, body.to_bytes().into()))
    }
}

/// Sends a request that belongs to no session. For the command alone, no part of the interface.
#[doc(hidden)]
pub async fn fetch(
    request: Request<String>,
    body_bytes_max: usize,
    network: &Network,
) -> Result<Response<Vec<u8>>, Failure> {
    let request = signed(request.map(Body::from));
    let dialler = Dialler::new(network.trust().tls(), network.proxy());
    Exchange::new(body_bytes_max, connections(dialler)).run(request).await
}

/// One conversation seldom has more than two requests under way, a post and another; of a thousand that
/// share these not many have one at once, and what comes back beyond this is closed.
const IDLE_MAX: usize = 32;
