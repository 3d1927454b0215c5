//! A frame that says all it says in an unusual way, for what measures readers.

/// A set with one activity, number `number` of its conversation: escapes in names and in texts that
/// matter and in those that don't, members in another order than the service's, names that mean
/// something only elsewhere, and values of every shape under names that nobody knows.
pub fn frame(number: usize) -> String {
    FRAME
        .replace("TENS", &format!("{:06}", number / 10))
        .replace("ONES", &(number % 10).to_string())
}

/// An id's last digit is written as an escape.
const FRAME: &str = concat!(
    r#"{"vo\u0069ce":{"activities":[{"id":"no"}],"watermark":"no"},"w\u0061termark":"TENS\u003ONES","#,
    r#""\u0061ctivities":[{"text":"tr\u00e4ge \ud83d\ude00 \"träge\" 😀","ent\u0069ties":[[],{},"#,
    r#"[{"id":{"id":[true,{"type":"messageDelete"}]}},-1.5e+3]],"from":{"\u0069d":"bot","#,
    r#""n\u0061me":"B\u006ft","role":null},"\u0069d":"conv-us|TENS\u003ONES","#,
    r#""timestamp":"2026-11-20T12:00:00\u002eTENSONESZ","größe\n":[0,{"größe":""}],"ID":7,"#,
    r#""t\u0079pe":"mess\u0061ge","ch\u0061nnelData":{"\ud83d\ude00":{"}],":"{["}},"#,
    r#""conversation":{"id":"conv-us"}}]}"#,
);
