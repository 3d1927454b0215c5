//! What is in the way is told by its name, with host and port.

use std::io::Read;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use directline_client::directline::{
    Cause, CloseReason, Config, Credential, Event, Loss, Obstacle, Unreached,
};

use crate::command::program::Program;
use crate::server::{accept, header, offer, serve, serve_plain};
use crate::talk::{Driver, with_both_drivers};
use crate::tls::{YEAR_FAR, serve_tls};

with_both_drivers!(
    nobody_at_a_port,
    nobody_by_a_name,
    a_socket_elsewhere_that_nobody_answers,
    a_socket_that_speaks_no_tls,
);

fn config(base: &str) -> Config {
    Config::builder(Credential::token("hush-hush").expect("a credential"))
        .with_base(base)
        .with_backoff(Duration::from_millis(5), Duration::from_millis(50))
        .build()
        .expect("valid")
}

/// A port where nobody listens: it was free a moment ago.
fn deserted() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// A place where whoever comes is hung up on.
fn hung_up() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let place = listener.local_addr().expect("an address").to_string();
    // It ends with the test's process.
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1_024]);
        }
    });
    place
}

/// The next socket that leads nowhere.
fn lost(driver: Driver, base: &str) -> Unreached {
    let mut talk = driver.start(config(base));
    talk.event(|event| match event {
        Event::Faulted(fault) => match &fault.cause {
            Cause::SocketLost(Loss::Unreached(unreached)) => Some(unreached.clone()),
            _ => None,
        },
        _ => None,
    })
}

fn nobody_at_a_port(driver: Driver) {
    // Covers: TX-3
    let port = deserted();
    let mut talk = driver.start(config(&format!("http://127.0.0.1:{port}")));
    assert_eq!(talk.unreached(), Unreached::new("127.0.0.1", port, Obstacle::Refused));
}

fn nobody_by_a_name(driver: Driver) {
    // Covers: TX-3
    // A label is at most 63 letters long, so that nobody has to be asked.
    let name = "a".repeat(64);
    let mut talk = driver.start(config(&format!("https://{name}")));
    assert_eq!(talk.unreached(), Unreached::new(&name, 443, Obstacle::Unresolved));
}

fn a_socket_elsewhere_that_nobody_answers(driver: Driver) {
    // Covers: SU-6, RC-1
    let port = deserted();
    let (base, _requests) = serve(move |_| offer(&format!("ws://127.0.0.2:{port}/s?t=hush-hush")));
    let expected = Unreached::new("127.0.0.2", port, Obstacle::Refused);
    // On Linux all of 127.0.0.0/8 is this machine, elsewhere it leads nowhere.
    if cfg!(target_os = "linux") {
        assert_eq!(lost(driver, &base), expected);
    }
    let told = format!("{:?}", CloseReason::Unreached(expected));
    assert!(told.contains("127.0.0.2") && !told.contains("hush"), "{told}");
}

fn a_socket_that_speaks_no_tls(driver: Driver) {
    // Covers: SU-4
    let plain = serve_plain();
    let elsewhere = plain.clone();
    let (base, _requests) = serve(move |_| offer(&format!("wss://{elsewhere}/s?t=1")));
    let unreached = lost(driver, &base);
    assert_eq!((unreached.place(), unreached.obstacle()), (plain.as_str(), Obstacle::NoTls));
}

#[test]
fn the_command_says_what_to_do() {
    // Covers: CR-7
    let port = deserted();
    let name = "a".repeat(64);
    let (moved, _requests) = serve(|_| {
        b"HTTP/1.1 301 Moved\r\nlocation: https://new.example/v3/hush\r\ncontent-length: 0\r\n\r\n"
            .into()
    });
    let encrypted = serve_tls("localhost", YEAR_FAR);
    let plain = encrypted.base.replace("https:", "http:");
    let (page, _requests) =
        serve(|_| b"HTTP/1.1 400 No\r\ncontent-length: 6\r\n\r\n<html>".to_vec());
    for (base, words) in [
        (
            format!("http://127.0.0.1:{port}"),
            &["connection refused (127.0.0.1:", "does --domain name the right port?"][..],
        ),
        (format!("http://{name}"), &["the name cannot be resolved (aaa", "set HTTP_PROXY"]),
        (
            plain,
            &["starting the conversation broke off (localhost:", "--domain https://localhost:"],
        ),
        (page, &["status 400, and not by the service", "want TLS? then give --domain https://127"]),
        (format!("https://{}", hung_up()), &["no encrypted connection came about (127"]),
        (
            format!("http://{}", hung_up()),
            &["broke off (127.0.0.1:", "--domain https://127.0.0.1:"],
        ),
        (
            format!("https://{name}"),
            &["the name cannot be resolved (aaa", "is it spelled right?", "set HTTPS_PROXY"],
        ),
        (format!("https://{}", serve_plain()), &["no TLS is spoken there (127", "http:"]),
        (moved, &["redirected to https://new.example", "--domain https://new.example"]),
    ] {
        for driver in ["tokio", "blocking"] {
            let arguments = ["chat", "--domain", &base, "--driver", driver];
            let mut program = Program::run(&arguments, &[("DIRECTLINE_TOKEN", "hush-hush")]);
            let told = program.told(words[0]);
            assert!(words.iter().all(|word| told.contains(word)), "{told}");
            assert!(!told.contains("hush"), "{told}");
        }
    }
}

#[test]
fn a_handshake_that_is_answered_is_no_refused_connection() {
    // Covers: CR-7, RC-1
    for driver in ["tokio", "blocking"] {
        for (status, wants_sign_in) in [(403, true), (407, true), (511, true), (404, false)] {
            let (base, _requests) = serve(move |request| {
                if request.starts_with("GET /s") {
                    let head = format!("HTTP/1.1 {status} No\r\ncontent-length: 6\r\n\r\n");
                    return [head.as_bytes(), b"<html>"].concat();
                }
                offer(&format!("ws://{}/s?t=hush-hush", header(request, "host")))
            });
            let arguments = ["chat", "--domain", &base, "--driver", driver];
            let mut program = Program::run(&arguments, &[("DIRECTLINE_TOKEN", "hush-hush")]);
            let told = program.told("opening the socket");
            let expected =
                format!("opening the socket was answered with status {status}, retrying");
            assert!(told.starts_with(&expected) && !told.contains("refused"), "{told}");
            assert_eq!(told.contains("; if this network wants a sign-in"), wants_sign_in, "{told}");
        }
    }
}

#[test]
fn a_post_that_meets_a_portal_says_so() {
    // Covers: TX-2, RX-8
    for driver in ["tokio", "blocking"] {
        let (base, _requests) = serve(|request| {
            if request.starts_with("POST") && request.contains("/activities") {
                return b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>".to_vec();
            }
            match request.starts_with("GET /s") {
                true => accept(request),
                false => offer(&format!("ws://{}/s?t=hush-hush", header(request, "host"))),
            }
        });
        let arguments = ["chat", "--domain", &base, "--driver", driver];
        let mut program = Program::run(&arguments, &[("DIRECTLINE_TOKEN", "hush-hush")]);
        program.type_line("hi");
        let told = program.told("nobody knows whether this was sent");
        assert!(told.ends_with("; if this network wants a sign-in, sign in): hi"), "{told}");
    }
}
