//! The testbed observed from outside: every test drives a running service over TCP.

mod activities;
mod cases;
mod control;
mod cors;
mod determinism;
mod frame_faults;
mod host;
mod lossless;
mod plans;
mod profiles;
mod profiles_emulator;
mod profiles_indirectline;
mod profiles_offline;
mod raw;
mod request_faults;
mod routes;
mod serve;
mod socket_faults;
mod stream;
mod tokens;
mod transport;
mod upload;
mod world;
