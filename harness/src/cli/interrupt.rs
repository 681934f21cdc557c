//! Ctrl-C and SIGTERM: the run ends, what it made goes away, and the exit status says so. SIGHUP ends us as it ends
//! any program, unless `nohup` has it ignored; the watchdogs clean up then.

use std::future::Future;
use std::sync::OnceLock;

use nix::sys::signal::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// The exit status of an interrupted run.
pub(super) const INTERRUPTED: u8 = 130;

/// The signals that came, of which the last counts. Listened to from the beginning on, so that none is lost.
static CAME: OnceLock<watch::Receiver<Option<Signal>>> = OnceLock::new();

/// Listens from now on; inside the runtime.
pub(super) fn listen() {
    let (sender, receiver) = watch::channel(None);
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without handlers the signals end us the hard way, which the watchdogs know, too.
        return;
    };
    if CAME.set(receiver).is_err() {
        return;
    }
    tokio::spawn(async move {
        loop {
            let came = tokio::select! {
                came = interrupt.recv() => came.map(|()| Signal::SIGINT),
                came = terminate.recv() => came.map(|()| Signal::SIGTERM),
            };
            if sender.send(came).is_err() {
                return;
            }
        }
    });
}

/// The signals from now on, one after the other.
pub(super) struct Signals(Option<watch::Receiver<Option<Signal>>>);

impl Signals {
    pub(super) fn new() -> Self {
        Self(CAME.get().cloned())
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Signal {
        if let Some(came) = &mut self.0
            && came.changed().await.is_ok()
            && let Some(signal) = *came.borrow_and_update()
        {
            return signal;
        }
        std::future::pending().await
    }
}

/// Returns when SIGINT or SIGTERM has come, be it before this was called.
pub(super) async fn interrupted() {
    Signals::new().next().await;
}

/// What the work gives, or `None` if a signal came first; the work is then dropped, and its servers with it.
pub(super) async fn unless_interrupted<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = interrupted() => None,
        value = work => Some(value),
    }
}
