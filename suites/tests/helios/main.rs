//! The tests of the system `helios`: whose rows are whose, what is written down of them, and how they are forgotten.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/ways_back.rs"]
mod ways_back;

mod access;
mod append_only;
mod audit;
mod backup;
mod broken;
mod context;
mod encrypted;
mod erasure;
mod fixtures;
mod isolation;
mod loosened;
mod migrations;
mod parents;
mod privacy_requests;
mod retention;
mod runbook;
