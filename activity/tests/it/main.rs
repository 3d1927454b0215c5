//! Of the crate as its users see it.

mod answers;
mod draw;
mod view;
