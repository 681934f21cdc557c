//! The tests of the system `aim`: identity management for AI agents. Each incident is reproduced first, on the
//! migrations that production had then, and its mending shown after that.

#[path = "../common/servers.rs"]
mod servers;
#[path = "../common/ways_back.rs"]
mod ways_back;

mod backfill;
mod bootstrap;
mod drift;
mod end_state;
mod fixtures;
mod flags;
mod fresh_database;
mod missing_migrations;
mod pages;
mod rewritten_history;
