//! Uploads: files for the bot, as one body or as many parts.

use std::fmt;

/// Files for the bot, with the activity that they belong to if there is one.
///
/// ```
/// use directline::{Upload, UploadFile};
///
/// let picture = UploadFile::new("cat.jpg", "image/jpeg", vec![0xff, 0xd8]);
/// let upload = Upload::new(vec![picture]).with_user("user1");
/// assert_eq!(format!("{upload:?}"), "Upload { files: [\"cat.jpg\"], bytes: 2 }");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Upload {
    user: Option<String>,
    activity: Option<String>,
    files: Vec<UploadFile>,
}

/// One file of an [`Upload`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UploadFile {
    name: String,
    media_type: String,
    bytes: Vec<u8>,
}

impl UploadFile {
    /// A file with the name that the bot will see and its media type, such as `image/jpeg`.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        media_type: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> UploadFile {
        UploadFile { name: name.into(), media_type: media_type.into(), bytes: bytes.into() }
    }

    /// The name that the bot will see.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// What is in it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Upload {
    /// At least one file, together at most 4 MiB. Files of one name are told apart by a number.
    #[must_use]
    pub fn new(files: Vec<UploadFile>) -> Upload {
        Upload { user: None, activity: None, files }
    }

    /// Who uploads; most services want to know.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>) -> Upload {
        self.user = Some(user.into());
        self
    }

    /// The activity, a JSON object, that the files are attached to; an empty one by default.
    #[must_use]
    pub fn with_activity(mut self, activity: impl Into<String>) -> Upload {
        self.activity = Some(activity.into());
        self
    }

    /// Who uploads, if that was said.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The activity that the files are attached to, if there is one.
    #[must_use]
    pub fn activity(&self) -> Option<&str> {
        self.activity.as_deref()
    }

    /// The files, in order.
    #[must_use]
    pub fn files(&self) -> &[UploadFile] {
        &self.files
    }

    /// What is wrong with it, and what is allowed.
    pub(crate) fn flaw(&self) -> Option<(String, &'static str)> {
        let bytes = self.bytes();
        if self.files.is_empty() {
            return Some(("without a file".into(), "at least one file"));
        }
        if bytes > UPLOAD_BYTES_MAX {
            return Some((format!("{bytes} bytes long"), "4194304 bytes"));
        }
        let is_media_type = |text: &str| {
            text.split_once('/').is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty())
                && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
        };
        let flawed = self.files.iter().find(|file| !is_media_type(&file.media_type))?;
        Some((format!("of the media type {:?}", flawed.media_type), "a type and a subtype"))
    }

    /// Puts it together as it goes over the wire.
    pub(crate) fn encode(self) -> EncodedUpload {
        let Upload { user, activity, mut files } = self;
        // A header holds ASCII alone; the head of a part may hold any text.
        let is_plain = files.iter().all(|file| file.name.is_ascii());
        if let (true, None, [file]) = (is_plain, &activity, files.as_mut_slice()) {
            let disposition = format!("name=\"file\"; filename=\"{}\"", quoted(&file.name));
            return EncodedUpload {
                user,
                content_type: std::mem::take(&mut file.media_type).into(),
                disposition: Some(disposition.into()),
                body: std::mem::take(&mut file.bytes).into(),
            };
        }
        number_twins(&mut files);
        let boundary = boundary(activity.as_deref(), &files);
        let mut body = Vec::new();
        let mut part = |name: &str, filename: &str, media_type: &str, bytes: &[u8]| {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; \
                 filename=\"{filename}\"\r\nContent-Type: {media_type}\r\n\r\n",
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        };
        if let Some(activity) = &activity {
            // The Emulator and InDirectLine want the part named so, and with a file name.
            part("activity", "blob", "application/vnd.microsoft.activity", activity.as_bytes());
        }
        for file in &files {
            part("file", &quoted(&file.name), &file.media_type, &file.bytes);
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary={boundary}");
        EncodedUpload {
            user,
            content_type: content_type.into(),
            disposition: None,
            body: body.into(),
        }
    }

    fn bytes(&self) -> usize {
        self.files.iter().map(|file| file.bytes.len()).sum()
    }
}

/// An upload ready to be sent.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct EncodedUpload {
    pub(crate) user: Option<String>,
    pub(crate) content_type: Box<str>,
    pub(crate) disposition: Option<Box<str>>,
    pub(crate) body: Box<[u8]>,
}

/// Gives files of one name different ones: some servers keep only the last of a name.
fn number_twins(files: &mut [UploadFile]) {
    for index in 1..files.len() {
        let (before, rest) = files.split_at_mut(index);
        let name = &mut rest[0].name;
        let taken = |name: &str| before.iter().any(|file| file.name == name);
        if !taken(name) {
            continue;
        }
        let (stem, ending) = match name.rfind('.').filter(|dot| *dot > 0) {
            Some(dot) => name.split_at(dot),
            None => (name.as_str(), ""),
        };
        let numbered = |number: usize| format!("{stem}-{number}{ending}");
        let mut number = 2;
        while taken(&numbered(number)) {
            number += 1;
        }
        *name = numbered(number);
    }
}

/// A boundary that occurs in no part.
fn boundary(activity: Option<&str>, files: &[UploadFile]) -> String {
    let occurs = |boundary: &str| {
        let within = |bytes: &[u8]| {
            bytes.windows(boundary.len()).any(|window| window == boundary.as_bytes())
        };
        activity.is_some_and(|text| within(text.as_bytes()))
            || files.iter().any(|file| within(&file.bytes) || within(file.name.as_bytes()))
    };
    let numbered = |number: u64| format!("directline-{number:016x}");
    let mut number = 0;
    while occurs(&numbered(number)) {
        number += 1;
    }
    numbered(number)
}

/// A name as browsers put it between quotes (WHATWG, multipart/form-data encoding).
fn quoted(name: &str) -> String {
    let plain = |c: char| if c.is_control() && c != '\r' && c != '\n' { ' ' } else { c };
    name.chars()
        .map(plain)
        .collect::<String>()
        .replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Shows names and sizes, not what is in the files.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        f.debug_struct("Upload").field("files", &names).field("bytes", &self.bytes()).finish()
    }
}

impl fmt::Debug for UploadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UploadFile({:?}, {} bytes)", self.name, self.bytes.len())
    }
}

impl fmt::Debug for EncodedUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncodedUpload({} bytes)", self.body.len())
    }
}

/// The limit of the service: 4 MB for all files of one upload.
const UPLOAD_BYTES_MAX: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, bytes: &[u8]) -> UploadFile {
        UploadFile::new(name, "text/plain", bytes)
    }

    #[test]
    fn a_single_file_is_the_body() {
        // Covers: TX-6
        let upload = Upload::new(vec![file("a\"b\n.txt", b"x")]).with_user("u").encode();
        assert_eq!(&*upload.content_type, "text/plain");
        let disposition = "name=\"file\"; filename=\"a%22b%0A.txt\"";
        assert_eq!(upload.disposition.as_deref(), Some(disposition));
        assert_eq!(&*upload.body, b"x");
    }

    #[test]
    fn a_name_that_no_header_holds_makes_a_single_file_a_part() {
        // Covers: TX-6
        for name in ["отчёт.pdf", "تقرير.pdf", "café.txt"] {
            let upload = Upload::new(vec![file(name, b"x")]).with_user("u").encode();
            assert!(upload.content_type.starts_with("multipart/form-data;"), "{name}");
            assert_eq!(upload.disposition, None);
            let body = String::from_utf8(upload.body.into()).expect("text");
            assert!(body.contains(&format!("filename=\"{name}\"")), "{body}");
        }
    }

    #[test]
    fn many_files_are_parts_with_names_of_their_own_behind_the_activity() {
        // Covers: TX-6
        let twins = vec![file("a.txt", b"1"), file("a-2.txt", b"2"), file("a.txt", b"3")];
        let upload = Upload::new(twins).with_activity("{\"type\":\"message\"}").encode();
        let boundary =
            upload.content_type.split_once("boundary=").expect("a boundary").1.to_owned();
        let body = String::from_utf8(upload.body.into()).expect("text");
        let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
        assert_eq!(parts.len(), 6);
        assert_eq!(
            parts[1],
            "\r\nContent-Disposition: form-data; name=\"activity\"; filename=\"blob\"\r\n\
             Content-Type: application/vnd.microsoft.activity\r\n\r\n{\"type\":\"message\"}\r\n"
        );
        for (part, name) in parts[2..5].iter().zip(["a.txt", "a-2.txt", "a-3.txt"]) {
            assert!(part.contains(&format!("name=\"file\"; filename=\"{name}\"")), "{part}");
        }
        assert_eq!(parts[5], "--\r\n");
    }

    #[test]
    fn the_boundary_occurs_in_no_part() {
        // Covers: TX-6
        let nasty = b"--directline-0000000000000000\r\n--directline-0000000000000001";
        let upload = Upload::new(vec![file("a", nasty), file("b", b"")]).encode();
        assert!(upload.content_type.ends_with("=directline-0000000000000002"));
    }

    #[test]
    fn what_cannot_be_uploaded_is_told() {
        // Covers: TX-6
        let flaw = |upload: Upload| upload.flaw().map(|(value, _)| value);
        assert_eq!(flaw(Upload::new(vec![])), Some("without a file".into()));
        let big = file("a", &vec![0; UPLOAD_BYTES_MAX + 1]);
        assert_eq!(flaw(Upload::new(vec![big])), Some("4194305 bytes long".into()));
        for media_type in ["", "image", "/x", "x/", "a/b\r\nX: y"] {
            assert!(flaw(Upload::new(vec![UploadFile::new("a", media_type, "x")])).is_some());
        }
        assert_eq!(flaw(Upload::new(vec![file("a", &vec![0; UPLOAD_BYTES_MAX])])), None);
    }

    #[test]
    fn names_without_an_ending_and_with_control_characters() {
        // Covers: TX-6
        assert_eq!(quoted("a\u{1}\r\n\"b"), "a %0D%0A%22b");
        let mut files = ["a", "a", ".b", ".b"].map(|name| file(name, b""));
        number_twins(&mut files);
        assert_eq!(files.map(|file| file.name), ["a", "a-2", ".b", ".b-2"]);
        let media = UploadFile::new("a", "text/plain; charset=utf-8", "x");
        assert_eq!(Upload::new(vec![media]).flaw(), None);
    }

    #[test]
    fn the_boundary_does_not_occur_in_the_activity_or_a_name() {
        // Covers: TX-6
        let files = [file("directline-0000000000000001", b"")];
        let activity = r#"{"text":"directline-0000000000000000"}"#;
        assert_eq!(boundary(Some(activity), &files), "directline-0000000000000002");
    }
}
