//! A project: a folder of migrations with its contract, read and ready to be applied.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use sqlx::postgres::PgConnection;

use crate::contract::{self, Contract};
use crate::database::{Database, LONGEST_NAME, MIGRATED, Template, Transaction, in_use, run_name};
use crate::error::Error;
use crate::migrate::convention::Convention;
use crate::migrate::extension::stand_in::{self, StandIn};
use crate::migrate::ledger::Ledger;
use crate::migrate::prelude::Prelude;
use crate::migrate::{self, Migration, ReadOptions, Reading, Script};
use crate::server::{Installation, Provider, Reach};

/// What does not depend on the project.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which server to use.
    pub provider: Provider,
    /// Folders in which to look for PostgreSQL first.
    pub pg_bin: Vec<PathBuf>,
    /// The major to use; the contract's first where it is `None`.
    pub major: Option<u16>,
    /// The longest that one statement may run.
    pub timeout: Duration,
    /// Whether nothing may be fetched: a major that is not at hand is then an error.
    pub offline: bool,
    /// Whether something else may take the place of an extension that the server lacks.
    pub stub_extensions: bool,
}

impl Default for Settings {
    /// `PGPROOF_PG_BIN`, the contract's major, five minutes a statement, what is not there is fetched unless
    /// `PGPROOF_OFFLINE` forbids, and nothing stands in for extensions unless `PGPROOF_STUB_EXTENSIONS` allows it.
    fn default() -> Self {
        let pg_bin = std::env::var_os("PGPROOF_PG_BIN");
        Self {
            provider: Provider::Embedded,
            pg_bin: pg_bin
                .map(|folders| std::env::split_paths(&folders).collect())
                .unwrap_or_default(),
            major: None,
            timeout: Duration::from_mins(5),
            offline: is_set("PGPROOF_OFFLINE"),
            stub_extensions: is_set("PGPROOF_STUB_EXTENSIONS"),
        }
    }
}

/// Whether a variable says yes, as the command line reads it.
fn is_set(name: &str) -> bool {
    let value = std::env::var(name).unwrap_or_default().to_lowercase();
    !["", "0", "false", "no", "off", "n", "f"].contains(&value.as_str())
}

impl Settings {
    /// The usual settings, with this PostgreSQL and no other.
    pub fn of(installation: &Installation) -> Self {
        Self {
            pg_bin: vec![installation.bin.clone()],
            major: Some(installation.version.major),
            ..Self::default()
        }
    }
}

/// A folder of migrations with its contract.
#[derive(Debug, Clone)]
pub struct Project {
    root: Utf8PathBuf,
    contract: Contract,
    contract_file: Option<Utf8PathBuf>,
    reading: Reading,
    preludes: Vec<Prelude>,
    ledger: Ledger,
    settings: Settings,
}

impl Project {
    /// Opens the folder: one with a `pgproof.toml`, or bare migrations.
    ///
    /// # Errors
    /// There is no such folder, or several projects in it; the contract or a migration can't be read.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), pgproof::Error> {
    /// let project = pgproof::Project::open("migrations/aim")?;
    /// assert_eq!(project.name(), "aim");
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(path: impl AsRef<Utf8Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let mut found = contract::projects::find(&[path.to_owned()], None)?;
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Self::read(one),
            _ => Err(Error::Usage(format!(
                "open {path}: it holds several projects, name one of them"
            ))),
        }
    }

    /// Reads the migrations of a project that was found.
    ///
    /// # Errors
    /// A file that the contract names is missing, or a migration can't be read.
    pub fn read(found: contract::projects::Project) -> Result<Self, Error> {
        let contract::projects::Project {
            root,
            contract,
            contract_file,
        } = found;
        contract.check_files(&root)?;
        check_name(contract.database())?;
        let mut not_migrations = contract.migrations.prelude.clone();
        not_migrations.extend(query_files(&contract, &root)?);
        let exclude: Vec<String> = contract
            .migrations
            .exclude
            .iter()
            .map(|glob| glob.as_str().to_owned())
            .collect();
        let convention = match contract.migrations.convention {
            contract::Convention::Auto => None,
            named => Some(named.as_str().parse::<Convention>()?),
        };
        let options = ReadOptions {
            convention,
            exclude: &exclude,
            not_migrations: &not_migrations,
            placeholders: Some(&contract.migrations.placeholders),
        };
        let mut reading = migrate::read(&root, &contract.migrations.path, &options)?;
        reading.take_in(&root)?;
        let preludes = match contract_file {
            Some(_) => Prelude::named(&root, &contract.migrations.prelude, &reading)?,
            None => Prelude::detected(&root, &mut reading),
        };
        let ledger = Ledger::of(&reading, contract.migrations.ledger.as_ref())?;
        Ok(Self {
            root,
            contract,
            contract_file,
            reading,
            preludes,
            ledger,
            settings: Settings::default(),
        })
    }

    /// The name in reports.
    pub fn name(&self) -> &str {
        &self.contract.name
    }

    /// The folder.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// The contract: what `pgproof.toml` says, or what is assumed where there is none.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The contract's file, where there is one.
    pub fn contract_file(&self) -> Option<&Utf8Path> {
        self.contract_file.as_deref()
    }

    /// The same project with another contract, which says nothing else of how the migrations are applied.
    pub(crate) fn with_contract(mut self, contract: Contract) -> Self {
        self.contract = contract;
        self
    }

    /// The majors that the contract names, the first being the one that is proved by default.
    pub fn majors(&self) -> Vec<u16> {
        self.contract
            .server
            .postgres
            .iter()
            .map(|major| major.number())
            .collect()
    }

    /// The folder of the accepted snapshots: the contract's, or `snapshots/` beside it.
    pub fn snapshot_folder(&self) -> Utf8PathBuf {
        tidy(&self.root.join(&self.contract.snapshots.path))
    }

    /// The migrations in the order in which they are applied.
    pub fn migrations(&self) -> &[Migration] {
        &self.reading.migrations
    }

    /// How the folder was read.
    pub fn convention(&self) -> Convention {
        self.reading.convention
    }

    /// What gave the convention away, where the contract does not name it.
    pub fn convention_mark(&self) -> Option<&str> {
        self.reading.mark.as_deref()
    }

    /// The same project without the migrations of these files or versions: what production had before them.
    ///
    /// # Errors
    /// There is no such migration.
    pub fn without(mut self, names: &[&str]) -> Result<Self, Error> {
        for name in names {
            let before = self.reading.migrations.len();
            self.reading.keep(|migration| !is_called(migration, name));
            if self.reading.migrations.len() == before {
                return Err(Error::Usage(format!(
                    "leave out {name}: {} has no such migration",
                    self.name()
                )));
            }
        }
        Ok(self)
    }

    /// The same project up to and with the last migration of that file or version.
    ///
    /// # Errors
    /// There is no such migration.
    pub fn through(mut self, name: &str) -> Result<Self, Error> {
        let last = self
            .reading
            .migrations
            .iter()
            .rposition(|migration| is_called(migration, name));
        let last = last
            .ok_or_else(|| Error::Usage(format!("stop at {name}: {} has no such migration", self.name())))?;
        let kept: Vec<Utf8PathBuf> = self.reading.migrations[..=last]
            .iter()
            .map(|migration| migration.up.path.clone())
            .collect();
        self.reading.keep(|migration| kept.contains(&migration.up.path));
        Ok(self)
    }

    /// The same project with its first migrations alone.
    pub(crate) fn up_to(mut self, count: usize) -> Self {
        self.reading.migrations.truncate(count);
        self
    }

    /// The same project with the migrations of another folder in place of its own: a rewritten history, say.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn with_migrations(mut self, folder: impl AsRef<Utf8Path>) -> Result<Self, Error> {
        let options = ReadOptions {
            convention: Some(self.reading.convention),
            placeholders: Some(&self.contract.migrations.placeholders),
            ..ReadOptions::default()
        };
        self.reading = migrate::read(Utf8Path::new(""), folder.as_ref(), &options)?;
        Ok(self)
    }

    /// The same project with its [databases](Self::database) on another PostgreSQL than the contract's first. Those of
    /// a proof are chosen by [its options](crate::prove::Options).
    ///
    /// ```no_run
    /// # async fn test() -> Result<(), pgproof::Error> {
    /// use pgproof::{Project, Settings, server::find};
    ///
    /// let project = Project::open("migrations/aim")?;
    /// for installation in find::installations(&[])? {
    ///     let database = project.clone().on(Settings::of(&installation)).database().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// A fresh database with every migration applied, for the caller alone.
    ///
    /// The server is shared by all who ask for the same migrations: the tests of one process, and under nextest (or
    /// wherever `PGPROOF_RUN` names the run) all processes of a run. It ends when the last has left. Where processes share
    /// it no database has the name that the migrations saw; a test that needs that takes the first clone of
    /// [`template`](Self::template).
    ///
    /// # Errors
    /// No server can be had, or a migration fails.
    pub async fn database(&self) -> Result<Database, Error> {
        self.shared_template().await?.clone_database().await
    }

    /// A transaction on a migrated database that all who ask for one share; it is rolled back at the end. For tests
    /// that need no commit: it costs a connection, not a clone.
    ///
    /// # Errors
    /// No server can be had, or a migration fails.
    pub async fn transaction(&self) -> Result<Transaction, Error> {
        self.shared_template().await?.transaction().await
    }

    /// The server with the migrated template that this process has for itself. It lives as long as somebody holds it
    /// or a database on it, and while it is one of the last few that were asked for.
    ///
    /// # Errors
    /// No server can be had, or a migration fails.
    pub async fn template(&self) -> Result<Arc<Template>, Error> {
        in_use::template(self.server_key(), || Template::prepare(self, &self.settings)).await
    }

    async fn shared_template(&self) -> Result<Arc<Template>, Error> {
        let Some(run) = run_name() else {
            return self.template().await;
        };
        in_use::template(format!("{run} {}", self.server_key()), || {
            Template::shared(self, &self.settings, &run)
        })
        .await
    }

    fn server_key(&self) -> String {
        let Settings {
            provider,
            pg_bin,
            major,
            stub_extensions,
            ..
        } = &self.settings;
        format!(
            "{} {provider:?} {pg_bin:?} {major:?} {stub_extensions}",
            self.key()
        )
    }

    /// The ledger's table, where there is one.
    pub fn ledger_table(&self) -> Option<String> {
        self.ledger.table()
    }

    /// What the ledger of a database says was applied, in the order of its versions; nothing where the project has no
    /// ledger. It is data, so [`Catalog::differences`](crate::catalog::Catalog::differences) does not tell of it.
    ///
    /// # Errors
    /// The database has no such table, or is gone.
    pub async fn ledger_entries(&self, session: &mut PgConnection) -> Result<Vec<String>, Error> {
        Ok(self.ledger.entries(session).await?)
    }

    pub(crate) fn reading(&self) -> &Reading {
        &self.reading
    }

    pub(crate) fn preludes(&self) -> impl Iterator<Item = &Script> {
        self.preludes.iter().map(|prelude| &prelude.script)
    }

    /// Whether a platform makes that schema.
    pub(crate) fn is_given_schema(&self, schema: &str) -> bool {
        self.preludes.iter().any(|prelude| prelude.gives(schema))
    }

    /// What is applied before the first migration: a file, or the name of what pgproof knows.
    pub fn prelude_names(&self) -> Vec<String> {
        self.preludes.iter().map(|prelude| prelude.name.clone()).collect()
    }

    /// The same project with something else in place of each extension that is not at hand: in what pgproof gives itself,
    /// and in everything where `everywhere`.
    pub(crate) fn with_stand_ins(
        mut self,
        at_hand: &BTreeSet<String>,
        everywhere: bool,
    ) -> (Self, Vec<StandIn>) {
        let mut found = Vec::new();
        for prelude in &mut self.preludes {
            if everywhere || prelude.is_built_in {
                stand_in::put_into(&mut prelude.script, at_hand, &mut found);
            }
        }
        if everywhere {
            for script in stand_in::scripts(&mut self.reading.migrations) {
                stand_in::put_into(script, at_hand, &mut found);
            }
        }
        (self, found)
    }

    /// Everything that is applied, the preludes first.
    pub(crate) fn scripts(&self) -> impl Iterator<Item = &Script> {
        let preludes = self.preludes().flat_map(Script::with_included);
        preludes.chain(self.reading.scripts())
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The name that the migrations see.
    pub fn database_name(&self) -> &str {
        let is_supabase = |prelude: &Prelude| prelude.is_built_in && prelude.name == "supabase";
        match &self.contract.migrations.database {
            // Its migrations run in the database of that name everywhere.
            None if self.preludes.iter().any(is_supabase) => "postgres",
            _ => self.contract.database(),
        }
    }

    /// The role that migrates; the superuser where it is `None`.
    pub(crate) fn role(&self) -> Option<&str> {
        self.contract.migrations.role.as_deref()
    }

    /// The major that the contract names first.
    pub(crate) fn first_major(&self) -> Option<u16> {
        self.majors().first().copied()
    }

    /// The statements files of the application that the contract names.
    pub(crate) fn query_files(&self) -> Result<Vec<Utf8PathBuf>, Error> {
        query_files(&self.contract, &self.root)
    }

    /// What applying does to a server as a whole.
    pub(crate) fn reach(&self) -> Reach {
        let mut reach = Reach::default();
        for script in self.scripts() {
            reach.add(&script.text);
        }
        reach.makes.extend(self.role().map(str::to_owned));
        reach.acts_as.extend(self.contract.roles().map(str::to_owned));
        reach
    }

    /// A hash of everything that applying depends on, but for the server.
    pub(crate) fn key(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |part: &str| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        };
        add(self.database_name());
        add(self.role().unwrap_or_default());
        add(&format!("{:?} {:?}", self.reading.convention, self.ledger));
        let taken_in = |script: &Script| {
            let mut parts: Vec<String> = Vec::new();
            for inner in script.included() {
                parts.extend([inner.path.to_string(), inner.text.clone()]);
            }
            parts.extend(script.data().map(|data| blake3::hash(data).to_hex().to_string()));
            parts
        };
        for script in self.preludes() {
            add(script.path.as_str());
            add(&script.text);
            for part in taken_in(script) {
                add(&part);
            }
        }
        for migration in &self.reading.migrations {
            add(&format!("{} {:?}", migration.version, migration.transaction));
            add(&format!("{} {}", migration.own_session, migration.record));
            let callbacks = &migration.callbacks;
            let placed = [
                &callbacks.before,
                &callbacks.first,
                &callbacks.last,
                &callbacks.after,
            ];
            add(&format!("{:?}", placed.map(Vec::len)));
            for script in migration.applied() {
                add(script.path.as_str());
                add(&script.text);
                add(script.original());
                add(&format!("{:?}", script.messages));
                for part in taken_in(script) {
                    add(&part);
                }
            }
            add("");
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// Whether a throwaway server can have a database of that name.
fn check_name(database: &str) -> Result<(), Error> {
    let refuse = |why: &str| Err(Error::Usage(format!("make the database {database}: {why}")));
    match database {
        // PostgreSQL cuts longer names without an error, and then they are not found again.
        _ if database.len() > LONGEST_NAME => refuse("PostgreSQL keeps no more than 63 bytes of a name"),
        "" => refuse("it has no name"),
        "template0" | "template1" | MIGRATED => refuse("the server has one of that name for itself"),
        _ => Ok(()),
    }
}

/// `migrations/aim/../../snapshots/aim` as people write it.
pub(crate) fn tidy(path: &Utf8Path) -> Utf8PathBuf {
    let mut tidy = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir
                if matches!(tidy.components().next_back(), Some(Utf8Component::Normal(_))) =>
            {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

fn query_files(contract: &Contract, root: &Utf8Path) -> Result<Vec<Utf8PathBuf>, Error> {
    let mut files = Vec::new();
    for glob in contract.complete.iter().flat_map(|complete| &complete.queries) {
        let found = glob.files(root).map_err(|source| Error::Io {
            what: format!("failed to look for {}", glob.as_str()),
            source,
        })?;
        files.extend(
            found
                .into_iter()
                .map(|file| file.strip_prefix(root).map(Utf8Path::to_owned).unwrap_or(file)),
        );
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// Whether a migration is meant by its version, its file name or its file name's stem.
fn is_called(migration: &Migration, name: &str) -> bool {
    migration.version == name
        || migration.up.path.file_name() == Some(name)
        || migration.up.path.file_stem() == Some(name)
}

/// A fresh database with every migration of the folder applied: [`Project::open`] and [`Project::database`] in one.
///
/// # Errors
/// The project can't be read, no server can be had, or a migration fails.
///
/// ```no_run
/// # async fn test() -> Result<(), pgproof::Error> {
/// let database = pgproof::database("migrations/aim").await?;
/// let mut session = database.connect().await?;
/// # Ok(())
/// # }
/// ```
pub async fn database(path: impl AsRef<Utf8Path>) -> Result<Database, Error> {
    Project::open(path)?.database().await
}
