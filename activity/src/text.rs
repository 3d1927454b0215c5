//! Activities and cards as text, for a terminal.
//!
//! Everything that came from the network is made harmless here, by [`plain`]: what a bot says can
//! move no cursor and change no colour, wherever it stands.
//!
//! ```
//! use directline_activity::text::{Style, show};
//! use directline_activity::{Activity, Answer};
//!
//! let said = Activity::from_json(
//!     r#"{"type":"message","text":"**Lunch?**","id":"c|7","attachments":[{
//!         "contentType":"application/vnd.microsoft.card.hero","content":{"title":"Soup",
//!         "buttons":[{"type":"openUrl","title":"Menu","value":"https://soup.example"}]}}],
//!         "suggestedActions":{"actions":[{"type":"imBack","title":"Yes","value":"yes"}]}}"#,
//! )?;
//! let shown = show(&said, Style::Plain);
//! assert_eq!(shown.text, "Lunch?\nSoup\n  [1] Menu: https://soup.example\n  [2] Yes");
//! // The number of a button is its place in the list.
//! let Answer::Post(answer) = shown.buttons[1].answer(said.id.as_deref())? else { panic!() };
//! assert_eq!(answer.text.as_deref(), Some("yes"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod adaptive;
mod button;
mod cards;
mod filled;
mod markdown;
mod paper;
mod scope;

use crate::activity::Activity;

pub use self::button::Button;
use self::paper::Paper;
pub use crate::plain::{is_harmful, line, plain};

/// What the text may hold beside letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Style {
    /// Nothing.
    #[default]
    Plain,
    /// What terminals understand: bold and italics, and links that can be followed.
    Terminal,
}

/// An activity as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shown {
    /// The text, without a line break at its end; empty if there is nothing to show.
    pub text: String,
    /// What can be answered, in the order of the numbers in the text, which begin with 1: the
    /// buttons of cards, then suggested actions.
    pub buttons: Vec<Button>,
}

/// What an activity says, its attachments, its buttons with their numbers.
///
/// Its kind, its sender, the name of an event are not told; a host has words of its own for them.
/// A button that cannot be answered has no number, and tells why.
#[must_use]
pub fn show(activity: &Activity, style: Style) -> Shown {
    let mut paper = Paper::new(style);
    if let Some(text) = activity.shown_text() {
        if is_markdown(activity) { paper.markdown(text) } else { paper.words(text) }
    }
    let are_several = activity.attachments.len() > 1;
    for attachment in &activity.attachments {
        if are_several {
            paper.gap();
        }
        cards::attachment(&mut paper, attachment);
    }
    for action in activity.suggested_actions.iter().flat_map(|suggested| &suggested.actions) {
        paper.button(Button::of(action.clone()));
    }
    paper.shown()
}

/// What can be answered, in the order of the numbers that [`show`] gives them.
///
/// ```
/// use directline_activity::Activity;
/// use directline_activity::text::buttons;
/// use serde_json::json;
///
/// let said = Activity::from_value(json!({"suggestedActions": {"actions": [
///     {"type": "dance", "title": "Dance"},
///     {"type": "postBack", "title": "Stop", "value": "stop"},
/// ]}}));
/// let titles: Vec<_> = buttons(&said).iter().map(|button| button.title().to_owned()).collect();
/// assert_eq!(titles, ["Stop"]);
/// ```
#[must_use]
pub fn buttons(activity: &Activity) -> Vec<Button> {
    show(activity, Style::Plain).buttons
}

/// Markdown made readable on a terminal: without its marks, links with where they lead.
#[must_use]
pub fn markdown(text: &str, style: Style) -> String {
    let mut paper = Paper::new(style);
    paper.markdown(text);
    paper.shown().text
}

/// Bots mean Markdown unless they say otherwise; what people type is what they mean.
fn is_markdown(activity: &Activity) -> bool {
    let is_users = activity.from.as_ref().is_some_and(|from| from.role.as_deref() == Some("user"));
    match activity.text_format.as_deref() {
        Some(format) => format == "markdown",
        None => !is_users,
    }
}
