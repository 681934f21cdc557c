//! The migrations that all are measured on: made here, so that their number can be chosen.

use std::fmt::Write as _;
use std::fs;

use camino::Utf8Path;

/// How many of what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) tables: usize,
    pub(crate) migrations: usize,
}

/// A usual project: its database takes some 10 MB.
pub(crate) const USUAL: Shape = Shape {
    tables: 30,
    migrations: 40,
};

/// The first query of every test.
pub(crate) const FIRST_QUERY: &str = "SELECT count(*) FROM t1";

/// Writes a project of that shape, in sqlx's convention, so that sqlx can apply it, too.
pub(crate) fn write(folder: &Utf8Path, shape: Shape, major: u16) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(
        folder.join("pgproof.toml"),
        format!(
            "name = \"sample\"\n[migrations]\nconvention = \"sqlx\"\n[server]\npostgres = [\"{major}\"]\n"
        ),
    )?;
    for (number, text) in texts(shape).into_iter().enumerate() {
        fs::write(folder.join(format!("{:05}_step.sql", number + 1)), text)?;
    }
    Ok(())
}

fn texts(shape: Shape) -> Vec<String> {
    let mut units: Vec<String> = (1..=shape.tables).flat_map(table).collect();
    // What is left over changes tables that are there.
    for number in units.len()..shape.migrations.saturating_sub(1) {
        let table = number % shape.tables + 1;
        units.push(format!("ALTER TABLE t{table} ADD COLUMN extra_{number} text;\n"));
    }
    let mut texts = vec![include_str!("sample.sql").to_owned()];
    let rest = shape.migrations.max(2) - 1;
    for number in 0..rest {
        texts.push(units[number * units.len() / rest..(number + 1) * units.len() / rest].concat());
    }
    texts
}

/// A table, and then its guards, which may be in another migration.
fn table(number: usize) -> [String; 2] {
    let t = format!("t{number}");
    let mut made = format!(
        "CREATE TABLE {t} (\n    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),\n    tenant_id uuid NOT NULL,\n    \
         name text NOT NULL CHECK (length(name) < 200),\n    data jsonb NOT NULL DEFAULT '{{}}',\n    \
         created_at timestamptz NOT NULL DEFAULT now(),\n    updated_at timestamptz NOT NULL DEFAULT now()"
    );
    if number > 1 {
        let _ = write!(made, ",\n    parent_id uuid REFERENCES t{} (id)", number / 2);
    }
    let _ = write!(
        made,
        "\n);\nCREATE INDEX ON {t} (tenant_id);\nCREATE INDEX ON {t} (created_at);\nCREATE INDEX ON {t} USING gin (data);\n"
    );
    let guards = format!(
        "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY;\nCREATE POLICY tenant ON {t} TO bench_app \
         USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);\n\
         GRANT SELECT, INSERT, UPDATE, DELETE ON {t} TO bench_app;\n\
         CREATE TRIGGER touch BEFORE UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION touch();\n\
         CREATE TRIGGER log AFTER INSERT OR UPDATE OR DELETE ON {t} FOR EACH ROW EXECUTE FUNCTION log_change();\n"
    );
    [made, guards]
}
