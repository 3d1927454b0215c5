//! A conversation of which the host knows nothing but the id: everything, or only what is new.

use directline::{Checkpoint, History, Purpose, Way};

use crate::transcript::{Host, config, plain, set};

#[test]
fn a_host_that_resumes_without_a_watermark_says_what_it_wants() {
    // Covers: WM-8
    let start = Checkpoint::new("c").expect("an id");
    let mut host = Host::resume(config(plain()), start.clone());
    host.goes_live();
    assert!(host.awaits(Purpose::Activities), "by default everything");
    let only_new = config(plain().with_history(History::OnlyNew));
    let mut host = Host::resume(only_new.clone(), start.clone());
    host.goes_live();
    assert!(!host.awaits_any());
    host.says("b", "2");
    assert_eq!(host.delivered(), "b");
    let marked = start.with_watermark("1").expect("a watermark");
    let mut host = Host::resume(only_new, marked);
    host.goes_live();
    assert_eq!(host.sent(), ["GET conversations/c?watermark=1 as t"], "a watermark goes first");
}

#[test]
fn only_what_is_new_can_be_polled_too() {
    // Covers: WM-8, PO-1
    let builder = plain().with_history(History::OnlyNew).with_way(Way::Polling);
    let mut host = Host::resume(config(builder), Checkpoint::new("c").expect("an id"));
    host.answers(200, &set("a b", "2")).answers(200, &set("", "2"));
    assert_eq!(host.delivered(), "", "the pages show where new activities begin");
    host.times_out().answers(200, &set("b c", "3"));
    assert_eq!(host.delivered(), "c");
}

#[test]
fn a_checkpoint_before_the_last_page_is_no_position() {
    // Covers: WM-8, TM-7
    let settings = || config(plain().with_history(History::OnlyNew).with_way(Way::Polling));
    let mut host = Host::resume(settings(), Checkpoint::new("c").expect("an id"));
    host.answers(200, &set("a", "1"));
    let before = host.checkpoint();
    assert_eq!(before.watermark(), None, "the page after it is as old");
    // Who resumes from there takes the bearings anew, and nothing old is handed out.
    let mut host = Host::resume(settings(), before);
    assert_eq!(host.sent(), ["GET conversations/c/activities as t"]);
    host.answers(200, &set("a b", "2")).answers(200, &set("", "2"));
    assert_eq!((host.delivered(), host.checkpoint().watermark()), (String::new(), Some("2")));
}

#[test]
fn posts_wait_until_it_is_clear_what_is_new() {
    // Covers: WM-8, TX-1
    let settings = [false, true].map(|keeps| plain().with_posts_in_checkpoint(keeps));
    let ways = [Way::Polling, Way::Stream].into_iter();
    for (way, settings) in ways.flat_map(|way| settings.clone().map(|settings| (way, settings))) {
        let builder = settings.with_history(History::OnlyNew).with_way(way);
        let mut host = Host::resume(config(builder), Checkpoint::new("c").expect("an id"));
        if way == Way::Stream {
            // No socket is to be had.
            host.answers(200, r#"{"conversationId":"c"}"#);
        }
        host.posts(1).answers_to(Purpose::Activities, 200, &set("a b", "2"));
        assert!(!host.awaits(Purpose::Post), "its answer would lie in a page that is left out");
        host.answers_to(Purpose::Activities, 200, &set("", "2"));
        assert!(host.awaits(Purpose::Post));
        host.answers_to(Purpose::Post, 200, r#"{"id":"c"}"#);
        while !host.awaits(Purpose::Activities) {
            host.times_out();
        }
        host.answers_to(Purpose::Activities, 200, &set("c d", "4"));
        assert_eq!(host.delivered(), "c d");
    }
}

#[test]
fn a_checkpoint_of_a_session_has_a_place_without_a_watermark_too() {
    // Covers: WM-8, WM-7, TM-7
    let settings = || config(plain().with_history(History::OnlyNew));
    let mut host = Host::resume(settings(), Checkpoint::new("c").expect("an id"));
    host.goes_live();
    let before = host.checkpoint();
    host.frame(&set("e", ""));
    for (checkpoint, missed) in [(before, "e f"), (host.checkpoint(), "f")] {
        let again = Checkpoint::from_json(&checkpoint.to_json()).expect("its own text");
        assert_eq!(again, checkpoint);
        let mut resumed = Host::resume(settings(), again);
        resumed.goes_live().answers_to(Purpose::Activities, 200, &set("e f", "7"));
        assert_eq!(resumed.delivered(), missed);
    }
    // But one that has not found its bearings has none to hand on.
    let mut host = Host::resume(settings(), Checkpoint::new("c").expect("an id"));
    let mut resumed = Host::resume(settings(), host.checkpoint());
    resumed.goes_live();
    assert!(!resumed.awaits(Purpose::Activities));
    // Nor does a host that wanted everything leave anything out.
    let mut host = Host::resume(config(plain()), host.goes_live().checkpoint());
    host.goes_live();
    assert!(host.awaits(Purpose::Activities));
}

#[test]
fn what_is_said_between_two_sockets_is_new_too() {
    // Covers: WM-7, WM-8
    let builder = plain().with_history(History::OnlyNew);
    let mut host = Host::resume(config(builder), Checkpoint::new("c").expect("an id"));
    host.goes_live().breaks().times_out().goes_live();
    assert!(host.awaits(Purpose::Activities), "a repeat is better than a loss");
}

#[test]
fn a_new_conversation_has_nothing_old_to_leave_out() {
    // Covers: WM-7, WM-8
    let mut host = Host::new(config(plain().with_history(History::OnlyNew)));
    host.goes_live().breaks().times_out().goes_live();
    assert!(host.awaits(Purpose::Activities), "what was said meanwhile is new");
}
