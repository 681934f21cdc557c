//! What the services of helios do beside the database.

pub mod field;
