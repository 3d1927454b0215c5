//! Both drivers and the command, against the testbed over real sockets.

mod agent;
mod awaited;
#[cfg(unix)]
mod blessed;
mod causes;
mod command;
mod connector;
mod credentials;
mod drops;
mod endings;
mod limits;
mod lossless;
mod origin;
mod posts;
mod pressure;
mod proxy;
#[cfg(unix)]
mod real_proxies;
mod recordings;
mod server;
mod sharing;
mod talk;
mod tls;
mod trouble;
mod waits;
mod ways;
