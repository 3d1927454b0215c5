//! Relays, a NATS and a service that all break, for minutes: what is lost, what comes twice, what is out
//! of order, and how long it takes until a conversation is in other hands. Linux only, for the signals and
//! the networks; `relay/chaos` gets what it needs and runs it.

mod application;
mod cluster;
mod judge;
mod network;
mod relays;
mod trouble;

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;
use directline_relay::core::Name;
use directline_relay::nats::{Access, Link, Names};
use directline_testbed::{Bot, Options, Plan, Testbed};

use crate::application::Application;
use crate::cluster::Cluster;
use crate::network::Network;
use crate::relays::Relays;
use crate::trouble::Trouble;

/// Has relays, their NATS and the service break while conversations go on, and counts.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// For how many minutes things break, 0 to 600; 0 is half a minute
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=600))]
    minutes: u64,
    /// How many conversations, 1 to 5000
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..=5_000))]
    conversations: u64,
    /// How many activities the service has in all of them together, 1 to 10000000
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    activities: u64,
    /// How many relays, 2 to 9
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=9))]
    relays: u8,
    /// How many servers NATS has, 1 or 3
    #[arg(long, default_value_t = 1, value_parser = servers)]
    servers: u8,
    /// How long a lease is, in seconds, 2 to 60
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(2..=60))]
    lease: u64,
    /// Where chance begins [default: drawn, and said]
    #[arg(long)]
    seed: Option<u64>,
    /// The program nats-server
    #[arg(long)]
    nats_server: PathBuf,
    /// The program directline-relay
    #[arg(long)]
    relay: PathBuf,
    /// Where logs are written; none are kept otherwise
    #[arg(long)]
    logs: Option<PathBuf>,
}

fn servers(text: &str) -> Result<u8, String> {
    match text {
        "1" => Ok(1),
        "3" => Ok(3),
        _ => Err(String::from("allowed is 1 or 3")),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(&arguments))
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}");
    fastrand::seed(seed);
    let network = Network::make(arguments.relays)?;
    if network.is_one() {
        println!("SKIPPED: partitions need networks of their own, for root and with ip");
    }
    let mut cluster = Cluster::start(arguments, network.nats()).await?;
    let testbed = Testbed::start(
        Options::default()
            .with_bind(network.service())
            .with_bot(Bot::Silent)
            .with_plan(Plan::parse(FAULTS)?.with_seed(seed)),
    )?;
    let link = connect(&cluster).await?;
    let names = Names::new(Name::new("chaos")?);
    let mut relays = Relays::new(arguments, &cluster, &testbed, network)?;
    relays.start_all()?;
    relays.ready().await?;
    let application = Application::new(link, names, testbed, arguments.conversations).await?;
    let begun = Instant::now();
    application.start_all().await?;
    println!("{} conversations begun in {:.1?}", arguments.conversations, begun.elapsed());

    let time =
        Duration::from_secs(if arguments.minutes == 0 { 30 } else { arguments.minutes * 60 });
    let talk = application.talk(arguments.activities, time);
    let trouble = Trouble::new(&application, &mut relays, &mut cluster, arguments);
    let (said, told) = tokio::join!(talk, trouble.make(time));
    let (said, told) = (said?, told?);
    println!("{told}");
    println!("said {} activities and put {} posts in {time:.0?}", said.activities, said.posts);
    let verdict = application.judge(Duration::from_secs(90)).await;
    println!("{verdict}");
    println!("streams: {}", application.stores().await?);
    println!("{}", relays.figures().await);
    drop(relays);
    // Half a minute is to be right on any machine; how quick it was is judged where minutes were asked for.
    let is_quick = arguments.minutes == 0 || told.is_quick();
    if verdict.is_good() && told.is_complete() && is_quick {
        return Ok(());
    }
    Err("what is promised did not hold".into())
}

async fn connect(cluster: &Cluster) -> Result<Link, Box<dyn Error>> {
    let access =
        Access { servers: cluster.urls(), name: String::from("application"), ..Access::default() };
    Ok(Link::connect(&access).await?)
}

/// What the service breaks: often enough for each conversation, and nothing in another order.
const FAULTS: &str = r#"
[[fault]]
on = "frame"
every = 53
do = "close"
code = 1001
reason = "going away"

[[fault]]
on = "frame"
every = 71
do = "reset"

[[fault]]
on = "frame"
every = 97
do = "cut"

[[fault]]
on = "frame"
every = 113
do = "twice"

[[fault]]
on = "frame"
every = 131
do = "drop"
when = "after"

[[fault]]
on = "reconnect"
every = 23
do = "answer"
status = 503
code = "ServiceError"
retry_after = "1"

[[fault]]
on = "reconnect"
every = 17
do = "replay_all"

[[fault]]
on = "handshake"
every = 29
do = "answer"
status = 403

[[fault]]
on = "post"
every = 31
do = "drop"
when = "after"

[[fault]]
on = "post"
every = 37
do = "answer"
status = 502
code = "BotError"
"#;
