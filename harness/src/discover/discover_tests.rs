//! What is read out of schemas, and that what is proved on it accuses the broken ones and no sound one.

use std::sync::LazyLock;

use camino::Utf8Path;
use rstest::rstest;
use sqlx::AssertSqlSafe;
use tempfile::TempDir;

use super::*;
use crate::claim::{Claim, Severity, Verdict};
use crate::prove::{self, Options, Snapshots};

macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("examples/", $name, ".sql"))
    };
}

/// A folder with nothing to apply, the same for all tests of a process.
static EMPTY: LazyLock<TempDir> = LazyLock::new(|| folder(&["SELECT 1;"]));

fn folder(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, text) in files.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{:03}_file.sql", number + 1)), text).unwrap();
    }
    folder
}

fn open(folder: &TempDir) -> Project {
    Project::open(Utf8Path::from_path(folder.path()).unwrap()).unwrap()
}

/// What is told of each schema, one after the other on one server.
pub(super) async fn told(schemas: &[&str]) -> Vec<Discovered> {
    let project = open(&EMPTY);
    let mut found = Vec::new();
    for schema in schemas {
        let mut transaction = project.transaction().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe((*schema).to_owned()))
            .execute(&mut *transaction)
            .await
            .unwrap();
        let catalog = Catalog::read(&mut transaction).await.unwrap();
        found.push(Discovered::of(&project, &catalog, &Catalog::default()));
    }
    found
}

/// `what of object (sureness)`, one a guess.
fn guesses(discovered: &Discovered) -> Vec<String> {
    let line = |guess: &Guess| format!("{} {} ({})", guess.what, guess.object, guess.sureness);
    discovered.guesses.iter().map(line).collect()
}

fn has(discovered: &Discovered, expected: &[&str]) {
    let found = guesses(discovered);
    for expected in expected {
        assert!(
            found.iter().any(|found| found == expected),
            "{expected} is not in {found:#?}"
        );
    }
}

#[tokio::test]
async fn roles_contexts_and_owners_are_read_out_of_policies_and_functions() {
    let found = told(&[
        example!("supabase"),
        example!("setting"),
        example!("membership"),
        example!("roles"),
    ])
    .await;
    has(
        &found[0],
        &[
            "role authenticated  (sure)",
            "nobody's role anon  (likely)",
            "tenants told apart by request.jwt.claims → sub  (sure)",
            "tenant column user_id public.todos (sure)",
            "tenant column id public.profiles (sure)",
            "public_rows true public.profiles (likely)",
        ],
    );
    has(
        &found[1],
        &[
            "role shop_app  (sure)",
            "tenants told apart by app.current_tenant  (sure)",
            "tenant column tenant_id public.orders (sure)",
            "tenant path order_id -> public.orders.tenant_id public.order_lines (sure)",
            "shared by all tenants public.countries (likely)",
        ],
    );
    has(
        &found[2],
        &["tenant path team_id -> wiki.members(team_id).user_id wiki.pages (sure)"],
    );
    has(
        &found[3],
        &[
            "a role for each tenant (north, south)  (sure)",
            "tenant column holder public.ledgers (sure)",
        ],
    );
    for discovered in &found {
        Contract::parse(&discovered.toml, "pgproof.toml").unwrap();
    }
}

#[tokio::test]
async fn what_a_policy_lets_everybody_do_is_never_why_a_table_is_shared() {
    let open = "
        CREATE TABLE invoices (id integer PRIMARY KEY, tenant_id uuid NOT NULL);
        ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
        CREATE POLICY reading ON invoices FOR SELECT USING (true);
        GRANT SELECT ON invoices TO shop_app;
        CREATE TABLE themes (id integer PRIMARY KEY, colour text);
        ALTER TABLE themes ENABLE ROW LEVEL SECURITY;
        CREATE POLICY all_of_it ON themes USING (true);
        GRANT SELECT, INSERT ON themes TO shop_app;
    ";
    let schema = [example!("setting"), open].concat();
    let found = told(&[&schema]).await;
    has(
        &found[0],
        &[
            "tenant column tenant_id public.invoices (sure)",
            "undecided public.themes (guess)",
        ],
    );
}

#[tokio::test]
async fn more_than_one_kind_of_owner_is_left_open() {
    let several = "
        CREATE TABLE messages (id integer PRIMARY KEY, sender uuid NOT NULL, recipient uuid NOT NULL);
        ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
        CREATE POLICY see ON messages FOR SELECT USING (sender = current_tenant() OR recipient = current_tenant());
        GRANT SELECT ON messages TO shop_app;
    ";
    let schema = [example!("setting"), several].concat();
    has(&told(&[&schema]).await[0], &["undecided public.messages (guess)"]);
}

const TWO_ROLES: &str = "
    CREATE ROLE shop_clerk;
    CREATE ROLE shop_admin;
    CREATE TABLE orders (id integer PRIMARY KEY, tenant_id uuid NOT NULL);
    CREATE TABLE offers (id integer PRIMARY KEY, tenant_id uuid NOT NULL);
    ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
    ALTER TABLE offers ENABLE ROW LEVEL SECURITY;
    CREATE FUNCTION tenant() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.tenant', true), '')::uuid $$;
    CREATE POLICY clerk ON orders TO shop_clerk USING (tenant_id = tenant());
    CREATE POLICY clerk ON offers TO shop_clerk USING (tenant_id = tenant());
    CREATE POLICY admin ON orders TO shop_admin USING (tenant_id = tenant());
    CREATE POLICY admin ON offers TO shop_admin USING (tenant_id = tenant());
    GRANT SELECT, INSERT, UPDATE, DELETE ON orders, offers TO shop_clerk, shop_admin;";

#[tokio::test]
async fn every_role_that_policies_keep_to_one_tenant_is_tried() {
    let of_roles = |claims: &[Claim]| -> Vec<(Verdict, Severity)> {
        let of_offers = claims
            .iter()
            .filter(|claim| claim.object == "public.offers" && claim.subject == "another role of tenants");
        of_offers.map(|claim| (claim.verdict, claim.severity)).collect()
    };
    let sound = claims(&open(&folder(&[TWO_ROLES]))).await;
    assert!(accusations(&sound).is_empty(), "{:#?}", accusations(&sound));
    assert_eq!(of_roles(&sound), [(Verdict::Proven, Severity::Error)]);
    let open_to_one = "ALTER POLICY admin ON offers USING (true);";
    let broken = claims(&open(&folder(&[TWO_ROLES, open_to_one]))).await;
    assert!(
        accusations(&broken)
            .iter()
            .all(|claim| claim.object == "public.offers")
    );
    assert_eq!(of_roles(&broken), [(Verdict::Violated, Severity::Warning)]);
}

#[tokio::test]
async fn a_role_that_row_security_does_not_hold_for_is_said_to_be_taken_for_meant() {
    let backup = "CREATE ROLE nightly BYPASSRLS; GRANT SELECT ON orders, offers TO nightly;";
    let found = told(&[&[TWO_ROLES, backup].concat()]).await;
    has(&found[0], &["access to all tenants' rows role nightly (likely)"]);
    assert!(
        found[0]
            .open
            .iter()
            .any(|open| open.area == "isolation.roles.nightly")
    );
    assert!(!found[0].toml.contains("[isolation.roles.\"nightly\"]"));
}

#[tokio::test]
async fn a_view_that_is_the_only_guard_tells_whose_the_rows_are() {
    let view = "
        CREATE ROLE api;
        CREATE SCHEMA chat;
        CREATE TABLE chat.messages (id integer PRIMARY KEY, recipient integer NOT NULL, body text NOT NULL);
        CREATE VIEW mine WITH (security_barrier) AS SELECT m.id, m.body FROM chat.messages m
            WHERE m.recipient = nullif(current_setting('chat.user_id', true), '')::integer;
        GRANT SELECT ON mine TO api;";
    let sound = told(&[view]).await;
    has(
        &sound[0],
        &["role api  (sure)", "tenant column recipient chat.messages (sure)"],
    );
    let claims_of_sound = claims(&open(&folder(&[view]))).await;
    assert!(
        accusations(&claims_of_sound).is_empty(),
        "{:#?}",
        accusations(&claims_of_sound)
    );
    let open_to_all =
        "CREATE VIEW recent AS SELECT id, body FROM chat.messages; GRANT SELECT ON recent TO api;";
    let claims = claims(&open(&folder(&[view, open_to_all]))).await;
    let accused: Vec<&str> = accusations(&claims)
        .iter()
        .map(|claim| claim.object.as_str())
        .collect();
    assert!(accused.contains(&"public.recent"), "{accused:?}");
}

#[tokio::test]
async fn the_tenant_of_a_session_without_a_context_is_one_that_is_tried() {
    let preset = TERRITORIES.replace("nullif(current_setting('app.tenant_id', true), '')", "coalesce(nullif(current_setting('app.tenant_id', true), ''), '00000000-0000-4000-8000-000000000001')")
        .replace("AND territory = current_setting('app.territory', true)", "");
    let found = told(&[&preset]).await;
    let tenants =
        "tenants = [\"00000000-0000-4000-8000-000000000001\", \"00000000-0000-4000-8000-000000000007\"]";
    assert!(found[0].toml.contains(tenants), "{}", found[0].toml);
}

#[tokio::test]
async fn logs_of_statement_triggers_and_deletes_that_the_function_knows_of_are_seen() {
    let log = "
        CREATE TABLE seats (id integer PRIMARY KEY, film text);
        CREATE TABLE seat_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT 'now'::timestamptz,
            op text NOT NULL, row_id text, old_row jsonb, new_row jsonb);
        CREATE FUNCTION record() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE was seats;
        BEGIN
            IF TG_OP = 'DELETE' THEN RETURN NULL; END IF;
            SELECT * INTO was FROM old_rows;
            INSERT INTO seat_log (op, row_id, old_row, new_row) SELECT TG_ARGV[0], n.id, to_jsonb(was), to_jsonb(n) FROM new_rows n;
            RETURN NULL;
        END $$;
        CREATE TRIGGER record AFTER UPDATE ON seats REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION record('UPDATE');";
    let found = told(&[log]).await;
    for line in [
        "columns = { op = \"op\", row_id = \"row_id\", old = \"old_row\", new = \"new_row\", at = \"at\" }",
        "operations = [\"UPDATE\", \"DELETE\"]",
    ] {
        assert!(found[0].toml.contains(line), "{line} is not in {}", found[0].toml);
    }
}

async fn claims(project: &Project) -> Vec<Claim> {
    let options = Options {
        snapshots: Snapshots::Ignored,
        ..Options::default()
    };
    let template = project.template().await.unwrap();
    prove::claims(project, &options, &template).await.unwrap()
}

fn accusations(claims: &[Claim]) -> Vec<&Claim> {
    claims
        .iter()
        .filter(|claim| claim.verdict == Verdict::Violated && claim.severity != Severity::Info)
        .collect()
}

#[rstest]
#[case(example!("supabase"), example!("supabase.broken"), "public.todos")]
#[case(example!("setting"), example!("setting.broken"), "public.refunds")]
#[case(example!("membership"), example!("membership.broken"), "wiki.pages")]
#[case(example!("roles"), example!("roles.broken"), "public.ledgers")]
#[tokio::test]
async fn a_sound_schema_is_not_accused_and_a_broken_one_is_where_it_is(
    #[case] sound: &str,
    #[case] broken: &str,
    #[case] object: &str,
) {
    let whole = claims(&open(&folder(&[sound]))).await;
    assert!(accusations(&whole).is_empty(), "{:#?}", accusations(&whole));
    assert!(
        whole
            .iter()
            .any(|claim| claim.verdict == Verdict::Proven && claim.rule == "isolation/read")
    );
    let claims = claims(&open(&folder(&[sound, broken]))).await;
    let accused = accusations(&claims);
    assert!(!accused.is_empty());
    for claim in accused {
        assert_eq!(claim.object, object, "{}", claim.message);
        assert!(claim.message.contains("[guess: "), "{}", claim.message);
    }
}

#[tokio::test]
async fn a_schema_that_promises_nothing_is_accused_of_nothing() {
    let claims = claims(&open(&folder(&[example!("nothing")]))).await;
    assert!(accusations(&claims).is_empty());
    let open = claims
        .iter()
        .find(|claim| claim.rule == "isolation/untried")
        .unwrap();
    assert_eq!((open.verdict, open.severity), (Verdict::Unproven, Severity::Info));
    assert!(
        open.message.contains("nothing here promises isolation"),
        "{}",
        open.message
    );
}

const TERRITORIES: &str = "
    CREATE ROLE shop_app;
    CREATE TABLE orders (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        territory text NOT NULL
    );
    ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON orders TO shop_app USING (
        tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        AND territory = current_setting('app.territory', true)
    );
    GRANT SELECT ON orders TO shop_app;";

#[tokio::test]
async fn nothing_is_proven_of_reading_where_not_even_own_rows_are_seen() {
    let read = |claims: &[Claim]| {
        let of_orders = |claim: &&Claim| claim.rule == "isolation/read" && claim.object == "public.orders";
        let read: Vec<Claim> = claims.iter().filter(of_orders).cloned().collect();
        assert!(!read.is_empty());
        read
    };
    let doubted = read(&claims(&open(&folder(&[TERRITORIES]))).await);
    assert!(doubted.iter().all(|claim| claim.verdict == Verdict::Unproven));
    assert!(
        doubted
            .iter()
            .any(|claim| claim.message.contains("not even a tenant's own rows"))
    );
    let mended = TERRITORIES.replace("AND territory = current_setting('app.territory', true)", "");
    let whole = read(&claims(&open(&folder(&[&mended]))).await);
    assert!(whole.iter().any(|claim| claim.verdict == Verdict::Proven));
}

#[tokio::test]
async fn what_is_taken_for_meant_or_not_tried_is_named() {
    let second = "
        CREATE ROLE shop_admin;
        CREATE POLICY everything ON orders TO shop_admin USING (true);
        GRANT SELECT ON orders TO shop_admin;";
    let remarks = |claims: Vec<Claim>| -> Vec<String> {
        let remarks = claims
            .into_iter()
            .filter(|claim| claim.rule == "isolation/untried");
        remarks.map(|claim| claim.object).collect()
    };
    let one = remarks(claims(&open(&folder(&[TERRITORIES]))).await);
    assert!(!one.iter().any(|object| object.contains("roles")), "{one:?}");
    let two = remarks(claims(&open(&folder(&[TERRITORIES, second]))).await);
    assert!(
        two.contains(&"[isolation.roles.shop_admin]".to_owned()),
        "{two:?}"
    );
    let public = remarks(claims(&open(&folder(&[example!("supabase")]))).await);
    assert!(
        public.contains(&"[isolation.tables.public.profiles]".to_owned()),
        "{public:?}"
    );
}

/// What a claim says, without how and how much.
fn said(claims: &[Claim]) -> Vec<(String, String, String, Verdict)> {
    let mut said: Vec<_> = claims
        .iter()
        .map(|one| {
            (
                one.rule.clone(),
                one.object.clone(),
                one.subject.clone(),
                one.verdict,
            )
        })
        .collect();
    said.sort();
    said
}

#[rstest]
#[case(&[example!("supabase"), example!("supabase.broken")])]
#[case(&[example!("setting"), example!("setting.broken")])]
#[case(&[example!("audit"), example!("audit.broken")])]
#[case(&[example!("retention")])]
#[tokio::test]
async fn what_is_written_down_claims_the_same(#[case] files: &[&str]) {
    let folder = folder(files);
    let project = open(&folder);
    let guessed = claims(&project).await;
    let template = project.template().await.unwrap();
    let (discovered, _) = Discovered::with_contract(&project, template.applied());
    std::fs::write(folder.path().join("pgproof.toml"), &discovered.toml).unwrap();
    let mut guessed = said(&guessed);
    // Only a run without a contract has something to say of areas that no contract asks for.
    guessed.retain(|(_, object, ..)| !object.starts_with("[isolation"));
    assert_eq!(guessed, said(&claims(&open(&folder)).await));
}

#[tokio::test]
async fn logs_and_what_removes_rows_are_read_out_of_functions() {
    let found = told(&[example!("audit"), example!("retention")]).await;
    has(
        &found[0],
        &[
            "public.change_log is a log  (sure)",
            "who acts is told by desk.clerk  (sure)",
        ],
    );
    for line in [
        "columns = { table = \"relation\", op = \"op\", row_id = \"row_id\", old = \"before\", new = \"after\", actor = \"clerk\", \
         at = \"at\" }",
        "redact = [\"pin_hash\"]",
        "app_role = \"desk_app\"",
    ] {
        assert!(found[0].toml.contains(line), "{line} is not in {}", found[0].toml);
    }
    for line in [
        "run = \"select public.purge_visits(30)\"",
        "age = \"seen_at\"",
        "hold = \"legal_hold\"",
        "run = \"select public.forget_guest($1)\"",
        "subject = { table = \"public.guests\", key = \"id\", pii = [\"email\", \"full_name\"] }",
    ] {
        assert!(found[1].toml.contains(line), "{line} is not in {}", found[1].toml);
    }
}

#[rstest]
#[case(&[example!("audit")], &[example!("audit"), example!("audit.broken")], "public.change_log")]
#[case(
    &[example!("retention")],
    &[example!("retention"), example!("retention.broken")],
    "public.purge_visits(integer)"
)]
#[case(
    &[example!("retention")],
    &[example!("retention"), example!("erasure.broken")],
    "public.guests"
)]
#[tokio::test]
async fn what_is_logged_removed_and_forgotten_is_proved_as_it_is_guessed(
    #[case] sound: &[&str],
    #[case] broken: &[&str],
    #[case] object: &str,
) {
    let claims_of_sound = claims(&open(&folder(sound))).await;
    assert!(
        accusations(&claims_of_sound).is_empty(),
        "{:#?}",
        accusations(&claims_of_sound)
    );
    let claims = claims(&open(&folder(broken))).await;
    let accused: Vec<&str> = accusations(&claims)
        .iter()
        .map(|claim| claim.object.as_str())
        .collect();
    assert!(accused.contains(&object), "{accused:?}");
}
