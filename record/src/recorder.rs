//! THE RECORDER: stands beside a session and writes down what goes in and what comes out.

use std::fmt;
use std::io::{self, Write};

use directline::{Checkpoint, Config, Input, Misuse, Moment, Output, Session};
use serde::Serialize;

use crate::input::Fact;
use crate::lines::{Header, Line};
use crate::output::shown;
use crate::veil::Veil;

/// Writes a session down, line by line, each with one call of [`Write::write_all`].
///
/// Whoever drives the session calls it in this order: [`Recorder::begin`], [`Recorder::output`] for
/// each output, and for everything that happens [`Recorder::input`] before it is handled,
/// [`Recorder::misuse`] if it was refused, and [`Recorder::output`] for each output again.
///
/// What cannot be written is no trouble of the session's: nothing more is written then, and
/// [`Recorder::finish`] says why.
///
/// ```
/// use directline::{Config, Input, Moment, Session, Token};
/// use directline_record::{Recorder, Recording};
///
/// let config = Config::builder(Token::new("ew0KICAiYWxnIjo")?).build()?;
/// let mut file = Vec::new();
/// let mut recorder = Recorder::begin(&mut file, &config, None, Moment::ZERO);
/// let mut session = Session::new(config, Moment::ZERO);
/// while let Some(output) = session.poll() {
///     recorder.output(&output);
/// }
/// recorder.input(&session, Moment::from_millis(5), &Input::Close);
/// session.handle(Moment::from_millis(5), Input::Close)?;
/// while let Some(output) = session.poll() {
///     recorder.output(&output);
/// }
/// recorder.finish()?;
///
/// let text = String::from_utf8(file)?;
/// assert!(!text.contains("ew0KICAiYWxnIjo"), "a stand-in was written");
/// let recording = Recording::parse(&text)?;
/// assert_eq!(recording.steps().len(), 1);
/// assert_eq!(recording.replay().difference(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Recorder<W> {
    sink: W,
    veil: Veil,
    trouble: Option<io::Error>,
}

impl<W: Write> Recorder<W> {
    /// Writes down how a session with this configuration begins `at` a moment.
    pub fn begin(
        sink: W,
        config: &Config,
        checkpoint: Option<&Checkpoint>,
        at: Moment,
    ) -> Recorder<W> {
        let mut recorder = Recorder { sink, veil: Veil::default(), trouble: None };
        let header = Header::new(config, checkpoint, at, &mut recorder.veil);
        recorder.write(&header);
        recorder
    }

    /// Writes down what happens; `session` has not been told yet.
    pub fn input(&mut self, session: &Session, at: Moment, input: &Input) {
        if self.trouble.is_none() {
            let fact = Fact::veiled(input, &mut self.veil, session);
            self.write(&Line { at: Some(at), fact: Some(fact), ..Line::default() });
        }
    }

    /// Writes down that the session refused what went in last.
    pub fn misuse(&mut self, misuse: &Misuse) {
        let misuse = self.veil.over(&misuse.to_string()).into_owned();
        self.write(&Line { misuse: Some(misuse), ..Line::default() });
    }

    /// Writes down what came out.
    pub fn output(&mut self, output: &Output) {
        if self.trouble.is_none() {
            let out = shown(output, &mut self.veil);
            self.write(&Line { out: Some(out), ..Line::default() });
        }
    }

    /// What kept it from writing, if anything did.
    #[must_use]
    pub fn trouble(&self) -> Option<&io::Error> {
        self.trouble.as_ref()
    }

    /// Where it writes to.
    pub fn sink(&self) -> &W {
        &self.sink
    }

    /// Ends the recording.
    ///
    /// # Errors
    ///
    /// What kept it from writing, now or before.
    pub fn finish(mut self) -> io::Result<()> {
        match self.trouble.take() {
            Some(trouble) => Err(trouble),
            None => self.sink.flush(),
        }
    }

    fn write(&mut self, line: &impl Serialize) {
        if self.trouble.is_some() {
            return;
        }
        let written = serde_json::to_vec(line).map_err(io::Error::other).and_then(|mut text| {
            text.push(b'\n');
            self.sink.write_all(&text)
        });
        self.trouble = written.err();
    }
}

/// Tells whether it still writes; all else would be pages, with the users' texts among them.
impl<W> fmt::Debug for Recorder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("trouble", &self.trouble).finish_non_exhaustive()
    }
}
