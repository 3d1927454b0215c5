//! TEXTS: numbers at the edges of what 32 and 64 bits hold, where a build may read another thing
//! than its neighbour. What becomes of them goes into the hash.

use directline::{Checkpoint, Config, Credential, Input, Moment, Session};
use directline_world::live::first_request;
use http::Response;

use crate::hash::Hash;

pub(crate) fn add_to(hash: &mut Hash) {
    for number in NUMBERS {
        for form in CHECKPOINTS {
            add_checkpoint(hash, &form.replace('@', number));
        }
        for form in STARTS {
            add_start(hash, &form.replace('@', number), number);
        }
    }
}

/// Read and written again, or the words of the refusal.
fn add_checkpoint(hash: &mut Hash, json: &str) {
    match Checkpoint::from_json(json) {
        Ok(checkpoint) => hash.add_text(&checkpoint.to_json()),
        Err(error) => hash.add_text(&error.to_string()),
    }
}

/// What a session makes of this answer to its first request.
fn add_start(hash: &mut Hash, body: &str, number: &str) {
    let config = Config::builder(Credential::token("hush.tok").expect("a credential"))
        .build()
        .expect("valid");
    let mut session = Session::new(config, Moment::ZERO);
    let request = first_request(&mut session);
    for status in [201, 503] {
        let mut session = session.clone();
        let response = Response::builder().status(status).header("Retry-After", number);
        let response = response.body(body.as_bytes().to_vec()).expect("a response");
        let input = Input::Response { request, response };
        session.handle(Moment::from_millis(1), input).expect("it is awaited");
        std::iter::from_fn(|| session.poll()).for_each(|output| hash.add_shown(&output));
        hash.add_shown(&session.deadline());
    }
}

const NUMBERS: [&str; 19] = [
    "0",
    "1",
    "18",
    "19",
    "255",
    "256",
    "65536",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-1",
    "1.5",
    "1e300",
];
/// Each with the number in another place.
const CHECKPOINTS: [&str; 5] = [
    r#"{"version":@,"conversation":"c"}"#,
    r#"{"version":1,"conversation":"c","watermark":"@"}"#,
    r#"{"version":1,"conversation":"c","known":{"current":{"counters":[{"prefix":"c|","width":@,"runs":[[1,2]]}]}}}"#,
    r#"{"version":1,"conversation":"c","known":{"current":{"counters":[{"prefix":"c|","width":7,"runs":[[1,@]]}]}}}"#,
    r#"{"version":1,"conversation":"c","known":{"current":{"ids":["c|@"]}}}"#,
];
const STARTS: [&str; 2] = [
    r#"{"conversationId":"c","token":"t","expires_in":@,"streamUrl":"wss://x.example/"}"#,
    r#"{"conversationId":"c","token":"t","expires_in":"@","streamUrl":""}"#,
];
