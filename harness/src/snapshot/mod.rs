//! Accepted snapshots: the texts of a schema as somebody reviewed them, one file an object.
//!
//! The files are insta's: `<stem>.snap` is accepted, `<stem>.snap.new` beside it waits for a review, and
//! `cargo insta review` works on them as `pgproof snapshot review` does. What a snapshot says is the catalogue's
//! business; this module names the files, compares, writes what is pending, accepts and rejects. It prints nothing.
//!
//! ```no_run
//! use std::collections::BTreeMap;
//! use pgproof::snapshot::{self, Majors, Update};
//!
//! # fn main() -> Result<(), snapshot::SnapshotError> {
//! let texts = BTreeMap::from([("table.public.users".to_owned(), "create table …".to_owned())]);
//! let majors = Majors { this: 17, base: 15 };
//! let comparison = snapshot::compare("snapshots/helios".into(), &texts, majors, &|stem| stem.starts_with("view."))?;
//! for difference in &comparison.differences {
//!     println!("{}", difference.diff());
//! }
//! comparison.write("migrations/helios", Update::from_env()?)?;
//! # Ok(()) }
//! ```

mod accepted;
mod compare;
mod diff;
mod error;
mod file;
mod name;
mod pending;
mod update;

#[cfg(test)]
mod tests;

pub use accepted::Accepted;
pub use compare::{Comparison, Difference, Kind, Majors, compare};
pub use error::SnapshotError;
pub use file::{Header, SnapshotFile, normalise};
pub use name::file_stem;
pub use pending::{Pending, pending};
pub use update::Update;
