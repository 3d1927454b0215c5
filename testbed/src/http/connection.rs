//! One TCP connection, from its first request to whatever ends it.
//!
//! The server library speaks HTTP and hands the bare connection back when it is done, however
//! that came about. What is left to do then, such as a reset, happens to that connection.

use std::future::poll_fn;
use std::sync::Arc;

use futures_util::FutureExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::Response;
use hyper::body::Incoming;
use hyper::header::ORIGIN;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::http::Request;
use crate::http::ending::{part, read_to_the_end, reset};
use crate::http::outcome::Outcome;
use crate::http::reply::{Failure, Reply, ReplyBody};
use crate::routes::respond;
use crate::service::Shared;
use crate::service::sockets::OpenedSocket;
use crate::socket::run_socket;

/// What becomes of a connection that speaks HTTP no more, unless it is simply closed.
enum Sequel {
    Socket(OpenedSocket),
    Reset,
    Hang,
}

/// Serves requests until the connection ends.
pub(crate) async fn serve_connection(shared: Arc<Shared>, stream: TcpStream) {
    // Small frames shall leave at once; failing to ask for it changes nothing but the pace.
    let _ = stream.set_nodelay(true);
    let (decide, mut decided) = unbounded_channel();
    let served = Arc::clone(&shared);
    let service =
        service_fn(move |request| answer(Arc::clone(&served), request, decide.clone()).boxed());
    let mut connection = http1::Builder::new()
        // A request takes effect even if the client leaves before its answer.
        .half_close(true)
        .max_header_size(HEAD_BYTES_MAX)
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service);
    // However it ended, all that counts is what was decided about the connection.
    let _ = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let parts = connection.into_parts();
    let mut stream = parts.io.into_inner();
    match decided.try_recv() {
        Ok(Sequel::Socket(socket)) => {
            run_socket(shared, stream, parts.read_buf.to_vec(), socket).await;
        }
        Ok(Sequel::Reset) => reset(stream),
        Ok(Sequel::Hang) => read_to_the_end(&mut stream).await,
        Err(_) => part(&mut stream).await,
    }
}

/// Answers a request; an error ends the connection instead.
async fn answer(
    shared: Arc<Shared>,
    request: hyper::Request<Incoming>,
    decide: UnboundedSender<Sequel>,
) -> Result<Response<ReplyBody>, Failure> {
    let shown_to = shared.origins.headers(request.headers().get(ORIGIN));
    let outcome = match read_whole(request).await {
        Ok(request) => respond(&shared, &request).await,
        Err(refusal) => Outcome::Reply(refusal),
    };
    let (response, sequel) = match outcome {
        Outcome::Reply(reply) => (reply.with_headers(shown_to).into_response(), None),
        Outcome::Cut(reply) => (reply.with_headers(shown_to).into_half_response(), None),
        Outcome::Upgrade(reply, socket) => (reply.into_response(), Some(Sequel::Socket(socket))),
        Outcome::Drop => (Err(Failure::Intended), None),
        Outcome::Reset => (Err(Failure::Intended), Some(Sequel::Reset)),
        Outcome::Hang => (Err(Failure::Intended), Some(Sequel::Hang)),
    };
    if let Some(sequel) = sequel {
        // The receiver outlives the service.
        let _ = decide.send(sequel);
    }
    response
}

async fn read_whole(request: hyper::Request<Incoming>) -> Result<Request, Reply> {
    let (head, body) = request.into_parts();
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => Ok(Request { head, body: body.to_bytes() }),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Reply::error(413, "MessageSizeTooBig", "The request exceeds every limit"))
        }
        Err(_) => Err(Reply::error(400, "BadSyntax", "The body can't be read")),
    }
}

const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Twice the largest upload, so that too large ones are answered rather than cut off.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
