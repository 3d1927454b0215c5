//! TALLY: how often what happened: what never happens in any run was not looked at.

use std::ops::AddAssign;

macro_rules! tally {
    ($($name:ident: $words:literal,)+) => {
        /// Counts, over one run or all.
        #[derive(Clone, Copy, Debug, Default)]
        pub(crate) struct Tally {
            $(pub(crate) $name: u64,)+
        }

        impl Tally {
            /// Each with its words.
            pub(crate) fn lines(&self) -> Vec<(u64, &'static str)> {
                vec![$((self.$name, $words),)+]
            }
        }

        impl AddAssign for Tally {
            fn add_assign(&mut self, other: Tally) {
                $(self.$name += other.$name;)+
            }
        }
    };
}

tally! {
    steps: "facts told to hosts",
    deaths: "hosts died",
    naps: "hosts fell asleep",
    in_hand: "of them with an order in hand",
    leases_lost: "leases lost by who woke or was cut off",
    fallen: "hosts found gone by others",
    taken: "conversations taken",
    given: "conversations handed over",
    lost: "entries that the servers lost",
    written_again: "and hosts wrote again",
    begun_again: "names used again",
    stored: "activities stored on a stream",
    dropped: "publications dropped by their ids",
    repeated: "repeats outside of the duplicate window",
    without_id: "repeats of activities without an id",
    told: "outcomes of posts",
    unknown: "of them unknown",
    settled: "unknown ones settled by an echo",
    answered_again: "posts answered with the outcome of their key",
    over: "conversations that were over, at an owner",
    removed: "and removed",
}
