//! Uploading one file or several, and downloading them.

use crate::raw::{Answer, Call};
use crate::world::{BASE, Started, World};

fn upload(
    world: &World,
    started: &Started,
    headers: Vec<(&'static str, String)>,
    body: &[u8],
) -> Answer {
    let call = Call {
        method: "POST",
        target: format!("{BASE}/conversations/{}/upload?userId=user1", started.conversation),
        bearer: Some(started.token.clone()),
        headers,
        body: body.to_vec(),
    };
    call.send(world.testbed.address()).expect("an answer")
}

#[test]
fn a_bare_file_becomes_a_message_with_an_attachment() {
    let world = World::new();
    let started = world.start();
    let headers = vec![
        ("Content-Type", "image/jpeg".to_string()),
        ("Content-Disposition", "name=\"file\"; filename=\"a.jpg\"".to_string()),
    ];
    let answer = upload(&world, &started, headers, b"pixels");
    assert_eq!(answer.text("/id"), format!("{}|0000000", started.conversation));
    let activity = world.activities(&started, "").json()["activities"][0].clone();
    assert_eq!((&activity["type"], &activity["from"]["id"]), (&"message".into(), &"user1".into()));
    let attachment = &activity["attachments"][0];
    assert_eq!(attachment["contentType"], "image/jpeg");
    assert_eq!(attachment["name"], "a.jpg");
    let url = attachment["contentUrl"].as_str().expect("a text");
    let path = url.split_once(BASE).expect("a path").1;
    let file = world.get(path, "");
    assert_eq!(
        (file.body.as_str(), file.header("content-type").as_deref()),
        ("pixels", Some("image/jpeg"))
    );
}

#[test]
fn files_join_the_activity_they_came_with() {
    let world = World::new();
    let started = world.start();
    let body = "--b\r\nContent-Disposition: form-data; name=\"activity\"; filename=\"blob\"\r\n\
        Content-Type: application/vnd.microsoft.activity\r\n\r\n\
        {\"type\":\"message\",\"text\":\"look\",\"attachments\":[{\"content\":1}]}\r\n\
        --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a b.txt\"\r\n\
        Content-Type: text/plain\r\n\r\none\r\n\
        --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"c.txt\"\r\n\r\ntwo\r\n\
        --b--\r\n";
    let headers = vec![("Content-Type", "multipart/form-data; boundary=b".to_string())];
    assert_eq!(upload(&world, &started, headers, body.as_bytes()).status, 200);
    let activity = world.activities(&started, "").json()["activities"][0].clone();
    assert_eq!(activity["text"], "look");
    let attachments = activity["attachments"].as_array().expect("attachments");
    assert_eq!(attachments[0]["content"], 1);
    assert_eq!(attachments[1]["name"], "a b.txt");
    assert_eq!(attachments[2]["contentType"], "application/octet-stream");
    assert_eq!(world.testbed.post_count(), 1);
}

#[test]
fn an_upload_may_be_as_large_as_the_limit() {
    let world = World::new();
    let started = world.start();
    let headers = vec![("Content-Type", "image/png".to_string())];
    let answer = upload(&world, &started, headers, &vec![0; 4 * 1024 * 1024]);
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn what_can_be_no_upload_is_refused() {
    let world = World::new();
    let started = world.start();
    let typed = |kind: &str| vec![("Content-Type", kind.to_string())];
    let large = vec![0; 4 * 1024 * 1024 + 1];
    let refusal = |kind: &str, body: &[u8]| {
        let answer = upload(&world, &started, typed(kind), body);
        (answer.status, answer.code())
    };
    assert_eq!(refusal("image/png", &large), (413, "MessageSizeTooBig".into()));
    assert_eq!(refusal("multipart/form-data", b""), (400, "BadSyntax".into()));
    assert_eq!(refusal("multipart/form-data; boundary=b", b"--b\r\nx"), (400, "BadSyntax".into()));
    assert_eq!(world.testbed.post_count(), 0);
}
