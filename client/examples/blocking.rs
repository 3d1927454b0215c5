//! A conversation as an iterator, without an asynchronous runtime.
//!
//! `cargo run -p directline-client --example blocking`

use std::error::Error;

use directline_client::blocking::Conversation;
use directline_client::directline::{Checkpoint, Config, Credential, End};
use directline_testbed::{Options, Testbed};

fn main() -> Result<(), Box<dyn Error>> {
    let testbed = Testbed::start(Options::default())?;
    let config =
        Config::builder(Credential::secret(testbed.secret())?).with_base(testbed.base()).build()?;

    // Activities alone, until the answer is there.
    let mut activities = Conversation::start(config.clone())?.activities();
    activities.handle().send_text("user1", "hello")?;
    let question = activities.next().ok_or("ended early")?;
    let answer = activities.next().ok_or("ended early")?;
    assert!(question.json().contains("hello") && answer.json().contains("echo: hello"));

    // What was dealt with is written down, and the conversation left.
    let stored = answer.checkpoint().ok_or("not the last of its batch")?.to_json();
    drop(activities);

    // Later, perhaps in another process: what was missed, and nothing else.
    let checkpoint = Checkpoint::from_json(&stored)?;
    testbed.say(checkpoint.conversation(), r#"{"type":"message","text":"news"}"#)?;
    let mut activities = Conversation::resume(config, checkpoint)?.activities();
    let news = activities.next().ok_or("ended early")?;
    assert!(news.json().contains("news"));

    activities.handle().close();
    assert!(activities.next().is_none());
    assert_eq!(activities.end(), Some(&End::Closed));
    println!("{}", news.json());
    Ok(())
}
