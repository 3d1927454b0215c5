//! The service as a program: every option of the library is one of its own, and others can read
//! where it is.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::program::Program;

/// A running service, and where it is.
struct Service {
    program: Program,
    ready: Value,
}

impl Service {
    fn start(arguments: &[&str]) -> Service {
        let mut all = vec!["serve", "--port", "0", "--ready", "json", "--log", "json"];
        all.extend(arguments);
        let mut program = Program::run(&all, &[]);
        let ready = serde_json::from_str(&program.line()).expect("one object");
        Service { program, ready }
    }

    /// The answer to a request of Direct Line, as text.
    fn ask(&self, method: &str, path: &str, body: &str, headers: &[&str]) -> String {
        let address = &self.ready["address"].as_str().expect("a text");
        let port = &self.ready["port"];
        let mut stream = TcpStream::connect(format!("{address}:{port}")).expect("it listens");
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}:{port}\r\n");
        if let Some(secret) = self.ready["secret"].as_str() {
            head.push_str(&format!("Authorization: Bearer {secret}\r\n"));
        }
        for header in headers {
            head.push_str(&format!("{header}\r\n"));
        }
        let length = body.len();
        write!(stream, "{head}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}")
            .expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    fn json(&self, method: &str, path: &str, body: &str) -> Value {
        let answer = self.ask(method, path, body, &[]);
        let body = answer.split_once("\r\n\r\n").expect("a body").1;
        serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"))
    }

    /// The texts and attachments of all that is said to a message.
    fn talk(&self, text: &str) -> Vec<Value> {
        let started = self.json("POST", "/v3/directline/conversations", "");
        let id = started["conversationId"].as_str().expect("an id");
        let path = format!("/v3/directline/conversations/{id}/activities");
        let message = format!(r#"{{"type":"message","from":{{"id":"u"}},"text":"{text}"}}"#);
        self.json("POST", &path, &message);
        self.json("GET", &path, "")["activities"].as_array().expect("a list").clone()
    }
}

#[test]
fn every_option_does_what_it_says() {
    // Covers: RX-6
    let service = Service::start(&[
        "--bind",
        "127.0.0.2",
        "--bot",
        "counting",
        "--token-lifetime",
        "1.5s",
        "--page-size",
        "2",
        "--watermarks",
        "opaque",
        "--allow-origin",
        "http://localhost:8080",
    ]);
    assert_eq!(service.ready["address"], "127.0.0.2");
    let started = service.json("POST", "/v3/directline/conversations", "");
    assert_eq!(started["expires_in"], 2);
    let page = service.talk("count 5");
    assert_eq!(page.len(), 2, "{page:?}");
    let health = service.ask("GET", "/health", "", &["Origin: http://localhost:8081"]);
    assert!(health.starts_with("HTTP/1.1 200 OK"), "{health}");
    assert!(!health.contains("Allow-Origin"), "{health}");
    let mut program = service.program;
    program.told(r#""event":"activity_recorded""#);
    program.signal("TERM");
    assert_eq!(program.end().code, Some(0));
}

#[test]
fn a_script_says_cards_and_suggestions() {
    // Covers: RX-1
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("script.toml");
    let script = "[[step]]\ntext = 'hi'\nsay = [{ text = 'Which?', suggest = ['Red'] }, \
                  { hero = { title = 'T' } }]";
    std::fs::write(&file, script).expect("written");
    let service = Service::start(&["--script", file.to_str().expect("text")]);
    let said = service.talk("hi");
    assert_eq!(said[1]["suggestedActions"]["actions"][0]["value"], "Red", "{said:?}");
    assert_eq!(said[2]["attachments"][0]["content"]["title"], "T", "{said:?}");
}

#[test]
fn each_bad_value_is_named_with_what_is_allowed() {
    // Covers: RX-6
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("script.toml");
    std::fs::write(&file, "[[step]]\nsay = [3]").expect("written");
    let file = file.to_str().expect("text");
    for (option, value, allowed) in [
        ("--port", "70000", "a whole number from 0 to 65535"),
        ("--port", "many", "a whole number from 0 to 65535"),
        ("--bind", "localhost", "an address of this machine such as 127.0.0.1"),
        ("--seed", "-1", "a whole number from 0 to"),
        ("--bot", "parrot", "silent, echo, typing, counting"),
        ("--bot-status", "100", "a whole number from 200 to 599"),
        ("--bot-patience", "soon", "a time such as 50ms, 2s or 1m"),
        ("--token-lifetime", "5", "a time such as 50ms, 2s or 1m"),
        ("--stream-url-lifetime", "-1s", "a time such as 50ms, 2s or 1m"),
        ("--token-lifetime", "0s", "at least 1ms"),
        ("--stream-url-lifetime", "0.5ms", "at least 1ms"),
        ("--empty-message-interval", "x", "a time such as 50ms, 2s or 1m"),
        ("--page-size", "0", "a whole number from 1 to 100000"),
        ("--collision-victim", "both", "old, new"),
        ("--watermarks", "roman", "decimal, opaque"),
        ("--allow-origin", "localhost", "an origin such as http://localhost:8080"),
        ("--allow-origin", "http://x.example/", "an origin such as http://localhost:8080"),
        ("--ready", "yaml", "text, json"),
        ("--log", "none", "text, json"),
        ("--script", "no-such-file", "no readable file"),
        ("--script", file, "`say` is 3, it must be a text or an activity"),
    ] {
        // What begins like an option has to be tied to its own.
        let argument = format!("{option}={value}");
        let ended = Program::run(&["serve", &argument], &[]).end();
        let told = ended.errors.join(" ");
        assert_eq!(ended.code, Some(2), "{argument}: {told}");
        let is_named = told.contains(option) && (told.contains(value) || value == file);
        assert!(is_named && told.contains(allowed), "{argument}: {told}");
        assert!(ended.out.is_empty(), "{:?}", ended.out);
    }
}

#[test]
fn whoever_finds_the_port_taken_is_told_how_to_get_another() {
    // Covers: RX-6
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let ended = Program::run(&["serve", "--port", &port], &[]).end();
    let told = ended.errors.join(" ");
    assert_eq!((ended.code, ended.errors.len()), (Some(1), 1), "{told}");
    assert!(told.contains(&port) && told.ends_with("; --port 0 takes a free one"), "{told}");
}

#[test]
fn a_secret_is_what_a_client_can_use_and_is_not_shown() {
    // Covers: CR-7
    for (secret, words) in [
        ("", "--secret is empty, allowed is the secret or token alone, in at least 4 characters"),
        ("x", "--secret has 1 character, which is too short, allowed is "),
        ("xyz", "--secret has 3 characters, which is too short, allowed is "),
        ("hush hush", "--secret has a space at position 5, allowed is "),
        ("\"hush\"", "--secret has quotes at position 1, allowed is "),
    ] {
        let ended = Program::run(&["serve", "--port", "0", "--secret", secret], &[]).end();
        let told = ended.errors.join(" ");
        assert_eq!((ended.code, ended.errors.len()), (Some(2), 1), "{told}");
        assert!(told.contains(words) && !told.contains("hush"), "{told}");
        assert!(ended.out.is_empty(), "{:?}", ended.out);
    }
}

#[test]
fn a_plan_and_a_script_are_read_within_bounds() {
    // Covers: RX-6
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("huge");
    let huge = std::fs::File::create(&file).expect("created");
    // Holes take no room.
    huge.set_len(1 << 40).expect("as large as it says");
    let file = file.to_str().expect("text");
    let serve = |option: &'static str| ["serve", "--port", "0", option, file];
    let check = ["check", "--list", "--cases", file];
    for arguments in [&serve("--faults")[..], &serve("--script"), &check] {
        let ended = Program::run(arguments, &[]).end();
        let told = ended.errors.join(" ");
        assert_eq!(ended.code, Some(2), "{told}");
        assert!(told.contains("it has more than 16 MiB"), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn who_serves_nobody_who_reads_ends_quietly() {
    use std::os::unix::net::UnixStream;
    use std::process::{Command, Stdio};
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    drop(ours);
    let mut command = Command::new(env!("CARGO_BIN_EXE_directline"));
    command.args(["serve", "--port", "0"]).stdout(Stdio::from(std::os::fd::OwnedFd::from(theirs)));
    let mut child = command.stderr(Stdio::piped()).spawn().expect("the command was built");
    let code = super::program::end_of(&mut child).code();
    let mut told = String::new();
    let mut errors = child.stderr.take().expect("piped");
    std::io::Read::read_to_string(&mut errors, &mut told).expect("text");
    assert_eq!((code, told.contains("error")), (Some(0), false), "{told}");
}
