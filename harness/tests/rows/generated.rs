//! Whatever the definitions are, every table gets rows of both tenants.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::world;

/// A column's type and a check that some of its values meet.
const COLUMNS: [(&str, &str); 14] = [
    ("integer", "$ > 5"),
    ("bigint", "$ BETWEEN -3 AND 200"),
    ("smallint", "$ <> 0"),
    ("numeric(6, 2)", "$ >= 0.5"),
    ("text", "$ <> ''"),
    ("text", "$ IN ('x', 'y', 'z')"),
    ("varchar(12)", "length($) > 3"),
    ("varchar(20)", "$ ~ '^[a-f0-9]+$'"),
    ("char(4)", "$ = upper($)"),
    ("boolean", "$ IS NOT NULL"),
    ("uuid", "$ IS NOT NULL"),
    ("timestamptz", "$ > '2020-01-01'"),
    ("jsonb", "jsonb_typeof($) = 'object'"),
    ("text[]", "cardinality($) < 4"),
];

#[derive(Debug, Clone)]
struct Table {
    columns: Vec<(usize, bool, bool)>,
    key: u8,
    parents: Vec<(usize, bool, bool)>,
}

fn tables() -> impl Strategy<Value = Vec<Table>> {
    let columns = prop::collection::vec((0..COLUMNS.len(), any::<bool>(), any::<bool>()), 0..6);
    let parents = prop::collection::vec((0_usize..100, any::<bool>(), any::<bool>()), 0..4);
    let table = (columns, 0_u8..4, parents).prop_map(|(columns, key, parents)| Table {
        columns,
        key,
        parents,
    });
    prop::collection::vec(table, 1..12)
}

/// Mandatory keys point to earlier tables, optional ones anywhere, themselves included.
fn schema(tables: &[Table]) -> String {
    let mut schema = String::new();
    let mut later = String::new();
    for (at, table) in tables.iter().enumerate() {
        let key = match table.key {
            0 => "id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL",
            1 => "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id uuid NOT NULL",
            2 => "id text UNIQUE NOT NULL, tenant_id uuid NOT NULL",
            _ => "tenant_id uuid NOT NULL, id int NOT NULL UNIQUE, PRIMARY KEY (tenant_id, id)",
        };
        write!(schema, "CREATE TABLE t{at} ({key}").unwrap();
        for (number, (column, not_null, checked)) in table.columns.iter().enumerate() {
            let (name, check) = COLUMNS[*column];
            let not_null = if *not_null { " NOT NULL" } else { "" };
            let check = if *checked {
                format!(" CHECK ({})", check.replace('$', &format!("c{number}")))
            } else {
                String::new()
            };
            write!(schema, ", c{number} {name}{not_null}{check}").unwrap();
        }
        for (number, (parent, mandatory, unique)) in table.parents.iter().enumerate() {
            let earlier = *mandatory && at > 0;
            let parent = parent % if earlier { at } else { tables.len() };
            let id = ["uuid", "bigint", "text", "int"][usize::from(tables[parent].key)];
            let not_null = if earlier { " NOT NULL" } else { "" };
            let unique = if *unique { " UNIQUE" } else { "" };
            write!(schema, ", p{number} {id}{not_null}{unique}").unwrap();
            writeln!(
                later,
                "ALTER TABLE t{at} ADD FOREIGN KEY (p{number}) REFERENCES t{parent} (id);"
            )
            .unwrap();
        }
        schema.push_str(");\n");
    }
    schema + &later
}

#[tokio::test]
async fn every_table_of_any_schema_has_rows_of_both_tenants() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..8 {
        let tables = tables().new_tree(&mut runner).unwrap().current();
        let schema = schema(&tables);
        println!("{schema}");
        let world = world(&schema).await;
        for table in &world.tables {
            for tenant in ['a', 'b'] {
                assert!(
                    table.of(tenant).count() >= 2,
                    "{} has too few of {tenant}",
                    table.table
                );
            }
        }
    }
}
