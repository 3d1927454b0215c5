//! One request and its answer over HTTP, with connections kept for the next one.

use std::io::Cursor;
use std::sync::Arc;

use directline::Failure;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;

use crate::trust::{Trust, not_sent};
use crate::wire::signed;

/// Connects to either kind of address; for requests and for sockets.
pub(super) type Connector = HttpsConnector<HttpConnector>;

/// Sends requests; cheap to clone. It follows no redirects, for the library below never does.
#[derive(Clone)]
pub(super) struct Exchange {
    client: Client<Connector, Full<Cursor<Vec<u8>>>>,
    connector: Connector,
    body_bytes_max: usize,
}

impl Exchange {
    pub(super) fn new(body_bytes_max: usize, tls: Arc<ClientConfig>) -> Exchange {
        let mut http = HttpConnector::new();
        http.set_nodelay(true);
        http.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(ClientConfig::clone(&tls))
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(IDLE_MAX)
            .build(connector.clone());
        Exchange { client, connector, body_bytes_max }
    }

    pub(super) fn connector(&self) -> Connector {
        self.connector.clone()
    }

    pub(super) async fn run(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, Failure> {
        let response =
            self.client.request(request.map(|body| Full::new(Cursor::new(body)))).await.map_err(
                |error| if error.is_connect() { not_sent(&error) } else { Failure::Broken },
            )?;
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
    trust: &Trust,
) -> Result<Response<Vec<u8>>, Failure> {
    let request = signed(request.map(String::into_bytes));
    Exchange::new(body_bytes_max, trust.tls()).run(request).await
}

/// At most a post and one other request are under way most of the time.
const IDLE_MAX: usize = 2;
