//! What all rows need: the sample, PostgreSQL's programs, and a server that runs for those peers that want one.

use std::path::PathBuf;

use camino::Utf8PathBuf;
use pgproof::server::Installation;
use pgproof::{Project, Settings};
use tokio::runtime::Runtime;

use crate::account;
use crate::arguments::Arguments;
use crate::peers::running::Running;
use crate::sample::{self, Shape};

/// Where and with what everything is measured.
pub(crate) struct Setting<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) runtime: Runtime,
    pub(crate) installation: Installation,
    pub(crate) sample: Utf8PathBuf,
    pub(crate) memory: PathBuf,
    pub(crate) disk: PathBuf,
    /// Started for those peers that use a server which runs.
    pub(crate) running: Running,
}

impl<'a> Setting<'a> {
    pub(crate) fn prepare(arguments: &'a Arguments) -> anyhow::Result<Self> {
        let runtime = Runtime::new()?;
        let asked = Settings::default().pg_bin;
        let installation = pgproof::server::find::choose(None, &asked)?;
        let (memory, disk) = (account::memory()?, account::disk()?);
        let folder = Utf8PathBuf::try_from(disk.clone())?;
        let sample = folder.join("sample");
        sample::write(&sample, sample::USUAL, installation.version.major)?;
        let running = runtime.block_on(Running::start(&folder, &sample, &installation))?;
        // sqlx reads it from here; a variable would have to be set before this process began.
        std::fs::write(
            memory.join(".env"),
            format!("DATABASE_URL={}\n", running.url("postgres")),
        )?;
        Ok(Self {
            arguments,
            runtime,
            installation,
            sample,
            memory,
            disk,
            running,
        })
    }

    /// The sample as pgproof has it.
    pub(crate) fn project(&self) -> anyhow::Result<Project> {
        Ok(Project::open(&self.sample)?.on(Settings::of(&self.installation)))
    }

    /// A project of another shape.
    pub(crate) fn project_of(&self, shape: Shape) -> anyhow::Result<Project> {
        let name = format!("sample-{}-{}", shape.tables, shape.migrations);
        let folder = Utf8PathBuf::try_from(self.disk.join(name))?;
        sample::write(&folder, shape, self.installation.version.major)?;
        Ok(Project::open(&folder)?.on(Settings::of(&self.installation)))
    }

    /// A number for a usual run, or the tenth of it for a quick one.
    pub(crate) fn count(&self, usual: usize) -> usize {
        if self.arguments.quick {
            usual.div_ceil(10)
        } else {
            usual
        }
    }
}
