//! Downloading what was uploaded.

use crate::http::reply::Reply;
use crate::service::State;

impl State {
    /// The uploaded file with this key; the key is what authorises.
    pub(crate) fn attachment(&mut self, key: &str) -> Result<Reply, Reply> {
        let Some(attachment) = self.attachments.get(key) else {
            return Err(Reply::error(404, "BadArgument", "There is no such attachment"));
        };
        Ok(Reply {
            status: 200,
            headers: vec![("Content-Type", attachment.content_type.clone())],
            body: attachment.content.clone(),
        })
    }
}
