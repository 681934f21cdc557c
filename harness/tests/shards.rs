//! Shards: together they say what a run in one piece says, on real servers.

use std::fs;
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use pgproof::Project;
use pgproof::claim::{Evidence, Verdict};
use pgproof::prove::{self, Options, Shard};
use pgproof::report::{self, ExitRules, Report};
use rstest::rstest;

/// What a run does, on one shard or on none.
async fn run(project: &Project, shard: Option<Shard>) -> report::Project {
    let options = Options {
        shard,
        ..Options::default()
    };
    let proved = prove::verify(project, &options, &|_| ()).await;
    assert_eq!(proved.error, None);
    proved
}

async fn whole(project: &Project) -> Report {
    Report::new(vec![run(project, None).await], ExitRules::default())
}

/// The shards' reports, as files are read, merged.
async fn merged(project: &Project, count: u32) -> Report {
    let mut reports = Vec::new();
    for index in 1..=count {
        let shard = Shard::new(index, count).unwrap();
        let part = Report::of_shard(vec![run(project, Some(shard)).await], ExitRules::default(), shard);
        let text = serde_json::to_string(&part).unwrap();
        reports.push((format!("{index}.json"), report::read_shard("x", &text).unwrap()));
    }
    report::merge(reports).unwrap()
}

/// Without how long it took.
fn timeless(mut report: Report) -> Report {
    for project in &mut report.projects {
        project.durations_ms = report::Durations::default();
        project.held = report::Held::default();
        for run in &mut project.migrations {
            run.duration_ms = 0.0;
        }
    }
    report
}

fn case(name: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

async fn is_the_same(project: &Project) -> Report {
    let whole = timeless(whole(project).await);
    for count in [1, 2, 3, 7] {
        let merged = timeless(merged(project, count).await);
        assert_eq!(merged.summary, whole.summary, "{count} shards");
        assert_eq!(merged, whole, "{count} shards");
    }
    whole
}

#[rstest]
#[case::sound("../migrations/grow", 0)]
#[case::leaks_that_follow_from_one("tests/isolation/cases/insert-check-true", 2)]
#[case::changes_without_entries("tests/audit/cases/deletes-are-not-logged", 5)]
#[tokio::test]
async fn merged_shards_are_the_report_of_a_run_in_one_piece(#[case] path: &str, #[case] followers: usize) {
    let report = is_the_same(&Project::open(case(path)).unwrap()).await;
    let claims = &report.projects[0].claims;
    let follow = claims.iter().filter(|claim| claim.follows_from.is_some()).count();
    assert!(follow >= followers, "{follow} findings follow from others");
}

#[tokio::test]
async fn what_is_made_up_anew_in_each_run_differs_in_nothing_else() {
    let project = Project::open(case("tests/retention/cases/address-in-base64")).unwrap();
    let plain = |mut report: Report| {
        for claim in &mut report.projects[0].claims {
            // It holds the values that were looked for.
            claim.evidence = claim.evidence.take().map(|_| Evidence::default());
        }
        timeless(report)
    };
    let whole = plain(whole(&project).await);
    assert!(whole.summary.violated > 0);
    assert_eq!(plain(merged(&project, 3).await), whole);
}

#[tokio::test]
async fn an_allow_counts_for_all_shards_and_is_unused_only_where_no_shard_needs_it() {
    let folder = tempfile::tempdir().unwrap();
    let from = case("tests/isolation/cases/insert-check-true");
    for entry in fs::read_dir(&from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    let file = folder.path().join("pgproof.toml");
    let contract = fs::read_to_string(&file).unwrap();
    let allow = |rule: &str, object: &str, more: &str| {
        format!("[[allow]]\nrule = \"{rule}\"\nobject = \"{object}\"\nreason = \"a test\"\n{more}\n")
    };
    let allows = [
        allow("isolation/write", "*", ""),
        allow("audit/missing", "public.nothing", ""),
        allow("isolation/read", "public.gone", "until = \"2020-01-01\""),
    ];
    fs::write(&file, format!("{contract}\n{}", allows.concat())).unwrap();
    let project = Project::open(Utf8Path::from_path(folder.path()).unwrap()).unwrap();
    let report = is_the_same(&project).await;
    let claims = &report.projects[0].claims;
    let lint = |rule: &str| claims.iter().filter(|claim| claim.rule == rule).count();
    assert_eq!((lint("lint/unused-allow"), lint("lint/expired-allow")), (1, 1));
    let accepted = claims.iter().filter(|claim| claim.message.contains("accepted"));
    assert!(
        accepted
            .filter(|claim| claim.verdict == Verdict::Violated)
            .count()
            >= 2
    );
}

#[test]
fn the_command_merges_files_and_refuses_what_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let project = folder.path().join("project");
    fs::create_dir(&project).unwrap();
    fs::write(project.join("001_first.sql"), "CREATE TABLE first (id int);").unwrap();
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_pgproof"))
            .args(arguments)
            .current_dir(&project)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            text,
        )
    };
    for shard in ["1/2", "2/2"] {
        let target = format!("json={}", at(&shard.replace('/', "-")));
        run(&[
            "verify",
            "--no-snapshots",
            "--allow-unproven",
            "--shard",
            shard,
            "--report",
            &target,
        ]);
    }
    let whole = run(&["verify", "--no-snapshots", "--allow-unproven"]);
    let merged = run(&["report", "merge", &at("2-2"), &at("1-2")]);
    assert_eq!(whole.0, merged.0, "{merged:?}");
    let last = |text: &str| text.lines().last().unwrap().to_owned();
    assert_eq!(last(&whole.1), last(&merged.1));
    assert_eq!(
        run(&["report", "merge", &at("1-2"), &at("2-2"), "--format", "json"]).0,
        merged.0
    );

    let (status, _, said) = run(&["report", "merge", &at("2-2")]);
    assert_eq!(status, Some(2));
    assert!(said.contains("missing: 1/2"), "{said}");
    let text = fs::read_to_string(at("1-2")).unwrap();
    fs::write(at("half"), &text[..text.len() / 2]).unwrap();
    for (file, says) in [
        ("half", "is no report"),
        ("absent", "failed to read"),
        ("project", "failed to read"),
    ] {
        let (status, _, said) = run(&["report", "merge", &at(file), &at("2-2")]);
        assert_eq!(status, Some(2));
        assert!(said.contains(says) && said.contains(file), "{said}");
    }
    for (shard, says) in [
        ("0/3", "no shard 0 of 3"),
        ("4/3", "no shard 4 of 3"),
        ("a/b", "expected K/N"),
    ] {
        let (status, _, said) = run(&["verify", "--shard", shard]);
        assert_eq!(status, Some(2));
        assert!(said.contains(says), "{said}");
    }
    assert!(Path::new(&at("1-2")).is_file());
}
