//! Where credentials go, and where they don't.

use std::time::Duration;

use directline_client::directline::{Cause, Config, Credential, Event, Failure, Obstacle};
use directline_client::tokio::fetch;
use directline_client::{Network, Proxy};

use crate::server::{header, offer, serve, serve_plain};
use crate::talk::{Driver, PATIENCE, runtime, with_both_drivers};

with_both_drivers!(
    redirects_are_not_followed,
    handshakes_carry_no_bearer,
    a_bad_certificate_is_not_accepted,
);

fn redirects_are_not_followed(driver: Driver) {
    // Covers: CR-8
    let (elsewhere, strangers) = serve(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".into());
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{elsewhere}/there?t=hush");
        let (base, requests) = serve(move |_| {
            format!(
                "HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\
                 connection: close\r\n\r\n"
            )
            .into_bytes()
        });
        let mut talk = driver.start(config(&base));
        let request = requests.recv_timeout(PATIENCE).expect("a request");
        assert!(request.contains("Bearer hush") || request.contains("bearer hush"), "{request}");
        // The place is told, and nothing else of the URL.
        let to = talk.event(|event| match event {
            Event::Faulted(fault) => match &fault.cause {
                Cause::Redirected { to, .. } => Some(to.clone()),
                _ => None,
            },
            _ => None,
        });
        assert_eq!(to.as_deref(), Some(elsewhere.as_str()));
    }
    assert!(strangers.try_recv().is_err(), "somebody else was asked");
}

fn handshakes_carry_no_bearer(driver: Driver) {
    // Covers: SU-6
    let (base, requests) = serve(|request| {
        if request.starts_with("POST") {
            offer(&format!("ws://{}/s?b=1&t=a%2Bb&a=2", header(request, "host")))
        } else {
            b"HTTP/1.1 403 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into()
        }
    });
    let _talk = driver.start(config(&base));
    let handshake = loop {
        let request = requests.recv_timeout(PATIENCE).expect("a request");
        if request.starts_with("GET /s") {
            break request.to_ascii_lowercase();
        }
    };
    assert!(handshake.starts_with("get /s?b=1&t=a%2bb&a=2 "), "{handshake}");
    assert!(!handshake.contains("authorization") && !handshake.contains("hush"), "{handshake}");
}

fn a_bad_certificate_is_not_accepted(driver: Driver) {
    // Covers: CR-8
    // Whoever answers in plain text has no certificate at all.
    let place = serve_plain();
    let unreached = driver.start(config(&format!("https://{place}"))).unreached();
    assert_eq!((unreached.place(), unreached.obstacle()), (place.as_str(), Obstacle::NoTls));
}

#[test]
fn requests_without_a_session_keep_to_the_same_limits() {
    // Covers: CR-8, RX-6
    let (base, requests) = serve(|request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let head = match path {
            "/moved" => "302 Moved\r\nlocation: /there\r\ncontent-length: 4",
            "/large" => "200 OK\r\ncontent-length: 5",
            "/endless" => "200 OK\r\ntransfer-encoding: chunked",
            _ => "403 No\r\ncontent-length: 4",
        };
        let body = if path == "/endless" { "5\r\nabcde\r\n" } else { "abcde" };
        format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n{body}").into_bytes()
    });
    let (runtime, network) = (runtime(), Network::default().with_proxy(Proxy::none()));
    for (path, expected) in [
        ("moved", Ok((302, "abcd"))),
        ("refused", Ok((403, "abcd"))),
        ("large", Err(Failure::TooLarge)),
        ("endless", Err(Failure::TooLarge)),
    ] {
        let request = http::Request::get(format!("{base}/{path}")).body(String::new());
        let answer = runtime.block_on(fetch(request.expect("a request"), 4, &network));
        let answer = answer.as_ref().map(|answer| {
            let text = std::str::from_utf8(answer.body()).expect("text");
            (answer.status().as_u16(), text)
        });
        assert_eq!(answer.map_err(Clone::clone), expected, "{path}");
    }
    let asked: Vec<_> = requests.try_iter().filter(|request| request.contains("/there")).collect();
    assert!(asked.is_empty(), "{asked:?}");
}

fn config(base: &str) -> Config {
    Config::builder(Credential::token("hush").expect("a credential"))
        .with_base(base)
        .with_backoff(Duration::from_millis(50), Duration::from_millis(100))
        .build()
        .expect("valid")
}
