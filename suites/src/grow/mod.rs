//! The application of many restaurants, as far as it guards one restaurant's data from another's users: the gate that
//! turns them away, and the log that says so even where the database can't.

pub mod gate;
pub mod log;
pub mod violation;
