//! IDS: what a session starts, it numbers; what the application starts, the application names.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

/// Names one HTTP request that the session asked for; its answer must carry the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub(crate) u64);

/// Names one WebSocket that the session asked for; everything that happens on it carries this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SocketId(
    /// An odd number.
    pub(crate) NonZeroU64,
);

/// Names one post; chosen by the application, so that it can match its own row after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostKey(pub u64);

impl RequestId {
    /// The number behind the id, for logs and for tables keyed by it.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl SocketId {
    /// The number behind the id, for logs and for tables keyed by it.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0.get()
    }
}

/// Tells which credential a request carried, so that its answer is held against that one only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BearerId(pub(crate) u32);

impl BearerId {
    pub(crate) const SECRET: BearerId = BearerId(0);

    /// The token number `number`, counted from 1.
    pub(crate) const fn token(number: u32) -> BearerId {
        BearerId(number)
    }
}

/// Mints request and socket ids from one counter, none of them twice in the life of a session:
/// requests are even and sockets odd, so that one is never taken for the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Mint {
    pub(crate) minted: u64,
}

impl Mint {
    pub(crate) fn request(&mut self) -> RequestId {
        RequestId(self.bump() * 2)
    }

    pub(crate) fn socket(&mut self) -> SocketId {
        SocketId(NonZeroU64::MIN.saturating_add(self.bump() * 2))
    }

    /// Whether this session has ever handed out `id`; one that it has not is the host's mistake.
    pub(crate) fn has_issued_request(self, id: RequestId) -> bool {
        id.0 % 2 == 0 && id.0 / 2 < self.minted
    }

    /// As [`Mint::has_issued_request`], for sockets.
    pub(crate) fn has_issued_socket(self, id: SocketId) -> bool {
        id.as_u64() % 2 == 1 && id.as_u64() / 2 < self.minted
    }

    fn bump(&mut self) -> u64 {
        let id = self.minted;
        self.minted += 1;
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_never_reused_across_kinds() {
        // Covers: TM-5
        let mut mint = Mint::default();
        let request = mint.request();
        let socket = mint.socket();
        assert_ne!(request.as_u64(), socket.as_u64());
        assert!(mint.has_issued_socket(socket));
        assert!(!mint.has_issued_request(RequestId(4)));
        assert!(!mint.has_issued_request(RequestId(socket.as_u64())), "a socket is no request");
        let even = NonZeroU64::new(mint.request().as_u64()).expect("it is not the first");
        assert!(!mint.has_issued_socket(SocketId(even)), "nor the other way round");
    }
}
