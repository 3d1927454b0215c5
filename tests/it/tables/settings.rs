//! The bounds of every setting, on both sides of each end.

use std::time::Duration;

use directline::{Builder, ConfigError};
use directline_world::bounds::{Bounds, COUNTS, FEW, TIMES};

use crate::transcript::{millis, plain, seconds};

const DAY: Duration = seconds(86_400);
const NANO: Duration = Duration::from_nanos(1);

#[track_caller]
fn refused(builder: Builder) -> ConfigError {
    builder.build().expect_err("it is out of bounds")
}

/// Both ends are taken; what is beyond them is refused by name.
fn hold<T: Copy>(bounds: &[Bounds<T>], below: fn(T) -> Option<T>, above: fn(T) -> Option<T>) {
    for &(field, with, min, max) in bounds {
        assert!(with(plain(), min).build().is_ok(), "{field}");
        assert!(with(plain(), max).build().is_ok(), "{field}");
        for beyond in [below(min), above(max)].into_iter().flatten() {
            assert_eq!(refused(with(plain(), beyond)).field(), field);
        }
    }
}

#[test]
fn every_setting_has_two_ends() {
    hold(&TIMES, |min| min.checked_sub(NANO), |max| Some(max + NANO));
    hold(&COUNTS, |min| min.checked_sub(1), |max| Some(max + 1));
    hold(&FEW, |min| min.checked_sub(1), |max| max.checked_add(1));
}

#[test]
fn pauses_grow_from_one_end_to_the_other() {
    type With = fn(Builder, Duration, Duration) -> Builder;
    for (name, with) in [
        ("backoff", Builder::with_backoff as With),
        ("probe-backoff", Builder::with_probe_backoff as With),
    ] {
        for (initial, max) in [(millis(1), millis(1)), (millis(1), DAY), (DAY, DAY)] {
            assert!(with(plain(), initial, max).build().is_ok());
        }
        for (initial, max, field) in [
            (millis(1).saturating_sub(NANO), DAY, "initial"),
            (DAY + NANO, DAY + NANO, "initial"),
            (millis(2), millis(1), "max"),
            (millis(1), DAY + NANO, "max"),
        ] {
            let error = refused(with(plain(), initial, max));
            assert_eq!(error.field(), format!("{name}.{field}"));
        }
    }
}

#[test]
fn what_is_refused_is_named_with_its_value_and_what_is_allowed() {
    let error = refused(plain().with_poll_interval(millis(199)));
    assert_eq!(error.to_string(), "poll.interval is 199ms, allowed is 200ms to 3600s");
    let error = refused(plain().with_posts_max(0));
    assert_eq!(error.to_string(), "posts.max is 0, allowed is 1 to 65536");
    let error = refused(plain().with_base(format!("https://d.example/{}", "a".repeat(70_000))));
    assert!(error.to_string().ends_with("allowed is a URL that HTTP can carry"));
}

#[test]
fn at_least_half_the_life_of_a_stream_url_is_usable() {
    let builder = || plain().with_stream_url_lifetime(seconds(10));
    assert!(builder().with_stream_url_margin(seconds(5)).build().is_ok());
    assert_eq!(
        refused(builder().with_stream_url_margin(millis(5_001))).field(),
        "stream-url.margin"
    );
}

#[test]
fn a_driver_can_ask_for_what_it_has_to_enforce() {
    let config = plain().with_frame_bytes_max(2_000).with_body_bytes_max(3_000).build();
    let config = config.expect("within bounds");
    assert_eq!((config.frame_bytes_max(), config.body_bytes_max()), (2_000, 3_000));
    assert_eq!(config.base(), "https://d.example/v3/directline");
}
