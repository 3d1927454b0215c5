//! What a newcomer runs first.

use super::program::Program;

#[test]
fn the_demonstration_loses_nothing_with_either_driver() {
    // Covers: RC-1, DD-1, WM-6
    for driver in ["tokio", "blocking"] {
        let ended = Program::run(&["chat", "--demo", "--driver", driver], &[]).end();
        assert_eq!(ended.code, Some(0), "{}", ended.seen);
        let count = |name: &str| {
            let line = ended.out.iter().rfind(|line| line.starts_with(name)).expect(name);
            line.split_whitespace().last().and_then(|count| count.parse::<u32>().ok())
        };
        assert_eq!(count("sent "), Some(200));
        assert_eq!(count("received "), Some(200));
        assert_eq!(count("lost "), Some(0));
        assert_eq!(count("repeated "), Some(0));
        assert!(count("reconnected ") >= Some(20), "{:?}", count("reconnected "));
    }
}

#[test]
fn the_demonstration_keeps_json_apart_from_the_count() {
    // Covers: RX-1
    let ended = Program::run(&["chat", "--demo", "--json"], &[]).end();
    assert_eq!((ended.code, ended.out.len()), (Some(0), 200), "{}", ended.seen);
    for line in &ended.out {
        let activity: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(activity["type"], "message");
    }
    assert!(ended.errors.iter().any(|line| line.starts_with("lost            0")));
}

#[test]
fn without_a_service_one_is_brought_along() {
    // Covers: RC-1
    // It is here, so that no proxy is between, and this one leads nowhere.
    let proxy = [("ALL_PROXY", "http://127.0.0.1:9")];
    let mut program = Program::run(&["chat", "--end-on-eof"], &proxy);
    program.told("a service in this process");
    assert!(program.line().contains("Hello!"));
    for number in 0..6 {
        program.type_line(&format!("line {number}"));
        assert_eq!(program.line(), format!("user1: line {number}"));
        assert_eq!(program.line(), format!("Testbot: echo: line {number}"));
    }
    program.told("retrying in");
    program.end_input();
    assert_eq!(program.end().code, Some(0));
}
