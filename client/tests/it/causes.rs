//! What is in the way is told by its name, with host and port.

use std::net::TcpListener;
use std::time::Duration;

use directline_client::directline::{
    Cause, CloseReason, Config, Credential, Event, Loss, Obstacle, Unreached,
};

use crate::command::program::Program;
use crate::server::{offer, serve, serve_plain};
use crate::talk::{Driver, with_both_drivers};

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
    for (base, words) in [
        (
            format!("http://127.0.0.1:{port}"),
            &["connection refused (127.0.0.1:", "does --domain name the right port?"][..],
        ),
        (format!("https://{name}"), &["the name cannot be resolved (aaa", "is it spelled right?"]),
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
