//! Somebody types: lines are edited, commands obeyed, buttons answered by number.

use directline_testbed::{Bot, Options, Testbed};

use super::terminal::Terminal;
use crate::talk::{recorded, say, testbed};

#[test]
fn what_comes_in_never_breaks_what_is_typed() {
    // Covers: RX-1
    for driver in ["tokio", "blocking"] {
        let testbed = testbed(Options::default().with_bot(Bot::Silent));
        let mut terminal = Terminal::chat(&testbed, &["--driver", driver]);
        terminal.shows("connecting…");
        terminal.shows("connected");
        let id = testbed.conversations().remove(0);
        terminal.keys("half a li");
        terminal.shows_last("> half a li");
        say(&testbed, &id, "psst");
        terminal.until("both", |seen| seen.ends_with(": psst\n> half a li"));
        // What was typed goes on, and the beginning of it can be changed.
        terminal.keys("ne\u{1}not ");
        terminal.shows_last("> not half a line");
        terminal.enter("");
        let sent = heard(&testbed, &id, 2);
        assert!(sent[1].contains("\"not half a line\""), "{sent:?}");
        // Once more from the history; the echo of what is typed is not shown again.
        terminal.shows_last(">");
        terminal.enter("\u{1b}[A");
        heard(&testbed, &id, 3);
        say(&testbed, &id, "done");
        let seen = terminal.shows("done");
        assert_eq!(seen.matches("not half a line").count(), 2, "{seen}");
        terminal.keys("\u{3}");
        let (code, seen) = terminal.end();
        assert_eq!(code, Some(0), "{seen}");
        assert!(terminal.is_as_found());
    }
}

#[test]
fn commands_are_obeyed_and_mistakes_send_nothing() {
    // Covers: CR-8
    let testbed = testbed(Options::default().with_bot(Bot::Silent));
    let mut terminal = Terminal::chat(&testbed, &[]);
    terminal.shows("connected");
    let id = testbed.conversations().remove(0);
    for (line, told) in [
        ("/help", "/upload FILE"),
        ("/status", &format!("connected; conversation {id}; 0 received, 0 waiting to be sent")),
        ("/raw", "nothing has come yet"),
        ("/history", "nothing was said yet"),
        ("/hlep", "/hlep is no command"),
        ("/upload /no/such/file", "\"/no/such/file\" cannot be read"),
        ("/upload /dev/zero", "\"/dev/zero\" is no file"),
        ("/upload /tmp", "\"/tmp\" is no file"),
        ("7", "7 answers nothing, since there are no buttons; /say 7 sends it as text"),
    ] {
        terminal.enter(line);
        terminal.shows(told);
    }
    assert!(recorded(&testbed, &id).is_empty(), "something was sent");
    terminal.enter("//slash");
    terminal.enter("/say 7");
    heard(&testbed, &id, 2);
    let harmful = r#"{"type":"message","text":"a\u001b[2Jb"}"#;
    testbed.say(&id, harmful).expect("it is there");
    terminal.shows("a\\u{1b}[2Jb");
    terminal.enter("/raw");
    terminal.shows("\"text\":\"a\\u001b[2Jb\"");
    terminal.enter("/quit");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(0), "{seen}");
    let texts: Vec<_> = recorded(&testbed, &id);
    assert_eq!(texts.len(), 3, "{texts:#?}");
    assert!(texts[0].contains("\"/slash\"") && texts[1].contains("\"7\""), "{texts:#?}");
}

/// Waits until the service has so many activities.
fn heard(testbed: &Testbed, id: &str, count: usize) -> Vec<String> {
    loop {
        let all = recorded(testbed, id);
        if all.len() >= count {
            return all;
        }
        std::thread::yield_now();
    }
}
