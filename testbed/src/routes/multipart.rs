//! Reading the body of an upload: one bare file, or parts.

use std::borrow::Cow;
use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use multer::{Field, Multipart};

use crate::http::Request;
use crate::routes::refusal::Refusal;
use crate::service::activity::Activity;

/// What an upload holds.
pub(crate) struct Upload {
    /// The activity that the files belong to, if one was given.
    pub(crate) activity: Option<Activity>,
    pub(crate) files: Vec<UploadedFile>,
}

/// One file of an upload.
pub(crate) struct UploadedFile {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) content: Bytes,
}

/// Reads an upload, or says why it can't be one.
pub(crate) async fn read_upload(request: &Request) -> Result<Upload, Refusal> {
    let content_type = request.header("content-type").unwrap_or(Cow::Borrowed(DEFAULT_TYPE));
    match multer::parse_boundary(&content_type) {
        Ok(boundary) => read_parts(request.body.clone(), boundary).await,
        Err(_) if content_type.starts_with("multipart/") => {
            Err(Refusal::Malformed("The multipart body has no boundary"))
        }
        Err(_) => {
            let disposition = request.header("content-disposition").unwrap_or_default();
            let file = UploadedFile {
                name: read_file_name(&disposition),
                content_type: content_type.into_owned(),
                content: request.body.clone(),
            };
            Ok(Upload { activity: None, files: vec![file] })
        }
    }
}

async fn read_parts(body: Bytes, boundary: String) -> Result<Upload, Refusal> {
    let whole = stream::iter([Ok::<_, Infallible>(body)]);
    let mut parts = Multipart::new(whole, boundary);
    let mut upload = Upload { activity: None, files: Vec::new() };
    while let Some(part) = parts.next_field().await.map_err(|_| unreadable_parts())? {
        read_part(part, &mut upload).await?;
    }
    Ok(upload)
}

async fn read_part(part: Field<'_>, upload: &mut Upload) -> Result<(), Refusal> {
    let name = part.file_name().unwrap_or(DEFAULT_NAME);
    let name = String::from(name);
    let content_type = part.content_type().map(ToString::to_string);
    let content = part.bytes().await.map_err(|_| unreadable_parts())?;
    if content_type.as_deref() == Some(ACTIVITY_TYPE) {
        let text = std::str::from_utf8(&content).ok();
        let activity = text.and_then(Activity::parse);
        upload.activity =
            Some(activity.ok_or(Refusal::Malformed("The activity part is not a JSON object"))?);
    } else {
        let content_type = content_type.unwrap_or_else(|| String::from(DEFAULT_TYPE));
        upload.files.push(UploadedFile { name, content_type, content });
    }
    Ok(())
}

/// The `filename` of a `Content-Disposition`.
fn read_file_name(disposition: &str) -> String {
    let parameters = disposition.split(';').filter_map(|part| part.trim().split_once('='));
    let name = parameters
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("filename"))
        .map(|(_, value)| value.trim().trim_matches('"'))
        .next();
    String::from(name.filter(|name| !name.is_empty()).unwrap_or(DEFAULT_NAME))
}

fn unreadable_parts() -> Refusal {
    Refusal::Malformed("The multipart body can't be read")
}

const ACTIVITY_TYPE: &str = "application/vnd.microsoft.activity";
const DEFAULT_TYPE: &str = "application/octet-stream";
const DEFAULT_NAME: &str = "file";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_file_name() {
        assert_eq!(read_file_name("name=\"file\"; filename=\"a b.jpg\""), "a b.jpg");
        assert_eq!(read_file_name("form-data; Filename=a.jpg"), "a.jpg");
        assert_eq!(read_file_name(""), "file");
    }
}
