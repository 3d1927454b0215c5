//! A host of one's own on the bare machine, over reqwest and tokio-tungstenite: sizes are limited, and
//! each failure is told by its name. The service is one of our own; others want the TLS features of
//! both.
//!
//! `cargo run -p directline-client --example bare`
use std::{collections::BTreeMap, error::Error, fmt::Debug, time::Duration, time::Instant};

use bytes::Bytes;
use directline as dl;
use dl::{Action, CloseReason, Event, Failure, Input, Obstacle, Output, SocketId};
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use reqwest::{Body, Client, Url, redirect::Policy};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::connect_async_with_config as connect;
use tungstenite::{Error as Broken, Message, protocol::WebSocketConfig};

/// Bytes of a body or a frame.
const MAX: usize = 4 << 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let testbed = directline_testbed::Testbed::start(directline_testbed::Options::default())?;
    let secret = dl::Credential::secret(testbed.secret())?;
    let config = dl::Config::builder(secret).with_base(testbed.base());
    let config = config.with_body_bytes_max(MAX).with_frame_bytes_max(MAX).build()?;
    let client = Client::builder().redirect(Policy::none()).no_proxy().build()?;
    let (start, (inbox, mut facts)) = (Instant::now(), unbounded_channel());
    // Rounded up, so that no pause is cut short.
    let now = || {
        dl::Moment::from_millis(u64::try_from(start.elapsed().as_millis()).map_or(0, |ms| ms + 1))
    };
    let mut session = dl::Session::new(config, now());
    let activity = r#"{"type":"message","from":{"id":"user1"},"text":"hello"}"#.into();
    session.handle(now(), Input::Post { key: dl::PostKey(1), activity })?;
    let (mut tasks, mut probes, mut heard) = (BTreeMap::new(), BTreeMap::new(), 0);
    loop {
        while let Some(output) = session.poll() {
            let (inbox, client) = (inbox.clone(), client.clone());
            match output {
                Output::Action(Action::Send { request, message }) => {
                    let task = tokio::spawn(async move {
                        _ = inbox.send(match exchange(&client, message).await {
                            Ok(response) => Input::Response { request, response },
                            Err(failure) => Input::RequestFailed { request, failure },
                        });
                    });
                    tasks.insert(request.as_u64(), task);
                }
                Output::Action(Action::Open { socket, url }) => {
                    let (sender, wanted) = unbounded_channel();
                    let task = tokio::spawn(async move {
                        let reason = talk(socket, url, wanted, &inbox).await;
                        _ = inbox.send(Input::SocketClosed { socket, reason });
                    });
                    tasks.insert(socket.as_u64(), task);
                    probes.insert(socket, sender);
                }
                Output::Action(Action::Cancel { request }) => tasks[&request.as_u64()].abort(),
                Output::Action(Action::Shut { socket }) => tasks[&socket.as_u64()].abort(),
                Output::Action(Action::Probe { socket }) => _ = probes[&socket].send(()),
                Output::Event(Event::Delivered(batch)) => heard += batch.len(),
                Output::Event(Event::Ended(_)) => return Ok(()),
                Output::Event(event) => println!("{heard} heard, {event:?}"),
            }
        }
        let wait = session.deadline().map_or(Duration::from_secs(60), |at| at.since(now()));
        let fact = tokio::time::timeout(wait, facts.recv()).await.ok().flatten();
        session.handle(now(), fact.unwrap_or(Input::Timeout))?;
        if heard == 2 && session.pending_posts() == 0 {
            session.handle(now(), Input::Close)?;
        }
    }
}

async fn exchange(web: &Client, what: dl::Request) -> Result<http::Response<Vec<u8>>, Failure> {
    let request = reqwest::Request::try_from(what.into_http().map(Bytes::from_owner))
        .map_err(|_| Failure::NotSent)?;
    let url = request.url().clone();
    let answer = web.execute(request).await.map_err(|error| match error {
        error if error.is_timeout() => Failure::TimedOut,
        error if error.is_connect() => Failure::Unreached(unreached(&url, &error)),
        _ => Failure::Broken,
    })?;
    let (parts, body) = http::Response::<Body>::from(answer).into_parts();
    let body = Limited::new(body, MAX).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() { Failure::TooLarge } else { Failure::Broken }
    })?;
    Ok(http::Response::from_parts(parts, body.to_bytes().into()))
}

async fn talk(
    socket: SocketId,
    url: dl::StreamUrl,
    mut probes: UnboundedReceiver<()>,
    inbox: &UnboundedSender<Input>,
) -> CloseReason {
    let sizes = WebSocketConfig::default().max_message_size(Some(MAX)).max_frame_size(Some(MAX));
    let mut stream = match connect(url.expose(), Some(sizes), true).await {
        Ok((stream, _)) => stream,
        Err(Broken::Http(no)) => return CloseReason::Refused { status: Some(no.status().into()) },
        Err(error) => match Url::parse(url.expose()) {
            Ok(url) => return CloseReason::Unreached(unreached(&url, &error)),
            Err(_) => return CloseReason::Refused { status: None },
        },
    };
    _ = inbox.send(Input::SocketOpened { socket });
    loop {
        let message = tokio::select! {
            Some(()) = probes.recv() => stream.send(Message::Ping("".into())).await.map(|()| None),
            message = stream.next() => message.unwrap_or(Err(Broken::ConnectionClosed)).map(Some),
        };
        _ = inbox.send(match message {
            Ok(None | Some(Message::Ping(_) | Message::Frame(_))) => continue,
            Ok(Some(Message::Pong(_))) => Input::Pong { socket },
            Ok(Some(Message::Close(frame))) => {
                let frame = frame.map(|frame| (frame.code.into(), frame.reason.to_string()));
                let (code, reason) = frame.unwrap_or((1005, String::new()));
                return CloseReason::Closed { code, reason };
            }
            Ok(Some(data)) => match String::from_utf8(data.into_data().into()) {
                Ok(text) => Input::Frame { socket, text },
                Err(_) => Input::Garbled { socket },
            },
            Err(Broken::Capacity(_)) => return CloseReason::FrameTooLarge,
            Err(Broken::Utf8(_)) => return CloseReason::Unreadable,
            Err(_) => return CloseReason::Broken,
        });
    }
}

/// Libraries wrap what is in the way, and all of them show it.
fn unreached(url: &Url, error: &impl Debug) -> dl::Unreached {
    let found = match format!("{error:?}") {
        told if told.contains("ConnectionRefused") => Obstacle::Refused,
        told if told.contains("lookup address") => Obstacle::Unresolved,
        told if told.contains("UnknownIssuer") => Obstacle::Untrusted(dl::Distrust::Issuer),
        _ => Obstacle::Other,
    };
    let (host, port) = (url.host_str(), url.port_or_known_default());
    dl::Unreached::new(host.unwrap_or(""), port.unwrap_or(0), found)
}
