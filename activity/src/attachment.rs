//! What comes along with a message: a card, a picture, a file.

use serde_json::Value;

use crate::adaptive::AdaptiveCard;
use crate::cards::{BasicCard, MediaCard, OAuthCard, ReceiptCard, SigninCard};
use crate::member::object;

object! {
    /// A card, a picture or a file.
    Attachment {
        /// The media type, which for a card says which one; see [`Attachment::card`].
        content_type: Option<String> = "contentType",
        /// Where the content is.
        content_url: Option<String> = "contentUrl",
        /// The content itself.
        content: Option<Value> = "content",
        /// The name of a file.
        name: Option<String> = "name",
        /// A small picture of it, by its URL.
        thumbnail_url: Option<String> = "thumbnailUrl",
    }
}

/// A card, by its content type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Card {
    /// A large picture, text, buttons.
    Hero(BasicCard),
    /// A small picture, text, buttons.
    Thumbnail(BasicCard),
    /// What was bought.
    Receipt(ReceiptCard),
    /// A link to sign in.
    Signin(SigninCard),
    /// A request to sign in with one of the bot's connections.
    OAuth(OAuthCard),
    /// Moving pictures without sound.
    Animation(MediaCard),
    /// Sound.
    Audio(MediaCard),
    /// Moving pictures with sound.
    Video(MediaCard),
    /// A card of any layout.
    Adaptive(AdaptiveCard),
}

impl Attachment {
    /// The card that this is, if its content type is a known one.
    ///
    /// ```
    /// use directline_activity::{Attachment, Card};
    ///
    /// let attachment: Attachment = serde_json::from_str(
    ///     r#"{"contentType":"application/vnd.microsoft.card.hero","content":{"title":"Lunch?"}}"#,
    /// )?;
    /// let Some(Card::Hero(card)) = attachment.card() else { panic!("it is a hero card") };
    /// assert_eq!(card.title.as_deref(), Some("Lunch?"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn card(&self) -> Option<Card> {
        // Media types do not depend on case.
        let kind = self.content_type.as_deref()?.trim().to_ascii_lowercase();
        let content = || self.content.clone().unwrap_or_default();
        Some(match kind.strip_prefix("application/vnd.microsoft.card.")? {
            "hero" => Card::Hero(BasicCard::from_value(content())),
            "thumbnail" => Card::Thumbnail(BasicCard::from_value(content())),
            "receipt" => Card::Receipt(ReceiptCard::from_value(content())),
            "signin" => Card::Signin(SigninCard::from_value(content())),
            "oauth" => Card::OAuth(OAuthCard::from_value(content())),
            "animation" => Card::Animation(MediaCard::from_value(content())),
            "audio" => Card::Audio(MediaCard::from_value(content())),
            "video" => Card::Video(MediaCard::from_value(content())),
            "adaptive" => Card::Adaptive(AdaptiveCard::from_value(content())),
            _ => return None,
        })
    }
}
