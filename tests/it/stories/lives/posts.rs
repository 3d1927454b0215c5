//! What was said and has no outcome yet: every story of four things that may happen to two posts
//! of whose keys the host knows and one that the session gave a key.

use directline::{Checkpoint, Config, Input, PostKey, Purpose};

use super::{Mood, comes_back, goes_on, heard};
use crate::transcript::{Host, config, lasting};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// The first two posts have keys of the host's own.
    Say(u64),
    Answer(u16),
    Echo(u64),
    /// The bot speaks: a batch, and with it a checkpoint.
    Hear,
}

const ACTS: [Act; 10] = [
    Act::Say(1),
    Act::Say(2),
    Act::Say(3),
    Act::Answer(200),
    Act::Answer(502),
    Act::Answer(429),
    Act::Echo(1),
    Act::Echo(2),
    Act::Echo(3),
    Act::Hear,
];

fn settings() -> Config {
    let settings = lasting().without_liveness_timeout().with_echo_keys(true);
    config(settings.with_posts_in_checkpoint(true))
}

/// A conversation in which some of it has happened.
#[derive(Clone)]
struct Story {
    host: Host,
    word: Vec<Act>,
    said: Vec<u64>,
}

impl Story {
    fn new() -> Story {
        let host = Host::live(settings());
        Story { host, word: Vec::new(), said: Vec::new() }
    }

    /// Does it, if it can be done now; a post is said once, and the first before the second.
    fn act(&mut self, act: Act) -> bool {
        self.word.push(act);
        let (host, count) = (&mut self.host, self.word.len());
        match act {
            Act::Say(post) if self.said.contains(&post) => return false,
            Act::Say(2) if !self.said.contains(&1) => return false,
            Act::Say(post) => {
                let own = format!(r#","channelData":{{"clientActivityID":"k{post}"}}"#);
                let own = if post < 3 { own } else { String::new() };
                let activity = format!(r#"{{"text":"{post}"{own}}}"#);
                host.handle(Input::Post { key: PostKey(post), activity });
                self.said.push(post);
            }
            Act::Answer(_) if !host.awaits(Purpose::Post) => return false,
            Act::Answer(status) => {
                host.answers_to(Purpose::Post, status, r#"{"id":"answered"}"#);
            }
            Act::Echo(post) if !self.said.contains(&post) => return false,
            Act::Echo(post) => {
                let echo = echo(&self.key(post), count);
                self.host.frame(&echo);
            }
            Act::Hear => _ = host.says(&format!("h{count}"), &count.to_string()),
        }
        true
    }

    /// The key by which the echo of a post is known.
    fn key(&self, post: u64) -> String {
        // It was sent, or it waits to be.
        let bodies = self.host.all_requests().map(|sent| String::from_utf8_lossy(sent.body()));
        let waiting = self.host.checkpoint().to_json().replace('\\', "");
        let all = bodies.collect::<Vec<_>>().join("\n") + &waiting;
        let head = format!(r#"{},"channelData":{{"clientActivityID":""#, text(post));
        let key = all.split_once(&head).and_then(|(_, rest)| rest.split_once('"'));
        key.expect("each post has one").0.to_owned()
    }

    /// As in the stories of ids: the one who goes on, and those who are resumed.
    fn lives(&self) -> Vec<Host> {
        let mut lives = vec![goes_on(&self.host), self.host.resumed()];
        if let Some(Act::Echo(_) | Act::Hear) = self.word.last() {
            let batch = self.host.batches.last().expect("it was handed out");
            let written = batch.checkpoint().to_json();
            let read = Checkpoint::from_json(&written).expect("what was written");
            lives.push(Host::resume(settings(), read));
        }
        lives
    }

    /// Whoever is resumed from what the host was told to store before a post went out sends none
    /// that went out; but for those that were surely not taken, which are told apart elsewhere.
    fn crashes(&self) {
        let is_sure = self.word.contains(&Act::Answer(429));
        let Some(stored) = self.host.stored.last().filter(|_| !is_sure) else { return };
        let mut life = Host::resume(settings(), stored.clone());
        comes_back(&mut life, Mood::Takes);
        let (before, after) = (posted(&self.host), posted(&life));
        assert!(after.iter().all(|post| !before.contains(post)), "{:?}: {after:?}", self.word);
    }

    /// Compares all that may become of it, and of every story that goes on with up to so many more
    /// acts; gives how many stories that were.
    fn compare(&self, more: usize) -> usize {
        let keys: Vec<_> = self.said.iter().map(|post| self.key(*post)).collect();
        let moods = [Mood::Takes, Mood::Fails].into_iter();
        for mood in moods.filter(|_| !keys.is_empty()) {
            let lives = self.lives().into_iter();
            let told: Vec<_> = lives.map(|life| lived(life, mood, &keys)).collect();
            for other in &told[1..] {
                assert_eq!(*other, told[0], "{:?}, {mood:?}", self.word);
            }
        }
        self.crashes();
        let mut count = 1;
        for act in ACTS.iter().filter(|_| more > 0) {
            let mut next = self.clone();
            if next.act(*act) {
                count += next.compare(more - 1);
            }
        }
        count
    }
}

/// The posts that went out.
fn posted(host: &Host) -> Vec<&[u8]> {
    let posts = host.all_requests().filter(|sent| sent.purpose() == Purpose::Post);
    posts.map(directline::Request::body).collect()
}

fn text(post: u64) -> String {
    format!(r#""text":"{post}""#)
}

fn echo(key: &str, count: usize) -> String {
    let echo = format!(r#"{{"id":"e{count}","channelData":{{"clientActivityID":"{key}"}}}}"#);
    format!(r#"{{"activities":[{echo}],"watermark":"{count}"}}"#)
}

/// What becomes of the posts in a life: it comes back, hears every echo once more, and is closed.
fn lived(mut life: Host, mood: Mood, keys: &[String]) -> Vec<String> {
    comes_back(&mut life, mood);
    for (number, key) in keys.iter().enumerate() {
        life.frame(&echo(key, 100 + number));
    }
    comes_back(&mut life, Mood::Fails);
    for (number, key) in keys.iter().rev().enumerate() {
        life.frame(&echo(key, 200 + number));
    }
    life.handle(Input::Close);
    // Whoever is resumed reads what was missed before it sends what it was given.
    let is_page = |line: &&str| line.starts_with("GET conversations/c/activities");
    heard(&life).into_iter().filter(|line| !is_page(line)).map(str::to_owned).collect()
}

#[test]
fn every_post_passes_through_every_checkpoint() {
    // Covers: TM-7, TX-1, TX-2, TX-4, TX-5
    let count = Story::new().compare(4);
    assert!(count > 500, "{count} stories");
}
