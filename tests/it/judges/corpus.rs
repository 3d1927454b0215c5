//! CORPUS: every input that fuzzing has kept does no harm any more.

use std::path::{Path, PathBuf};

use directline_world::replay;
use directline_world::violation::Verdict;

/// Gives every file of a target's corpus to what the target does.
fn replay_all(target: &str, check: impl Fn(&[u8]) -> Verdict) {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    // Where a run of fuzzing leaves its finds, to measure what they reach.
    let more = std::env::var_os("DIRECTLINE_CORPORA").map(PathBuf::from);
    let folders = [kept].into_iter().chain(more);
    let count: usize = folders.map(|corpora| replay_folder(&corpora.join(target), &check)).sum();
    assert!(count > 0, "nothing is kept of {target}");
}

/// Gives every file of a folder to what the target does, and counts them.
fn replay_folder(folder: &Path, check: impl Fn(&[u8]) -> Verdict) -> usize {
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    let mut count = 0;
    for entry in entries {
        let file = entry.expect("an entry").path();
        let bytes = std::fs::read(&file).expect("a readable file");
        if let Err(violation) = check(&bytes) {
            panic!("{}: {violation}", file.display());
        }
        count += 1;
    }
    count
}

#[test]
fn frames_are_read_as_the_obvious_reader_reads_them() {
    // Covers: RX-1, RX-2, RX-3, RX-4, RX-6
    replay_all("frame", replay::frame);
}

#[test]
fn runs_keep_every_promise() {
    // Covers: WM-5, DD-1, SU-1, RC-2, RC-6, TM-7, LV-1, RX-6
    replay_all("conversation", replay::conversation);
}

#[test]
fn whatever_goes_in_what_always_holds_does() {
    // Covers: WM-1, SU-1, SU-4, RC-5, RC-6, CR-8, TX-1, TM-5, TM-6, TM-7, LV-2, RX-6
    replay_all("session", replay::session);
}

#[test]
fn answers_do_no_harm() {
    // Covers: RX-6
    replay_all("response", replay::response);
}

#[test]
fn hostile_checkpoints_are_refused_or_resumed() {
    // Covers: RX-6, TM-7
    replay_all("checkpoint", replay::checkpoint);
}

#[test]
fn configurations_are_refused_clearly_or_work() {
    // Covers: RC-5, CR-8, TM-6, RX-6
    replay_all("configuration", replay::configuration);
}
