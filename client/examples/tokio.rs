//! A conversation as a stream, on tokio. The service is one of our own that breaks.
//!
//! `cargo run -p directline-client --example tokio`

use std::error::Error;
use std::time::Duration;

use directline_client::directline::{Config, Credential, End, Event, Status};
use directline_client::{Update, tokio::Conversation};
use directline_testbed::{Fault, Occasion, Options, Plan, Rule, Testbed, Trigger, When};

#[derive(serde::Deserialize)]
struct Message {
    text: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Every fifth frame breaks the connection.
    let reset = Rule::always(Occasion::Frame, Fault::Reset { when: When::Before })?;
    let plan = Plan::new(vec![reset.with_trigger(Trigger::Every(5))]);
    let testbed = Testbed::start(Options::default().with_plan(plan))?;

    let config = Config::builder(Credential::secret(testbed.secret())?)
        .with_base(testbed.base())
        .with_backoff(Duration::from_millis(10), Duration::from_millis(100))
        .with_attempts_at_once(1_000)
        .build()?;
    let mut conversation = Conversation::start(config)?;
    let handle = conversation.handle();
    for number in 0..10 {
        handle.send_text("user1", &format!("message {number}"))?;
    }

    let (mut heard, mut connected, mut checkpoint) = (Vec::new(), 0, None);
    while let Some(update) = conversation.next().await {
        match update {
            Update::Activity(received) => {
                heard.push(received.decode::<Message>()?.text);
                // Store it together with what you made of the activity.
                checkpoint = received.checkpoint().cloned().or(checkpoint);
            }
            Update::Event(Event::Status(Status::Live)) => connected += 1,
            Update::Event(_) => {}
            Update::Ended(end) => assert_eq!(end, End::Closed),
        }
        if heard.len() == 20 {
            handle.close();
        }
    }
    println!("{} messages over {connected} connections", heard.len());
    assert!(heard.contains(&"echo: message 9".to_owned()) && heard.len() == 20);
    assert!(connected > 1 && checkpoint.is_some());
    Ok(())
}
