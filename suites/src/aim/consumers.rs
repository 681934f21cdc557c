//! The files of statements that the service sends: the consumer contract names them, and the programs are compiled with them.

/// What the bootstrap program sends.
pub const BOOTSTRAP: &str = include_str!("../../../migrations/aim/consumers/bootstrap.sql");

/// What the pages send.
pub const PAGES: &str = include_str!("../../../migrations/aim/consumers/pages.sql");
