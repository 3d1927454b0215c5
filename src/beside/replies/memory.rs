//! What is remembered of streams, held against everything that ever came: known are the last 256
//! that there was news of, open or over, whatever the news was.

use std::collections::BTreeMap;

use super::{Piece, Replies, STREAMS_MAX};

/// What may come of a stream.
#[derive(Clone, Copy, Debug)]
enum News {
    /// A piece with a number.
    Piece(u64),
    Unnumbered,
    Withdrawal,
    End,
}

impl News {
    fn json(self, stream: usize) -> String {
        let info = |kind: &str, more: String| {
            format!(r#""channelData":{{"streamType":"{kind}","streamId":"{stream}"{more}}}"#)
        };
        let (kind, text, info) = match self {
            News::Piece(number) => {
                ("typing", "so far", info("streaming", format!(",\"streamSequence\":{number}")))
            }
            News::Unnumbered => ("typing", "so far", info("informative", String::new())),
            News::Withdrawal => ("typing", "", info("final", String::new())),
            News::End => ("message", "all", info("final", String::new())),
        };
        format!(r#"{{"type":"{kind}","text":"{text}",{info}}}"#)
    }
}

/// What is known of a stream, by the obvious book: the number that is shown and whether it is over.
#[derive(Clone, Copy, Default)]
struct Entry {
    newest: u64,
    shown: Option<u64>,
    is_over: bool,
}

/// Remembers everything, and forgets by looking for what is oldest.
#[derive(Default)]
struct Book {
    count: u64,
    entries: BTreeMap<usize, Entry>,
}

impl Book {
    /// Notes it; whether a display shows anything.
    fn take(&mut self, stream: usize, news: News) -> bool {
        self.count += 1;
        if !self.entries.contains_key(&stream) && self.entries.len() == STREAMS_MAX {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.newest);
            let oldest = *oldest.expect("it is full").0;
            self.entries.remove(&oldest);
        }
        let entry = self.entries.entry(stream).or_default();
        entry.newest = self.count;
        match news {
            News::Piece(_) | News::Unnumbered | News::Withdrawal if entry.is_over => false,
            News::Piece(number) if entry.shown >= Some(number) => false,
            News::Piece(number) => {
                entry.shown = Some(number);
                true
            }
            News::Unnumbered => true,
            News::Withdrawal | News::End => {
                entry.is_over = true;
                true
            }
        }
    }

    /// The streams that are open, the one without news for longest first.
    fn open(&self) -> Vec<String> {
        let open = self.entries.iter().filter(|(_, entry)| !entry.is_over);
        let mut open: Vec<_> = open.map(|(stream, entry)| (entry.newest, stream)).collect();
        open.sort_unstable();
        open.into_iter().map(|(_, stream)| stream.to_string()).collect()
    }
}

/// Gives both the same news, and compares what they make of it.
struct Both(Replies, Book);

impl Both {
    #[track_caller]
    fn take(&mut self, stream: usize, news: News) {
        let shows = self.0.take(&news.json(stream)) != Piece::Late;
        assert_eq!(shows, self.1.take(stream, news), "{news:?} of {stream}");
    }

    #[track_caller]
    fn agree(&self) {
        assert_eq!(self.0.open().collect::<Vec<_>>(), self.1.open());
        assert_eq!(self.0.streams.len(), self.1.entries.len());
    }
}

#[test]
fn whether_a_stream_is_open_or_over_it_is_forgotten_in_its_turn() {
    let kinds = [News::Piece(5), News::Unnumbered, News::Withdrawal, News::End];
    // Every kind of an oldest one among every kind of others, at the bound and beside it.
    for (oldest, others) in kinds.iter().flat_map(|one| kinds.map(|other| (*one, other))) {
        for more in [STREAMS_MAX - 2, STREAMS_MAX - 1, STREAMS_MAX, STREAMS_MAX + 1] {
            for has_late_news in [false, true] {
                let mut both = Both(Replies::new(), Book::default());
                both.take(0, News::Piece(9));
                both.take(0, oldest);
                (1..STREAMS_MAX).for_each(|stream| both.take(stream, others));
                if has_late_news {
                    both.take(0, News::Piece(1));
                }
                (STREAMS_MAX..=more).for_each(|stream| both.take(stream, others));
                both.agree();
                for stream in [0, 1, 2, 3, more] {
                    both.take(stream, News::Piece(2));
                }
                both.agree();
            }
        }
    }
}

#[test]
fn a_long_talk_of_many_streams_is_remembered_as_everything_says() {
    let mut both = Both(Replies::new(), Book::default());
    let mut state = 1_u64;
    let mut draw = |end: u64| {
        // Knuth's generator; its high bits are good enough.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    for round in 0..6_000 {
        // Some of few that speak all the time, and some of more than fit.
        let stream = if draw(3) == 0 { draw(9) } else { draw(400) };
        let news = match draw(8) {
            0 => News::End,
            1 => News::Withdrawal,
            2 => News::Unnumbered,
            _ => News::Piece(draw(9)),
        };
        both.take(usize::try_from(stream).expect("small"), news);
        if round % 50 == 0 {
            both.agree();
        }
    }
}
