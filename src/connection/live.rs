//! An open socket: how long it has to last, when it is probed, and when its silence means that it
//! is dead.

use std::time::Duration;

use crate::config::{Liveness, Settings};
use crate::error::Loss;
use crate::graph::Live;
use crate::time::Moment;
use crate::timer::{Due, Timer, first};

impl Live {
    /// One that has opened at `now`.
    pub(crate) fn opened(settings: &Settings, now: Moment) -> Live {
        let probe_at = settings.keepalive_interval.map(|interval| now.saturating_add(interval));
        let stable_at = Some(now.saturating_add(settings.stable_after));
        Live { stable_at, probe_at, heard: now, answers: false, is_quiet: true, echo_by: now }
    }

    /// What is due first.
    pub(super) fn due(&self, settings: &Settings) -> Option<Due> {
        first([
            self.stable_at.map(|at| (at, Timer::Stable)),
            self.probe_at.map(|at| (at, Timer::Probe)),
            self.silent_at(settings).map(|at| (at, Timer::Silence)),
        ])
    }

    /// When it counts as lost if nothing is heard of it.
    fn silent_at(&self, settings: &Settings) -> Option<Moment> {
        let limit = match settings.liveness {
            Liveness::Never => return None,
            Liveness::After(limit) => limit,
            Liveness::Known if self.answers => LIVENESS_OF_ANSWERING,
            Liveness::Known => LIVENESS_OF_UNKNOWN,
        };
        Some(self.heard.saturating_add(limit))
    }

    /// Until when it lived that is lost at `now`: of one that went silent nobody knows how long
    /// beyond the last word.
    pub(super) fn end(&self, loss: &Loss, now: Moment) -> Moment {
        if *loss == Loss::Silent { self.heard } else { now }
    }
}

/// Three probes without an answer.
const LIVENESS_OF_ANSWERING: Duration = Duration::from_secs(60);
/// The service's interval of empty messages is documented nowhere, and some servers send none and
/// answer no probe; minutes of silence are normal there.
const LIVENESS_OF_UNKNOWN: Duration = Duration::from_secs(300);
