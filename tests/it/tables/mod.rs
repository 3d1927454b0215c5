//! TABLES: is every value of a small domain met by its row?

mod exhaustive;
mod frames;
mod settings;
mod values;
