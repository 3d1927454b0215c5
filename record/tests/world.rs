//! Recordings of simulated lives: what is read from one is what went in, to a machine that makes the same
//! of it, and no credential stands in it.

use std::collections::{BTreeMap, BTreeSet};

use directline::{Action, Checkpoint, Credential, Input, Output, Session};
use directline_record::{Recorder, Recording};
use directline_world::plan::plan;
use directline_world::world::{Life, record};

/// A life, recorded as a host would, with all that must not be in the recording.
struct Told {
    text: String,
    secrets: Vec<String>,
    urls: Vec<String>,
    /// What the session said of itself after each step: nothing of that is secret.
    marks: Vec<String>,
}

fn told(life: &Life) -> Told {
    let mut file = Vec::new();
    let mut recorder =
        Recorder::begin(&mut file, &life.config, life.checkpoint.as_ref(), life.began);
    let (mut secrets, mut urls, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    secrets.push(match life.config.credential() {
        Credential::Secret(secret) => secret.expose().to_owned(),
        Credential::Token(token) => token.text().expose().to_owned(),
    });
    let mut session = life.begin();
    let mut drain =
        |session: &mut Session, recorder: &mut Recorder<_>, secrets: &mut Vec<String>| {
            while let Some(output) = session.poll() {
                match &output {
                    Output::Action(Action::Send { message, .. }) => {
                        secrets.push(message.bearer().expose().to_owned());
                    }
                    Output::Action(Action::Open { url, .. }) => urls.push(url.expose().to_owned()),
                    _ => {}
                }
                recorder.output(&output);
            }
            marks.push(mark(session));
        };
    drain(&mut session, &mut recorder, &mut secrets);
    for (at, input) in &life.inputs {
        if let Input::NewToken(token) = input {
            secrets.push(token.text().expose().to_owned());
        }
        recorder.input(&session, *at, input);
        if let Err(misuse) = session.handle(*at, input.clone()) {
            recorder.misuse(&misuse);
        }
        drain(&mut session, &mut recorder, &mut secrets);
    }
    recorder.finish().expect("a vector takes all");
    secrets.sort();
    secrets.dedup();
    let text = String::from_utf8(file).expect("JSON");
    Told { text, secrets, urls, marks }
}

fn mark(session: &Session) -> String {
    let checkpoint = session.checkpoint().map(|checkpoint| Checkpoint::to_json(&checkpoint));
    let (status, counters) = (session.status(), session.counters());
    format!("{status:?} {counters:?} {:?} {checkpoint:?}", session.deadline())
}

fn lives(seeds: std::ops::Range<u64>) -> impl Iterator<Item = (u64, Life)> {
    seeds.flat_map(|seed| {
        let (setup, operations) = plan(seed);
        let lives = record(setup, &operations).expect("no promise is broken");
        lives.into_iter().map(move |life| (seed, life))
    })
}

#[test]
fn a_replay_makes_the_same_of_every_life() {
    // Covers: TM-2
    let (mut steps, mut outputs) = (0, 0);
    for (seed, life) in lives(0..seeds()) {
        let told = told(&life);
        let recording = Recording::parse(&told.text).expect("it was just written");
        assert_eq!(recording.damage(), None, "seed {seed}");
        assert_eq!(recording.steps().len(), life.inputs.len(), "seed {seed}");
        let mut replay = recording.replay();
        let mut marks = told.marks.iter();
        while let Some(moved) = replay.step() {
            if let Some(difference) = moved.difference {
                panic!("seed {seed}, {difference}");
            }
            let (status, counters, deadline, checkpoint) = replay.state().expect("a session");
            let checkpoint = checkpoint.map(|checkpoint| checkpoint.to_json());
            let found = format!("{status:?} {counters:?} {deadline:?} {checkpoint:?}");
            assert_eq!(Some(&found), marks.next(), "seed {seed}, step {}", replay.steps());
            outputs += moved.found.len();
        }
        steps += replay.steps();
    }
    assert!(steps > 500 && outputs > 500, "{steps} steps, {outputs} outputs");
}

#[test]
fn no_credential_and_no_stream_url_stands_in_a_recording() {
    // Covers: CR-7, SU-6
    let mut looked_for = 0;
    for (seed, life) in lives(0..seeds()) {
        let told = told(&life);
        let keys = told.urls.iter().flat_map(|url| url.split(['?', '&']));
        // A shorter one is found with its URL.
        let keys = keys.filter_map(|pair| pair.strip_prefix("t=")).filter(|key| key.len() >= 8);
        let mut hidden = Hidden::default();
        for secret in told.secrets.iter().chain(&told.urls).map(String::as_str).chain(keys) {
            hidden.add(secret);
            let escaped = serde_json::to_string(secret).expect("text");
            hidden.add(escaped.trim_matches('"'));
            looked_for += 1;
        }
        if let Some(at) = hidden.found_in(told.text.as_bytes()) {
            let line = told.text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            panic!(
                "seed {seed}, line {line}: {:?}",
                told.text[at..].chars().take(80).collect::<String>()
            );
        }
    }
    assert!(looked_for > 20, "{looked_for}");
}

/// What must not stand in a text: there is too much of both to look for one by one.
#[derive(Default)]
struct Hidden {
    by_head: BTreeMap<[u8; 8], BTreeSet<Vec<u8>>>,
}

impl Hidden {
    fn add(&mut self, secret: &str) {
        let head =
            secret.as_bytes().first_chunk::<8>().expect("all of them are longer in this world");
        self.by_head.entry(*head).or_default().insert(secret.into());
    }

    fn found_in(&self, text: &[u8]) -> Option<usize> {
        let is_at = |at: usize| {
            let head = text[at..].first_chunk::<8>().and_then(|head| self.by_head.get(head));
            head.is_some_and(|all| all.iter().any(|secret| text[at..].starts_with(secret)))
        };
        (0..text.len()).find(|at| is_at(*at))
    }
}

/// How many seeds: few, unless `DIRECTLINE_TIMES` asks for so many times as many.
fn seeds() -> u64 {
    let times = std::env::var("DIRECTLINE_TIMES").ok().and_then(|times| times.parse::<u64>().ok());
    SEEDS * times.unwrap_or(1)
}

const SEEDS: u64 = 5;
