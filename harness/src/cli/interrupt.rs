//! Ctrl-C and the polite signals: the run ends, what it made goes away, and the exit status says so.

use std::future::Future;

use tokio::signal::unix::{SignalKind, signal};

/// The exit status of an interrupted run.
pub(super) const INTERRUPTED: u8 = 130;

/// What the work gives, or `None` if a signal came first; the work is then dropped, and its servers with it.
pub(super) async fn unless_interrupted<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = interrupted() => None,
        value = work => Some(value),
    }
}

/// Returns when SIGINT, SIGTERM or SIGHUP has come.
pub(super) async fn interrupted() {
    let signals = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ]
    .map(signal);
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = signals else {
        // Without handlers the signals end us the hard way, which the watchdogs know, too.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}
