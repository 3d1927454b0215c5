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
        assert!(numbering.runs <= 64 && numbering.order.len() <= 64);
        assert!(numbering.bytes.max(numbering.prefix_bytes) <= 64 * BYTES_EACH);
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
    assert_eq!(Id::of(long), Id::Other(long));
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
    assert_eq!(runs(&numbering), [(5, 9, 0)]);
    assert_eq!(numbering.order.len(), 1);
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
