//! Through proxies: what is asked of them, what they see, and what becomes of it when they refuse.
//! Those of others are tried by `interop/proxies`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use directline_client::directline::{Config, Failure, Obstacle, Unreached};
use directline_client::{Network, Proxy, Trust};
use directline_testbed::{Fault, Occasion, Options, Plan, Rule, Trigger, When};

use crate::command::program::Program;
use crate::server::{HUNG_UP, serve};
use crate::talk::{Driver, PATIENCE, Talk, quick, recorded, say, testbed, with_both_drivers};

with_both_drivers!(
    everything_goes_through_the_proxy,
    faults_are_survived_through_a_proxy,
    a_proxy_that_is_refused_its_password_is_named,
    a_proxy_that_lets_nothing_through_is_named,
    a_proxy_that_is_none_is_named,
    what_is_exempt_goes_around,
    a_name_is_left_to_the_proxy,
    a_proxy_that_never_answers_is_hung_up_on,
);

/// What a proxy says to whoever asks for a tunnel.
pub(crate) type Verdict = fn(&str) -> Option<&'static str>;

/// A proxy of a few lines that goes to `target` whatever it is asked for, and passes on what that
/// was.
pub(crate) fn proxy(target: String, verdict: Verdict) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (sender, questions) = channel();
    // It ends with the test's process.
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (sender, target) = (sender.clone(), target.clone());
            thread::spawn(move || {
                let mut reader = BufReader::new(client.try_clone().expect("a handle"));
                let mut question = String::new();
                while !question.ends_with("\r\n\r\n") {
                    if reader.read_line(&mut question).unwrap_or(0) == 0 {
                        return;
                    }
                }
                let said = verdict(&question);
                let _ = sender.send(question);
                let mut client = client;
                match said {
                    Some(refusal) => _ = client.write_all(refusal.as_bytes()),
                    None => tunnel(client, reader, &target),
                }
            });
        }
    });
    (port, questions)
}

fn tunnel(mut client: TcpStream, mut from_client: BufReader<TcpStream>, target: &str) {
    let Ok(mut service) = TcpStream::connect(target) else { return };
    if client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").is_err() {
        return;
    }
    let mut to_service = service.try_clone().expect("a handle");
    thread::spawn(move || {
        pass(&mut from_client, &mut to_service);
        let _ = to_service.shutdown(Shutdown::Write);
    });
    pass(&mut service, &mut client);
    let _ = client.shutdown(Shutdown::Both);
}

fn pass(from: &mut impl Read, to: &mut impl Write) {
    // A connection that breaks ends here.
    let _ = std::io::copy(from, to);
}

fn wants_password(question: &str) -> Option<&'static str> {
    // us@er:hush
    let is_known = question.contains("\r\nProxy-Authorization: Basic dXNAZXI6aHVzaA==\r\n");
    (!is_known).then_some(
        "HTTP/1.1 407 Who?\r\nproxy-authenticate: Basic realm=\"p\"\r\ncontent-length: 0\r\n\r\n",
    )
}

pub(crate) fn place(base: &str) -> String {
    base.strip_prefix("http://").expect("plain").split('/').next().expect("a host").to_owned()
}

fn through(driver: Driver, config: Config, proxy: &str) -> Talk {
    let proxy = Proxy::at(proxy).expect("a proxy");
    driver.reach(config, None, &Network::default().with_proxy(proxy))
}

fn everything_goes_through_the_proxy(driver: Driver) {
    // Covers: CR-7, CR-8
    let testbed = testbed(Options::default());
    let service = place(&testbed.base());
    let (port, questions) = proxy(service.clone(), wants_password);
    let config = quick(&testbed).build().expect("valid");
    let mut talk = through(driver, config, &format!("http://us%40er:hush@127.0.0.1:{port}"));
    let id = talk.joined();
    say(&testbed, &id, "hello");
    assert_eq!(talk.activities(1), recorded(&testbed, &id));
    talk.handle.close();
    talk.end();
    let asked: Vec<_> = questions.try_iter().collect();
    // A connection for requests, another for the socket, and no bearer in clear.
    assert!(asked.len() >= 2, "{asked:?}");
    for question in asked {
        assert!(question.starts_with(&format!("CONNECT {service} HTTP/1.1\r\n")), "{question}");
        assert!(question.contains(&format!("\r\nHost: {service}\r\n")), "{question}");
        assert!(!question.contains("Bearer") && !question.contains(testbed.secret()), "{question}");
    }
}

fn faults_are_survived_through_a_proxy(driver: Driver) {
    // Covers: TM-7, RC-1
    let reset = Rule::always(Occasion::Frame, Fault::Reset { when: When::Before });
    let fifth = reset.expect("allowed").with_trigger(Trigger::Every(5));
    let gone = Rule::always(Occasion::Reconnect, Fault::Drop { when: When::Before });
    let third = gone.expect("allowed").with_trigger(Trigger::Every(3));
    let testbed = testbed(Options::default().with_plan(Plan::new(vec![fifth, third])));
    let (port, questions) = proxy(place(&testbed.base()), |_| None);
    let config = quick(&testbed).build().expect("valid");
    let mut talk = through(driver, config, &format!("127.0.0.1:{port}"));
    let id = talk.joined();
    for number in 0..30 {
        say(&testbed, &id, &number.to_string());
    }
    assert_eq!(talk.activities(30), recorded(&testbed, &id));
    assert!(questions.try_iter().count() > 2, "nothing broke");
}

fn a_proxy_that_is_refused_its_password_is_named(driver: Driver) {
    // Covers: CR-7, TX-3
    let testbed = testbed(Options::default());
    let (port, questions) = proxy(place(&testbed.base()), wants_password);
    for userinfo in ["", "us%40er@", "us%40er:hush-hush@"] {
        let config = quick(&testbed).build().expect("valid");
        let mut talk = through(driver, config, &format!("http://{userinfo}127.0.0.1:{port}"));
        let unreached = Unreached::at_proxy("127.0.0.1", port, Obstacle::ProxyCredentials);
        assert_eq!(talk.unreached(), unreached);
    }
    assert!(questions.recv_timeout(PATIENCE).is_ok());
    assert!(testbed.log().requests().is_empty(), "something was sent");
}

fn a_proxy_that_lets_nothing_through_is_named(driver: Driver) {
    // Covers: TX-3
    let testbed = testbed(Options::default());
    let refuse: Verdict = |_| Some("HTTP/1.0 403 No\r\ncontent-type: text/html\r\n\r\n<html>");
    let (port, _questions) = proxy(place(&testbed.base()), refuse);
    let config = quick(&testbed).build().expect("valid");
    let mut talk = through(driver, config, &format!("http://127.0.0.1:{port}"));
    let refused = Obstacle::ProxyRefused { status: 403 };
    assert_eq!(talk.unreached(), Unreached::at_proxy("127.0.0.1", port, refused));
}

fn a_proxy_that_is_none_is_named(driver: Driver) {
    // Covers: TX-3
    let testbed = testbed(Options::default());
    for answer in [|_: &str| Some("SSH-2.0-nobody\r\n"), |_: &str| Some("")] as [Verdict; 2] {
        let (port, _questions) = proxy(place(&testbed.base()), answer);
        let config = quick(&testbed).build().expect("valid");
        let mut talk = through(driver, config, &format!("http://127.0.0.1:{port}"));
        assert_eq!(talk.unreached(), Unreached::at_proxy("127.0.0.1", port, Obstacle::NoProxy));
    }
    // Nobody at all, or nobody who speaks TLS as this URL says.
    let (port, _questions) = proxy(place(&testbed.base()), |_| Some("HTTP/1.1 400 No\r\n\r\n"));
    let config = quick(&testbed).build().expect("valid");
    let proxy = Proxy::at(&format!("https://127.0.0.1:{port}")).expect("a proxy");
    let network = Network::default().with_proxy(proxy).with_trust(Trust::default());
    let unreached = driver.reach(config, None, &network).unreached();
    assert!(unreached.is_proxy(), "{unreached}");
}

fn what_is_exempt_goes_around(driver: Driver) {
    // Covers: CR-8
    let testbed = testbed(Options::default());
    let (port, questions) = proxy(place(&testbed.base()), |_| None);
    let proxy = Proxy::at(&format!("http://127.0.0.1:{port}")).expect("a proxy");
    let network = Network::default().with_proxy(proxy.with_exceptions("x.example, 127.0.0.0/8"));
    let config = quick(&testbed).build().expect("valid");
    driver.reach(config, None, &network).joined();
    assert!(questions.try_recv().is_err(), "the proxy was asked");
}

fn a_name_is_left_to_the_proxy(driver: Driver) {
    // Covers: CR-8
    let testbed = testbed(Options::default());
    let (port, questions) = proxy(place(&testbed.base()), |_| None);
    // Nobody but the proxy could know it: no label may be so long.
    let name = "a".repeat(64);
    let config = quick(&testbed).with_base(format!("http://{name}")).build().expect("valid");
    let _talk = through(driver, config, &format!("http://127.0.0.1:{port}"));
    let question = questions.recv_timeout(PATIENCE).expect("a question");
    assert!(question.starts_with(&format!("CONNECT {name}:80 HTTP/1.1\r\n")), "{question}");
}

fn a_proxy_that_never_answers_is_hung_up_on(driver: Driver) {
    // Covers: RC-6
    let testbed = testbed(Options::default());
    let (proxy, questions) = serve(|_| Vec::new());
    let config = quick(&testbed).with_request_timeout(Duration::from_millis(100));
    let mut talk = through(driver, config.build().expect("valid"), &proxy);
    let question = questions.recv_timeout(PATIENCE).expect("a question");
    assert!(question.starts_with("CONNECT 127.0.0.1:"), "{question}");
    assert_eq!(talk.failure(), Failure::TimedOut);
    while questions.recv_timeout(PATIENCE).expect("it hangs up") != HUNG_UP {}
}

#[test]
fn the_command_takes_proxies_from_variables_and_options() {
    // Covers: CR-7, CR-8
    let testbed = testbed(Options::default());
    let base = &testbed.base();
    let (port, questions) = proxy(place(base), wants_password);
    let url = format!("http://us%40er:hush@127.0.0.1:{port}");
    let wrong = "http://127.0.0.1:9";
    for (options, variables, is_asked) in [
        (&["--proxy", url.as_str()][..], &[][..], true),
        (&["--proxy", &url], &[("http_proxy", wrong)], true),
        (&[], &[("http_proxy", url.as_str())], true),
        (&[], &[("ALL_PROXY", url.as_str()), ("HTTPS_PROXY", wrong)], true),
        (&["--no-proxy", "127.0.0.1"], &[("http_proxy", wrong)], false),
        (&["--no-proxy", "*"], &[("http_proxy", wrong)], false),
        (&["--proxy", ""], &[("http_proxy", wrong)], false),
        (&["--proxy", wrong], &[("NO_PROXY", "127.0.0.1")], false),
        (&[], &[("http_proxy", wrong), ("no_proxy", "x, 127.0.0.1")], false),
    ] {
        for driver in ["tokio", "blocking"] {
            let mut arguments = vec!["chat", "--json", "--domain", base, "--driver", driver];
            arguments.extend(options);
            let secret = [("DIRECTLINE_SECRET", testbed.secret())];
            let mut program = Program::run(&arguments, &[variables, &secret[..]].concat());
            program.told("connected");
            program.signal("TERM");
            let ended = program.end();
            assert_eq!(ended.code, Some(0), "{}", ended.seen);
            assert!(!ended.seen.contains("hush"), "{}", ended.seen);
            let asked = questions.try_iter().count() > 0;
            assert_eq!(asked, is_asked, "{options:?} {variables:?}");
        }
    }
}

#[test]
fn the_command_names_what_is_no_proxy() {
    // Covers: CR-7
    let base = "http://127.0.0.1:9";
    for (options, variables, words) in [
        (
            &["--proxy", "ftp://u:hush@p"][..],
            &[][..],
            "--proxy is \"ftp://***@p\", allowed is http",
        ),
        (&["--proxy", "http://u:hush@p:x"], &[], "--proxy is \"http://***@p:x\""),
        (&[], &[("http_proxy", "socks4://u:hush@p")], "http_proxy is \"socks4://***@p\""),
        (&[], &[("ALL_PROXY", "u:hush@")], "ALL_PROXY is \"***@\""),
    ] {
        let mut arguments = vec!["chat", "--domain", base];
        arguments.extend(options);
        let token = [("DIRECTLINE_TOKEN", "tokentoken")];
        let ended = Program::run(&arguments, &[variables, &token[..]].concat()).end();
        assert_eq!(ended.code, Some(2), "{}", ended.seen);
        assert_eq!(ended.errors.len(), 1, "{}", ended.seen);
        assert!(ended.errors[0].contains(words), "{}", ended.seen);
        assert!(!ended.seen.contains("hush"), "{}", ended.seen);
    }
    // The password of a proxy that refuses it shows nowhere either.
    let (port, _questions) = proxy("127.0.0.1:9".into(), |_| Some("HTTP/1.1 407 Who?\r\n\r\n"));
    let url = format!("http://u:hush@127.0.0.1:{port}");
    let arguments = ["chat", "--domain", base, "--proxy", &url];
    let mut program = Program::run(&arguments, &[("DIRECTLINE_TOKEN", "tokentoken")]);
    let told = program.told("the proxy wants other credentials");
    assert!(told.contains(&format!("(proxy 127.0.0.1:{port})")), "{told}");
    assert!(told.contains("USER:PASSWORD@") && !program.seen.contains("hush"), "{told}");
}
