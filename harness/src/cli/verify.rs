//! `pgproof verify`: the main job.

use pgproof::contract::projects;
use pgproof::prove::{self, Options, Snapshots, Step};
use pgproof::report::{self, ExitRules, Report};
use pgproof::{Error, Project};

use super::arguments::{Format, VerifyOptions};
use super::console::{self, Console};
use super::interrupt::{INTERRUPTED, interrupted};

pub(super) async fn run(options: &VerifyOptions, console: &Console) -> u8 {
    let rules = exit_rules(options);
    let found = match projects::find(&options.paths, options.project.config.as_deref()) {
        Ok(found) => found,
        Err(error) => {
            let error = Error::from(error);
            let nothing = vec![failed(&paths(options), &paths(options), error)];
            show(nothing.first(), options, rules, console);
            return finish(options, &Report::new(nothing, rules), console);
        }
    };
    let mut proved = Vec::new();
    for found in found {
        let (name, path) = (found.contract.name.clone(), found.root.to_string());
        match Project::read(found) {
            Ok(project) => {
                if prove_all(&project, options, console, &mut proved).await {
                    continue;
                }
                proved.push(interrupted_report(&project));
                show(proved.last(), options, rules, console);
                break;
            }
            Err(error) => {
                proved.push(failed(&name, &path, error));
                show(proved.last(), options, rules, console);
            }
        }
    }
    finish(options, &Report::new(proved, rules), console)
}

/// Proves a project on each major that was asked for; false if a signal came.
async fn prove_all(
    project: &Project,
    options: &VerifyOptions,
    console: &Console,
    proved: &mut Vec<report::Project>,
) -> bool {
    let rules = exit_rules(options);
    let majors = options.server.majors(&project.majors());
    for major in &majors {
        let wanted = Options {
            settings: options.server.settings(*major),
            snapshots: if options.no_snapshots {
                Snapshots::Ignored
            } else {
                Snapshots::Pending
            },
            majors: majors.iter().copied().flatten().collect(),
            only: options.only.clone(),
            skip: options.skip.clone(),
            replay: options.replay.clone(),
            at_once: None,
        };
        let progress = console.progress(project.name().to_owned());
        let step = |step| match step {
            Step::Applying { migrations } => {
                progress.set(format!(
                    "{}: applying {}",
                    project.name(),
                    console::count(migrations, "migration")
                ));
            }
            Step::Proving => progress.set(format!("{}: proving", project.name())),
        };
        let outcome = tokio::select! {
            biased;
            () = interrupted() => return false,
            outcome = prove::verify(project, &wanted, &step) => outcome,
        };
        drop(progress);
        proved.push(outcome);
        show(proved.last(), options, rules, console);
    }
    true
}

fn show(project: Option<&report::Project>, options: &VerifyOptions, rules: ExitRules, console: &Console) {
    if let (Format::Human, Some(project)) = (options.format, project) {
        console.print(&console::one_project(project, rules));
    }
}

/// Writes the reports and says how it ended.
fn finish(options: &VerifyOptions, report: &Report, console: &Console) -> u8 {
    let mut status = report.summary.exit;
    match options.format {
        Format::Human => console.print(&console::summary(report)),
        Format::Json => {
            let mut bytes = Vec::new();
            match report::write_json(report, &mut bytes) {
                Ok(()) => console.print_bytes(&bytes),
                Err(error) => {
                    console.error(&format!("failed to write the report: {error}"));
                    status = 70;
                }
            }
            // What people need to see stands in the JSON as well, but a log shows only stderr.
            for error in report
                .projects
                .iter()
                .filter_map(|project| project.error.as_ref())
            {
                console.message(&error.message);
            }
        }
    }
    for target in &options.report {
        if let Err(error) = target.write(report) {
            console.error(&format!("failed to write {}: {error}", target.file));
            status = if status == 0 { super::USAGE } else { status };
        }
    }
    status
}

fn exit_rules(options: &VerifyOptions) -> ExitRules {
    ExitRules {
        allow_unproven: options.allow_unproven,
        strict: options.strict,
    }
}

fn paths(options: &VerifyOptions) -> String {
    if options.paths.is_empty() {
        return ".".to_owned();
    }
    options
        .paths
        .iter()
        .map(|path| path.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

fn failed(name: &str, path: &str, error: Error) -> report::Project {
    report::Project {
        error: Some(error.in_report(camino::Utf8Path::new(path))),
        ..report::Project::new(name, path)
    }
}

fn interrupted_report(project: &Project) -> report::Project {
    let error = report::ProjectError {
        code: INTERRUPTED,
        message: "interrupted".to_owned(),
        location: None,
    };
    report::Project {
        error: Some(error),
        ..report::Project::new(project.name(), project.root().as_str())
    }
}
