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
