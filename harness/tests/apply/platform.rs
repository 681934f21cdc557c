//! What is lacking around the migrations: platforms, roles and extensions that something else makes.

use pgproof::claim::{Claim, Severity, Verdict};
use pgproof::migrate::FailureClass;
use pgproof::prove::{Options, Snapshots, verify};
use pgproof::{Project, Settings};
use rstest::rstest;

use super::{Folder, text};

/// What is claimed where stand-ins are allowed.
async fn claims_with_stand_ins(folder: &Folder) -> Vec<Claim> {
    let options = Options {
        settings: with_stand_ins(),
        snapshots: Snapshots::Ignored,
        ..Options::default()
    };
    let report = verify(&folder.project(), &options, &|_| {}).await;
    if let Some(error) = report.error {
        panic!("{}", error.message);
    }
    report.claims
}

fn with_stand_ins() -> Settings {
    Settings {
        stub_extensions: true,
        ..Settings::default()
    }
}

const EMPTY: &str = "CREATE EXTENSION pgproof_nowhere;";

#[rstest]
#[case::extension(EMPTY, FailureClass::MissingDependency)]
#[case::role(
    "CREATE TABLE t (); GRANT SELECT ON t TO app;",
    FailureClass::MissingDependency
)]
#[case::platform(
    "CREATE TABLE t (id uuid REFERENCES auth.users (id));",
    FailureClass::MissingDependency
)]
#[case::function(
    "CREATE TABLE t (id uuid DEFAULT uuid_generate_v4());",
    FailureClass::MissingDependency
)]
#[case::made_too_late("GRANT SELECT ON pg_class TO app; CREATE ROLE app;", FailureClass::Project)]
#[case::own_schema("CREATE TABLE shop.t ();", FailureClass::Project)]
#[case::syntax("CREATE TABEL t ();", FailureClass::Project)]
#[tokio::test]
async fn a_failure_is_told_by_whose_fault_it_is(#[case] sql: &str, #[case] class: FailureClass) {
    let error = Folder::plain("", &[("001_a.sql", sql)]).refusal().await;
    assert_eq!(error.class, Some(class), "{}", error.message);
    assert_eq!(error.location.unwrap().file, "db/001_a.sql");
}

#[tokio::test]
async fn a_stand_in_takes_the_place_of_an_extension_and_whatever_depends_on_it_says_so() {
    let folder = Folder::plain(
        "[complete]\ntables = [\"docs\", \"plain\"]",
        &[
            (
                "001_a.sql",
                "CREATE SCHEMA ext;\nCREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA ext VERSION '0.7.0';\n\
                 CREATE EXTENSION IF NOT EXISTS vector;\n\
                 DO $$ BEGIN CREATE EXTENSION pgproof_nowhere; END $$;\n",
            ),
            (
                "002_b.sql",
                "CREATE TABLE plain (id int);\nCREATE TABLE docs (id int PRIMARY KEY, e ext.vector(3));\n\
                 CREATE INDEX docs_e ON docs USING hnsw (e ext.vector_cosine_ops) WITH (m = 16);\n\
                 INSERT INTO docs VALUES (1, '[1,0,0]'), (2, '[0,1,0]');\nSELECT nowhere();\n",
            ),
        ],
    );
    // What the stand-in has not is still lacking, at its place in the file.
    let options = Options {
        settings: with_stand_ins(),
        ..Options::default()
    };
    let error = verify(&folder.project(), &options, &|_| {}).await.error.unwrap();
    let place = error.location.unwrap();
    assert_eq!(
        (place.file.as_str(), place.line),
        ("db/002_b.sql", 5),
        "{}",
        error.message
    );
    folder.write(
        "db/002_b.sql",
        "CREATE TABLE plain (id int);\nCREATE TABLE docs (id int PRIMARY KEY, e ext.vector(3));\n\
         CREATE INDEX docs_e ON docs USING hnsw (e ext.vector_cosine_ops) WITH (m = 16);\n\
         INSERT INTO docs VALUES (1, '[1,0,0]'), (2, '[0,1,0]');\n",
    );
    let claims = claims_with_stand_ins(&folder).await;
    let stubs: Vec<_> = claims
        .iter()
        .filter(|claim| claim.rule == "apply/stub")
        .map(|claim| (claim.object.as_str(), claim.location.as_ref().unwrap().line))
        .collect();
    assert_eq!(stubs, [("pgproof_nowhere", 4), ("vector", 2)]);
    assert!(
        claims
            .iter()
            .filter(|claim| claim.rule == "apply/stub")
            .all(|claim| claim.verdict == Verdict::Unproven && claim.severity == Severity::Info)
    );
    let says_so = |object: &str| {
        let claim = claims
            .iter()
            .find(|claim| claim.rule == "complete/table" && claim.object == object)
            .unwrap();
        claim.message.contains("stand-in for the extension vector")
    };
    assert!(says_so("public.docs") && !says_so("public.plain"));
    // Its members are nobody's but the extension's.
    let database = folder.project().on(with_stand_ins()).database().await.unwrap();
    let catalog = database.catalog().await.unwrap();
    let names: Vec<_> = catalog
        .extensions
        .iter()
        .map(|extension| extension.name.as_str())
        .collect();
    assert!(
        names.contains(&"vector") && catalog.functions.is_empty() && catalog.types.is_empty(),
        "{names:?}"
    );
    let nearest = "SELECT string_agg(id::text, ' ' ORDER BY e OPERATOR(ext.<->) '[0,2,0]') FROM docs";
    assert_eq!(text(&database, nearest).await, "2 1");
    assert_eq!(
        text(
            &database,
            "SELECT to_regproc('pg_catalog.pgproof_stand_in')::text"
        )
        .await,
        "NULL"
    );
}

#[tokio::test]
async fn a_file_that_is_sent_whole_has_its_stand_ins_and_its_errors_in_the_right_place() {
    let sql = "-- no-transaction\nCREATE EXTENSION pgproof_nowhere;\nCREATE TABLE t (id int);\nSELECT nowhere FROM t;\n";
    let folder = Folder::sqlx("", &[("1_a.sql", sql)]);
    let options = Options {
        settings: with_stand_ins(),
        ..Options::default()
    };
    let error = verify(&folder.project(), &options, &|_| {}).await.error.unwrap();
    let place = error.location.unwrap();
    assert_eq!((place.line, place.column), (4, Some(8)), "{}", error.message);
}

const SUPABASE: &str = "create table notes (id uuid primary key default extensions.uuid_generate_v4(), \
     user_id uuid not null references auth.users (id) on delete cascade, body text);\n\
     alter table notes enable row level security;\n\
     create policy own on notes to authenticated using (auth.uid() = user_id) with check (auth.uid() = user_id);\n\
     create policy files on storage.objects for select to authenticated \
     using ((storage.foldername(name))[1] = auth.uid()::text);\n\
     revoke truncate, trigger, references on notes from anon, authenticated;\n\
     alter publication supabase_realtime add table notes;\n";

#[tokio::test]
async fn supabase_is_there_before_the_first_migration_and_is_not_judged_with_it() {
    let isolation = "prelude = [\"supabase\"]\n[isolation]\nrole = \"authenticated\"\nanonymous = \"anon\"\ntenant = \"user_id\"\n\
         context = { setting = \"request.jwt.claims\", claims = '{\"sub\":\"$1\",\"role\":\"authenticated\"}' }\n\
         [isolation.tables.\"storage.objects\"]\ntenant = \"owner\"";
    let folder = Folder::plain(isolation, &[("001_notes.sql", SUPABASE)]);
    let claims = folder.claims().await;
    let of = |object: &'static str| claims.iter().filter(move |claim| claim.object == object);
    assert!(
        of("public.notes").any(|claim| claim.rule == "isolation/read" && claim.verdict == Verdict::Proven)
    );
    let accused: Vec<_> = claims
        .iter()
        .filter(|claim| claim.verdict == Verdict::Violated && claim.severity != Severity::Info)
        .map(|claim| (&claim.rule, &claim.object, &claim.message))
        .filter(|(_, object, _)| *object != "storage.objects")
        .collect();
    assert!(accused.is_empty(), "{accused:#?}");
    assert!(of("storage.objects").next().is_some(), "the contract names it");
    assert!(of("auth.users").next().is_none() && of("storage.buckets").next().is_none());
    let database = folder.database().await;
    assert_eq!(folder.project().database_name(), "postgres");
    let snapshot = database.catalog().await.unwrap();
    let baseline = folder
        .project()
        .template()
        .await
        .unwrap()
        .applied()
        .baseline
        .clone();
    let own: Vec<_> = snapshot
        .without(&baseline)
        .relations
        .iter()
        .map(|r| r.name.to_string())
        .collect();
    assert_eq!(own, ["public.notes", "storage.objects"]);
}

#[rstest]
#[case::supabase("create policy p on t using (auth.uid() is not null);", &["supabase"])]
#[case::roles("grant select on t to reader;", &["roles"])]
#[case::both("grant select on t to anon, authenticated, reader;", &["supabase", "roles"])]
#[case::hasura("select hdb_catalog.gen_hasura_uuid();", &["hasura"])]
#[case::nothing("select 1;", &[])]
#[tokio::test]
async fn without_a_contract_the_platform_is_told_from_the_migrations(
    #[case] sql: &str,
    #[case] names: &[&str],
) {
    let folder = Folder::of(&[("001_t.sql", &format!("create table t (id int);\n{sql}\n"))]);
    let project = folder.project();
    assert_eq!(project.prelude_names(), names);
    let claims = folder.claims_of("apply/prelude").await;
    assert_eq!(claims.len(), names.len(), "{claims:?}");
}

#[test]
fn a_prelude_that_is_misspelt_is_refused_with_the_one_that_was_meant() {
    let folder = Folder::plain("prelude = [\"supabse\"]", &[("001_t.sql", "select 1;")]);
    let error = Project::open(folder.root()).unwrap_err().message();
    assert!(error.contains("did you mean `supabase`?"), "{error}");
}

#[rstest]
#[case::postgrest("postgrest", "GRANT SELECT ON t TO web_anon; SET LOCAL ROLE authenticator;")]
#[case::hasura("hasura", "SELECT digest('x', 'sha256'), hdb_catalog.gen_hasura_uuid();")]
#[case::roles("roles", "GRANT reader TO writer; ALTER TABLE t OWNER TO \"Boss\";")]
#[tokio::test]
async fn the_other_preludes_give_what_migrations_ask_for(#[case] name: &str, #[case] sql: &str) {
    let sql = format!("CREATE TABLE t (id int); {sql}");
    let contract = format!("prelude = [\"{name}\"]");
    Folder::plain(&contract, &[("001_t.sql", &sql)]).database().await;
}
