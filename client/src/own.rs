//! OWN: what no two sessions have in common, and no session can know by itself.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use directline::Config;

/// The same with a seed of its own, if it has none.
pub(crate) fn seeded(config: Arc<Config>) -> Arc<Config> {
    if config.seed().is_some() {
        return config;
    }
    let seed = RandomState::new().hash_one(std::process::id());
    Arc::new(Arc::unwrap_or_clone(config).with_seed(seed))
}

/// Microseconds since 1970: the keys of earlier sessions, which a checkpoint may have kept, are
/// smaller.
pub(crate) fn first_key() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use directline::Credential;

    use super::*;

    #[test]
    fn keys_begin_above_those_of_earlier_sessions() {
        let beginning_of_2020 = 1_577_836_800_000_000;
        assert!(first_key() > beginning_of_2020);
    }

    #[test]
    fn a_seed_is_drawn_where_none_was_given() {
        let config = Config::builder(Credential::token("hush.t").expect("a good one"))
            .build()
            .expect("a configuration");
        let own = || seeded(Arc::new(config.clone())).seed();
        assert!(own().is_some() && own() != own());
        assert_eq!(seeded(Arc::new(config.clone().with_seed(7))).seed(), Some(7));
    }
}
