//! Values: of every type, recognisable as far as it goes, and all those on which something decides.

use pgproof::rows::Lack;

use super::{set, values, world};

#[tokio::test]
async fn every_built_in_type_and_everything_made_of_types_has_values() {
    let types = [
        "smallint",
        "integer",
        "bigint",
        "numeric",
        "numeric(12, 4)",
        "real",
        "double precision",
        "money",
        "text",
        "varchar(40)",
        "varchar(4)",
        "char(5)",
        "name",
        "\"char\"",
        "boolean",
        "uuid",
        "date",
        "time",
        "timetz",
        "timestamp",
        "timestamp(0)",
        "timestamptz",
        "interval",
        "bytea",
        "json",
        "jsonb",
        "xml",
        "inet",
        "cidr",
        "macaddr",
        "macaddr8",
        "bit(5)",
        "bit varying(9)",
        "point",
        "line",
        "lseg",
        "box",
        "path",
        "polygon",
        "circle",
        "tsvector",
        "tsquery",
        "int4range",
        "int8range",
        "numrange",
        "tsrange",
        "tstzrange",
        "daterange",
        "int4multirange",
        "datemultirange",
        "oid",
        "regclass",
        "regrole",
        "pg_lsn",
        "xid8",
        "tid",
        "jsonpath",
        "pg_snapshot",
        "integer[]",
        "text[]",
        "varchar(3)[]",
        "uuid[][]",
        "jsonb[]",
        "daterange[]",
        "mood",
        "mood[]",
        "positive",
        "positive[]",
        "code",
        "code[]",
        "address",
        "address[]",
        "floats",
        "nested",
    ];
    let columns: Vec<String> = types
        .iter()
        .enumerate()
        .map(|(at, name)| format!("c{at:02} {name} NOT NULL"))
        .collect();
    let world = world(&format!(
        "CREATE TYPE mood AS ENUM ('sad', 'it''s \"ok\"', 'happy, really');
         CREATE DOMAIN positive AS integer NOT NULL CHECK (VALUE > 0 AND VALUE < 1000);
         CREATE DOMAIN code AS varchar(8) CHECK (VALUE ~ '^[a-z]{{3}}-[0-9]{{4}}$');
         CREATE TYPE address AS (street text, number positive, code code);
         CREATE TYPE floats AS RANGE (subtype = float8);
         CREATE DOMAIN nested AS address CHECK ((VALUE).number < 900);
         CREATE TABLE everything (id bigint PRIMARY KEY, tenant_id uuid NOT NULL, {});",
        columns.join(", ")
    ))
    .await;
    let rows = world.table("public", "everything").unwrap();
    assert!(rows.of('a').count() >= 2 && rows.of('b').count() >= 2);
    let recognisable: Vec<&str> = types
        .iter()
        .enumerate()
        .filter(|(at, _)| {
            let column = format!("c{at:02}");
            world.canaries('a').any(|canary| canary.column == column)
        })
        .map(|(_, name)| *name)
        .collect();
    for name in [
        "integer",
        "bigint",
        "numeric",
        "numeric(12, 4)",
        "double precision",
        "money",
        "text",
        "varchar(40)",
        "name",
        "uuid",
        "date",
        "time",
        "timestamptz",
        "interval",
        "bytea",
        "json",
        "jsonb",
        "inet",
        "cidr",
        "macaddr",
        "point",
        "tsvector",
        "daterange",
        "integer[]",
        "text[]",
        "jsonb[]",
        "code",
        "address",
    ] {
        assert!(recognisable.contains(&name), "{name} is not recognisable");
    }
}

const DECIDING: &str = "
    CREATE TYPE visibility AS ENUM ('private', 'team', 'public');
    CREATE TABLE documents (
        id int PRIMARY KEY, tenant_id uuid NOT NULL, title text, visible visibility NOT NULL, archived boolean,
        status text NOT NULL, level int NOT NULL, expires_at timestamptz, labels text[] NOT NULL, data jsonb NOT NULL,
        kind text NOT NULL, secret text NOT NULL);
    ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
    CREATE POLICY p ON documents USING (
        tenant_id = current_setting('app.tenant')::uuid OR visible = 'public' OR (status = 'open' AND NOT archived)
        OR level > 5 OR expires_at < now() OR 'shared' = ANY (labels) OR data ->> 'access' = 'world');
    CREATE VIEW shown AS SELECT title FROM documents WHERE kind IN ('post', 'page');
    CREATE FUNCTION is_free(d documents) RETURNS boolean LANGUAGE sql AS $$ SELECT d.status = 'free' $$;";

#[tokio::test]
async fn rows_take_every_value_on_which_something_decides() {
    let world = world(DECIDING).await;
    for tenant in ['a', 'b'] {
        let has = |column: &str, wanted: &[&str]| {
            let found = values(&world, "documents", column, tenant);
            assert!(
                found.is_superset(&set(wanted)),
                "{column} of {tenant} is only {found:?}"
            );
        };
        has("visible", &["private", "team", "public"]);
        has("archived", &["true", "false"]);
        has("status", &["open", "free"]);
        has("level", &["4", "5", "6"]);
        has("expires_at", &["infinity", "-infinity"]);
        has("labels", &["{shared}"]);
        has("data", &["{\"access\": \"world\"}"]);
        has("kind", &["post", "page"]);
        assert!(values(&world, "documents", "archived", tenant).contains(&None));
        assert!(values(&world, "documents", "expires_at", tenant).contains(&None));
    }
    assert_eq!(world.lacking, []);
}

#[tokio::test]
async fn a_value_that_no_row_can_have_is_named_and_one_that_no_column_can_have_is_not() {
    let world = world(
        "CREATE TABLE t (tenant_id uuid PRIMARY KEY, name text, status text NOT NULL CHECK (status IN ('open', 'shut')));
         ALTER TABLE t ENABLE ROW LEVEL SECURITY;
         CREATE POLICY p ON t USING (status = 'open' OR status = 'never');",
    )
    .await;
    let lacking: Vec<&Lack> = world.lacking.iter().map(|lacking| &lacking.what).collect();
    let has = |value: &str| {
        lacking.iter().any(|lack| {
            matches!(lack, Lack::Value { column, value: Some(known), .. } if column == "status" && known == value)
        })
    };
    assert!(has("open") || has("shut"), "{lacking:?}");
    assert!(!has("never"), "{lacking:?}");
}

#[tokio::test]
async fn rows_below_show_each_row_above_that_their_policy_looks_at() {
    let world = world(
        "CREATE TABLE folders (id int PRIMARY KEY, tenant_id uuid NOT NULL, published boolean);
         CREATE TABLE pages (id int PRIMARY KEY, tenant_id uuid NOT NULL, folder_id int NOT NULL REFERENCES folders, body text);
         ALTER TABLE pages ENABLE ROW LEVEL SECURITY;
         CREATE POLICY p ON pages USING (EXISTS (SELECT FROM folders AS f WHERE f.id = folder_id AND f.published));",
    )
    .await;
    let folders = values(&world, "folders", "id", 'b');
    assert!(values(&world, "folders", "published", 'b').contains(&None));
    assert_eq!(values(&world, "pages", "folder_id", 'b'), folders);
}

#[tokio::test]
async fn a_word_that_a_key_is_compared_with_gets_a_row_to_point_to() {
    let world = world(
        "CREATE TABLE roles (name text PRIMARY KEY, note text);
         CREATE TABLE staff (id int PRIMARY KEY, tenant_id uuid NOT NULL, role text NOT NULL REFERENCES roles);
         ALTER TABLE staff ENABLE ROW LEVEL SECURITY;
         CREATE POLICY p ON staff USING (role = 'auditor');",
    )
    .await;
    assert!(values(&world, "staff", "role", 'b').contains(&Some("auditor".to_owned())));
    assert_eq!(world.lacking, []);
}

#[tokio::test]
async fn a_world_made_twice_is_the_same() {
    let (one, two) = (world(DECIDING).await, world(DECIDING).await);
    for (one, two) in one.tables.iter().zip(&two.tables) {
        assert_eq!(one.rows, two.rows);
    }
}
