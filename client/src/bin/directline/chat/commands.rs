//! What a line means to somebody who types: commands, numbers, texts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use crossterm::event::Event;
use directline_client::directline::{Moment, Status, Upload};

use super::Chat;
use crate::editor::Act;
use crate::list::{Pressed, press};
use crate::typed::{HELP, Typed};
use crate::upload;

impl Chat<'_> {
    /// Does what a key says.
    pub(super) fn key(&mut self, event: &Event) {
        let Some(console) = &self.console else { return };
        let drawn = match console.key(event) {
            Ok(Act::Entered(line)) => {
                self.obey(&line);
                Ok(())
            }
            // Once more, and it ends without waiting for answers.
            Ok(Act::EndOfInput) if self.quiet.is_input_over() => {
                self.handle.close();
                Ok(())
            }
            Ok(Act::EndOfInput) => {
                let drawn = console.is_over();
                self.quiet.end_input(Instant::now());
                drawn
            }
            Ok(Act::Stop) => {
                self.feed.stop();
                Ok(())
            }
            Ok(Act::Edited | Act::Suspend | Act::Clear) => Ok(()),
            Err(error) => Err(error),
        };
        self.check(drawn);
    }

    /// Does what a line says. Whatever it is, it sends at most one thing.
    pub(super) fn obey(&mut self, line: &str) {
        self.screen.line_ended();
        let typed = Typed::read(line);
        let sends = matches!(typed, Typed::Say(_) | Typed::Press { .. } | Typed::Upload(_));
        if self.quiet.is_input_over() && sends {
            return self.screen.tell("not sent, since the input has ended with Ctrl-D");
        }
        match typed {
            Typed::Nothing => {}
            Typed::Say(text) => self.send(text),
            Typed::Press { number, values } => self.press(&number, &values),
            Typed::Upload(path) => self.upload(&path),
            Typed::Help => {
                let shown = self.screen.report(HELP);
                self.check(shown);
            }
            Typed::Quit => self.handle.close(),
            Typed::Status => {
                let told = self.status();
                self.screen.tell(&told);
            }
            Typed::History(count) => {
                let shown = self.screen.show_again(count);
                self.check(shown);
            }
            Typed::Raw => match &self.newest {
                Some(received) => {
                    let json = received.json().to_owned();
                    self.screen.tell(&json);
                }
                None => self.screen.tell("nothing has come yet"),
            },
            Typed::Mistake(told) => self.screen.tell(&told),
        }
    }

    fn press(&mut self, number: &str, values: &BTreeMap<String, String>) {
        let (title, activity) = match press(self.screen.list(), number, values) {
            Ok(Pressed::Sends { title, activity }) => (title, activity),
            Ok(Pressed::Opens { link }) => {
                return self.screen.tell(&format!("nothing to send: open {link}"));
            }
            Err(told) => return self.screen.tell(&told),
        };
        let activity = match activity.with_from(self.user) {
            Ok(activity) => activity.to_json(),
            Err(invalid) => return self.screen.tell(&format!("not sent: {invalid}")),
        };
        match self.handle.send(activity) {
            Ok(post) => {
                self.screen.tell(&format!("[{number}] {title}"));
                self.sent(post.key(), title);
            }
            Err(error) => self.not_sent(&error, &title),
        }
    }

    fn upload(&mut self, path: &Path) {
        let file = match upload::read(path) {
            Ok(file) => file,
            Err(told) => return self.screen.tell(&told),
        };
        let name = path.display().to_string();
        match self.handle.upload(Upload::new(vec![file]).with_user(self.user)) {
            Ok(post) => {
                self.screen.tell(&format!("uploading {name}"));
                self.sent(post.key(), name);
            }
            Err(error) => self.not_sent(&error, &name),
        }
    }

    fn status(&self) -> String {
        let stands = stands(self.handle.status(), |until| self.handle.time_until(until));
        let conversation = match &self.conversation {
            Some(id) => format!("conversation {id}"),
            None => "no conversation yet".to_owned(),
        };
        let received = self.handle.counters().delivered;
        let waiting = self.texts.len();
        format!("{stands}; {conversation}; {received} received, {waiting} waiting to be sent")
    }
}

/// A status in words.
fn stands(status: Status, left: impl FnOnce(Moment) -> Duration) -> String {
    match status {
        Status::Connecting => "connecting".to_owned(),
        Status::Live => "connected".to_owned(),
        Status::Polling => "polling".to_owned(),
        Status::Waiting { until } => {
            format!("the next attempt is in {:.1} s", left(until).as_secs_f64())
        }
        Status::NeedsToken => "a new token is needed".to_owned(),
        Status::Offline => "offline".to_owned(),
        _ => "it has ended".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_words() {
        let until = Moment::from_millis(7_000);
        for (status, words) in [
            (Status::Connecting, "connecting"),
            (Status::Live, "connected"),
            (Status::Polling, "polling"),
            (Status::Waiting { until }, "the next attempt is in 4.5 s"),
            (Status::NeedsToken, "a new token is needed"),
            (Status::Offline, "offline"),
            (Status::Ended, "it has ended"),
        ] {
            let left = |at: Moment| at.since(Moment::from_millis(2_500));
            assert_eq!(stands(status, left), words);
        }
    }
}
