//! Which convention a folder follows, where the contract does not say.

use super::*;

#[test]
fn a_folder_without_marks_is_plain() {
    for names in [
        &["db/001_a.sql"][..],
        &["db/a.sql"],
        &["db/001_a.sql", "db/002_b.up.sql", "db/002_b.down.sql"],
    ] {
        assert_eq!(
            Project::of(names).detect().unwrap(),
            Convention::Plain,
            "{names:?}"
        );
    }
}

#[rstest]
#[case("Cargo.toml", "[dependencies]\nsqlx = \"0.9\"\n")]
#[case(
    "Cargo.toml",
    "[workspace.dependencies]\ndb = { package = \"sqlx\", version = \"0.9\" }\n"
)]
#[case(
    "Cargo.toml",
    "[target.'cfg(unix)'.dev-dependencies.sqlx]\nversion = \"0.9\"\n"
)]
#[case(".sqlx/query-1.json", "{}")]
#[case("sqlx-data.json", "{}")]
#[case("sqlx.toml", "")]
fn numbered_files_with_a_mark_of_sqlx_are_its(#[case] mark: &str, #[case] contents: &str) {
    let project = Project::of(&["db/1_a.up.sql", "db/1_a.down.sql"]);
    project.write(mark, contents);
    assert_eq!(project.detect().unwrap(), Convention::Sqlx);
    // sqlx would stop at this name, so the mark must be that of a driver.
    project.write("db/b_c.sql", "select 1");
    assert_eq!(project.detect().unwrap(), Convention::Plain);
}

#[rstest]
#[case("[dependencies]\nsqlx-like = \"1\"\n")]
#[case("[package]\nname = \"sqlx\"\n")]
#[case("this is no toml: sqlx")]
fn a_manifest_without_sqlx_is_no_mark(#[case] manifest: &str) {
    let project = Project::of(&["db/1_a.sql"]);
    project.write("Cargo.toml", manifest);
    assert_eq!(project.detect().unwrap(), Convention::Plain);
}

#[test]
fn names_that_sqlx_would_pass_over_are_plain_whatever_the_manifest_has() {
    let project = Project::of(&["db/init.sql"]);
    project.write("Cargo.toml", "[dependencies]\nsqlx = \"0.9\"\n");
    assert_eq!(project.detect().unwrap(), Convention::Plain);
}

#[test]
fn marks_are_not_looked_for_above_the_repository() {
    let project = Project::of(&["inner/db/1_a.sql"]);
    project
        .write("Cargo.toml", "[dependencies]\nsqlx = \"0.9\"\n")
        .write("inner/.git", "gitdir: elsewhere");
    assert_eq!(
        project.read_at("inner/db", None).unwrap().convention,
        Convention::Plain
    );
}

#[rstest]
#[case("goose", "db/1_a.sql", "-- +goose Up\nselect 1;\n-- +goose Down\n")]
#[case("dbmate", "db/1_a.sql", "\n--migrate:up transaction:false\nselect 1;\n")]
#[case(
    "node-pg-migrate",
    "db/1_a.sql",
    "-- Up Migration\nselect 1;\n-- Down Migration\n"
)]
#[case("graphile", "db/1_a.sql", "--! Previous: -\n--! Hash: sha1:0\n")]
#[case("drizzle", "db/0_a.sql", "select 1;\n--> statement-breakpoint\nselect 2;")]
#[case("atlas", "db/1_a.sql", "-- atlas:txmode none\n")]
#[case("flyway", "db/V1__a.sql", "select 1")]
#[case("flyway", "db/V1.2_3__a.sql", "select 1")]
#[case("flyway", "db/R__a.sql", "select 1")]
#[case(
    "postgres-migrations",
    "package.json",
    r#"{"dependencies": {"postgres-migrations": "5"}}"#
)]
#[case("drizzle", "db/meta/_journal.json", "{}")]
#[case("prisma", "db/migration_lock.toml", "")]
#[case("prisma", "db/20240101000000_a/migration.sql", "select 1")]
#[case("diesel", "db/2024-01-01-000000_a/up.sql", "select 1")]
#[case("sqitch", "db/sqitch.plan", "")]
#[case("sqitch", "sqitch.conf", "")]
#[case("atlas", "db/atlas.sum", "")]
#[case("atlas", "atlas.hcl", "")]
#[case("flyway", "flyway.toml", "")]
#[case("graphile", "db/committed/000001.sql", "")]
#[case(
    "node-pg-migrate",
    "package.json",
    r#"{"devDependencies": {"node-pg-migrate": "7"}}"#
)]
fn the_mark_of_a_tool_leads_to_its_convention(
    #[case] tool: &str,
    #[case] file: &str,
    #[case] contents: &str,
) {
    let project = Project::of(&["db/1_x.sql"]);
    project.write(file, contents);
    assert_eq!(project.detect().unwrap().name(), tool);
    assert!(
        project.read_at("db", Some(Convention::Plain)).is_ok(),
        "what the contract says counts"
    );
}

#[test]
fn supabase_and_refinery_are_known_by_what_lies_around() {
    let supabase = Project::of(&["supabase/migrations/20240101000000_a.sql", "supabase/config.toml"]);
    assert_eq!(
        supabase.detect_at("supabase/migrations").unwrap(),
        Convention::Supabase
    );
    let without = Project::of(&["supabase/migrations/20240101000000_a.sql"]);
    assert_eq!(
        without.detect_at("supabase/migrations").unwrap(),
        Convention::Supabase
    );
    let refinery = Project::of(&["db/V1__a.sql"]);
    refinery.write("Cargo.toml", "[dependencies]\nrefinery = \"0.9\"\n");
    assert_eq!(refinery.detect().unwrap(), Convention::Refinery);
    refinery.write("flyway.conf", "");
    let error = refinery.detect().unwrap_err();
    assert!(matches!(&error, ReadError::Ambiguous { .. }), "{error}");
}

#[test]
fn marks_of_two_tools_in_one_place_are_asked_about() {
    let project = Project::of(&["db/atlas.sum", "db/migration_lock.toml"]);
    let message = project.detect().unwrap_err().to_string();
    assert!(
        message.contains("prisma (there is `migration_lock.toml`) and of atlas (there is `atlas.sum`)"),
        "{message}"
    );
    assert!(message.contains("set `convention`"), "{message}");
}

#[test]
fn flyway_is_known_by_what_lies_below_where_nothing_lies_above() {
    let project = Project::of(&["db/sub/V1__a.sql"]);
    assert_eq!(project.detect().unwrap(), Convention::Flyway);
    let archive = Project::of(&["db/001_a.sql", "db/archive/V1__a.sql"]);
    assert_eq!(archive.detect().unwrap(), Convention::Plain);
}

#[test]
fn pairs_are_told_by_the_manifest_and_asked_about_where_two_tools_are_in_it() {
    let project = Project::of(&["db/1_a.up.sql", "db/1_a.down.sql"]);
    project.write("go.mod", "require github.com/gobuffalo/pop/v6 v6.1.1\n");
    assert_eq!(project.detect().unwrap(), Convention::Pop);
    project.write(
        "go.mod",
        "require (\n github.com/gobuffalo/pop/v6 v6.1.1\n github.com/golang-migrate/migrate/v4 v4.18.0\n)\n",
    );
    let error = project.detect().unwrap_err();
    assert!(
        matches!(&error, ReadError::Ambiguous { candidates, .. } if candidates[..] == ["golang-migrate", "pop"]),
        "{error}"
    );
}

#[test]
fn a_language_of_its_own_tells_pop() {
    let project = Project::of(&["db/1_a.up.fizz", "db/2_b.up.sql"]);
    assert_eq!(project.detect().unwrap(), Convention::Pop);
    let beside = Project::of(&["db/1_a.up.fizz", "db/schema.sql"]);
    assert_eq!(beside.detect().unwrap(), Convention::Pop);
}

#[test]
fn a_heading_is_no_mark() {
    let project = Project::of(&[]);
    project.write(
        "db/1_a.sql",
        "-- Up Migration\nselect '\n -- x', '-- +goose Up';\n-- we had goose once",
    );
    assert_eq!(project.detect().unwrap(), Convention::Plain);
}

#[test]
fn pairs_that_three_conventions_read_are_asked_about() {
    let project = Project::of(&["db/9_a.up.sql", "db/9_a.down.sql", "db/10_b.up.sql"]);
    let error = project.detect().unwrap_err();
    let message = error.to_string();
    let ReadError::Ambiguous { candidates, .. } = error else {
        panic!("{message}")
    };
    assert_eq!(candidates, ["golang-migrate", "plain", "sqlx"]);
    assert!(
        message.contains("plain applies 10_b.up.sql before 9_a.up.sql"),
        "{message}"
    );
    assert!(message.contains("set `convention`"), "{message}");

    project.write("go.mod", "require github.com/golang-migrate/migrate/v4 v4.17.0\n");
    assert_eq!(project.detect().unwrap(), Convention::GolangMigrate);
    project.write("Cargo.toml", "[dependencies]\nsqlx = \"0.9\"\n");
    let error = project.detect().unwrap_err();
    assert!(matches!(&error, ReadError::Ambiguous { .. }), "{error}");
}

#[test]
fn pairs_in_an_order_that_all_share_are_asked_about_too() {
    let message = Project::of(&["db/01_a.up.sql", "db/02_b.up.sql"])
        .detect()
        .unwrap_err()
        .to_string();
    assert!(message.contains("the order is the same for all"), "{message}");
}

#[rstest]
#[case(
    "deno.json",
    "{ \"imports\": { \"postgres-migrations\": \"npm:postgres-migrations@5\" } }"
)]
#[case(
    "deno.jsonc",
    "{\n  // names of ours\n  \"imports\": { \"migrate\": \"npm:postgres-migrations\" }\n}"
)]
fn deno_s_manifests_count_as_node_s_do(#[case] manifest: &str, #[case] text: &str) {
    let project = Project::of(&["db/1-a.sql", "db/2-b.sql"]);
    project.write(
        manifest,
        "{ \"imports\": { \"x\": \"npm:postgres-migrations-not\" } }",
    );
    assert_eq!(project.detect().unwrap(), Convention::Plain);
    project.write(manifest, text);
    assert_eq!(project.detect().unwrap(), Convention::PostgresMigrations);
}

#[test]
fn the_question_which_tool_it_is_names_the_folder_as_it_was_given() {
    let project = Project::of(&["db/1_a.up.sql", "db/1_a.down.sql"]);
    let root = project.root().join("db");
    let error = pgproof::Project::open(&root).unwrap_err().in_report(&root);
    let asked = format!("tell which tool applies `{root}`: its files fit golang-migrate, plain, sqlx; ");
    assert!(error.message.starts_with(&asked), "{}", error.message);
    assert!(
        error.message.ends_with("convention = \"golang-migrate\""),
        "{}",
        error.message
    );
}
