//! Somebody types: lines are edited, commands obeyed, buttons answered by number.

use directline_testbed::{Bot, Options};

use super::terminal::Terminal;
use crate::talk::{heard, recorded, say, testbed};

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

#[test]
fn nothing_that_a_card_holds_harms_the_terminal() {
    // Covers: CR-7
    let testbed = testbed(Options::default().with_bot(Bot::Silent));
    let mut terminal = Terminal::chat(&testbed, &[]);
    terminal.shows("connected");
    let id = testbed.conversations().remove(0);
    let bad = r"\u001b[2J\u001b]8;;x\u0007\u009b31m";
    let button = format!(r#"{{"type":"imBack","title":"T{bad}","value":"v{bad}"}}"#);
    let open = format!(r#"{{"type":"openUrl","title":"O","value":"https://x.example/{bad}"}}"#);
    let hero = "application/vnd.microsoft.card.hero";
    let card = format!(
        r#"{{"contentType":"{hero}","content":{{"title":"C{bad}","buttons":[{button},{open}]}}}}"#
    );
    let url = format!("https://x.example/{bad}");
    let file = format!(r#"{{"contentType":"a/b","name":"F{bad}","contentUrl":"{url}"}}"#);
    let said = format!(
        r#"{{"type":"message","from":{{"id":"b","name":"N{bad}"}},"text":"X{bad}",
            "attachments":[{card},{file}]}}"#
    );
    testbed.say(&id, &said).expect("it is there");
    let seen = terminal.shows("[attachment a/b F");
    for part in ["connecting…", "N\\u{1b}[2J", "X\\u{1b}[2J", "C\\u{1b}[2J", "[1] T\\u{1b}[2J"] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    // A button that leads where no link leads has no number.
    assert!(seen.contains("[-] O"), "{seen}");
    terminal.enter("1");
    terminal.shows("> 1\n[1] T\\u{1b}[2J");
    // The answer is on its way: what ends now waits for its outcome.
    terminal.keys("\u{4}");
    assert_eq!(terminal.end().0, Some(0));
}
