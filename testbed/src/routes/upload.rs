//! Uploading files, alone or together with an activity.

use std::sync::Arc;

use serde_json::json;
use serde_json::value::to_raw_value;

use crate::http::reply::Reply;
use crate::routes::Exchange;
use crate::routes::activities::finish_turn;
use crate::routes::multipart::{Upload, UploadedFile, read_upload};
use crate::routes::refusal::{Denial, Refusal};
use crate::service::activity::Activity;
use crate::service::{Attachment, Shared, State};

/// Records an activity with the uploaded files as attachments; answers like a post.
pub(crate) async fn upload(
    shared: &Arc<Shared>,
    exchange: &Exchange<'_>,
    conversation: &str,
) -> Result<Reply, Denial> {
    let request = exchange.request;
    shared.with(|state| state.admit(request, conversation).map(drop))?;
    if request.body.len() > UPLOAD_BYTES_MAX {
        return Err(Refusal::TooLarge("The upload exceeds 4 MB").into());
    }
    let Upload { activity, files } = read_upload(request).await?;
    let user = request.parameter("userId").filter(|user| !user.is_empty());
    let (id, later) = shared.with(|state| {
        // Asked again, since the lock was given up in between.
        let access = state.admit(request, conversation)?;
        let authority = state.authority(request);
        let activity = state.attach(activity, files, &authority);
        state.accept(conversation, activity, &access, user.as_deref())
    })?;
    finish_turn(shared, conversation, &id, later).await
}

impl State {
    /// Adds the files to the activity, or to an empty message, and keeps them for download.
    fn attach(
        &mut self,
        activity: Option<Activity>,
        files: Vec<UploadedFile>,
        authority: &str,
    ) -> Activity {
        let mut activity = activity.unwrap_or_else(|| {
            let mut message = Activity::default();
            message.set("type", &"message");
            message
        });
        let mut attachments = activity.elements("attachments");
        for file in files {
            let key = self.names.word(KEY_LENGTH);
            let name = percent_encoding::utf8_percent_encode(
                &file.name,
                percent_encoding::NON_ALPHANUMERIC,
            );
            let url = format!("http://{authority}/v3/directline/attachments/{key}/{name}");
            let content_type = file.content_type;
            let entry =
                json!({ "contentType": content_type, "contentUrl": url, "name": file.name });
            attachments.extend(to_raw_value(&entry));
            self.attachments.insert(key, Attachment { content_type, content: file.content });
        }
        activity.set("attachments", &attachments);
        activity
    }
}

/// The real service's limit.
const UPLOAD_BYTES_MAX: usize = 4 * 1024 * 1024;
const KEY_LENGTH: usize = 22;
