//! Databases on a server: the template that the migrations made, and the clones that tests and proofs work in.

mod clone;
mod template;

pub use clone::Database;
pub use template::Template;
