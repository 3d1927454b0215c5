//! `/upload`: a file of this machine, read to be sent.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use directline_client::directline::UploadFile;

/// The file; or in one sentence, why it cannot be sent.
pub(crate) fn read(path: &Path) -> Result<UploadFile, String> {
    let bad = |why: &str| format!("nothing was uploaded: {path:?} {why}");
    let unreadable = |error: std::io::Error| bad(&format!("cannot be read: {error}"));
    // Whatever is no file may have no end.
    let found = fs::metadata(path).map_err(unreadable)?;
    if !found.is_file() {
        return Err(bad("is no file"));
    }
    let huge = |size: u64| {
        bad(&format!(
            "has {size} bytes, allowed are {BYTES_MAX}, which is all that the service takes"
        ))
    };
    if found.len() > BYTES_MAX {
        return Err(huge(found.len()));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    // It may have grown meanwhile.
    let size = file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)? as u64;
    if size > BYTES_MAX {
        return Err(huge(size));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.ok_or_else(|| bad("has no name"))?;
    let ending = Path::new(&name).extension().and_then(|ending| ending.to_str());
    Ok(UploadFile::new(name.clone(), kind(ending.unwrap_or_default()), bytes))
}

/// What people send most; for everything else nobody has to guess.
fn kind(ending: &str) -> &'static str {
    match &*ending.to_ascii_lowercase() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        "json" => "application/json",
        "zip" => "application/zip",
        "txt" | "log" => "text/plain",
        "md" => "text/markdown",
        "csv" => "text/csv",
        "htm" | "html" => "text/html",
        "xml" => "application/xml",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        _ => "application/octet-stream",
    }
}

/// As much as the service takes.
const BYTES_MAX: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_sent_is_told_before_it_is_read() {
        let folder = std::env::temp_dir().join(format!("directline-upload-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let (good, huge) = (folder.join("ä b.PNG"), folder.join("huge"));
        fs::write(&good, "x").expect("written");
        File::create(&huge).and_then(|file| file.set_len(1 << 40)).expect("as large as it says");
        let told = |path: &Path| read(path).expect_err("nothing to send");
        assert!(told(&huge).ends_with(
            "huge\" has 1099511627776 bytes, allowed are 4194304, which is all that the service takes"
        ));
        assert!(told(&folder).ends_with("is no file"));
        assert!(told(&folder.join("none")).contains("none\" cannot be read: "));
        let file = UploadFile::new("ä b.PNG", "image/png", "x");
        assert_eq!(read(&good).expect("a file"), file);
        let largest = folder.join("largest");
        File::create(&largest).and_then(|file| file.set_len(BYTES_MAX)).expect("as large");
        let all = read(&largest).expect("all that the service takes");
        assert_eq!(all.bytes().len() as u64, BYTES_MAX);
        fs::remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn what_people_send_most_has_its_kind() {
        for (endings, expected) in [
            ("png PNG", "image/png"),
            ("jpg jpeg", "image/jpeg"),
            ("gif", "image/gif"),
            ("webp", "image/webp"),
            ("svg", "image/svg+xml"),
            ("pdf", "application/pdf"),
            ("json", "application/json"),
            ("zip", "application/zip"),
            ("txt log", "text/plain"),
            ("md", "text/markdown"),
            ("csv", "text/csv"),
            ("htm html", "text/html"),
            ("xml", "application/xml"),
            ("mp3", "audio/mpeg"),
            ("wav", "audio/wav"),
            ("mp4", "video/mp4"),
            ("exe", "application/octet-stream"),
        ] {
            for ending in endings.split(' ') {
                assert_eq!(kind(ending), expected, "{ending}");
            }
        }
        for (ending, word) in
            [("docx", "wordprocessing"), ("xlsx", "spreadsheet"), ("pptx", "presentation")]
        {
            let office = "application/vnd.openxmlformats-officedocument.";
            assert!(kind(ending).starts_with(&format!("{office}{word}")), "{ending}");
        }
    }
}
