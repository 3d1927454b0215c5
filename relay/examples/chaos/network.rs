//! NETWORK: one network for NATS and one for the service, and a place for each relay that is in both and
//! nowhere else. So a relay can be cut off from NATS while the service still reaches it.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;

/// The networks; taken down when dropped.
pub(crate) struct Network {
    places: u8,
    tag: u32,
    is_one: bool,
}

impl Network {
    /// The networks, or loopback alone where none can be made.
    pub(crate) fn make(places: u8) -> io::Result<Network> {
        let tag = std::process::id() % 100_000;
        let network = Network { places, tag, is_one: false };
        if network.build().is_ok() {
            return Ok(network);
        }
        network.tear_down();
        Ok(Network { places: 0, tag, is_one: true })
    }

    /// Whether all is on loopback.
    pub(crate) fn is_one(&self) -> bool {
        self.is_one
    }

    /// Where NATS is.
    pub(crate) fn nats(&self) -> IpAddr {
        self.address(NATS, HERE)
    }

    /// Where the service is.
    pub(crate) fn service(&self) -> IpAddr {
        self.address(SERVICE, HERE)
    }

    /// An address in one of the networks; another run beside this one has others.
    fn address(&self, (_, net): (char, u8), host: u8) -> IpAddr {
        let [.., run] = self.tag.to_be_bytes();
        if self.is_one { Ipv4Addr::LOCALHOST } else { Ipv4Addr::new(10, net, run, host) }.into()
    }

    /// A command that runs `program` at a place.
    pub(crate) fn command(&self, place: u8, program: &std::path::Path) -> Command {
        if self.is_one {
            return Command::new(program);
        }
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name(place)]).arg(program);
        command
    }

    /// Cuts a place off from NATS, or has it back: what is sent meanwhile goes nowhere.
    pub(crate) fn cut(&self, place: u8, is_cut: bool) -> io::Result<()> {
        let link = format!("n{place}-{}", self.tag);
        ip(&["link", "set", &link, if is_cut { "down" } else { "up" }])
    }

    fn name(&self, place: u8) -> String {
        format!("relay{place}-{}", self.tag)
    }

    fn build(&self) -> io::Result<()> {
        for net in [NATS, SERVICE] {
            let bridge = format!("{}b-{}", net.0, self.tag);
            ip(&["link", "add", &bridge, "type", "bridge"])?;
            let address = format!("{}/24", self.address(net, HERE));
            ip(&["addr", "add", &address, "dev", &bridge])?;
            ip(&["link", "set", &bridge, "up"])?;
        }
        for place in 1..=self.places {
            let name = self.name(place);
            ip(&["netns", "add", &name])?;
            ip(&["-n", &name, "link", "set", "lo", "up"])?;
            for net in [NATS, SERVICE] {
                let letter = net.0;
                let bridge = format!("{letter}b-{}", self.tag);
                let (here, there) =
                    (format!("{letter}{place}-{}", self.tag), format!("{letter}in"));
                ip(&[
                    "link", "add", &here, "type", "veth", "peer", "name", &there, "netns", &name,
                ])?;
                ip(&["link", "set", &here, "master", &bridge, "up"])?;
                let address = format!("{}/24", self.address(net, HERE + 10 + place));
                ip(&["-n", &name, "addr", "add", &address, "dev", &there])?;
                ip(&["-n", &name, "link", "set", &there, "up"])?;
            }
        }
        Ok(())
    }

    fn tear_down(&self) {
        // What is not there needs no removal.
        for place in 1..=self.places {
            let _ = ip(&["netns", "del", &self.name(place)]);
        }
        for (letter, _) in [NATS, SERVICE] {
            let _ = ip(&["link", "del", &format!("{letter}b-{}", self.tag)]);
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if !self.is_one {
            self.tear_down();
        }
    }
}

fn ip(arguments: &[&str]) -> io::Result<()> {
    let output = Command::new("ip").args(arguments).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// A network, by the letter of its links and the second number of its addresses.
const NATS: (char, u8) = ('n', 177);
const SERVICE: (char, u8) = ('s', 178);
/// Who is not in a place of its own.
const HERE: u8 = 1;
