//! Direct Line conversations shared by many hosts, on NATS JetStream: each has one owner, what is said
//! is on a stream once and in order, what is posted is sent at most once, whoever crashes when.
//!
//! [`core`] decides all of it, without any I/O: facts go in, orders come out.

pub mod core;

#[cfg(feature = "nats")]
pub mod host;
#[cfg(feature = "nats")]
pub mod nats;

/// The README, compiled so that it cannot rot.
#[cfg(all(doctest, feature = "nats"))]
#[doc = include_str!("../README.md")]
struct Readme;
