//! JUDGE: what the service has, beside what came on the streams.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::application::{Application, Came};

#[derive(Debug, Default)]
pub(crate) struct Verdict {
    activities: usize,
    lost: usize,
    twice: usize,
    out_of_order: usize,
    /// On the stream, and nobody has said it.
    unheard_of: usize,
    posts: usize,
    outcomes: BTreeMap<String, usize>,
    without_outcome: usize,
    sent_twice: usize,
    /// The service has it though it is told to be refused, or has it not though it is told to be sent.
    told_wrong: usize,
    posts_out_of_order: usize,
    /// What came out of order, with what came around it; which posts were sent twice.
    examples: Vec<String>,
}

impl Verdict {
    pub(crate) fn of(application: &Application) -> Verdict {
        let mut verdict = Verdict::default();
        let heard = application.heard.lock();
        let mut has: BTreeMap<String, usize> = BTreeMap::new();
        for (name, id) in &application.ids {
            let recorded = application.testbed.recorded(id);
            let (mut wanted, mut keys) = (Vec::new(), Vec::new());
            for one in &recorded {
                wanted.push(one.id.as_deref().unwrap_or_default());
                let body: Value = serde_json::from_str(&one.json).unwrap_or_default();
                if let Some(key) = body["channelData"]["clientActivityID"].as_str() {
                    *has.entry(key.to_owned()).or_default() += 1;
                    keys.push(key.to_owned());
                }
            }
            verdict.posts_out_of_order += inversions(&keys);
            let came = heard.activities.get(name).map(Vec::as_slice).unwrap_or_default();
            verdict.compare(name, &wanted, came);
        }
        verdict.posts(&heard.put, &has, &heard.outcomes);
        verdict
    }

    fn compare(&mut self, name: &str, wanted: &[&str], came: &[Came]) {
        let places: BTreeMap<_, _> = wanted.iter().zip(0_usize..).collect();
        let (mut seen, mut last) = (BTreeSet::new(), None);
        for (index, one) in came.iter().enumerate() {
            let Some(place) = places.get(&one.id.as_str()).copied() else {
                self.unheard_of += 1;
                continue;
            };
            if !seen.insert(place) {
                self.twice += 1;
                continue;
            }
            if last.is_some_and(|last| place < last) {
                self.out_of_order += 1;
                let around = came.iter().skip(index.saturating_sub(3)).take(6);
                let around: Vec<_> =
                    around.map(|one| format!("{} ({})", one.id, one.place)).collect();
                self.examples.push(format!("{name}: {}", around.join(", ")));
            }
            last = Some(place);
        }
        self.activities += wanted.len();
        self.lost += wanted.len() - seen.len();
    }

    fn posts(
        &mut self,
        put: &[String],
        has: &BTreeMap<String, usize>,
        outcomes: &BTreeMap<String, Vec<String>>,
    ) {
        let twice: Vec<_> = has.iter().filter(|(_, count)| **count > 1).collect();
        self.sent_twice = twice.len();
        self.examples.extend(twice.iter().map(|(key, count)| format!("post {key}: {count} times")));
        self.posts = put.len();
        for (key, told) in outcomes {
            let last = told.last().map(String::as_str).unwrap_or_default();
            *self.outcomes.entry(last.to_owned()).or_default() += 1;
            let is_there = has.contains_key(key);
            let is_wrong = (last == "sent" && !is_there) || (last == "refused" && is_there);
            self.told_wrong += usize::from(is_wrong);
        }
        self.without_outcome = put.iter().filter(|key| !outcomes.contains_key(*key)).count();
    }

    /// Whether nothing is still to come.
    pub(crate) fn is_complete(&self) -> bool {
        self.lost == 0 && self.without_outcome == 0
    }

    pub(crate) fn is_good(&self) -> bool {
        let wrong = [self.twice, self.out_of_order, self.unheard_of, self.sent_twice];
        let wrong = wrong.iter().chain([&self.told_wrong, &self.posts_out_of_order]).sum::<usize>();
        self.is_complete() && wrong == 0
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "activities {}: lost {}, twice {}, out of order {}, unheard of {}",
            self.activities, self.lost, self.twice, self.out_of_order, self.unheard_of
        )?;
        for example in self.examples.iter().take(5) {
            writeln!(f, "  {example}")?;
        }
        let outcomes: Vec<_> =
            self.outcomes.iter().map(|(outcome, count)| format!("{outcome} {count}")).collect();
        write!(
            f,
            "posts {}: {}; sent twice {}, told wrong {}, out of order {}, without an outcome {}",
            self.posts,
            outcomes.join(", "),
            self.sent_twice,
            self.told_wrong,
            self.posts_out_of_order,
            self.without_outcome
        )
    }
}

fn inversions(keys: &[String]) -> usize {
    keys.windows(2).filter(|pair| pair[0] > pair[1]).count()
}
