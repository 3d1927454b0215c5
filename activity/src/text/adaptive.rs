//! Adaptive Cards: their text, facts, pictures, what they ask for, and their actions.
//!
//! Elements that are hidden at first are shown, since nothing here could reveal them.

use serde_json::Value;

use super::button::Button;
use super::paper::Paper;
use super::scope::Scope;
use crate::adaptive::{AdaptiveCard, Choice, Input, InputKind, LEVELS_MAX};

pub(super) fn card(paper: &mut Paper, card: &AdaptiveCard) {
    if card.body.is_empty() && card.actions.is_empty() {
        paper.markdown(card.fallback_text.as_deref().unwrap_or("[empty card]"));
    }
    Writer { paper, scope: Scope::default().with(card.inputs()) }.card(card, LEVELS_MAX);
}

struct Writer<'a> {
    paper: &'a mut Paper,
    /// What an action here carries along.
    scope: Scope,
}

impl Writer<'_> {
    fn card(&mut self, card: &AdaptiveCard, levels: usize) {
        self.elements(&card.body, levels);
        self.actions(&card.actions, levels);
        if let Some(action) = card.select_action.as_ref().filter(|a| a["title"].is_string()) {
            self.action(action, levels);
        }
    }

    fn elements(&mut self, elements: &[Value], levels: usize) {
        match levels.checked_sub(1) {
            Some(levels) => elements.iter().for_each(|element| self.element(element, levels)),
            None if elements.is_empty() => {}
            None => self.paper.row("[…]"),
        }
    }

    fn element(&mut self, element: &Value, levels: usize) {
        let text = |name: &str| element[name].as_str();
        match text("type").unwrap_or_default() {
            "TextBlock" => self.text(element),
            "RichTextBlock" => {
                let runs = list(element, "inlines").iter();
                let runs = runs.filter_map(|run| run.as_str().or_else(|| run["text"].as_str()));
                self.paper.words(&runs.collect::<String>());
            }
            "Image" => self.paper.elsewhere("image", text("altText"), text("url")),
            "ImageSet" => self.elements(list(element, "images"), levels),
            "Media" => {
                for source in list(element, "sources") {
                    self.paper.elsewhere("media", text("altText"), source["url"].as_str());
                }
            }
            "FactSet" => {
                for fact in list(element, "facts") {
                    let text = |name: &str| fact[name].as_str().unwrap_or_default();
                    self.paper.fact(text("title"), text("value"));
                }
            }
            "ActionSet" => self.actions(list(element, "actions"), levels),
            "ColumnSet" => self.side_by_side(list(element, "columns"), "  ", levels),
            "Table" => {
                for row in list(element, "rows") {
                    self.side_by_side(list(row, "cells"), " | ", levels);
                }
            }
            kind if kind.starts_with("Input.") => self.input(&Input::from_value(element.clone())),
            kind => self.other(kind, element, levels),
        }
        if element["selectAction"]["title"].is_string() {
            self.action(&element["selectAction"], levels);
        }
    }

    fn text(&mut self, element: &Value) {
        let Some(text) = element["text"].as_str() else { return };
        let is_heading = element["style"] == "heading"
            || element["weight"]
                .as_str()
                .is_some_and(|weight| weight.eq_ignore_ascii_case("bolder"));
        // A heading has no marks of its own.
        if is_heading && !text.contains(['\n', '*', '_', '[', '`']) {
            self.paper.heading(text);
        } else {
            self.paper.markdown(text);
        }
    }

    /// A container, or something that is not known here and may hold known things.
    fn other(&mut self, kind: &str, element: &Value, levels: usize) {
        let items = list(element, "items");
        if !items.is_empty() {
            self.elements(items, levels);
        } else if element["fallback"].is_object() {
            self.elements(std::slice::from_ref(&element["fallback"]), levels);
        } else if let Some(text) = element["text"].as_str() {
            self.paper.markdown(text);
        } else if !matches!(kind, "" | "Container" | "Column") && element["fallback"] != "drop" {
            self.paper.row(&format!("[{kind}]"));
        }
    }

    /// On one line if each has no more than one, else below each other.
    fn side_by_side(&mut self, columns: &[Value], between: &str, levels: usize) {
        let mut parts = Vec::new();
        for column in columns {
            let height = self.paper.height();
            self.elements(list(column, "items"), levels);
            parts.push(self.paper.cut(height));
        }
        parts.retain(|lines| !lines.is_empty());
        if parts.iter().all(|lines| lines.len() == 1) && !parts.is_empty() {
            let lines: Vec<_> = parts.into_iter().flatten().collect();
            self.paper.put([lines.join(between)]);
        } else {
            self.paper.put(parts.into_iter().flatten());
        }
    }

    fn input(&mut self, input: &Input) {
        let label = input.label.as_deref().or(input.title.as_deref());
        let label = label.or(input.id.as_deref()).unwrap_or("input");
        let mark = if input.is_required == Some(true) { "*" } else { "" };
        let initial = input.initial();
        match input.kind {
            Some(InputKind::Toggle) => {
                let title = input.title.as_deref().unwrap_or(label);
                let is_on = initial.as_deref() == Some(input.on());
                self.paper.row(&format!("{} {title}{mark}", if is_on { "[x]" } else { "[ ]" }));
            }
            Some(InputKind::ChoiceSet) => {
                self.hinted(label, mark, "", input.placeholder.as_deref());
                for choice in &input.choices {
                    self.choice(choice, input, initial.as_deref().unwrap_or_default());
                }
            }
            _ => {
                let value = initial.as_deref().unwrap_or("____");
                self.hinted(label, mark, value, input.placeholder.as_deref());
            }
        }
    }

    fn hinted(&mut self, label: &str, mark: &str, value: &str, hint: Option<&str>) {
        let value = if value.is_empty() { String::new() } else { format!(" {value}") };
        let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        self.paper.row(&format!("{label}{mark}:{value}{hint}"));
    }

    fn choice(&mut self, choice: &Choice, input: &Input, initial: &str) {
        let value = choice.value.as_deref().unwrap_or_default();
        let title = choice.title.as_deref().unwrap_or(value);
        let is_several = input.is_multi_select == Some(true);
        let is_chosen = match is_several {
            true => initial.split(',').any(|one| one.trim() == value),
            false => initial == value,
        };
        let mark = match (is_several, is_chosen) {
            (true, true) => "[x]",
            (true, false) => "[ ]",
            (false, true) => "(x)",
            (false, false) => "( )",
        };
        self.paper.row(&format!("{mark} {title}"));
    }

    fn actions(&mut self, actions: &[Value], levels: usize) {
        actions.iter().for_each(|action| self.action(action, levels));
    }

    fn action(&mut self, action: &Value, levels: usize) {
        if action["type"] != "Action.ShowCard" {
            if let Some(button) = Button::adaptive(action, &self.scope) {
                self.paper.button(button);
            }
            return;
        }
        self.paper.heading(action["title"].as_str().unwrap_or_default());
        match levels.checked_sub(1) {
            Some(levels) => {
                let card = AdaptiveCard::from_value(action["card"].clone());
                // What the outer card asks for goes along with the inner one's.
                let scope = self.scope.with(card.inputs());
                Writer { paper: self.paper, scope }.card(&card, levels);
            }
            None => self.paper.row("[…]"),
        }
    }
}

fn list<'a>(element: &'a Value, name: &str) -> &'a [Value] {
    element[name].as_array().map_or(&[], Vec::as_slice)
}
