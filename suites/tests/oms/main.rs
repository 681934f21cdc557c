//! The tests of the system `oms`: who has written which document, and what becomes of that knowledge.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/ways_back.rs"]
mod ways_back;

mod authors;
mod backup;
mod dead_letters;
mod events;
mod fixtures;
mod forged;
mod loosened;
mod metrics;
mod migrated;
mod migrations;
mod planned;
mod program;
mod tokens;
