//! MACHINE: a session as an object of JavaScript. What happens goes in and what is wanted comes out as
//! arrays: a name, and what goes with it.

use directline::{Checkpoint, Moment, Session};
use js_sys::{Array, Error, Object};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{inputs, options, outputs};

/// One conversation. Moments are milliseconds, ids what the outputs told.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Machine {
    session: Session,
    base: String,
    tells_checkpoints: bool,
}

#[wasm_bindgen]
impl Machine {
    /// A new conversation, or the one of `checkpoint`. With `tells_checkpoints` each batch comes with
    /// the checkpoint that covers it, as text.
    ///
    /// # Errors
    ///
    /// A `RangeError` that names the setting, its value and what is allowed.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: &Object,
        checkpoint: Option<String>,
        tells_checkpoints: bool,
        now: u64,
    ) -> Result<Machine, JsValue> {
        let config = options::config(options)?;
        let (base, now) = (config.base().to_owned(), Moment::from_millis(now));
        let session = match checkpoint {
            Some(json) => {
                let checkpoint = Checkpoint::from_json(&json).map_err(options::out_of_range)?;
                Session::resume(config, checkpoint, now)
            }
            None => Session::new(config, now),
        };
        Ok(Machine { session, base, tells_checkpoints })
    }

    /// What happened.
    pub fn tell(&mut self, now: u64, fact: &Array) -> Result<(), JsValue> {
        let told = self.session.handle(Moment::from_millis(now), inputs::of(fact)?);
        told.map_err(|misuse| Error::new(&misuse.to_string()).into())
    }

    /// The next output; nothing when all are out.
    pub fn poll(&mut self) -> Option<Array> {
        self.session.poll().map(|output| outputs::to_array(output, self.tells_checkpoints))
    }

    /// When a `timeout` is due.
    pub fn deadline(&self) -> Option<u64> {
        self.session.deadline().map(Moment::as_millis)
    }

    /// Where to resume from, once everything is out.
    pub fn checkpoint(&self) -> Option<String> {
        self.session.checkpoint().map(|checkpoint| checkpoint.to_json())
    }

    /// What the routes lie below.
    pub fn base(&self) -> String {
        self.base.clone()
    }

    /// How many posts have no outcome yet.
    #[wasm_bindgen(js_name = pendingPosts)]
    pub fn pending_posts(&self) -> usize {
        self.session.pending_posts()
    }
}
