//! A task that holds what lives outside this process, a container say, until its owner lets go; then it cleans up.
//!
//! Such tasks live on a runtime of their own: what they hold outlives the runtimes of tests, and is let go where nobody
//! can wait for a future.

use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc as asking;

use super::ServerError;

/// Cleaning up takes a second or two.
const PATIENCE: Duration = Duration::from_secs(30);

/// The owner's end. When it is dropped it waits until the task has cleaned up.
#[derive(Debug)]
pub(crate) struct Worker<Ask> {
    ask: Option<asking::UnboundedSender<Ask>>,
    gone: Mutex<mpsc::Receiver<()>>,
}

impl<Ask: Send + 'static> Worker<Ask> {
    /// Starts the task. What it receives ends when the owner lets go.
    pub(crate) fn start<F>(
        task: impl FnOnce(asking::UnboundedReceiver<Ask>) -> F,
    ) -> Result<Self, ServerError>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (ask, asked) = asking::unbounded_channel();
        let (say_gone, gone) = mpsc::channel();
        let task = task(asked);
        runtime()?.spawn(async move {
            task.await;
            let _ = say_gone.send(());
        });
        Ok(Self {
            ask: Some(ask),
            gone: Mutex::new(gone),
        })
    }

    /// Asks the task something; `None` where it has ended.
    pub(crate) fn ask(&self, ask: Ask) -> Option<()> {
        self.ask.as_ref()?.send(ask).ok()
    }
}

impl<Ask> Drop for Worker<Ask> {
    fn drop(&mut self) {
        self.ask = None;
        let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        // What could not be done in time is left to the watchdog, or to the next run.
        let _ = gone.recv_timeout(PATIENCE);
    }
}

/// Ends with the process.
fn runtime() -> Result<&'static Runtime, ServerError> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let made = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("pgproof-servers")
        .enable_all()
        .build()
        .map_err(|source| ServerError::Run {
            program: "threads for servers elsewhere".to_owned(),
            source,
        })?;
    Ok(RUNTIME.get_or_init(|| made))
}
