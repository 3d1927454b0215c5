//! STORIES: what does the session put out, line by line, when this happens? One file a concept, one
//! story a test, told as a transcript.

mod attempts;
mod bearings;
mod collision;
mod credentials;
mod duplicates;
mod echoes;
mod edges;
mod fallback;
mod half_open;
mod history;
mod kept;
mod liveness;
mod lives;
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
mod strangers;
mod stream_url;
mod time;
mod tokens;
mod uploads;
mod watermark;
