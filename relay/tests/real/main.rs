//! Over a real nats-server, with real sockets to a service that breaks on purpose. Where there is no
//! nats-server this says so and tries nothing; `relay/nats-server` gets one.

mod bad;
mod cluster;
mod command;
mod hosts;
mod operation;
mod rig;
mod server;
mod stores;
