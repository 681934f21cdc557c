//! Each migration tool's own way on a real server: transactions, what is in the ledger, and the way back.

use pgproof::claim::Verdict;
use rstest::rstest;

use super::{Folder, text};

/// The rows of a ledger, one a line.
async fn rows(folder: &Folder, statement: &'static str) -> String {
    let database = folder.database().await;
    let found = text(&database, statement).await;
    let complete = folder.claims_of("ledger/complete").await;
    assert_eq!(complete[0].1, Verdict::Proven, "{complete:?}");
    found
}

/// Whether the way back of each migration leads back.
async fn leads_back(folder: &Folder) {
    let claims = folder.claims_of("apply/down").await;
    assert!(
        !claims.is_empty() && claims.iter().all(|claim| claim.1 == Verdict::Proven),
        "{claims:?}"
    );
}

/// Compared with `INSERT_MIGRATION_VERSION` of the command line.
#[tokio::test]
async fn supabase_keeps_the_statements_and_resets_the_session() {
    let folder = Folder::with_convention(
        "supabase",
        "",
        &[
            (
                "20260101000000_first.sql",
                "-- why\nCREATE TABLE public.a (id int);\nSET search_path = '';\nSET check_function_bodies = off;\n",
            ),
            (
                "20260102000000_second_one.sql",
                "CREATE TABLE b (id int); CREATE INDEX CONCURRENTLY i ON b (id); INSERT INTO b VALUES (1);",
            ),
            (
                "20260103000000_third.sql",
                "BEGIN; INSERT INTO b VALUES (2); COMMIT; VACUUM b;",
            ),
        ],
    );
    let ledger = "SELECT string_agg(concat_ws('|', version, name, array_to_string(statements, '^')), E'\n' ORDER BY version) \
                  FROM supabase_migrations.schema_migrations";
    assert_eq!(
        rows(&folder, ledger).await,
        "20260101000000|first|-- why\nCREATE TABLE public.a (id int)^SET search_path = ''^SET check_function_bodies = off\n\
         20260102000000|second_one|CREATE TABLE b (id int)^CREATE INDEX CONCURRENTLY i ON b (id)^INSERT INTO b VALUES (1)\n\
         20260103000000|third|BEGIN^INSERT INTO b VALUES (2)^COMMIT^VACUUM b"
    );
}

#[tokio::test]
async fn a_supabase_file_is_one_transaction() {
    let folder = Folder::with_convention(
        "supabase",
        "",
        &[(
            "1_a.sql",
            "CREATE TYPE e AS ENUM ('a'); SET CONSTRAINTS ALL DEFERRED; LOCK TABLE pg_catalog.pg_class IN ACCESS SHARE MODE;",
        )],
    );
    // LOCK TABLE is refused outside a transaction.
    folder.database().await;
    folder.write(
        "db/1_a.sql",
        "BEGIN; COMMIT; LOCK TABLE pg_catalog.pg_class IN ACCESS SHARE MODE;",
    );
    let error = folder.refusal().await;
    assert!(
        error
            .message
            .contains("LOCK TABLE can only be used in transaction blocks"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn golang_migrate_keeps_the_last_version_alone() {
    let folder = Folder::with_convention(
        "golang-migrate",
        "",
        &[
            ("9_a.up.sql", "CREATE TABLE a (id int); CREATE TABLE b (id int);"),
            ("9_a.down.sql", "DROP TABLE b; DROP TABLE a;"),
            ("010_b.up.sql", "CREATE INDEX CONCURRENTLY i ON a (id);"),
            ("010_b.down.sql", "DROP INDEX CONCURRENTLY i"),
        ],
    );
    let ledger = "SELECT string_agg(version || '|' || dirty, ',') FROM schema_migrations";
    assert_eq!(rows(&folder, ledger).await, "10|false");
    leads_back(&folder).await;
}

#[rstest]
#[case::golang_migrate("golang-migrate", "1_a.up.sql", "{}")]
#[case::dbmate("dbmate", "1_a.sql", "-- migrate:up transaction:false\n{}\n-- migrate:down\n")]
#[tokio::test]
async fn a_file_that_is_one_message_is_one_transaction_of_the_server_s(
    #[case] convention: &str,
    #[case] name: &str,
    #[case] template: &str,
) {
    let file = |sql: &str| template.replace("{}", sql);
    let alone = file("CREATE INDEX CONCURRENTLY ON a (id);");
    let folder = Folder::with_convention(
        convention,
        "prelude = [\"prelude.sql\"]",
        &[("./prelude.sql", "CREATE TABLE a (id int);"), (name, &alone)],
    );
    folder.database().await;
    folder.write(
        &format!("db/{name}"),
        &file("SELECT 1; CREATE INDEX CONCURRENTLY ON a (id);"),
    );
    let error = folder.refusal().await;
    assert!(
        error.message.contains("CREATE INDEX CONCURRENTLY cannot"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn goose_begins_its_ledger_with_zero_and_sends_its_statements() {
    let folder = Folder::with_convention(
        "goose",
        "placeholders = { OWNER = \"postgres\" }",
        &[
            (
                "00001_a.sql",
                "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose StatementBegin\nCREATE FUNCTION f() RETURNS int LANGUAGE \
                 plpgsql AS $$ BEGIN\n  RETURN 1;\nEND $$\n-- +goose StatementEnd\n-- +goose Down\nDROP FUNCTION f();\n\
                 DROP TABLE a;\n",
            ),
            (
                "00002_b.sql",
                "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY i ON a (id);\n-- +goose ENVSUB ON\n\
                 COMMENT ON TABLE a IS '${OWNER}';\n-- +goose Down\nCOMMENT ON TABLE a IS NULL;\nDROP INDEX CONCURRENTLY i;\n",
            ),
        ],
    );
    let ledger = "SELECT string_agg(concat_ws('|', id, version_id, is_applied), ',' ORDER BY id) FROM goose_db_version";
    assert_eq!(rows(&folder, ledger).await, "1|0|t,2|1|t,3|2|t");
    let database = folder.database().await;
    assert_eq!(
        text(&database, "SELECT obj_description('a'::regclass)").await,
        "postgres"
    );
    leads_back(&folder).await;

    folder.write("db/00001_a.sql", "-- +goose Up\nCREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN\n  RETURN 1;\nEND;\n$$;\n");
    let error = folder.refusal().await;
    assert!(
        error.message.contains("unterminated dollar-quoted string"),
        "goose splits at the first line that ends in `;`: {}",
        error.message
    );
}

/// Compared with what dbmate 2.37 did with the same files.
#[tokio::test]
async fn dbmate_runs_each_section_in_a_transaction_of_its_own() {
    let folder = Folder::with_convention(
        "dbmate",
        "",
        &[
            (
                "1_a.sql",
                "-- migrate:up\nCREATE TYPE e AS ENUM ('a'); CREATE TABLE a (e e);\n-- migrate:down\nDROP TABLE a; DROP TYPE e;\n",
            ),
            (
                "2_b.sql",
                "-- migrate:up\nALTER TABLE a ADD b int;\n-- migrate:down\nALTER TABLE a DROP b;\n-- migrate:up \
                 transaction:false\nCREATE INDEX CONCURRENTLY i ON a (b);\n-- migrate:down transaction:false\nDROP INDEX \
                 CONCURRENTLY i;\n",
            ),
        ],
    );
    let ledger = "SELECT string_agg(version, ',' ORDER BY version) FROM schema_migrations";
    assert_eq!(rows(&folder, ledger).await, "1,2");
    leads_back(&folder).await;

    let twice = "-- migrate:up\nALTER TYPE e ADD VALUE 'b';{}INSERT INTO a VALUES ('b');\n-- migrate:down\n";
    folder.write(
        "db/2_b.sql",
        &twice.replace("{}", "\n-- migrate:down\n-- migrate:up\n"),
    );
    folder.database().await;
    folder.write("db/2_b.sql", &twice.replace("{}", "\n"));
    let error = folder.refusal().await;
    assert!(
        error.message.contains("unsafe use of new value"),
        "{}",
        error.message
    );
}

/// Compared with what postgres-migrations 5.3 wrote for the same files.
#[tokio::test]
async fn postgres_migrations_keeps_a_hash_of_name_and_text() {
    let folder = Folder::with_convention(
        "postgres-migrations",
        "",
        &[
            ("1_first-one.sql", "CREATE TABLE a (id int);\r\nSELECT 'é';"),
            (
                "2-index.sql",
                "-- postgres-migrations disable-transaction\nCREATE INDEX CONCURRENTLY i ON a (id);",
            ),
        ],
    );
    let ledger = "SELECT string_agg(concat_ws('|', id, name, hash), E'\n' ORDER BY id) FROM migrations \
                  WHERE executed_at IS NOT NULL";
    assert_eq!(
        rows(&folder, ledger).await,
        "0|create-migrations-table|e18db593bcde2aca2a408c4d1100f6abba2195df\n\
         1|first-one|659e7f3c06006a2b35c7058873a45cb870b0c219\n\
         2|index|13a4f07c45f9b396aff04b547dbf273db4b068fa"
    );
}

#[tokio::test]
async fn flyway_writes_its_history_and_runs_callbacks() {
    let folder = Folder::with_convention(
        "flyway",
        "prelude = [\"prelude.sql\"]\nplaceholders = { owner = \"weak\" }",
        &[
            ("./prelude.sql", "CREATE ROLE weak;"),
            (
                "V1__first_thing.sql",
                "CREATE TABLE log (what text);\r\nGRANT ALL ON log TO ${owner};\r\nSET search_path = pg_catalog;\r\nSET ROLE ${owner};\r\n",
            ),
            (
                "V1.1__index.sql",
                "CREATE TABLE b (id int);\nCOPY b FROM stdin;\n1\n\\.\nSELECT 1;",
            ),
            ("db/sub/V1_2__apart.sql", "CREATE INDEX CONCURRENTLY i ON b (id);"),
            (
                "R__views.sql",
                "CREATE OR REPLACE VIEW v AS SELECT '${owner}' AS o;",
            ),
            ("U1.1__index.sql", "DROP TABLE b;"),
            ("beforeMigrate.sql", "CREATE SCHEMA before;"),
            (
                "afterEachMigrate.sql",
                "INSERT INTO public.log VALUES (current_schema());",
            ),
            ("afterMigrate.sql", "CREATE SCHEMA after; SELECT FROM log;"),
        ],
    );
    let ledger = "SELECT string_agg(concat_ws('|', installed_rank, coalesce(version, '-'), description, type, script, \
                  checksum, installed_by, success), E'\n' ORDER BY installed_rank) FROM flyway_schema_history";
    assert_eq!(
        rows(&folder, ledger).await,
        "1|1|first thing|SQL|V1__first_thing.sql|340366742|postgres|t\n\
         2|1.1|index|SQL|V1.1__index.sql|-1097665665|postgres|t\n\
         3|1.2|apart|SQL|sub/V1_2__apart.sql|729163677|postgres|t\n\
         4|-|views|SQL|R__views.sql|1449832425|postgres|t"
    );
    let database = folder.database().await;
    let log =
        "SELECT string_agg(what, ',') || to_regnamespace('before') || to_regnamespace('after') FROM log";
    assert_eq!(
        text(&database, log).await,
        "pg_catalog,public,public,publicbeforeafter"
    );
}

/// Compared with what refinery 0.9.2 wrote for the same files.
#[tokio::test]
async fn refinery_keeps_a_hash_of_name_version_and_text() {
    let folder = Folder::with_convention(
        "refinery",
        "",
        &[
            ("V1__first.sql", "CREATE TABLE a (id int);\r\nSELECT 1;"),
            ("db/sub/U10__out_of_order.sql", "SELECT 'é';"),
        ],
    );
    let ledger = "SELECT string_agg(concat_ws('|', version, name, checksum), E'\n' ORDER BY version) \
                  FROM refinery_schema_history WHERE applied_on::timestamptz > 'yesterday'";
    assert_eq!(
        rows(&folder, ledger).await,
        "1|first|13597147133662417244\n10|out_of_order|9408387284484981236"
    );
}

#[tokio::test]
async fn pop_keeps_versions_and_goes_back() {
    let folder = Folder::with_convention(
        "pop",
        "placeholders = { Namespace = \"app\" }",
        &[
            (
                "20260101000000_a.up.sql",
                "CREATE TABLE \"{{index .Options \"Namespace\"}}_t\" (id int);",
            ),
            (
                "20260101000000_a.down.sql",
                "DROP TABLE \"{{index .Options \"Namespace\"}}_t\";",
            ),
        ],
    );
    let ledger = "SELECT string_agg(version, ',') || to_regclass('app_t') FROM schema_migration";
    assert_eq!(rows(&folder, ledger).await, "20260101000000app_t");
    leads_back(&folder).await;
}

#[tokio::test]
async fn what_callbacks_name_is_given_before_the_first_migration() {
    let folder = Folder::of(&[
        ("V1__a.sql", "CREATE TABLE a (id int);"),
        ("afterMigrate.sql", "GRANT SELECT ON a TO reader;"),
    ]);
    let database = folder.database().await;
    let granted = "SELECT has_table_privilege('reader', 'a', 'SELECT')::text";
    assert_eq!(text(&database, granted).await, "true");
}

#[tokio::test]
async fn flyway_s_settings_say_where_its_history_and_the_migrations_objects_are() {
    let folder = Folder::with_convention(
        "flyway",
        "",
        &[
            ("V1__a.sql", "CREATE TABLE a (id int); SET search_path TO public;"),
            ("V2__b.sql", "CREATE TABLE b (id int);"),
            ("U2__b.sql", "DROP TABLE b;"),
            ("beforeEachMigrate.sql", "CREATE TABLE IF NOT EXISTS c ();"),
            (
                "./flyway.conf",
                "flyway.schemas=My app, log\nflyway.table=Runs\nflyway.locations=filesystem:db\n",
            ),
        ],
    );
    let history = "SELECT string_agg(concat_ws('|', installed_rank, script), ',' ORDER BY installed_rank) \
                   FROM \"My app\".\"Runs\"";
    assert_eq!(rows(&folder, history).await, "1|V1__a.sql,2|V2__b.sql");
    let database = folder.database().await;
    let tables = "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class \
                  WHERE relkind = 'r' AND relnamespace = '\"My app\"'::regnamespace";
    assert_eq!(text(&database, tables).await, "Runs,a,b,c");
    let back = folder.claims_of("apply/down").await;
    assert!(
        back.iter()
            .any(|claim| claim.0 == "db/V2__b.sql" && claim.1 == Verdict::Proven),
        "{back:?}"
    );
    // The same in one transaction.
    folder.write("flyway.conf", "flyway.defaultSchema=log\nflyway.group=true\n");
    let history = "SELECT string_agg(concat_ws('|', installed_rank, script), ',' ORDER BY installed_rank) \
                   FROM log.flyway_schema_history";
    assert_eq!(rows(&folder, history).await, "1|V1__a.sql,2|V2__b.sql");
}

#[tokio::test]
async fn drizzle_1_knows_migrations_by_the_names_of_their_folders() {
    let folder = Folder::with_convention(
        "drizzle",
        "ledger = { table = \"own.runs\", version = \"name\" }",
        &[],
    );
    for (file, sql) in [
        ("db/20240102000000_b/migration.sql", "ALTER TABLE a ADD b int;"),
        (
            "db/20240101000000_a/migration.sql",
            "CREATE TABLE a ();--> statement-breakpoint\nSELECT 1;",
        ),
    ] {
        folder.write(file, sql);
    }
    let ledger = "SELECT string_agg(concat_ws('|', id, length(hash), created_at, name, applied_at IS NOT NULL), ',' \
                  ORDER BY id) FROM own.runs";
    assert_eq!(
        rows(&folder, ledger).await,
        "1|64|1704067200000|20240101000000_a|t,2|64|1704153600000|20240102000000_b|t"
    );
}

#[rstest]
#[case::goose("goose", "1_a.sql", "-- +goose Up\nSELECT 1;\n", "version_id")]
#[case::golang_migrate("golang-migrate", "1_a.up.sql", "SELECT 1", "version")]
#[case::dbmate("dbmate", "1_a.sql", "-- migrate:up\n-- migrate:down\n", "version")]
#[case::flyway("flyway", "V1__a.sql", "SELECT 1", "script")]
#[case::refinery("refinery", "V1__a.sql", "SELECT 1", "version")]
#[case::node_pg_migrate("node-pg-migrate", "1_a.sql", "SELECT 1", "name")]
#[case::sqlx("sqlx", "1_a.sql", "SELECT 1", "version")]
#[case::pop("pop", "1_a.up.sql", "SELECT 1", "version")]
#[tokio::test]
async fn a_tool_s_ledger_may_be_another_table(
    #[case] convention: &str,
    #[case] name: &str,
    #[case] sql: &str,
    #[case] column: &str,
) {
    for table in ["custom", "ops.\\\"My runs\\\""] {
        let ledger = |column: &str| format!("ledger = {{ table = \"{table}\", version = \"{column}\" }}");
        let folder = Folder::with_convention(convention, &ledger(column), &[(name, sql)]);
        let claims = folder.claims_of("ledger/complete").await;
        assert_eq!(claims[0].1, Verdict::Proven, "{claims:?}");
        let shown = table.replace("\\\"", "");
        let shown = if table == "custom" {
            "public.custom"
        } else {
            &shown
        };
        assert_eq!(claims[0].0, shown);
        let folder = Folder::with_convention(convention, &ledger("nothing"), &[(name, sql)]);
        let error = pgproof::Project::open(folder.root()).unwrap_err().message();
        assert!(error.contains(&format!("column `{column}`")), "{error}");
    }
}

#[test]
fn a_ledger_that_a_tool_can_t_have_is_refused() {
    let ledger = "ledger = { table = \"custom\", version = \"version\" }";
    let folder = Folder::with_convention("supabase", ledger, &[("1_a.sql", "SELECT 1")]);
    let error = pgproof::Project::open(folder.root()).unwrap_err().message();
    assert_eq!(
        error,
        "keep the ledger that `ledger` of [migrations] names: supabase always has it in \
         supabase_migrations.schema_migrations"
    );
}
