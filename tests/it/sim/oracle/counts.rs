//! What may, or must, end a session.

/// What happened in the life of one session, to tell whether its end was right.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) refusals: u64,
    pub(crate) wrong_regions: u64,
    pub(crate) other_conversations: u64,
    pub(crate) rejections: u64,
    pub(crate) missing: u64,
    pub(crate) collisions: u64,
    pub(crate) ends_handed: u64,
    pub(crate) closes: u64,
    pub(crate) collisions_in_row: u32,
    /// What must end the session before anything else happens.
    pub(crate) due_end: Option<&'static str>,
}
