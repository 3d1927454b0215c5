//! NATS: where leases, records and messages are, on a JetStream of others.
//!
//! Nothing in here decides anything: it carries out, and says what came of it.

mod bucket;
mod connect;
mod layout;
mod names;
mod outlet;
mod posts;
mod problem;
mod tail;
mod token;
mod watch;

pub use self::bucket::{Bucket, Entry, Written};
pub use self::connect::{Access, Link};
pub use self::layout::{Layout, Stores};
pub use self::names::{Kind, Names};
pub use self::outlet::{Last, Outlet, Published};
pub use self::posts::{Posts, Queued};
pub use self::problem::Problem;
pub use self::tail::Tail;
pub use self::token::{decode, encode};
pub use self::watch::{Seen, Watch};
