//! Doing several things side by side and getting what came of them in their order.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError, mpsc};

/// Does `work` on every task, on so many threads, and hands the outcomes to `take` one by one in the order of the tasks.
/// Once `take` returns false no further task is begun and no further outcome is handed over.
pub(super) fn in_order<T: Send, R: Send>(
    threads: usize,
    tasks: Vec<T>,
    work: impl Fn(T, &tokio::runtime::Handle) -> R + Sync,
    mut take: impl FnMut(R) -> bool,
) {
    let runtime = tokio::runtime::Handle::current();
    let threads = threads.clamp(1, tasks.len().max(1));
    let mut outcomes = Vec::new();
    let mut waiting = VecDeque::new();
    for task in tasks {
        let (sender, receiver) = mpsc::channel();
        waiting.push_back((task, sender));
        outcomes.push(receiver);
    }
    let waiting = Mutex::new(waiting);
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((task, sender)) = next() {
                    // Nobody waits any more where the end was reached early.
                    let _ = sender.send(work(task, &runtime));
                }
            });
        }
        for outcome in outcomes {
            // A thread that panicked has hung up; the scope passes its panic on.
            let Ok(outcome) = outcome.recv() else { break };
            if !take(outcome) {
                waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
                break;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().build().unwrap()
    }

    #[test]
    fn outcomes_come_in_the_order_of_the_tasks() {
        let runtime = runtime();
        let _inside = runtime.enter();
        let mut taken = Vec::new();
        // The first ends only after the second.
        let (sender, receiver) = mpsc::channel();
        let receiver = Mutex::new(receiver);
        in_order(
            2,
            vec![1, 2, 3],
            |task, _| {
                match task {
                    1 => receiver.lock().unwrap().recv().unwrap(),
                    _ => sender.send(()).unwrap(),
                }
                task * 10
            },
            |outcome| {
                taken.push(outcome);
                true
            },
        );
        assert_eq!(taken, [10, 20, 30]);
    }

    #[test]
    fn nothing_is_begun_once_the_end_was_told() {
        let runtime = runtime();
        let _inside = runtime.enter();
        let begun = Mutex::new(Vec::new());
        let mut taken = Vec::new();
        in_order(
            1,
            vec![1, 2, 3, 4],
            |task, _| {
                begun.lock().unwrap().push(task);
                task
            },
            |outcome| {
                taken.push(outcome);
                outcome < 2
            },
        );
        assert_eq!(taken, [1, 2]);
        assert!(begun.lock().unwrap().starts_with(&[1, 2]));
    }
}
