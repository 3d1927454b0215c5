//! Many live conversations in one process: what each of them costs while it idles and while it
//! streams. The service runs in a process of its own, so that it is not counted. Linux only, for
//! the counting.
//!
//! `cargo run --release -p directline-client --example many -- --conversations 1000`

use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use clap::Parser;
use directline_client::directline::{Config, Credential, Event, Status};
use directline_client::{Network, Proxy, Update, tokio::Conversation};
use directline_testbed::{Bot, Options, Testbed};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

/// Measures what a live conversation costs on the tokio driver.
#[derive(Parser)]
struct Arguments {
    /// How many conversations, 1 to 10000; the system must allow two open files for each.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    conversations: u16,
    /// How long they idle, in seconds, 1 to 600.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=600))]
    idle: u16,
    /// How many activities each is sent afterwards, 1 to 10000.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    activities: u16,
    /// Runs the service; the program starts itself with this.
    #[arg(long, hide = true)]
    serve: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    if arguments.serve {
        return serve();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(&arguments))
}

/// Says where it is; then, for each line with a number that comes in, has the bot say so many
/// activities in every conversation.
fn serve() -> Result<(), Box<dyn Error>> {
    let testbed = Testbed::start(Options::default().with_bot(Bot::Silent))?;
    println!("{} {}", testbed.base(), testbed.secret());
    let activity = format!(r#"{{"type":"message","text":"{}"}}"#, "x".repeat(TEXT_BYTES));
    for line in io::stdin().lines() {
        for _ in 0..line?.parse()? {
            for conversation in testbed.conversations() {
                testbed.say(&conversation, &activity)?;
            }
        }
    }
    Ok(())
}

/// The service as its client sees it; it ends with its standard input.
struct Service {
    child: Child,
    orders: Option<ChildStdin>,
    base: String,
    secret: String,
}

impl Service {
    fn start() -> Result<Service, Box<dyn Error>> {
        let mut child = Command::new(env::current_exe()?)
            .arg("--serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take();
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let (base, secret) = line.trim().split_once(' ').ok_or("the service did not start")?;
        Ok(Service { child, orders, base: base.to_owned(), secret: secret.to_owned() })
    }

    fn say(&mut self, count: u16) -> io::Result<()> {
        writeln!(self.orders.as_mut().ok_or(io::ErrorKind::BrokenPipe)?, "{count}")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.orders.take());
        // It may have ended by itself, which is told by what it did not do.
        let _ = self.child.wait();
    }
}

/// What a conversation tells the measurement.
enum News {
    Live,
    Activity,
    Lost(Status),
}

async fn measure(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut service = Service::start()?;
    let config = Config::builder(Credential::secret(service.secret.as_str())?)
        .with_base(service.base.as_str())
        .build()?;
    let count = u64::from(arguments.conversations);
    // One for all, so that they share the connections of their requests.
    let network = Network::default().with_proxy(Proxy::none());
    let (sender, mut news) = unbounded_channel();
    let mut tasks = JoinSet::new();
    let before = Usage::now()?;
    let begun = Instant::now();
    // A service is asked for so many starts at once and no more.
    for wave in (0..count).collect::<Vec<_>>().chunks(STARTS_AT_ONCE) {
        for _ in wave {
            let conversation = Conversation::open(config.clone(), None, &network)?;
            tasks.spawn(follow(conversation, sender.clone()));
        }
        expect(&mut news, wave.len(), |news| matches!(news, News::Live)).await?;
    }
    let live = Usage::now()?;
    report("to live", &before, &live, count, begun.elapsed());

    let begun = Instant::now();
    let idle = Duration::from_secs(arguments.idle.into());
    if let Ok(news) = tokio::time::timeout(idle, news.recv()).await {
        return Err(format!("an idle conversation has news: {}", name(news.as_ref())).into());
    }
    let idled = Usage::now()?;
    report("idle", &live, &idled, count, begun.elapsed());

    let begun = Instant::now();
    service.say(arguments.activities)?;
    let expected = usize::from(arguments.conversations) * usize::from(arguments.activities);
    expect(&mut news, expected, |news| matches!(news, News::Activity)).await?;
    let streamed = Usage::now()?;
    report("stream", &idled, &streamed, count, begun.elapsed());
    let used = (streamed.cpu - idled.cpu).as_secs_f64() / expected as f64;
    println!("{expected} activities of about {TEXT_BYTES} B, {:.1} µs of CPU each", used * 1e6);
    println!(
        "{:.1} KiB per live conversation, sockets in the kernel not counted",
        (streamed.bytes.saturating_sub(before.bytes)) as f64 / 1024.0 / count as f64
    );
    tasks.shutdown().await;
    Ok(())
}

/// Passes on what one conversation has to tell.
async fn follow(mut conversation: Conversation, sender: UnboundedSender<News>) {
    let mut is_live = false;
    while let Some(update) = conversation.next().await {
        let news = match update {
            Update::Activity(_) => News::Activity,
            Update::Event(Event::Status(Status::Live)) if !is_live => News::Live,
            Update::Event(Event::Status(status)) if is_live => News::Lost(status),
            Update::Event(_) | Update::Ended(_) => continue,
        };
        is_live |= matches!(news, News::Live);
        if sender.send(news).is_err() {
            return;
        }
    }
}

/// Waits for so much of one kind of news, and for no other.
async fn expect(
    news: &mut UnboundedReceiver<News>,
    count: usize,
    is_it: impl Fn(&News) -> bool,
) -> Result<(), Box<dyn Error>> {
    for seen in 0..count {
        let next = tokio::time::timeout(PATIENCE, news.recv()).await;
        let next = next.map_err(|_| format!("nothing more came after {seen} of {count}"))?;
        if !next.as_ref().is_some_and(&is_it) {
            let name = name(next.as_ref());
            return Err(format!("{name} after {seen} of {count}").into());
        }
    }
    Ok(())
}

fn name(news: Option<&News>) -> String {
    match news {
        Some(News::Live) => "live".to_owned(),
        Some(News::Activity) => "an activity".to_owned(),
        Some(News::Lost(status)) => format!("{status:?}"),
        None => "nothing".to_owned(),
    }
}

/// What this process has used so far.
struct Usage {
    bytes: u64,
    cpu: Duration,
}

impl Usage {
    fn now() -> Result<Usage, Box<dyn Error>> {
        let status = fs::read_to_string("/proc/self/status")?;
        let field = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = field.and_then(|field| field.trim().strip_suffix(" kB")).ok_or("no VmRSS")?;
        let mut cpu = Duration::ZERO;
        for task in fs::read_dir("/proc/self/task")? {
            let used = fs::read_to_string(task?.path().join("schedstat"))?;
            let nanos = used.split_whitespace().next().ok_or("no schedstat")?;
            cpu += Duration::from_nanos(nanos.parse()?);
        }
        Ok(Usage { bytes: kib.parse::<u64>()? * 1024, cpu })
    }
}

fn report(what: &str, before: &Usage, after: &Usage, count: u64, time: Duration) {
    let bytes = after.bytes as f64 - before.bytes as f64;
    let cpu = (after.cpu - before.cpu).as_secs_f64();
    println!(
        "{what:<8} {:>6.1} s, {:>7.1} MiB more, {:>7.1} KiB and {:>8.1} µs of CPU a conversation",
        time.as_secs_f64(),
        bytes / 1024.0 / 1024.0,
        bytes / 1024.0 / count as f64,
        cpu * 1e6 / count as f64
    );
}

const STARTS_AT_ONCE: usize = 50;
const TEXT_BYTES: usize = 200;
const PATIENCE: Duration = Duration::from_secs(30);
