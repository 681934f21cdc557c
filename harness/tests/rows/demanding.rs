//! Schemas as they are in real life, each for tenants with a uuid, a number and a text as key: nothing is lacking, and
//! each tenant has two rows, so that a change of one of them alone can be told.

use std::fmt::Write as _;

use pgproof::catalog::{Catalog, Relation};
use pgproof::rows::{self, Owner, Request, Tenant, World};

use super::{A, B, database, keys_stay_home, nothing_is_shared, tenants};

const KEYS: [(&str, &str, &str); 3] = [
    ("uuid", A, B),
    ("bigint", "5000000001", "5000000002"),
    ("text", "acme", "globex"),
];

/// By `tenant_id`, else by the first key that leads to a table that somebody owns.
fn owner_of(catalog: &Catalog, relation: &Relation) -> Owner {
    if relation.name.name == "tenants" {
        return Owner::Column("id".to_owned());
    }
    if relation.column("tenant_id").is_some() {
        return Owner::Column("tenant_id".to_owned());
    }
    relation
        .constraints
        .iter()
        .filter_map(|constraint| Some((constraint.columns.first()?, constraint.references.as_ref()?)))
        .find_map(|(column, reference)| {
            let parent = catalog.relation(&reference.relation.schema, &reference.relation.name)?;
            (parent.name != relation.name && owner_of(catalog, parent) != Owner::None).then(|| {
                Owner::Parent {
                    column: column.clone(),
                    table: parent.oid,
                    matched: reference.columns[0].clone(),
                }
            })
        })
        .unwrap_or(Owner::None)
}

fn acts(tenant: &Tenant) -> String {
    format!("SELECT set_config('app.tenant', '{}', true)", tenant.identity)
}

async fn world_for(schema: &str, a: &str, b: &str) -> (Catalog, World) {
    let database = database(schema).await;
    let mut session = database.connect().await.unwrap();
    let catalog = Catalog::read(&mut session).await.unwrap();
    let tenants = tenants(a, b);
    let owner = |relation: &Relation| owner_of(&catalog, relation);
    let request = Request {
        catalog: &catalog,
        tenants: &tenants,
        owner: &owner,
    };
    let world = rows::make_in(&mut session, &request, &acts).await.unwrap();
    (catalog, world)
}

/// Whether a tenant can have but one row there, or a partition none since it is of another tenant.
fn least(catalog: &Catalog, relation: &Relation) -> usize {
    let whose = ["tenant_id", "id"];
    let by_tenant = relation.parents.iter().flatten().any(|parent| {
        let parent = catalog.relation(&parent.schema, &parent.name);
        let key = parent.and_then(|parent| parent.partition_key.as_deref());
        key.is_some_and(|key| key.contains("(tenant_id)"))
    });
    let alone = relation.indexes.iter().any(|index| {
        let columns: Vec<&str> = index.columns.iter().flatten().map(String::as_str).collect();
        index.unique
            && index.predicate.is_none()
            && matches!(columns.as_slice(), [one] if index.columns.len() == 1
                && whose.contains(one)
                && owner_of(catalog, relation) == Owner::Column((*one).to_owned()))
    });
    match (by_tenant, alone || relation.is_partition()) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

fn is_full(case: &str, catalog: &Catalog, world: &World) {
    // A tenant's only row can't have two values.
    let lacking: Vec<_> = world
        .lacking
        .iter()
        .filter(|lacking| !lacking.message.starts_with("a tenant has one row here"))
        .collect();
    assert!(lacking.is_empty(), "{case}: {lacking:#?}");
    for relation in catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table())
    {
        let rows = world.table(&relation.name.schema, &relation.name.name).unwrap();
        for tenant in ['a', 'b'] {
            let (have, least) = (rows.of(tenant).count(), least(catalog, relation));
            assert!(
                have >= least,
                "{case}: {} has {have} rows of {tenant}: {rows:#?}",
                relation.name
            );
        }
    }
}

async fn every_key(case: &str, schema: &str) {
    for (key, a, b) in KEYS {
        let schema = schema.replace("TENANT_A", a).replace("TENANT", key);
        let (catalog, world) = world_for(&schema, a, b).await;
        is_full(&format!("{case} ({key})"), &catalog, &world);
        keys_stay_home(&catalog, &world);
        nothing_is_shared(&world);
    }
}

macro_rules! demanding {
    ($($test:ident: $file:literal,)+) => {$(
        #[tokio::test]
        async fn $test() {
            every_key($file, include_str!(concat!("demanding/", $file, ".sql"))).await;
        }
    )+};
}

demanding! {
    checks_that_bind_columns_together_are_met: "bound_columns",
    texts_take_the_form_that_is_asked_for: "formats",
    documents_take_the_shape_that_is_asked_for: "documents_of_json",
    arrays_hold_what_is_asked_for: "arrays",
    domains_over_domains_are_met: "domains",
    ranges_do_not_overlap: "exclusions",
    one_of_many_is_the_default: "partial_uniques",
    trees_have_a_root_and_branches: "trees",
    circles_of_deferred_keys_are_closed: "circles",
    keys_that_share_columns_agree: "shared_key_columns",
    generated_columns_fit_their_keys_and_checks: "generated",
    states_are_reached_as_triggers_want_it: "state_machines",
    triggers_are_told_who_acts: "contexts",
    parents_are_in_the_state_that_triggers_want: "parents_in_a_state",
    owners_may_be_six_keys_away: "deep_paths",
    each_partition_of_time_has_rows_of_each_tenant: "by_time",
    partitions_of_tenants_and_hashes_have_rows: "by_tenant",
    tables_that_inherit_have_rows_of_their_own: "inheritance",
    few_values_are_enough_for_two_rows: "small_numbers",
    what_triggers_make_is_taken_over: "side_effects",
    a_row_is_about_one_of_several_things: "subjects",
    double_entries_are_on_one_side: "ledger",
    times_take_the_form_that_is_asked_for: "times",
    odd_names_are_quoted: "odd_names",
    null_is_a_value_among_others: "nulls",
}

#[tokio::test]
async fn a_table_of_sixty_columns_is_filled() {
    let mut columns = String::new();
    for at in 0..10 {
        write!(
            columns,
            "t{at} text NOT NULL CHECK (t{at} ~ '^[a-z]{{{}}}$'), n{at} int NOT NULL CHECK (n{at} BETWEEN {at} AND {}),
             s{at} timestamptz NOT NULL, e{at} timestamptz NOT NULL CHECK (e{at} > s{at}), j{at} jsonb NOT NULL CHECK (j{at} ? 'k{at}'),
             b{at} boolean, CHECK (b{at} IS NOT NULL OR n{at} > {at}), ",
            at + 3,
            at + 9
        )
        .unwrap();
    }
    let schema =
        format!("CREATE TABLE wide (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, {columns} last text);");
    every_key("sixty columns", &schema).await;
}

#[tokio::test]
async fn two_hundred_tables_are_filled() {
    let mut schema = "CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL);".to_owned();
    for at in 0..200 {
        let parent = if at == 0 { 0 } else { at / 3 };
        let key = if at == 0 {
            String::new()
        } else {
            format!("parent_id uuid NOT NULL REFERENCES t{parent}, ")
        };
        write!(
            schema,
            "CREATE TABLE t{at} (id uuid PRIMARY KEY, {key}tenant_id TENANT NOT NULL REFERENCES tenants,
                 name text NOT NULL, status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'done')),
                 amount int CHECK (amount >= 0), created_at timestamptz NOT NULL DEFAULT now());"
        )
        .unwrap();
    }
    let (key, a, b) = KEYS[1];
    let (catalog, world) = world_for(&schema.replace("TENANT", key), a, b).await;
    is_full("two hundred tables", &catalog, &world);
}
