//! The tests of the system `helios`: whose rows are whose, table by table.

#[path = "../common/mod.rs"]
mod common;

mod context;
mod fixtures;
mod isolation;
mod loosened;
mod migrations;
mod parents;
