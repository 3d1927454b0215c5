//! How the arguments and the environment let a service be reached.

use std::fs::File;
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::Path;

use directline_client::{Network, Proxy, Trust};

use crate::args::Chat;
use crate::problem::Problem;

/// How `url` is reached.
pub(crate) fn network(chat: &Chat, url: &str) -> Result<Network, Problem> {
    let of_environment = Proxy::from_env();
    let proxy = match &chat.proxy {
        Some(url) => {
            let proxy = Proxy::at(url).map_err(|error| Problem::usage(format!("--{error}")))?;
            proxy.with_exceptions_of(&of_environment)
        }
        None => of_environment,
    };
    let proxy = match &chat.no_proxy {
        Some(list) => proxy.with_exceptions(exceptions(list)?),
        None => proxy,
    };
    proxy.check(url).map_err(|error| Problem::usage(error.to_string()))?;
    Ok(Network::default().with_trust(trust(chat)?).with_proxy(proxy))
}

/// A list of hosts in which each means something; that of the environment is read as curl reads it, and
/// what means nothing is passed over.
fn exceptions(list: &str) -> Result<&str, Problem> {
    let mut words = list.split([',', ' ', '\t']).filter(|word| !word.is_empty());
    match words.find(|word| !is_exception(word)) {
        None => Ok(list),
        Some(word) => Err(Problem::usage(format!(
            "--no-proxy has {word:?}, allowed are names such as x.example or .example, which stand for \
             all below them too, addresses, networks such as 10.0.0.0/8, or * for all"
        ))),
    }
}

fn is_exception(word: &str) -> bool {
    let address = |text: &str| text.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    if word == "*" || address(word).is_some() {
        return true;
    }
    if let Some((network, bits)) = word.split_once('/') {
        let most = address(network).map(|network| if network.is_ipv4() { 32 } else { 128 });
        return bits.parse::<u8>().is_ok_and(|bits| most.is_some_and(|most| bits <= most));
    }
    let name = word.strip_prefix('.').unwrap_or(word);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(is_plain);
    name.strip_suffix('.').unwrap_or(name).split('.').all(is_label)
}

/// Whose certificates the arguments accept.
fn trust(chat: &Chat) -> Result<Trust, Problem> {
    let Some(path) = &chat.ca_file else { return Ok(Trust::default()) };
    let wrong = |why: String| Problem::usage(format!("--ca-file {}: {why}", path.display()));
    let bytes = read(path).map_err(|error| wrong(error.to_string()))?;
    Trust::default().with_certificates(&bytes).map_err(|error| wrong(error.to_string()))
}

/// The file, unless it is larger than any that holds certificates.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(..=BYTES_MAX) => Ok(bytes),
        _ => Err(io::Error::other("it has more than 16 MiB, allowed are certificates alone")),
    }
}

/// All authorities that are trusted anywhere take less than one of these.
const BYTES_MAX: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_what_can_be_met() {
        for good in [
            "",
            "*",
            "x.example",
            ".example",
            "x_y.example.",
            "10.0.0.0/8,::1",
            "[::1]",
            "fd00::/8",
            "localhost 127.0.0.1\t.lan",
        ] {
            assert!(exceptions(good).is_ok(), "{good}");
        }
        for bad in [
            "///",
            "a//b",
            "x:8080",
            "http://x",
            "*.example",
            "10.0.0.0/33",
            "x/8",
            "a..b",
            "ü.example",
            "x\n",
            "10.0.0.0/-1",
        ] {
            let told = exceptions(&format!("fine.example,{bad}")).expect_err(bad).message;
            assert!(
                told.starts_with("--no-proxy has \"") && told.contains(" allowed are "),
                "{told}"
            );
        }
    }
}
