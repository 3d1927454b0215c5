//! What the types of the crate say of themselves, to a log and to the code around.

use directline::{
    CloseReason, Config, Credential, End, Input, Moment, Purpose, Refusal, SocketId, UploadFile,
};
use serde::Deserialize;

use crate::transcript::{Host, config, plain};

#[test]
fn inputs_show_what_happened() {
    let socket = {
        let mut host = Host::new(config(plain()));
        host.grants();
        host.socket_number(1)
    };
    let closed = |reason| format!("{:?}", Input::SocketClosed { socket, reason });
    let of_socket = |rest: &str| format!("SocketClosed {{ socket: {socket:?}, reason: {rest} }}");
    for (reason, shown) in [
        (CloseReason::Refused { status: Some(403) }, "Refused { status: Some(403) }"),
        (CloseReason::Broken, "Broken"),
        (CloseReason::FrameTooLarge, "FrameTooLarge"),
        (CloseReason::Unreadable, "Unreadable"),
        (
            CloseReason::Closed { code: 1_000, reason: "bye".into() },
            "Closed { code: 1000, reason_bytes: 3 }",
        ),
    ] {
        assert_eq!(closed(reason), of_socket(shown));
    }
    for (input, shown) in [
        (Input::Timeout, "Timeout"),
        (Input::Woke, "Woke"),
        (Input::NetworkDown, "NetworkDown"),
        (Input::NetworkUp, "NetworkUp"),
        (Input::Close, "Close"),
    ] {
        assert_eq!(format!("{input:?}"), shown);
    }
    let number = SocketId::as_u64(socket);
    assert_eq!(format!("{:?}", Input::Pong { socket }), format!("Pong({number})"));
}

#[test]
fn moments_and_files_are_shown_short() {
    assert_eq!(Moment::from_millis(61_007).to_string(), "61.007 s");
    let file = UploadFile::new("a.txt", "text/plain", "four");
    assert_eq!(format!("{file:?}"), "UploadFile(\"a.txt\", 4 bytes)");
}

#[test]
fn every_purpose_has_words_of_its_own() {
    let words = [
        (Purpose::Generate, "generating a token"),
        (Purpose::Start, "starting the conversation"),
        (Purpose::Reconnect, "reconnecting"),
        (Purpose::Refresh, "refreshing the token"),
        (Purpose::Activities, "reading the history"),
        (Purpose::Post, "sending"),
        (Purpose::Upload, "uploading"),
    ];
    for (purpose, shown) in words {
        assert_eq!(purpose.to_string(), shown);
    }
}

#[test]
fn an_end_says_what_can_follow_it() {
    // Covers: RC-10
    let message = directline::Message::default;
    let attempts = 3;
    let (refusal, purpose, status) = (Refusal::Expired, Purpose::Start, 400);
    for (end, needs_new_credentials, is_resumable) in [
        (End::Closed, false, true),
        (End::Completed, false, true),
        (End::Gone, false, false),
        (End::Collision { collisions: 3 }, false, true),
        (End::Refused { refusal, message: message() }, true, true),
        (End::WrongRegion { message: message() }, false, true),
        (End::WrongConversation, true, true),
        (End::Rejected { purpose, status, message: message() }, false, true),
        (End::GaveUp { attempts }, false, true),
    ] {
        assert_eq!(end.needs_new_credentials(), needs_new_credentials, "{end}");
        assert_eq!(end.is_resumable(), is_resumable, "{end}");
    }
}

#[test]
fn an_activity_can_be_read_as_a_type_of_the_host() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Mine {
        id: String,
    }
    let mut host = Host::live(config(plain()));
    host.says("a b", "1");
    let batch = host.batches.last().expect("a batch");
    let ids = batch.iter().map(|activity| activity.decode::<Mine>().expect("it fits").id);
    assert_eq!(ids.collect::<Vec<_>>(), ["a", "b"]);
    assert!(batch.get(0).expect("an activity").decode::<Vec<u8>>().is_err());
    assert_eq!(
        batch.get(1).expect("an activity").raw().get(),
        batch.get(1).expect("an activity").json()
    );
}

#[test]
fn a_builder_shows_no_base() {
    // Covers: CR-7
    let builder = Config::builder(Credential::token("hush").expect("a credential"))
        .with_base("https://user:password@d.example/v3/directline");
    assert!(!format!("{builder:?}").contains("password"));
}
