//! EXCUSES: every rule by which something that looks like a broken promise is none, in one table:
//! the clause it rests on, why, and how often it may be needed. Nothing is forgiven but by the
//! [`Ledger`], which counts; a rule that is needed more often than its bound says breaks the run.

use std::fmt;

use super::violation::{Verdict, Violation};

/// Lists the rules once: the enum, and the table behind it.
macro_rules! rules {
    ($($rule:ident: $clause:literal, $name:literal, $reason:literal,
        $least:literal + $rate:literal per $per:ident, $bound:literal;)+) => {
        /// What may be forgiven.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule { $($rule),+ }

        /// All rules, in the order of [`Rule`].
        pub const RULES: &[Excuse] = &[$(Excuse {
            rule: Rule::$rule,
            clause: $clause,
            name: $name,
            reason: $reason,
            least: $least,
            rate: $rate,
            per: Per::$per,
            bound: $bound,
        }),+];
    };
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Excuse {
    pub rule: Rule,
    /// The clause that allows it, or that would be broken without it.
    pub clause: &'static str,
    /// What is forgiven, for the report.
    pub name: &'static str,
    /// Why it is.
    pub(crate) reason: &'static str,
    /// So often in a run that is not odd, and in many runs so many of a million more.
    least: u64,
    rate: u64,
    per: Per,
    /// Why no more.
    pub(crate) bound: &'static str,
}

/// What a rate is of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Per {
    /// Activities handed out.
    Handed,
    /// Sessions killed.
    Kill,
    /// Runs.
    Run,
    /// Posts handed in.
    Post,
    /// Requests sent.
    Request,
}

/// How much there was in one run, or in many.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scale {
    pub(crate) handed: u64,
    pub(crate) kills: u64,
    pub(crate) runs: u64,
    pub(crate) posts: u64,
    pub(crate) requests: u64,
}

impl Scale {
    fn of(self, per: Per) -> u64 {
        match per {
            Per::Handed => self.handed,
            Per::Kill => self.kills,
            Per::Run => self.runs,
            Per::Post => self.posts,
            Per::Request => self.requests,
        }
    }
}

rules! {
    Renumbered: "DD-3", "lost: an old one whose id a new numbering has",
        "the new one that took its id was said within a minute of it, or somebody spoke all the time",
        100 + 60_000 per Run, "it takes a numbering that begins anew while a history is read";
    Misled: "DD-3", "lost: a clock that was wrong makes it a copy of its namesake",
        "what it says is within a minute of what its namesake says, or of somebody at all times",
        100 + 60_000 per Run, "it takes a clock that is wrong, and a numbering that begins anew";
    Unavailable: "RX-7", "lost: before the stream, in a history that could not be had",
        "a gap was told",
        600 + 300_000 per Run, "few histories fail, and none of a run is longer";
    Unreadable: "RX-7", "lost: in what nobody could read",
        "a gap was told",
        500 + 2_000_000 per Run, "two frames in a row are damaged for it, and a frame holds a few";
    Unwanted: "WM-8", "left out: said before the beginning of what is new",
        "the host wanted only what is new",
        800 + 1_000_000 per Run, "few hosts want that, and only once for each resume without a place";
    Typing: "WM-7", "left out: typing that nobody was there to see",
        "the service sends it over sockets, and never again",
        1_000 + 50_000_000 per Run, "a run knows some dozens of them";
    Forgotten: "DD-5", "twice: its id was forgotten for newer ones",
        "the memory for ids is bounded",
        150_000 + 10_000 per Handed, "few runs have ids that are no ranges, and more than it holds";
    Idless: "DD-2", "twice: without an id, or a revision",
        "such are never dropped",
        120_000 + 150_000 per Handed, "a fifth has no id, and comes again with each replay";
    Ancient: "DD-3", "twice: of the numbering before the last two",
        "there is no room for all of them",
        60 + 50 per Handed, "it takes more numberings than there is room for, and a replay from the start";
    MisledAgain: "DD-3", "twice: a clock that was wrong puts it into another numbering",
        "what it says is within a minute of what its namesake says, or of somebody at all times",
        60 + 5_000 per Run, "it takes a clock that is wrong, and more numberings than there is room for";
    WentBack: "TM-7", "twice: handed out after the checkpoint that the host went back to",
        "the host has forgotten it",
        5_000 + 30_000_000 per Kill, "eight batches back, and now and then all there is";
    PostedAgain: "TX-2", "posted again: it was taken after the checkpoint that the host went back to",
        "the host stored nothing before it went out, or lost that, and leaves no key to know its echo by",
        12 + 1_000 per Post, "a kill has to fall between a post and the next batch";
    Doubted: "TX-4", "an echo that settled nothing",
        "of too many posts of unknown outcome the oldest are given up",
        20 + 100 per Post, "a queue is rarely so short, and its posts rarely all unknown";
    Early: "RC-2", "a request for a connection before the floor of the backoff",
        "a stable connection ended, or another credential or place was tried, with the pace alone between",
        250 + 2_000 per Request, "each takes a reason of its own";
    Bare: "WM-6", "a request without the watermark that was held",
        "it was refused, or leads to what nobody can read, or there is no socket to be had with it",
        100 + 600 per Request, "a few such things in a run";
    LateLive: "LV-1", "live later than a backoff ceiling and three request times",
        "the service asked for a wait, nobody told of a dead socket, or the host had to bring a token",
        1 + 120_000 per Run, "once at the end of a run, and few end in such a state";
}

/// How often each rule was needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    counts: [u64; RULES.len()],
}

impl Default for Ledger {
    fn default() -> Ledger {
        Ledger { counts: [0; RULES.len()] }
    }
}

impl Ledger {
    /// Forgives by a rule, so many times.
    pub(crate) fn excuse(&mut self, rule: Rule, times: u64) {
        self.counts[rule as usize] += times;
    }

    /// The same, where it `holds`; gives that.
    pub(crate) fn excuses(&mut self, rule: Rule, holds: bool) -> bool {
        self.excuse(rule, u64::from(holds));
        holds
    }

    pub(crate) fn add(&mut self, other: &Ledger) {
        self.counts.iter_mut().zip(other.counts).for_each(|(own, other)| *own += other);
    }

    /// Each rule, how often it was needed, and the most that it may be in what is so large.
    pub fn all(&self, scale: Scale) -> impl Iterator<Item = (&'static Excuse, u64, u64)> {
        // Among few runs one shows that is like no other.
        let odd = if scale.runs < MANY { ODD } else { 1 };
        let most = move |own: &Excuse| own.least * odd + scale.of(own.per) * own.rate / 1_000_000;
        RULES.iter().zip(self.counts).map(move |(own, count)| (own, count, most(own)))
    }

    /// No rule was needed more often than it may be.
    pub fn check(&self, scale: Scale) -> Verdict {
        match self.all(scale).find(|(_, count, most)| count > most) {
            None => Ok(()),
            Some((own, count, most)) => {
                Err(Violation::new(own.clause, format!("{own}: {count} times, at most {most}")))
            }
        }
    }
}

/// In so many runs what is rare is rare.
const MANY: u64 = 1_000;
/// How much more often than usual one run may need a rule: with settings at their least a socket is
/// stable at once and a URL is dead at once, thousands of times in a run.
const ODD: u64 = 10;

impl fmt::Display for Excuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Excuse { rule, name, reason, bound, .. } = self;
        write!(f, "{rule:?}, {name} ({reason}; {bound})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_is_needed_too_often_breaks_the_run_and_is_named() {
        let scale = Scale { runs: 2_000, ..Scale::default() };
        let mut ledger = Ledger::default();
        ledger.excuse(Rule::Renumbered, 220);
        assert_eq!(ledger.check(scale), Ok(()));
        assert!(ledger.excuses(Rule::Renumbered, true) && !ledger.excuses(Rule::Typing, false));
        let violation = ledger.check(scale).expect_err("one too many");
        assert_eq!(violation.clause, "DD-3");
        assert!(violation.what.starts_with("Renumbered, "), "{violation}");
        assert!(violation.what.ends_with("221 times, at most 220"), "{violation}");
    }

    #[test]
    fn every_rule_stands_at_its_place() {
        assert!(RULES.iter().enumerate().all(|(at, own)| own.rule as usize == at));
        assert!(RULES.iter().all(|own| !own.reason.is_empty() && !own.bound.is_empty()));
    }
}
