//! The command in a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use directline_testbed::Testbed;

use crate::talk::PATIENCE;

/// A run of the command; ended with the test.
pub(crate) struct Program {
    child: Child,
    input: Option<ChildStdin>,
    out: Receiver<String>,
    errors: Receiver<String>,
    /// Everything that was read from either.
    pub(crate) seen: String,
}

/// What was left when it ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<String>,
    pub(crate) errors: Vec<String>,
    /// Everything that was ever written to either.
    pub(crate) seen: String,
}

impl Program {
    pub(crate) fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Program {
        Program::run_at(Path::new(env!("CARGO_BIN_EXE_directline")), arguments, variables)
    }

    pub(crate) fn run_at(
        program: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Program {
        let mut command = Command::new(program);
        for name in ["DIRECTLINE_SECRET", "DIRECTLINE_TOKEN"] {
            command.env_remove(name);
        }
        for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            command.env_remove(name).env_remove(name.to_ascii_uppercase());
        }
        let mut child = command
            .args(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command was built");
        let input = child.stdin.take();
        let out = lines(child.stdout.take().expect("piped"));
        let errors = lines(child.stderr.take().expect("piped"));
        Program { child, input, out, errors, seen: String::new() }
    }

    /// `chat --json` with `testbed`, waiting for nothing long.
    pub(crate) fn chat(testbed: &Testbed, more: &[&str]) -> Program {
        let base = testbed.base();
        let mut arguments = vec!["chat", "--json", "--domain", &base];
        arguments.extend(["--set", "backoff.initial=5ms", "--set", "backoff.max=50ms"]);
        arguments.extend(more);
        Program::run(&arguments, &[("DIRECTLINE_SECRET", testbed.secret())])
    }

    pub(crate) fn type_line(&mut self, line: &str) {
        let input = self.input.as_mut().expect("not ended yet");
        // What has ended reads no more, and shows it by its end.
        let _ = writeln!(input, "{line}");
    }

    pub(crate) fn end_input(&mut self) {
        self.input = None;
    }

    /// The next line of stdout.
    pub(crate) fn line(&mut self) -> String {
        let Ok(line) = self.out.recv_timeout(PATIENCE) else {
            let rest: Vec<_> = self.errors.try_iter().collect();
            panic!("no line came; stderr: {rest:#?} {}", self.seen);
        };
        self.seen.push_str(&line);
        line
    }

    /// The next line of stderr that holds `part`.
    pub(crate) fn told(&mut self, part: &str) -> String {
        loop {
            let Ok(line) = self.errors.recv_timeout(PATIENCE) else {
                panic!("{part:?} was not told: {}", self.seen);
            };
            self.seen.push_str(&line);
            self.seen.push('\n');
            if line.contains(part) {
                return line;
            }
        }
    }

    /// The id that the command tells.
    pub(crate) fn conversation(&mut self) -> String {
        let line = self.told("conversation ");
        line.trim_start_matches("conversation ").to_owned()
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "it still runs");
    }

    /// Signals it twice, the second time at once.
    pub(crate) fn signal_twice(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id, &id]).status();
        assert!(status.is_ok_and(|status| status.success()), "it still runs");
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Ended {
        let status = self.wait();
        let out: Vec<_> = self.out.iter().collect();
        let errors: Vec<_> = self.errors.iter().collect();
        let seen = format!("{}{}{}", self.seen, out.concat(), errors.join("\n"));
        Ended { code: status.code(), out, errors, seen }
    }

    fn wait(&mut self) -> ExitStatus {
        end_of(&mut self.child)
    }
}

/// Waits for the end of a process.
pub(crate) fn end_of(child: &mut Child) -> ExitStatus {
    let (sender, ended) = channel();
    let id = child.id();
    // Whoever hangs is killed, so that the wait ends.
    thread::spawn(move || {
        if ended.recv_timeout(2 * PATIENCE).is_err() {
            let _ = Command::new("kill").args(["-s", "KILL", &id.to_string()]).status();
        }
    });
    let status = child.wait().expect("it was started");
    let _: Result<(), _> = sender.send(());
    status
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}
