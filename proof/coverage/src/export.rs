//! What `llvm-cov export` writes, as far as it matters here.

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Export {
    pub(crate) data: Vec<Data>,
}

#[derive(Deserialize)]
pub(crate) struct Data {
    pub(crate) files: Vec<File>,
    pub(crate) functions: Vec<Function>,
}

#[derive(Deserialize)]
pub(crate) struct File {
    pub(crate) filename: String,
    pub(crate) segments: Vec<Segment>,
}

/// Line, column, count, whether there is a count, whether a region begins, whether it is a gap.
#[derive(Clone, Copy, Deserialize)]
#[expect(dead_code, reason = "each has its place in the list")]
pub(crate) struct Segment(
    pub(crate) u32,
    pub(crate) u32,
    pub(crate) u64,
    pub(crate) bool,
    pub(crate) bool,
    pub(crate) bool,
);

impl Segment {
    pub(crate) fn begins_region(self) -> bool {
        self.3 && self.4 && !self.5
    }
}

#[derive(Deserialize)]
pub(crate) struct Function {
    pub(crate) count: u64,
    pub(crate) filenames: Vec<String>,
    pub(crate) regions: Vec<Region>,
    #[serde(default)]
    pub(crate) branches: Vec<Branch>,
}

/// Where a piece begins and ends: line and column, line and column.
pub(crate) type Span = (u32, u32, u32, u32);

/// A span, its count, its file, the file it is expanded into, its kind.
#[derive(Clone, Copy, Deserialize)]
#[expect(dead_code, reason = "each has its place in the list")]
pub(crate) struct Region(u32, u32, u32, u32, pub(crate) u64, u32, u32, u32);

impl Region {
    pub(crate) fn span(self) -> Span {
        (self.0, self.1, self.2, self.3)
    }

    /// Whether it is code, and neither a gap nor an expansion.
    pub(crate) fn is_code(self) -> bool {
        self.7 == 0
    }
}

/// A span, how often it was true, how often false, and the rest as in a region.
#[derive(Clone, Copy, Deserialize)]
#[expect(dead_code, reason = "each has its place in the list")]
pub(crate) struct Branch(u32, u32, u32, u32, pub(crate) u64, pub(crate) u64, u32, u32, u32);

impl Branch {
    pub(crate) fn span(self) -> Span {
        (self.0, self.1, self.2, self.3)
    }
}
