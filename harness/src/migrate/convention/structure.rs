//! One file that `pg_dump` wrote, such as Rails' `db/structure.sql`: applied by psql, statement by statement.
//!
//! Rails runs `psql --set ON_ERROR_STOP=1 --quiet --no-psqlrc --file`
//! (`active_record/tasks/postgresql_database_tasks.rb`). There is no ledger of the tool's: the file itself writes the
//! versions of the migrations that led to it into `schema_migrations`, if its makers want that.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::super::folder::Folder;
use super::super::numbering::is_number;
use super::super::split::keywords;
use super::super::token::{Kind, Token, significant};
use super::super::way::statements;
use super::super::{Migration, ReadError, Script, TransactionRule, finding, unread};
use super::Contents;
use crate::claim::{Claim, Severity};

/// The name that Rails gives the file.
const FILE: &str = "structure.sql";

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let files: Vec<&String> = folder.sql_files().collect();
    let named = files.iter().copied().find(|name| *name == FILE);
    let only = if let [only] = files[..] { Some(only) } else { None };
    let Some(file) = named.or(only) else {
        return Ok(Contents::of(Vec::new(), Vec::new()));
    };
    let script = folder.script(file)?;
    let mut claims = Vec::new();
    for other in files.into_iter().filter(|name| *name != file) {
        claims.push(unread(
            &folder.path_of(other),
            "the one file that is read is another",
        ));
    }
    claims.extend(behind(folder, &script));
    let name = &file[..file.len() - ".sql".len()];
    let migration = Migration::new(name, "", script, TransactionRule::Statements);
    Ok(Contents::of(vec![migration], claims))
}

/// Whether a text is as `pg_dump` begins one: with its heading, or where that was taken off, with its settings.
pub(super) fn is_dump(text: &str) -> bool {
    let head = text.lines().take(40);
    let begins = |line: &str| {
        line.starts_with("-- PostgreSQL database dump")
            || line.starts_with("SET statement_timeout = 0;")
            || line.starts_with("\\restrict ")
    };
    head.into_iter().any(begins)
}

/// Rails' migrations in `migrate/` that the file does not know: Rails asks for them right after loading it.
fn behind(folder: &Folder, script: &Script) -> Vec<Claim> {
    let Some(known) = versions(script) else {
        return Vec::new();
    };
    let version = |path: &Utf8Path| -> Option<String> {
        let name = path.file_name().filter(|_| path.extension() == Some("rb"))?;
        let (version, _) = name.split_once('_')?;
        is_number(version).then(|| version.trim_start_matches('0').to_owned())
    };
    let mut claims = Vec::new();
    for path in folder.below.iter().filter(|path| path.starts_with("migrate")) {
        if version(path).is_some_and(|version| !known.contains(&version)) {
            let file = folder.path_of(path);
            let message = format!(
                "{file} is not among the versions that {} writes: Rails holds it for pending after loading the file; run \
                 the migration and commit the new file",
                script.path
            );
            claims.push(finding("ledger/journal", Severity::Error, &file, 1, message));
        }
    }
    claims
}

/// The versions that the file inserts into `schema_migrations`, where it does.
fn versions(script: &Script) -> Option<BTreeSet<String>> {
    let inserts = |statement: &&str| {
        let words = keywords(statement);
        words.len() >= 3
            && words[..2] == ["INSERT", "INTO"]
            && words[2..]
                .iter()
                .take(2)
                .any(|word| word.trim_matches('"').eq_ignore_ascii_case("schema_migrations"))
    };
    // Rails 4 wrote a statement for each version.
    let statements: Vec<&str> = statements(script).into_iter().filter(inserts).collect();
    let version = |statement: &str, token: Token| {
        let digits = statement[token.span].trim_matches('\'');
        digits.trim_start_matches('0').to_owned()
    };
    let versions = statements.iter().flat_map(|statement| {
        significant(statement)
            .filter(|token| token.kind == Kind::String)
            .map(|token| version(statement, token))
    });
    (!statements.is_empty()).then(|| versions.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_is_known_by_its_head() {
        assert!(is_dump("--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n"));
        assert!(is_dump("SET statement_timeout = 0;\nSET lock_timeout = 0;\n"));
        assert!(!is_dump("-- like pg_dump\nSELECT '-- PostgreSQL database dump';"));
    }

    #[test]
    fn the_versions_of_a_structure_are_read_in_both_forms() {
        let read = |text: &str| {
            versions(&Script::new("structure.sql", text)).map(|set| set.into_iter().collect::<Vec<_>>())
        };
        assert_eq!(
            read(
                "SET search_path TO \"$user\", public;\n\nINSERT INTO \"schema_migrations\" (version) VALUES\n('20240102'),\n('20240101');\n"
            ),
            Some(vec!["20240101".to_owned(), "20240102".to_owned()])
        );
        assert_eq!(
            read("INSERT INTO public.schema_migrations (version) VALUES ('001');"),
            Some(vec!["1".to_owned()])
        );
        assert_eq!(
            read(
                "INSERT INTO schema_migrations (version) VALUES ('2');\nINSERT INTO schema_migrations (version) VALUES ('3');"
            ),
            Some(vec!["2".to_owned(), "3".to_owned()])
        );
        assert_eq!(
            read("CREATE TABLE public.schema_migrations (version text);"),
            None
        );
    }
}
