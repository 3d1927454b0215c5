//! Uploads follow the rules of posts.

use directline::{Input, Misuse, PostKey, Purpose, Upload, UploadFile};

use crate::transcript::{Host, config, plain};

fn upload(key: u64, names: &[&str]) -> Input {
    let file = |name: &&str| UploadFile::new(*name, "text/plain", name.as_bytes());
    let upload = Upload::new(names.iter().map(file).collect()).with_user("dl_ü");
    Input::Upload { key: PostKey(key), upload }
}

#[test]
fn an_upload_takes_its_turn_among_the_posts() {
    // Covers: TX-1, TX-6
    let mut host = Host::live(config(plain()));
    host.posts(1).handle(upload(2, &["a.txt"])).posts(3);
    host.answers_to(Purpose::Post, 200, "{}").forget();
    assert!(!host.awaits(Purpose::Post), "one at a time");
    host.answers_to(Purpose::Upload, 202, r#"{"id":"x"}"#);
    assert_eq!(host.lines("posted"), ["posted 2 sent x"]);
    assert!(host.awaits(Purpose::Post));
}

#[test]
fn a_single_file_and_many_go_over_the_wire_as_the_service_wants_them() {
    // Covers: TX-6, CR-8
    let mut host = Host::live(config(plain()));
    host.handle(upload(1, &["a.txt"]));
    let request = host.all_requests().last().expect("a request").clone();
    let path = "https://d.example/v3/directline/conversations/c/upload?userId=dl_%C3%BC";
    assert_eq!(request.url(), path);
    let http = request.into_http();
    assert_eq!(http.headers()["content-type"], "text/plain");
    assert_eq!(http.headers()["content-disposition"], r#"name="file"; filename="a.txt""#);
    assert_eq!(http.body().as_ref(), b"a.txt");
    host.answers_to(Purpose::Upload, 204, "").handle(upload(2, &["a.txt", "a.txt"]));
    let http = host.all_requests().last().expect("a request").clone().into_http();
    let kind = http.headers()["content-type"].to_str().expect("text").to_owned();
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    assert!(http.headers().get("content-disposition").is_none());
}

#[test]
fn an_upload_of_unknown_outcome_is_not_sent_again() {
    // Covers: TX-2, TX-3, TX-6
    let mut host = Host::live(config(plain()));
    host.handle(upload(1, &["a"])).forget();
    host.answers_to(Purpose::Upload, 429, "");
    assert_eq!(host.lines("posted"), Vec::<&str>::new(), "surely not taken: tried again");
    host.times_out();
    host.answers_to(Purpose::Upload, 502, "");
    assert_eq!(host.lines("posted"), ["posted 1 unknown 502"]);
    assert!(!host.awaits_any());
}

#[test]
fn an_upload_is_no_part_of_a_checkpoint() {
    // Covers: TX-5, TX-6
    let mut host = Host::live(config(plain().with_posts_in_checkpoint(true)));
    host.handle(upload(1, &["a"])).handle(upload(2, &["b"])).posts(3).forget();
    host.handle(Input::Close);
    assert_eq!(host.lines("posted"), ["posted 1 unknown", "posted 2 notsent", "posted 3 kept"]);
}

#[test]
fn what_cannot_be_uploaded_is_refused_at_the_call() {
    // Covers: TX-6
    let mut host = Host::live(config(plain()));
    let misuse = host.mistakes(upload(1, &[]));
    assert_eq!(misuse.to_string(), "post 1 is without a file, allowed is at least one file");
    let file = UploadFile::new("a", "text/plain", "a");
    let upload = Upload::new(vec![file]).with_activity("[]");
    let misuse = host.mistakes(Input::Upload { key: PostKey(1), upload });
    assert!(matches!(misuse, Misuse::BadPost { allowed: "a JSON object", .. }));
}
