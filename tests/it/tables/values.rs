//! VALUES that a host makes or is given say what is in them, and no more.

use std::time::Duration;

use directline::{
    Checkpoint, Config, Credential, Input, Moment, Obstacle, PostKey, Session, Token, Unreached,
    Upload, UploadFile,
};

use crate::transcript::{Host, config, plain, seconds, token, with};

#[test]
fn a_batch_says_how_many_are_left() {
    let mut host = Host::live(config(plain()));
    host.says("a b c", "1");
    let batch = host.batches.last().expect("one came");
    let mut rest = batch.iter();
    for left in (0..3).rev() {
        assert!(rest.next().is_some());
        assert_eq!((rest.size_hint(), rest.len()), ((left, Some(left)), left));
    }
    assert!(rest.next().is_none());
}

#[test]
fn a_configuration_is_written_and_read_back() {
    let made = config(plain().with_locale("de").with_seed(7));
    assert_eq!((made.seed(), config(plain()).seed()), (Some(7), None));
    let other = Credential::token("another").expect("a token");
    let read = Config::from_json(&made.to_json(), other.clone()).expect("its own text");
    assert_eq!(read, made.with_credential(other));
    assert_ne!(read, made);
    assert!(!made.to_json().contains("token"));
    let shown =
        format!("{:?}", plain().with_base("https://user:hush@service.example").with_seed(8));
    assert!(shown.starts_with("Builder") && shown.contains("Some(8)") && !shown.contains("hush"));
}

#[test]
fn a_token_says_how_long_it_lives() {
    assert_eq!(token("t").lifetime(), None);
    assert_eq!(token("t").lasting(seconds(9)).lifetime(), Some(Duration::from_secs(9)));
    assert_eq!(Token::new("text").expect("a token").text().expose(), "text");
    assert!(Token::new(" ").is_err());
}

#[test]
fn a_text_is_hidden_as_the_session_hides_it() {
    let session = Session::new(config(with(token("ew0KICAiYWxnIjo"))), Moment::ZERO);
    assert_eq!(session.redact("ew0KICAiYWxnIjo has expired"), "*** has expired");
    assert_eq!(session.redact("nothing to hide"), "nothing to hide");
}

/// A peer may quote the token before the one at work, and what a request carries; what was before them is
/// forgotten, or there would be ever more.
#[test]
fn tokens_of_long_ago_are_forgotten() {
    let text = |number: usize| ["amber", "lemon", "quiet", "river", "stone"][number].to_owned();
    let supply = |session: &mut Session, number| {
        let token = Token::new(text(number)).expect("a token");
        session.handle(Moment::ZERO, Input::NewToken(token)).expect("a token may come at any time");
    };
    let mut session =
        Session::new(config(with(Token::new(text(0)).expect("a token"))), Moment::ZERO);
    (1..5).for_each(|number| supply(&mut session, number));
    let is_hidden = |number| session.redact(&text(number)) == "***";
    assert_eq!([0, 1, 2, 3, 4].map(is_hidden), [true, false, false, true, true]);
}

#[test]
fn a_moment_is_a_number_of_milliseconds() {
    assert_eq!(u64::from(Moment::from(1_234)), 1_234);
    assert_eq!(Moment::from(1_234), Moment::from_millis(1_234));
    let shown = (format!("{:?}", Moment::from(1_234)), Moment::from(1_234).to_string());
    assert_eq!(shown, ("Moment(1234)".to_owned(), "1.234 s".to_owned()));
}

#[test]
fn nobody_is_a_proxy_who_was_not_said_to_be_one() {
    let made = [Unreached::new, Unreached::at_proxy].map(|make| make("a", 1, Obstacle::Refused));
    assert_eq!(made.map(|own| own.is_proxy()), [false, true]);
}

#[test]
fn files_and_bodies_are_what_was_put_in() {
    let file = UploadFile::new("a.txt", "text/plain", *b"hush");
    assert_eq!(
        (file.name(), file.media_type(), file.bytes()),
        ("a.txt", "text/plain", &b"hush"[..])
    );
    let upload = Upload::new(vec![file.clone()]);
    assert_eq!((upload.user(), upload.files()), (None, &[file][..]));
    assert_eq!(upload.clone().with_user("user1").user(), Some("user1"));
    let mut host = Host::live(config(plain()));
    host.handle(Input::Upload { key: PostKey(1), upload });
    let request = host.all_requests().last().expect("it goes out");
    assert_eq!(request.body(), b"hush");
    let body = request.clone().into_http().into_body();
    assert_eq!((body.as_ref(), body.len(), body.is_empty()), (&b"hush"[..], 4, false));
    assert_eq!(format!("{body:?}"), "Body { bytes: 4 }");
}

#[test]
fn a_checkpoint_names_its_conversation_and_shows_no_post() {
    let mut host = Host::live(config(plain().with_posts_in_checkpoint(true)));
    host.posts(1).posts(2);
    let checkpoint = host.checkpoint();
    assert_eq!(checkpoint.conversation(), "c");
    assert_eq!(Checkpoint::new("other").expect("an id").conversation(), "other");
    let shown = format!("{checkpoint:?}");
    assert!(shown.contains("posts: [2]") && shown.contains("in_flight: Some(1)"), "{shown}");
    assert!(!shown.contains("text"), "{shown}");
}

#[test]
fn what_is_asked_for_has_no_body() {
    let host = Host::resume(config(plain()), Checkpoint::new("c").expect("an id"));
    let request = host.all_requests().last().expect("a reconnect").clone();
    let body = request.into_http().into_body();
    assert!(body.is_empty() && body.as_ref().is_empty());
    assert_eq!([body.len()], [0]);
}
