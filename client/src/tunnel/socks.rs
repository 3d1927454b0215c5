//! SOCKS 5 (RFC 1928, with the user and password of RFC 1929). Names are left to the proxy.

use std::net::IpAddr;

use directline::Obstacle;

use super::Step;
use crate::route::{Login, Peer};

#[derive(Debug)]
pub(crate) struct Talk<'a> {
    login: Option<&'a Login>,
    /// What is asked for, ready to be said.
    request: Vec<u8>,
    awaited: Awaited,
}

/// What the proxy says next.
#[derive(Clone, Copy, Debug)]
enum Awaited {
    Method,
    Admission,
    Reply,
    NameLength,
    /// Where it connects from, which nobody wants to know.
    Rest,
}

impl<'a> Talk<'a> {
    pub(super) fn begin(
        login: Option<&'a Login>,
        target: &Peer,
    ) -> Result<(Talk<'a>, Step), Obstacle> {
        let say = match login {
            Some(_) => vec![VERSION, 2, OPEN, PASSWORD],
            None => vec![VERSION, 1, OPEN],
        };
        let talk = Talk { login, request: request(target)?, awaited: Awaited::Method };
        Ok((talk, Step { say, hear: 2 }))
    }

    pub(super) fn hear(&mut self, bytes: &[u8]) -> Result<Step, Obstacle> {
        match (self.awaited, bytes) {
            (Awaited::Method, [VERSION, OPEN]) | (Awaited::Admission, [_, 0]) => {
                let request = std::mem::take(&mut self.request);
                self.say(request, Awaited::Reply, 4)
            }
            (Awaited::Method, [VERSION, PASSWORD]) => match self.login {
                Some(login) => self.say(login.bytes(), Awaited::Admission, 2),
                None => Err(Obstacle::ProxyCredentials),
            },
            (Awaited::Method, [VERSION, _]) | (Awaited::Admission, _) => {
                Err(Obstacle::ProxyCredentials)
            }
            (Awaited::Reply, [VERSION, 0, _, kind]) => match *kind {
                IPV4 => self.say(Vec::new(), Awaited::Rest, 4 + 2),
                IPV6 => self.say(Vec::new(), Awaited::Rest, 16 + 2),
                NAME => self.say(Vec::new(), Awaited::NameLength, 1),
                _ => Err(Obstacle::NoProxy),
            },
            (Awaited::Reply, [VERSION, why, ..]) => {
                Err(Obstacle::ProxyRefused { status: u16::from(*why) })
            }
            (Awaited::NameLength, [length]) => {
                self.say(Vec::new(), Awaited::Rest, usize::from(*length) + 2)
            }
            (Awaited::Rest, _) => Ok(Step::default()),
            _ => Err(Obstacle::NoProxy),
        }
    }

    fn say(&mut self, say: Vec<u8>, awaited: Awaited, hear: usize) -> Result<Step, Obstacle> {
        self.awaited = awaited;
        Ok(Step { say, hear })
    }
}

fn request(target: &Peer) -> Result<Vec<u8>, Obstacle> {
    let mut bytes = vec![VERSION, CONNECT, 0];
    match target.host.parse() {
        Ok(IpAddr::V4(address)) => {
            bytes.push(IPV4);
            bytes.extend(address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            bytes.push(IPV6);
            bytes.extend(address.octets());
        }
        Err(_) => {
            let length = u8::try_from(target.host.len()).map_err(|_| Obstacle::Unresolved)?;
            bytes.extend([NAME, length]);
            bytes.extend(target.host.as_bytes());
        }
    }
    bytes.extend(target.port.to_be_bytes());
    Ok(bytes)
}

const VERSION: u8 = 5;
/// Methods: anybody, or whoever has a password.
const OPEN: u8 = 0;
const PASSWORD: u8 = 2;
const CONNECT: u8 = 1;
/// Kinds of addresses.
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(host: &str) -> Peer {
        Peer { host: host.into(), port: 443, is_encrypted: true }
    }

    /// What is said after each answer, up to the end or to what is in the way.
    fn talk(
        login: Option<&Login>,
        host: &str,
        answers: &[&[u8]],
    ) -> Result<Vec<Vec<u8>>, Obstacle> {
        let (mut talk, mut step) = Talk::begin(login, &peer(host))?;
        let mut said = vec![step.say];
        for answer in answers {
            assert_eq!(step.hear, answer.len(), "after {said:?}");
            step = talk.hear(answer)?;
            said.push(step.say);
        }
        assert_eq!(step.hear, 0);
        Ok(said)
    }

    #[test]
    fn names_and_addresses_are_asked_for_as_they_are() {
        let rest: &[u8] = &[0; 6];
        for (host, request) in [
            ("a.b", &[5, 1, 0, 3, 3, b'a', b'.', b'b', 1, 187][..]),
            ("1.2.3.4", &[5, 1, 0, 1, 1, 2, 3, 4, 1, 187]),
            ("::1", &[5, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 187]),
        ] {
            let said = talk(None, host, &[&[5, 0], &[5, 0, 0, 1], rest]).expect("a way");
            assert_eq!(said, [&[5, 1, 0][..], request, &[], &[]], "{host}");
        }
        assert_eq!(talk(None, &"a".repeat(256), &[]), Err(Obstacle::Unresolved));
    }

    #[test]
    fn every_answer_is_read_to_its_end_and_no_further() {
        // An address of version 6 or a name of 16 letters, and a port.
        let rest = &[0; 18][..];
        assert!(talk(None, "a", &[&[5, 0], &[5, 0, 0, 4], rest]).is_ok());
        assert!(talk(None, "a", &[&[5, 0], &[5, 0, 0, 3], &[16], rest]).is_ok());
        for (answers, obstacle) in [
            (&[&[5, 255][..]][..], Obstacle::ProxyCredentials),
            (&[&[5, 2]], Obstacle::ProxyCredentials),
            (&[b"HT"], Obstacle::NoProxy),
            (&[&[5, 0], &[5, 2, 0, 1]], Obstacle::ProxyRefused { status: 2 }),
            (&[&[5, 0], &[5, 0, 0, 9]], Obstacle::NoProxy),
        ] {
            assert_eq!(talk(None, "a", answers), Err(obstacle), "{answers:?}");
        }
    }

    #[test]
    fn a_password_is_told_where_it_is_wanted() {
        let login = Login::new("us", "pass").expect("short enough");
        let wanted: &[&[u8]] = &[&[5, 2], &[1, 0], &[5, 0, 0, 1], &[0; 6]];
        let said = talk(Some(&login), "a", wanted).expect("a way");
        assert_eq!(said[0], [5, 2, 0, 2]);
        assert_eq!(said[1], b"\x01\x02us\x04pass");
        let refused = talk(Some(&login), "a", &[&[5, 2], &[1, 1]]);
        assert_eq!(refused, Err(Obstacle::ProxyCredentials));
        assert!(!format!("{login:?}").contains("us"), "{login:?}");
        assert!(Login::new("", "pass").is_none() && Login::new("u", &"p".repeat(256)).is_none());
    }
}
