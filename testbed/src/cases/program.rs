//! The client under test: a program that is spoken to in lines.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::testbed::Testbed;

/// A running program; it is ended when this is dropped.
pub(super) struct Program {
    id: u32,
    /// How it has ended, once it has.
    ended: Receiver<ExitStatus>,
    input: Option<ChildStdin>,
    said: Arc<Mutex<Said>>,
    readers: Vec<JoinHandle<()>>,
}

/// What a program has written so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) shown: Vec<String>,
    pub(super) told: Vec<String>,
    /// True once it writes nothing more to its standard output.
    pub(super) is_over: bool,
}

impl Program {
    /// Starts it with these variables; whoever waits for the testbed is woken by what it writes.
    pub(super) fn start(
        command: &[String],
        variables: &[(&str, &str)],
        testbed: &Testbed,
    ) -> io::Result<Self> {
        let (program, arguments) = command.split_first().expect("a command is not empty");
        let mut command = Command::new(program);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .args(arguments)
            .env_remove("DIRECTLINE_SECRET")
            .env_remove("DIRECTLINE_TOKEN")
            // The service is on this machine, and no proxy leads there.
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let said = Arc::new(Mutex::new(Said::default()));
        let input = child.stdin.take();
        let (out, errors) = (child.stdout.take(), child.stderr.take());
        let mut readers = Vec::new();
        if let Some(out) = out {
            let (said, nudge) = (Arc::clone(&said), testbed.nudge());
            readers.push(thread::spawn(move || {
                read_lines(out, |line| {
                    lock(&said).shown.push(line);
                    nudge();
                });
                lock(&said).is_over = true;
                nudge();
            }));
        }
        if let Some(errors) = errors {
            let said = Arc::clone(&said);
            readers.push(thread::spawn(move || {
                read_lines(errors, |line| lock(&said).told.push(line));
            }));
        }
        let (id, (sender, ended)) = (child.id(), channel());
        readers.push(thread::spawn(move || {
            // Nobody may be interested any more.
            let _ = child.wait().map(|status| sender.send(status));
        }));
        Ok(Program { id, ended, input, said, readers })
    }

    /// Gives it a line to send. A program that reads no more shows by that it has ended.
    pub(super) fn send(&mut self, line: &str) {
        if let Some(input) = &mut self.input {
            let _ = writeln!(input, "{line}").and_then(|()| input.flush());
        }
    }

    /// What it has written so far, to be looked at while the service stands still.
    pub(super) fn said(&self) -> MutexGuard<'_, Said> {
        lock(&self.said)
    }

    /// Ends it, if it has not ended by itself; then gives how it did, and all it ever wrote.
    pub(super) fn finish(self) -> (Option<ExitStatus>, Said) {
        let is_over = self.said().is_over;
        // What writes nothing more is on its way out.
        let by_itself = is_over.then(|| self.ended.recv_timeout(LEAVE_PATIENCE).ok()).flatten();
        let said = Arc::clone(&self.said);
        drop(self);
        let said = lock(&said).clone();
        (by_itself, said)
    }
}

/// Kills it with all that it has started, which would hold on to what it writes to.
#[cfg(unix)]
fn kill(id: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let group = i32::try_from(id).ok().and_then(Pid::from_raw);
    // It may have ended already.
    let _ = group.map(|group| kill_process_group(group, Signal::KILL));
}

/// The same where there are no groups.
#[cfg(not(unix))]
fn kill(id: u32) {
    let _ = Command::new("taskkill").args(["/F", "/T", "/PID", &id.to_string()]).output();
}

impl Drop for Program {
    fn drop(&mut self) {
        self.input = None;
        kill(self.id);
        for reader in self.readers.drain(..) {
            // A panic over there was printed there.
            let _ = reader.join();
        }
    }
}

fn lock(said: &Mutex<Said>) -> MutexGuard<'_, Said> {
    said.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read_lines(stream: impl Read, mut take: impl FnMut(String)) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(&line);
        take(text.trim_end_matches(['\n', '\r']).to_owned());
        line.clear();
    }
}

/// How long a program may take from its last word to its end.
const LEAVE_PATIENCE: Duration = Duration::from_secs(5);
