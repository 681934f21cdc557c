//! The tests of the system `grow`: the security audit log of an application for many restaurants.

#[path = "../common/mod.rs"]
mod common;

mod backup;
mod by_hand;
mod fixtures;
mod line;
mod loosened;
mod migration;
mod outage;
mod roles;
mod violations;
