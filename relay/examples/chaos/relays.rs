//! RELAYS: processes that own conversations, and what they say of it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use directline_testbed::Testbed;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::Arguments;
use crate::cluster::Cluster;
use crate::network::Network;

/// The relays; ended when dropped.
pub(crate) struct Relays {
    program: PathBuf,
    logs: Option<PathBuf>,
    words: Vec<String>,
    network: Network,
    children: Vec<Option<Child>>,
    book: Book,
}

/// Who owns what, as the relays' logs have it.
#[derive(Clone, Default)]
pub(crate) struct Book(Arc<Mutex<Said>>);

#[derive(Default)]
pub(crate) struct Said {
    /// Its owners, under which epochs and since when, by conversation; the last is the present one.
    pub(crate) owners: BTreeMap<String, Vec<(u8, u64, Instant)>>,
    pub(crate) joined: BTreeMap<u8, Instant>,
    pub(crate) counts: BTreeMap<String, u64>,
}

impl Relays {
    pub(crate) fn new(
        arguments: &Arguments,
        cluster: &Cluster,
        testbed: &Testbed,
        network: Network,
    ) -> Result<Relays, Box<dyn Error>> {
        let mut words = vec![String::from("--nats"), cluster.urls().join(",")];
        words.extend(["--tenant", "chaos", "--log", "json", "--listen", "none"].map(String::from));
        words.extend([String::from("--lease"), format!("{}s", arguments.lease)]);
        words.extend([String::from("--replicas"), cluster.len().to_string()]);
        words.extend([String::from("--domain"), testbed.base()]);
        if let Some(folder) = &arguments.logs {
            std::fs::create_dir_all(folder)?;
        }
        Ok(Relays {
            program: arguments.relay.clone(),
            logs: arguments.logs.clone(),
            words,
            network,
            children: (0..arguments.relays).map(|_| None).collect(),
            book: Book::default(),
        })
    }

    pub(crate) fn book(&self) -> Book {
        self.book.clone()
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    pub(crate) fn count(&self) -> u8 {
        u8::try_from(self.children.len()).unwrap_or(u8::MAX)
    }

    pub(crate) fn start_all(&mut self) -> Result<(), Box<dyn Error>> {
        (1..=self.count()).try_for_each(|place| self.start(place))
    }

    /// Runs the relay of a place, counted from 1.
    pub(crate) fn start(&mut self, place: u8) -> Result<(), Box<dyn Error>> {
        let mut command = self.network.command(place, &self.program);
        for name in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(name).env_remove(name.to_ascii_uppercase());
        }
        let mut child = command
            .args(&self.words)
            .args(["--host", &format!("h{place}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(child.stderr.take().ok_or("no words")?);
        let log = self.logs.as_ref().map(|folder| {
            File::options().append(true).create(true).open(folder.join(format!("h{place}.jsonl")))
        });
        let (book, mut log) = (self.book(), log.transpose()?);
        thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                if let Some(log) = &mut log {
                    // What is not kept is missed by nobody but its reader.
                    let _ = writeln!(log, "{line}");
                }
                book.note(place, &serde_json::from_str(&line).unwrap_or_default());
            }
        });
        self.children[usize::from(place) - 1] = Some(child);
        Ok(())
    }

    /// Waits until every relay has a lease.
    pub(crate) async fn ready(&self) -> Result<(), Box<dyn Error>> {
        let begun = Instant::now();
        while self.book.lock().joined.len() < self.children.len() {
            if begun.elapsed() > PATIENCE {
                return Err("a relay does not begin".into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Sends a signal; a relay that it ends is gone afterwards.
    pub(crate) fn signal(&mut self, place: u8, signal: Signal) -> Result<(), Box<dyn Error>> {
        let index = usize::from(place) - 1;
        let child = self.children[index].as_mut().ok_or("it does not run")?;
        kill_process(Pid::from_child(child), signal)?;
        if signal == Signal::KILL || signal == Signal::TERM {
            child.wait()?;
            self.children[index] = None;
        }
        Ok(())
    }

    pub(crate) async fn figures(&self) -> String {
        let said = self.book.lock();
        let counts: Vec<_> =
            said.counts.iter().map(|(what, count)| format!("{what} {count}")).collect();
        format!("relays say: {}", counts.join(", "))
    }
}

impl Drop for Relays {
    fn drop(&mut self) {
        for child in self.children.iter_mut().flatten() {
            // It may have ended by itself, or stand still.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Book {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a relay owns.
    pub(crate) fn owned_by(&self, place: u8) -> Vec<String> {
        let said = self.lock();
        let is_its = |owners: &[(u8, u64, Instant)]| {
            owners.last().is_some_and(|(owner, ..)| *owner == place)
        };
        let own = said.owners.iter().filter(|(_, owners)| is_its(owners));
        own.map(|(conversation, _)| conversation.clone()).collect()
    }

    fn note(&self, place: u8, line: &Value) {
        let mut said = self.lock();
        let Some(event) = line["event"].as_str() else { return };
        let counted = match event {
            "fault" => format!("fault {}", line["fault"].as_str().unwrap_or_default()),
            event => event.to_owned(),
        };
        *said.counts.entry(counted).or_default() += 1;
        match (event, line["conversation"].as_str(), line["epoch"].as_u64()) {
            ("joined", ..) => {
                said.joined.insert(place, Instant::now());
            }
            ("took", Some(conversation), Some(epoch)) => {
                let owners = said.owners.entry(conversation.to_owned()).or_default();
                if owners.last().is_none_or(|(_, before, _)| *before < epoch) {
                    owners.push((place, epoch, Instant::now()));
                }
            }
            _ => {}
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(30);
