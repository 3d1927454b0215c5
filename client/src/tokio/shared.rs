//! What the conversations of one network share: the way to the service, and the connections that
//! their requests leave behind. A conversation needs one for a moment at its beginning and for a post
//! now and then; to keep one for each would take more than all else that an idle one holds.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime;

use super::dial::Dialler;
use super::exchange::{Connections, connections};

/// Empty until the first conversation; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Option<Lines>>>);

/// Connections live on the runtime they were made on, and stand still when that does.
struct Lines {
    runtime: runtime::Id,
    dialler: Dialler,
    connections: Connections,
}

impl Shared {
    /// What is shared on this runtime. Whoever is the first makes it; of runtimes that take turns each
    /// makes its own.
    pub(super) fn on(
        &self,
        runtime: runtime::Id,
        dialler: impl FnOnce() -> Dialler,
    ) -> (Dialler, Connections) {
        // What is replaced as a whole is not damaged by whoever panicked.
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let here = match lines.take() {
            Some(here) if here.runtime == runtime => here,
            _ => {
                let dialler = dialler();
                let connections = connections(dialler.clone());
                Lines { runtime, dialler, connections }
            }
        };
        let here = lines.insert(here);
        (here.dialler.clone(), here.connections.clone())
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}
