//! Prepared sessions: sixteen configurations, each at eight points of its life. Made once and copied
//! for every run, since making one takes longer than most runs do.

use std::time::Duration;

use directline::{Builder, Checkpoint, Config, Credential, History, Token, User, Way};

use super::host::Host;
use super::watch::Watch;
use crate::violation::Violation;

thread_local! {
    static PREPARED: Vec<Host> = (0..=127).map(made).collect();
}

/// A copy of the session that this byte picks: half of it says which configuration, the other half
/// at which point.
pub(super) fn prepared(choice: u8) -> Host {
    PREPARED.with(|all| all[usize::from(choice) % all.len()].clone())
}

fn made(choice: u8) -> Host {
    let what = choice % 16;
    let checkpoint = |text: &str| Checkpoint::from_json(text).expect("a checkpoint");
    // What leads to the point: bytes of steps, without a checkpoint or from one.
    let (checkpoint, steps): (_, &[u8]) = match choice / 16 {
        0 => (None, &[]),
        1 => (Some(checkpoint(BARE)), &[]),
        2 => (Some(checkpoint(FULL)), &[]),
        // Live, with a message and its watermark.
        3 => (None, &[0x10, 0, 0x10, 0, 0x70, 0, 0x90, 0]),
        // Live and stable.
        4 => (Some(checkpoint(FULL)), &[0x10, 0, 0x70, 0, 0x74, 0, 0x0d, 60]),
        // Polling, since no socket is offered.
        5 => (Some(checkpoint(BARE)), &[0x18, 0, 0x21, 0]),
        // Reading the history beside a socket.
        6 => (Some(checkpoint(BARE)), &[0x10, 0, 0x70, 0]),
        // A post under way and another behind it.
        _ => (None, &[0x10, 0, 0x10, 0, 0x70, 0, 0xc0, 0, 0xc0, 1]),
    };
    let config = configuration(what).build().expect("every choice is allowed");
    let (posts, bytes) =
        if what == SMALL { (Some(2), Some(SMALL_BYTES)) } else { (Some(256), None) };
    let watch = Watch::new(config.base(), posts, bytes);
    let prepare = || -> Result<Host, Violation> {
        let mut host = Host::new(config.into(), checkpoint, watch)?;
        steps.chunks_exact(2).try_for_each(|step| host.perform(step[0], step[1]))?;
        Ok(host)
    };
    prepare().unwrap_or_else(|violation| panic!("{choice}: {violation}"))
}

fn configuration(what: u8) -> Builder {
    let (ms, second) = (Duration::from_millis(1), Duration::from_secs(1));
    let token = || Config::builder(Credential::token("tok-0").expect("a credential"));
    let secret = || Config::builder(Credential::secret("site-secret").expect("a credential"));
    match what {
        0 => token(),
        1 => secret().with_user(User { id: "dl_7".into(), name: Some("a\"b".into()) }),
        2 => secret().with_secret_only(true),
        3 => token().with_way(Way::Polling).with_echo_keys(true),
        4 => token().with_history(History::OnlyNew),
        5 => Config::builder(Token::new("tok-0").expect("a credential").lasting(15 * second))
            .with_history(History::OnlyNew)
            .with_way(Way::Polling),
        6 => token().with_echo_keys(true).with_posts_in_checkpoint(true),
        7 => secret().with_posts_in_checkpoint(true).with_streamed_answers(true),
        SMALL => token()
            .with_seen_ids_max(16)
            .with_posts_max(2)
            .with_posts_in_checkpoint(true)
            .with_frame_bytes_max(1_024)
            .with_body_bytes_max(1_024),
        9 => token().with_attempts_max(3).with_outage_max(60 * second),
        10 => token().with_handshakes_max(1).with_collisions_max(1),
        11 => token().with_keepalive_interval(None).without_liveness_timeout(),
        12 => Config::builder(Token::new("tok-0").expect("a credential").lasting(30 * second))
            .with_refresh_interval_min(second)
            .with_request_timeout(10 * second),
        13 => token()
            .with_stable_after(Duration::ZERO)
            .with_backoff(ms, 5 * ms)
            .with_liveness_timeout(second)
            .with_stream_url_lifetime(second),
        14 => secret().with_base("http://127.0.0.1:3000/directline").with_locale("de-DE"),
        _ => token().with_echo_keys(true).with_poll_interval(second / 5),
    }
}

/// The configuration whose bounds are as low as may be.
const SMALL: u8 = 8;
/// Sixteen ids of 256 bytes in each of two numberings, as many runs, two posts, a watermark of 4,096
/// bytes; each byte written with up to six.
const SMALL_BYTES: usize = 6 * (2 * 16 * 256 + 4_096) + 2 * 16 * 600 + 4_096;
const BARE: &str = r#"{"version":1,"conversation":"c-us"}"#;
const FULL: &str = r#"{"version":1,"conversation":"c-us","watermark":"0","known":{"current":{
    "counters":[{"prefix":"c-us|","width":7,"runs":[[0,1],[900,905]]}],"ids":["a-1","a-2"]}},
    "posts":{"posts":[[1000001,"{}",null],[1000002,"{\"text\":1}","own-1"]],
    "in_flight":[1000003,"own-2"],"unsettled":[{"key":1000004,"echo_key":"own-3"}]}}"#;
