//! The suites of the five systems.
