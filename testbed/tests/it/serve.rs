//! The testbed as a program.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use serde_json::{Value, json};

use directline_testbed::{Form, Profile, Stop, Telling, serve};

use crate::raw::{Call, PATIENCE};
use crate::world::{BASE, quiet};

/// A writer whose lines can be waited for. It is flushed for something that was written, never
/// for nothing.
struct Lines {
    written: Sender<String>,
    line: Vec<u8>,
    is_flushed: bool,
}

impl Lines {
    fn new() -> (Self, Receiver<String>) {
        let (sender, receiver) = channel();
        (Lines { written: sender, line: Vec::new(), is_flushed: true }, receiver)
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.is_flushed = false;
        for byte in bytes {
            if *byte == b'\n' {
                let line = String::from_utf8_lossy(&self.line).into_owned();
                self.written.send(line).map_err(|_| io::ErrorKind::BrokenPipe)?;
                self.line.clear();
            } else {
                self.line.push(*byte);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.is_flushed, true) {
            true => Err(io::Error::other("flushed for nothing")),
            false => Ok(()),
        }
    }
}

fn next(lines: &Receiver<String>) -> String {
    lines.recv_timeout(PATIENCE).expect("a line")
}

#[test]
fn it_says_how_to_reach_it_and_what_happens() {
    let (mut out, said) = Lines::new();
    let (mut events, told) = Lines::new();
    let stop = Stop::new();
    let asked = stop.clone();
    let options = quiet().with_secret("open sesame");
    let served = thread::spawn(move || serve(options, TEXT, &mut out, &mut events, &asked));
    let first = next(&said);
    let address = first.strip_prefix("Direct Line at http://").expect("an address");
    let address = address.strip_suffix(BASE).expect("a path").parse().expect("an address");
    let call = Call {
        method: "POST",
        target: format!("{BASE}/conversations"),
        bearer: Some("open sesame".to_string()),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let answer = call.send(address).expect("an answer");
    assert_eq!(answer.status, 201);
    let lines = [next(&told), next(&told)];
    assert!(
        lines[0].ends_with("request 1: POST /v3/directline/conversations (secret)"),
        "{lines:?}"
    );
    assert!(lines[1].ends_with("request 1: answered 201"), "{lines:?}");
    stop.stop();
    served.join().expect("no panic").expect("no error");
    let rest: Vec<String> = said.iter().chain(told.iter()).chain(lines).collect();
    assert!(rest.iter().all(|line| !line.contains(&answer.text("/token")) && !line.contains("t=")));
    assert!(rest.iter().all(|line| !line.contains("open sesame")), "the host knows its secret");
    assert!(rest.iter().any(|line| line.contains("Bearer $SECRET")), "{rest:?}");
}

#[test]
fn a_secret_that_was_made_up_is_told() {
    let (mut out, said) = Lines::new();
    let stop = Stop::new();
    stop.stop();
    serve(quiet(), TEXT, &mut out, &mut io::sink(), &stop).expect("no error");
    drop(out);
    let lines: Vec<String> = said.iter().collect();
    let secret = lines[1].strip_prefix("Secret: ").expect("a secret");
    assert!(
        !secret.is_empty() && lines.iter().any(|line| line.contains(&format!("Bearer {secret}")))
    );
}

#[test]
fn a_program_is_told_a_secret_only_if_there_is_one_to_tell() {
    let ready = |options| {
        let (mut out, stop) = (Vec::new(), Stop::new());
        stop.stop();
        let telling = Telling { ready: Form::Json, log: Form::Json };
        serve(options, telling, &mut out, &mut io::sink(), &stop).expect("no error");
        serde_json::from_slice::<Value>(&out).expect("one object")
    };
    assert!(ready(quiet())["secret"].is_string());
    assert_eq!(ready(quiet().with_secret("known")).get("secret"), None);
    assert_eq!(ready(quiet().with_profile(Profile::InDirectLine)).get("secret"), None);
}

#[test]
fn a_program_can_read_all_that_is_told() {
    let (mut out, said) = Lines::new();
    let (mut events, told) = Lines::new();
    let stop = Stop::new();
    let asked = stop.clone();
    let telling = Telling { ready: Form::Json, log: Form::Json };
    let served = thread::spawn(move || serve(quiet(), telling, &mut out, &mut events, &asked));
    let ready: Value = serde_json::from_str(&next(&said)).expect("one object");
    assert_eq!((&ready["address"], &ready["profile"]), (&json!("127.0.0.1"), &json!("service")));
    assert_eq!(ready["version"], env!("CARGO_PKG_VERSION"));
    let port = ready["port"].as_u64().expect("a number");
    assert_eq!(ready["base"], format!("http://127.0.0.1:{port}"));
    let address = format!("127.0.0.1:{port}").parse().expect("an address");
    let call = |method, target: &str| Call {
        method,
        target: target.to_string(),
        bearer: ready["secret"].as_str().map(String::from),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let health = call("GET", "/health").send(address).expect("an answer");
    assert_eq!((health.status, health.text("/status").as_str()), (200, "ok"));
    assert_eq!(health.text("/version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(call("POST", "/health").send(address).expect("an answer").status, 405);
    let start = call("POST", &format!("{BASE}/conversations"));
    assert_eq!(start.send(address).expect("an answer").status, 201);
    // Whoever looks whether it is up is not part of what happened.
    let first: Value = serde_json::from_str(&next(&told)).expect("one object");
    assert_eq!((&first["event"], &first["route"]), (&json!("request_received"), &json!("start")));
    assert!(first["at_ms"].is_u64() && first["credential"] == "secret", "{first}");
    let second: Value = serde_json::from_str(&next(&told)).expect("one object");
    assert_eq!((&second["event"], &second["status"]), (&json!("request_answered"), &json!(201)));
    stop.stop();
    served.join().expect("no panic").expect("no error");
    assert_eq!(said.iter().count(), 0, "the ready line is all");
}

const TEXT: Telling = Telling { ready: Form::Text, log: Form::Text };
