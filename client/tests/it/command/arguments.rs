//! Bad arguments: one sentence, exit status 2, and nothing is sent.

use directline_testbed::Options;

use super::program::Program;
use crate::talk::testbed;

#[test]
fn each_mistake_is_named_with_its_value_and_what_is_allowed() {
    // Covers: CR-8
    let testbed = testbed(Options::default());
    let base = testbed.base();
    let folder = tempfile::tempdir().expect("a folder");
    let damaged = folder.path().join("damaged");
    std::fs::write(&damaged, "{\"version\":1,").expect("written");
    let other = folder.path().join("other");
    std::fs::write(&other, "{\"version\":1,\"conversation\":\"abc\"}").expect("written");
    let list = folder.path().join("list");
    std::fs::write(&list, "[]").expect("written");
    let huge = folder.path().join("huge");
    let created = std::fs::File::create(&huge).and_then(|file| file.set_len(1 << 40));
    created.expect("as large as it says");
    let path = |path: &std::path::Path| path.to_str().expect("text").to_owned();
    let (damaged, other, list, huge) = (path(&damaged), path(&other), path(&list), path(&huge));
    let folder = path(folder.path());
    let nowhere = format!("{folder}/missing/file");
    for (arguments, words) in [
        (&["--set", "backoff.max"][..], &["\"backoff.max\"", "KEY=DURATION"][..]),
        (&["--set", "backoff=1s"], &["\"backoff\"", "backoff.initial, backoff.max, stable.after"]),
        (&["--set", "backoff.max=5"], &["backoff.max", "\"5\"", "50ms"]),
        (&["--set", "backoff.max=-1s"], &["backoff.max", "\"-1s\""]),
        (
            &["--set", "request.timeout=0s"],
            &["--set request.timeout is 0s, allowed", "10ms to 600s"],
        ),
        (&["--attempts", "0"], &["--attempts is \"0\", allowed is a whole number from 1 to"]),
        (&["--attempts", "many"], &["--attempts is \"many\", allowed is a whole number from 1"]),
        (&["--attempts", "-1"], &["--attempts is \"-1\", allowed is a whole number from 1"]),
        (&["--give-up-after", "soon"], &["--give-up-after is \"soon\"", "2s or 1m"]),
        (&["--give-up-after", "0s"], &["--give-up-after is 0s, allowed", "1ms to"]),
        (&["--set", "poll.interval=1ms"], &["poll.interval is 1ms", "200ms"]),
        (&["--set", "liveness.timeout=1ms"], &["liveness.timeout is 1ms", "100ms"]),
        (&["--set", "stream-url.lifetime=99h"], &["stream-url.lifetime", "3600s"]),
        (
            &["--set", "backoff.initial=60s", "--set", "backoff.max=1s"],
            &["--set backoff.max is 1s, allowed is 60s to 86400s, since backoff.initial is 60s"],
        ),
        (&["--watermark", "5"], &["--watermark", "--conversation"]),
        (&["--conversation", ".."], &["--conversation", "dot segment"]),
        (&["--conversation", "c", "--watermark", ""], &["--watermark", "1 to 4096"]),
        (&["--checkpoint", &damaged], &["damaged", "left alone"]),
        (&["--checkpoint", &list], &["checkpoint is damaged: it is no JSON object; name another"]),
        (&["--checkpoint", &other, "--conversation", "def"], &["\"def\"", "\"abc\""]),
        (&["--checkpoint", &folder], &["--checkpoint", "no folder"]),
        (&["--checkpoint", &nowhere], &["--checkpoint", "folder that exists"]),
        (&["--user", ""], &["--user"]),
        (
            &["--user", "ann\u{7}"],
            &[
                "--user is \"ann\\u{7}\"",
                "control character at position 4, allowed is an id without",
            ],
        ),
        (&["--user", "a\nb"], &["--user is \"a\\nb\", with a control character at position 2"]),
        (
            &["--ca-file", &huge],
            &["--ca-file ", "it has more than 16 MiB, allowed are certificates"],
        ),
        (
            &["--no-proxy", "///"],
            &["--no-proxy has \"///\", allowed are names", "10.0.0.0/8, or *"],
        ),
        (&["--no-proxy", "x, *.y"], &["--no-proxy has \"*.y\", allowed are names"]),
        (&["--driver", "fast"], &["--driver", "tokio, blocking"]),
        (&["--nonsense"], &["--nonsense is no option"]),
        (&["--demo"], &["--demo"]),
    ] {
        let mut all = vec!["chat", "--domain", &base];
        all.extend(arguments);
        let ended = Program::run(&all, &[("DIRECTLINE_SECRET", "hush-hush")]).end();
        let told = ended.errors.join("\n");
        assert_eq!(ended.code, Some(2), "{arguments:?}: {told}");
        assert!(words.iter().all(|word| told.contains(word)), "{arguments:?}: {told}");
        assert!(ended.out.is_empty() && !told.contains("hush-hush"), "{told}");
        assert_eq!(ended.errors.len(), 1, "{arguments:?} is one sentence: {told}");
    }
    let left = std::fs::read_to_string(&damaged).expect("still there");
    assert_eq!(left, "{\"version\":1,");
    assert!(testbed.log().requests().is_empty(), "something was sent");
}

#[test]
fn a_service_needs_exactly_one_credential_that_can_be_one() {
    // Covers: CR-7
    for (arguments, variables, words) in [
        (&["--domain", "http://127.0.0.1:9"][..], &[][..], "DIRECTLINE_SECRET"),
        (&["--conversation", "c"], &[], "DIRECTLINE_TOKEN"),
        (&["--secret", "a", "--token", "b"], &[], "cannot be used with"),
        (&["--token", "zwei Worte"], &[], "--token has a space at position 5"),
        (&["--secret", "Bearer hush-1"], &[], "--secret begins with \"Bearer\" at position 1"),
        (&[], &[("DIRECTLINE_TOKEN", "\"hush-1\"")], "DIRECTLINE_TOKEN has quotes at position 1"),
        (&[], &[("DIRECTLINE_SECRET", "\u{feff}hush-1")], "SECRET begins with a byte order mark"),
        (&[], &[("DIRECTLINE_TOKEN", "{\"token\":\"hush-1\"}")], "DIRECTLINE_TOKEN is JSON"),
        (&[], &[("DIRECTLINE_TOKEN", "hush-1\r")], "an invisible character at position 7"),
        (&["--secret", ""], &[], "--secret is empty, allowed is the secret or token alone"),
        (&["--secret", "abc"], &[], "--secret has 3 characters, which is too short, allowed is"),
        (&["--token", "abc"], &[], "alone, in at least 4 characters of visible ASCII"),
        (&["hush-1"], &[], "there is a word without its option in front, which is not shown"),
        (&["--token", "hush-2", "hush-1"], &[], "there is a word without its option in front"),
        (&["--json=hush-1"], &[], "--json takes no value"),
        (&[], &[("DIRECTLINE_SECRET", "hush-1"), ("DIRECTLINE_TOKEN", "hush-2")], "both set"),
        (
            &["--domain", "https://x.example/?t=hush-2"],
            &[("DIRECTLINE_TOKEN", "hush-1")],
            "--domain is \"https://x.example/?…\", allowed is a URL without user, query and fragment",
        ),
        (&["--domain", "127.0.0.1:9"], &[("DIRECTLINE_TOKEN", "hush-1")], "--domain is"),
        (&["--domain", "wss://x.example"], &[("DIRECTLINE_TOKEN", "hush-1")], "--domain is"),
    ] {
        let mut all = vec!["chat"];
        all.extend(arguments);
        let ended = Program::run(&all, variables).end();
        let told = ended.errors.join("\n");
        assert_eq!(ended.code, Some(2), "{arguments:?}: {told}");
        assert!(told.contains(words) && !told.contains("hush-"), "{arguments:?}: {told}");
        assert!(!told.contains("zwei Worte"), "{told}");
    }
}

#[test]
fn a_token_endpoint_stands_alone_and_is_one() {
    // Covers: CR-7, CR-8
    let path = "powervirtualagents/bots/a/directline/token?api-version=1&code=hush-1";
    let (good, plain) = (format!("https://127.0.0.1:9/{path}"), format!("http://x.example/{path}"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("checkpoint");
    std::fs::write(&file, "{\"version\":1,\"conversation\":\"abc\"}").expect("written");
    let file = file.to_str().expect("text");
    for (url, arguments, status, words) in [
        (&good, &["--domain", "https://x.example"][..], 2, "cannot be used with"),
        (&good, &["--secret", "hush-2"], 2, "cannot be used with"),
        (&good, &["--token", "hush-2"], 2, "cannot be used with"),
        (&good, &["--conversation", "abc"], 2, "cannot be used with"),
        (&good, &["--demo"], 2, "cannot be used with"),
        (&good, &["--checkpoint", file], 2, "does not exist yet"),
        (&good, &["--set", "backoff=1s"], 2, "backoff.initial"),
        (&plain, &[], 2, "an https URL"),
        (&"https://x.example/token".to_owned(), &[], 2, "a token endpoint, with"),
        // Nobody is there.
        (&good, &["--attempts", "1"], 1, "asking for a token could not be sent"),
    ] {
        let mut all = vec!["chat", "--copilot-token-url", url];
        all.extend(arguments);
        let ended = Program::run(&all, &[("DIRECTLINE_SECRET", "hush-3")]).end();
        let told = ended.errors.join("\n");
        assert_eq!(ended.code, Some(status), "{arguments:?}: {told}");
        assert!(told.contains(words) && !told.contains("hush-"), "{arguments:?}: {told}");
        assert!(ended.out.is_empty(), "{:?}", ended.out);
    }
}

#[test]
fn the_help_warns_of_credentials_in_arguments() {
    // Covers: CR-7
    let ended = Program::run(&["chat", "--help"], &[("DIRECTLINE_SECRET", "hush-hush")]).end();
    let help = ended.out.join("\n");
    assert_eq!(ended.code, Some(0));
    assert!(help.contains("visible to other users"), "{help}");
    for word in
        ["--end-on-eof", "--no-websocket", "stream-url.lifetime", "DIRECTLINE_TOKEN", "  130  "]
    {
        assert!(help.contains(word), "{word} is not in the help");
    }
    assert!(!help.contains("hush-hush"));
}

#[test]
fn a_bad_plan_is_a_usage_error() {
    // Covers: RX-6
    let ended = Program::run(&["serve", "--port", "0", "--faults", "no-such-plan"], &[]).end();
    assert_eq!(ended.code, Some(2));
    let told = ended.errors.join("\n");
    assert!(told.contains("no-such-plan") && told.contains("demo"), "{told}");
}

#[test]
fn a_service_behaves_like_the_server_that_is_named() {
    // Covers: PO-1, SU-5
    for profile in ["emulator", "offline-directline", "indirectline", "service"] {
        let mut program = Program::run(&["serve", "--port", "0", "--profile", profile], &[]);
        let root = program.line();
        let base = root.strip_prefix("Direct Line at ").expect("where it is").to_owned();
        let name = format!("Profile: {profile}");
        assert!(profile == "service" || program.line() == name, "{}", program.seen);
        assert!(base.starts_with("http://127.0.0.1:"), "{base}");
        program.signal("TERM");
        assert_eq!(program.end().code, Some(0));
    }
    let ended = Program::run(&["serve", "--port", "0", "--profile", "azure"], &[]).end();
    let told = ended.errors.join("\n");
    assert_eq!(ended.code, Some(2), "{told}");
    for name in ["azure", "service", "emulator", "offline-directline", "indirectline"] {
        assert!(told.contains(name), "{name}: {told}");
    }
}

#[test]
fn a_word_too_many_is_never_repeated() {
    // Covers: CR-7
    for arguments in [
        &["hush-hush"][..],
        &["chat", "hush-hush"],
        &["serve", "hush-hush"],
        &["check", "hush-hush", "--", "true"],
        &["replay", "file", "hush-hush"],
        &["timeline", "file", "hush-hush"],
    ] {
        let ended = Program::run(arguments, &[]).end();
        assert_eq!(ended.code, Some(2), "{}", ended.seen);
        assert!(!ended.seen.contains("hush-hush"), "{}", ended.seen);
        assert_eq!((ended.errors.len(), ended.out.len()), (1, 0), "{}", ended.seen);
    }
}
