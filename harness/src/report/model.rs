//! stub
use crate::claim::{Claim, Location};
use serde::Serialize;
#[derive(Debug, Clone, Serialize, Default)]
pub struct Project { pub name: String, pub path: String, pub server: Option<Server>, pub migrations: Vec<crate::migrate::Run>, pub claims: Vec<Claim>, pub error: Option<ProjectError>, pub durations_ms: Durations }
impl Project { pub fn new(n: &str, p: &str) -> Self { Self { name: n.into(), path: p.into(), ..Self::default() } } }
#[derive(Debug, Clone, Serialize)]
pub struct Server { pub provider: String, pub version: String }
#[derive(Debug, Clone, Serialize)]
pub struct ProjectError { pub code: u8, pub message: String, pub location: Option<Location> }
impl ProjectError { pub fn of(e: &crate::Error) -> Self { Self { code: e.exit(), message: e.to_string(), location: e.location() } } }
#[derive(Debug, Clone, Serialize, Default)]
pub struct Durations { pub server: f64, pub migrate: f64, pub prove: f64, pub total: f64 }
