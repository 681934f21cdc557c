//! .
pub mod model;
