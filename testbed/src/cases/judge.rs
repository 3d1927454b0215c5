//! What the service must have seen, and the client must have shown.

use crate::cases::bytes::difference;
use crate::cases::evidence::{Evidence, Identity};
use crate::cases::requests::Requests;
use crate::cases::run::LAST_WORD;
use crate::log::LogEvent;

/// What is asked of a client in one case. Without a word: everything said is shown once, in order;
/// everything sent is posted once, in order; no secret is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Judge {
    /// What is to be shown, if not all there is.
    pub(super) shown: Option<Vec<String>>,
    /// Histories and streams may come mixed.
    pub(super) in_any_order: bool,
    /// To the byte.
    pub(super) exactly: bool,
    /// What is to be posted, if not all that was sent.
    pub(super) posted: Option<Vec<String>>,
    /// The client ends by itself: well, or not.
    pub(super) ends: Option<bool>,
    /// It is over with its steps: no last word is waited for.
    pub(super) unfinished: bool,
    /// How many sockets may have opened.
    pub(super) sockets: Option<(usize, usize)>,
    /// No socket is opened beside another.
    pub(super) one_socket: bool,
    pub(super) requests: Vec<Requests>,
}

impl Judge {
    /// What is to be posted.
    pub(super) fn posted<'a>(&'a self, sent: &'a [String]) -> &'a [String] {
        self.posted.as_deref().unwrap_or(sent)
    }

    pub(super) fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let mut complaints = Vec::new();
        self.judge_shown(evidence, &mut complaints);
        let (wanted, posted) = (self.posted(&evidence.sent), evidence.posted());
        if wanted != posted {
            complaints.push(format!("posted was {posted:?}, it must be {wanted:?}"));
        }
        self.judge_end(evidence, &mut complaints);
        let opened = evidence.log.sockets_opened();
        if let Some((least, most)) = self.sockets {
            if !(least..=most).contains(&opened) {
                let have = if opened == 1 { "socket has" } else { "sockets have" };
                complaints.push(format!("{opened} {have} opened, {}", allowed(least, most)));
            }
        }
        if self.one_socket {
            complaints.extend(rivals(evidence));
        }
        complaints.extend(self.requests.iter().flat_map(|requests| requests.judge(&evidence.log)));
        if evidence.secrets.iter().any(|secret| evidence.written.contains(secret)) {
            complaints.push(String::from("a secret, a token or a stream URL was written"));
        }
        complaints
    }

    fn judge_end(&self, evidence: &Evidence, complaints: &mut Vec<String>) {
        let told = |status: std::process::ExitStatus| format!("the client has ended with {status}");
        match (self.ends, evidence.ended) {
            (None, Some(status)) => complaints.push(format!("{}, it must go on", told(status))),
            (Some(_), None) => complaints.push(String::from("the client goes on, it must end")),
            (Some(true), Some(status)) if !status.success() => {
                complaints.push(format!("{}, it must be 0", told(status)));
            }
            (Some(false), Some(status)) if status.success() => {
                complaints.push(format!("{}, it must be something else", told(status)));
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }

    fn judge_shown(&self, evidence: &Evidence, complaints: &mut Vec<String>) {
        let unreadable = evidence.shown.iter().filter(|line| Identity::of(line).is_none());
        complaints.extend(unreadable.map(|line| {
            format!("{line:?} is on stdout and no activity, each line there must be one, as JSON")
        }));
        let identities = |lines: &mut dyn Iterator<Item = &str>| -> Vec<Identity> {
            lines.filter_map(Identity::of).collect()
        };
        let shown = identities(&mut evidence.shown.iter().map(String::as_str));
        if let Some(wanted) = &self.shown {
            let texts: Vec<String> = shown.iter().map(Identity::words).collect();
            // The last word needs no saying.
            let texts: Vec<&String> = texts.iter().filter(|text| *text != LAST_WORD).collect();
            if texts.len() != wanted.len()
                || texts.iter().zip(wanted).any(|(one, other)| *one != other)
            {
                complaints.push(format!("shown was {texts:?}, it must be {wanted:?}"));
            }
            return;
        }
        let recorded = evidence.recorded.iter().map(|recorded| recorded.json.as_str());
        let said = identities(&mut recorded.clone());
        let count = complaints.len();
        complaints.extend(differences(&said, &shown));
        if complaints.len() == count && !self.in_any_order && said != shown {
            let words = |all: &[Identity]| all.iter().map(Identity::words).collect::<Vec<_>>();
            let (shown, said) = (words(&shown), words(&said));
            complaints.push(format!("shown was {shown:?}, it must be in the order {said:?}"));
        }
        if self.exactly {
            // What nobody said is told already.
            complaints.extend(evidence.shown.iter().filter_map(|line| {
                let identity = Identity::of(line)?;
                let is_it = |json: &&str| Identity::of(json).as_ref() == Some(&identity);
                let mut all = recorded.clone().filter(is_it);
                let received = all.clone().next().filter(|_| !all.any(|it| it == line))?;
                let (words, how) = (identity.words(), difference(line, received));
                Some(format!("{words:?} was shown with other bytes than were received: {how}"))
            }));
        }
    }
}

/// What is missing, what came twice and what nobody said.
fn differences(said: &[Identity], shown: &[Identity]) -> Vec<String> {
    let count = |all: &[Identity], wanted: &Identity| all.iter().filter(|it| *it == wanted).count();
    let mut complaints = Vec::new();
    for wanted in said {
        match count(shown, wanted) {
            0 => complaints.push(format!("{:?} was never shown", wanted.words())),
            1 => {}
            times => complaints.push(format!("{:?} was shown {times} times", wanted.words())),
        }
    }
    let invented = shown.iter().filter(|it| count(said, it) == 0);
    complaints.extend(invented.map(|it| format!("{:?} was shown, which nobody said", it.words())));
    complaints
}

/// The sockets that were opened while another one was there for all that anybody knew.
fn rivals(evidence: &Evidence) -> Vec<String> {
    let mut open: Vec<u64> = Vec::new();
    let mut complaints = Vec::new();
    for event in evidence.log.events() {
        match event {
            LogEvent::SocketOpened { socket, .. } => {
                if let Some(other) = open.last() {
                    complaints.push(format!("socket {socket} was opened beside socket {other}"));
                }
                open.push(*socket);
            }
            // What is silent is as good as gone, and nobody can tell the service.
            LogEvent::SocketClosed { socket, .. } | LogEvent::SocketSilenced { socket, .. } => {
                open.retain(|it| it != socket);
            }
            _ => {}
        }
    }
    complaints
}

/// A range in words.
pub(super) fn allowed(least: usize, most: usize) -> String {
    match (least, most) {
        (least, most) if least == most => format!("it must be {least}"),
        (least, usize::MAX) => format!("it must be at least {least}"),
        (0, most) => format!("it must be at most {most}"),
        (least, most) => format!("it must be {least} to {most}"),
    }
}
