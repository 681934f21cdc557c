//! `pgproof snapshot`: what is pending, shown, accepted or rejected.

use pgproof::contract::projects;
use pgproof::snapshot::{self, Kind, Pending, SnapshotError};
use pgproof::{Error, Project};

use super::USAGE;
use super::arguments::{SnapshotCommand, SnapshotOptions};
use super::console::{Console, coloured_diff};

pub(super) fn run(command: &SnapshotCommand, console: &Console) -> u8 {
    let (options, answer) = match command {
        SnapshotCommand::Review(options) => (options, None),
        SnapshotCommand::Accept(options) => (options, Some(Answer::Accept)),
        SnapshotCommand::Reject(options) => (options, Some(Answer::Reject)),
    };
    match decide(options, answer, console) {
        Ok(status) => status,
        Err(error) => {
            console.failure(&error);
            error.exit()
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Accept,
    Reject,
    Skip,
}

fn decide(options: &SnapshotOptions, answer: Option<Answer>, console: &Console) -> Result<u8, Error> {
    let all = waiting(options)?;
    if all.is_empty() {
        console.note("no snapshot is pending; `pgproof verify` finds what differs");
        return Ok(0);
    }
    let count = all.len();
    let (mut accepted, mut rejected) = (0, 0);
    for (number, pending) in all.into_iter().enumerate() {
        let Some(answer) = answer.or_else(|| ask(&pending, number + 1, count, console)) else {
            console.error(
                "nobody answers: review needs a terminal; `pgproof snapshot accept` accepts without asking",
            );
            return Ok(USAGE);
        };
        let shown = pending.accepted.to_string();
        match answer {
            Answer::Accept => {
                pending.accept()?;
                accepted += 1;
                console.print(&format!("accepted {shown}"));
            }
            Answer::Reject => {
                pending.reject()?;
                rejected += 1;
                console.print(&format!("rejected {shown}"));
            }
            Answer::Skip => {}
        }
    }
    console.note(&format!(
        "{accepted} accepted, {rejected} rejected, {} left",
        count - accepted - rejected
    ));
    Ok(0)
}

fn waiting(options: &SnapshotOptions) -> Result<Vec<Pending>, Error> {
    let mut all = Vec::new();
    for found in projects::find(&options.paths, options.project.config.as_deref())? {
        let project = Project::read(found)?;
        let pending: Result<Vec<Pending>, SnapshotError> = snapshot::pending(&project.snapshot_folder());
        all.extend(pending?);
    }
    Ok(all)
}

fn ask(pending: &Pending, number: usize, count: usize, console: &Console) -> Option<Answer> {
    let what = match pending.kind() {
        Kind::New => "is new",
        Kind::Changed => "differs",
        Kind::Gone => "is not made any more",
    };
    console.print(&format!(
        "[{number}/{count}] {} {what}\n{}",
        pending.accepted,
        coloured_diff(&pending.diff())
    ));
    loop {
        match console.ask("(a)ccept, (r)eject, (s)kip?")? {
            'a' => return Some(Answer::Accept),
            'r' => return Some(Answer::Reject),
            's' => return Some(Answer::Skip),
            _ => {}
        }
    }
}
