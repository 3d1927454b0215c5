//! ONE WORLD: a model service, a lossy network and an oracle around a real session, on virtual
//! time. Properties, simulation and fuzzing all drive it by the same operations.

pub(crate) mod check;
pub(crate) mod clock;
pub(crate) mod configuration;
pub(crate) mod direct;
pub(crate) mod excuse;
pub(crate) mod faults;
pub(crate) mod live;
pub(crate) mod network;
pub(crate) mod operation;
pub(crate) mod oracle;
pub(crate) mod plan;
pub(crate) mod random;
pub(crate) mod record;
#[path = "../reference/mod.rs"]
pub(crate) mod reference;
pub(crate) mod replay;
pub(crate) mod service;
pub(crate) mod setup;
pub(crate) mod shrink;
pub(crate) mod slow;
pub(crate) mod tally;
pub(crate) mod violation;
pub(crate) mod world;
