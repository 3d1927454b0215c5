//! The steps: what two bytes do. The upper half of the first says what happens, the lower half how,
//! the second has details. A step that has nothing to act on lets time pass to the next deadline, so
//! that none is wasted.

use std::sync::Arc;
use std::time::Duration;

use directline::{
    CloseReason, Credential, Distrust, Failure, Input, Moment, Obstacle, PostKey, RequestId,
    Session, Token, Unreached, Upload, UploadFile,
};
use http::Response;

use super::host::{Host, Lane};
use super::words::{self, Talk};
use crate::operation::CODES;
use crate::violation::{Verdict, Violation, ensure};

impl Host {
    pub(super) fn perform(&mut self, tag: u8, detail: u8) -> Verdict {
        self.number += 1;
        let choice = tag % 16;
        match tag / 16 {
            0 => self.pass(choice, detail),
            1 => self.serve(Lane::Link, choice, detail),
            2 => self.serve(Lane::Page, choice, detail),
            3 => self.serve(Lane::Post, choice, detail),
            4 => self.serve(Lane::Refresh, choice, detail),
            5 => self.refuse(choice, detail),
            6 => self.fail(choice, detail),
            7 => self.socket_news(choice),
            8 => self.close_socket(choice, detail),
            9 => {
                let text = self.set(choice, detail);
                self.frame(text)
            }
            10 => self.frame(words::odd(choice, detail)),
            11 => self.host_calls(choice, detail),
            12 => self.post(choice, detail),
            13 => self.kill(choice),
            14 => self.say_late(choice),
            _ => self.babble(choice, detail),
        }
    }

    /// Time passes: from deadline to deadline, or over all of them at once.
    fn pass(&mut self, choice: u8, detail: u8) -> Verdict {
        let late = u64::from(detail);
        match choice {
            0..8 => (0..=choice).try_for_each(|_| self.pass_to_deadline(late)),
            8..15 => self.jump((late + 1) << (2 * (choice - 8))),
            _ => self.jump(late * 3_600_000),
        }
    }

    fn pass_to_deadline(&mut self, late: u64) -> Verdict {
        // Nobody waits for the end of time.
        let by = self.session.deadline().map(Moment::as_millis).filter(|by| *by < u64::MAX / 2);
        let Some(by) = by else { return Ok(()) };
        self.clock = self.clock.max(by + late);
        // A deadline that is dealt with moves or goes.
        for _ in 0..AT_ONCE_MAX {
            self.feed(Input::Timeout)?;
            if self.session.deadline().is_none_or(|at| at > self.now()) {
                return Ok(());
            }
        }
        Err(Violation::new("TM-6", format!("spins at {}", self.clock)))
    }

    fn jump(&mut self, millis: u64) -> Verdict {
        self.clock += millis;
        self.feed(Input::Timeout)
    }

    /// Takes the request under way in this lane, else the oldest.
    fn take(&mut self, lane: Lane) -> Option<(RequestId, Lane)> {
        let is_it = |(_, purpose): &(_, _)| Lane::of(*purpose) == lane;
        let at = self.asked.iter().position(is_it).unwrap_or(0);
        let (request, purpose) = (at < self.asked.len()).then(|| self.asked.remove(at))?;
        self.past.0 = Some(request);
        Some((request, Lane::of(purpose)))
    }

    fn take_any(&mut self, detail: u8) -> Option<RequestId> {
        self.take(Lane::ALL[usize::from(detail % 4)]).map(|(request, _)| request)
    }

    fn answer(&mut self, request: RequestId, status: u16, body: Vec<u8>) -> Verdict {
        match Response::builder().status(status).body(body) {
            Ok(response) => self.feed(Input::Response { request, response }),
            Err(error) => Err(Violation::new("RX-6", error.to_string())),
        }
    }

    /// A request succeeds.
    pub(super) fn serve(&mut self, lane: Lane, choice: u8, detail: u8) -> Verdict {
        let Some((request, lane)) = self.take(lane) else { return self.pass_to_deadline(0) };
        let body = match lane {
            Lane::Link | Lane::Refresh => {
                words::grant(choice, detail, self.number, self.watch.base())
            }
            Lane::Page => self.set(choice, detail),
            Lane::Post => words::receipt(choice, self.said),
        };
        let status = if choice == 5 { 201 } else { 200 };
        self.answer(request, status, body.into_bytes())
    }

    /// A request succeeds, with a body that makes no sense.
    fn babble(&mut self, choice: u8, detail: u8) -> Verdict {
        let Some(request) = self.take_any(detail) else { return self.pass_to_deadline(0) };
        self.answer(request, 200, words::odd(choice, detail).into_bytes())
    }

    fn refuse(&mut self, choice: u8, detail: u8) -> Verdict {
        let Some(request) = self.take_any(detail) else { return self.pass_to_deadline(0) };
        match words::refusal(STATUSES[usize::from(choice)], detail / 4, self.number) {
            Some(response) => self.feed(Input::Response { request, response }),
            None => Err(Violation::new("RX-6", "an answer that cannot be made")),
        }
    }

    fn fail(&mut self, choice: u8, detail: u8) -> Verdict {
        let Some(request) = self.take_any(detail) else { return self.pass_to_deadline(0) };
        let failure = FAILURES[usize::from(choice) % FAILURES.len()]();
        self.feed(Input::RequestFailed { request, failure })
    }

    /// What happens on the socket beside frames.
    fn socket_news(&mut self, choice: u8) -> Verdict {
        let Some(socket) = self.socket else { return self.serve(Lane::Link, 0, 0) };
        let refused = |status| CloseReason::Refused { status };
        let reason = match choice {
            0..4 => return self.feed(Input::SocketOpened { socket }),
            4 | 5 => return self.feed(Input::Pong { socket }),
            6 => return self.feed(Input::Garbled { socket }),
            7 => refused(None),
            8 => refused(Some(400)),
            9 => refused(Some(401)),
            10 => refused(Some(403)),
            11 => refused(Some(502)),
            12 => CloseReason::FrameTooLarge,
            13 => CloseReason::Unreadable,
            _ => CloseReason::Broken,
        };
        self.lose(reason)
    }

    fn close_socket(&mut self, choice: u8, detail: u8) -> Verdict {
        let code = CODES.get(usize::from(choice)).copied().unwrap_or(u16::from(choice) * 300);
        let reason = match detail % 8 {
            0..3 => String::new(),
            3 => "collision".to_owned(),
            4 => "Socket COLLISION.".to_owned(),
            5 => "\u{1f980}".repeat(31),
            6 => format!("k{} is over", self.number - 1),
            _ => "bye".to_owned(),
        };
        self.lose(CloseReason::Closed { code, reason })
    }

    fn lose(&mut self, reason: CloseReason) -> Verdict {
        let Some(socket) = self.socket.take() else { return self.serve(Lane::Link, 0, 0) };
        self.past.1 = Some(socket);
        self.feed(Input::SocketClosed { socket, reason })
    }

    fn frame(&mut self, text: String) -> Verdict {
        match self.socket {
            Some(socket) => self.feed(Input::Frame { socket, text }),
            None => self.serve(Lane::Link, 0, 0),
        }
    }

    /// A set, whose watermark counts as said.
    fn set(&mut self, choice: u8, detail: u8) -> String {
        let (said, echo_key) = (self.said, self.echo_key.as_str());
        let talk = Talk { said, first_mark: self.watch.first_mark(), echo_key };
        let set = words::set(choice, detail, &talk);
        self.said += set.said.max(1);
        if let Some(mark) = set.mark {
            self.watch.mark_said(&mark);
        }
        set.text
    }

    fn host_calls(&mut self, choice: u8, detail: u8) -> Verdict {
        match choice {
            0..3 => self.feed(Input::Woke),
            3 | 4 => self.feed(Input::NetworkDown),
            5..8 => self.feed(Input::NetworkUp),
            8..11 => self.hand_token_in(format!("own-{}", self.number), detail),
            // One that was refused before is the host's mistake.
            11 => self.hand_token_in("tok-0".to_owned(), detail),
            12 => self.feed_in_vain(self.clock, Input::Timeout, false),
            13 => {
                let earlier = self.clock.saturating_sub(u64::from(detail) * 100);
                self.feed_in_vain(earlier, Input::Timeout, false)
            }
            14 => {
                self.lazy = detail % 16;
                Ok(())
            }
            _ if detail < 8 => self.feed(Input::Close),
            _ => match self.session.checkpoint() {
                Some(checkpoint) => self.store(checkpoint),
                None => Ok(()),
            },
        }
    }

    fn hand_token_in(&mut self, text: String, detail: u8) -> Verdict {
        let token = Token::new(text);
        let token = token.map_err(|error| Violation::new("CR-5", error.to_string()))?;
        let lifetime = Duration::from_secs(u64::from(detail) * 10);
        let token = if detail % 2 == 1 { token.lasting(lifetime) } else { token };
        self.feed_in_doubt(Input::NewToken(token))
    }

    fn post(&mut self, choice: u8, detail: u8) -> Verdict {
        let key = PostKey(self.number);
        let file = |name: &str| UploadFile::new(name, "text/plain", vec![detail]);
        let activity = match choice {
            0..6 => format!(r#"{{"type":"message","text":"{detail}"}}"#),
            6 => r#"{"channelData":{"own":1}}"#.to_owned(),
            7 => format!(r#"{{"channelData":{{"clientActivityID":"own-{detail}"}}}}"#),
            8 => r#"{"deliveryMode":"normal","channelData":7}"#.to_owned(),
            // The key of one that may still be waiting.
            9 => {
                let (key, activity) = (PostKey(self.number - 1), "{}".to_owned());
                return self.feed_in_doubt(Input::Post { key, activity });
            }
            10 | 11 => {
                let post = Input::Post { key, activity: "no object".to_owned() };
                return self.feed_in_vain(self.clock, post, true);
            }
            12 => return self.upload(key, Upload::new(vec![file("a")])),
            13 => return self.upload(key, Upload::new(vec![file("a"), file("a")]).with_user("u")),
            14 => return self.upload(key, Upload::new(vec![file("a")]).with_activity("{}")),
            _ => {
                let upload = Upload::new(vec![]);
                return self.feed_in_vain(self.clock, Input::Upload { key, upload }, true);
            }
        };
        self.feed(Input::Post { key, activity })
    }

    fn upload(&mut self, key: PostKey, upload: Upload) -> Verdict {
        self.feed(Input::Upload { key, upload })
    }

    /// The process dies; the next resumes from what is kept, written down or not.
    fn kill(&mut self, choice: u8) -> Verdict {
        let now = self.session.checkpoint();
        let kept = match choice % 4 {
            0 | 1 => now.or_else(|| self.stored.last().cloned()),
            2 => self.stored.last().cloned(),
            _ => self.stored.first().cloned(),
        };
        let Some(mut checkpoint) = kept else { return self.pass_to_deadline(0) };
        if choice == 5 {
            checkpoint = self.watch.written_down(&checkpoint)?;
        }
        if choice >= 8 {
            let token = Credential::token(format!("own-{}", self.number)).expect("a credential");
            self.config = Arc::new(self.config.with_credential(token));
        }
        self.session = Session::resume(Arc::clone(&self.config), checkpoint.clone(), self.now());
        self.asked.clear();
        (self.socket, self.past, self.lazy) = (None, (None, None), 0);
        self.stored = vec![checkpoint.clone()];
        self.watch.killed();
        self.feed(Input::Timeout)?;
        let restored = self.session.checkpoint();
        let marks = restored.as_ref().map(|own| (own.conversation(), own.watermark()));
        let expected = Some((checkpoint.conversation(), checkpoint.watermark()));
        ensure(marks == expected, "TM-7", || format!("{marks:?} of {expected:?}"))
    }

    /// News of what nobody waits for any more, or of what was never asked for.
    fn say_late(&mut self, choice: u8) -> Verdict {
        let unknown: u64 = if choice % 2 == 0 { 1_000_000 } else { 1_000_001 };
        let id = unknown.to_string();
        let (request, socket) = match choice {
            0..4 => (self.past.0, None),
            4..12 => (None, self.past.1),
            12 | 13 => (serde_json::from_str(&id).ok(), None),
            _ => (None, serde_json::from_str(&id).ok()),
        };
        let input = match (request, socket) {
            (Some(request), _) if choice % 4 == 1 => {
                Input::RequestFailed { request, failure: Failure::Broken }
            }
            (Some(request), _) => {
                let body = words::grant(0, 0, self.number, self.watch.base()).into_bytes();
                Input::Response { request, response: Response::new(body) }
            }
            (None, Some(socket)) => match choice % 8 {
                0 => Input::Pong { socket },
                1 => Input::Garbled { socket },
                2 => Input::SocketClosed { socket, reason: CloseReason::Broken },
                3 => Input::SocketOpened { socket },
                _ => Input::Frame { socket, text: self.set(choice, 0) },
            },
            (None, None) => return self.pass_to_deadline(0),
        };
        self.feed_in_vain(self.clock, input, choice >= 12)
    }
}

/// One of each meaning that a status has, and odd ones.
const STATUSES: [u16; 16] =
    [400, 401, 403, 404, 405, 409, 410, 429, 408, 500, 501, 502, 302, 418, 101, 999];
const FAILURES: [fn() -> Failure; 7] = [
    || Failure::NotSent,
    || Failure::Broken,
    || Failure::TimedOut,
    || Failure::TooLarge,
    || unreached(Obstacle::Refused),
    || unreached(Obstacle::Untrusted(Distrust::Issuer)),
    || unreached(Obstacle::ProxyCredentials),
];
const AT_ONCE_MAX: u32 = 32;

fn unreached(obstacle: Obstacle) -> Failure {
    Failure::Unreached(Unreached::new("localhost", 9, obstacle))
}
