//! Each property is able to fail: mistakes between the session and the world are found.

use std::collections::VecDeque;

use directline::{Action, Event, Output};

use crate::model::SessionModel;
use crate::report::Outcome;
use crate::run::explore_model;
use crate::scope::Scope;
use crate::scopes::{self, Set};

type Outputs = VecDeque<Output>;

fn found(scope: &str, mischief: fn(&mut Outputs)) -> String {
    let scope = scopes::of(Set::Kill).into_iter().find(|own| own.name == scope);
    let scope = Scope { budget: 2, activities: 2, ..scope.expect("a scope of this name") };
    let mut model = SessionModel::new(scope);
    model.mischief = mischief;
    let Outcome { violation, .. } = explore_model(model, None, 1);
    violation.expect("it is found").trim_start().chars().take(5).collect()
}

/// Does each output that `is_meant` so many times.
fn times(outputs: &mut Outputs, count: usize, is_meant: fn(&Output) -> bool) {
    let all = std::mem::take(outputs);
    for output in all {
        let count = if is_meant(&output) { count } else { 1 };
        outputs.extend(std::iter::repeat_n(output, count));
    }
}

fn is_batch(output: &Output) -> bool {
    matches!(output, Output::Event(Event::Delivered(_)))
}

fn is_open(output: &Output) -> bool {
    matches!(output, Output::Action(Action::Open { .. }))
}

fn is_send(output: &Output) -> bool {
    matches!(output, Output::Action(Action::Send { .. }))
}

#[test]
fn a_batch_handed_out_twice_is_found() {
    assert_eq!(found("socket", |outputs| times(outputs, 2, is_batch)), "DD  d");
}

#[test]
fn a_batch_that_is_lost_is_found() {
    // The watermark covers it, and copies of it are taken for known: whichever shows first.
    let found = found("socket", |outputs| times(outputs, 0, is_batch));
    assert!(["WM  w", "DD  d"].contains(&found.as_str()), "{found}");
}

#[test]
fn a_second_socket_is_found() {
    assert_eq!(found("socket", |outputs| times(outputs, 2, is_open)), "RC  r");
}

#[test]
fn a_url_dialled_twice_is_found() {
    let again = |outputs: &mut Outputs| {
        let open = outputs.iter().find(|output| is_open(output)).cloned();
        if let Some(Output::Action(Action::Open { socket, url })) = open {
            outputs.push_back(Output::Action(Action::Shut { socket }));
            outputs.push_back(Output::Action(Action::Open { socket, url }));
        }
    };
    assert_eq!(found("socket", again), "SU  s");
}

#[test]
fn a_request_sent_twice_is_found() {
    assert_eq!(found("socket", |outputs| times(outputs, 2, is_send)), "RC  r");
}

#[test]
fn a_session_that_never_comes_back_is_found() {
    let never = |outputs: &mut Outputs| {
        times(outputs, 0, |output| {
            is_open(output) || matches!(output, Output::Action(Action::Shut { .. }))
        });
    };
    assert_eq!(found("socket", never), "LV-1 ");
}

#[test]
fn a_token_asked_for_twice_is_found() {
    let twice = |outputs: &mut Outputs| {
        times(outputs, 2, |output| matches!(output, Output::Event(Event::NeedsToken { .. })));
    };
    assert_eq!(found("token", twice), "CR  c");
}

#[test]
fn a_post_told_twice_is_found() {
    let twice = |outputs: &mut Outputs| {
        times(outputs, 2, |output| matches!(output, Output::Event(Event::Posted { .. })));
    };
    assert_eq!(found("posts", twice), "TX  s");
}

#[test]
fn an_end_that_nobody_hears_of_is_found() {
    let never = |outputs: &mut Outputs| {
        times(outputs, 0, |output| matches!(output, Output::Event(Event::Ended(_))));
    };
    assert_eq!(found("limits", never), "LV-2 ");
}

#[test]
fn the_smallest_scopes_close_and_keep_every_promise() {
    for name in ["silence", "socket", "posts", "limits", "renewal"] {
        let scope = scopes::of(Set::Kill).into_iter().find(|own| own.name == name);
        let scope = Scope { budget: 2, activities: 2, ..scope.expect("a scope of this name") };
        let outcome = explore_model(SessionModel::new(scope), None, 2);
        assert_eq!(outcome.violation, None);
        assert!(outcome.is_closed && outcome.states > 100, "{name}: {}", outcome.states);
        let idle: Vec<_> = outcome.faults.iter().filter(|(_, count)| *count == 0).collect();
        assert!(idle.is_empty(), "{name}: {idle:?} never happened");
    }
}

#[test]
fn time_that_is_up_is_no_closed_space() {
    let scope = scopes::of(Set::Release).into_iter().find(|own| own.name == "whole");
    let model = SessionModel::new(scope.expect("there"));
    let outcome = explore_model(model, Some(std::time::Duration::from_millis(300)), 2);
    assert!(!outcome.is_closed && outcome.violation.is_none());
}
