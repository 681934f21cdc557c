//! The server's settings: everything that makes a throwaway server fast and quiet, nothing that changes what SQL does.

/// The lines of `postgresql.conf` for a major.
pub(crate) fn postgresql_conf(major: u16) -> String {
    let mut text = include_str!("postgresql.conf").to_owned();
    if major >= 18 {
        // Workers for asynchronous reads would be three more processes at every start.
        text.push_str("io_method = sync\n");
    }
    text
}

/// Settings that are safe on a server that others have set up, in an image say: they make it quick and quiet, and no
/// extension depends on them.
#[cfg(feature = "container")]
const SAFE: [&str; 12] = [
    "fsync",
    "full_page_writes",
    "restart_after_crash",
    "synchronous_commit",
    "checkpoint_timeout",
    "max_wal_size",
    "autovacuum",
    "jit",
    "timezone",
    "log_timezone",
    "lc_messages",
    "max_parallel_workers_per_gather",
];

/// The same as arguments of `postgres`.
#[cfg(feature = "container")]
pub(crate) fn safe_arguments(major: u16) -> Vec<String> {
    let conf = postgresql_conf(major);
    let settings = conf.lines().filter_map(|line| line.split_once(" = "));
    settings
        .filter(|(name, _)| SAFE.contains(name))
        .flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={}", value.trim_matches('\''))])
        .collect()
}
