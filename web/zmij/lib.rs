//! ZMIJ: a number with a fraction as its shortest text, which a browser can write. `serde_json` wants
//! it, and here nothing but an error that quotes such a number does.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = String)]
    fn text_of(number: f64) -> String;
}

/// Where the text is.
#[derive(Debug, Default)]
pub struct Buffer(String);

impl Buffer {
    /// An empty one.
    #[must_use]
    pub fn new() -> Buffer {
        Buffer::default()
    }

    /// The number as text.
    pub fn format(&mut self, number: impl Into<f64>) -> &str {
        self.0 = text_of(number.into());
        // As one with a fraction, even if there is nothing in it.
        if self.0.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            self.0.push_str(".0");
        }
        &self.0
    }

    /// The same, of one that is known to be finite.
    pub fn format_finite(&mut self, number: impl Into<f64>) -> &str {
        self.format(number)
    }
}
