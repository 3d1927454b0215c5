//! GOALS of figures, and whether they are reached. A goal that nobody can judge is none.

use serde_json::Value;

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goal {
    Least(f64),
    Most(f64),
    Below(f64),
    Is(f64),
    Holds(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Reached,
    NotReached,
    /// The figure is no number, since what would tell it did not run.
    NotRun,
}

impl Goal {
    /// `>= 5`, `<= 1,000`, `< 5`, `= 5`, `5`, `98 %`, `true` or `false`.
    pub(crate) fn read(text: &str) -> Option<Goal> {
        let text = text.trim();
        let after = |sign: &str| text.strip_prefix(sign).and_then(number);
        if let Ok(holds) = text.parse() {
            return Some(Goal::Holds(holds));
        }
        after(">=")
            .map(Goal::Least)
            .or_else(|| after("<=").map(Goal::Most))
            .or_else(|| after("<").map(Goal::Below))
            .or_else(|| after("=").or_else(|| number(text)).map(Goal::Is))
    }

    pub(crate) fn judge(self, value: &Value) -> Verdict {
        if let (Goal::Holds(holds), Value::Bool(value)) = (self, value) {
            return if holds == *value { Verdict::Reached } else { Verdict::NotReached };
        }
        let value = match value {
            Value::Number(value) => value.as_f64(),
            Value::String(text) => number(text),
            _ => None,
        };
        let Some(value) = value else { return Verdict::NotRun };
        let is_reached = match self {
            Goal::Least(goal) => value >= goal,
            Goal::Most(goal) => value <= goal,
            Goal::Below(goal) => value < goal,
            Goal::Is(goal) => (value - goal).abs() < f64::EPSILON,
            Goal::Holds(_) => false,
        };
        if is_reached { Verdict::Reached } else { Verdict::NotReached }
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().trim_end_matches(['%', ' ']).replace(',', "").parse().ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    use super::*;

    fn judge(value: impl Into<Value>, goal: &str) -> Verdict {
        Goal::read(goal).expect(goal).judge(&value.into())
    }

    #[test]
    fn figures_are_held_against_their_goals() {
        use Verdict::{NotReached, NotRun, Reached};
        for (value, goal, verdict) in [
            (5, ">= 5", Reached),
            (4, ">= 5", NotReached),
            (1_000_000, ">= 1,000,000", Reached),
            (99, "<= 100", Reached),
            (100, "< 100", NotReached),
            (0, "= 0", Reached),
            (1, "= 0", NotReached),
            (0, "0", Reached),
            (1, "true", NotReached),
        ] {
            let expected = if goal == "true" { NotRun } else { verdict };
            let found = judge(value, goal);
            assert!(found == verdict || found == expected, "{value} {goal}: {found:?}");
        }
        assert_eq!(judge(1_702.3, "<= 150"), NotReached);
        assert_eq!(judge("1,702.3", "<= 150"), NotReached);
        assert_eq!(judge("98.5 %", ">= 98 %"), Reached);
        assert_eq!(judge(true, "true"), Reached);
        assert_eq!(judge(false, "true"), NotReached);
        assert_eq!(judge("not run: no tool", ">= 1"), NotRun);
        assert_eq!(judge("failed", "true"), NotRun);
    }

    #[test]
    fn what_cannot_be_judged_is_no_goal() {
        for text in ["", "all", "<= 150 on two cores", ">= 100, release >= 1000", "= all of them"] {
            assert_eq!(Goal::read(text), None, "{text}");
        }
    }

    /// The texts in quotes of a line, of Rust or of a shell.
    fn quoted(line: &str) -> Vec<String> {
        let line = line.replace("\\\"", "").replace('\'', "\"");
        line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    }

    /// The texts of all programs in a folder but this one.
    fn sources(folder: &Path, texts: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one")) {
            let path = entry.path();
            if path.is_file() {
                texts.extend(std::fs::read_to_string(path));
            } else if !["report", "faults/faults"].iter().any(|own| path.ends_with(own)) {
                sources(&path, texts);
            }
        }
    }

    /// The texts of all programs that could be a stage.
    pub(crate) fn programs() -> Vec<String> {
        let mut texts = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut texts);
        texts
    }

    /// The goals in a line of such a text.
    fn goals(line: &str) -> Vec<String> {
        let mut found = quoted(line);
        let last = found.pop();
        let signs = [">= ", "<= ", "< ", "= "];
        let has_sign = |text: &String| signs.iter().any(|own| text.starts_with(own));
        // At the end of a call stands a goal, with or without a sign.
        let is_call = line.contains("figure(") && !found.is_empty();
        let ends = |text: &String| {
            let line = line.replace("\\\"", "");
            [format!("\"{text}\");"), format!("\"{text}\"));")]
                .iter()
                .any(|end| line.ends_with(end))
        };
        let is_goal = |text: &String| {
            has_sign(text) || is_call && ends(text) && !["null", ""].contains(&text.as_str())
        };
        found.retain(has_sign);
        found.extend(last.filter(is_goal));
        // What a shell puts in is judged when it is printed.
        found.retain(|goal| !goal.contains('$'));
        found
    }

    #[test]
    fn every_goal_that_a_stage_prints_can_be_judged() {
        let texts = programs();
        let lines = texts.iter().flat_map(|text| text.lines());
        let mut goals: Vec<_> = lines.flat_map(goals).collect();
        assert!(goals.len() > 20, "{goals:?}");
        let filled = |goal: &str| match goal.split_once('{').zip(goal.rsplit_once('}')) {
            Some(((before, _), (_, after))) => format!("{before}1{after}"),
            None => goal.to_owned(),
        };
        goals.retain(|goal| Goal::read(&filled(goal)).is_none());
        assert!(goals.is_empty(), "{goals:?}");
    }
}
