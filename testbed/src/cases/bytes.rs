//! Where two lines begin to differ, for whoever would have to search for it.

/// From which character on a line is another than it must be, with a little of both around it.
pub(super) fn difference(is: &str, must: &str) -> String {
    let same = is.chars().zip(must.chars()).take_while(|(one, other)| one == other).count();
    let start = same.saturating_sub(SHOWN / 2);
    let around = |line: &str| {
        let part: String = line.chars().skip(start).take(SHOWN).collect();
        let before = if start > 0 { "…" } else { "" };
        let behind = if line.chars().count() > start + SHOWN { "…" } else { "" };
        format!("`{before}{part}{behind}`")
    };
    format!("from character {} on, {} instead of {}", same + 1, around(is), around(must))
}

/// As many characters as an eye takes in at once.
const SHOWN: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_little_around_the_first_difference_is_shown() {
        let long = "x".repeat(300);
        assert_eq!(
            difference(&format!("{long}ä1{long}"), &format!("{long}ä2")),
            format!(
                "from character 302 on, `…{x}ä1{y}…` instead of `…{x}ä2`",
                x = "x".repeat(19),
                y = "x".repeat(19)
            )
        );
        assert_eq!(difference("ab", "abc"), "from character 3 on, `ab` instead of `abc`");
        let (shown, more) = ("x".repeat(SHOWN), "y".repeat(SHOWN + 1));
        let cut = "y".repeat(SHOWN);
        assert_eq!(
            difference(&shown, &more),
            format!("from character 1 on, `{shown}` instead of `{cut}…`")
        );
    }
}
