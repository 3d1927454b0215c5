//! Attachments and the Bot Framework's own cards.

use serde_json::Value;

use super::adaptive;
use super::button::Button;
use super::paper::Paper;
use crate::action::CardAction;
use crate::attachment::{Attachment, Card};
use crate::cards::{BasicCard, CardImage, MediaCard, OAuthCard, ReceiptCard, ReceiptItem};
use crate::member::Rest;

pub(super) fn attachment(paper: &mut Paper, attachment: &Attachment) {
    match attachment.card() {
        Some(Card::Hero(card) | Card::Thumbnail(card)) => basic(paper, &card),
        Some(Card::Receipt(card)) => receipt(paper, &card),
        Some(Card::Signin(card)) => {
            text(paper, card.text.as_deref());
            buttons(paper, &card.buttons);
        }
        Some(Card::OAuth(card)) => oauth(paper, &card),
        Some(Card::Animation(card)) => media(paper, &card, "animation"),
        Some(Card::Audio(card)) => media(paper, &card, "audio"),
        Some(Card::Video(card)) => media(paper, &card, "video"),
        Some(Card::Adaptive(card)) => adaptive::card(paper, &card),
        None => file(paper, attachment),
    }
}

/// A picture or a file, or something that nobody knows.
fn file(paper: &mut Paper, attachment: &Attachment) {
    let kind = attachment.content_type.as_deref().unwrap_or("unknown");
    let url = attachment.content_url.as_deref();
    match &attachment.content {
        Some(Value::String(words)) if kind.starts_with("text/") && url.is_none() => {
            paper.words(words);
        }
        _ => paper.elsewhere(&format!("attachment {kind}"), attachment.name.as_deref(), url),
    }
}

fn basic(paper: &mut Paper, card: &BasicCard) {
    paper.heading(card.title.as_deref().unwrap_or_default());
    row(paper, card.subtitle.as_deref());
    text(paper, card.text.as_deref());
    card.images.iter().for_each(|image| picture(paper, image));
    buttons(paper, &card.buttons);
    tap(paper, card.tap.as_ref());
}

fn receipt(paper: &mut Paper, card: &ReceiptCard) {
    paper.heading(card.title.as_deref().unwrap_or_default());
    for fact in &card.facts {
        let value = said(fact.value.as_ref(), &fact.rest, "value");
        paper.fact(fact.key.as_deref().unwrap_or_default(), &value);
    }
    card.items.iter().for_each(|one| item(paper, one));
    for (name, key, sum) in
        [("VAT", "vat", &card.vat), ("Tax", "tax", &card.tax), ("Total", "total", &card.total)]
    {
        let sum = said(sum.as_ref(), &card.rest, key);
        if !sum.is_empty() {
            paper.fact(name, &sum);
        }
    }
    buttons(paper, &card.buttons);
    tap(paper, card.tap.as_ref());
}

fn item(paper: &mut Paper, item: &ReceiptItem) {
    let quantity = said(item.quantity.as_ref(), &item.rest, "quantity");
    let price = said(item.price.as_ref(), &item.rest, "price");
    let quantity = if quantity.is_empty() { quantity } else { format!("{quantity} × ") };
    let title = item.title.as_deref().unwrap_or("item");
    let price = if price.is_empty() { price } else { format!(": {price}") };
    paper.row(&format!("- {quantity}{title}{price}"));
    row(paper, item.subtitle.as_deref());
    text(paper, item.text.as_deref());
    item.image.iter().for_each(|image| picture(paper, image));
    tap(paper, item.tap.as_ref());
}

fn oauth(paper: &mut Paper, card: &OAuthCard) {
    text(paper, card.text.as_deref());
    if card.buttons.is_empty() {
        let connection = card.connection_name.as_deref().unwrap_or("unknown");
        paper.row(&format!("[sign in with the connection {connection}]"));
    }
    buttons(paper, &card.buttons);
}

fn media(paper: &mut Paper, card: &MediaCard, kind: &str) {
    paper.heading(card.title.as_deref().unwrap_or_default());
    row(paper, card.subtitle.as_deref());
    text(paper, card.text.as_deref());
    card.image.iter().for_each(|image| picture(paper, image));
    for media in &card.media {
        let profile = media.profile.as_deref().or(card.duration.as_deref());
        paper.elsewhere(kind, profile, media.url.as_deref());
    }
    buttons(paper, &card.buttons);
}

fn picture(paper: &mut Paper, image: &CardImage) {
    paper.elsewhere("image", image.alt.as_deref(), image.url.as_deref());
    tap(paper, image.tap.as_ref());
}

fn buttons(paper: &mut Paper, buttons: &[CardAction]) {
    for action in buttons {
        paper.button(Button::of(action.clone()));
    }
}

/// What happens when the thing itself is pressed is one more button, if it says what it is.
fn tap(paper: &mut Paper, action: Option<&CardAction>) {
    if let Some(action) = action.filter(|action| action.title.is_some()) {
        paper.button(Button::of(action.clone()));
    }
}

fn text(paper: &mut Paper, text: Option<&str>) {
    if let Some(text) = text {
        paper.markdown(text);
    }
}

fn row(paper: &mut Paper, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        paper.row(text);
    }
}

/// A text, for which some bots write a number.
fn said(text: Option<&String>, rest: &Rest, name: &str) -> String {
    match (text, rest.get(name)) {
        (Some(text), _) => text.clone(),
        (None, Some(Value::Number(number))) => number.to_string(),
        (None, _) => String::new(),
    }
}
