//! A RECORDING, read: line by line, up to where it is damaged.

use directline::Moment;
use serde_json::Value;

use crate::input::Fact;
use crate::lines::{Header, Line, NO_RECORDING, misread};
use crate::output;

/// What is wrong with a recording, and in which line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Damage {
    line: usize,
    reason: String,
}

impl Damage {
    /// The line, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// What is wrong with it.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// A session that was written down, as far as it can be read.
///
/// ```
/// use directline_record::Recording;
///
/// let head = r#"{"recording":"directline","version":1,"crate":"0.1.0","at":0,
///     "credential":{"secret":"stand-in"},"config":{"base":"https://d.example"},"checkpoint":null}"#;
/// let recording = Recording::parse(&(head.replace('\n', " ") + "\n{\"at\":3,\"in\":\"woke\"}\n{oh"))?;
/// assert_eq!(recording.steps().len(), 1, "what was good is there");
/// let damage = recording.damage().expect("the third line is no JSON");
/// assert!(damage.to_string().starts_with("line 3: it is cut off: "));
///
/// let newer = Recording::parse(r#"{"recording":"directline","version":2,"crate":"9.0.0"}"#);
/// let why = newer.unwrap_err().to_string();
/// assert_eq!(why, "line 1: version is 2, allowed is 1: a newer directline is needed");
/// # Ok::<(), directline_record::Damage>(())
/// ```
#[derive(Clone, Debug)]
pub struct Recording {
    header: Header,
    opening: Vec<Told>,
    steps: Vec<Step>,
    damage: Option<Damage>,
}

/// Something that happened, with what came of it.
#[derive(Clone, Debug)]
pub struct Step {
    pub(crate) line: usize,
    pub(crate) at: Moment,
    pub(crate) fact: Fact,
    pub(crate) told: Vec<Told>,
}

/// What a machine answered: an output, or why it refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// One line of a recording, read.
#[derive(Clone, Debug)]
pub enum Entry {
    /// The first.
    Header(Box<Header>),
    /// Something that happened.
    Step(Step),
    /// What came of it.
    Told(Told),
}

/// Reads a recording line by line, as it is written.
///
/// ```
/// use directline_record::{Entry, Reader};
///
/// let head = concat!(
///     r#"{"recording":"directline","version":1,"crate":"0.1.0","at":7,"checkpoint":null,"#,
///     r#""credential":{"secret":"stand-in"},"config":{"base":"https://d.example"}}"#,
/// );
/// let mut reader = Reader::default();
/// let Entry::Header(header) = reader.read(head)? else { panic!("the first line is the head") };
/// assert_eq!(header.at().as_millis(), 7);
/// let Entry::Told(told) = reader.read(r#"{"out":{"event":{"status":"live"}}}"#)? else {
///     panic!("an output")
/// };
/// assert_eq!((told.line(), told.name()), (2, "status"));
/// assert_eq!(reader.read("{}").unwrap_err().line(), 3);
/// # Ok::<(), directline_record::Damage>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Reader {
    lines: usize,
}

impl Reader {
    /// Reads the next line, with its end: one without is the last, in which the writer was killed.
    ///
    /// # Errors
    ///
    /// What is wrong with it; a reader that goes on behind it reads what nobody wrote so.
    pub fn read(&mut self, line: &(impl AsRef<[u8]> + ?Sized)) -> Result<Entry, Damage> {
        self.lines += 1;
        let line = line.as_ref();
        self.entry(line).map_err(|reason| {
            let is_cut = self.lines > 1 && !line.ends_with(b"\n");
            let reason = if is_cut { format!("it is cut off: {reason}") } else { reason };
            Damage { line: self.lines, reason }
        })
    }

    fn entry(&self, line: &[u8]) -> Result<Entry, String> {
        let text = match std::str::from_utf8(line) {
            Ok(text) => text.trim_end(),
            Err(_) if self.lines == 1 => return Err(NO_RECORDING.into()),
            Err(error) => return Err(format!("no UTF-8 at column {}", error.valid_up_to() + 1)),
        };
        if self.lines == 1 {
            return Ok(Entry::Header(Header::read(text)?.into()));
        }
        match serde_json::from_str(text).map_err(|error| misread(&error))? {
            Line { at: Some(at), fact: Some(fact), out: None, misuse: None } => {
                fact.to_input()?;
                Ok(Entry::Step(Step { line: self.lines, at, fact, told: Vec::new() }))
            }
            Line { at: None, fact: None, out: Some(value), misuse: None } => {
                output::check(&value)?;
                Ok(Entry::Told(Told { line: self.lines, value }))
            }
            Line { at: None, fact: None, out: None, misuse: Some(why) } => {
                Ok(Entry::Told(Told { line: self.lines, value: misuse(&why) }))
            }
            _ => Err("it is neither a fact with its moment nor what came of one".into()),
        }
    }

    /// How many lines were read.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.lines
    }
}

/// A refusal, among outputs.
pub(crate) fn misuse(why: &str) -> Value {
    serde_json::json!({ "misuse": why })
}

impl Recording {
    /// Reads a recording. What is damaged further down ends it: see [`Recording::damage`].
    ///
    /// # Errors
    ///
    /// When its first line is no good, so that nothing of it can be understood.
    pub fn parse(text: &(impl AsRef<[u8]> + ?Sized)) -> Result<Recording, Damage> {
        let mut reader = Reader::default();
        let mut lines = text.as_ref().split_inclusive(|byte| *byte == b'\n');
        let Entry::Header(header) = reader.read(lines.next().unwrap_or_default())? else {
            return Err(Damage { line: 1, reason: NO_RECORDING.into() });
        };
        let (opening, steps) = (Vec::new(), Vec::new());
        let mut recording = Recording { header: *header, opening, steps, damage: None };
        for line in lines {
            match reader.read(line) {
                Ok(entry) => recording.take(entry),
                Err(damage) => {
                    recording.damage = Some(damage);
                    break;
                }
            }
        }
        Ok(recording)
    }

    fn take(&mut self, entry: Entry) {
        match (entry, self.steps.last_mut()) {
            (Entry::Step(step), _) => self.steps.push(step),
            (Entry::Told(told), Some(step)) => step.told.push(told),
            (Entry::Told(told), None) => self.opening.push(told),
            (Entry::Header(_), _) => {}
        }
    }

    /// What it says of itself.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What came out before anything had happened.
    #[must_use]
    pub fn opening(&self) -> &[Told] {
        &self.opening
    }

    /// What happened.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Where it is damaged, and how; what was before that is there.
    #[must_use]
    pub fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }
}

impl Step {
    /// Its line.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// When it happened.
    #[must_use]
    pub fn at(&self) -> Moment {
        self.at
    }

    /// What happened, as JSON.
    #[must_use]
    pub fn fact(&self) -> Value {
        serde_json::to_value(&self.fact).unwrap_or_default()
    }

    /// What came of it.
    #[must_use]
    pub fn told(&self) -> &[Told] {
        &self.told
    }
}

impl Told {
    /// Its line; 0 of what only a replay has told.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// What it is, as JSON.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Its name: of an action `send`, `open` and so on, of an event its own, such as `faulted`.
    #[must_use]
    pub fn name(&self) -> &str {
        name(&self.value)
    }
}

fn name(value: &Value) -> &str {
    match value {
        Value::String(name) => name,
        Value::Object(members) => match members.iter().next() {
            Some((key, inner)) if key == "event" => name(inner),
            Some((key, _)) => key,
            None => "",
        },
        _ => "",
    }
}
