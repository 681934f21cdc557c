//! Foreign keys: through circles, to the same table, of several columns; and rows of a tenant point to its own.

use pgproof::catalog::Relation;
use pgproof::rows::{Owner, World};

use super::{A, B, check, database, make, set, tenants, values, world};

/// Every key of `table` that is not NULL points to a row of the same tenant.
fn points_home(world: &World, table: &str, column: &str, parent: &str, matched: &str) {
    for tenant in ['a', 'b'] {
        let own = values(world, parent, matched, tenant);
        for value in values(world, table, column, tenant) {
            assert!(
                value.is_none() || own.contains(&value),
                "{table}.{column} of {tenant} points to a stranger's row"
            );
        }
    }
}

#[tokio::test]
async fn tenants_come_first_and_have_the_identity_as_key() {
    let world = world(
        "CREATE TABLE projects (id serial PRIMARY KEY, tenant_id uuid NOT NULL, name text);
         CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL UNIQUE);
         ALTER TABLE projects ADD FOREIGN KEY (tenant_id) REFERENCES tenants;",
    )
    .await;
    assert_eq!(values(&world, "tenants", "id", 'a'), set(&[A]));
    assert_eq!(values(&world, "projects", "tenant_id", 'b'), set(&[B]));
}

#[tokio::test]
async fn keys_of_several_columns_stay_with_their_tenant() {
    let world = world(
        "CREATE TABLE tenants (id uuid PRIMARY KEY);
         CREATE TABLE projects (tenant_id uuid REFERENCES tenants, id int, name text, PRIMARY KEY (tenant_id, id));
         CREATE TABLE tasks (tenant_id uuid, project_id int, id int, PRIMARY KEY (tenant_id, project_id, id),
             FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id));
         CREATE TABLE comments (tenant_id uuid NOT NULL, project_id int NOT NULL, task_id int NOT NULL, body text,
             FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
             FOREIGN KEY (tenant_id, project_id, task_id) REFERENCES tasks (tenant_id, project_id, id));",
    )
    .await;
    points_home(&world, "comments", "task_id", "tasks", "id");
    assert_eq!(world.lacking, []);
}

#[tokio::test]
async fn circles_of_keys_are_closed_however_they_are_made() {
    let world = world(
        "CREATE TABLE companies (id int PRIMARY KEY, tenant_id uuid NOT NULL, boss_id int);
         CREATE TABLE people (id int PRIMARY KEY, tenant_id uuid NOT NULL, company_id int NOT NULL REFERENCES companies);
         ALTER TABLE companies ADD FOREIGN KEY (boss_id) REFERENCES people;
         CREATE TABLE eggs (id int PRIMARY KEY, tenant_id uuid NOT NULL, hen_id int NOT NULL);
         CREATE TABLE hens (id int PRIMARY KEY, tenant_id uuid NOT NULL, egg_id int NOT NULL REFERENCES eggs);
         ALTER TABLE eggs ADD FOREIGN KEY (hen_id) REFERENCES hens;
         CREATE TABLE left_side (id int PRIMARY KEY, tenant_id uuid NOT NULL, other int NOT NULL);
         CREATE TABLE right_side (id int PRIMARY KEY, tenant_id uuid NOT NULL,
             other int NOT NULL REFERENCES left_side DEFERRABLE INITIALLY DEFERRED);
         ALTER TABLE left_side ADD FOREIGN KEY (other) REFERENCES right_side DEFERRABLE INITIALLY DEFERRED;
         CREATE TABLE one (id int PRIMARY KEY, tenant_id uuid NOT NULL);
         CREATE TABLE two (id int PRIMARY KEY REFERENCES one, tenant_id uuid NOT NULL);
         ALTER TABLE one ADD FOREIGN KEY (id) REFERENCES two;",
    )
    .await;
    for (table, column, parent) in [
        ("companies", "boss_id", "people"),
        ("people", "company_id", "companies"),
        ("eggs", "hen_id", "hens"),
        ("hens", "egg_id", "eggs"),
        ("left_side", "other", "right_side"),
        ("one", "id", "two"),
    ] {
        points_home(&world, table, column, parent, "id");
    }
    assert!(!values(&world, "companies", "boss_id", 'a').contains(&None));
}

#[tokio::test]
async fn a_table_that_points_to_itself_has_rows_that_do() {
    let world = world(
        "CREATE TABLE folders (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, parent_id uuid REFERENCES folders);
         CREATE TABLE rings (id int PRIMARY KEY, tenant_id uuid NOT NULL, next_id int NOT NULL REFERENCES rings);",
    )
    .await;
    points_home(&world, "folders", "parent_id", "folders", "id");
    points_home(&world, "rings", "next_id", "rings", "id");
    let parents = values(&world, "folders", "parent_id", 'a');
    assert!(parents.contains(&None) && parents.len() == 2, "{parents:?}");
}

#[tokio::test]
async fn ownership_through_other_tables_is_read_from_what_is_stored() {
    let schema = "
        CREATE TABLE organisations (id int PRIMARY KEY, name text);
        CREATE TABLE memberships (user_id uuid NOT NULL, org_id int NOT NULL REFERENCES organisations, PRIMARY KEY (user_id, org_id));
        CREATE TABLE sessions (id int PRIMARY KEY, user_id uuid NOT NULL);
        CREATE TABLE messages (id int PRIMARY KEY, session_id int NOT NULL REFERENCES sessions, body text);
        CREATE TABLE loose (id int PRIMARY KEY, session_number int NOT NULL, body text);
        CREATE TABLE documents (id int PRIMARY KEY, org_id int NOT NULL, body text);";
    let database = database(schema).await;
    let mut session = database.connect().await.unwrap();
    let catalog = database.catalog().await.unwrap();
    let oid = |name: &str| catalog.relation("public", name).unwrap().oid;
    let (memberships, sessions) = (oid("memberships"), oid("sessions"));
    let owner = move |relation: &Relation| {
        let through = |column: &str, table, matched: &str| Owner::Parent {
            column: column.to_owned(),
            table,
            matched: matched.to_owned(),
        };
        match relation.name.name.as_str() {
            "organisations" => through("id", memberships, "org_id"),
            "documents" => through("org_id", memberships, "org_id"),
            "messages" => through("session_id", sessions, "id"),
            "loose" => through("session_number", sessions, "id"),
            _ => Owner::Column("user_id".to_owned()),
        }
    };
    let (catalog, world) = make(&mut session, &tenants(A, B), &owner).await;
    check(&catalog, &world, &owner);
    for table in ["organisations", "documents", "messages", "loose"] {
        let rows = world.table("public", table).unwrap();
        assert!(
            rows.of('a').count() >= 2 && rows.of('b').count() >= 2,
            "{rows:#?}"
        );
    }
}

#[tokio::test]
async fn what_is_shared_is_pointed_to_by_both() {
    let world = world(
        "CREATE TABLE countries (code char(2) PRIMARY KEY CHECK (code = upper(code)), name text);
         INSERT INTO countries VALUES ('CH', 'Switzerland');
         CREATE TABLE settings (id int PRIMARY KEY CHECK (id = 1), name text);
         CREATE TABLE people (id int PRIMARY KEY, tenant_id uuid NOT NULL, country char(2) NOT NULL REFERENCES countries,
             settings_id int NOT NULL REFERENCES settings);",
    )
    .await;
    assert_eq!(values(&world, "people", "settings_id", 'b'), set(&["1"]));
    assert!(world.table("public", "countries").unwrap().rows.len() > 1);
}

#[tokio::test]
async fn identities_fit_whatever_type_the_key_has() {
    for (key, a, b) in [
        ("int", "1", "12"),
        ("text", "acme", "acme-2"),
        ("bigint", "5000000001", "5000000002"),
    ] {
        let database = database(&format!(
            "CREATE TABLE tenants (id {key} PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, tenant_id {key} NOT NULL REFERENCES tenants, name text);"
        ))
        .await;
        let mut session = database.connect().await.unwrap();
        let (catalog, world) = make(&mut session, &tenants(a, b), &super::by_tenant_id).await;
        check(&catalog, &world, &super::by_tenant_id);
        assert_eq!(values(&world, "t", "tenant_id", 'b'), set(&[b]));
    }
}

#[tokio::test]
async fn what_owners_point_to_has_the_identities_even_if_it_is_shared() {
    let world = world(
        "CREATE TABLE companies (number int PRIMARY KEY, id uuid NOT NULL UNIQUE, name text);
         CREATE TABLE jobs (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES companies (id), title text);",
    )
    .await;
    let companies = world.table("public", "companies").unwrap();
    let ids: std::collections::BTreeSet<_> = companies
        .rows
        .iter()
        .map(|row| row.values["id"].clone())
        .collect();
    assert_eq!(ids, set(&[A, B]));
}
