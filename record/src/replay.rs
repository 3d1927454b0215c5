//! REPLAY: the same facts at the same moments to the machine of this build, and whether it answers as
//! it did then.

use directline::{Checkpoint, Counters, Moment, Session, Status};
use serde_json::Value;

use crate::output::shown;
use crate::recording::{Recording, Step, Told, misuse};
use crate::veil::Veil;

/// A session that goes through a recording again, step by step.
///
/// ```
/// # use directline::{Config, Moment, Session, Token};
/// # let config = Config::builder(Token::new("hush")?).build()?;
/// # let mut text = Vec::new();
/// # let mut recorder = directline_record::Recorder::begin(&mut text, &config, None, Moment::ZERO);
/// # let mut session = Session::new(config, Moment::ZERO);
/// # while let Some(output) = session.poll() {
/// #     recorder.output(&output);
/// # }
/// # let text = String::from_utf8(text)?;
/// use directline_record::Recording;
///
/// let recording = Recording::parse(&text)?;
/// let mut replay = recording.replay();
/// while let Some(moved) = replay.step() {
///     assert_eq!(moved.difference, None, "the machine is the one that was recorded");
/// }
/// assert_eq!(replay.steps(), recording.steps().len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Replay<'a> {
    recording: &'a Recording,
    session: Option<Session>,
    veil: Veil,
    /// How many steps were made; the opening is the first move and no step.
    steps: usize,
    has_begun: bool,
    now: Moment,
}

/// One move of a replay.
#[derive(Debug)]
pub struct Moved<'a> {
    /// What happened; nothing where the session only begins.
    pub step: Option<&'a Step>,
    /// When.
    pub at: Moment,
    /// What came of it now.
    pub found: Vec<Told>,
    /// The first way in which that is something else than then.
    pub difference: Option<Difference>,
}

/// Where a replay left the recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The line of the recording that is not met; of what comes in excess, the line of its cause.
    pub line: usize,
    /// When.
    pub at: Moment,
    /// What the recording says; nothing where nothing more should have come.
    pub expected: Option<Value>,
    /// What the machine said; nothing where it said no more.
    pub found: Option<Value>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown =
            |value: &Option<Value>| value.as_ref().map_or("nothing".into(), Value::to_string);
        let (expected, found) = (shown(&self.expected), shown(&self.found));
        write!(f, "line {}, at {}:\n  expected {expected}\n  found    {found}", self.line, self.at)
    }
}

impl Recording {
    /// A replay of it, about to begin.
    #[must_use]
    pub fn replay(&self) -> Replay<'_> {
        // What can be no session was found when the recording was read.
        let session = self.header().begin().ok();
        let now = self.header().at();
        Replay { recording: self, session, veil: Veil::lifted(), steps: 0, has_begun: false, now }
    }
}

impl<'a> Replay<'a> {
    /// The next move; `None` at the end of the recording.
    pub fn step(&mut self) -> Option<Moved<'a>> {
        if !self.has_begun {
            self.has_begun = true;
            let found = self.drain();
            let is_last = self.recording.steps().is_empty();
            let difference = compare(self.recording.opening(), &found, 1, self.now, is_last);
            return Some(Moved { step: None, at: self.now, found, difference });
        }
        let step = self.recording.steps().get(self.steps)?;
        self.steps += 1;
        self.now = step.at;
        let mut found = Vec::new();
        if let (Some(session), Ok(input)) = (&mut self.session, step.fact.to_input()) {
            if let Err(refused) = session.handle(step.at, input) {
                found.push(Told { line: 0, value: misuse(&refused.to_string()) });
            }
        }
        found.extend(self.drain());
        let is_last = self.steps == self.recording.steps().len();
        let difference = compare(&step.told, &found, step.line, step.at, is_last);
        Some(Moved { step: Some(step), at: step.at, found, difference })
    }

    /// Goes through all that is left, to the first difference.
    #[must_use]
    pub fn difference(mut self) -> Option<Difference> {
        std::iter::from_fn(|| self.step()).find_map(|moved| moved.difference)
    }

    /// How many steps were made.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Where the session stands, what it has counted, when it wants to be woken, and from where it
    /// would resume.
    #[must_use]
    pub fn state(&self) -> Option<(Status, Counters, Option<Moment>, Option<Checkpoint>)> {
        let session = self.session.as_ref()?;
        Some((session.status(), session.counters(), session.deadline(), session.checkpoint()))
    }

    fn drain(&mut self) -> Vec<Told> {
        let Some(session) = &mut self.session else { return Vec::new() };
        let outputs = std::iter::from_fn(|| session.poll());
        // What is veiled already is shown as it is.
        outputs.map(|output| Told { line: 0, value: shown(&output, &mut self.veil) }).collect()
    }
}

fn compare(
    expected: &[Told],
    found: &[Told],
    cause: usize,
    at: Moment,
    is_last: bool,
) -> Option<Difference> {
    // A session that was killed told no more than was written down.
    let length = if is_last { expected.len() } else { expected.len().max(found.len()) };
    (0..length).find_map(|index| {
        let (then, now) = (expected.get(index), found.get(index));
        let is_same = then.map(Told::value) == now.map(Told::value);
        (!is_same).then(|| Difference {
            line: then.map_or(cause, Told::line),
            at,
            expected: then.map(|told| told.value.clone()),
            found: now.map(|told| told.value.clone()),
        })
    })
}
