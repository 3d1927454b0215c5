//! What a user can do with a card or below a message.

use serde_json::Value;

use crate::member::{object, words};

object! {
    /// A button. What it does when it is pressed is told by [`CardAction::answer`].
    CardAction {
        /// What it does.
        kind: Option<ActionKind> = "type",
        /// What stands on it.
        title: Option<String> = "title",
        /// A picture on it, by its URL.
        image: Option<String> = "image",
        /// What the picture shows.
        image_alt_text: Option<String> = "imageAltText",
        /// What the bot is told, of some kinds.
        text: Option<String> = "text",
        /// What the user is shown to have said, of some kinds.
        display_text: Option<String> = "displayText",
        /// A text, a link or anything else, by kind.
        value: Option<Value> = "value",
        /// What a channel adds.
        channel_data: Option<Value> = "channelData",
    }
}

object! {
    /// Buttons below a message, which are gone once one of them is pressed.
    SuggestedActions {
        /// The ids of those they are for; everybody if there are none.
        to: Vec<String> = "to",
        /// The buttons.
        actions: Vec<CardAction> = "actions",
    }
}

words! {
    /// What a button does.
    ActionKind {
        /// Opens a link.
        OpenUrl = "openUrl",
        /// Says something that everybody sees.
        ImBack = "imBack",
        /// Tells the bot something that nobody sees.
        PostBack = "postBack",
        /// Tells the bot one thing and shows another.
        MessageBack = "messageBack",
        /// Calls the bot.
        Invoke = "invoke",
        /// Opens a link to sign in.
        SignIn = "signin",
        /// Calls a telephone number.
        Call = "call",
        /// Downloads a file.
        DownloadFile = "downloadFile",
        /// Shows a picture.
        ShowImage = "showImage",
        /// Plays a sound.
        PlayAudio = "playAudio",
        /// Plays a video.
        PlayVideo = "playVideo",
        /// Asks for money.
        Payment = "payment",
    }
}
