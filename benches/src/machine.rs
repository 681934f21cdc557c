//! What the figures were measured on, in words, and how busy it was.

use serde::Serialize;

/// The machine and its load when the measuring began.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) date: String,
    system: &'static str,
    architecture: &'static str,
    cores: usize,
    /// Runnable processes in the last minute, five and fifteen minutes, where the system tells.
    load: Option<String>,
}

impl Machine {
    pub(crate) fn look() -> Self {
        Self {
            date: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M").to_string(),
            system: std::env::consts::OS,
            architecture: std::env::consts::ARCH,
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            load: load(),
        }
    }
}

/// The system's averages, as `uptime` tells them.
pub(crate) fn load() -> Option<String> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    Some(text.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            date,
            system,
            architecture,
            cores,
            load,
        } = self;
        write!(f, "{date}, {cores} cores of {architecture}, {system}")?;
        match load {
            Some(load) => write!(
                f,
                ", load {load} before and {} after",
                self::load().unwrap_or_default()
            ),
            None => Ok(()),
        }
    }
}
