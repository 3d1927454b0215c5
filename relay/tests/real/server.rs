//! A nats-server of one test, in a process and a folder of its own.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use directline_relay::core::Name;
use directline_relay::nats::{Access, Layout, Link, Names, Problem, Stores};
use tempfile::TempDir;

/// A server that runs; ended with the test.
pub(crate) struct Server {
    child: Child,
    port: u16,
    program: PathBuf,
    configuration: Option<PathBuf>,
    folder: TempDir,
}

impl Server {
    /// One with JetStream, or none where there is no program for it; then that is told.
    pub(crate) async fn start() -> Option<Server> {
        Server::start_with(JETSTREAM).await
    }

    /// One with this configuration.
    pub(crate) async fn start_with(configuration: &str) -> Option<Server> {
        let Some(program) = program() else {
            let line = "SKIPPED: there is no nats-server; relay/nats-server gets one";
            let _ = writeln!(std::io::stderr(), "{line}");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("nats.conf");
        fs::write(&file, configuration).expect("a file");
        let (child, port) = launch(&program, folder.path(), &file, None).await;
        Some(Server { child, port, program, configuration: Some(file), folder })
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// As whoever restarts it does. One of 2.9 that is killed loses what it has acknowledged in the last
    /// milliseconds.
    pub(crate) async fn restart(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        self.child.wait().expect("it ends");
        let file = self.configuration.clone().expect("a configuration");
        let (child, port) = launch(&self.program, self.folder.path(), &file, Some(self.port)).await;
        (self.child, self.port) = (child, port);
    }

    pub(crate) fn kill(&mut self) {
        // It may have ended by itself, which is told by what it does not do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub(crate) async fn link(&self) -> Link {
        Link::connect(&self.access()).await.expect("a connection")
    }

    pub(crate) fn access(&self) -> Access {
        Access { servers: vec![self.url()], name: String::from("test"), ..Access::default() }
    }

    /// As this user, with a password behind a colon.
    pub(crate) fn access_as(&self, user: &str) -> Access {
        let server = self.url().replace("//", &format!("//{user}@"));
        Access { servers: vec![server], ..self.access() }
    }

    pub(crate) async fn stores(&self) -> (Link, Stores) {
        let link = self.link().await;
        let stores = LAYOUT.open(&link, &names()).await.expect("streams and buckets");
        (link, stores)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Waits until the server says on which port it is.
async fn launch(
    program: &Path,
    folder: &Path,
    configuration: &Path,
    port: Option<u16>,
) -> (Child, u16) {
    let ports = tempfile::tempdir_in(folder).expect("a folder");
    #[expect(clippy::zombie_processes, reason = "whoever has the server waits for it")]
    let child = Command::new(program)
        .args(["--addr", "127.0.0.1", "--port"])
        .arg(port.map_or(String::from("-1"), |port| port.to_string()))
        .arg("--ports_file_dir")
        .arg(ports.path())
        .arg("--store_dir")
        .arg(folder.join("store"))
        .arg("--config")
        .arg(configuration)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("nats-server runs");
    let file = ports.path().join(format!("nats-server_{}.ports", child.id()));
    let begun = Instant::now();
    loop {
        let said = fs::read_to_string(&file).unwrap_or_default();
        let said: serde_json::Value = serde_json::from_str(&said).unwrap_or_default();
        let url = said["nats"][0].as_str().unwrap_or_default();
        if let Some(port) = url.rsplit(':').next().and_then(|port| port.parse().ok()) {
            return (child, port);
        }
        assert!(begun.elapsed() < PATIENCE, "nats-server does not say where it is");
        // It writes a file, which nothing tells of.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn program() -> Option<PathBuf> {
    let wanted = std::env::var_os("DIRECTLINE_NATS_SERVER").map(PathBuf::from);
    if let Some(wanted) = wanted {
        assert!(wanted.exists(), "DIRECTLINE_NATS_SERVER is {}", wanted.display());
        return Some(wanted);
    }
    let unpacked =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/nats/usr/sbin/nats-server");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&path).map(|folder| folder.join("nats-server"));
    let usual = [PathBuf::from("/usr/sbin/nats-server"), unpacked];
    installed.chain(usual).find(|place| place.exists())
}

pub(crate) fn names() -> Names {
    Names::new(name("acme"))
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

/// What everything is made with in tests.
pub(crate) const LAYOUT: Layout = Layout {
    lease: Duration::from_secs(2),
    replicas: 1,
    duplicate_window: Duration::from_secs(60),
    keep: Duration::from_secs(3_600),
};

/// The refusal that `access` gets.
pub(crate) async fn refusal(access: &Access) -> Problem {
    match Link::connect(access).await {
        Ok(_) => panic!("it was taken"),
        Err(problem) => problem,
    }
}

pub(crate) const JETSTREAM: &str = "jetstream: enabled";
/// How long what must happen may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
