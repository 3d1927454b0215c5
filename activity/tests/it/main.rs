//! Of the crate as its users see it.

mod draw;
mod view;
