//! RESTING: what a live conversation holds while nothing happens in it. The service runs in a process
//! of its own, so that it is not counted.

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use directline_client::directline::{Event, Status};
use directline_client::{Network, Proxy, Update, blocking, tokio as asynchronous};
use tokio::runtime::Builder;

use crate::clients::config;
use crate::service::Service;
use crate::usage::resident;

/// Prints a line for each driver.
pub(crate) fn report() -> io::Result<()> {
    let mut service = start()?;
    let mut address = String::new();
    let out = service.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    BufReader::new(out).read_line(&mut address)?;
    let address = address.trim();
    // One before, for what all have in common. Of each as many as a process may mostly have files for.
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let network = Network::default().with_proxy(Proxy::none());
    let first = (live_tokio(&runtime, address, &network)?, live_blocking(address, &network)?);
    line("tokio", 500, || live_tokio(&runtime, address, &network))?;
    line("blocking", 100, || live_blocking(address, &network))?;
    drop(first);
    // It ends with its standard input.
    drop(service.stdin.take());
    service.wait().map(|_| ())
}

/// Serves until nobody asks any more.
pub(crate) fn serve() -> io::Result<()> {
    let service = Service::silent()?;
    println!("{}", service.address);
    io::copy(&mut io::stdin(), &mut io::sink()).map(|_| ())
}

fn start() -> io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .arg("--serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
}

fn line<T>(name: &str, count: usize, mut live: impl FnMut() -> io::Result<T>) -> io::Result<()> {
    let before = resident();
    let conversations = (0..count).map(|_| live()).collect::<io::Result<Vec<T>>>()?;
    let held = resident().zip(before).map(|(after, before)| after.saturating_sub(before));
    match held {
        Some(bytes) => println!(
            "{name:<8} {} bytes for a live conversation that rests, of {count}, the kernel's not counted",
            bytes / count
        ),
        None => println!("{name:<8} bytes for a conversation: only Linux tells"),
    }
    drop(conversations);
    Ok(())
}

fn live_tokio(
    runtime: &tokio::runtime::Runtime,
    address: &str,
    network: &Network,
) -> io::Result<asynchronous::Conversation> {
    runtime.block_on(async {
        let mut conversation = asynchronous::Conversation::open(config(address), None, network)?;
        while !is_live(conversation.next().await.as_ref()) {}
        Ok(conversation)
    })
}

fn live_blocking(address: &str, network: &Network) -> io::Result<blocking::Conversation> {
    let mut conversation = blocking::Conversation::open(config(address), None, network)?;
    while !is_live(conversation.next().as_ref()) {}
    Ok(conversation)
}

fn is_live(update: Option<&Update>) -> bool {
    match update.expect("the end comes first") {
        Update::Ended(end) => panic!("the session ended: {end}"),
        update => matches!(update, Update::Event(Event::Status(Status::Live))),
    }
}
