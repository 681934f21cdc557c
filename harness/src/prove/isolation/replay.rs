//! A psql script for each finding that shows it from an empty server.

use std::fmt::Write as _;

use camino::Utf8Path;

use super::attempt::Judged;
use super::bench::Bench;
use super::finding::Finding;
use crate::catalog::RelationKind;
use crate::claim::Claim;
use crate::error::Error;
use crate::migrate::Script;
use crate::project::Project;
use crate::sql::{identifier, literal_or_null, qualified};

/// Writes the finding's script to `folder/fingerprint.sql`.
pub(super) fn write(
    folder: &Utf8Path,
    project: &Project,
    bench: &Bench<'_>,
    finding: &Finding,
    claim: &Claim,
) -> Result<(), Error> {
    let file = folder.join(format!("{}.sql", claim.fingerprint));
    let failed = |source| Error::Io {
        what: format!("write {file}"),
        source,
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    std::fs::write(&file, script(project, bench, finding, claim)).map_err(failed)
}

fn script(project: &Project, bench: &Bench<'_>, finding: &Finding, claim: &Claim) -> String {
    let mut text = format!(
        "-- {} {} ({}): {}\n-- On an empty server, as a superuser: createdb replay && psql -X -d replay -f THIS_FILE\n\
         \\set ON_ERROR_STOP on\n",
        claim.rule, claim.object, claim.subject, claim.message
    );
    let scripts: Vec<&Script> = project
        .preludes()
        .chain(project.migrations().iter().map(|migration| &migration.up))
        .collect();
    for script in scripts {
        let _ = write!(text, "\n\\echo '# {}'\n{}\n", script.path, script.text.trim_end());
    }
    let _ = write!(
        text,
        "\n\\echo '# rows of the tenants {}'\n",
        bench.identities.join(", ")
    );
    text.push_str("BEGIN;\nSET LOCAL session_replication_role = replica;\n");
    text.push_str(&rows(bench));
    text.push_str("COMMIT;\n\n\\set ON_ERROR_STOP off\n");
    let attempt = &finding.attempt;
    let _ = write!(
        text,
        "\\echo '# as {} ({})'\nBEGIN;\n",
        attempt.actor.effective(),
        attempt.actor.described
    );
    for statement in attempt
        .world
        .iter()
        .chain(&attempt.actor.replay())
        .chain(&attempt.steps)
        .chain([&attempt.last])
    {
        let _ = writeln!(text, "{statement};");
    }
    if attempt.judged == Judged::Writing {
        let table = bench
            .catalog
            .relations
            .iter()
            .find(|relation| relation.name.to_string() == finding.object);
        text.push_str("RESET SESSION AUTHORIZATION;\n");
        if let Some(relation) = table {
            let name = qualified(&relation.name.schema, &relation.name.name);
            let _ = writeln!(
                text,
                "\\echo '# what a superuser sees afterwards'\nSELECT * FROM {name};"
            );
        }
    }
    text.push_str("ROLLBACK;\n");
    let comment = |text: &str| text.replace('\n', "\n--   ");
    let _ = write!(
        text,
        "\n-- expected: {}\n-- observed: {}\n",
        comment(&finding.expected),
        comment(&finding.observed)
    );
    text
}

/// Every row of the world, as it was stored.
fn rows(bench: &Bench<'_>) -> String {
    let mut text = String::new();
    for table in &bench.world.tables {
        let Some(relation) = bench.catalog.relation(&table.table.schema, &table.table.name) else {
            continue;
        };
        if relation.kind != RelationKind::Table {
            continue;
        }
        let name = qualified(&relation.name.schema, &relation.name.name);
        for row in &table.rows {
            let given = row.values.iter().filter(|(column, _)| {
                relation
                    .column(column)
                    .is_some_and(|column| column.generated.is_none())
            });
            let (columns, values): (Vec<String>, Vec<String>) = given
                .map(|(column, value)| (identifier(column), literal_or_null(value.as_deref())))
                .unzip();
            let _ = writeln!(
                text,
                "INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE VALUES ({}) ON CONFLICT DO NOTHING;",
                columns.join(", "),
                values.join(", ")
            );
        }
    }
    text
}
