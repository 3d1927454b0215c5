//! RUN: everything that a session gives out in one run of the simulated world, as one hash.

use directline::{Action, Output, Session};
use directline_world::plan::plan;
use directline_world::violation::Violation;
use directline_world::world::{Life, record};

use crate::hash::Hash;

/// What one seed or many came to.
#[derive(Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) hash: Hash,
    pub(crate) inputs: u64,
    pub(crate) outputs: u64,
}

impl Tally {
    pub(crate) const NOTHING: Tally = Tally { hash: Hash::EMPTY, inputs: 0, outputs: 0 };

    pub(crate) fn add(&mut self, other: &Tally) {
        self.hash.add_hash(other.hash);
        self.inputs += other.inputs;
        self.outputs += other.outputs;
    }

    /// All that comes out of a session until it has nothing more, and where that leaves it.
    fn drain(&mut self, session: &mut Session) {
        while let Some(output) = session.poll() {
            add_output(&mut self.hash, &output);
            self.outputs += 1;
        }
        self.hash.add_number(session.deadline().map_or(u64::MAX, |at| at.as_millis()));
    }

    fn add_life(&mut self, life: &Life) {
        let mut session = life.begin();
        self.drain(&mut session);
        let mut known = None;
        for (at, input) in &life.inputs {
            // What a host may not do is part of what comes out.
            let result = session.handle(*at, input.clone());
            if let Err(misuse) = result {
                self.hash.add_text(&misuse.to_string());
            }
            self.inputs += 1;
            self.drain(&mut session);
            let checkpoint = session.checkpoint();
            if checkpoint != known {
                let json = checkpoint.as_ref().map(directline::Checkpoint::to_json);
                self.hash.add_text(&json.unwrap_or_default());
                known = checkpoint;
            }
        }
        self.hash.add_shown(&session.counters());
        self.hash.add_shown(&session.status());
    }
}

/// Plays what the seed's world gave to its sessions once more, and hashes what they answer.
pub(crate) fn of_seed(seed: u64) -> Result<Tally, Violation> {
    let (setup, operations) = plan(seed);
    let mut tally = Tally::NOTHING;
    for life in record(setup, &operations)? {
        tally.add_life(&life);
    }
    Ok(tally)
}

/// What `Debug` shows of an output, and what it hides.
fn add_output(hash: &mut Hash, output: &Output) {
    hash.add_shown(output);
    match output {
        Output::Action(Action::Send { message, .. }) => {
            hash.add_text(message.bearer().expose());
            let request = message.clone().into_http();
            for (name, value) in request.headers() {
                hash.add_text(name.as_str());
                hash.add_bytes(value.as_bytes());
                hash.end();
            }
            hash.add_bytes(request.body().as_ref());
            hash.end();
        }
        Output::Action(Action::Open { url, .. }) => hash.add_text(url.expose()),
        Output::Action(_) | Output::Event(_) => {}
    }
}
