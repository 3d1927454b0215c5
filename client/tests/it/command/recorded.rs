//! A session as somebody sees it, written into the documentation.

use directline_testbed::{Bot, Options, Script, Testbed};

use super::terminal::Terminal;
use crate::blessed::document;
use crate::talk::{heard, testbed};

#[test]
fn a_session_on_a_terminal() {
    // Covers: RX-1, WM-6, TX-6
    let script = Script::parse(include_str!("session.toml")).expect("a script");
    let testbed = testbed(Options::default().with_bot(Bot::Scripted(script)));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("wishes.txt"), "no onions").expect("written");
    let more = ["--checkpoint", "chat.json"];
    let mut terminal = Terminal::chat_in(folder.path(), &testbed, &more);
    terminal.shows("[2] Not now");
    let id = testbed.conversations().remove(0);
    // A suggested action, then the button of a card, by their numbers.
    terminal.enter("1");
    terminal.shows("[3] Dumplings");
    terminal.enter("2");
    terminal.shows("open https://kitchen.example/soup");
    terminal.enter("7");
    terminal.shows("7 answers nothing");
    terminal.enter("3");
    terminal.shows("[1] Order");
    // What its card asks for is needed.
    terminal.enter("1");
    terminal.shows("Plates is missing");
    terminal.enter("/press 1 plates=2");
    let sent = heard(&testbed, &id, 6);
    assert!(sent[3].contains(r#""text":"dumplings, please""#), "{sent:#?}");
    let order = &sent[5];
    assert!(order.contains(r#""value":{"order":"dumplings","plates":"2"}"#), "{order}");
    assert!(order.contains(r#""replyToId":""#) && order.contains("\"postBack\":true"), "{order}");
    terminal.enter("/upload wishes.txt");
    terminal.shows("[attachment text/plain wishes.txt]");
    // An answer that comes piece by piece, and grows in its place.
    piece(&testbed, &id, 1, "informative", "asking the kitchen");
    terminal.shows("… asking the kitchen");
    piece(&testbed, &id, 2, "streaming", "It will take");
    terminal.keys("thank y");
    let growing = terminal.until("both", |seen| seen.ends_with("It will take\n> thank y"));
    let growing: Vec<_> = growing.lines().rev().take(2).collect();
    piece(&testbed, &id, 3, "streaming", "It will take *ten*");
    terminal.until("both", |seen| seen.ends_with("It will take *ten*\n> thank y"));
    piece(&testbed, &id, 4, "final", "It will take *ten* minutes.");
    terminal.until("both", |seen| seen.ends_with("It will take ten minutes.\n> thank y"));
    testbed.close_all(1011, "restarting");
    terminal.until("both", |seen| seen.ends_with("connected\n> thank y"));
    terminal.enter("ou");
    terminal.enter("slow");
    heard(&testbed, &id, 13);
    terminal.keys("\u{4}");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(0), "{seen}");
    assert!(terminal.is_as_found());
    assert!(seen.contains("There you are.\n"), "the last answer was waited for: {seen}");

    let mut terminal = Terminal::chat_in(folder.path(), &testbed, &more);
    terminal.shows("connected");
    terminal.enter("/quit");
    let (_, again) = terminal.end();
    assert!(again.contains("resumed after ") && !again.contains("Welcome"), "{again}");
    let page = PAGE
        .replace("SESSION", &seen)
        .replace("GROWING", &format!("{}\n{}", growing[1], growing[0]))
        .replace("AGAIN", &again);
    document("docs/terminal.md", &page.replace(&testbed.base(), "http://127.0.0.1:3000"));
}

fn piece(testbed: &Testbed, id: &str, sequence: u32, kind: &str, text: &str) {
    let activity = if kind == "final" { "message" } else { "typing" };
    let data = format!(r#"{{"streamType":"{kind}","streamId":"s","streamSequence":{sequence}}}"#);
    let json = format!(r#"{{"type":"{activity}","text":"{text}","channelData":{data}}}"#);
    testbed.say(id, &json).expect("it is there");
}

/// Around what is seen.
const PAGE: &str = include_str!("session.md");
