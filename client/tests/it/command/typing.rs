//! Somebody types: lines are edited, commands obeyed, buttons answered by number.

use directline_testbed::{Answer, Bot, Fault, Occasion, Options, Rule, When};

use super::terminal::Terminal;
use crate::talk::{heard, recorded, say, testbed};

#[test]
fn what_comes_in_never_breaks_what_is_typed() {
    // Covers: RX-1
    for driver in ["tokio", "blocking"] {
        let testbed = testbed(Options::default().with_bot(Bot::Silent));
        let mut terminal = Terminal::chat(&testbed, &["--driver", driver]);
        terminal.shows("connecting to http://127.0.0.1:");
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
fn an_empty_line_leaves_nothing_behind() {
    let testbed = testbed(Options::default().with_bot(Bot::Silent));
    let mut terminal = Terminal::chat(&testbed, &[]);
    terminal.shows_last("connected\n>");
    terminal.enter("");
    terminal.keys("x");
    terminal.shows_last("connected\n> x");
}

#[test]
fn after_the_end_of_the_input_there_is_no_prompt() {
    let testbed = testbed(Options::default().with_bot(Bot::Silent));
    let hangs = Fault::Hang { when: When::Before };
    testbed.inject(Rule::always(Occasion::Post, hangs).expect("allowed"));
    let mut terminal = Terminal::chat(&testbed, &[]);
    terminal.shows("connected");
    terminal.enter("hi");
    terminal.shows_last("> hi\n>");
    // It waits for what becomes of that.
    terminal.keys("\u{4}");
    terminal.shows_last("connected\n> hi");
    terminal.keys("\u{4}");
    assert_eq!(terminal.end().0, Some(6));
}

#[test]
fn a_job_that_is_stopped_leaves_the_terminal_to_others() {
    let testbed = testbed(Options::default().with_bot(Bot::Silent));
    let mut terminal = Terminal::job(&testbed);
    terminal.shows("connected");
    terminal.keys("half a line");
    terminal.shows_last("> half a line");
    terminal.keys("\u{1a}");
    terminal.is_stopped();
    assert!(terminal.is_as_found());
    terminal.shows_last("connected");
    terminal.signal("CONT");
    terminal.shows_last("> half a line");
    assert!(!terminal.is_as_found(), "keys are read one by one again");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end().0, Some(0));
}

#[test]
fn lines_are_not_edited_where_json_is_wanted() {
    let testbed = testbed(Options::default().with_bot(Bot::Silent));
    let mut terminal = Terminal::chat(&testbed, &["--json"]);
    terminal.shows("connected");
    assert!(terminal.is_as_found());
    terminal.signal("TERM");
    assert_eq!(terminal.end().0, Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_long_line_uses_the_width_of_the_terminal() {
    let testbed = testbed(Options::default().with_bot(Bot::Silent));
    let mut terminal = Terminal::in_control(&testbed);
    terminal.shows("connected");
    let line = "x".repeat(150);
    terminal.keys(&line);
    terminal.shows_last(&format!("> {line}"));
}

#[test]
fn lines_are_not_edited_where_what_is_said_goes_elsewhere() {
    let testbed = testbed(Options::default().with_bot(Bot::Silent));
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = Terminal::saying_elsewhere(folder.path(), &testbed);
    terminal.shows("connected");
    assert!(terminal.is_as_found());
    let id = testbed.conversations().remove(0);
    // Nor is anything a command there.
    terminal.enter("/quit");
    assert!(heard(&testbed, &id, 1)[0].contains("\"/quit\""));
    terminal.signal("TERM");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(0), "{seen}");
    let said = std::fs::read_to_string(folder.path().join("said")).expect("it is there");
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn a_terminal_that_can_do_little_obeys_too() {
    // Covers: TX-1
    let testbed = testbed(Options::default().with_bot(Bot::Silent));
    let mut terminal = Terminal::of_kind(&testbed, "dumb");
    terminal.shows("connected");
    let id = testbed.conversations().remove(0);
    // More than there may be messages without an outcome.
    for _ in 0..70 {
        terminal.enter("7");
    }
    terminal.enter("hello");
    let sent = heard(&testbed, &id, 1);
    assert!(sent[0].contains("\"hello\""), "{sent:?}");
    say(&testbed, &id, "hello yourself");
    let seen = terminal.shows("hello yourself");
    assert_eq!(seen.matches("7 answers nothing").count(), 70, "{seen}");
    assert!(terminal.is_as_found());
    terminal.keys("\u{4}");
    assert_eq!(terminal.end().0, Some(0));
}

#[test]
fn a_terminal_that_can_take_its_line_back_shows_how_an_answer_grows() {
    let testbed = testbed(Options::default().with_bot(Bot::Silent));
    let mut terminal = Terminal::of_kind(&testbed, "cons25");
    terminal.shows("connected");
    let id = testbed.conversations().remove(0);
    let data = r#"{"streamType":"streaming","streamId":"s","streamSequence":1}"#;
    let piece = format!(r#"{{"type":"typing","text":"It will take","channelData":{data}}}"#);
    testbed.say(&id, &piece).expect("it is there");
    terminal.shows(": It will take");
    assert!(terminal.is_as_found());
    terminal.signal("TERM");
    assert_eq!(terminal.end().0, Some(0));
}

#[test]
fn however_it_ends_the_terminal_is_as_it_was_found() {
    // Covers: TM-7, WM-6
    for (way, status) in [("Ctrl-C", 0), ("TERM", 0), ("bot", 0), ("refused", 3), ("twice", 130)] {
        let testbed = testbed(Options::default().with_bot(Bot::Silent));
        let folder = tempfile::tempdir().expect("a folder");
        let more = ["--checkpoint", "chat.json"];
        let mut terminal = Terminal::chat_in(folder.path(), &testbed, &more);
        terminal.shows("connected");
        let id = testbed.conversations().remove(0);
        say(&testbed, &id, "hello");
        terminal.shows("hello");
        assert!(!terminal.is_as_found(), "keys are read one by one");
        terminal.keys("half a line");
        terminal.shows_last("> half a line");
        match way {
            "Ctrl-C" => terminal.keys("\u{3}"),
            "TERM" => terminal.signal("TERM"),
            "bot" => {
                let end = r#"{"type":"endOfConversation"}"#;
                testbed.say(&id, end).expect("it is there");
            }
            "refused" => {
                let fault = Fault::Answer(Answer::status(401).with_code("Unauthorized"));
                for route in [Occasion::Reconnect, Occasion::Generate] {
                    testbed.inject(Rule::always(route, fault.clone()).expect("allowed"));
                }
                testbed.close_all(1011, "");
            }
            _ => terminal.keys("\u{3}\u{3}"),
        }
        let (code, seen) = terminal.end();
        assert!(terminal.is_as_found(), "{way}: {seen}");
        if way == "twice" && code == Some(0) {
            // It was quicker.
            continue;
        }
        assert_eq!(code, Some(status), "{way}: {seen}");
        assert!(!seen.contains("half a line"), "{way}: {seen}");
        let text = std::fs::read_to_string(folder.path().join("chat.json")).expect("written");
        assert!(text.contains(&id), "{way}: {text}");
        let is_over = way == "bot";
        assert_eq!(seen.contains("to go on:"), !is_over && way != "twice", "{way}: {seen}");
    }
}

#[test]
fn what_ends_with_the_command_cannot_be_gone_on_with() {
    let mut terminal = Terminal::alone();
    terminal.shows("Hello!");
    terminal.keys("\u{3}");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(0), "{seen}");
    assert!(!seen.contains("to go on:"), "{seen}");
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
    for part in
        ["connecting to http", "N\\u{1b}[2J", "X\\u{1b}[2J", "C\\u{1b}[2J", "[1] T\\u{1b}[2J"]
    {
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
