//! What happens when things go wrong, with the real command and real servers: bad input, a full disk, a kill at any
//! moment. Whatever happens, there is one clear error, the right exit status and nothing left behind.

#[path = "command_faults/cache.rs"]
mod cache;
#[path = "command_faults/exec.rs"]
mod exec;
#[path = "command_faults/input.rs"]
mod input;
#[path = "command_faults/kill.rs"]
mod kill;
#[path = "command_faults/lost.rs"]
mod lost;
#[path = "command_faults/migration.rs"]
mod migration;
#[path = "command_faults/place.rs"]
mod place;
#[path = "command_faults/running.rs"]
mod running;
