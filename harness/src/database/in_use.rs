//! The templates that this process uses at the moment, so that whoever asks for the same shares a server; and the name
//! by which processes of one run find each other's.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::Template;
use crate::error::Error;

/// So many servers are kept for whoever asks next. Each has processes and memory: a process that opens hundreds of
/// projects one after the other would have none left.
const KEPT: usize = 4;

type Slot = Arc<tokio::sync::Mutex<Weak<Template>>>;

static SLOTS: Mutex<Option<HashMap<String, Slot>>> = Mutex::new(None);
static LATEST: Mutex<VecDeque<Arc<Template>>> = Mutex::new(VecDeque::new());

/// The template of that key, prepared where nobody uses it yet. Those of other keys are not waited for.
pub(crate) async fn template<F>(key: String, prepare: impl FnOnce() -> F) -> Result<Arc<Template>, Error>
where
    F: Future<Output = Result<Arc<Template>, Error>>,
{
    let slot = {
        let mut slots = SLOTS.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.get_or_insert_default().entry(key).or_default())
    };
    let mut slot = slot.lock().await;
    let template = match slot.upgrade() {
        Some(template) => template,
        None => prepare().await?,
    };
    *slot = Arc::downgrade(&template);
    let old = keep(&template);
    // The last one out waits until the server is gone.
    tokio::task::spawn_blocking(move || drop(old));
    Ok(template)
}

fn keep(template: &Arc<Template>) -> Option<Arc<Template>> {
    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    latest.retain(|kept| !Arc::ptr_eq(kept, template));
    latest.push_back(Arc::clone(template));
    (latest.len() > KEPT).then(|| latest.pop_front()).flatten()
}

/// What the processes of this run have in common and no other run has: `PGPROOF_RUN`, or what nextest calls its run.
/// Nothing where a process is alone.
pub fn run_name() -> Option<String> {
    let name = |name| std::env::var(name).ok().filter(|run| !run.is_empty());
    name("PGPROOF_RUN").or_else(|| name("NEXTEST_RUN_ID"))
}
