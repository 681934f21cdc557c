//! Starts a throwaway PostgreSQL, applies a project's migrations from scratch and proves what they promise.
//!
//! The way of the data:
//!
//! ```text
//! pgproof.toml ──── contract ──┐
//! migration files ─ migrate ───┤
//!                           project ── database::Template ── clone ──► a test of yours
//! PostgreSQL ────── server ────┘        │      │
//!                                    catalog   prove ──► claims ── report ──► JSON, JUnit, …
//!                                     │ │        ▲
//!                      where no contract │ is:     │
//!                                discover ┘        │
//!                                    snapshot ─────┘
//! ```
//!
//! A test gets a fresh migrated database in one line:
//!
//! ```no_run
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! let database = pgproof::database("migrations/aim").await?;
//! let mut session = database.connect().await?;
//! sqlx::query("INSERT INTO organizations (name, domain) VALUES ('Acme', 'acme.example')")
//!     .execute(&mut session)
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! With rstest it is a fixture:
//!
//! ```ignore
//! #[rstest::fixture]
//! async fn database() -> pgproof::Database {
//!     pgproof::database("migrations/aim").await.expect("the migrations apply")
//! }
//! ```

pub mod catalog;
mod checksum;
pub mod claim;
pub mod contract;
pub mod database;
pub mod diagnostic;
pub mod discover;
mod error;
pub mod migrate;
mod project;
pub mod prove;
pub mod report;
pub mod rows;
pub mod server;
pub mod snapshot;
pub mod sql;

pub use database::{Database, Template, Transaction};
pub use error::Error;
pub use project::{Project, Settings, database};
