//! Every way to write `expires_in`, in every answer that may hold it: never an error, and the token
//! is refreshed at half the life that an obvious reader finds.

use directline::{Input, Purpose};

use super::observed::sent;
use super::stand::{Stand, patient, response, secret, token};

/// What is written, and the seconds that it means; `None` where it means nothing.
const SHAPES: [(&str, Option<f64>); 67] = [
    // Numbers.
    ("0", Some(0.0)),
    ("-0", Some(0.0)),
    ("0.0", Some(0.0)),
    ("-1", Some(0.0)),
    ("-3600", Some(0.0)),
    ("-0.5", Some(0.0)),
    ("-1e400", Some(0.0)),
    ("-9223372036854775808", Some(0.0)),
    ("0.0001", Some(0.0001)),
    ("1e-400", Some(0.0)),
    ("1e-3", Some(0.001)),
    ("9.999", Some(9.999)),
    ("10.001", Some(10.001)),
    ("1800.5", Some(1_800.5)),
    ("3600.0", Some(3_600.0)),
    ("36e2", Some(3_600.0)),
    ("36E2", Some(3_600.0)),
    ("36e+2", Some(3_600.0)),
    ("360000e-2", Some(3_600.0)),
    ("36000", Some(36_000.0)),
    ("31535999", Some(31_535_999.0)),
    ("31536000", Some(YEAR)),
    ("31536001", Some(YEAR)),
    ("2147483647", Some(YEAR)),
    ("2147483648", Some(YEAR)),
    ("4294967295", Some(YEAR)),
    ("4294967296", Some(YEAR)),
    ("9007199254740993", Some(YEAR)),
    ("9223372036854775807", Some(YEAR)),
    ("18446744073709551615", Some(YEAR)),
    ("18446744073709551616", Some(YEAR)),
    ("340282366920938463463374607431768211456", Some(YEAR)),
    ("1e308", Some(YEAR)),
    ("1e309", Some(YEAR)),
    ("1e400", Some(YEAR)),
    ("1e999999999999", Some(YEAR)),
    ("0.000000000000000000000000000000000000000000000000000000000000000000000000001", Some(1e-75)),
    // Text that holds a number.
    ("\"3600\"", Some(3_600.0)),
    ("\" 3600 \"", Some(3_600.0)),
    ("\"+3600\"", Some(3_600.0)),
    ("\"-3600\"", Some(0.0)),
    ("\"1800.5\"", Some(1_800.5)),
    ("\"36e2\"", Some(3_600.0)),
    ("\"\\u0033600\"", Some(3_600.0)),
    ("\"99999999999999999999\"", Some(YEAR)),
    // Text that does not.
    ("\"+-3600\"", None),
    ("\"inf\"", None),
    ("\"-infinity\"", None),
    ("\"\"", None),
    ("\" \"", None),
    ("\"NaN\"", None),
    ("\"soon\"", None),
    ("\"3600s\"", None),
    ("\"1 800\"", None),
    ("\"1,800\"", None),
    ("\"0x10\"", None),
    ("\"PT1H\"", None),
    ("\"2026-11-21T00:00:00Z\"", None),
    ("\"\u{ff13}\u{ff16}\u{ff10}\u{ff10}\"", None),
    ("\"\\ud800\"", None),
    // Everything else.
    ("null", None),
    ("true", None),
    ("false", None),
    ("[]", None),
    ("[3600]", None),
    ("{}", None),
    ("{\"seconds\":3600}", None),
];

/// Members, and the seconds that they mean together.
const MEMBERS: [(&str, Option<f64>); 9] = [
    ("\"other\":1", None),
    ("\"expires_in\":60,\"expires_in\":3600", Some(3_600.0)),
    ("\"expires_in\":3600,\"expires_in\":null", None),
    ("\"expiresIn\":3600", Some(3_600.0)),
    ("\"expiresIn\":60,\"expires_in\":3600", Some(3_600.0)),
    ("\"expires_in\":3600,\"expiresIn\":60", Some(3_600.0)),
    ("\"Expires_In\":60", None),
    ("\"expires\\u005fin\":3600", Some(3_600.0)),
    ("\"expires_in\" : \n 3600 ", Some(3_600.0)),
];

/// Every shape as members of an answer: the lists above, small whole numbers, and the neighbours
/// of all powers of two and ten.
fn shapes() -> Vec<(String, Option<f64>)> {
    let named =
        |(written, seconds): (&str, Option<f64>)| (format!("\"expires_in\":{written}"), seconds);
    let powers = (0..64).map(|power| 1_u64 << power).chain((0..20).map(|power| 10_u64.pow(power)));
    let near = powers.flat_map(|power| [power - 1, power, power.saturating_add(1)]);
    #[allow(clippy::cast_precision_loss, reason = "far above the bound it makes no difference")]
    let whole = (0..=400).chain(near).flat_map(|number: u64| {
        let seconds = Some((number as f64).min(YEAR));
        [
            (format!("\"expires_in\":{number}"), seconds),
            (format!("\"expires_in\":\"{number}\""), seconds),
            (format!("\"expires_in\":-{number}"), Some(0.0)),
        ]
    });
    let members = MEMBERS.map(|(written, seconds)| (written.to_owned(), seconds));
    SHAPES.map(named).into_iter().chain(members).chain(whole).collect()
}

/// Where a token may come from: a session that waits for such an answer, the beginning of the
/// body, and what a token without a lifetime means: its refresh, in milliseconds.
fn sources() -> Vec<(Stand, Purpose, u64)> {
    let live = Stand::new("refreshes", patient(token())).granted(Purpose::Start).opened();
    vec![
        // Half an hour is assumed of a token with nothing before it.
        (Stand::new("generates", patient(secret())), Purpose::Generate, 900_000),
        // A start and a reconnect keep the end that is known.
        (Stand::new("starts", patient(token())), Purpose::Start, 500_000),
        (Stand::resumed("reconnects", patient(token()), "7"), Purpose::Reconnect, 500_000),
        // A refresh at 500 s renews the same length.
        (live.after(500), Purpose::Refresh, 1_000_000),
    ]
}

/// When the next refresh is sent, once a socket is open and nothing else is to be done.
fn refreshed_at(stand: Stand, purpose: Purpose) -> u64 {
    let stand = if purpose == Purpose::Generate { stand.granted(Purpose::Start) } else { stand };
    let mut stand = if purpose == Purpose::Refresh { stand } else { stand.opened() };
    for _ in 0..9 {
        let by = stand.session.deadline().expect("a token is held");
        stand.now = by.as_millis();
        if sent(&stand.feed(Input::Timeout)).contains(&Purpose::Refresh) {
            return stand.now;
        }
    }
    panic!("{}: never", stand.name);
}

/// Every shape in every answer; gives how many there were.
pub fn every_lifetime() -> u64 {
    let shapes = shapes();
    let mut count = 0;
    for (stand, purpose, without) in sources() {
        let asked = stand.asked.iter().find(|asked| asked.purpose == purpose && asked.is_awaited);
        let request = asked.expect("a request").request;
        let sent_at = if purpose == Purpose::Refresh { 500_000 } else { 0 };
        for (members, seconds) in &shapes {
            let mut after = stand.clone();
            // The answer takes a while, which does not count.
            after.now += 200;
            let url = "\"streamUrl\":\"wss://service.example/s?t=key-0\"";
            let body = format!("{{\"conversationId\":\"c-us\",{url},\"token\":\"n\",{members}}}");
            let answer = response(200, None, &body);
            after.feed(Input::Response { request, response: answer });
            // What is not positive says nothing.
            let expected = seconds.filter(|own| *own > 0.0).map_or(without, |seconds| {
                let half = seconds.clamp(LEAST, YEAR) * 1_000.0 / 2.0;
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "bounded"
                )]
                let half = half.ceil() as u64;
                sent_at + half
            });
            assert_eq!(
                refreshed_at(after, purpose),
                expected.max(stand.now + 200),
                "{purpose:?} {members}"
            );
            count += 1;
        }
    }
    count
}

/// The least that is believed.
const LEAST: f64 = 1.0;
const YEAR: f64 = 31_536_000.0;
