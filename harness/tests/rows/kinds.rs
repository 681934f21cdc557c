//! What kinds of tables there are: of the sets under `migrations/`, partitioned, with triggers, with generated columns.

use pgproof::Project;
use pgproof::catalog::Relation;
use pgproof::rows::{self, Lack, Owner, Request, Tenant};

use super::{A, B, by_tenant_id, check, database, make, set, tenants, values, world};

#[tokio::test]
async fn every_table_of_aim_is_filled_for_both_tenants() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/aim");
    let database = Project::open(folder).unwrap().database().await.unwrap();
    let mut session = database.connect().await.unwrap();
    let catalog = database.catalog().await.unwrap();
    let agents = catalog.relation("public", "agents").unwrap().oid;
    let owner = move |relation: &Relation| match relation.name.name.as_str() {
        "organizations" => Owner::Column("id".to_owned()),
        "trust_scores" => Owner::Parent {
            column: "agent_id".to_owned(),
            table: agents,
            matched: "id".to_owned(),
        },
        _ if relation.column("organization_id").is_some() => Owner::Column("organization_id".to_owned()),
        _ => Owner::None,
    };
    let (catalog, world) = make(&mut session, &tenants(A, B), &owner).await;
    check(&catalog, &world, &owner);
    assert_eq!(world.lacking, []);
    for tenant in ['a', 'b'] {
        assert_eq!(
            values(&world, "users", "role", tenant),
            set(&["admin", "manager", "member", "viewer"]),
        );
        let subjects = values(&world, "verification_events", "agent_id", tenant);
        assert!(subjects.contains(&None) && subjects.len() > 1, "{subjects:?}");
    }
}

#[tokio::test]
async fn each_partition_is_filled_and_its_parent_shows_its_rows() {
    let world = world(
        "CREATE TABLE logs (id bigint NOT NULL, tenant_id uuid NOT NULL, at timestamptz NOT NULL, region text NOT NULL, message text)
             PARTITION BY RANGE (at);
         CREATE TABLE logs_old PARTITION OF logs FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
         CREATE TABLE logs_2024 PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (region);
         CREATE TABLE logs_2024_eu PARTITION OF logs_2024 FOR VALUES IN ('eu', 'ch');
         CREATE TABLE logs_2024_rest PARTITION OF logs_2024 DEFAULT;
         CREATE TABLE parts (id uuid, tenant_id uuid NOT NULL) PARTITION BY HASH (id);
         CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER 0);
         CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER 1);
         CREATE TABLE parts_2 PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER 2);
         CREATE TABLE parts_3 PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER 3);",
    )
    .await;
    for table in [
        "logs_old",
        "logs_2024_eu",
        "logs_2024_rest",
        "parts_0",
        "parts_1",
        "parts_2",
        "parts_3",
    ] {
        for tenant in ['a', 'b'] {
            let rows = world.table("public", table).unwrap();
            assert!(
                rows.of(tenant).count() >= 2,
                "{table} has too few rows of {tenant}"
            );
        }
    }
    let count = |table| world.table("public", table).unwrap().rows.len();
    assert_eq!(count("logs"), count("logs_old") + count("logs_2024"));
    assert_eq!(
        count("logs_2024"),
        count("logs_2024_eu") + count("logs_2024_rest")
    );
}

#[tokio::test]
async fn a_partition_that_is_one_tenants_lacks_nothing() {
    let world = world(&format!(
        "CREATE TABLE t (tenant_id uuid NOT NULL, name text) PARTITION BY LIST (tenant_id);
         CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('{A}');
         CREATE TABLE t_b PARTITION OF t FOR VALUES IN ('{B}');"
    ))
    .await;
    assert_eq!(world.lacking, []);
    assert_eq!(world.table("public", "t_a").unwrap().of('b').count(), 0);
}

#[tokio::test]
async fn a_partitioned_table_without_partitions_is_lacking() {
    let database = database("CREATE TABLE t (tenant_id uuid NOT NULL) PARTITION BY LIST (tenant_id);").await;
    let mut session = database.connect().await.unwrap();
    let (_, world) = make(&mut session, &tenants(A, B), &by_tenant_id).await;
    assert_eq!(
        world
            .lacking
            .iter()
            .map(|lacking| &lacking.what)
            .collect::<Vec<_>>(),
        [&Lack::Rows(Some('a')), &Lack::Rows(Some('b'))]
    );
}

#[tokio::test]
async fn generated_and_identity_columns_and_defaults_are_stored_as_the_server_makes_them() {
    let world = world(
        "CREATE TABLE items (
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
             serial_number serial,
             tenant_id uuid NOT NULL,
             price numeric(8, 2) NOT NULL CHECK (price > 0),
             amount integer NOT NULL CHECK (amount BETWEEN 1 AND 10),
             total numeric GENERATED ALWAYS AS (price * amount) STORED CHECK (total < 5000),
             made_at timestamptz NOT NULL DEFAULT now());",
    )
    .await;
    for row in &world.table("public", "items").unwrap().rows {
        let number = |column: &str| row.values[column].as_ref().unwrap().parse::<f64>().unwrap();
        assert!((number("total") - number("price") * number("amount")).abs() < 0.01);
    }
}

const TRIGGERS: &str = "
    CREATE TABLE notes (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, title text NOT NULL, slug text NOT NULL);
    CREATE FUNCTION fill_slug() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.slug := 'filled'; RETURN NEW; END $$;
    CREATE TRIGGER fill BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION fill_slug();
    CREATE TABLE closed (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, title text);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'closed for good'; END $$;
    CREATE TRIGGER closed_for_good BEFORE INSERT ON closed FOR EACH ROW EXECUTE FUNCTION refuse();
    CREATE TABLE dropped (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, title text);
    CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER swallow BEFORE INSERT ON dropped FOR EACH ROW EXECUTE FUNCTION swallow();
    CREATE TABLE ruled (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, title text);
    CREATE RULE nothing AS ON INSERT TO ruled DO INSTEAD NOTHING;
    CREATE TABLE accounts (id uuid PRIMARY KEY, tenant_id uuid NOT NULL UNIQUE);
    CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES accounts, tenant_id uuid NOT NULL, bio text);
    CREATE FUNCTION make_profile() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO profiles VALUES (NEW.id, NEW.tenant_id); RETURN NULL; END $$;
    CREATE TRIGGER make_profile AFTER INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION make_profile();";

#[tokio::test]
async fn triggers_fill_rows_and_those_that_refuse_are_named() {
    let world = world(TRIGGERS).await;
    assert_eq!(values(&world, "notes", "slug", 'a'), set(&["filled"]));
    assert!(!world.canaries('a').any(|canary| canary.column == "slug"));
    let off: Vec<(&str, Option<&str>)> = world
        .lacking
        .iter()
        .filter(|lacking| lacking.what == Lack::Triggers)
        .map(|lacking| (lacking.table.as_str(), lacking.constraint.as_deref()))
        .collect();
    assert_eq!(
        off,
        [
            ("public.closed", Some("closed_for_good")),
            ("public.dropped", None),
            ("public.ruled", Some("nothing"))
        ],
    );
    let profiles = world.table("public", "profiles").unwrap();
    assert_eq!((profiles.of('a').count(), profiles.of('b').count()), (1, 1));
    assert!(
        world.canaries('b').any(|canary| canary.column == "bio"),
        "a trigger's row is not recognisable"
    );
}

#[tokio::test]
async fn triggers_know_who_acts_where_a_context_is_given() {
    let database = database(
        "CREATE TABLE log (id bigserial PRIMARY KEY, tenant_id uuid NOT NULL, entry jsonb);
         CREATE TABLE posts (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, body text NOT NULL);
         CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO log (tenant_id, entry) VALUES (current_setting('app.tenant')::uuid, to_jsonb(NEW)); RETURN NEW;
         END $$;
         CREATE TRIGGER log AFTER INSERT ON posts FOR EACH ROW EXECUTE FUNCTION log();",
    )
    .await;
    let mut session = database.connect().await.unwrap();
    let catalog = database.catalog().await.unwrap();
    let request = Request {
        catalog: &catalog,
        tenants: &tenants(A, B),
        owner: &by_tenant_id,
    };
    let context = |tenant: &Tenant| format!("SELECT set_config('app.tenant', '{}', true)", tenant.identity);
    let world = rows::make_in(&mut session, &request, &context).await.unwrap();
    check(&catalog, &world, &by_tenant_id);
    assert_eq!(world.lacking, []);
    for tenant in ['a', 'b'] {
        let posts = world.table("public", "posts").unwrap().of(tenant).count();
        let entries = values(&world, "log", "entry", tenant);
        let logged = entries
            .iter()
            .flatten()
            .filter(|entry| entry.contains("body"))
            .count();
        assert_eq!(logged, posts, "of {tenant}");
    }
}

#[tokio::test]
async fn a_callers_transaction_is_left_open_and_can_be_rolled_back() {
    let database = database("CREATE TABLE t (tenant_id uuid NOT NULL, name text);").await;
    let mut session = database.connect().await.unwrap();
    sqlx::raw_sql("BEGIN").execute(&mut session).await.unwrap();
    make(&mut session, &tenants(A, B), &by_tenant_id).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut session).await.unwrap();
    let count = "SELECT count(*) FROM t";
    let left: i64 = sqlx::query_scalar(count).fetch_one(&mut session).await.unwrap();
    assert_eq!(left, 0);
    make(&mut session, &tenants(A, B), &by_tenant_id).await;
    let mut other = database.connect().await.unwrap();
    let kept: i64 = sqlx::query_scalar(count).fetch_one(&mut other).await.unwrap();
    assert!(kept >= 4, "only {kept} rows were committed");
}
