//! TUNNEL: what is said to a proxy and heard from it until it leads to the target, for whoever does the
//! I/O.

mod connect;
mod socks;

use directline::Obstacle;

use crate::route::{Hop, Peer, Protocol};

/// What to do next: write `say`, then read just so many bytes; nothing more is done.
///
/// No byte is read too many: what follows is the target's.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) say: Vec<u8>,
    pub(crate) hear: usize,
}

/// A talk with a proxy about whom to connect to.
#[derive(Debug)]
pub(crate) enum Talk<'a> {
    Connect(connect::Answer),
    Socks(socks::Talk<'a>),
}

impl<'a> Talk<'a> {
    /// Begins; the first step is the second value.
    pub(crate) fn begin(hop: &'a Hop, target: &'a Peer) -> Result<(Talk<'a>, Step), Obstacle> {
        match &hop.protocol {
            Protocol::Connect { authorization } => {
                let say = connect::question(authorization.as_ref(), target);
                Ok((Talk::Connect(connect::Answer::default()), Step { say, hear: 1 }))
            }
            Protocol::Socks { login } => {
                let (talk, step) = socks::Talk::begin(login.as_ref(), target)?;
                Ok((Talk::Socks(talk), step))
            }
        }
    }

    /// Takes in what the last step wanted to hear.
    pub(crate) fn hear(&mut self, bytes: &[u8]) -> Result<Step, Obstacle> {
        match self {
            Talk::Connect(answer) => match bytes.iter().find_map(|byte| answer.take(*byte)) {
                None => Ok(Step { say: Vec::new(), hear: 1 }),
                Some(said) => said.map(|()| Step::default()),
            },
            Talk::Socks(talk) => talk.hear(bytes),
        }
    }
}
