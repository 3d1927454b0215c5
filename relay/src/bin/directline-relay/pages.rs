//! PAGES: whether a host is up, whether it takes conversations, and its figures, over HTTP.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use directline_relay::host::Figures;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Answers whoever asks, as long as the process is there.
pub(crate) async fn serve(listener: TcpListener, figures: Arc<Figures>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // There are no more files for now.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let figures = figures.clone();
        tokio::spawn(async move {
            let page = service_fn(|request| {
                let response = page(&request, &figures);
                async { Ok::<_, Infallible>(response) }
            });
            // What goes wrong with a connection is whose it is.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), page)
                .await;
            drop(place);
        });
    }
}

fn page(request: &Request<Incoming>, figures: &Figures) -> Response<Full<Bytes>> {
    if request.method() != Method::GET {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
    }
    match request.uri().path() {
        "/health" => plain(StatusCode::OK, "up\n"),
        "/ready" if figures.is_ready() => plain(StatusCode::OK, "ready\n"),
        "/ready" => plain(StatusCode::SERVICE_UNAVAILABLE, "no lease, or no NATS\n"),
        "/metrics" => {
            let mut response = Response::new(Full::from(figures.text()));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS));
            response
        }
        _ => plain(StatusCode::NOT_FOUND, "there are /health, /ready and /metrics\n"),
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const CONNECTIONS_MAX: usize = 64;
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);
