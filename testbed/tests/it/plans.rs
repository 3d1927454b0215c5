//! Plans: what can be read, and how what can't is refused.

use directline_testbed::{Fault, Occasion, Options, Plan, Rule, Trigger, When};

use serde_json::json;

use crate::world::{World, quiet};

fn refusal(text: &str) -> String {
    let error = Plan::parse(text).expect_err("invalid").to_string();
    assert!(!error.contains('\n'), "{error}");
    error
}

#[test]
fn a_plan_says_when_and_what() {
    let plan = Plan::parse(
        "seed = 9\n[[fault]]\non = 'frame'\nnth = 3\nlimit = 2\ndo = 'reset'\nwhen = 'after'",
    );
    let rule = Rule::always(Occasion::Frame, Fault::Reset { when: When::After })
        .expect("allowed")
        .with_trigger(Trigger::Nth(vec![3]))
        .with_limit(2);
    assert_eq!(plan, Ok(Plan::new(vec![rule]).with_seed(9)));
    assert_eq!(Plan::parse(""), Ok(Plan::default()));
}

#[test]
fn a_plan_is_read_from_whatever_holds_tables() {
    let table = json!({ "seed": 9, "fault": [{ "on": "post", "do": "cut", "nth": [2.0] }] });
    let read = serde_json::from_value::<Plan>(table).expect("valid");
    let text = "seed = 9\n[[fault]]\non = 'post'\ndo = 'cut'\nnth = 2";
    assert_eq!(read, Plan::parse(text).expect("valid"));
    let refused = serde_json::from_value::<Plan>(json!({ "faults": [] })).expect_err("invalid");
    assert_eq!(refused.to_string(), refusal("faults = []"));
}

#[test]
fn what_just_fits_is_allowed() {
    let read = |fields: &str| Plan::parse(&format!("[[fault]]\n{fields}"));
    let close = |length| {
        let reason = "x".repeat(length);
        read(&format!("on = 'frame'\ndo = 'close'\nreason = '{reason}'"))
    };
    assert!(close(123).is_ok(), "a close frame holds as much");
    for length in [124, 200] {
        assert!(close(length).is_err_and(|told| told.to_string().contains("at most 123 bytes")));
    }
    let answer = |field: &str| read(&format!("on = 'post'\ndo = 'answer'\nstatus = 302\n{field}"));
    for field in ["retry_after = -1", "retry_after = 'a b'", "location = '/x?y#z'"] {
        assert!(answer(field).is_ok(), "{field}");
    }
}

#[test]
fn refusals_name_field_value_and_what_is_allowed() {
    for (text, expected) in [
        (
            "on = 'frames'\ndo = 'close'",
            "fault 1: `on` is \"frames\", it must be one of generate, refresh, start, reconnect, \
             activities, post, upload, handshake, open, frame",
        ),
        (
            "on = 'frame'",
            "fault 1: `do` is missing, it must be one of close, collision, drop, reset, \
             half_open, hang, cut, delay, answer, patch, stream_url, wrong_conversation, \
             replay_all, refuse_watermark, watermark, garbage, binary, bad_element, twice, swap, \
             expire_tokens, renumber, end_conversation",
        ),
        (
            "on = 'frame'\ndo = 'close'\ncode = 99",
            "fault 1: `code` is 99, it must be a whole number from 1000 to 4999",
        ),
        (
            "on = 'frame'\ndo = 'close'\ncode = 1006",
            "fault 1: `code` is 1006, it must be a code that may be sent in a close frame",
        ),
        (
            "on = 'frame'\ndo = 'cut'\ncode = 1000",
            "fault 1: `code` is unknown here, known are on, do, every, nth, chance, limit",
        ),
        (
            "on = 'frame'\ndo = 'cut'\nnth = []",
            "fault 1: `nth` is [], it must be a number of at least 1 or a list of at least \
             one such number",
        ),
        (
            "on = 'frame'\ndo = 'patch'\nset = {}",
            "fault 1: neither `set` nor `remove` names a member, one of them must",
        ),
        (
            "on = 'post'\ndo = 'half_open'",
            "fault 1: `do = \"half_open\"` can't be `on = \"post\"`, only on open, frame",
        ),
        (
            "on = 'frame'\ndo = 'cut'\nevery = 2\nchance = 0.5",
            "fault 1: only one of `every`, `nth` and `chance` can be given",
        ),
        (
            "on = 'frame'\ndo = 'cut'\nchance = 1.5",
            "fault 1: `chance` is 1.5, it must be a number from 0.0 to 1.0",
        ),
        (
            "on = 'frame'\ndo = 'cut'\nnth = [1, 0]",
            "fault 1: `nth` is [1,0], it must be a number of at least 1 or a list of at least \
             one such number",
        ),
        (
            "on = 'post'\ndo = 'answer'",
            "fault 1: `status` is missing, it must be a whole number from 200 to 599",
        ),
        (
            "on = 'post'\ndo = 'answer'\nstatus = 500\nbody = 'xml'",
            "fault 1: `body` is \"xml\", it must be one of error, empty, html, garbage, or \
             \"literal:\" and a text",
        ),
        (
            "on = 'post'\ndo = 'answer'\nstatus = 500\nretry_after = 1.5",
            "fault 1: `retry_after` is 1.5, it must be seconds, \"date:\" and seconds, or one line \
             of printable ASCII",
        ),
        (
            "on = 'post'\ndo = 'answer'\nstatus = 302\nlocation = ''",
            "fault 1: `location` is \"\", it must be a URL or a path",
        ),
        (
            "on = 'post'\ndo = 'answer'\nstatus = 302\nlocation = '/a b'",
            "fault 1: `location` is \"/a b\", it must be a URL or a path",
        ),
        (
            "on = 'post'\ndo = 'answer'\nstatus = 302\nlocation = '/ä'",
            "fault 1: `location` is \"/ä\", it must be a URL or a path",
        ),
        (
            "on = 'post'\ndo = 'answer'\nstatus = 500.5",
            "fault 1: `status` is 500.5, it must be a whole number from 200 to 599",
        ),
        (
            "on = 'frame'\ndo = 'cut'\nevery = -2.0",
            "fault 1: `every` is -2.0, it must be a whole number from 1 to 18446744073709551615",
        ),
        (
            "on = 'post'\ndo = 'delay'",
            "fault 1: `delay_ms` is missing, it must be a whole number from 0 to 600000",
        ),
    ] {
        assert_eq!(refusal(&format!("[[fault]]\n{text}")), expected);
    }
}

#[test]
fn refusals_of_the_document_name_the_place() {
    assert_eq!(refusal("fault = 3"), "the plan: `fault` is 3, it must be written as [[fault]]");
    assert_eq!(refusal("faults = []"), "the plan: `faults` is unknown here, known are seed, fault");
    assert!(refusal("seed = 1\n[[fault]\n").starts_with("the plan, line 2: "));
    let header = "[[fault]]\non = 'post'\ndo = 'answer'\nstatus = 500\nretry_after = \"a\\nb\"";
    assert!(refusal(header).contains("retry_after"), "no line break gets into a header");
}

#[test]
fn plans_are_found_by_name_or_path() {
    assert_eq!(Plan::names().collect::<Vec<_>>(), ["demo", "nasty"]);
    assert_eq!(Plan::load("demo").ok(), Plan::named("demo"));
    let error = Plan::load("no/such.toml").expect_err("not there").to_string();
    assert!(error.contains("\"no/such.toml\"") && error.contains("demo, nasty"), "{error}");
    let path = std::env::temp_dir().join(format!("testbed-plan-{}.toml", std::process::id()));
    std::fs::write(&path, "[[fault]]\non = 'post'\ndo = 'cut'").expect("a writable directory");
    let loaded = Plan::load(path.to_str().expect("a readable path"));
    std::fs::remove_file(&path).expect("it was there");
    assert_eq!(loaded.expect("valid").rules().len(), 1);
}

#[test]
fn rules_are_checked_like_plans() {
    let error = Rule::once(Occasion::Start, Fault::Twice).expect_err("misplaced").to_string();
    assert_eq!(error, "`do = \"twice\"` can't be `on = \"start\"`, only on frame");
}

#[test]
fn a_plan_is_in_force_from_the_start() {
    let plan = Plan::parse("[[fault]]\non = 'start'\nnth = 2\ndo = 'answer'\nstatus = 503");
    let world = World::with(Options { plan: plan.expect("valid"), ..quiet() });
    let status = || world.post("/conversations", world.testbed.secret(), "").status;
    assert_eq!([status(), status(), status()], [201, 503, 201]);
}
