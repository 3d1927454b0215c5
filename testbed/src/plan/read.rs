//! From TOML to a plan.

use serde_json::Value;

use crate::plan::Plan;
use crate::plan::answer::{Answer, AnswerBody, DEFAULT_MESSAGE};
use crate::plan::error::PlanError;
use crate::plan::fault::{Fault, FaultKind, When};
use crate::plan::fields::{Fields, as_whole, read_document, take_tables};
use crate::plan::occasion::Occasion;
use crate::plan::rule::{Rule, Trigger};

pub(crate) fn read_plan(text: &str) -> Result<Plan, PlanError> {
    read_fields(read_document("the plan", text)?)
}

pub(crate) fn read_fields(mut document: Fields) -> Result<Plan, PlanError> {
    let seed = document.number("seed", 0..=u64::MAX)?;
    let tables = take_tables(&mut document, "fault")?;
    document.finish()?;
    let rules = tables.into_iter().map(read_rule).collect::<Result<Vec<_>, _>>()?;
    Ok(Plan { seed, rules })
}

pub(crate) fn read_rule(mut fields: Fields) -> Result<Rule, PlanError> {
    let on: Occasion = fields.required_choice("on")?;
    let kind: FaultKind = fields.required_choice("do")?;
    let trigger = read_trigger(&mut fields)?;
    let limit = fields.number("limit", 1..=u64::MAX)?;
    let fault = read_fault(&mut fields, kind)?;
    let place = String::from(fields.place());
    fields.finish()?;
    let mut rule = Rule::always(on, fault)
        .map_err(|error| PlanError::new(format!("{place}: {error}")))?
        .with_trigger(trigger);
    rule.limit = limit;
    Ok(rule)
}

fn read_trigger(fields: &mut Fields) -> Result<Trigger, PlanError> {
    let every = fields.number("every", 1..=u64::MAX)?;
    let nth = fields.take("nth");
    let chance = fields.take("chance");
    match (every, nth, chance) {
        (None, None, None) => Ok(Trigger::Every(1)),
        (Some(every), None, None) => Ok(Trigger::Every(every)),
        (None, Some(nth), None) => read_nth(fields, &nth),
        (None, None, Some(chance)) => read_chance(fields, &chance),
        (_, _, _) => Err(PlanError::new(format!(
            "{}: only one of `every`, `nth` and `chance` can be given",
            fields.place()
        ))),
    }
}

fn read_nth(fields: &Fields, value: &Value) -> Result<Trigger, PlanError> {
    let read_one = |item: &Value| as_whole(item).filter(|number| *number > 0);
    let numbers = match value {
        Value::Array(items) => items.iter().map(read_one).collect::<Option<Vec<_>>>(),
        single => read_one(single).map(|number| vec![number]),
    };
    let numbers = numbers.filter(|numbers| !numbers.is_empty());
    let allowed = "a number of at least 1 or a list of at least one such number";
    numbers.map(Trigger::Nth).ok_or_else(|| fields.refuse("nth", value, allowed))
}

fn read_chance(fields: &Fields, value: &Value) -> Result<Trigger, PlanError> {
    value
        .as_f64()
        .filter(|chance| (0.0..=1.0).contains(chance))
        .map(Trigger::Chance)
        .ok_or_else(|| fields.refuse("chance", value, "a number from 0.0 to 1.0"))
}

fn read_fault(fields: &mut Fields, kind: FaultKind) -> Result<Fault, PlanError> {
    Ok(match kind {
        FaultKind::Close => read_close(fields)?,
        FaultKind::Collision => Fault::Collision { when: read_when(fields)? },
        FaultKind::Drop => Fault::Drop { when: read_when(fields)? },
        FaultKind::Reset => Fault::Reset { when: read_when(fields)? },
        FaultKind::HalfOpen => Fault::HalfOpen { when: read_when(fields)? },
        FaultKind::Hang => Fault::Hang { when: read_when(fields)? },
        FaultKind::Cut => Fault::Cut,
        FaultKind::Delay => {
            let delay = fields.number("delay_ms", 0..=DELAY_MS_MAX)?;
            let delay_ms = delay.ok_or_else(|| {
                fields.missing("delay_ms", &format!("a whole number from 0 to {DELAY_MS_MAX}"))
            })?;
            Fault::Delay { delay_ms }
        }
        FaultKind::Answer => read_answer(fields)?,
        FaultKind::Patch => read_patch(fields)?,
        FaultKind::StreamUrl => Fault::StreamUrl { value: fields.required_choice("value")? },
        FaultKind::WrongConversation => Fault::WrongConversation,
        FaultKind::ReplayAll => Fault::ReplayAll,
        FaultKind::RefuseWatermark => Fault::RefuseWatermark,
        FaultKind::Watermark => Fault::Watermark { value: fields.required_choice("value")? },
        FaultKind::Garbage => Fault::Garbage {
            value: fields.required_choice("value")?,
            instead: fields.flag("instead")?,
        },
        FaultKind::Binary => Fault::Binary,
        FaultKind::BadElement => Fault::BadElement,
        FaultKind::Twice => Fault::Twice,
        FaultKind::Swap => {
            let delay = fields.number("delay_ms", 0..=DELAY_MS_MAX)?;
            Fault::Swap { delay_ms: delay.unwrap_or(SWAP_MS) }
        }
        FaultKind::ExpireTokens => Fault::ExpireTokens,
        FaultKind::Renumber => Fault::Renumber,
        FaultKind::EndConversation => Fault::EndConversation,
    })
}

fn read_patch(fields: &mut Fields) -> Result<Fault, PlanError> {
    let (set, remove) = (fields.members("set")?, fields.texts("remove")?);
    if set.is_empty() && remove.is_empty() {
        let place = fields.place();
        return Err(PlanError::new(format!(
            "{place}: neither `set` nor `remove` names a member, one of them must"
        )));
    }
    Ok(Fault::Patch { set, remove })
}

fn read_when(fields: &mut Fields) -> Result<When, PlanError> {
    Ok(fields.choice("when")?.unwrap_or_default())
}

fn read_close(fields: &mut Fields) -> Result<Fault, PlanError> {
    let (code, reason) = read_close_frame(fields)?;
    Ok(Fault::Close { code, reason, when: read_when(fields)? })
}

/// What a close frame says.
pub(crate) fn read_close_frame(fields: &mut Fields) -> Result<(u16, String), PlanError> {
    let code = read_u16(fields, "code", 1000, 4999)?.unwrap_or(CLOSE_CODE);
    // Three codes exist only as names for what no close frame can say.
    if [1004, 1005, 1006, 1015].contains(&code) {
        let value = Value::from(code);
        return Err(fields.refuse("code", &value, "a code that may be sent in a close frame"));
    }
    let reason = fields.text("reason")?.unwrap_or_default();
    if reason.len() > CLOSE_REASON_BYTES_MAX {
        let allowed = format!("at most {CLOSE_REASON_BYTES_MAX} bytes");
        return Err(fields.refuse("reason", &Value::String(reason), &allowed));
    }
    Ok((code, reason))
}

fn read_answer(fields: &mut Fields) -> Result<Fault, PlanError> {
    let status = read_u16(fields, "status", 200, 599)?
        .ok_or_else(|| fields.missing("status", "a whole number from 200 to 599"))?;
    let retry_after = match fields.take("retry_after") {
        None => None,
        Some(Value::String(text)) if is_header_text(&text) => Some(text),
        Some(Value::Number(seconds)) if seconds.is_i64() => Some(seconds.to_string()),
        Some(other) => {
            let allowed = "seconds, \"date:\" and seconds, or one line of printable ASCII";
            return Err(fields.refuse("retry_after", &other, allowed));
        }
    };
    let word = fields.text("body")?.unwrap_or_else(|| String::from("error"));
    let body = AnswerBody::parse(&word).ok_or_else(|| {
        let allowed = "one of error, empty, html, garbage, or \"literal:\" and a text";
        fields.refuse("body", &Value::String(word.clone()), allowed)
    })?;
    Ok(Fault::Answer(Answer {
        status,
        code: fields.text("code")?,
        message: fields.text("message")?.unwrap_or_else(|| String::from(DEFAULT_MESSAGE)),
        retry_after,
        location: read_location(fields)?,
        body,
        when: read_when(fields)?,
    }))
}

fn read_location(fields: &mut Fields) -> Result<Option<String>, PlanError> {
    match fields.text("location")? {
        Some(text) if text.is_empty() || text.contains(' ') || !is_header_text(&text) => {
            Err(fields.refuse("location", &Value::String(text), "a URL or a path"))
        }
        location => Ok(location),
    }
}

fn read_u16(
    fields: &mut Fields,
    name: &'static str,
    low: u16,
    high: u16,
) -> Result<Option<u16>, PlanError> {
    let number = fields.number(name, u64::from(low)..=u64::from(high))?;
    Ok(number.and_then(|number| u16::try_from(number).ok()))
}

fn is_header_text(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// Ten minutes: longer than any deadline of a sensible client.
const DELAY_MS_MAX: u64 = 600_000;
/// How far apart overtaking frames were seen in the field.
const SWAP_MS: u64 = 300;
/// "Internal error", the closest to an unexplained close.
const CLOSE_CODE: u16 = 1011;
/// A control frame holds 125 bytes, two of which are the code.
const CLOSE_REASON_BYTES_MAX: usize = 123;
