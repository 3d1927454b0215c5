//! Commands, credentials, and what cannot be read.

use directline::Token;
use directline_relay::core::{
    Address, Answer, Audience, Command, Ending, Entry, Fact, HostState, Reply, Settings, Stage,
    Ticket, Wanted,
};

use crate::rig::{Rig, TOKEN, host, name, of};

pub(crate) fn start(rig: &mut Rig) {
    let command = Command::Start { conversation: name("c"), from: None };
    rig.tell(Fact::Command { ticket: Ticket(1), command });
}

pub(crate) fn end(rig: &mut Rig) {
    rig.tell(Fact::Command {
        ticket: Ticket(1),
        command: Command::End { conversation: name("c") },
    });
}

#[test]
fn a_command_is_answered_once_what_it_wants_is_stored() {
    // Covers: RL-31
    let mut rig = Rig::joined(Settings::default());
    rig.keeps = vec!["put conversation"];
    start(&mut rig);
    assert_eq!(rig.lines(), ["read conversation c", "read record c", "put conversation c"]);
    rig.release();
    let lines = rig.lines();
    assert_eq!(lines[0], "reply Done");
    assert_eq!(lines[1], "put conversation c", "and it is taken");
    rig.release();
    start(&mut rig);
    assert!(rig.lines().contains(&"reply Done".to_owned()), "it runs already");
}

#[test]
fn two_that_start_the_same_are_both_right() {
    // Covers: RL-31
    let mut rig = Rig::joined(Settings::default());
    let free = r#"{"version":1,"epoch":0,"wanted":"running"}"#.to_owned();
    rig.keeps = vec!["put conversation"];
    start(&mut rig);
    rig.write(Address::Conversation(name("c")), Some(free));
    rig.release();
    let lines = rig.lines();
    assert_eq!(lines[..3], ["read conversation c", "read record c", "put conversation c"]);
    // It is taken as soon as that was read.
    assert!(lines[2..].contains(&"reply Done".to_owned()), "{lines:?}");
}

#[test]
fn what_was_heard_of_long_ago_answers_nothing() {
    // Covers: RL-31
    for (heard, command) in [
        ("\"running\"", Command::Start { conversation: name("c"), from: None }),
        ("{\"over\":\"by another\"}", Command::End { conversation: name("c") }),
    ] {
        let mut rig = Rig::joined(Settings::default());
        rig.sees_host("b", HostState::Alive);
        let owner = Some(rig.sees_host("d", HostState::Alive));
        let entry = format!("{{\"version\":1,\"epoch\":0,\"wanted\":{heard}}}");
        let mut entry: Entry = serde_json::from_str(&entry).expect("an entry");
        entry.owner = owner;
        rig.sees(
            Address::Conversation(name("c")),
            Some(serde_json::to_string(&entry).expect("an entry")),
        );
        // Another host has done the opposite since.
        entry.wanted = match entry.wanted {
            Wanted::Running => Wanted::Over("by another".to_owned()),
            Wanted::Over(_) => Wanted::Running,
        };
        rig.write(
            Address::Conversation(name("c")),
            Some(serde_json::to_string(&entry).expect("an entry")),
        );
        rig.lines();
        rig.tell(Fact::Command { ticket: Ticket(1), command: command.clone() });
        let lines = rig.lines();
        let is_start = matches!(command, Command::Start { .. });
        let right =
            if is_start { "reply Refused(\"it is over: by another\")" } else { "reply Done" };
        assert_eq!(lines.last().map(String::as_str), Some(right), "{lines:?}");
        assert_eq!(lines.contains(&"put conversation c".to_owned()), !is_start, "{lines:?}");
    }
}

#[test]
fn who_has_heard_nothing_yet_or_cannot_read_it_does_not_say_that_there_is_none() {
    // Covers: RL-31, RL-33
    let mut rig = Rig::new(Settings::default());
    let running = r#"{"version":1,"epoch":0,"wanted":"running"}"#.to_owned();
    rig.write(Address::Conversation(name("c")), Some(running));
    end(&mut rig);
    assert_eq!(rig.lines().last().map(String::as_str), Some("reply Done"));
    let mut rig = Rig::joined(Settings::default());
    rig.write(Address::Conversation(name("c")), Some(r#"{"version":2}"#.to_owned()));
    end(&mut rig);
    let refused = "reply Refused(\"what stands there cannot be read\")";
    assert_eq!(rig.lines().last().map(String::as_str), Some(refused));
    let command = Command::Status { conversation: name("c") };
    rig.tell(Fact::Command { ticket: Ticket(2), command: command.clone() });
    assert_eq!(rig.lines(), [refused], "nor when it is asked how that is");
    rig.sees(Address::Conversation(name("c")), None);
    rig.lines();
    rig.tell(Fact::Command { ticket: Ticket(3), command });
    assert_eq!(rig.lines(), ["reply Refused(\"there is none of this name\")"]);
}

#[test]
fn a_command_that_nothing_comes_of_is_refused() {
    // Covers: RL-31
    let mut rig = Rig::joined(Settings::default());
    rig.keeps = vec!["put conversation", "read conversation"];
    start(&mut rig);
    for _ in 0..5 {
        rig.answered(Answer::Unanswered);
    }
    let refused = "reply Refused(\"NATS does not answer\")";
    assert_eq!(rig.lines().last().map(String::as_str), Some(refused));
    rig.keeps.clear();
    end(&mut rig);
    assert_eq!(rig.news()[2..], ["reply Refused(\"there is none of this name\")"]);
    rig.keeps = vec!["put conversation"];
    start(&mut rig);
    rig.pass(2_500);
    rig.lines();
    rig.now = 50_000;
    rig.tell(Fact::Timeout);
    let refused = "reply Refused(\"this host has lost its lease\")".to_owned();
    assert!(rig.lines().contains(&refused));
}

/// What is answered to a question for the owner, and to a token for it.
fn answer(rig: &mut Rig, conversation: &str) -> Vec<String> {
    let (conversation, token) = (name(conversation), Token::new(TOKEN).expect("a token"));
    let command = Command::Status { conversation: conversation.clone() };
    rig.tell(Fact::Command { ticket: Ticket(3), command });
    let answers = rig.lines();
    rig.tell(Fact::Command { ticket: Ticket(3), command: Command::Token { conversation, token } });
    assert_eq!(rig.lines(), answers);
    answers
}

#[test]
fn who_owns_answers_and_one_says_that_nobody_does() {
    // Covers: RL-31
    let mut rig = Rig::running(Settings::default());
    rig.delivers(0..2, None);
    rig.lines();
    let command = Command::Status { conversation: name("c") };
    assert_eq!(command.audience(), Audience::Owner);
    rig.tell(Fact::Command { ticket: Ticket(2), command });
    let lines = rig.lines();
    assert!(
        lines[0].contains("stage: Running, reason: None, position: 2, waiting: 0"),
        "{lines:?}"
    );
    assert_eq!(rig.core.figures(), ([(Stage::Running, 1)].into(), 0));
    assert_eq!(answer(&mut rig, "d"), ["reply Refused(\"there is none of this name\")"]);
    let other = rig.sees_host("b", HostState::Alive);
    let (here, there) = (of("a", &["a", "b"]), of("b", &["a", "b"]));
    assert_eq!(answer(&mut rig, &there), [] as [&str; 0], "the other says it");
    rig.sees_entry(&there, |_| {});
    rig.lines();
    assert_eq!(answer(&mut rig, &there), [] as [&str; 0]);
    rig.sees_entry(&here, |entry| entry.owner = Some(other.clone()));
    rig.lines();
    assert_eq!(answer(&mut rig, &here), [] as [&str; 0], "the owner answers");
    rig.keeps = vec!["put conversation"];
    rig.sees_host("b", HostState::Gone);
    rig.lines();
    for nobody in [&here, &there] {
        assert_eq!(answer(&mut rig, nobody), ["reply Refused(\"nobody has it just now\")"]);
    }
    let token = Token::new(TOKEN).expect("a token");
    let command = Command::Token { conversation: name("c"), token };
    rig.tell(Fact::Command { ticket: Ticket(4), command });
    assert_eq!(rig.lines(), ["renew c", "reply Done"]);
}

#[test]
fn commands_and_replies_have_a_form() {
    // Covers: RL-31, RL-32
    let read = |rest: &str| {
        Command::from_json(&format!("{{\"version\":1,\"conversation\":\"c\",{rest}}}"))
    };
    let conversation = name("c");
    assert_eq!(read(r#""command":"end""#), Ok(Command::End { conversation: conversation.clone() }));
    let checkpoint =
        r#""command":"start","from":{"version":1,"conversation":"id","watermark":"4"}"#;
    let Ok(Command::Start { from: Some(from), .. }) = read(checkpoint) else { panic!("a start") };
    assert_eq!(from.watermark(), Some("4"));
    let token = Token::new(TOKEN).expect("a token");
    let command = Command::Token { conversation, token };
    assert_eq!(read(&format!(r#""command":"token","token":"{TOKEN}""#)), Ok(command));
    assert!(
        Command::from_json(r#"{"version":2,"conversation":"c","command":"end"}"#)
            .is_err_and(|flaw| flaw == "version is 2, allowed is 1")
    );
    assert_eq!(read(r#""command":"token""#), Err("token is missing".to_owned()));
    let flaw = read(r#""command":"token","token":"two words""#).expect_err("no token");
    assert!(!flaw.contains("two words"), "{flaw}");
    assert!(read(r#""command":"stop""#).is_err() && read(r#""command":"end","x":1"#).is_err());
    assert!(Command::from_json(r#"{"version":1,"conversation":"c.d","command":"end"}"#).is_err());
    let json = serde_json::to_string(&Reply::Refused("no".to_owned())).expect("a reply");
    assert_eq!(json, r#"{"refused":"no"}"#);
}

#[test]
fn a_credential_is_asked_for_after_pauses_that_grow_and_stands_nowhere() {
    // Covers: RL-32
    let mut rig = Rig::joined(Settings::default());
    rig.keeps = vec!["ask"];
    rig.sees_entry("c", |_| {});
    let mut asked = vec![];
    for _ in 0..5 {
        asked.push(rig.now);
        let conversation = name("c");
        rig.tell(Fact::Credential { conversation, credential: None });
        let before = rig.kept.len();
        rig.until(|rig| rig.kept.len() > before);
    }
    assert_eq!(asked, [0, 100, 300, 700, 1_500]);
    rig.keeps.clear();
    let credential = Some(Token::new(TOKEN).expect("a token").into());
    rig.tell(Fact::Credential { conversation: name("c"), credential });
    let (conversation, session) = (name("c"), rig.session());
    rig.tell(Fact::NeedsCredential { conversation, session });
    let lines = rig.lines();
    assert_eq!(lines[lines.len() - 2..], ["ask c None", "renew c"]);
    assert!(!rig.all.contains(TOKEN), "no order shows it");
    let written = rig.cells.values().filter_map(|found| found.value.as_deref());
    assert!(written.chain([format!("{:?}", rig.core).as_str()]).all(|text| !text.contains(TOKEN)));
}

#[test]
fn sessions_begin_one_after_another() {
    // Covers: RL-30
    let mut rig = Rig::joined(Settings { starts_a_second: 2, ..Settings::default() });
    let begun = |rig: &Rig| rig.all.matches("Begin {").count();
    let mut moments = vec![];
    for at in 0..4 {
        rig.sees_entry(&format!("c{at}"), |_| {});
    }
    for count in 1..=4 {
        rig.until(|rig| begun(rig) == count);
        moments.push(rig.now);
    }
    assert_eq!(moments, [0, 500, 1_000, 1_500]);
}

#[test]
fn a_session_that_ends_again_and_again_begins_after_pauses_that_grow() {
    // Covers: RL-41, RL-30
    let mut rig = Rig::running(Settings::default());
    let mut pauses = vec![];
    for _ in 0..4 {
        let (conversation, session) = (name("c"), rig.session());
        rig.tell(Fact::Ended { conversation, session, ending: Ending::Again });
        pauses.push(rig.until(|rig| rig.session() != session));
    }
    assert_eq!(pauses, [100, 200, 400, 800]);
    // One that delivers is as good as the first.
    rig.delivers(0..1, None);
    let (conversation, session, before) = (name("c"), rig.session(), rig.now);
    rig.tell(Fact::Ended { conversation, session, ending: Ending::Again });
    rig.pass(before + 100);
    assert_ne!(rig.session(), session);
}

#[test]
fn what_cannot_be_read_is_told_and_left_alone() {
    // Covers: RL-33
    let mut rig = Rig::running(Settings::default());
    let later = r#"{"version":2,"epoch":1,"wanted":"running"}"#.to_owned();
    for (address, value, rest) in [
        (Address::Host(host("b")), "{".to_owned(), vec![]),
        (Address::Conversation(name("d")), later.clone(), vec![]),
        (Address::Conversation(name("c")), later, vec!["drop c", "unfetch c"]),
    ] {
        rig.sees(address.clone(), Some(value));
        let lines = rig.news();
        let (note, others) = lines.split_last().expect("a note");
        assert!(note.starts_with(&format!("note Damaged {{ address: {address:?}")), "{lines:?}");
        assert_eq!(others, rest);
    }
    // A record of a later version keeps a conversation from beginning, and is looked at again.
    let mut rig = Rig::joined(Settings::default());
    let address = Address::Record(name("c"));
    rig.write(address.clone(), Some(r#"{"version":2}"#.to_owned()));
    rig.sees_entry("c", |_| {});
    let lines = rig.lines();
    assert_eq!(lines[lines.len() - 2], "read record c");
    assert!(lines[lines.len() - 1].contains("version is 2, allowed is 1"), "{lines:?}");
    rig.pass(100);
    assert_eq!(rig.lines()[0], "read record c");
    assert_eq!(rig.value(&address), r#"{"version":2}"#, "nothing is written over it");
    let entry: Entry = rig.entry();
    assert_eq!(entry.owner, Some(rig.lease()));
}
