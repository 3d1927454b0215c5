//! Of the crate as its users see it.

mod answers;
mod draw;
mod harmless;
mod shown;
mod view;
