//! The command `directline-relay`.

fn main() {}
