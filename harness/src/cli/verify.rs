//! `pgproof verify`: the main job. Projects and majors are proved side by side, as many as there are cores for, and shown in
//! their order.

use std::num::NonZeroUsize;

use pgproof::contract::projects;
use pgproof::prove::{self, BaseFirst, Lint, Options, Snapshots, Step};
use pgproof::report::{self, ExitRules, Report};
use pgproof::{Error, Project};

use super::arguments::{Format, OutputOptions, VerifyOptions};
use super::at_once::in_order;
use super::console::{self, Console, Progress};
use super::interrupt::{INTERRUPTED, interrupted};

/// One project on one major, or why there is none.
enum Task {
    Prove(Box<Project>, Box<Options>),
    Failed(Box<report::Project>),
}

/// Blocks; signals and connections are looked after by the runtime's own threads.
pub(super) fn run(options: &VerifyOptions, console: &Console) -> u8 {
    let rules = options.rules.exit_rules();
    let output = &options.output;
    let found = match projects::find(&options.paths, options.project.config.as_deref()) {
        Ok(found) => found,
        Err(error) => {
            let error = Error::from(error);
            let nothing = failed(&paths(options), &paths(options), error);
            show(&nothing, output, rules, console);
            return finish(output, &whole(options, vec![nothing]), console);
        }
    };
    let mut tasks: Vec<Task> = Vec::new();
    for found in found {
        let (name, path) = (found.contract.name.clone(), found.root.to_string());
        match Project::read(found) {
            Ok(project) => match lint(&project, options) {
                Ok(lint) => tasks.extend(on_each_major(&project, options, &lint)),
                Err(error) => tasks.push(Task::Failed(Box::new(failed(&name, &path, error)))),
            },
            Err(error) => tasks.push(Task::Failed(Box::new(failed(&name, &path, error)))),
        }
    }
    let at_once = options
        .jobs
        .or_else(|| std::thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    let progress = console.progress(String::new());
    let mut proved: Vec<report::Project> = Vec::new();
    let mut shown = 0;
    in_order(
        at_once,
        tasks,
        |task, runtime| prove_one(task, &progress, runtime),
        |project| {
            // Where the next is another project, this one's majors are complete.
            let is_next = proved.last().is_some_and(|last| !is_same(last, &project));
            progress.above(|| {
                if is_next {
                    show_differences(&proved[shown..], output, console);
                }
                show(&project, output, rules, console);
            });
            if is_next {
                shown = proved.len();
            }
            let ended = project
                .error
                .as_ref()
                .is_some_and(|error| error.code == INTERRUPTED);
            proved.push(project);
            !ended
        },
    );
    drop(progress);
    show_differences(&proved[shown..], output, console);
    finish(output, &whole(options, proved), console)
}

fn whole(options: &VerifyOptions, proved: Vec<report::Project>) -> Report {
    let rules = options.rules.exit_rules();
    match options.shard {
        Some(shard) => Report::of_shard(proved, rules, shard),
        None => Report::new(proved, rules),
    }
}

/// Which files are linted.
fn lint(project: &Project, options: &VerifyOptions) -> Result<Lint, Error> {
    match &options.since {
        Some(revision) => Lint::since(project.root(), revision),
        None => Ok(Lint::All),
    }
}

/// The project on each major that was asked for.
fn on_each_major(project: &Project, options: &VerifyOptions, lint: &Lint) -> Vec<Task> {
    let mut majors = options.server.majors(&project.majors());
    // The base goes first, since the others wait for its snapshots.
    let base = project.majors().first().copied();
    majors.sort_by_key(|major| *major != base);
    majors
        .iter()
        .zip(BaseFirst::turns(majors.len()))
        .map(|(major, base_first)| {
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
                shard: options.shard,
                lint: Some(lint.clone()),
                base_first,
                at_once: options.jobs,
            };
            Task::Prove(Box::new(project.clone()), Box::new(wanted))
        })
        .collect()
}

/// Blocks until it is proved or a signal has come.
fn prove_one(task: Task, progress: &Progress, runtime: &tokio::runtime::Handle) -> report::Project {
    let (project, wanted) = match task {
        Task::Failed(project) => return *project,
        Task::Prove(project, wanted) => (project, wanted),
    };
    let name = match wanted.settings.major {
        Some(major) if wanted.majors.len() > 1 => format!("{} (PostgreSQL {major})", project.name()),
        _ => project.name().to_owned(),
    };
    let step = |step| match step {
        Step::Applying { migrations } => progress.set(format!(
            "{name}: applying {}",
            console::count(migrations, "migration")
        )),
        Step::Proving => progress.set(format!("{name}: proving")),
    };
    runtime.block_on(async {
        tokio::select! {
            biased;
            () = interrupted() => interrupted_report(&project),
            outcome = prove::verify(&project, &wanted, &step) => outcome,
        }
    })
}

fn is_same(one: &report::Project, other: &report::Project) -> bool {
    (&one.name, &one.path) == (&other.name, &other.path)
}

fn show(project: &report::Project, options: &OutputOptions, rules: ExitRules, console: &Console) {
    if options.format == Format::Human {
        console.print(&console::one_project(project, rules));
    }
}

/// Shows projects one after the other, and after the majors of each where these differ.
pub(super) fn show_all(
    projects: &[report::Project],
    options: &OutputOptions,
    rules: ExitRules,
    console: &Console,
) {
    for majors in projects.chunk_by(is_same) {
        for project in majors {
            show(project, options, rules, console);
        }
        show_differences(majors, options, console);
    }
}

fn show_differences(majors: &[report::Project], options: &OutputOptions, console: &Console) {
    if options.format == Format::Human
        && let Some(text) = console::majors_that_differ(majors)
    {
        console.print(&text);
    }
}

/// Writes the reports and says how it ended.
pub(super) fn finish(options: &OutputOptions, report: &Report, console: &Console) -> u8 {
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
        class: None,
    };
    report::Project {
        error: Some(error),
        ..report::Project::new(project.name(), project.root().as_str())
    }
}
