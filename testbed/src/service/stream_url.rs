//! Stream URLs: minted for one dial within a minute.

use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::plan::fault::UrlFlaw;
use crate::profile::traits::StreamUrlStyle;
use crate::service::State;

/// What a stream URL that was handed out is good for.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) conversation: String,
    /// The position at which its replay begins.
    pub(crate) position: usize,
    expires: Instant,
}

impl State {
    /// Mints a stream URL; `watermark` is what it says, `position` is where its replay begins,
    /// `authority` the host and port that it leads to.
    ///
    /// `None` means that the answer has no such member, `Some(None)` that it is `null`.
    pub(crate) fn mint_stream_url(
        &mut self,
        conversation: &str,
        watermark: &str,
        position: usize,
        authority: &str,
        flaw: Option<UrlFlaw>,
    ) -> Option<Option<String>> {
        let now = Instant::now();
        // A handshake that is held up may still come for a ticket that has expired since.
        self.tickets.retain(|_, ticket| now.duration_since(ticket.expires) < KEPT_AFTER_EXPIRY);
        let watermark = utf8_percent_encode(watermark, QUERY_VALUE);
        let traits = self.traits();
        let path = format!("{}/conversations/{conversation}/stream", traits.mount);
        let proof = self.names.word(TICKET_LENGTH);
        self.proofs.push(proof.clone());
        let target = match traits.stream_url {
            StreamUrlStyle::Plain => format!("{path}?t={proof}"),
            StreamUrlStyle::Watermarked | StreamUrlStyle::Empty | StreamUrlStyle::Absent => {
                format!("{path}?watermark={watermark}&t={proof}")
            }
        };
        let lifetime = match flaw {
            Some(UrlFlaw::Expired) => Duration::ZERO,
            Some(_) | None => self.options.stream_url_lifetime,
        };
        let expires = now.checked_add(lifetime).unwrap_or(now);
        let conversation = String::from(conversation);
        self.tickets.insert(target.clone(), Ticket { conversation, position, expires });
        write_url(&target, authority, flaw)
    }

    /// The ticket for this path and query, which may be used up by that; `None` if it is used,
    /// foreign, or was stale when the handshake arrived.
    pub(crate) fn redeem(&mut self, target: &str, arrived: Instant) -> Option<Ticket> {
        let ticket = match self.traits().stream_url {
            StreamUrlStyle::Plain => self.tickets.get(target).cloned(),
            StreamUrlStyle::Watermarked | StreamUrlStyle::Empty | StreamUrlStyle::Absent => {
                self.tickets.remove(target)
            }
        }?;
        let known = self.conversations.contains_key(&ticket.conversation);
        (known && ticket.expires > arrived).then_some(ticket)
    }
}

fn write_url(target: &str, at: &str, flaw: Option<UrlFlaw>) -> Option<Option<String>> {
    let Some(flaw) = flaw else { return Some(Some(format!("ws://{at}{target}"))) };
    match flaw {
        UrlFlaw::Empty => Some(Some(String::new())),
        UrlFlaw::Null => Some(None),
        UrlFlaw::Missing => None,
        UrlFlaw::Expired => Some(Some(format!("ws://{at}{target}"))),
        UrlFlaw::Escaped => Some(Some(format!("ws://{at}{}", target.replace('&', "&amp;")))),
        UrlFlaw::Https => Some(Some(format!("https://{at}{target}"))),
        UrlFlaw::Http => Some(Some(format!("http://{at}{target}"))),
        UrlFlaw::Relative => Some(Some(String::from(target))),
    }
}

/// As long as a plan can hold up a handshake.
const KEPT_AFTER_EXPIRY: Duration = Duration::from_secs(600);

const TICKET_LENGTH: usize = 43;
/// All but what the URL standard calls unreserved.
const QUERY_VALUE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::options::Options;

    #[test]
    fn a_handshake_must_come_before_its_url_expires() {
        let mut state = State::new(Options::default(), SocketAddr::from(([127, 0, 0, 1], 1)));
        let conversation = state.mint_conversation();
        let mut redeemed = |early| {
            let url = state.mint_stream_url(&conversation, "-", 0, "here", None).flatten();
            let target = url.expect("a URL").replace("ws://here", "");
            let expires = state.tickets[&target].expires;
            state.redeem(&target, expires - early).is_some()
        };
        assert!(redeemed(Duration::from_nanos(1)));
        assert!(!redeemed(Duration::ZERO));
    }
}
