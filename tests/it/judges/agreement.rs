//! The session does what the reference model says.

use directline_world::reference::compare::{search, shrunk};
use directline_world::shrink::SHRINK_TRIES;

use super::draw;

#[test]
fn the_session_and_the_model_agree() {
    // Covers: WM-1, WM-2, WM-4, WM-6, DD-1, DD-2, DD-3, SU-1, SU-3, RC-1, RC-2, RC-3, RC-5, RC-6, RC-7, RC-8, RC-9, RC-12, CR-1, CR-3, CR-4, CR-6, RX-4, RX-5, RX-7, TX-1, TX-2, TX-5, LV-2
    let (_, _, divergence) = search(draw::first(), draw::times(STEPS));
    if let Some(found) = divergence {
        let short = shrunk(found.seed, draw::tries(SHRINK_TRIES));
        let what = format!("seed {}: {}\n{short}", found.seed, found.violation);
        draw::fail("agreement::the_session_and_the_model_agree", &what);
    }
}

/// A second or two in a debug build; `directline-reference` takes ten million.
const STEPS: u64 = 100_000;
