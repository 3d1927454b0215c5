use std::collections::BTreeMap;

use super::{HostName, Name, hash, winner};

fn hosts(count: usize) -> Vec<HostName> {
    (0..count).map(|at| HostName::new(format!("relay-{at}")).expect("a name")).collect()
}

fn names(count: usize) -> Vec<Name> {
    (0..count).map(|at| Name::new(format!("c{at}")).expect("a name")).collect()
}

#[test]
fn the_lots_are_the_same_in_every_version() {
    // Covers: RL-1
    assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c, "FNV-1a, as published");
    let drawn: Vec<_> = names(8)
        .iter()
        .map(|name| {
            winner(&hosts(3), name).expect("one of three").as_str()["relay-".len()..].to_owned()
        })
        .collect();
    assert_eq!(drawn.concat(), "20100222");
}

#[test]
fn hosts_have_a_fair_share_and_only_what_must_moves() {
    // Covers: RL-1
    let (five, names) = (hosts(5), names(10_000));
    let mut shares = BTreeMap::new();
    for name in &names {
        let before = winner(&five, name).expect("one of five");
        *shares.entry(before).or_insert(0_u32) += 1;
        let without = winner(&five[..4], name).expect("one of four");
        assert!(without == before || *before == five[4], "{name} moved from a host that stayed");
    }
    let off: Vec<_> = shares.values().filter(|share| !(1_900..=2_100).contains(*share)).collect();
    assert_eq!((shares.len(), off), (5, vec![]), "{shares:?}");
}
