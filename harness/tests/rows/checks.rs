//! Constraints of every kind are met; one that can't be is named.

use pgproof::rows::Lack;

use super::{A, B, by_tenant_id, database, make, set, tenants, values, world};

#[tokio::test]
async fn checks_of_every_kind_are_met() {
    let checks = [
        "x text CHECK (x IN ('draft', 'done'))",
        "x text NOT NULL CHECK (x ~ '^[A-Z]{2}[0-9]{6}$')",
        "x text NOT NULL CHECK (x ~* '^[^@[:space:]]+@[^@]+\\.[a-z]{2,}$')",
        "x text NOT NULL CHECK (x LIKE 'sk\\_%')",
        "x text NOT NULL CHECK (x SIMILAR TO '(ab|cd)%')",
        "x text NOT NULL CHECK (length(x) = 6)",
        "x text NOT NULL CHECK (length(x) BETWEEN 2 AND 4) CHECK (x = upper(x))",
        "x text NOT NULL CHECK (length(btrim(x)) >= 200)",
        "x text NOT NULL CHECK (position('@' in x) > 1)",
        "x varchar(3) NOT NULL CHECK (x <> '')",
        "x char(3) NOT NULL CHECK (x = upper(x))",
        "x smallint NOT NULL CHECK (x >= 0 AND x < 100)",
        "x int NOT NULL CHECK (x % 7 = 0)",
        "x numeric(5, 2) NOT NULL CHECK (x BETWEEN 0 AND 100)",
        "x numeric(3, 3) NOT NULL CHECK (x > 0.5)",
        "x double precision NOT NULL CHECK (x > -90 AND x < -10)",
        "x int, y int, CHECK (x IS NOT NULL AND y IS NOT NULL AND x < y)",
        "x timestamptz NOT NULL, y timestamptz NOT NULL, CHECK (y > x + interval '1 hour')",
        "x date NOT NULL CHECK (x >= '2024-05-01' AND x < '2024-06-01')",
        "x timestamp NOT NULL CHECK (x > now())",
        "x int, y int, z int, CHECK (num_nonnulls(x, y, z) = 1)",
        "x text, y text, CHECK ((x = 'card' AND y ~ '^[0-9]{16}$') OR (x = 'cash' AND y IS NULL))",
        "x jsonb NOT NULL CHECK (jsonb_typeof(x) = 'array')",
        "x text[] NOT NULL CHECK (cardinality(x) >= 1)",
        "x text NOT NULL CHECK (x::int > 5)",
        "x boolean NOT NULL CHECK (x)",
        "x uuid NOT NULL, y uuid NOT NULL, CHECK (x <> y)",
        "\"Odd \"\"Name\" text NOT NULL CHECK (\"Odd \"\"Name\" <> 'it''s')",
        "value int NOT NULL CHECK (value > 10)",
        "a boolean NOT NULL, b boolean NOT NULL, c boolean NOT NULL, d text NOT NULL, e text NOT NULL, f int NOT NULL,
         g int NOT NULL, h int NOT NULL, CHECK (a OR b), CHECK (b <> c), CHECK (c = (d = 'x')), CHECK (d <> e),
         CHECK (f < g AND g < h), CHECK ((e = 'y') = (f > 10))",
    ];
    let schema: Vec<String> = checks
        .iter()
        .enumerate()
        .map(|(at, check)| format!("CREATE TABLE c{at:02} (tenant_id uuid NOT NULL, name text, {check});"))
        .collect();
    let world = world(&schema.join("\n")).await;
    for (at, check) in checks.iter().enumerate() {
        let rows = world.table("public", &format!("c{at:02}")).unwrap();
        assert!(
            rows.of('a').count() >= 2 && rows.of('b').count() >= 2,
            "too few rows for {check}"
        );
    }
}

#[tokio::test]
async fn a_check_that_cannot_be_met_is_named() {
    let database = database(
        "CREATE TABLE sealed (tenant_id uuid NOT NULL, x text NOT NULL,
             CONSTRAINT only_one_knows CHECK (md5(x) = 'd41d8cd98f00b204e9800998ecf8427f'));
         CREATE TABLE below (id int PRIMARY KEY, tenant_id uuid NOT NULL, CONSTRAINT never CHECK (id < id));
         CREATE TABLE child (tenant_id uuid NOT NULL, below_id int NOT NULL CONSTRAINT to_below REFERENCES below);",
    )
    .await;
    let mut session = database.connect().await.unwrap();
    let (_, world) = make(&mut session, &tenants(A, B), &by_tenant_id).await;
    let named: Vec<(&str, Option<&str>)> = world
        .lacking
        .iter()
        .filter(|lacking| lacking.what == Lack::Rows(Some('a')))
        .map(|lacking| (lacking.table.as_str(), lacking.constraint.as_deref()))
        .collect();
    assert_eq!(
        named,
        [
            ("public.below", Some("never")),
            ("public.child", Some("to_below")),
            ("public.sealed", Some("only_one_knows"))
        ]
    );
}

#[tokio::test]
async fn unique_and_exclusion_constraints_leave_room_for_both_tenants() {
    let world = world(
        "CREATE TYPE kind AS ENUM ('small', 'big', 'huge');
         CREATE TABLE kinds (tenant_id uuid NOT NULL, kind kind NOT NULL, UNIQUE (tenant_id, kind));
         CREATE TABLE flags (tenant_id uuid NOT NULL, flag boolean NOT NULL, UNIQUE (tenant_id, flag));
         CREATE TABLE codes (tenant_id uuid NOT NULL, code smallint NOT NULL UNIQUE CHECK (code BETWEEN 1 AND 9));
         CREATE UNIQUE INDEX ON codes (lower(tenant_id::text), (code % 2));
         CREATE TABLE bookings (tenant_id uuid NOT NULL, during daterange NOT NULL, EXCLUDE USING gist (during WITH &&));
         CREATE TABLE slots (tenant_id uuid NOT NULL, starts timestamptz NOT NULL, ends timestamptz NOT NULL,
             CHECK (starts < ends), EXCLUDE USING gist (tstzrange(starts, ends) WITH &&));",
    )
    .await;
    assert!(values(&world, "kinds", "kind", 'a').len() >= 2);
    assert_eq!(values(&world, "flags", "flag", 'b'), set(&["true", "false"]));
    assert!(values(&world, "bookings", "during", 'a').len() >= 2);
}
