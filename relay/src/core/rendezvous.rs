//! RENDEZVOUS: which of the hosts that are there a conversation belongs to. Every host draws a lot for
//! it, and the highest has it: who joins takes only what it draws highest for, who leaves gives up
//! only what it had, and nobody has to ask anybody.
//!
//! All hosts must draw alike, of whichever version: the figures of these functions never change.

use super::name::{HostName, Name};

/// The host that a conversation belongs to, among these; none among none.
pub fn winner<'a>(
    hosts: impl IntoIterator<Item = &'a HostName>,
    conversation: &Name,
) -> Option<&'a HostName> {
    let seed = hash(conversation.as_str());
    hosts.into_iter().max_by_key(|host| (mix(hash(host.as_str()) ^ seed), *host))
}

/// FNV-1a, 64 bits.
pub(super) fn hash(text: &str) -> u64 {
    let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
    text.bytes().fold(FNV_OFFSET, step)
}

/// The end of splitmix64: names that differ in one letter draw as if they had nothing in common.
fn mix(mut lot: u64) -> u64 {
    lot = (lot ^ (lot >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    lot = (lot ^ (lot >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    lot ^ (lot >> 31)
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

#[cfg(test)]
mod tests;
