//! Folders of tools, applied as these apply them: what their ledgers hold, and what fails with them.
//!
//! The rows expected were read from databases that the tools themselves had migrated.

use pgproof::claim::Verdict;

use super::{Folder, text};

/// The ledger's claim is proven, and no rule is violated.
async fn is_sound(folder: &Folder) {
    let violated: Vec<_> = folder
        .claims()
        .await
        .into_iter()
        .filter(|claim| claim.verdict == Verdict::Violated)
        .map(|claim| claim.message)
        .collect();
    assert_eq!(violated, [""; 0]);
    let ledger = folder.claims_of("ledger/complete").await;
    assert_eq!(ledger[0].1, Verdict::Proven, "{ledger:?}");
}

#[tokio::test]
async fn prisma_sends_a_file_whole_and_keeps_its_checksum() {
    let folder = Folder::of(&[
        ("db/migration_lock.toml", "provider = \"postgresql\"\n"),
        (
            "db/20240101000000_init/migration.sql",
            "CREATE TABLE a (id int);\r\nCREATE TABLE b (id int);",
        ),
        (
            "db/20240102000000_index/migration.sql",
            "CREATE INDEX CONCURRENTLY i ON a (id);\n",
        ),
    ]);
    folder.write("pgproof.toml", "name = \"probe\"\n[migrations]\npath = \"db\"\n");
    let rows = "SELECT string_agg(concat_ws('|', migration_name, left(checksum, 8), applied_steps_count, \
                finished_at >= started_at, logs IS NULL, length(id)), E'\n' ORDER BY started_at) FROM _prisma_migrations";
    assert_eq!(
        text(&folder.database().await, rows).await,
        "20240101000000_init|accb0b82|1|t|t|36\n20240102000000_index|c6fdd1cc|1|t|t|36"
    );
    is_sound(&folder).await;

    // With a second statement the file is one implicit transaction.
    folder.write(
        "db/20240102000000_index/migration.sql",
        "CREATE INDEX CONCURRENTLY i ON a (id);\nSELECT 1;\n",
    );
    let error = folder.refusal().await;
    assert!(
        error.message.contains("CREATE INDEX CONCURRENTLY cannot"),
        "{}",
        error.message
    );
    // The place is that of the statement, which the server does not tell of a whole file.
    folder.write(
        "db/20240102000000_index/migration.sql",
        "-- why\nSELECT 1;\n\nCREATE TABLE a (id int);\n",
    );
    let error = folder.refusal().await;
    assert!(error.message.contains("42P07"), "{}", error.message);
    assert_eq!(error.location.unwrap().line, 4);
    folder.write(
        "db/20240102000000_index/migration.sql",
        "-- why\nCREATE TABLE a (id int);\n",
    );
    assert_eq!(folder.refusal().await.location.unwrap().line, 2);
    // A dump's first lines, which stop Prisma with P1014.
    folder.write(
        "db/20240102000000_index/migration.sql",
        "SELECT pg_catalog.set_config('search_path', '', false);",
    );
    let error = folder.refusal().await;
    assert!(error.message.contains("_prisma_migrations"), "{}", error.message);
}

#[tokio::test]
async fn drizzle_applies_all_files_in_one_transaction() {
    let folder = Folder::with_convention(
        "drizzle",
        "",
        &[
            (
                "db/meta/_journal.json",
                r#"{"dialect": "postgresql", "entries": [
                    {"idx": 0, "when": 1700000000000, "tag": "0000_init"},
                    {"idx": 1, "when": 1700000000001, "tag": "0001_more"}]}"#,
            ),
            (
                "0000_init.sql",
                "CREATE TABLE a (id int)\n--> statement-breakpoint\nCREATE TABLE b (id int); CREATE TABLE c (id int);\
                 --> statement-breakpoint\r\n",
            ),
            ("0001_more.sql", "ALTER TABLE a ADD x text DEFAULT 'é';"),
        ],
    );
    let rows = "SELECT string_agg(concat_ws('|', id, hash, created_at), E'\n' ORDER BY id) \
                FROM drizzle.__drizzle_migrations";
    assert_eq!(
        text(&folder.database().await, rows).await,
        "1|486d445a44f6bc4aa09bf56f3ebc9a6f9653721c68819f954d531e7c99e5c013|1700000000000\n\
         2|d41fa25739fefc38b2247a86cfde00d980f57adefca9c2b65f7c7c5ac4350832|1700000000001"
    );
    is_sound(&folder).await;

    // A value of an enum can't be used in the transaction that adds it, in whichever file.
    folder.write("db/0000_init.sql", "CREATE TYPE t AS ENUM ('a');");
    folder.write(
        "db/0001_more.sql",
        "ALTER TYPE t ADD VALUE 'b';--> statement-breakpoint\nSELECT 1;",
    );
    folder.database().await;
    folder.write("db/0001_more.sql", "CREATE INDEX CONCURRENTLY i ON a (id);");
    let error = folder.refusal().await;
    assert!(
        error.message.contains("cannot run inside a transaction"),
        "{}",
        error.message
    );
    // Drizzle cuts within a function's body, too, and the server refuses the piece.
    folder.write(
        "db/0001_more.sql",
        "DO $$ BEGIN\nPERFORM 1; --> statement-breakpoint\nEND $$;",
    );
    let error = folder.refusal().await;
    assert!(
        error.message.contains("unterminated dollar-quoted string"),
        "{}",
        error.message
    );
    assert_eq!(error.location.unwrap().line, 1);
}

#[tokio::test]
async fn diesel_keeps_versions_without_hyphens_and_its_ledger_is_there_first() {
    let folder = Folder::with_convention(
        "diesel",
        "",
        &[
            (
                "db/2024-01-01-000000_a/up.sql",
                "ALTER TABLE __diesel_schema_migrations ENABLE ROW LEVEL SECURITY;",
            ),
            (
                "db/2024-01-01-000000_a/down.sql",
                "ALTER TABLE __diesel_schema_migrations DISABLE ROW LEVEL SECURITY;",
            ),
            ("db/20230101000000_b/up.sql", "CREATE TABLE b (id int);"),
            (
                "db/20240201000000_c/up.sql",
                "CREATE INDEX CONCURRENTLY i ON b (id);",
            ),
            ("db/20240201000000_c/metadata.toml", "run_in_transaction = false"),
        ],
    );
    let rows = "SELECT string_agg(version, ',' ORDER BY run_on, version) FROM __diesel_schema_migrations";
    assert_eq!(
        text(&folder.database().await, rows).await,
        "20230101000000,20240101000000,20240201000000"
    );
    is_sound(&folder).await;
    folder.write("db/20240201000000_c/metadata.toml", "run_in_transaction = true");
    let error = folder.refusal().await;
    assert!(
        error.message.contains("cannot run inside a transaction"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn node_pg_migrate_applies_the_way_forth_alone() {
    let folder = Folder::with_convention(
        "node-pg-migrate",
        "",
        &[
            (
                "1700000000000_a.sql",
                "\t-- - Up   Migration\nCREATE TABLE a (id int);\n-- Down Migration\nDROP TABLE a;\n",
            ),
            (
                "20240101000000000_b.sql",
                "-- Down migration\nDROP TABLE IF EXISTS b;\n--up migration\nCREATE TABLE b (id int)",
            ),
            ("002_c.sql", "CREATE TABLE c (id int);"),
        ],
    );
    let database = folder.database().await;
    let rows = "SELECT string_agg(concat_ws('|', id, name), ',' ORDER BY id) FROM public.pgmigrations WHERE run_on IS NOT NULL";
    assert_eq!(
        text(&database, rows).await,
        "1|002_c,2|1700000000000_a,3|20240101000000000_b"
    );
    let tables = "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND length(relname) = 1";
    assert_eq!(text(&database, tables).await, "a,b,c");
    is_sound(&folder).await;
    let down = folder.claims_of("apply/down").await;
    let verdicts: Vec<Verdict> = down.iter().map(|claim| claim.1).collect();
    assert_eq!(
        verdicts,
        [Verdict::Unproven, Verdict::Proven, Verdict::Proven],
        "{down:?}"
    );
}

#[tokio::test]
async fn sqitch_gives_each_file_a_session_and_writes_its_registry() {
    let check = "SELECT 1 / count(*) FROM pg_namespace WHERE nspname = 'shop';";
    let folder = Folder::with_convention(
        "sqitch",
        "",
        &[
            ("db/sqitch.plan", include_str!("../reading/sqitch.plan")),
            ("db/deploy/schema.sql", "BEGIN; CREATE SCHEMA shop; COMMIT;\n"),
            (
                "db/deploy/users@v2.sql",
                "BEGIN;\r\nCREATE TABLE shop.users (id int PRIMARY KEY);\r\nCOMMIT;\r\n",
            ),
            (
                "db/deploy/users.sql",
                "ALTER TABLE shop.users ADD COLUMN name text;\n",
            ),
            (
                "db/deploy/functions/hello.sql",
                "SET search_path = shop; CREATE FUNCTION hello() RETURNS text LANGUAGE sql AS 'SELECT 1::text';\n",
            ),
            (
                "db/deploy/items.sql",
                "CREATE TABLE items (id int PRIMARY KEY, note text DEFAULT :'who');\n",
            ),
            (
                "./sqitch.conf",
                "[core]\n\tengine = pg\n\ttop_dir = db\n[deploy \"variables\"]\n\twho = it's me\n",
            ),
            ("db/revert/functions/hello.sql", "DROP FUNCTION shop.hello();"),
            ("db/verify/schema.sql", check),
            ("db/verify/functions/hello.sql", check),
        ],
    );
    let database = folder.database().await;
    let changes = "SELECT string_agg(concat_ws('|', change, left(change_id, 8), left(script_hash, 8), note, planner_name, \
                   planned_at AT TIME ZONE 'UTC'), E'\n' ORDER BY committed_at) FROM sqitch.changes";
    assert_eq!(
        text(&database, changes).await,
        "schema|0501940f|c3b446a3|The schema.\nSecond line|Ada Lovelace|2024-01-31 12:00:00\n\
         users|42315bb2|25009a10||Ada Lovelace |2024-01-31 12:00:01\n\
         functions/hello|0611d94f|754c91dd|«ä»|Zoë|2024-02-01 08:00:00\n\
         items|463ec071|d0c908c6||Ada|2024-02-02 08:00:00\n\
         users|2c657223|962e4cad|Reworked|Ada|2024-02-03 08:00:00"
    );
    let tags = "SELECT string_agg(concat_ws('|', tag, left(tag_id, 8), note, left(change_id, 8)), E'\n' ORDER BY planned_at) \
                FROM sqitch.tags";
    assert_eq!(
        text(&database, tags).await,
        "@v1|60b46aed|First # tag|0611d94f\n@v1b|9b434ba5||0611d94f\n@v2|c64dddab||463ec071"
    );
    let dependencies = "SELECT string_agg(concat_ws('|', left(change_id, 8), type, dependency, left(dependency_id, 8)), E'\n' \
                        ORDER BY change_id, dependency COLLATE \"C\") FROM sqitch.dependencies";
    assert_eq!(
        text(&database, dependencies).await,
        "0611d94f|conflict|items\n0611d94f|require|schema|0501940f\n0611d94f|require|users|42315bb2\n\
         2c657223|require|schema|0501940f\n2c657223|require|users@v1|42315bb2\n42315bb2|require|schema|0501940f\n\
         463ec071|require|@v1b|0611d94f\n463ec071|require|users@v1|42315bb2"
    );
    let events = "SELECT string_agg(concat_ws('|', event, change, requires, conflicts, tags), E'\n' ORDER BY committed_at) \
                  FROM sqitch.events";
    assert_eq!(
        text(&database, events).await,
        "deploy|schema|{}|{}|{}\ndeploy|users|{schema}|{}|{}\n\
         deploy|functions/hello|{schema,users}|{items}|{@v1,@v1b}\n\
         deploy|items|{users@v1,@v1b}|{}|{@v2}\ndeploy|users|{users@v1,schema}|{}|{}"
    );
    let default = "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'items'::regclass";
    assert_eq!(text(&database, default).await, "'it''s me'::text");
    let origins = &database.template().applied().origins;
    let items: i64 = text(&database, "SELECT 'items'::regclass::oid::text")
        .await
        .parse()
        .unwrap();
    let origin = origins.find("pg_class", u32::try_from(items).unwrap()).unwrap();
    assert_eq!(
        (origin.made.file.as_str(), origin.made.line),
        ("db/deploy/items.sql", 1)
    );
    // The search path of one file is not that of the next.
    assert_eq!(
        text(&database, "SELECT to_regclass('public.items')::text").await,
        "items"
    );
    is_sound(&folder).await;
    let verified = folder.claims_of("apply/verification").await;
    assert!(
        verified.iter().all(|(_, verdict, _)| *verdict == Verdict::Proven),
        "{verified:?}"
    );
    assert_eq!(verified.len(), 2);

    folder.write("db/verify/schema.sql", "SELECT 1 / 0;");
    assert_eq!(
        folder.claims_of("apply/verification").await[1].1,
        Verdict::Violated
    );
}

#[tokio::test]
async fn graphile_migrate_keeps_the_chain_of_checksums() {
    let folder = Folder::with_convention(
        "graphile",
        "",
        &[
            (
                "db/committed/000001.sql",
                "--! Previous: -\n--! Hash: sha1:c07edebc713041ee3fd08c665354a86bd9636d68\n\n\
                 create table a (who text default ':ADMIN');\n",
            ),
            (
                "db/committed/000002-more.sql",
                "--! Previous: sha1:c07edebc713041ee3fd08c665354a86bd9636d68\n\
                 --! Hash: sha1:2f585411d9dfdb158144c3153cf617674ceb5cdb\n--! Message: more\n\n\
                 --! no-transaction\ncreate index concurrently a_who on a (who);\n",
            ),
        ],
    );
    folder
        .write(
            ".gmrc",
            "{ placeholders: { ':ADMIN': 'boss' }, afterReset: 'init.sql' }",
        )
        .write(
            "db/init.sql",
            "CREATE EXTENSION hstore; COMMENT ON EXTENSION hstore IS ':ADMIN';",
        );
    let database = folder.database().await;
    let rows = "SELECT string_agg(concat_ws('|', hash, previous_hash, filename), E'\n' ORDER BY filename) \
                FROM graphile_migrate.migrations";
    assert_eq!(
        text(&database, rows).await,
        "sha1:c07edebc713041ee3fd08c665354a86bd9636d68|000001.sql\n\
         sha1:2f585411d9dfdb158144c3153cf617674ceb5cdb|sha1:c07edebc713041ee3fd08c665354a86bd9636d68|000002.sql"
    );
    let default = "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'a'::regclass";
    assert_eq!(text(&database, default).await, "'boss'::text");
    let comment = "SELECT obj_description(oid, 'pg_extension') FROM pg_extension WHERE extname = 'hstore'";
    assert_eq!(text(&database, comment).await, "boss");
    is_sound(&folder).await;
}

#[tokio::test]
async fn atlas_has_a_transaction_for_each_file_that_does_not_do_without() {
    let folder = Folder::with_convention(
        "atlas",
        "",
        &[
            ("20240101_users.sql", "CREATE TABLE users (id int);\n"),
            (
                "20240102_index.sql",
                "-- atlas:txmode none\n\nCREATE INDEX CONCURRENTLY i ON users (id);\n",
            ),
            ("20240103.sql", "SELECT ';';\r\nALTER TABLE users ADD x int;\r\n"),
            (
                "db/atlas.sum",
                "h1:r/HvhqESw9jTlm42wiC4mp8qUMplLqJhiCjo1fuWYAM=\n\
                 20240101_users.sql h1:93/8Fd65mo9ffFX3sokZqZoMpi9UErmps5uTVMgSVs0=\n\
                 20240102_index.sql h1:LtgA/HJTrmuG8Q3sMB8NMS/oiQfNPSe8wlABxFBXGVU=\n\
                 20240103.sql h1:SyTLICYQv/gtaCShIftQXaY3amMJPm3tE+SJsB0KJP4=\n",
            ),
        ],
    );
    let rows = "SELECT string_agg(concat_ws('|', version, description, type, applied, total, left(hash, 8)), E'\n' \
                ORDER BY version) FROM atlas_schema_revisions.atlas_schema_revisions WHERE error IS NULL";
    assert_eq!(
        text(&folder.database().await, rows).await,
        "20240101|users|2|1|1|93/8Fd65\n20240102|index|2|1|1|LtgA/HJT\n20240103||2|2|2|SyTLICYQ"
    );
    is_sound(&folder).await;
    folder.write(
        "db/20240102_index.sql",
        "CREATE INDEX CONCURRENTLY i ON users (id);\n",
    );
    let error = folder.refusal().await;
    assert!(
        error.message.contains("cannot run inside a transaction"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn a_dump_is_applied_as_psql_does() {
    let folder = Folder::of(&[(
        "db/structure.sql",
        "\\restrict abc\nSET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n\
         CREATE TABLE public.a (id int);\nCREATE TABLE public.schema_migrations (version text NOT NULL);\n\
         COPY public.a (id) FROM stdin;\n1\n2\n\\.\nCREATE INDEX CONCURRENTLY i ON public.a (id);\n\\unrestrict abc\n\n\
         SET search_path TO \"$user\", public;\nINSERT INTO schema_migrations (version) VALUES ('1');\n",
    )]);
    folder.write("pgproof.toml", "name = \"probe\"\n[migrations]\npath = \"db\"\n");
    let database = folder.database().await;
    assert_eq!(
        text(
            &database,
            "SELECT count(*)::text || (SELECT version FROM schema_migrations) FROM a"
        )
        .await,
        "21"
    );
}
