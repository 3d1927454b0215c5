//! Through proxies as others wrote them, tinyproxy, squid and microsocks, while the service breaks.
//! Where they are not, this says so and tries nothing; `interop/proxies` gets them.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use directline_client::directline::{Event, Obstacle, PostOutcome, Unreached};
use directline_client::{Network, Proxy};
use directline_testbed::{Options, Plan, Testbed};
use tempfile::TempDir;

use crate::talk::{Driver, PATIENCE, Talk, quick, recorded, say, testbed, with_both_drivers};

with_both_drivers!(
    a_breaking_service_behind_each_proxy,
    a_password_that_each_proxy_wants,
    what_each_proxy_does_not_let_through,
);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Tinyproxy,
    Squid,
    Microsocks,
}

/// Whom a proxy lets through.
#[derive(Clone, Copy, Debug)]
enum Rule {
    All,
    /// `user` with the password `hush`.
    User,
    Nobody,
}

/// A proxy in a process of its own; ended with the test.
struct Running {
    kind: Kind,
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Kind {
    /// All, or none where they are not installed; then nothing is tried, and that is told.
    fn all() -> &'static [Kind] {
        let all = &[Kind::Tinyproxy, Kind::Squid, Kind::Microsocks];
        let is_there = all.iter().all(|kind| kind.program().exists());
        if is_there {
            return all;
        }
        let is_wanted = std::env::var_os("DIRECTLINE_PROXIES").is_some();
        assert!(!is_wanted, "one of the proxies is not below DIRECTLINE_PROXIES");
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no tinyproxy, squid and microsocks on this machine; interop/proxies gets them"
        );
        &[]
    }

    fn program(self) -> PathBuf {
        root().join(match self {
            Kind::Tinyproxy => "usr/bin/tinyproxy",
            Kind::Squid => "usr/sbin/squid",
            Kind::Microsocks => "usr/bin/microsocks",
        })
    }

    fn configuration(self, rule: Rule, port: u16, folder: &Path) -> String {
        let place = |path: &str| root().join(path).display().to_string();
        let file = |name: &str| folder.join(name).display().to_string();
        match self {
            // All that it knows are arguments.
            Kind::Microsocks => String::new(),
            Kind::Tinyproxy => {
                let rule = match rule {
                    Rule::All => "",
                    Rule::User => "BasicAuth user hush\n",
                    Rule::Nobody => "ConnectPort 1\n",
                };
                let log = file("log");
                format!(
                    "Port {port}\nListen 127.0.0.1\nMaxClients 50\nLogLevel Connect\n\
                     LogFile \"{log}\"\n{rule}"
                )
            }
            Kind::Squid => {
                let rule = match rule {
                    Rule::All => "http_access allow all".to_owned(),
                    Rule::Nobody => "http_access deny all".to_owned(),
                    Rule::User => format!(
                        "auth_param basic program {} {}\nacl known proxy_auth REQUIRED\n\
                         http_access allow known\nhttp_access deny all",
                        place("usr/lib/squid/basic_ncsa_auth"),
                        file("passwords"),
                    ),
                };
                // `openssl passwd -apr1` makes such lines.
                let password = "user:$apr1$directli$Uu9L/QMhVSQsXyn6y3G/D1\n";
                std::fs::write(folder.join("passwords"), password).expect("written");
                format!(
                    "http_port 127.0.0.1:{port}\npid_filename none\ncache deny all\n\
                     cache_log {}\naccess_log stdio:{}\nmime_table {}\nicon_directory {}\n\
                     error_directory {}\nunlinkd_program {}\npinger_enable off\n\
                     max_filedescriptors 1024\n{rule}\n",
                    file("cache.log"),
                    file("log"),
                    place("usr/share/squid/mime.conf"),
                    place("usr/share/squid/icons"),
                    place("usr/share/squid-langpack/en"),
                    place("usr/lib/squid/unlinkd"),
                )
            }
        }
    }

    fn start(self, rule: Rule) -> Running {
        let folder = tempfile::tempdir().expect("a folder");
        // Squid that is started by root goes on as somebody else.
        let everybody = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), everybody).expect("it is ours");
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let file = folder.path().join("configuration");
        std::fs::write(&file, self.configuration(rule, port, folder.path())).expect("written");
        let mut command = Command::new(self.program());
        match (self, rule) {
            (Kind::Tinyproxy, _) => command.args(["-d", "-c"]).arg(&file),
            (Kind::Squid, _) => command.args(["-N", "-f"]).arg(&file),
            (Kind::Microsocks, Rule::User) => command.args(["-u", "user", "-P", "hush"]),
            (Kind::Microsocks, _) => &mut command,
        };
        if let Kind::Microsocks = self {
            command.args(["-i", "127.0.0.1", "-p", &port.to_string()]);
        }
        // Where squid was unpacked and not installed, so were its libraries.
        command.env("LD_LIBRARY_PATH", root().join("usr/lib/x86_64-linux-gnu"));
        let output = std::fs::File::create(folder.path().join("output")).expect("a file");
        let output = || output.try_clone().expect("another handle");
        let command = command.stdin(Stdio::null()).stdout(output()).stderr(output());
        let mut child = command.spawn().expect("it is there");
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = child.try_wait().expect("it was started");
            let said = || std::fs::read_to_string(folder.path().join("output")).unwrap_or_default();
            assert!(ended.is_none() && start.elapsed() < PATIENCE, "{self:?} {ended:?} {}", said());
            thread::yield_now();
        }
        Running { kind: self, child, port, folder }
    }
}

impl Running {
    fn url(&self, userinfo: &str) -> String {
        let scheme = if let Kind::Microsocks = self.kind { "socks5" } else { "http" };
        format!("{scheme}://{userinfo}127.0.0.1:{}", self.port)
    }

    /// Waits until it has written down so many tunnels to `testbed`, which squid does at their end.
    fn has_tunnelled(&self, testbed: &Testbed, count: usize) -> bool {
        let (file, words) = match self.kind {
            Kind::Tinyproxy | Kind::Squid => ("log", "CONNECT"),
            Kind::Microsocks => ("output", "connected to"),
        };
        let tunnel = format!("{words} {}", testbed.address());
        let log = || std::fs::read_to_string(self.folder.path().join(file)).unwrap_or_default();
        let start = Instant::now();
        while log().matches(&tunnel).count() < count {
            if start.elapsed() > PATIENCE {
                return false;
            }
            thread::yield_now();
        }
        true
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the programs are: as installed, or as unpacked by `interop/proxies`.
fn root() -> PathBuf {
    std::env::var_os("DIRECTLINE_PROXIES").map_or_else(|| "/".into(), PathBuf::from)
}

fn through(driver: Driver, testbed: &Testbed, url: &str) -> Talk {
    let proxy = Proxy::at(url).expect("a proxy");
    let config = quick(testbed).build().expect("valid");
    driver.reach(config, None, &Network::default().with_proxy(proxy))
}

fn a_breaking_service_behind_each_proxy(driver: Driver) {
    // Covers: RC-1, TM-7, TX-2
    for kind in Kind::all() {
        let proxy = kind.start(Rule::All);
        let plan = Plan::named("nasty").expect("it is there");
        let testbed = testbed(Options::default().with_plan(plan));
        let mut talk = through(driver, &testbed, &proxy.url(""));
        let id = talk.joined();
        for number in 0..100 {
            say(&testbed, &id, &number.to_string());
        }
        let received = talk.activities(100);
        assert_eq!(received, recorded(&testbed, &id)[..100], "{kind:?}");
        testbed.clear_faults();
        talk.handle.send_text("user", "hello").expect("taken");
        talk.event(|event| match event {
            Event::Posted { outcome: PostOutcome::Sent { .. }, .. } => Some(()),
            _ => None,
        });
        talk.handle.close();
        talk.end();
        assert!(proxy.has_tunnelled(&testbed, 3), "{kind:?} was gone around");
    }
}

fn a_password_that_each_proxy_wants(driver: Driver) {
    // Covers: CR-7, TX-3
    for kind in Kind::all() {
        let proxy = kind.start(Rule::User);
        let testbed = testbed(Options::default());
        for wrong in ["", "user:wrong@"] {
            let unreached = through(driver, &testbed, &proxy.url(wrong)).unreached();
            let expected = Unreached::at_proxy("127.0.0.1", proxy.port, Obstacle::ProxyCredentials);
            assert_eq!(unreached, expected, "{kind:?} {wrong}");
        }
        assert!(testbed.log().requests().is_empty(), "something was sent");
        let mut talk = through(driver, &testbed, &proxy.url("user:hush@"));
        let id = talk.joined();
        say(&testbed, &id, "hello");
        assert_eq!(talk.activities(1), recorded(&testbed, &id));
        talk.handle.close();
        talk.end();
        assert!(proxy.has_tunnelled(&testbed, 2), "{kind:?} was gone around");
    }
}

fn what_each_proxy_does_not_let_through(driver: Driver) {
    // Covers: TX-3
    // Microsocks lets everybody through, or whoever has its password.
    for kind in Kind::all().iter().filter(|kind| !matches!(kind, Kind::Microsocks)) {
        let proxy = kind.start(Rule::Nobody);
        let testbed = testbed(Options::default());
        let unreached = through(driver, &testbed, &proxy.url("")).unreached();
        let refused = Obstacle::ProxyRefused { status: 403 };
        assert_eq!(unreached, Unreached::at_proxy("127.0.0.1", proxy.port, refused), "{kind:?}");
        assert!(testbed.log().requests().is_empty(), "something was sent");
    }
}
