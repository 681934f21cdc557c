//! The identity service: its bootstrap program and two of its pages, as far as they talk to the database.

pub mod arguments;
pub mod bootstrap;
pub mod consumers;
pub mod pages;
pub mod password;
