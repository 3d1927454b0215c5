//! What a scripted bot says, and to what.

mod members;
mod shorthand;

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::plan::error::PlanError;
use crate::plan::fields::{Fields, read_document, take_tables};
use crate::plan::json::read_object;
use crate::script::shorthand::{Wrong, spell_out};
use crate::service::activity::Activity;
use crate::text_file;

/// One thing that the bot is going to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// How long the bot waits before it says it.
    pub(crate) delay: Duration,
    /// The activity as JSON.
    pub(crate) activity: String,
}

/// The steps of a scripted bot.
///
/// What a step says are texts and activities. An activity without a `type` is a message, and three
/// members that no activity has stand for longer ones: `suggest` is a list of suggested actions,
/// `hero` the content of a hero card and `adaptive` that of an adaptive card. Where an action or a
/// button is a text, it says that text when it is chosen.
///
/// # Example
/// ```
/// use directline_testbed::Script;
///
/// let script = Script::parse(
///     r#"
///     [[step]]
///     start = true
///     say = ["Welcome!"]
///
///     [[step]]
///     text = "bye"
///     delay_ms = 100
///     say = ["So long", { type = "event", name = "leaving" }]
///     end = true
///
///     [[step]]
///     text = "choose"
///     say = [
///       { text = "Which one?", suggest = ["Red", "Blue"] },
///       { hero = { title = "Colours", buttons = ["Red", "Blue"] } },
///       { adaptive = { body = [{ type = "TextBlock", text = "or none" }] } },
///     ]
///     "#,
/// )?;
/// assert_eq!(script.steps().len(), 3);
/// # Ok::<(), directline_testbed::PlanError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    steps: Vec<Step>,
}

/// Something the bot says when it hears its cue.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What sets the step off.
    pub cue: Cue,
    /// How long the bot waits before each of the activities.
    pub delay: Duration,
    /// The activities, each a JSON object.
    pub say: Vec<String>,
    /// Ends the conversation after that.
    pub end: bool,
}

/// What sets a step off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cue {
    /// The conversation starts.
    Start,
    /// Any message of the user.
    Always,
    /// The user's n-th message, counted from 1.
    Message(u64),
    /// A message of exactly this text.
    Text(String),
}

impl Script {
    /// A script of these steps; on one cue several may be set off, in their order.
    pub fn new(steps: Vec<Step>) -> Self {
        Script { steps }
    }

    /// Reads a script from TOML.
    ///
    /// # Errors
    /// Says in one sentence which field has which value and what is allowed.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let mut document = read_document("the script", text)?;
        let tables = take_tables(&mut document, "step")?;
        document.finish()?;
        let steps = tables.into_iter().map(read_step).collect::<Result<Vec<_>, _>>()?;
        Ok(Script { steps })
    }

    /// Reads the script in a file.
    ///
    /// # Errors
    /// The file can't be read, or it holds no valid script.
    pub fn load(path: &Path) -> Result<Self, PlanError> {
        let text = text_file::read(path).map_err(|error| {
            let path = path.display();
            PlanError::new(format!("the script \"{path}\" is no readable file ({error})"))
        })?;
        Script::parse(&text)
    }

    /// The steps in their order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(crate) fn lines(&self, hears: impl Fn(&Cue) -> bool) -> Vec<Line> {
        self.steps.iter().filter(|step| hears(&step.cue)).flat_map(Step::lines).collect()
    }
}

impl Step {
    fn lines(&self) -> Vec<Line> {
        let end = self.end.then(|| String::from(END_OF_CONVERSATION));
        let activities = self.say.iter().cloned().chain(end);
        activities.map(|activity| Line { delay: self.delay, activity }).collect()
    }
}

pub(crate) fn read_step(mut fields: Fields) -> Result<Step, PlanError> {
    let start = fields.flag("start")?;
    let message = fields.number("message", 1..=u64::MAX)?;
    let text = fields.text("text")?;
    let cue = match (start, message, text) {
        (false, None, None) => Cue::Always,
        (true, None, None) => Cue::Start,
        (false, Some(ordinal), None) => Cue::Message(ordinal),
        (false, None, Some(text)) => Cue::Text(text),
        (_, _, _) => {
            return Err(PlanError::new(format!(
                "{}: only one of `start`, `message` and `text` can be given",
                fields.place()
            )));
        }
    };
    let delay = fields.number("delay_ms", 0..=DELAY_MS_MAX)?.unwrap_or(0);
    let say = read_say(&mut fields)?;
    let end = fields.flag("end")?;
    fields.finish()?;
    Ok(Step { cue, delay: Duration::from_millis(delay), say, end })
}

fn read_say(fields: &mut Fields) -> Result<Vec<String>, PlanError> {
    match fields.take("say") {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(|item| read_line(fields, item)).collect(),
        Some(other) => Err(fields.refuse("say", &other, "a list of texts and activities")),
    }
}

fn read_line(fields: &Fields, item: &Value) -> Result<String, PlanError> {
    match item {
        Value::String(text) => Ok(json!({ "type": "message", "text": text }).to_string()),
        Value::Object(activity) => {
            let spelt = members::check(activity).and_then(|()| spell_out(activity.clone()));
            let activity = spelt.map_err(|wrong| {
                let name = format!("say.{}", wrong.member);
                fields.refuse(&name, &wrong.value, wrong.allowed)
            })?;
            Ok(Value::Object(activity).to_string())
        }
        other => Err(fields.refuse("say", other, "a text or an activity")),
    }
}

/// Reads one activity as a script could say it, from JSON; what needs no writing out keeps its bytes.
pub(crate) fn read_said(what: &str, text: &str) -> Result<Activity, PlanError> {
    let fields = read_object(what, text.as_bytes())?;
    let said = fields.object();
    let refuse = |wrong: Wrong| fields.refuse(wrong.member, &wrong.value, wrong.allowed);
    members::check(said).map_err(refuse)?;
    if said.contains_key("type") && !shorthand::is_short(said) {
        return Ok(Activity::parse(text).unwrap_or_default());
    }
    let said = spell_out(said.clone()).map_err(refuse)?;
    Ok(Activity::parse(&Value::Object(said).to_string()).unwrap_or_default())
}

/// What the bot says to end a conversation.
pub(crate) const END_OF_CONVERSATION: &str =
    r#"{"type":"endOfConversation","code":"completedSuccessfully"}"#;
const DELAY_MS_MAX: u64 = 600_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_belongs_to_the_cue() {
        let script = Script::parse(
            "[[step]]\nmessage = 2\nsay = ['two']\n[[step]]\nsay = [{ type = 'event' }]\nend = true",
        )
        .expect("valid");
        let said = |ordinal| {
            let lines = script.lines(|cue| *cue == Cue::Always || *cue == Cue::Message(ordinal));
            lines.into_iter().map(|line| line.activity).collect::<Vec<_>>()
        };
        assert_eq!(said(1), [r#"{"type":"event"}"#, END_OF_CONVERSATION]);
        assert_eq!(said(2)[0], r#"{"text":"two","type":"message"}"#);
    }

    #[test]
    fn a_script_is_read_from_a_file() {
        let text = "[[step]]\nstart = true\nsay = ['hi']\n[[step]]\ntext = 'x'\nend = true";
        let path = std::env::temp_dir().join(format!("testbed-script-{}", std::process::id()));
        std::fs::write(&path, text).expect("a writable directory");
        let loaded = Script::load(&path);
        std::fs::remove_file(&path).expect("it was there");
        let script = loaded.expect("valid");
        let cues: Vec<&Cue> = script.steps().iter().map(|step| &step.cue).collect();
        assert_eq!(cues, [&Cue::Start, &Cue::Text(String::from("x"))]);
        assert_eq!(Script::parse(text), Ok(script));
        let missing = Script::load(&path).expect_err("not there any more").to_string();
        assert!(missing.contains("is no readable file"), "{missing}");
    }

    #[test]
    fn what_needs_no_writing_out_keeps_its_bytes() {
        let said = |text| read_said("it", text).expect("an activity").to_json();
        let whole = r#"{"type":"event","value":{"b":1.00}}"#;
        assert_eq!(said(whole), whole);
        assert_eq!(said(r#"{"text":"x"}"#), r#"{"text":"x","type":"message"}"#);
        assert_eq!(
            said(r#"{"type":"message","suggest":[]}"#),
            r#"{"suggestedActions":{"actions":[]},"type":"message"}"#
        );
    }

    #[test]
    fn names_what_it_cannot_read() {
        let refused = |text| Script::parse(text).expect_err("invalid").to_string();
        assert_eq!(
            refused("[[step]]\nsay = [3]"),
            "step 1: `say` is 3, it must be a text or an activity"
        );
        assert_eq!(
            refused("[[step]]\nsay = [{ suggest = 'red' }]"),
            "step 1: `say.suggest` is \"red\", it must be a list of texts and actions"
        );
        assert_eq!(
            refused("[[step]]\nsay = [{ hero = { buttons = [3] } }]"),
            "step 1: `say.hero.buttons` is [3], it must be a list of texts and actions"
        );
        assert_eq!(
            refused("[[step]]\nsay = [{ id = 5 }]"),
            "step 1: `say.id` is 5, it must be a text"
        );
        assert_eq!(
            refused("[[step]]\nstart = true\ntext = 'x'"),
            "step 1: only one of `start`, `message` and `text` can be given"
        );
    }
}
