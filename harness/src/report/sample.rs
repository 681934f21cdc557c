//! A report with a claim of each kind, for the tests of the formats.

use super::merge::Held;
use super::model::{Durations, ExitRules, MigrationRun, Project, ProjectError, Report, Server};
use super::reach::{Command, Reach, Reached};
use crate::claim::{Cause, Claim, Evidence, Fix, Location, Severity, Verdict};

#[expect(clippy::unnecessary_wraps, reason = "every place that takes it is nullable")]
fn at(file: &str, line: u32) -> Option<Location> {
    Some(Location {
        file: file.to_owned(),
        line,
        column: None,
    })
}

fn matrix() -> Vec<Reach> {
    let reached = [
        Reached::Own,
        Reached::OwnAndShared,
        Reached::All,
        Reached::Untried,
        Reached::None,
    ];
    let why = |reached| (reached == Reached::Untried).then(|| "a trigger says no".to_owned());
    let cells = Command::ALL.into_iter().zip(reached);
    cells
        .map(|(command, reached)| Reach {
            role: "app_user".into(),
            relation: "public.tasks".into(),
            command,
            reached,
            why: why(reached),
        })
        .collect()
}

/// One project that was proved, one that could not be.
pub(super) fn projects() -> Vec<Project> {
    let proven = Claim::new(
        "isolation/read",
        "public.users",
        "",
        Verdict::Proven,
        Severity::Error,
        "no attempt read another tenant's rows",
    );
    let leak = Claim::new(
        "isolation/write",
        "public.tasks",
        "blind update",
        Verdict::Violated,
        Severity::Error,
        "a tenant changes another tenant's rows",
    )
    .at(at("003_tasks.sql", 12))
    .shown_by(Evidence {
        role: Some("app_user".into()),
        context: Some("app.current_user_id = 'aaaaaaaa'".into()),
        sql: vec!["begin;".into(), "update public.tasks set title = 'x';".into()],
        expected: "0 rows of another tenant".into(),
        observed: "3 rows".into(),
    });
    let leak = Claim {
        fix: Some(Fix {
            sql: "alter table public.tasks force row level security".into(),
            tried: true,
        }),
        cause: Some(Cause {
            object: "role app_user".into(),
            location: at("001_roles.sql", 3),
        }),
        ..leak
    };
    let oracle = Claim::new(
        "isolation/unique-oracle",
        "public.users",
        "email",
        Verdict::Violated,
        Severity::Warning,
        "a unique key tells that another tenant has the value",
    );
    let oracle = Claim {
        follows_from: Some(leak.fingerprint.clone()),
        ..oracle
    };
    let untried = Claim::new(
        "audit/capture",
        "public.quotes",
        "total",
        Verdict::Unproven,
        Severity::Warning,
        "no row could be made: the check \"quotes_total\" refuses every value",
    );
    let posture = Claim::new(
        "isolation/context",
        "role app_user",
        "",
        Verdict::Violated,
        Severity::Info,
        "the role may set its own context",
    );
    let elsewhere = Claim::new(
        "apply/major",
        "PostgreSQL 17",
        "",
        Verdict::Unproven,
        Severity::Info,
        "not run on this major",
    );
    vec![
        Project {
            name: "helios".into(),
            path: "migrations/helios".into(),
            server: Some(Server {
                provider: "embedded".into(),
                version: "15.18".into(),
            }),
            migrations: vec![MigrationRun {
                version: "001".into(),
                name: "roles".into(),
                file: "001_roles.sql".into(),
                checksum: "5f2b".into(),
                duration_ms: 1.2,
            }],
            claims: vec![proven, leak, oracle, untried, posture, elsewhere],
            matrix: matrix(),
            discovered: None,
            convention: None,
            error: None,
            durations_ms: Durations {
                server: 120,
                migrate: 340,
                prove: 2100,
                areas: [("audit".to_owned(), 1200), ("isolation".to_owned(), 900)].into(),
                total: 2560,
            },
            held: Held::default(),
        },
        Project {
            name: "oms".into(),
            path: "migrations/oms".into(),
            server: None,
            migrations: Vec::new(),
            claims: Vec::new(),
            matrix: Vec::new(),
            discovered: None,
            convention: None,
            error: Some(ProjectError {
                code: 5,
                message: "relation \"documents\" does not exist".into(),
                location: at("002_authors.sql", 7),
                class: None,
            }),
            durations_ms: Durations::default(),
            held: Held::default(),
        },
    ]
}

pub(super) fn report() -> Report {
    Report::new(projects(), ExitRules::default())
}
