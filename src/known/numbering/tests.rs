use super::*;

fn with(ids: &[&str]) -> Numbering {
    let mut numbering = Numbering::default();
    ids.iter().for_each(|id| numbering.insert(Id::of(id), None, 4_096));
    numbering
}

/// Those of the first prefix.
fn runs(numbering: &Numbering) -> Vec<(u64, u64, u32)> {
    numbering.counters[0].runs.iter().map(|run| (run.first, run.last, run.age)).collect()
}

#[test]
fn a_conversation_without_holes_is_one_run_in_whatever_order() {
    // Covers: DD-5
    let mut numbering = Numbering::default();
    let count = 100_000_u64;
    // A step that is prime to the count visits every number once, in blocks that close.
    for number in (0..count).map(|n| n ^ 5) {
        numbering.insert(Id::of(&format!("conv|{number:07}")), None, 4_096);
    }
    assert_eq!(runs(&numbering), [(0, count - 1, 0)]);
    let backwards = with(&["c|9", "c|8", "c|7", "c|5", "c|6"]);
    assert_eq!(runs(&backwards), [(5, 9, 0)]);
    assert!(
        backwards.contains(Id::of("c|6"))
            && !backwards.contains(Id::of("c|4"))
            && !backwards.contains(Id::of("c|06"))
    );
}

#[test]
fn at_least_4096_arbitrary_ids_are_held_and_the_oldest_go_first() {
    // Covers: DD-5
    let id = |n: usize| format!("{n:08x}-0000-4000-8000-000000000000");
    let mut numbering = Numbering::default();
    (0..5_000).for_each(|n| numbering.insert(Id::of(&id(n)), None, 4_096));
    assert!((904..5_000).all(|n| numbering.contains(Id::of(&id(n)))));
    assert!((0..904).all(|n| !numbering.contains(Id::of(&id(n)))));
}

#[test]
fn neither_holes_nor_prefixes_nor_long_ids_grow_without_bound() {
    // Covers: DD-5, RX-6
    let mut numbering = Numbering::default();
    for n in 0..1_000 {
        numbering.insert(Id::of(&format!("c|{:07}", n * 2)), None, 64);
        numbering.insert(Id::of(&format!("p{n}|1")), None, 64);
        numbering.insert(Id::of(&format!("{n}{}", "x".repeat(1_000))), None, 64);
        let counted: usize = numbering.counters.iter().map(|counter| counter.runs.len()).sum();
        assert_eq!(counted, numbering.runs);
        assert!(numbering.runs <= 64 && numbering.others().len() <= 64);
        let bytes = numbering.others.as_ref().map_or(0, |others| others.bytes());
        assert!(bytes.max(numbering.prefix_bytes) <= 64 * BYTES_EACH);
    }
    assert!(numbering.contains(Id::of(&format!("999{}", "x".repeat(1_000)))));
}

#[test]
fn what_is_forgotten_first_is_what_is_oldest() {
    // Covers: DD-5
    let all = ["a|9", "b|5", "b|1", "c|5", "b|3", "other", "a|8", "b|2"];
    let mut numbering = with(&all);
    let left = |numbering: &Numbering| {
        all.into_iter().filter(|id| numbering.contains(Id::of(id))).collect::<Vec<_>>()
    };
    // `a|8` made its run the younger, and `b|2` joined two; `other` is no number.
    for (max, rest) in [
        (4, &all[..]),
        (3, &["a|9", "b|1", "c|5", "b|3", "other", "a|8", "b|2"]),
        (2, &["a|9", "b|1", "b|3", "other", "a|8", "b|2"]),
        (1, &["b|1", "b|3", "other", "b|2"]),
        (0, &[]),
    ] {
        numbering.shrink(max);
        assert_eq!(left(&numbering), rest, "{max}");
        let json = serde_json::to_string(&numbering).expect("serialisable");
        assert_eq!(serde_json::from_str::<Numbering>(&json).expect("readable"), numbering, "{max}");
    }
    assert_eq!(numbering, Numbering::default());
}

#[test]
fn what_goes_on_is_the_youngest() {
    // Covers: DD-5
    let mut numbering = with(&["a|1", "b|1", "a|2"]);
    numbering.shrink(1);
    assert!(numbering.contains(Id::of("a|2")) && !numbering.contains(Id::of("b|1")));
}

#[test]
fn what_comes_up_to_what_was_said_later_goes_on_with_it() {
    // Covers: DD-5
    let apart = said([(5, 130), (6, 0), (7, 50)]);
    assert_eq!(runs(&apart), [(5, 5, 0), (6, 7, 1)]);
    let joined = said([(5, 130), (6, 0), (7, 50), (8, 100)]);
    assert_eq!(runs(&joined), [(5, 8, 0)]);
}

#[test]
fn of_a_number_that_comes_again_and_again_the_last_eight_times_are_remembered() {
    // Covers: DD-5
    let numbering = said((0..20).map(|time| (1, 100 * time)));
    assert_eq!((numbering.counters.len(), numbering.runs), (8, 8));
    assert!((12..20).all(|time| has(&numbering, 1, 100 * time)));
    let json = serde_json::to_string(&numbering).expect("serialisable");
    assert_eq!(serde_json::from_str::<Numbering>(&json).expect("readable"), numbering);
}

#[test]
fn ids_of_every_kind_are_held_as_long() {
    // Covers: DD-5
    let random = |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 10_u64.pow(16);
    let kinds: [fn(u64, u64) -> String; 4] = [
        |_, random| format!("{random:016x}-4000"),
        |_, random| format!("{random:016x}|0000000"),
        |_, random| format!("c|{random:016}"),
        |n, random| match n % 3 {
            0 => format!("{random:016x}"),
            1 => format!("c|{random:016}"),
            _ => format!("{random}|{n}"),
        },
    ];
    for (kind, id) in kinds.into_iter().enumerate() {
        let id = |n: u64| id(n, random(n));
        let mut numbering = Numbering::default();
        for n in 0..2_000 {
            numbering.insert(Id::of(&id(n)), None, 256);
            let newest = n.saturating_sub(255)..=n;
            let is_checked = n % 61 == 0;
            let mut held =
                newest.filter(|_| is_checked).map(|n| numbering.contains(Id::of(&id(n))));
            assert!(held.all(|is_held| is_held), "{kind}, {n}");
        }
        let held = (0..2_000).filter(|n| numbering.contains(Id::of(&id(*n)))).count();
        assert!(held <= 512, "{kind}: {held}");
    }
}

#[test]
fn more_digits_than_a_number_holds_are_an_id_like_any_other() {
    // Covers: DD-1, RX-6
    let long = "c|1234567890123456789";
    assert_eq!(Id::of(long), Id::other(long));
    assert!(with(&[long]).contains(Id::of(long)));
    assert!(!with(&[long]).contains(Id::of("c|0234567890123456789")));
}

#[test]
fn what_is_written_down_reads_back_as_the_same() {
    // Covers: DD-5
    let numbering = with(&["c|3", "c|1", "d|0000001", "guid", "", "c|x", "c|999999999999999999"]);
    let json = serde_json::to_string(&numbering).expect("serialisable");
    assert_eq!(serde_json::from_str::<Numbering>(&json).expect("readable"), numbering);
}

#[test]
fn hostile_runs_are_left_out() {
    // Covers: RX-6
    let json = r#"{"counters":[{"prefix":"c|","width":7,"runs":[[9,1],[5,6],[6,9],[0,18446744073709551615]]},
        {"prefix":"no bar","width":7,"runs":[[1,2]]},{"prefix":"c|","width":0,"runs":[[1,2]]}],"ids":["a","a"]}"#;
    let numbering: Numbering = serde_json::from_str(json).expect("readable");
    assert_eq!(numbering.counters.len(), 1);
    assert_eq!(runs(&numbering), [(5, 6, 0)]);
    assert_eq!(numbering.others().len(), 1);
}

#[test]
fn a_checkpoint_means_the_same_to_32_and_to_64_bits() {
    // Covers: TM-2
    let read = |width: u64| {
        let json = format!(r#"{{"counters":[{{"prefix":"c|","width":{width},"runs":[[1,2]]}}]}}"#);
        serde_json::from_str::<Numbering>(&json).map(|numbering| numbering.counters.len())
    };
    assert_eq!((read(18).ok(), read(19).ok()), (Some(1), Some(0)));
    assert_eq!(read(u64::from(u32::MAX)).ok(), Some(0));
    assert!(read(1 << 32).is_err(), "as where a usize ends there");
}

/// Says these numbers at these seconds.
fn said(numbers: impl IntoIterator<Item = (u64, i64)>) -> Numbering {
    let mut numbering = Numbering::default();
    for (number, second) in numbers {
        let timestamp = at(second);
        numbering.insert(Id::of(&format!("c|{number:07}")), timestamp, 4_096);
    }
    numbering
}

fn at(second: i64) -> Option<Timestamp> {
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    Timestamp::parse(&format!(
        "2026-11-{:02}T{:02}:{minute:02}:{second:02}Z",
        1 + hour / 24,
        hour % 24
    ))
}

fn has(numbering: &Numbering, number: u64, second: i64) -> bool {
    let timestamp = at(second).expect("a timestamp");
    numbering.contains_at(Id::of(&format!("c|{number:07}")), timestamp)
}

#[test]
fn a_run_is_known_a_minute_around_the_time_it_was_said_in() {
    // Covers: DD-3
    let numbering = said((10..20).zip((10..20).map(|n| n * 60)));
    for (second, is_near) in [(539, false), (540, true), (900, true), (1_200, true), (1_201, false)]
    {
        assert_eq!(has(&numbering, 15, second), is_near, "{second}");
    }
    let numbering = said([(0, 600), (1, 661), (2, 662)]);
    assert!(!has(&numbering, 0, 661) && has(&numbering, 2, 601) && !has(&numbering, 2, 600));
}

#[test]
fn of_plain_pauses_the_four_longest_are_remembered() {
    // Covers: DD-3, DD-5
    // Each is longer than the one before by a second, but for the seventh.
    let mut second = 0;
    let numbering = said((0..20).map(|n| {
        second += if n == 7 { 5_000 } else { 100 + i64::try_from(n).expect("small") };
        (n, second)
    }));
    let ends: Vec<_> = runs(&numbering).into_iter().map(|run| (run.0, run.1)).collect();
    assert_eq!(ends, [(0, 6), (7, 16), (17, 17), (18, 18), (19, 19)]);
}

#[test]
fn a_pause_that_the_history_has_come_up_to_is_remembered() {
    // Covers: DD-3
    // The stream shows 10 to 19, the history what was before; then the stream pauses often.
    let stream = (10..20).map(|n| (n, 50_000));
    let history = (0..10).map(|n| (n, 49_000));
    let pauses = (20..40).map(|n| (n, 30_000 + 2_000 * i64::try_from(n).expect("small")));
    let numbering = said(stream.chain(history).chain(pauses));
    assert!(!has(&numbering, 5, 49_900) && !has(&numbering, 10, 49_900));
}

#[test]
fn a_pause_in_which_another_numbering_spoke_is_remembered() {
    // Covers: DD-3
    let first = [(0, 1_000), (1, 1_000), (2, 2_000)];
    // A number that came again says that between the two another numbering began.
    let again = [(0, 1_900)];
    let pauses = (3..20).map(|n| (n, 20_000 * i64::try_from(n).expect("small")));
    let numbering = said(first.into_iter().chain(again).chain(pauses));
    assert!(!has(&numbering, 1, 1_901) && has(&numbering, 1, 1_000) && has(&numbering, 0, 1_900));
}

#[test]
fn clocks_that_never_agree_cost_no_more_than_sixteen_pauses() {
    // Covers: DD-5, RX-6
    let skewed =
        |n: u64| (n, 10 * i64::try_from(n).expect("small") + if n % 2 == 0 { 0 } else { 600 });
    let numbering = said((0..2_000).map(skewed));
    assert!(numbering.runs <= 17, "{}", numbering.runs);
    assert!((0..2_000).map(skewed).all(|(n, second)| has(&numbering, n, second)));
}

#[test]
fn what_says_nothing_of_its_time_was_said_when_its_neighbours_were() {
    // Covers: DD-3, DD-5
    let mut numbering = said([(0, 600)]);
    let mut say = |n: u64, at| numbering.insert(Id::of(&format!("c|{n:07}")), at, 4_096);
    (1..1_000).for_each(|n| say(n, if n % 2 == 0 { at(600) } else { None }));
    assert_eq!(runs(&numbering), [(0, 999, 0)]);
    assert!(has(&numbering, 501, 600) && !has(&numbering, 501, 900));
    // Before one that says it there may be others that do not.
    let mut numbering = with(&["c|0000000", "c|0000001"]);
    numbering.insert(Id::of("c|0000002"), at(600), 4_096);
    assert!(has(&numbering, 1, 9_000) && !has(&numbering, 2, 9_000));
}

#[test]
fn plain_numbers_are_ranges_too() {
    // Covers: DD-5
    let ids: Vec<_> = (0..1_000).map(|n| n.to_string()).collect();
    let numbering = with(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((numbering.runs, numbering.others().len()), (3, 0), "by their digits");
    assert!(!numbering.contains(Id::of("007")) && numbering.contains(Id::of("7")));
    let json = serde_json::to_string(&numbering).expect("serialisable");
    assert_eq!(serde_json::from_str::<Numbering>(&json).expect("readable"), numbering);
}

#[test]
fn runs_that_overlap_are_read_once() {
    // Covers: RX-6, DD-1
    let written = r#"{"counters":[{"prefix":"c|","width":1,"runs":[[0,5,0],[3,4,1],[7,9,2]]}]}"#;
    let numbering: Numbering = serde_json::from_str(written).expect("it can be read");
    assert_eq!(numbering.runs, 2);
}

#[test]
fn a_number_that_was_said_before_the_one_before_it_widens_the_time_of_both() {
    // Covers: DD-3
    let numbering = said([(1, 100), (2, 95)]);
    assert_eq!(numbering.runs, 1);
    assert!(
        [1, 2].iter().all(|number| has(&numbering, *number, 35) && has(&numbering, *number, 160))
    );
    assert!(!has(&numbering, 2, 34) && !has(&numbering, 1, 161));
}

#[test]
fn what_is_read_backwards_goes_on_with_what_was_said_when_it_was() {
    // Covers: DD-3, DD-5
    // Two numberings whose latest were shown by streams; then the history of the second is read.
    let streams = (10..20).map(|n| (n, 1_000)).chain((10..20).map(|n| (n, 50_000)));
    let numbering = said(streams.chain((0..10).rev().map(|n| (n, 49_990))));
    assert_eq!(numbering.runs, 2, "not one more in the first");
    assert!(has(&numbering, 5, 50_060) && !has(&numbering, 5, 1_000));
}

#[test]
fn what_says_nothing_of_its_time_has_that_of_what_is_next_to_it_alone() {
    // Covers: DD-3
    let mut numbering = said([(0, 600), (1, 600), (10, 600)]);
    // Behind the one, before the other, and next to none.
    for number in [2, 9, 5] {
        numbering.insert(Id::of(&format!("c|{number:07}")), None, 4_096);
    }
    assert!([2, 9, 5].iter().all(|number| has(&numbering, *number, 600)));
    assert_eq!([2, 9, 5].map(|number| has(&numbering, number, 9_000)), [false, false, true]);
}

/// A stream of ten, what was said before them, and so many plain pauses of 2,000 seconds and more.
fn met(pauses: u64) -> Numbering {
    let stream = (1..11).map(|n| (n, 50_000));
    let later = (11..11 + pauses).map(|n| (n, 30_000 + 2_100 * i64::try_from(n).expect("small")));
    said(stream.chain([(0, 49_000)]).chain(later))
}

#[test]
fn a_pause_that_the_history_met_by_one_activity_is_remembered() {
    // Covers: DD-3
    let numbering = met(20);
    assert!(has(&numbering, 0, 49_000) && !has(&numbering, 0, 50_000));
    assert!(has(&numbering, 1, 50_000) && !has(&numbering, 1, 49_000));
}

#[test]
fn four_plain_pauses_are_remembered_beside_another() {
    // Covers: DD-3, DD-5
    let firsts =
        |numbering: Numbering| runs(&numbering).into_iter().map(|run| run.0).collect::<Vec<_>>();
    assert_eq!(firsts(met(4)), [0, 1, 11, 12, 13, 14]);
    assert_eq!(firsts(met(5)).len(), 6, "of a fifth one goes");
}

#[test]
fn of_pauses_that_are_not_plain_the_sixteen_longest_are_remembered() {
    // Covers: DD-3, DD-5
    // Read backwards: what is next was always there before. The seventh pause is the shortest.
    let second = |n: u64| 1_000 * i64::try_from(n).expect("small") - if n == 7 { 500 } else { 0 };
    let backwards = |count: u64| said((0..count).rev().map(|n| (n, second(n))));
    assert_eq!(backwards(17).runs, 17);
    let numbering = backwards(18);
    assert_eq!(numbering.runs, 17);
    let is_joined = |n: &u64| has(&numbering, *n, second(n + 1));
    assert_eq!((0..17).filter(is_joined).collect::<Vec<_>>(), [6]);
}
