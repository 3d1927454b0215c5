//! The core of the relay observed from outside: each test is a short story of one host.

mod control;
mod handover;
mod lease;
mod lost;
mod numbers;
mod over;
mod posts;
mod publication;
mod records;
mod rig;
mod shapes;
