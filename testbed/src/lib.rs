//! The service comes later.
