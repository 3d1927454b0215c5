use super::*;

fn secret(text: &str) -> Secret {
    Secret::parse(text).expect("a secret")
}

fn credentials(secret: Option<Secret>) -> Credentials {
    let any = Credential::Secret(Secret::new("site").expect("a secret"));
    Credentials { secret, ..Credentials::new(&any, false, at(0)) }
}

fn at(seconds: u64) -> Moment {
    Moment::from_millis(seconds * 1_000)
}

#[test]
fn the_token_goes_first_and_the_secret_is_what_is_left() {
    // Covers: CR-1
    let mut all = credentials(Some(secret("s")));
    assert_eq!(all.bearer(at(0)), Some((&secret("s"), BearerId::SECRET)));
    all.adopt(secret("t"), None, at(0), false);
    let (text, token) = all.bearer(at(0)).expect("a token");
    assert_eq!(*text, secret("t"));
    assert_eq!(all.refused(at(0), token, Refusal::Expired, false), Left::Another);
    assert_eq!(all.bearer(at(0)), Some((&secret("s"), BearerId::SECRET)));
    assert_eq!(all.refused(at(0), BearerId::SECRET, Refusal::MissingUser, false), Left::Nothing);
    all.supply(&Token { text: secret("u"), lifetime: None }, at(1));
    assert_eq!(all.bearer(at(0)).map(|(text, _)| text), Some(&secret("u")));
}

#[test]
fn lifetimes_count_from_the_sending_and_are_never_nothing() {
    // Covers: CR-2
    let mut all = credentials(None);
    all.adopt(secret("a"), None, at(100), false);
    assert_eq!((all.refresh.at, all.expires()), (Some(at(1_000)), Some(at(1_900))));
    all.adopt(secret("b"), None, at(500), false);
    assert_eq!(all.expires(), Some(at(1_900)), "a reconnect without a lifetime keeps the end");
    all.adopt(secret("c"), None, at(1_000), true);
    assert_eq!(all.expires(), Some(at(2_800)), "a refresh without one keeps the length");
    all.adopt(secret("d"), Some(Duration::ZERO), at(1_100), false);
    assert_eq!(all.expires(), Some(at(1_101)));
    all.adopt(secret("e"), Some(Duration::from_secs(4)), at(1_200), false);
    assert_eq!((all.refresh.at, all.expires()), (Some(at(1_202)), Some(at(1_204))));
}

#[test]
fn only_a_newer_token_replaces_the_one_in_hand() {
    // Covers: CR-1
    let mut all = credentials(None);
    all.supply(&Token { text: secret("new"), lifetime: None }, at(10));
    all.adopt(secret("old"), None, at(9), false);
    assert_eq!(all.bearer(at(0)).map(|(text, _)| text), Some(&secret("new")));
    let (_, id) = all.bearer(at(0)).expect("a token");
    all.adopt(secret("new"), None, at(11), false);
    assert_eq!(all.bearer(at(0)), Some((&secret("new"), id)), "the same token keeps its number");
}

#[test]
fn a_token_is_hidden_after_its_time_however_that_ended() {
    // Covers: CR-7
    type Ending = fn(&mut Credentials, BearerId);
    let endings: [Ending; 3] = [
        |all, id| _ = all.refused(at(1), id, Refusal::Expired, false),
        |all, _| all.expire(),
        |all, _| _ = all.adopt(secret("next"), None, at(2), false),
    ];
    for (number, ending) in endings.into_iter().enumerate() {
        let mut all = credentials(None);
        all.adopt(secret("t"), None, at(0), false);
        let (_, id) = all.bearer(at(0)).expect("a token");
        ending(&mut all, id);
        all.forget_retired(|_| false);
        assert_ne!(all.bearer(at(2)).map(|(text, _)| text), Some(&secret("t")), "{number}");
        assert!(all.secrets().contains(&secret("t")), "{number}: a peer may quote it yet");
    }
}

#[test]
fn a_late_refusal_of_an_old_token_says_nothing_of_the_new_one() {
    // Covers: CR-4
    let mut all = credentials(None);
    all.supply(&Token { text: secret("a"), lifetime: None }, at(0));
    let (_, old) = all.bearer(at(0)).expect("a token");
    all.supply(&Token { text: secret("b"), lifetime: None }, at(1));
    assert_eq!(all.refused(at(0), old, Refusal::Expired, false), Left::Another);
    assert!(all.bearer(at(0)).is_some());
}

#[test]
fn the_same_refusal_of_a_fresh_token_is_the_end() {
    // Covers: CR-5
    let mut all = credentials(None);
    let mut try_with = |text: &str, refusal| {
        all.supply(&Token { text: secret(text), lifetime: None }, at(0));
        let (_, id) = all.bearer(at(0)).expect("a token");
        all.refused(at(0), id, refusal, false)
    };
    assert_eq!(try_with("a", Refusal::Expired), Left::Nothing);
    assert_eq!(try_with("b", Refusal::Forbidden), Left::Nothing);
    assert_eq!(try_with("c", Refusal::Expired), Left::SameAgain);
}

#[test]
fn the_token_that_was_refused_is_not_taken_from_an_answer() {
    // Covers: CR-4
    let mut all = credentials(None);
    all.supply(&Token { text: secret("a"), lifetime: None }, at(0));
    let (_, id) = all.bearer(at(0)).expect("a token");
    assert_eq!(all.refused(at(0), id, Refusal::Expired, false), Left::Nothing);
    all.adopt(secret("a"), None, at(1), false);
    assert_eq!(all.bearer(at(1)), None);
    all.adopt(secret("b"), None, at(2), false);
    assert_eq!(all.bearer(at(2)).map(|(text, _)| text), Some(&secret("b")));
}

#[test]
fn two_refusals_of_the_secret_are_one() {
    // Covers: CR-4
    let mut all = credentials(Some(secret("s")));
    let refused = Refusal::Forbidden;
    assert_eq!(all.refused(at(0), BearerId::SECRET, refused, false), Left::Nothing);
    assert_eq!(all.refused(at(0), BearerId::SECRET, refused, false), Left::Another, "known");
}

#[test]
fn a_refresh_under_way_is_overtaken_by_a_token_of_a_later_request() {
    // Covers: CR-2, CR-3
    let mut all = credentials(None);
    all.supply(&Token { text: secret("a"), lifetime: Some(Duration::from_secs(100)) }, at(0));
    assert_eq!(all.begin_refresh(at(49), Duration::ZERO), None, "not before half its life");
    assert!(all.begin_refresh(at(50), Duration::ZERO).is_some(), "half its life is over");
    assert_eq!(
        (all.refresh.at, all.begin_refresh(at(51), Duration::ZERO)),
        (None, None),
        "one is under way"
    );
    assert!(all.adopt(secret("b"), None, at(60), false));
    assert_eq!((all.expires(), all.refresh.at), (Some(at(100)), None));
    all.refresh_overtaken(at(60));
    assert_eq!(all.refresh.at, Some(at(60)));
    all.refresh_overtaken(at(70));
    assert_eq!(all.refresh.at, Some(at(60)), "what is due already is due then");
}

#[test]
fn a_token_is_no_good_at_its_last_moment() {
    // Covers: CR-2
    let mut all = credentials(None);
    all.supply(&Token { text: secret("a"), lifetime: Some(Duration::from_secs(100)) }, at(0));
    assert!(
        all.bearer(at(99)).is_some() && all.clone().begin_refresh(at(99), Duration::ZERO).is_some()
    );
    assert!(all.bearer(at(100)).is_none() && all.begin_refresh(at(100), Duration::ZERO).is_none());
    assert_eq!(all.refresh.at, None, "it is too late");
    all.adopt(secret("b"), None, at(0), false);
    let bearer = all.bearer(at(1)).map(|(text, _)| text);
    assert_eq!(bearer, Some(&secret("b")), "of two of the same moment the later answer counts");
}

#[test]
fn only_what_works_now_makes_a_refusal_new() {
    // Covers: CR-5
    let refuse = |worked: fn(&mut Credentials, BearerId, BearerId)| {
        let mut all = credentials(Some(secret("s")));
        all.supply(&Token { text: secret("a"), lifetime: None }, at(0));
        let (_, old) = all.bearer(at(0)).expect("a token");
        assert_eq!(all.refused(at(0), old, Refusal::Expired, true), Left::Another);
        all.supply(&Token { text: secret("b"), lifetime: None }, at(1));
        let (_, new) = all.bearer(at(1)).expect("a token");
        worked(&mut all, old, new);
        all.refused(at(1), new, Refusal::Expired, true)
    };
    assert_eq!(refuse(|_, _, _| ()), Left::SameAgain);
    assert_eq!(refuse(|all, _, new| all.worked(new)), Left::Another);
    assert_eq!(refuse(|all, old, _| all.worked(old)), Left::SameAgain);
    assert_eq!(refuse(|all, _, _| all.worked(BearerId::SECRET)), Left::SameAgain);
    let mut all = credentials(Some(secret("s")));
    for text in ["a", "b"] {
        all.supply(&Token { text: secret(text), lifetime: None }, at(0));
        let (_, id) = all.bearer(at(0)).expect("a token");
        assert_eq!(all.refused(at(0), id, Refusal::Expired, true), Left::Another);
        all.worked(BearerId::SECRET);
    }
}

#[test]
fn the_pause_after_a_failed_refresh_outlives_its_token() {
    // Covers: RC-4, CR-3
    let mut all = credentials(None);
    all.adopt(secret("a"), Some(Duration::from_secs(900)), at(0), false);
    assert_eq!(all.retry_refresh(at(5_000)), None, "the token does not live so long");
    all.adopt(secret("b"), Some(Duration::from_secs(2_000)), at(500), false);
    assert_eq!(all.refresh.at, Some(at(5_000)), "not at half of its life");
    all.adopt(secret("c"), Some(Duration::from_secs(60_000)), at(600), false);
    assert_eq!(all.refresh.at, Some(at(30_600)), "half of its life is later");
    all.retry_refresh(at(40_000));
    all.supply(&Token { text: secret("d"), lifetime: Some(Duration::from_secs(2_000)) }, at(700));
    assert_eq!(all.refresh.at, Some(at(40_000)), "whoever brought the token");
}
