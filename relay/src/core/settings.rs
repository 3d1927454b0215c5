//! SETTINGS, in one table: what each means, what it is when nobody says otherwise and why, and what it
//! may be.

use std::time::Duration;

/// A setting that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} is {given}, allowed is {allowed}")]
#[non_exhaustive]
pub struct SettingError {
    /// Which, by its name in [`Settings`].
    pub setting: &'static str,
    /// What was given.
    pub given: String,
    /// What is allowed.
    pub allowed: String,
}

macro_rules! settings {
    (
        times { $($(#[$t_doc:meta])+ $t:ident = $t_ms:literal ($t_why:literal),
            $t_min:literal to $t_max:literal;)+ }
        counts { $($(#[$c_doc:meta])+ $c:ident: $c_type:ty = $c_is:literal ($c_why:literal),
            $c_min:literal to $c_max:literal;)+ }
    ) => {
        /// What a host goes by. All hosts of a tenant have the same, or conversations may have two owners.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Settings {
            $($(#[$t_doc])+
            ///
            #[doc = concat!("Default ", stringify!($t_ms), " ms (", $t_why, "); ",
                stringify!($t_min), " to ", stringify!($t_max), " ms.")]
            pub $t: Duration,)+
            $($(#[$c_doc])+
            ///
            #[doc = concat!("Default ", stringify!($c_is), " (", $c_why, "); ",
                stringify!($c_min), " to ", stringify!($c_max), ".")]
            pub $c: $c_type,)+
        }

        impl Default for Settings {
            fn default() -> Settings {
                Settings { $($t: Duration::from_millis($t_ms),)+ $($c: $c_is,)+ }
            }
        }

        impl Settings {
            fn check_table(&self) -> Result<(), SettingError> {
                $(time(stringify!($t), self.$t, $t_min, $t_max)?;)+
                $(count(stringify!($c), u64::from(self.$c), $c_min, $c_max)?;)+
                Ok(())
            }
        }
    };
}

settings! {
    times {
        /// How long a lease lives without being renewed: the maximum age of the bucket of hosts.
        lease = 10_000 ("a crash is noticed within it; short leases are lost to a slow disk"), 1_000 to 600_000;
        /// How long before its lease could end a host stops, so that clocks may run apart by this much
        /// in one lease, and those of the servers of a cluster stand apart by it.
        margin = 2_000 ("a fifth of the lease: clocks run apart by a hundredth of a percent"), 100 to 300_000;
        /// How long after its last renewal a lease is renewed.
        renew_after = 2_500 ("a quarter of the lease: two failures are made up for before the margin"), 100 to 300_000;
        /// How long a write, a read or a publication may take before it counts as unanswered.
        answer_wait = 2_000 ("JetStream's own clients wait for 2 to 5 s"), 50 to 60_000;
        /// The pause before what failed is tried again; doubled each time in a row, up to `retry_max`.
        retry_min = 100 ("a choice: ten round trips in a network"), 10 to 60_000;
        /// The longest such pause.
        retry_max = 5_000 ("a choice: an operator who mended something sees it work"), 10 to 600_000;
        /// How long after a resume an echo may settle a post that may have been sent, before that is
        /// called unknown.
        doubt_wait = 5_000 ("a choice: a resumed session has read what it missed by then"), 0 to 600_000;
        /// How long the handing over of one conversation waits for the post that was given.
        handover_wait = 25_000 ("a request of the machine takes 20 s at most"), 0 to 600_000;
        /// How long a draining host stays until it leaves with what it has not handed over.
        drain_wait = 60_000 ("a choice: what service managers allow is 90 s and less"), 1_000 to 3_600_000;
        /// How long a conversation that is over is kept, so that its posts are refused; what was taken off
        /// the queue without an answer is found there again within some seconds, and its name is not free
        /// before.
        over_wait = 3_600_000 ("a choice: who posts has heard of the end by then"), 10_000 to 604_800_000;
    }
    counts {
        /// How many sessions may begin in one second, evenly spaced.
        starts_a_second: u32 = 100 ("a choice: no limit is documented; a thousand are back in 10 s"), 1 to 100_000;
        /// How many activities a conversation may have delivered and not covered by a stored
        /// checkpoint before its session is held; a batch may go beyond it.
        window: u32 = 256 ("a choice: some seconds of a busy conversation"), 1 to 65_536;
        /// How many outcomes of posts a conversation remembers by their keys.
        outcomes: u32 = 32 ("a choice: a minute of a busy one; the record stays below 4 KiB"), 1 to 1_024;
        /// How many conversations may be on their way to this host: asked for, taken, or waiting for
        /// their turn to begin; not those whose credential is awaited.
        arriving: u32 = 32 ("a choice: as many as begin in a third of a second, so that none waits long"), 1 to 10_000;
    }
}

impl Settings {
    /// Gives the settings back if they are within their bounds and fit together.
    ///
    /// # Errors
    ///
    /// The first that is not, with what is allowed.
    pub fn checked(self) -> Result<Settings, SettingError> {
        self.check_table()?;
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        // Of what is left of a lease one renewal has to fit in, with its answer.
        time("margin", self.margin, 100, ms(self.lease) / 2)?;
        time("renew_after", self.renew_after, 100, ms(self.lease.saturating_sub(self.margin)) / 2)?;
        time("answer_wait", self.answer_wait, 50, ms(self.lease) / 2)?;
        time("retry_max", self.retry_max, ms(self.retry_min), 600_000)?;
        Ok(self)
    }
}

fn time(setting: &'static str, given: Duration, min: u64, max: u64) -> Result<(), SettingError> {
    let (least, most) = (Duration::from_millis(min), Duration::from_millis(max));
    if (least..=most).contains(&given) {
        return Ok(());
    }
    let allowed = format!("{least:?} to {most:?}");
    Err(SettingError { setting, given: format!("{given:?}"), allowed })
}

fn count(setting: &'static str, given: u64, min: u64, max: u64) -> Result<(), SettingError> {
    if (min..=max).contains(&given) {
        return Ok(());
    }
    let allowed = format!("{min} to {max}");
    Err(SettingError { setting, given: given.to_string(), allowed })
}
