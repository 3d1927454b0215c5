//! Both drivers and the command, against the testbed over real sockets.

mod command;
mod credentials;
mod drops;
mod endings;
mod limits;
mod lossless;
mod origin;
mod posts;
mod pressure;
mod server;
mod talk;
mod tls;
mod trouble;
mod ways;
