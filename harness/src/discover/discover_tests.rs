//! Discovery on small schemas.
