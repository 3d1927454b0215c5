//! Acts: what the bot says, what the user sends, and what befalls the socket.

use directline::{CloseReason, Input, PostKey, Upload, UploadFile};

use super::World;
use crate::network::Delivery;
use crate::operation::{Saying, SocketFate};
use crate::violation::Verdict;

impl World {
    pub(super) fn say(&mut self, what: Saying, count: u16) {
        self.faults.tally.count_many("saying", what.name(), count.into());
        self.service.say(self.clock, what, count, &mut self.faults.tally);
        self.flush();
    }

    pub(super) fn post(&mut self) -> Verdict {
        if self.is_over {
            return Ok(());
        }
        let key = self.next_key;
        self.next_key += 1;
        self.report.posts += 1;
        self.posts.queued(key, false);
        let activity =
            format!("{{\"type\":\"message\",\"from\":{{\"id\":\"u\"}},\"text\":\"post {key}\"}}");
        self.feed(Input::Post { key: PostKey(key), activity })
    }

    pub(super) fn upload(&mut self, shape: u16) -> Verdict {
        if self.is_over {
            return Ok(());
        }
        let key = self.next_key;
        self.next_key += 1;
        self.report.posts += 1;
        self.posts.queued(key, true);
        self.faults.tally.count("other", "upload");
        let file = |_| UploadFile::new("a.txt", "text/plain", format!("\"post {key}\""));
        let mut upload = Upload::new((0..=shape % 3).map(file).collect());
        if shape / 3 % 2 == 1 {
            upload =
                upload.with_activity(format!("{{\"type\":\"message\",\"text\":\"post {key}\"}}"));
        }
        self.feed(Input::Upload { key: PostKey(key), upload })
    }

    pub(super) fn hit_socket(&mut self, fate: SocketFate, code: u16) {
        let Some((socket, _)) = self.judge.socket() else { return };
        let number = socket.as_u64();
        self.faults.tally.count("socket", fate.name());
        let reason = match fate {
            SocketFate::Closed => CloseReason::Closed { code, reason: String::new() },
            SocketFate::Collision => {
                let reason = if code % 2 == 0 { "collision" } else { "Socket COLLISION." };
                CloseReason::Closed { code, reason: reason.to_owned() }
            }
            SocketFate::Broken | SocketFate::Reset => CloseReason::Broken,
            SocketFate::TooLarge => CloseReason::FrameTooLarge,
            SocketFate::Unreadable => CloseReason::Unreadable,
            SocketFate::HalfOpen => {
                self.network.half_open(number);
                return;
            }
        };
        if fate == SocketFate::Reset {
            self.network.drop_on(number);
        }
        self.service.hang_up(number);
        let at = self.travel();
        self.network.send_on(socket, at, Delivery::Closed { socket, reason });
    }
}
