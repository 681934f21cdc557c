//! The tests of the system `helios`: whose rows are whose, table by table.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/ways_back.rs"]
mod ways_back;

mod append_only;
mod audit;
mod context;
mod fixtures;
mod isolation;
mod loosened;
mod migrations;
mod parents;
