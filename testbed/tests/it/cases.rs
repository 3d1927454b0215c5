//! The contract as cases: what they are, how mistakes in them are told, and how clients are judged.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use directline_testbed::{Case, Stop, Verdict};

use crate::raw::PATIENCE;

#[test]
fn there_are_enough_cases_and_each_is_about_a_clause() {
    let contract = concat!(env!("CARGO_MANIFEST_DIR"), "/../CONTRACT.md");
    let contract = std::fs::read_to_string(contract).expect("the contract is there");
    let cases = Case::all();
    assert!(cases.len() >= 40, "{}", cases.len());
    for case in &cases {
        let clause = format!("\n- {} ", case.clause());
        assert!(contract.contains(&clause), "{} of {:?}", case.clause(), case.name());
    }
    let names: BTreeSet<_> = cases.iter().map(|case| (case.clause(), case.name())).collect();
    assert_eq!(names.len(), cases.len(), "each has a name of its own");
    assert!(cases.iter().map(Case::clause).collect::<BTreeSet<_>>().len() >= 30);
}

#[test]
fn every_file_of_cases_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let files = std::fs::read_dir(folder).expect("it is there");
    let paths = files.map(|file| file.expect("readable").path());
    let toml = paths.filter(|path| path.extension().is_some_and(|it| it == "toml"));
    let read = toml.flat_map(|path| Case::load(&path).expect("valid"));
    assert_eq!(read.count(), Case::all().len());
}

#[test]
fn each_mistake_is_named_with_its_value_and_what_is_allowed() {
    let refused = |more: &str| {
        let text = format!("[[case]]\nclause = 'WM-6'\nname = 'x'\n{more}");
        Case::parse(&text).expect_err("invalid").to_string()
    };
    for (more, told) in [
        ("judge = 1", "case 1: `judge` is unknown here, known are clause, name, "),
        ("ends = 'soon'", "case 1: `ends` is \"soon\", it must be one of well, badly"),
        ("steps = 'send'", "case 1: `steps` is \"send\", it must be a list of tables"),
        ("steps = [{ send = 3 }]", "case 1, steps 1: `send` is 3, it must be a text"),
        ("steps = [{}]", "case 1, steps 1 says nothing of what to do, known are send, say, "),
        ("steps = [{ calm = false }]", "case 1, steps 1: `calm` is false, it must be true"),
        (
            "steps = [{ cut = 'saw' }]",
            "case 1, steps 1, cut: `do` is \"saw\", it must be one of drop, reset, close, ",
        ),
        (
            "steps = [{ send = 'x', times = 2 }]",
            "case 1, steps 1: `times` is unknown here, known are send",
        ),
        (
            "steps = [{ fault = { on = 'frame' } }]",
            "case 1, steps 1, fault: `do` is missing, it must be one of close, ",
        ),
        ("fault = [{ on = 'x' }]", "case 1, fault 1: `on` is \"x\", it must be one of generate, "),
        ("steps = [{ say = 3 }]", "case 1, steps 1: `say` is 3, it must be a text or an activity"),
        ("service = { page_size = 0 }", "case 1, service: `page_size` is 0, it must be a whole "),
        (
            "requests = [{ on = 'post', watermark = 'old' }]",
            "case 1, requests 1: `watermark` is \"old\", it must be one of none, newest",
        ),
    ] {
        let message = refused(more);
        assert!(message.starts_with(told), "{more}: {message}");
    }
    let nameless = Case::parse("[[case]]\nclause = 'WM-6'").expect_err("invalid").to_string();
    assert_eq!(nameless, "case 1: `name` is missing, it must be a few words");
    let missing = Case::load(Path::new("/no/such/file")).expect_err("missing").to_string();
    assert!(missing.contains("/no/such/file") && missing.contains("can't be read"), "{missing}");
}

fn complaints(case: &str, command: &[&str]) -> Vec<String> {
    complaints_within(PATIENCE, case, command)
}

fn complaints_within(limit: Duration, case: &str, command: &[&str]) -> Vec<String> {
    verdict(limit, case, command).complaints
}

fn verdict(limit: Duration, case: &str, command: &[&str]) -> Verdict {
    let text = format!("[[case]]\nclause = 'WM-6'\nname = 'x'\n{case}");
    let cases = Case::parse(&text).expect("valid");
    let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
    cases[0].run(&command, limit, &Stop::new())
}

#[test]
fn a_program_that_is_not_there_is_told() {
    let verdict = verdict(PATIENCE, "", &["/no/such/program"]);
    let told = verdict.complaints;
    assert!(told[0].starts_with("\"/no/such/program\" can't be started"), "{told:?}");
    assert_eq!(verdict.unstarted.as_ref(), Some(&told[0]));
}

#[cfg(unix)]
#[test]
fn a_client_that_ends_early_has_not_passed() {
    let told = complaints("steps = [{ shown = 'one' }]", &["sh", "-c", "exit 0"]);
    assert_eq!(
        told[0],
        "step 1: the client has ended while the case waited for \"one\" to be shown"
    );
    assert!(told[1].contains("it must go on"), "{told:?}");
    // As long as it ends as it should, it has.
    let well = "steps = [{ ended = true }]\nends = 'well'";
    assert_eq!(complaints(well, &["sh", "-c", "exit 0"]), [""; 0]);
    assert!(complaints(well, &["sh", "-c", "exit 3"])[0].contains("it must be 0"));
    let badly = "steps = [{ ended = true }]\nends = 'badly'";
    assert_eq!(complaints(badly, &["sh", "-c", "exit 3"]), [""; 0]);
    assert!(complaints(badly, &["sh", "-c", "exit 0"])[0].contains("it must be something else"));
}

#[cfg(unix)]
#[test]
fn a_client_that_does_nothing_is_given_more_time_on_request() {
    let within = |case: &str| complaints_within(Duration::from_millis(50), case, &["cat"]);
    for (steps, words) in [("opened = 1", "a socket to open"), ("opened = 2", "2 sockets to open")]
    {
        let told = within(&format!("steps = [{{ {steps} }}]"));
        let expected =
            format!("step 1: waited 50ms in vain for {words}; --limit gives a slow client longer");
        assert_eq!(told[0], expected);
    }
}

#[cfg(unix)]
#[test]
fn a_case_may_be_over_with_its_steps() {
    let within = |case: &str| complaints_within(Duration::from_millis(50), case, &["cat"]);
    assert_eq!(within("unfinished = true"), [""; 0]);
    let told = within("");
    assert!(told[0].starts_with("waited 50ms in vain for a conversation; "), "{told:?}");
}

#[cfg(unix)]
#[test]
fn a_client_hears_what_it_is_to_send() {
    let case = "steps = [{ send = 'one' }, { send = 'two' }, { ended = true }]\nends = 'well'\n\
                only_posted = []";
    let hears = "read -r one && read -r two && test \"$one $two\" = 'one two'";
    assert_eq!(complaints(case, &["sh", "-c", hears]), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_client_does_not_outlive_its_case() {
    let case = "steps = [{ shown = 'here' }]\nonly_shown = ['here']\nunfinished = true";
    // Neither does what it has started, which would keep its output open.
    let stays = "echo $$ >&2; echo '{\"text\":\"here\"}'; sleep 90; true";
    let verdict = verdict(PATIENCE, case, &["sh", "-c", stays]);
    assert_eq!(verdict.complaints, [""; 0]);
    assert!(verdict.took < PATIENCE, "it was waited for: {:?}", verdict.took);
    let id = verdict.told[0].as_str();
    let alive = std::process::Command::new("kill").args(["-0", id]).output().expect("it is there");
    assert!(!alive.status.success(), "{id} still runs");
}

#[cfg(unix)]
#[test]
fn a_client_is_told_where_to_go_and_must_keep_it_to_itself() {
    let case = "steps = [{ ended = true }]\nends = 'well'";
    let is_told = "test \"$0\" = \"$DIRECTLINE_BASE\" && test -n \"$DIRECTLINE_SECRET\" && \
                   test -z \"$DIRECTLINE_TOKEN\"";
    assert_eq!(complaints(case, &["sh", "-c", is_told, "{base}"]), [""; 0]);
    let token = format!("credential = 'token'\n{case}");
    let is_told = "test -z \"$DIRECTLINE_SECRET\" && test -n \"$DIRECTLINE_TOKEN\"";
    assert_eq!(complaints(&token, &["sh", "-c", is_told]), [""; 0]);
    let told = complaints(case, &["sh", "-c", "echo \"with $DIRECTLINE_SECRET\" >&2"]);
    assert_eq!(told, ["a secret, a token or a stream URL was written"]);
}
