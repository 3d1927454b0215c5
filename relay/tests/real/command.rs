//! The command: what it says to wrong arguments, what its pages show, and how it leaves.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use directline_testbed::{Bot, Options};

use crate::rig::Rig;
use crate::server::{PATIENCE, Server};

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_directline-relay"));
    command.env_remove("DIRECTLINE_NATS").stdin(Stdio::null());
    command
}

/// What a command that ends by itself says, and its exit status.
fn said(arguments: &[&str]) -> (String, Option<i32>) {
    let output = command().args(arguments).output().expect("it runs");
    (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
}

#[test]
fn what_is_wrong_is_said_in_a_sentence() {
    // Covers: RL-42, RL-50
    let good = ["--nats", "nats://127.0.0.1:1", "--tenant", "acme", "--listen", "none"];
    for (wrong, sentence) in [
        (
            ["--tenant", "a.b"],
            "--tenant is \"a.b\", allowed is 1 to 128 letters, digits, -, _ and = of ASCII",
        ),
        (
            ["--host", ""],
            "--host is \"\", allowed is 1 to 128 letters, digits, -, _ and = of ASCII",
        ),
        (["--lease", "1ms"], "--lease is 1ms, allowed is 1s to 600s"),
        (["--lease", "soon"], "allowed is a time such as 500ms, 10s, 2m, 1h or 7d"),
        (["--set", "margin=9s"], "margin is 9s, allowed is 100ms to 5s"),
        (
            ["--set", "color=red"],
            "--set is \"color=red\", allowed is one of the keys that --help lists",
        ),
        (["--starts-a-second", "0"], "--starts-a-second is 0, allowed is 1 to 100000"),
        (["--keep", "1s"], "--keep is 1s, allowed is 60s to 31536000s"),
        (["--domain", "ftp://x"], "--domain: base is \"ftp://x\""),
        (["--ca-file", "/nowhere"], "--ca-file /nowhere: "),
        (["--nats-credentials", "/nowhere"], "/nowhere cannot be used: "),
        (["--nats-ca-file", "/nowhere"], "/nowhere cannot be used: "),
        (["--nats-ca-file", file!()], "cannot be used: "),
        (
            ["--nats", "ws://127.0.0.1:1"],
            "its scheme is ws, allowed is such as nats://127.0.0.1:4222",
        ),
        (["--listen", "here"], "allowed is an address and a port such as 127.0.0.1:9417, or none"),
    ] {
        // The last of two is meant, but for what may be repeated.
        let kept = good.chunks(2).filter(|pair| pair[0] != wrong[0]).flatten().copied();
        let (said, status) = said(&kept.chain(wrong).collect::<Vec<_>>());
        assert!(said.contains(sentence) && status == Some(2), "{wrong:?}: {status:?} {said}");
    }
    let (said, status) = said(&good);
    assert!(said.starts_with("error: nats cannot be reached: ") && status == Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[tokio::test]
async fn a_password_in_the_address_is_not_said() {
    // Covers: RL-52
    let closed = "jetstream: enabled, authorization: {user: relay, password: hush}";
    let Some(server) = Server::start_with(closed).await else { return };
    let url = server.url().replace("//", "//relay:opensesame@");
    let (said, status) = said(&["--nats", &url, "--tenant", "acme", "--listen", "none"]);
    assert!(said.starts_with("error: nats refused the credentials: "), "{said}");
    assert!(status == Some(1) && !said.contains("opensesame"), "{said}");
}

/// A relay that runs; ended with the test.
struct Running {
    child: Child,
    lines: BufReader<std::process::ChildStderr>,
    address: String,
    /// Everything that was read.
    seen: String,
}

impl Running {
    fn start(rig: &Rig, host: &str) -> Running {
        let domain = rig.testbed.base();
        let mut child = command()
            .args(["--nats", &rig.server.url(), "--tenant", "acme", "--host", host])
            .args(["--domain", &domain, "--listen", "127.0.0.1:0", "--log", "json"])
            .args(["--lease", "2s", "--duplicate-window", "60s", "--keep", "1h"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let lines = BufReader::new(child.stderr.take().expect("its words"));
        let mut running = Running { child, lines, address: String::new(), seen: String::new() };
        running.address =
            running.told("listening")["address"].as_str().expect("an address").to_owned();
        running
    }

    /// The next line about this.
    fn told(&mut self, event: &str) -> serde_json::Value {
        loop {
            let mut line = String::new();
            assert_ne!(self.lines.read_line(&mut line).expect("a line"), 0, "no {event}");
            self.seen += &line;
            let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
            if line["event"] == event {
                return line;
            }
        }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").expect("asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_ready_counts_and_hands_over_when_told_to_leave() {
    // Covers: RL-8, RL-52, RL-55
    let Some(mut rig) = Rig::new(Options::default().with_bot(Bot::Silent)).await else { return };
    let mut first = Running::start(&rig, "h1");
    first.told("joined");
    assert!(first.get("/health").starts_with("HTTP/1.1 200 "));
    assert!(first.get("/ready").starts_with("HTTP/1.1 200 "));
    assert!(first.get("/nowhere").starts_with("HTTP/1.1 404 "));
    let mut activities = rig.stream("activities").await;
    let id = rig.start("c1").await;
    rig.say(&id, "hush");
    activities.texts(1).await;
    for line in [
        "directline_relay_conversations 1",
        "directline_relay_conversations_known 1",
        "directline_relay_hosts 1",
        "directline_relay_activities_published_total 1",
        "directline_relay_publication_lag_seconds_count 1",
    ] {
        let begun = std::time::Instant::now();
        while !first.get("/metrics").lines().any(|told| told == line) {
            assert!(begun.elapsed() < PATIENCE, "{line} is not in {}", first.get("/metrics"));
            // It counts now and then, which nothing tells of.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let figures = first.get("/metrics");
    let mut second = Running::start(&rig, "h2");
    second.told("joined");
    let pid = rustix::process::Pid::from_child(&first.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it is there");
    first.told("left");
    let seen = format!("{}{figures}", first.seen);
    assert!(!seen.contains("hush") && !seen.contains(rig.testbed.secret()), "{seen}");
    assert!(first.child.wait().expect("it ends").success());
    rig.say(&id, "later");
    assert_eq!(activities.texts(1).await, ["later"]);
    rig.server.kill();
    let begun = std::time::Instant::now();
    while second.get("/ready").starts_with("HTTP/1.1 200 ") {
        assert!(begun.elapsed() < PATIENCE, "it is ready without NATS");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(second.get("/health").starts_with("HTTP/1.1 200 "));
}
