//! The last words: what the end means, and what was said and not sent.

use directline_client::directline::End;

use super::Chat;
use crate::args;
use crate::feed::Feed;
use crate::hint;
use crate::news::describe_unsent;
use crate::problem::{Problem, judge, judge_posts};
use crate::screen::Screen;

/// The user would not wait for the conversation to begin.
pub(super) fn stopped(chat: &args::Chat, feed: &Feed) -> Result<(), Problem> {
    let (unsent, mut screen) = (feed.unread_lines(), Screen::new(chat, None));
    unsent.iter().for_each(|text| screen.tell(&describe_unsent(text)));
    judge_posts(unsent.len(), 0)
}

impl Chat<'_> {
    /// Tells what there is to tell once the session has ended, and what it comes to.
    pub(super) fn conclude(mut self, end: &End) -> Result<(), Problem> {
        // Where standard output is gone this finds the same once more.
        let finished = self.screen.finish_line();
        self.check(finished);
        self.catch_up();
        self.left.append(&mut self.late);
        if !self.quiet.is_input_over() {
            self.left.extend(self.feed.unsent_lines(&self.credits));
        }
        let unwritten = self.store.as_ref().and_then(|store| store.trouble()).map(Problem::fatal);
        let judged = match self.problem.take() {
            Some(problem) => Err(problem),
            None => judge(end).and(unwritten.map_or(Ok(()), Err)),
        };
        let left = std::mem::take(&mut self.left);
        let unsent = self.unsent + left.len();
        // Why something was not sent comes before what.
        let judged = match judged {
            Err(problem) => Err(problem.with_unsent(left)),
            Ok(()) => {
                left.iter().for_each(|text| self.screen.tell(&describe_unsent(text)));
                judge_posts(unsent, self.doubts.count())
            }
        };
        if let (true, Some(position)) = (self.is_interactive, &self.position) {
            if let Some(hint) = hint::to_resume(self.arguments, position, end) {
                self.screen.tell(&hint);
            }
        }
        if let Some(trouble) = self.handle.record_trouble() {
            self.screen.tell(&format!("the recording is not complete: {trouble}"));
        }
        judged
    }
}
