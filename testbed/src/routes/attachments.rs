//! Downloading what was uploaded.

use crate::http::reply::Reply;
use crate::routes::refusal::Refusal;
use crate::service::State;

impl State {
    /// The uploaded file with this key; the key is what authorises.
    pub(crate) fn attachment(&mut self, key: &str) -> Result<Reply, Refusal> {
        let attachment = self.attachments.get(key).ok_or(Refusal::UnknownAttachment)?;
        Ok(Reply {
            status: 200,
            headers: vec![("Content-Type", attachment.content_type.clone())],
            body: attachment.content.clone(),
        })
    }
}
