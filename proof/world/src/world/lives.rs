//! Lives: what the host stores, and how it comes back with it after a crash or an end.

use std::collections::VecDeque;

use directline::{Checkpoint, Config, History, Moment, Session};

use super::{Life, STORED_MAX, Stand, Stored, World};
use crate::network::Network;
use crate::oracle::memory;
use crate::reference::judge::Judge;
use crate::reference::model::Memory;
use crate::violation::{Verdict, Violation};

impl World {
    /// The host stores the checkpoint that the session would have it store now.
    pub(super) fn store(&mut self) -> Verdict {
        let Some(checkpoint) = self.session.checkpoint() else { return Ok(()) };
        if self.setup.keeps_posts() {
            self.posts.check_kept(&checkpoint)?;
        }
        self.keep(checkpoint, self.stand(self.judge.carried()));
        Ok(())
    }

    /// How it stands now, with what a checkpoint carries.
    pub(super) fn stand(&self, memory: Memory) -> Stand {
        Stand { mark: self.oracle.mark(), memory }
    }

    /// The host stores this checkpoint, which was made when it stood like this.
    pub(super) fn keep(&mut self, checkpoint: Checkpoint, stand: Stand) {
        self.stored.push_back(Stored { checkpoint, stand });
        if self.stored.len() > STORED_MAX {
            self.stored.pop_front();
        }
    }

    /// The process dies without a word, and comes back with a checkpoint that it had stored.
    pub(super) fn kill(&mut self, lag: usize) -> Verdict {
        self.report.kills += 1;
        self.faults.tally.count("other", "killed");
        self.has_lost_stored |= lag > 0;
        self.stored.truncate(self.stored.len().saturating_sub(lag));
        self.restart()
    }

    /// The process dies, and comes back with nothing but the id of its conversation.
    pub(super) fn forget(&mut self) -> Verdict {
        let Some(joined) = self.oracle.joined.filter(|_| !self.is_over) else { return Ok(()) };
        self.faults.tally.count("other", "resumed with the id alone");
        let checkpoint = Checkpoint::new(&*self.service.conversations[joined].id);
        let checkpoint = checkpoint.expect("an id");
        let seeks_end = self.setup.history() == History::OnlyNew;
        let memory = Memory::alone(checkpoint.conversation(), seeks_end);
        self.stored.clear();
        self.stored.push_back(Stored { checkpoint, stand: Stand { mark: 0, memory } });
        self.kill(0)
    }

    /// A new session from the newest stored checkpoint, or from nothing.
    pub(super) fn restart(&mut self) -> Verdict {
        self.report.lives += 1;
        for number in self.service.open_sockets() {
            self.service.hang_up(number);
        }
        self.network = Network::new(self.network.latency);
        let stored = self.stored.back().cloned();
        self.oracle.roll_back(stored.as_ref().map_or(0, |own| own.stand.mark));
        (self.judged, self.made) = (0, VecDeque::new());
        (self.is_over, self.is_offline, self.lazy) = (false, false, 0);
        let only_new = stored.as_ref().is_some_and(|own| own.stand.memory.bearings);
        let memory = stored.as_ref().map(|own| own.stand.memory.clone());
        let checkpoint = stored.map(|own| as_text(&own.checkpoint)).transpose()?;
        if let Some(checkpoint) = &checkpoint {
            memory::check_size(checkpoint, self.setup.seen_ids_max())?;
        }
        let taken = |key| self.service.posts.get(&key).copied().unwrap_or(0);
        let kept = self.posts.begin_life(checkpoint.as_ref(), self.oracle.mark(), taken)?;
        self.faults.tally.count_many("other", "post kept over a kill", kept);
        self.report.duplicates += self.session.counters().duplicates;
        if only_new {
            self.faults.tally.count("other", "resumed with only what is new");
        }
        let conversation = match &checkpoint {
            Some(checkpoint) => self.service.find(checkpoint.conversation()),
            None => (!self.setup.uses_secret()).then_some(0),
        };
        self.oracle.joined = None;
        let token = conversation
            .map(|conversation| self.service.tokens.hand_out(self.clock, conversation, true));
        let resumed = checkpoint.as_ref().zip(memory);
        self.judge = Judge::new(self.setup, self.clock, resumed, token.as_deref());
        let config = self.setup.config(token.as_deref());
        let began = self.now();
        self.session = match checkpoint.clone() {
            Some(checkpoint) => Session::resume(config.clone(), checkpoint, began),
            None => Session::new(config.clone(), began),
        };
        self.note_life(config, checkpoint, began);
        self.take_outputs(false)
    }

    pub(super) fn note_life(
        &mut self,
        config: Config,
        checkpoint: Option<Checkpoint>,
        began: Moment,
    ) {
        if let Some(journal) = &mut self.journal {
            let (inputs, outputs) = (Vec::new(), Vec::new());
            journal.push(Life { config, checkpoint, began, inputs, outputs });
        }
    }
}

/// What a process leaves behind is a text.
fn as_text(checkpoint: &Checkpoint) -> Result<Checkpoint, Violation> {
    Checkpoint::from_json(&checkpoint.to_json())
        .map_err(|error| Violation::new("TM-7", format!("{error}")))
}
