//! CLUSTER: one nats-server or three that know one another, each with a folder that outlives it.

use std::error::Error;
use std::fs;
use std::net::{IpAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use directline_relay::nats::{Access, Link};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::Arguments;

/// The servers; ended when dropped.
pub(crate) struct Cluster {
    program: PathBuf,
    address: IpAddr,
    members: Vec<Member>,
    folder: TempDir,
}

struct Member {
    port: u16,
    route: u16,
    child: Option<Child>,
}

impl Cluster {
    pub(crate) async fn start(
        arguments: &Arguments,
        address: IpAddr,
    ) -> Result<Cluster, Box<dyn Error>> {
        let mut members = Vec::new();
        for _ in 0..arguments.servers {
            let member = Member { port: free(address)?, route: free(address)?, child: None };
            members.push(member);
        }
        let (program, folder) = (arguments.nats_server.clone(), tempfile::tempdir()?);
        let mut cluster = Cluster { program, address, members, folder };
        for number in 0..cluster.members.len() {
            cluster.run(number)?;
        }
        cluster.answers().await?;
        Ok(cluster)
    }

    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        let url = |member: &Member| format!("nats://{}:{}", self.address, member.port);
        self.members.iter().map(url).collect()
    }

    /// Ends a server: as a crash where others have what it had, else as whoever restarts it does. One
    /// of 2.9 acknowledges what it writes some milliseconds later, and on its own it loses that in a crash.
    pub(crate) fn end(&mut self, number: usize) {
        let is_alone = self.members.len() == 1;
        if let Some(mut child) = self.members[number].child.take() {
            // It may have ended by itself.
            let _ = match is_alone {
                true => kill_process(Pid::from_child(&child), Signal::TERM).map_err(Into::into),
                false => child.kill(),
            };
            let _ = child.wait();
        }
    }

    pub(crate) fn run(&mut self, number: usize) -> Result<(), Box<dyn Error>> {
        let file = self.folder.path().join(format!("{number}.conf"));
        fs::write(&file, self.configuration(number))?;
        let child = Command::new(&self.program)
            .arg("--config")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        self.members[number].child = Some(child);
        Ok(())
    }

    fn configuration(&self, number: usize) -> String {
        let (member, address) = (&self.members[number], self.address);
        let store = self.folder.path().join(format!("store{number}"));
        let mut text = format!(
            "server_name: n{number}\nlisten: \"{address}:{}\"\njetstream: {{ store_dir: {store:?} }}\n",
            member.port
        );
        if self.members.len() > 1 {
            let route = |member: &Member| format!("\"nats://{address}:{}\"", member.route);
            let routes: Vec<_> = self.members.iter().map(route).collect();
            text += &format!(
                "cluster: {{ name: chaos, listen: \"{address}:{}\", routes: [{}] }}\n",
                member.route,
                routes.join(", ")
            );
        }
        text
    }

    /// Waits until it has JetStream, which a cluster has once it has a leader.
    async fn answers(&self) -> Result<(), Box<dyn Error>> {
        let begun = Instant::now();
        loop {
            let access = Access { servers: self.urls(), ..Access::default() };
            match Link::connect(&access).await {
                Ok(_) => return Ok(()),
                Err(problem) if begun.elapsed() > PATIENCE => return Err(problem.into()),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        (0..self.members.len()).for_each(|number| self.end(number));
    }
}

fn free(address: IpAddr) -> std::io::Result<u16> {
    Ok(TcpListener::bind((address, 0))?.local_addr()?.port())
}

const PATIENCE: Duration = Duration::from_secs(30);
