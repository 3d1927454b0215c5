//! One story per test, told as a transcript: what happened, and what came of it.

mod attempts;
mod bearings;
mod collision;
mod credentials;
mod duplicates;
mod echoes;
mod edges;
mod fallback;
mod history;
mod kept;
mod liveness;
mod network;
mod one_at_a_time;
mod polling;
mod receive;
mod reconnect;
mod refresh;
mod renumbered;
mod sending;
mod servers;
mod silence;
mod start;
mod stream_url;
mod time;
mod uploads;
mod watermark;
