//! The statements that an application sends: from the consumer files and the cache of sqlx that the contract names.

use std::collections::BTreeMap;
use std::ops::Range;

use camino::Utf8Path;
use serde::Deserialize;

use crate::claim::Location;
use crate::diagnostic::{Diagnostic, NoteKind};
use crate::error::Error;
use crate::migrate::Script;
use crate::migrate::split::SegmentKind;
use crate::project::Project;

/// A statement of an application.
#[derive(Debug)]
pub(in super::super) struct Query {
    pub(super) script: Script,
    pub(super) span: Range<usize>,
    pub(super) header: Header,
    /// Its name, or its file and its number there.
    pub(super) name: String,
    /// Whether the script is no file, but a text in one, so that its lines mean nothing.
    embedded: bool,
}

impl Query {
    pub(super) fn statement(&self) -> &str {
        &self.script.text[self.span.clone()]
    }

    /// Where it begins, or the place that something in it has.
    pub(super) fn location(&self, inside: Option<Location>) -> Location {
        let at = |line, column| Location {
            file: self.script.path.to_string(),
            line,
            column,
        };
        match inside {
            _ if self.embedded => at(1, None),
            Some(inside) => inside,
            None => at(self.script.position(self.span.start).line, None),
        }
    }
}

/// What a `-- pgproof:` comment says of the statements below it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    /// The role that sends them.
    #[serde(rename = "as")]
    pub(super) role: Option<String>,
    /// What people call them.
    name: Option<String>,
}

/// Reads the consumer files that the contract names.
pub(in super::super) fn read(project: &Project) -> Result<Vec<Query>, Error> {
    let mut queries = Vec::new();
    for file in project.query_files()? {
        let script = Script::read(project.root(), &file)?;
        queries.extend(of_script(&script)?);
    }
    let complete = project.contract().complete.as_ref();
    if let Some(folder) = complete.and_then(|complete| complete.sqlx_cache.as_ref()) {
        queries.extend(of_cache(project.root(), folder)?);
    }
    let role = project
        .contract()
        .isolation
        .as_ref()
        .and_then(|isolation| isolation.role.clone());
    for query in &mut queries {
        if query.header.role.is_none() {
            query.header.role.clone_from(&role);
        }
    }
    Ok(queries)
}

fn of_script(script: &Script) -> Result<Vec<Query>, Error> {
    let mut header = Header::default();
    let mut queries: Vec<Query> = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for segment in script.segments() {
        match segment.kind {
            SegmentKind::Blank => {
                if let Some(found) = header_in(script, segment.span)? {
                    header = found;
                }
            }
            SegmentKind::Statement => {
                refuse_header_inside(script, segment.span.clone())?;
                let base = header.name.clone().unwrap_or_else(|| script.path.to_string());
                let count = seen.entry(base.clone()).or_default();
                *count += 1;
                let name = if *count > 1 || header.name.is_none() {
                    format!("{base} ({count})")
                } else {
                    base
                };
                queries.push(Query {
                    script: script.clone(),
                    span: segment.span,
                    header: header.clone(),
                    name,
                    embedded: false,
                });
            }
            SegmentKind::CopyData | SegmentKind::MetaCommand => {
                let found = Diagnostic::new(
                    script.path.as_str(),
                    script.text.clone(),
                    segment.span,
                    "a consumer file holds statements of an application, which sends no psql commands and no COPY data",
                );
                return Err(Error::Usage(found.to_string()));
            }
        }
    }
    Ok(queries)
}

/// Without its `;` a statement would swallow the next header, and the next statement with it.
fn refuse_header_inside(script: &Script, statement: Range<usize>) -> Result<(), Error> {
    let mut at = statement.start;
    for line in script.text[statement].split_inclusive('\n') {
        let header = line.trim_start().strip_prefix("--").map(str::trim_start);
        if header.is_some_and(|header| header.starts_with("pgproof:")) {
            let found = Diagnostic::new(
                script.path.as_str(),
                script.text.clone(),
                at..at + line.trim_end().len(),
                "the statement above this header does not end",
            )
            .with(NoteKind::Help, "write `;` at its end");
            return Err(Error::Usage(found.to_string()));
        }
        at += line.len();
    }
    Ok(())
}

/// The last header among the comments of a gap between statements.
fn header_in(script: &Script, gap: Range<usize>) -> Result<Option<Header>, Error> {
    let mut header = None;
    let mut at = gap.start;
    for line in script.text[gap].split_inclusive('\n') {
        let text = line.trim_start().strip_prefix("--").map(str::trim_start);
        // Without the colon it would be an ordinary comment, and the statement nobody's.
        let fields = text.and_then(|text| {
            let misspelt = || text.strip_prefix("pgproof ").filter(|rest| rest.contains('='));
            text.strip_prefix("pgproof:").or_else(misspelt)
        });
        if let Some(fields) = fields {
            let table: Result<BTreeMap<String, Header>, _> =
                toml::from_str(&format!("header = {{ {} }}", fields.trim()));
            header = match table {
                Ok(mut table) => table.remove("header"),
                Err(error) => {
                    let span = at..at + line.trim_end().len();
                    let found = Diagnostic::new(
                        script.path.as_str(),
                        script.text.clone(),
                        span,
                        format!("the header can't be read: {}", error.message()),
                    )
                    .with(
                        NoteKind::Help,
                        "write -- pgproof: as = \"app_user\", name = \"sign in\"",
                    );
                    return Err(Error::Usage(found.to_string()));
                }
            };
        }
        at += line.len();
    }
    Ok(header)
}

/// What `cargo sqlx prepare` writes for one query (`sqlx-macros-core/src/query/data.rs`).
#[derive(Debug, Deserialize)]
struct Cached {
    db_name: String,
    query: String,
}

/// One query a file, `query-<hash>.json`; those of another database are passed over.
fn of_cache(root: &Utf8Path, folder: &Utf8Path) -> Result<Vec<Query>, Error> {
    let unreadable = |path: &Utf8Path| {
        let what = format!("failed to read the cache of sqlx in {path}");
        move |source| Error::Io { what, source }
    };
    let mut names = Vec::new();
    for entry in root.join(folder).read_dir_utf8().map_err(unreadable(folder))? {
        let name = entry.map_err(unreadable(folder))?.file_name().to_owned();
        if name.starts_with("query-") && Utf8Path::new(&name).extension() == Some("json") {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Err(Error::Usage(format!(
            "read the cache of sqlx in {folder}: there is no query-*.json; `cargo sqlx prepare` writes them"
        )));
    }
    names.sort();
    let mut queries = Vec::new();
    for name in names {
        let path = folder.join(name);
        let text = std::fs::read(root.join(&path)).map_err(unreadable(&path))?;
        let cached: Cached = serde_json::from_slice(&text)
            .map_err(|error| Error::Usage(format!("read {path} as sqlx writes it: {error}")))?;
        if cached.db_name == "PostgreSQL" {
            let script = Script::new(path.clone(), cached.query);
            queries.push(Query {
                span: 0..script.text.trim_end().len(),
                script,
                header: Header::default(),
                name: path.into_string(),
                embedded: true,
            });
        }
    }
    Ok(queries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Script {
        Script::new("consumers/app.sql", text)
    }

    #[test]
    fn a_header_is_valid_until_the_next() {
        let text = "-- pgproof: as = \"app\", name = \"sign in\"\nSELECT 1;\nSELECT 2;\n\
                    -- a remark\n-- pgproof: as = \"admin\"\nSELECT 3;";
        let queries = of_script(&script(text)).unwrap();
        let seen: Vec<_> = queries
            .iter()
            .map(|q| (q.name.as_str(), q.header.role.as_deref().unwrap()))
            .collect();
        assert_eq!(
            seen,
            [
                ("sign in", "app"),
                ("sign in (2)", "app"),
                ("consumers/app.sql (1)", "admin")
            ]
        );
    }

    #[test]
    fn a_statement_that_does_not_end_swallows_no_header() {
        let text = "-- pgproof: as = \"app\"\nSELECT 1\n-- pgproof: as = \"admin\"\nSELECT 2;";
        let error = of_script(&script(text)).unwrap_err().to_string();
        assert!(error.contains("consumers/app.sql:3:1"), "{error}");
        assert!(of_script(&script(&text.replace("SELECT 1", "SELECT 1;"))).is_ok());
    }

    #[test]
    fn a_header_without_its_colon_is_a_header() {
        let queries = of_script(&script("-- pgproof as = \"app\"\nSELECT 1;")).unwrap();
        assert_eq!(queries[0].header.role.as_deref(), Some("app"));
    }

    #[test]
    fn a_header_with_a_typo_is_shown_in_its_file() {
        let error = of_script(&script("-- x\n-- pgproof: has = \"app\"\nSELECT 1;"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("consumers/app.sql:2:1") && error.contains("has"),
            "{error}"
        );
    }
}
