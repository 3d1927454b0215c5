//! The command on a terminal of its own, as somebody sees it who types.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use directline_testbed::Testbed;
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, WaitOptions, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use crate::talk::PATIENCE;

/// A run of the command on a terminal; ended with the test.
pub(crate) struct Terminal {
    child: Child,
    keys: File,
    /// Kept, so that the terminal is there after the command has ended.
    own: OwnedFd,
    shown: Arc<Shown>,
}

struct Shown {
    screen: Mutex<vt100::Parser>,
    has_changed: Condvar,
}

impl Terminal {
    fn run(folder: &Path, arguments: &[&str], secret: &str, kind: &str) -> Terminal {
        let mut command = Command::new(PROGRAM);
        command.args(arguments);
        Terminal::start(command, folder, secret, kind)
    }

    /// Whatever `command` is, on a terminal of that kind.
    fn start(mut command: Command, folder: &Path, secret: &str, kind: &str) -> Terminal {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).expect("allowed");
        unlockpt(&master).expect("unlocked");
        let name = ptsname(&master, Vec::new()).expect("it has a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let own = rustix::fs::open(&*name, flags, Mode::empty()).expect("opened");
        let size = Winsize { ws_row: ROWS, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&own, size).expect("any size is allowed");
        let end = || Stdio::from(own.try_clone().expect("enough descriptors"));
        for name in ["DIRECTLINE_TOKEN", "NO_COLOR", "COLUMNS"] {
            command.env_remove(name);
        }
        let child = command
            .env("TERM", kind)
            .env("NO_PROXY", "*")
            .env("DIRECTLINE_SECRET", secret)
            .current_dir(folder)
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("the command was built");
        let keys = File::from(master.try_clone().expect("enough descriptors"));
        let parser = vt100::Parser::new(ROWS, COLUMNS, 0);
        let shown = Arc::new(Shown { screen: Mutex::new(parser), has_changed: Condvar::new() });
        let (mut output, told) = (File::from(master), Arc::clone(&shown));
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                told.lock().process(&buffer[..count]);
                told.has_changed.notify_all();
            }
        });
        Terminal { child, keys, own, shown }
    }

    /// `chat` with `testbed`, waiting for nothing long.
    pub(crate) fn chat(testbed: &Testbed, more: &[&str]) -> Terminal {
        Terminal::chat_in(Path::new("."), testbed, more)
    }

    /// `chat` with `testbed` on a terminal of this kind.
    pub(crate) fn of_kind(testbed: &Testbed, kind: &str) -> Terminal {
        let arguments = ["chat", "--domain", &testbed.base()];
        Terminal::run(Path::new("."), &arguments, testbed.secret(), kind)
    }

    /// Whatever needs no service.
    pub(crate) fn plain(arguments: &[&str]) -> Terminal {
        Terminal::run(Path::new("."), arguments, "", "xterm")
    }

    /// `chat` with the service that it brings along: a secret that is empty is none.
    pub(crate) fn alone() -> Terminal {
        Terminal::plain(&["chat"])
    }

    /// The same with jobs under control, one of which it is.
    pub(crate) fn job(testbed: &Testbed) -> Terminal {
        let mut command = watched(&[PROGRAM, "chat", "--domain", &testbed.base()]);
        command.process_group(0);
        Terminal::start(command, Path::new("."), testbed.secret(), "xterm")
    }

    /// The same, in control of its terminal, whatever terminal the tests are run on.
    #[cfg(target_os = "linux")]
    pub(crate) fn in_control(testbed: &Testbed) -> Terminal {
        let arguments = ["setsid", "--ctty", PROGRAM, "chat", "--domain", &testbed.base()];
        Terminal::start(watched(&arguments), Path::new("."), testbed.secret(), "xterm")
    }

    /// The same, but what is said goes to the file `said` in this folder.
    pub(crate) fn saying_elsewhere(folder: &Path, testbed: &Testbed) -> Terminal {
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$0\" \"$@\" > said", PROGRAM]);
        command.args(["chat", "--domain", &testbed.base()]);
        Terminal::start(command, folder, testbed.secret(), "xterm")
    }

    /// The same, in this folder.
    pub(crate) fn chat_in(folder: &Path, testbed: &Testbed, more: &[&str]) -> Terminal {
        let base = testbed.base();
        let mut arguments = vec!["chat", "--domain", &base];
        arguments.extend(["--set", "backoff.initial=5ms", "--set", "backoff.max=20ms"]);
        arguments.extend(more);
        Terminal::run(folder, &arguments, testbed.secret(), "xterm")
    }

    /// Types what ends with no line yet.
    pub(crate) fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("there is room");
    }

    /// Types a line.
    pub(crate) fn enter(&mut self, line: &str) {
        self.keys(line);
        self.keys("\r");
    }

    /// Waits until the screen is so.
    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + PATIENCE;
        let mut screen = self.shown.lock();
        loop {
            let seen = text(&screen);
            if is_so(&seen) {
                return seen;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{what:?} is not on the screen:\n{seen}");
            let waited = self.shown.has_changed.wait_timeout(screen, left);
            screen = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the screen holds `part`, and gives all of it.
    pub(crate) fn shows(&self, part: &str) -> String {
        self.until(part, |seen| seen.contains(part))
    }

    /// Waits until the last lines are these.
    pub(crate) fn shows_last(&self, lines: &str) -> String {
        self.until(lines, |seen| format!("\n{seen}").ends_with(&format!("\n{lines}")))
    }

    /// Whether the terminal is as programs expect it: what is typed is shown, by the line.
    pub(crate) fn is_as_found(&self) -> bool {
        let modes = tcgetattr(&self.own).expect("it is a terminal").local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }

    /// Waits until the job is stopped.
    pub(crate) fn is_stopped(&self) {
        let (id, until) = (Pid::from_child(&self.child), Instant::now() + PATIENCE);
        let options = WaitOptions::UNTRACED | WaitOptions::NOHANG;
        loop {
            match waitpid(Some(id), options).expect("it was started") {
                Some((_, status)) => return assert!(status.stopped(), "it has ended: {status:?}"),
                None => assert!(Instant::now() < until, "it goes on"),
            }
            thread::yield_now();
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "it still runs");
    }

    /// Waits for the end, and gives the status and the screen.
    pub(crate) fn end(&mut self) -> (Option<i32>, String) {
        let id = self.child.id();
        let (sender, ended) = std::sync::mpsc::channel();
        // Whoever hangs is killed, so that the wait ends.
        thread::spawn(move || {
            if ended.recv_timeout(2 * PATIENCE).is_err() {
                let _ = Command::new("kill").args(["-s", "KILL", &id.to_string()]).status();
            }
        });
        let status = self.child.wait().expect("it was started");
        let _: Result<(), _> = sender.send(());
        // What it wrote is in the terminal's hands, in front of this.
        let end = rustix::io::write(&self.own, END.as_bytes());
        assert_eq!(end, Ok(END.len()));
        let seen = self.shows(END);
        (status.code(), seen.replace(END, "").trim_end().to_owned())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Shown {
    fn lock(&self) -> MutexGuard<'_, vt100::Parser> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A command that ends with the tests, though it is of another group; as far as systems can do that.
fn watched(words: &[&str]) -> Command {
    let by_system: &[&str] = match cfg!(target_os = "linux") {
        true => &["setpriv", "--pdeathsig", "KILL"],
        false => &[],
    };
    let mut words = by_system.iter().chain(words);
    let mut command = Command::new(words.next().expect("a program"));
    command.args(words);
    command
}

/// What is on the screen, without the empty rest.
fn text(parser: &vt100::Parser) -> String {
    let lines: Vec<_> =
        parser.screen().rows(0, COLUMNS).map(|row| row.trim_end().to_owned()).collect();
    lines.join("\n").trim_end().to_owned()
}

/// Large enough for everything that a test shows.
const ROWS: u16 = 200;
const COLUMNS: u16 = 160;
const END: &str = "<end>";
const PROGRAM: &str = env!("CARGO_BIN_EXE_directline");
