//! RECORD: a conversation written down as it goes, for whoever asked for it.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use directline::{Checkpoint, Config, Input, Misuse, Moment, Output, Session};
use directline_record::Recorder;

type Sink = Box<dyn Write + Send>;

/// Where the next conversation is written to; the first that is opened takes it.
#[derive(Clone, Default)]
pub(crate) struct Wanted(Option<Arc<Mutex<Option<Sink>>>>);

impl Wanted {
    pub(crate) fn new(sink: impl Write + Send + 'static) -> Wanted {
        Wanted(Some(Arc::new(Mutex::new(Some(Box::new(sink))))))
    }

    pub(crate) fn take(&self) -> Option<Sink> {
        let slot = self.0.as_ref()?;
        slot.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wanted({})", self.0.is_some())
    }
}

/// What stands beside a session and writes, or nothing.
pub(crate) struct Record(Option<Recorder<Sink>>);

impl Record {
    pub(crate) fn begin(
        sink: Option<Sink>,
        config: &Config,
        checkpoint: Option<&Checkpoint>,
        at: Moment,
    ) -> Record {
        Record(sink.map(|sink| Recorder::begin(sink, config, checkpoint, at)))
    }

    pub(crate) fn input(&mut self, session: &Session, at: Moment, input: &Input) {
        if let Some(recorder) = &mut self.0 {
            recorder.input(session, at, input);
        }
    }

    pub(crate) fn misuse(&mut self, misuse: &Misuse) {
        if let Some(recorder) = &mut self.0 {
            recorder.misuse(misuse);
        }
    }

    pub(crate) fn output(&mut self, output: &Output) {
        if let Some(recorder) = &mut self.0 {
            recorder.output(output);
        }
    }

    pub(crate) fn trouble(&self) -> Option<String> {
        self.0.as_ref().and_then(Recorder::trouble).map(ToString::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_something_is_to_be_written_down_is_shown() {
        let shown = |wanted: Wanted| format!("{wanted:?}");
        assert_eq!(shown(Wanted::new(std::io::sink())), "Wanted(true)");
        assert_eq!(shown(Wanted::default()), "Wanted(false)");
    }
}
