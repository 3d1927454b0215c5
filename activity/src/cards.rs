//! The bodies of the Bot Framework's own cards, as far as a client shows them.

use serde_json::Value;

use crate::action::CardAction;
use crate::member::object;

object! {
    /// A hero or thumbnail card.
    BasicCard {
        /// The title.
        title: Option<String> = "title",
        /// A second title.
        subtitle: Option<String> = "subtitle",
        /// The text, as Markdown.
        text: Option<String> = "text",
        /// Its pictures.
        images: Vec<CardImage> = "images",
        /// Its buttons.
        buttons: Vec<CardAction> = "buttons",
        /// What happens when the card itself is pressed.
        tap: Option<CardAction> = "tap",
    }
}

object! {
    /// A picture on a card.
    CardImage {
        /// Where it is.
        url: Option<String> = "url",
        /// What it shows.
        alt: Option<String> = "alt",
        /// What happens when it is pressed.
        tap: Option<CardAction> = "tap",
    }
}

object! {
    /// A receipt.
    ReceiptCard {
        /// The title.
        title: Option<String> = "title",
        /// What was bought.
        items: Vec<ReceiptItem> = "items",
        /// What else there is to say, such as a number of an order.
        facts: Vec<Fact> = "facts",
        /// The sum, with its currency.
        total: Option<String> = "total",
        /// The tax, with its currency.
        tax: Option<String> = "tax",
        /// The value-added tax, with its currency.
        vat: Option<String> = "vat",
        /// Its buttons.
        buttons: Vec<CardAction> = "buttons",
        /// What happens when the card itself is pressed.
        tap: Option<CardAction> = "tap",
    }
}

object! {
    /// A line of a receipt.
    ReceiptItem {
        /// What it is.
        title: Option<String> = "title",
        /// What it is, further.
        subtitle: Option<String> = "subtitle",
        /// What it is, at length.
        text: Option<String> = "text",
        /// A picture of it.
        image: Option<CardImage> = "image",
        /// What it costs, with the currency.
        price: Option<String> = "price",
        /// How many of it.
        quantity: Option<String> = "quantity",
        /// What happens when it is pressed.
        tap: Option<CardAction> = "tap",
    }
}

object! {
    /// A fact on a receipt.
    Fact {
        /// What it is about.
        key: Option<String> = "key",
        /// What it says.
        value: Option<String> = "value",
    }
}

object! {
    /// A request to sign in by a link.
    SigninCard {
        /// The text.
        text: Option<String> = "text",
        /// Its buttons.
        buttons: Vec<CardAction> = "buttons",
    }
}

object! {
    /// A request to sign in with one of the bot's connections.
    OAuthCard {
        /// The text.
        text: Option<String> = "text",
        /// The name of the connection.
        connection_name: Option<String> = "connectionName",
        /// Its buttons.
        buttons: Vec<CardAction> = "buttons",
        /// How a client that has a token of its own could give it; no matter for display.
        token_exchange_resource: Option<Value> = "tokenExchangeResource",
        /// Where a client could post a token: a URL that is a secret, so never show it.
        token_post_resource: Option<Value> = "tokenPostResource",
    }
}

object! {
    /// An animation, audio or video card.
    MediaCard {
        /// The title.
        title: Option<String> = "title",
        /// A second title.
        subtitle: Option<String> = "subtitle",
        /// The text.
        text: Option<String> = "text",
        /// A picture in place of the media.
        image: Option<CardImage> = "image",
        /// The same media in several forms, the best first.
        media: Vec<MediaUrl> = "media",
        /// Its buttons.
        buttons: Vec<CardAction> = "buttons",
        /// Whether a user may share it.
        shareable: Option<bool> = "shareable",
        /// Whether it begins again at its end.
        autoloop: Option<bool> = "autoloop",
        /// Whether it starts by itself.
        autostart: Option<bool> = "autostart",
        /// `16:9` or `4:3`.
        aspect: Option<String> = "aspect",
        /// How long it is, as ISO 8601.
        duration: Option<String> = "duration",
        /// What a program may make of it.
        value: Option<Value> = "value",
    }
}

object! {
    /// Where media is.
    MediaUrl {
        /// Its URL.
        url: Option<String> = "url",
        /// Which of several forms it is.
        profile: Option<String> = "profile",
    }
}
