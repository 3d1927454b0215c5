//! How many allocations a session makes by itself: at rest none, and few for a reconnect.

use std::hint::black_box;

use directline::{CloseReason, Config, Credential, Input};
use directline_world::clockwork::{ANSWER, Cycle, KeepAlive, idle, nothing_due};
use directline_world::live::Bare;
use http::Response;

#[test]
fn what_time_alone_brings_about_costs_none() {
    let (mut session, now) = idle();
    let mut keep_alive = KeepAlive::live();
    let counted = allocation_counter::measure(|| {
        black_box(session.deadline());
        nothing_due(&mut session, now);
        (0..100).for_each(|_| keep_alive.fire());
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn a_reconnect_costs_few_allocations() {
    let cycle = Cycle::live();
    let mut session = None;
    let counted = allocation_counter::measure(|| session = Some(cycle.run()));
    println!("a reconnect: {} allocations, {} bytes", counted.count_total, counted.bytes_total);
    assert!(counted.count_total <= RECONNECT_MAX, "{}", counted.count_total);
    let allowed = ANSWER.len() as u64 + RECONNECT_BYTES;
    assert!(counted.bytes_total <= allowed, "{} bytes", counted.bytes_total);
}

#[test]
fn each_text_of_an_answer_is_copied_once_to_where_it_is_kept() {
    let [short, long] = [1_000, 3_000].map(taken_in);
    for ((name, short, texts), (_, long, _)) in short.into_iter().zip(long) {
        println!("{name}: {short} and {long} bytes, with {texts} texts of 1,000 and of 3,000");
        assert_eq!(long - short, texts * 2_000, "{name}");
    }
}

/// The bytes that answers cost whose texts have this length, and how many such texts each has.
fn taken_in(length: usize) -> [(&'static str, u64, u64); 4] {
    let base = "https://service.example";
    let secret = Credential::secret("s3cret").expect("a credential");
    let config = Config::builder(secret).with_base(base).build().expect("valid");
    let mut host = Bare::begin(config);
    let token = |number| format!(r#""token":"{number:0length$}","expires_in":1800"#);
    let url = |number| {
        let front = "wss://service.example/v3/directline/conversations/c/stream?watermark=-&t=";
        format!(r#""streamUrl":"{front}{number:0rest$}""#, rest = length - front.len())
    };
    let answer = |number| format!("{{{},{}}}", token(number), url(number));
    let generated = cost(&mut host, format!("{{\"conversationId\":\"c\",{}}}", token(1)));
    let started = cost(&mut host, answer(2));
    let socket = host.open();
    while host.request.is_none() {
        host.wait();
        host.hand(Input::Pong { socket });
    }
    let refreshed = cost(&mut host, format!("{{{}}}", token(3)));
    host.hand(Input::SocketClosed { socket, reason: CloseReason::Broken });
    let reconnected = cost(&mut host, answer(4));
    host.open();
    [
        ("generated", generated, 1),
        ("started", started, 2),
        ("refreshed", refreshed, 1),
        ("reconnected", reconnected, 2),
    ]
}

fn cost(host: &mut Bare, answer: String) -> u64 {
    let request = host.request.take().expect("something was asked");
    let response = Response::new(answer.into_bytes());
    let counted = allocation_counter::measure(|| host.hand(Input::Response { request, response }));
    counted.bytes_total
}

/// The request and its URL, the conversation's id, the token and the one before it, the stream URL and
/// its fingerprint, what is hidden, and the queue.
const RECONNECT_MAX: u64 = 12;
/// In bytes, beside the texts of the answer, each of them once.
const RECONNECT_BYTES: u64 = 1_400;
