//! Many live conversations in one host: what each of them costs to begin, while it idles and while it
//! streams. The service, the application and NATS run in processes of their own, so that they are not
//! counted. Linux only, for the counting.
//!
//! `cargo run --release -p directline-relay --example many -- --conversations 1000 --nats-server
//! $(relay/nats-server)`

use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use clap::Parser;
use directline::{Checkpoint, Config, Credential};
use directline_client::{Network, Proxy};
use directline_relay::core::{HostName, Name, Settings};
use directline_relay::host::{Figures, Host, Log, Options};
use directline_relay::nats::{Access, Kind, Layout, Link, Names};
use directline_testbed::{Bot, Testbed};
use futures_util::StreamExt;
use serde_json::json;
use tempfile::TempDir;

/// Measures what a live conversation costs in a host.
#[derive(Parser)]
struct Arguments {
    /// How many conversations, 1 to 10000; the system must allow two open files for each
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    conversations: u16,
    /// How long they idle, in seconds, 1 to 600
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=600))]
    idle: u16,
    /// How many activities each is sent afterwards, 1 to 10000
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    activities: u16,
    /// How many conversations may begin in a second
    #[arg(long, default_value_t = 200)]
    starts_a_second: u32,
    /// The program nats-server
    #[arg(long, default_value = "nats-server")]
    nats_server: PathBuf,
    /// Runs the service and the application with this NATS; the program starts itself with this
    #[arg(long, hide = true)]
    serve: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match &arguments.serve {
        Some(nats) => runtime.block_on(serve(nats)),
        None => runtime.block_on(measure(&arguments)),
    }
}

/// Says where the service is; then starts conversations, or has the bot talk in all of them, as the lines
/// that come in want it.
async fn serve(nats: &str) -> Result<(), Box<dyn Error>> {
    let testbed = Testbed::start(directline_testbed::Options::default().with_bot(Bot::Silent))?;
    let (names, client) = (names()?, async_nats::connect(nats).await?);
    let secret = json!({"version": 1, "secret": testbed.secret()}).to_string();
    let mut asked = client.subscribe(names.all(Kind::Credentials)).await?;
    client.flush().await?;
    let own = client.clone();
    tokio::spawn(async move {
        while let Some(message) = asked.next().await {
            if let Some(reply) = message.reply {
                // Whoever asked asks again.
                let _ = own.publish(reply, secret.clone().into()).await;
            }
        }
    });
    println!("{}", testbed.base());
    let activity = format!(r#"{{"type":"message","text":"{}"}}"#, "x".repeat(TEXT_BYTES));
    let (lines, mut heard) = tokio::sync::mpsc::channel(1);
    std::thread::spawn(move || {
        io::stdin().lines().map_while(Result::ok).all(|line| lines.blocking_send(line).is_ok())
    });
    while let Some(line) = heard.recv().await {
        let (word, count) = line.split_once(' ').ok_or("no order")?;
        for number in 0..count.parse::<u64>()? {
            if word == "start" {
                let from = Checkpoint::new(testbed.generate_token(None).conversation)?;
                let command = json!({"version": 1, "command": "start", "from": from,
                    "conversation": format!("c{number}")});
                client.request(names.control(), command.to_string().into()).await?;
                continue;
            }
            for conversation in testbed.conversations() {
                testbed.say(&conversation, &activity)?;
            }
        }
    }
    Ok(())
}

/// A process that ends with this one.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn measure(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (_nats, url, _folder) = nats(&arguments.nats_server)?;
    let (mut orders, base, _service) = service(&url)?;
    let count = i64::from(arguments.conversations);
    let before = Usage::now()?;
    let host = host(arguments, &url, &base).await?;
    let figures = host.figures();
    let begun = Instant::now();
    writeln!(orders, "start {count}")?;
    wait(&figures, "conversations_live", count).await?;
    let live = Usage::now()?;
    report("to live", &before, &live, count, begun.elapsed());

    let begun = Instant::now();
    tokio::time::sleep(Duration::from_secs(arguments.idle.into())).await;
    let idled = Usage::now()?;
    report("idle", &live, &idled, count, begun.elapsed());

    let begun = Instant::now();
    writeln!(orders, "say {}", arguments.activities)?;
    let expected = count * i64::from(arguments.activities);
    wait(&figures, "activities_published_total", expected).await?;
    let streamed = Usage::now()?;
    report("stream", &idled, &streamed, count, begun.elapsed());
    let used = (streamed.cpu - idled.cpu).as_secs_f64() / expected as f64;
    println!("{expected} activities of about {TEXT_BYTES} B, {:.1} µs of CPU each", used * 1e6);
    println!(
        "{:.1} KiB per live conversation, sockets in the kernel not counted",
        streamed.bytes.saturating_sub(before.bytes) as f64 / 1024.0 / count as f64
    );
    Ok(())
}

async fn host(arguments: &Arguments, nats: &str, base: &str) -> Result<Host, Box<dyn Error>> {
    let settings =
        Settings { starts_a_second: arguments.starts_a_second, ..Settings::default() }.checked()?;
    let access = Access { servers: vec![nats.to_owned()], ..Access::default() };
    let mut tries = 0;
    let link = loop {
        match Link::connect(&access).await {
            Ok(link) => break link,
            Err(problem) if tries == 100 => return Err(problem.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        tries += 1;
    };
    let layout = Layout {
        lease: settings.lease,
        replicas: 1,
        duplicate_window: Duration::from_secs(120),
        keep: Duration::from_secs(3_600),
    };
    let (names, any) = (names()?, Credential::token("none-yet")?);
    let stores = layout.open(&link, &names).await?;
    let options = Options {
        names,
        host: HostName::new("h1")?,
        settings,
        service: Config::builder(any).with_base(base).build()?,
        network: Network::default().with_proxy(Proxy::none()),
        log: Log::Silent,
    };
    Ok(Host::start(options, link, stores).await?)
}

fn nats(program: &Path) -> Result<(Running, String, TempDir), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let child = Command::new(program)
        .args(["--addr", "127.0.0.1", "--jetstream", "--port", &port.to_string(), "--store_dir"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok((Running(child), format!("nats://127.0.0.1:{port}"), folder))
}

fn service(nats: &str) -> Result<(ChildStdin, String, Running), Box<dyn Error>> {
    let mut tries = 0;
    loop {
        let mut child = Command::new(env::current_exe()?)
            .args(["--serve", nats])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let orders = child.stdin.take().ok_or("no orders")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let running = Running(child);
        if !line.is_empty() {
            return Ok((orders, line.trim().to_owned(), running));
        }
        // NATS may not be there yet.
        tries += 1;
        if tries == 50 {
            return Err("the service did not start".into());
        }
    }
}

/// Waits until a figure is what it should be.
async fn wait(figures: &Figures, name: &str, wanted: i64) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let name = format!("directline_relay_{name} ");
    loop {
        let text = figures.text();
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        let now: i64 = line.ok_or("no such figure")?.parse()?;
        if now >= wanted {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("{name} is {now} of {wanted}").into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn names() -> Result<Names, Box<dyn Error>> {
    Ok(Names::new(Name::new("many")?))
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

fn report(what: &str, before: &Usage, after: &Usage, count: i64, time: Duration) {
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

const TEXT_BYTES: usize = 200;
const PATIENCE: Duration = Duration::from_secs(300);
