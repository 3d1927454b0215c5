//! GRAPH: the reviewed table of the state graph, to compare with the edges that were gone along.

/// The rows of the table that lead somewhere, by their numbers.
pub(crate) fn drawn() -> Vec<(usize, &'static str)> {
    let is_row = |line: &&str| !line.starts_with('#') && !line.is_empty();
    let rows = TABLE.lines().take_while(|line| !line.is_empty()).filter(is_row);
    rows.enumerate().filter(|(_, row)| !row.ends_with("-> Stay")).collect()
}

/// The drawn edges that are not in `seen`.
pub(crate) fn missing(seen: u128) -> Vec<&'static str> {
    let is_seen = |number: usize| seen >> number & 1 == 1;
    drawn().into_iter().filter(|(number, _)| !is_seen(*number)).map(|(_, row)| row).collect()
}

/// How many edges were gone along that nobody has drawn.
pub(crate) fn undrawn(seen: u128) -> u32 {
    let drawn: u128 = drawn().iter().map(|(number, _)| 1 << number).sum();
    (seen & !drawn).count_ones()
}

const TABLE: &str = include_str!("../../../tests/it/golden/phases.txt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_as_the_machine_numbers_it() {
        let drawn = drawn();
        // Ten nodes with twelve events each, the event of a row being its number modulo twelve.
        for (number, row) in &drawn {
            let mut words = row.split_whitespace();
            let (node, event) = (words.next().expect("a node"), words.next().expect("an event"));
            assert_eq!(EVENTS[number % 12], event, "{row}");
            assert_eq!(NODES[number / 12], node, "{row}");
        }
        assert!(missing(u128::MAX).is_empty());
        assert_eq!(missing(0).len(), drawn.len());
        assert_eq!(undrawn(1 << drawn[0].0), 0);
        assert!(undrawn(u128::MAX) > 0);
    }

    const NODES: [&str; 10] = [
        "Generating",
        "Starting",
        "Reconnecting",
        "Opening",
        "Live",
        "Waiting",
        "Polling",
        "NeedsToken",
        "Offline",
        "Ended",
    ];
    const EVENTS: [&str; 12] = [
        "Elapsed",
        "Again",
        "Granted",
        "Joined",
        "Failed",
        "Exhausted",
        "Opened",
        "Woke",
        "Down",
        "Up",
        "Supplied",
        "Finished",
    ];
}
