//! From TOML to cases.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bot::Bot;
use crate::cases::Case;
use crate::cases::judge::Judge;
use crate::cases::requests::Requests;
use crate::cases::step::{Step, Wait};
use crate::control::read_cut;
use crate::options::{CollisionVictim, Options, WatermarkStyle};
use crate::plan::Plan;
use crate::plan::choice::Choice;
use crate::plan::error::PlanError;
use crate::plan::fields::{Fields, read_document, take_tables};
use crate::plan::read::read_rule;
use crate::profile::Profile;
use crate::script::{Script, read_said, read_step};

pub(super) fn read_cases(text: &str) -> Result<Vec<Case>, PlanError> {
    let mut document = read_document("the file", text)?;
    let tables = take_tables(&mut document, "case")?;
    document.finish()?;
    tables.into_iter().map(read_case).collect()
}

fn read_case(mut fields: Fields) -> Result<Case, PlanError> {
    let clause = required(&mut fields, "clause", "a clause of the contract such as \"WM-6\"")?;
    let name = required(&mut fields, "name", "a few words")?;
    let with_token = matches!(fields.choice("credential")?, Some(Credential::Token));
    let rules = fields.tables("fault")?.into_iter().map(read_rule).collect::<Result<_, _>>()?;
    let options = read_options(fields.table("service")?)?.with_plan(Plan::new(rules));
    let steps =
        fields.tables("steps")?.into_iter().map(read_case_step).collect::<Result<_, _>>()?;
    let judge = read_judge(&mut fields)?;
    fields.finish()?;
    Ok(Case { clause, name, options, with_token, steps, judge })
}

/// The service of a case, in the words of the command.
fn read_options(mut fields: Fields) -> Result<Options, PlanError> {
    let profile = fields.choice("profile")?.unwrap_or(Profile::Service);
    let bot = fields.choice("bot")?.unwrap_or(BotName::Silent).bot();
    let mut options = Options::default().with_profile(profile).with_bot(bot);
    let script = fields.tables("script")?;
    if !script.is_empty() {
        let steps = script.into_iter().map(read_step).collect::<Result<_, _>>()?;
        options.bot = Bot::Scripted(Script::new(steps));
    }
    let whole = |number: Option<u64>| number.and_then(|number| usize::try_from(number).ok());
    let page_size = whole(fields.number("page_size", 1..=100_000)?);
    options.page_size = page_size.unwrap_or(options.page_size);
    options.require_user = fields.flag("require_user")?;
    options.watermarks = fields.choice("watermarks")?.unwrap_or_default();
    options.collision_victim = fields.choice("collision_victim")?.unwrap_or_default();
    let lifetime = millis(&mut fields, "token_lifetime_ms")?;
    options.token_lifetime = lifetime.unwrap_or(options.token_lifetime);
    let lifetime = millis(&mut fields, "stream_url_lifetime_ms")?;
    options.stream_url_lifetime = lifetime.unwrap_or(options.stream_url_lifetime);
    let interval = millis(&mut fields, "empty_message_interval_ms")?;
    options.empty_message_interval = interval.or(options.empty_message_interval);
    fields.finish()?;
    Ok(options)
}

fn read_case_step(mut fields: Fields) -> Result<Step, PlanError> {
    let names: Vec<&str> = fields.object().keys().map(String::as_str).collect();
    let kind = STEPS.iter().find(|name| names.contains(*name)).copied();
    let step = match kind {
        Some("send") => Step::Send(required(&mut fields, "send", "a text")?),
        Some("say") => Step::Say(read_say(&mut fields)?),
        Some("say_json") => {
            let text = required(&mut fields, "say_json", "an activity in JSON")?;
            read_said("`say_json`", &text)
                .map_err(|error| PlanError::new(format!("{}: {error}", fields.place())))?;
            Step::Say(text)
        }
        Some("fault") => Step::Fault(read_rule(fields.table("fault")?)?),
        Some("calm") => flagged(&mut fields, "calm", Step::Calm)?,
        Some("cut") => read_cut_step(&mut fields)?,
        Some("expire_tokens") => flagged(&mut fields, "expire_tokens", Step::ExpireTokens)?,
        Some("renumber") => {
            Step::Renumber(fields.number("renumber", 0..=9_999_999)?.unwrap_or_default())
        }
        Some("forget") => flagged(&mut fields, "forget", Step::Forget)?,
        Some("shown") => {
            let text = required(&mut fields, "shown", "a text")?;
            Step::Wait(Wait::Shown(text, times(&mut fields)?))
        }
        Some("opened") => {
            let count = fields.number("opened", 1..=TIMES_MAX)?.unwrap_or(1);
            Step::Wait(Wait::Opened(usize::try_from(count).unwrap_or(usize::MAX)))
        }
        Some("asked") => {
            let on = fields.required_choice("asked")?;
            Step::Wait(Wait::Asked(on, times(&mut fields)?))
        }
        Some("answered") => {
            let on = fields.required_choice("answered")?;
            Step::Wait(Wait::Answered(on, times(&mut fields)?))
        }
        Some("fired") => {
            let kind = fields.required_choice("fired")?;
            Step::Wait(Wait::Fired(kind, times(&mut fields)?))
        }
        Some(_) => flagged(&mut fields, "ended", Step::Wait(Wait::Ended))?,
        None => {
            let (place, all) = (fields.place(), STEPS.join(", "));
            return Err(PlanError::new(format!(
                "{place} says nothing of what to do, known are {all}"
            )));
        }
    };
    fields.finish()?;
    Ok(step)
}

fn read_say(fields: &mut Fields) -> Result<String, PlanError> {
    let said = match fields.take("say") {
        Some(Value::String(text)) => json!({ "text": text }),
        Some(said @ Value::Object(_)) => said,
        other => {
            let value = other.unwrap_or_default();
            return Err(fields.refuse("say", &value, "a text or an activity"));
        }
    };
    read_said(fields.place(), &said.to_string()).map(|activity| activity.to_json())
}

fn read_cut_step(fields: &mut Fields) -> Result<Step, PlanError> {
    let cut = match fields.take("cut") {
        Some(Value::String(word)) => json!({ "do": word }),
        other => other.unwrap_or_default(),
    };
    let place = format!("{}, cut", fields.place());
    Ok(Step::Cut(read_cut(Fields::new(place, cut)?)?))
}

fn read_judge(fields: &mut Fields) -> Result<Judge, PlanError> {
    let texts = |fields: &mut Fields, name| match fields.object().contains_key(name) {
        true => fields.texts(name).map(Some),
        false => Ok(None),
    };
    let ends = fields.choice::<End>("ends")?.map(|end| end == End::Well);
    let sockets = match fields.object().contains_key("sockets") {
        true => {
            let mut range = fields.table("sockets")?;
            let found = read_range(&mut range)?;
            range.finish()?;
            Some(found)
        }
        false => None,
    };
    Ok(Judge {
        shown: texts(fields, "only_shown")?,
        in_any_order: fields.flag("in_any_order")?,
        exactly: fields.flag("exactly")?,
        posted: texts(fields, "only_posted")?,
        ends,
        unfinished: fields.flag("unfinished")?,
        sockets,
        one_socket: fields.flag("one_socket")?,
        requests: fields
            .tables("requests")?
            .into_iter()
            .map(read_requests)
            .collect::<Result<_, _>>()?,
    })
}

fn read_requests(mut fields: Fields) -> Result<Requests, PlanError> {
    let on = fields.required_choice("on")?;
    let (least, most) = read_range(&mut fields)?;
    let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let nth = fields.number("nth", 1..=TIMES_MAX)?.map(whole);
    let watermark = fields.choice("watermark")?;
    let credential = fields.choice("credential")?;
    let status = fields.number("status", 100..=599)?.and_then(|status| u16::try_from(status).ok());
    let pause = millis(&mut fields, "pause_ms")?;
    fields.finish()?;
    Ok(Requests { on, nth, least, most, watermark, credential, status, pause })
}

/// `count`, or `at_least` and `at_most`.
fn read_range(fields: &mut Fields) -> Result<(usize, usize), PlanError> {
    let mut whole = |name| -> Result<Option<usize>, PlanError> {
        let number = fields.number(name, 0..=TIMES_MAX)?;
        Ok(number.map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
    };
    let (count, least, most) = (whole("count")?, whole("at_least")?, whole("at_most")?);
    Ok(match count {
        Some(count) => (count, count),
        None => (least.unwrap_or(0), most.unwrap_or(usize::MAX)),
    })
}

fn times(fields: &mut Fields) -> Result<usize, PlanError> {
    let times = fields.number("times", 1..=TIMES_MAX)?.unwrap_or(1);
    Ok(usize::try_from(times).unwrap_or(usize::MAX))
}

fn millis(fields: &mut Fields, name: &'static str) -> Result<Option<Duration>, PlanError> {
    Ok(fields.number(name, 0..=MILLIS_MAX)?.map(Duration::from_millis))
}

fn required(fields: &mut Fields, name: &'static str, allowed: &str) -> Result<String, PlanError> {
    fields.text(name)?.ok_or_else(|| fields.missing(name, allowed))
}

/// A step that has no more to say than its name.
fn flagged(fields: &mut Fields, name: &'static str, step: Step) -> Result<Step, PlanError> {
    match fields.flag(name)? {
        true => Ok(step),
        false => Err(fields.refuse(name, &json!(false), "true")),
    }
}

/// What a step can be known by.
const STEPS: &[&str] = &[
    "send",
    "say",
    "say_json",
    "fault",
    "calm",
    "cut",
    "expire_tokens",
    "renumber",
    "forget",
    "shown",
    "opened",
    "asked",
    "answered",
    "fired",
    "ended",
];
const TIMES_MAX: u64 = 1_000_000;
/// Ten minutes, as in plans.
const MILLIS_MAX: u64 = 600_000;

#[derive(Clone, Copy, PartialEq)]
enum Credential {
    Secret,
    Token,
}

impl Choice for Credential {
    const ALL: &'static [(&'static str, Self)] =
        &[("secret", Credential::Secret), ("token", Credential::Token)];
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    Well,
    Badly,
}

impl Choice for End {
    const ALL: &'static [(&'static str, Self)] = &[("well", End::Well), ("badly", End::Badly)];
}

#[derive(Clone, Copy, PartialEq)]
enum BotName {
    Silent,
    Echo,
    Typing,
    Counting,
}

impl BotName {
    fn bot(self) -> Bot {
        match self {
            BotName::Silent => Bot::Silent,
            BotName::Echo => Bot::Echo,
            BotName::Typing => Bot::EchoWithTyping,
            BotName::Counting => Bot::Counting,
        }
    }
}

impl Choice for BotName {
    const ALL: &'static [(&'static str, Self)] = &[
        ("silent", BotName::Silent),
        ("echo", BotName::Echo),
        ("typing", BotName::Typing),
        ("counting", BotName::Counting),
    ];
}

impl Choice for WatermarkStyle {
    const ALL: &'static [(&'static str, Self)] =
        &[("decimal", WatermarkStyle::Decimal), ("opaque", WatermarkStyle::Opaque)];
}

impl Choice for CollisionVictim {
    const ALL: &'static [(&'static str, Self)] =
        &[("old", CollisionVictim::Old), ("new", CollisionVictim::New)];
}
