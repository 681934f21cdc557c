//! Databases on a server: the template that the migrations made, and the clones that tests and proofs work in.

mod clone;
mod fill;
pub(crate) mod in_use;
mod newer;
mod pool;
mod shared;
mod template;
mod transaction;

pub use clone::Database;
pub(crate) use clone::LONGEST_NAME;
pub use in_use::run_name;
pub(crate) use template::MIGRATED;
pub use template::Template;
pub use transaction::Transaction;

#[cfg(test)]
mod tests;
