//! The parts of the systems' own programs that their tests run. The tests are under `tests/`, a folder a system.

pub mod aim;
pub mod consumers;
pub mod grow;
pub mod helios;
pub mod oms;
