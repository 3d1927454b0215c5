//! BATCH: the activities of one frame or page, in the text that brought them.

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::checkpoint::{Checkpoint, Position};
use crate::wire::activity_set::Element;

/// New activities in the order they arrived, with the checkpoint that covers them.
///
/// A batch owns the text of the frame that brought it; an activity is a piece of that text, to the
/// byte as it came in. Copy what you want to keep for long: one kept batch keeps its whole frame.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Batch {
    text: String,
    activities: Vec<Element>,
    checkpoint: Checkpoint,
}

impl Batch {
    /// `activities` lie in `text`.
    pub(crate) fn new(text: String, activities: Vec<Element>, checkpoint: Checkpoint) -> Batch {
        Batch { text, activities, checkpoint }
    }

    /// The activities, in order of arrival; so does `&batch`.
    pub fn iter(&self) -> Activities<'_> {
        Activities { text: &self.text, rest: self.activities.iter() }
    }

    /// The activity at `index`, if there are so many.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Activity<'_>> {
        let element = self.activities.get(index)?;
        Some(Activity { json: element.span.of(&self.text) })
    }

    /// How many activities there are; never none.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a batch is never empty")]
    pub fn len(&self) -> usize {
        self.activities.len()
    }

    /// Where to resume once all of this batch is dealt with; store it together with the effects
    /// of the batch, and each of them happens exactly once.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

/// For logs: how many activities and up to where, and nothing of what they say.
impl Serialize for Batch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            activities: usize,
            #[serde(flatten)]
            position: Position<'a>,
        }
        let position = self.checkpoint.position();
        Shown { activities: self.len(), position }.serialize(serializer)
    }
}

/// The activities of a [`Batch`], in order of arrival.
#[derive(Clone, Debug)]
#[must_use = "iterators do nothing until they are asked"]
pub struct Activities<'a> {
    text: &'a str,
    rest: std::slice::Iter<'a, Element>,
}

impl<'a> Iterator for Activities<'a> {
    type Item = Activity<'a>;

    fn next(&mut self) -> Option<Activity<'a>> {
        self.rest.next().map(|element| Activity { json: element.span.of(self.text) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.size_hint()
    }
}

impl ExactSizeIterator for Activities<'_> {}

impl<'a> IntoIterator for &'a Batch {
    type Item = Activity<'a>;
    type IntoIter = Activities<'a>;

    fn into_iter(self) -> Activities<'a> {
        self.iter()
    }
}

/// One activity: raw JSON, never re-serialised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Activity<'a> {
    json: &'a str,
}

impl<'a> Activity<'a> {
    /// The JSON object, to the byte as it came in.
    #[must_use]
    pub fn json(self) -> &'a str {
        self.json
    }

    /// The same as a raw value, to be put into other JSON; reads the text once more.
    #[must_use]
    pub fn raw(self) -> &'a RawValue {
        serde_json::from_str(self.json).expect("the text was read as JSON before it was handed out")
    }

    /// The activity as a type of yours.
    ///
    /// # Errors
    ///
    /// When it does not fit that type.
    pub fn decode<T: DeserializeOwned>(self) -> serde_json::Result<T> {
        serde_json::from_str(self.json)
    }
}
