//! Changes to the rich schema, one thing each: what must be said of them, and what must not.

/// One change.
pub(crate) struct Change {
    /// The statement.
    pub(crate) sql: &'static str,
    /// The only files whose text changes.
    pub(crate) stems: &'static [&'static str],
    /// What one of the differences says.
    pub(crate) difference: &'static str,
    /// The first version that understands the statement.
    pub(crate) since: u32,
}

const PEOPLE: &[&str] = &["table.app.people"];

/// Every change.
pub(crate) fn all() -> Vec<Change> {
    let everywhere = CHANGES.iter().map(|&(sql, stems, difference)| Change {
        sql,
        stems,
        difference,
        since: 0,
    });
    let newer = NEWER.iter().map(|&(since, sql, stems, difference)| Change {
        sql,
        stems,
        difference,
        since,
    });
    everywhere.chain(newer).collect()
}

type Said = (&'static str, &'static [&'static str], &'static str);

#[rustfmt::skip] // one change a line, however long, is a table that can be read
const CHANGES: &[Said] = &[
    // Relations
    ("create table app.more (id integer)", &["table.app.more"], "table app.more: nothing here, present there"),
    ("drop table app.cache", &["table.app.cache"], "table app.cache: present here, nothing there"),
    ("alter table app.people rename to folk", &["table.app.people", "table.app.folk", "functions", "rules", "sequences", "views"], "table app.folk"),
    ("alter table app.people owner to rich_admin", &["table.app.people", "sequences"], "table app.people, owner: nothing here, rich_admin there"),
    ("alter table app.tenants set (fillfactor = 50)", &["table.app.tenants"], "options: nothing here, fillfactor=50 there"),
    ("alter table app.people set (toast.autovacuum_enabled = true)", PEOPLE, "toast.autovacuum_enabled=true"),
    ("alter table app.cache set logged", &["table.app.cache"], "unlogged: true here, false there"),
    ("alter table app.people disable row level security", PEOPLE, "row security: true here, false there"),
    ("alter table app.people no force row level security", PEOPLE, "force row security: true here, false there"),
    ("alter table app.people replica identity default", PEOPLE, "replica identity: full here, nothing there"),
    ("alter table app.events detach partition app.events_2020", &["table.app.events_2020"], "partition bound"),
    ("alter table app.derived no inherit app.base", &["table.app.derived"], "table app.derived, parents: "),
    ("alter foreign table app.remote options (set table_name 'x')", &["foreign_table.app.remote"], "table_name=x"),
    ("comment on table app.people is 'other'", PEOPLE, "comment: people of a tenant here, other there"),
    // Columns
    ("alter table app.people add column added integer", PEOPLE, "column added: nothing here, integer there"),
    ("alter table app.people drop column tags", PEOPLE, "column tags: text[] here, nothing there"),
    ("alter table app.people alter column waits drop default, alter column waits type text", PEOPLE, "column waits: type: interval here, text there"),
    ("alter table app.people alter column last_name drop default", PEOPLE, "column last_name: default: ''::character varying here, nothing there"),
    ("alter table app.people alter column score set default 0.2", PEOPLE, "column score: default: 0.1 here, 0.2 there"),
    ("alter table app.people alter column score set not null", PEOPLE, "column score: not null: false here, true there"),
    ("alter table app.people alter column number set generated always", PEOPLE, "column number: identity: by default here, always there"),
    ("alter table app.people alter column number drop identity", PEOPLE, "column number: identity"),
    ("alter table app.people alter column id set increment by 3", PEOPLE, "column id: identity sequence: increment: 10 here, 3 there"),
    ("grant usage on sequence app.people_id_seq to rich_worker", PEOPLE, "column id: identity sequence: grant to rich_worker: nothing here, USAGE there"),
    ("alter table app.people alter column full_name drop expression", PEOPLE, "column full_name: generated"),
    ("alter table app.people alter column notes set storage extended", PEOPLE, "column notes: storage: external here, nothing there"),
    ("alter table app.people alter column tags set compression default", PEOPLE, "column tags: compression"),
    ("alter table app.people alter column notes set statistics -1", PEOPLE, "column notes: statistics target: 500 here, nothing there"),
    ("alter table app.people alter column last_name reset (n_distinct)", PEOPLE, "column last_name: options"),
    ("alter table app.people rename column waits to delay", PEOPLE, "column delay"),
    ("comment on column app.people.email is null", PEOPLE, "column email: comment"),
    ("alter table app.cache drop column value, add column value jsonb, drop column key, add column key text primary key", &["table.app.cache"], "order of columns: key, value here, value, key there"),
    // Constraints
    ("alter table app.people drop constraint people_score_check", PEOPLE, "constraint people_score_check: CHECK"),
    ("alter table app.people validate constraint people_number_positive", PEOPLE, "constraint people_number_positive: validated: false here, true there"),
    ("alter table app.tenants alter constraint tenants_parent_fkey deferrable", &["table.app.tenants"], "deferrable: false here, true there"),
    ("alter table app.tenants drop constraint tenants_parent_fkey, add constraint tenants_parent_fkey foreign key (parent) references app.tenants on delete cascade", &["table.app.tenants"], "references: on delete: set null here, cascade there"),
    ("comment on constraint people_score_check on app.people is null", PEOPLE, "constraint people_score_check: comment"),
    // Indexes
    ("create index more on app.people (mood)", PEOPLE, "index more: nothing here, CREATE INDEX more ON app.people USING btree (mood) there"),
    ("drop index app.people_email_idx", PEOPLE, "index people_email_idx"),
    ("drop index app.people_email_idx; create index people_email_idx on app.people (lower(email::text)) include (mood) where mood <> 'ok'", PEOPLE, "index people_email_idx: predicate"),
    ("update pg_index set indisvalid = false where indexrelid = 'app.people_email_idx'::regclass", PEOPLE, "index people_email_idx: valid: true here, false there"),
    ("alter table app.people set without cluster", PEOPLE, "index people_number_key: clustered: true here, false there"),
    ("comment on index app.people_email_idx is 'x'", PEOPLE, "index people_email_idx: comment"),
    ("drop statistics app.people_names", PEOPLE, "statistics app.people_names"),
    ("alter statistics app.people_names set statistics 10", PEOPLE, "target: nothing here, 10 there"),
    // Policies
    ("create policy more on app.people using (true)", PEOPLE, "policy more: nothing here, true there"),
    ("drop policy floor on app.people", PEOPLE, "policy floor"),
    ("alter policy tenant_isolation on app.people to rich_app", PEOPLE, "policy tenant_isolation: roles: rich_app, rich_worker here, rich_app there"),
    ("alter policy tenant_isolation on app.people to public", PEOPLE, "policy tenant_isolation: roles: rich_app, rich_worker here, nothing there"),
    ("alter policy tenant_isolation on app.people using (true)", PEOPLE, "policy tenant_isolation: using"),
    ("alter policy tenant_isolation on app.people with check (true)", PEOPLE, "policy tenant_isolation: with check"),
    ("drop policy floor on app.people; create policy floor on app.people for select using (exists (select 1 from app.tenants where tenants.id = people.tenant_id and name <> 'closed')); comment on policy floor on app.people is 'closed tenants see nothing'", PEOPLE, "policy floor: permissive: false here, true there"),
    ("comment on policy floor on app.people is null", PEOPLE, "policy floor: comment"),
    // Triggers and rules
    ("drop trigger touch on app.people", PEOPLE, "trigger touch: CREATE TRIGGER touch BEFORE"),
    ("alter table app.people disable trigger touch", PEOPLE, "trigger touch: enabled: origin here, disabled there"),
    ("alter table app.people enable trigger touch_late", PEOPLE, "trigger touch_late: enabled: always here, origin there"),
    ("alter table app.events_2020 enable trigger touch_events", &["table.app.events_2020"], "table app.events_2020, trigger touch_events: enabled: disabled here, origin there"),
    ("comment on trigger touch on app.people is null", PEOPLE, "trigger touch: comment"),
    ("drop rule no_delete on app.tenants", &["table.app.tenants", "rules"], "rule no_delete"),
    ("alter table app.tenants disable rule no_delete", &["table.app.tenants"], "rule no_delete: enabled: origin here, disabled there"),
    ("create or replace rule no_delete as on delete to app.tenants do instead nothing", &["rules"], "rule no_delete: definition"),
    ("comment on rule no_delete on app.tenants is null", &["table.app.tenants"], "rule no_delete: comment"),
    // Views
    ("create or replace view app.own_people as select id, tenant_id, last_name from app.people with cascaded check option", &["views"], "view app.own_people, definition"),
    ("alter view app.happy_people set (security_barrier = false)", &["view.app.happy_people"], "options: security_barrier=true here, security_barrier=false there"),
    ("alter view app.own_people set (check_option = local)", &["view.app.own_people"], "check_option=local"),
    ("alter view app.own_people owner to rich_admin", &["view.app.own_people"], "owner: rich_owner here, rich_admin there"),
    ("drop materialized view app.totals", &["materialized_view.app.totals", "views"], "materialized view app.totals"),
    ("drop index app.totals_name", &["materialized_view.app.totals"], "index totals_name"),
    ("drop trigger instead_insert on app.own_people", &["view.app.own_people"], "trigger instead_insert"),
    // Functions
    ("create function app.touch(integer) returns integer language sql as 'select 1'", &["functions"], "function app.touch(integer): nothing here, select 1 there"),
    ("drop function app.names(uuid)", &["functions"], "function app.names(uuid)"),
    ("alter function app.find_people(text, integer) security invoker", &["functions"], "security definer: true here, false there"),
    ("alter function app.find_people(text, integer) not leakproof", &["functions"], "leakproof: true here, false there"),
    ("alter function app.find_people(text, integer) parallel restricted", &["functions"], "parallel: safe here, restricted there"),
    ("alter function app.find_people(text, integer) called on null input", &["functions"], "strict: true here, false there"),
    ("alter function app.find_people(text, integer) immutable", &["functions"], "volatility: stable here, immutable there"),
    ("alter function app.find_people(text, integer) cost 1", &["functions"], "cost: 50 here, 1 there"),
    ("alter function app.find_people(text, integer) rows 1000", &["functions"], "rows: 20 here, nothing there"),
    ("alter function app.find_people(text, integer) reset search_path", &["functions"], "settings: search_path=app, pg_temp, work_mem=4MB here, work_mem=4MB there"),
    ("alter function app.touch() owner to rich_admin", &["functions"], "function app.touch(), owner: rich_owner here, rich_admin there"),
    ("create or replace function app.touch() returns trigger language plpgsql as $$ begin return new; end $$", &["functions"], "function app.touch(), body"),
    ("create or replace function app.names(tenant uuid) returns table (first text, \"Last One\" text) begin atomic select 'a', 'b'; end", &["functions"], "function app.names(uuid), body"),
    ("create or replace function app.find_people(wanted text, most integer default 11) returns setof app.people language sql stable strict security definer leakproof parallel safe cost 50 rows 20 set search_path = app, pg_temp set work_mem = '4MB' as 'select * from app.people where first_name = wanted limit most'", &["functions"], "arguments: wanted text, most integer DEFAULT 10 here, wanted text, most integer DEFAULT 11 there"),
    ("drop aggregate app.joined(text); create aggregate app.joined(text) (sfunc = textcat, stype = text, initcond = 'x')", &["functions"], "aggregate app.joined(text), aggregate: initcond: empty here, x there"),
    ("comment on function app.find_people(text, integer) is null", &["functions"], "comment: what the search box calls here, nothing there"),
    // Types and sequences
    ("alter type app.mood rename value 'sad' to 'blue'", &["types", "table.app.people"], "enum app.mood, labels: sad, ok, calm, happy here, blue, ok, calm, happy there"),
    ("alter domain app.email drop constraint email_short", &["types"], "domain app.email, constraint email_short"),
    ("alter domain app.email drop not null", &["types"], "not null: true here, false there"),
    ("alter domain app.amount set default 1", &["types"], "default: 0 here, 1 there"),
    ("alter type app.address add attribute country text cascade", &["types", "table.app.typed"], "composite app.address, attribute country: nothing here, text there"),
    ("drop type app.float_range; create type app.float_range as range (subtype = float8)", &["types"], "range app.float_range, range"),
    ("alter type app.mood owner to rich_admin", &["types"], "enum app.mood, owner"),
    ("comment on type app.mood is null", &["types"], "enum app.mood, comment"),
    ("comment on column app.address.zip is null", &["types"], "attribute zip: comment"),
    ("comment on constraint email_short on domain app.email is null", &["types"], "constraint email_short: comment"),
    ("revoke usage on type app.mood from public", &["types"], "enum app.mood, grant to PUBLIC: ALL here, nothing there"),
    ("alter sequence app.ticket increment by 7", &["sequences"], "sequence app.ticket, increment: 5 here, 7 there"),
    ("alter sequence app.ticket no cycle", &["sequences"], "cycle: true here, false there"),
    ("alter sequence app.ticket owned by app.cache.key", &["sequences"], "sequence app.ticket, owned by"),
    // Grants
    ("grant select on app.cache to rich_app", &["table.app.cache"], "grant to rich_app: nothing here, SELECT there"),
    ("set role rich_app; revoke select on app.people from \"Rich Reader\"; reset role; grant select on app.people to \"Rich Reader\"", PEOPLE, "grant to \"Rich Reader\" granted by rich_app: SELECT here, nothing there"),
    ("revoke trigger on app.people from rich_worker", PEOPLE, "grant to rich_worker: ALL here, ALL but TRIGGER there"),
    ("revoke grant option for select on app.people from rich_app cascade", PEOPLE, "grant to rich_app with grant option: SELECT here, nothing there"),
    ("grant update (mood) on app.people to rich_app", PEOPLE, "column mood: grant to rich_app: nothing here, UPDATE there"),
    ("grant select on app.people to public", PEOPLE, "grant to PUBLIC: nothing here, SELECT there"),
    ("grant truncate on app.tenants to rich_owner", &["table.app.tenants"], "table app.tenants, grant to rich_owner"),
    ("revoke all on app.cache from postgres", &["table.app.cache"], "table app.cache, grant to postgres: nothing here, empty there"),
    ("revoke execute on function app.touch() from public", &["functions"], "function app.touch(), grant to PUBLIC: ALL here, nothing there"),
    ("grant execute on function app.find_people(text, integer) to public", &["functions"], "grant to PUBLIC: nothing here, ALL there"),
    ("grant create on schema app to rich_app", &["schemas"], "schema app, grant to rich_app: USAGE here, ALL there"),
    ("revoke connect on database rich from public", &["database"], "database, grant to PUBLIC: CONNECT, TEMPORARY here, TEMPORARY there"),
    ("grant update on sequence app.ticket to rich_app", &["sequences"], "grant to rich_app: USAGE here, UPDATE, USAGE there"),
    ("grant execute on function pg_catalog.pg_ls_dir(text) to rich_app", &["system_grants"], "pg_ls_dir"),
    ("revoke execute on function public.similarity(text, text) from public", &["system_grants"], "public.similarity"),
    ("grant update on pg_catalog.pg_class to rich_app", &["system_grants"], "pg_catalog.pg_class"),
    ("revoke select on information_schema.tables from public", &["system_grants"], "information_schema.tables"),
    ("alter default privileges for role rich_owner in schema app grant delete on tables to rich_app", &["default_privileges"], "new tables of rich_owner in schema app, grant to rich_app: INSERT, SELECT here, DELETE, INSERT, SELECT there"),
    ("alter default privileges for role rich_owner grant execute on functions to public", &["default_privileges"], "default privileges new functions of rich_owner"),
    // Roles, schemas, settings, extensions
    ("create role more", &["roles"], "role more: nothing here, present there"),
    ("alter role rich_app bypassrls", &["roles"], "role rich_app, bypass rls: false here, true there"),
    ("alter role rich_app superuser", &["roles"], "superuser: false here, true there"),
    ("alter role rich_app nologin", &["roles"], "login: true here, false there"),
    ("alter role rich_worker valid until '2041-01-01 00:00:00+00'", &["roles"], "valid until: 2040-01-01 00:00:00+00 here, 2041-01-01 00:00:00+00 there"),
    ("alter role rich_app connection limit -1", &["roles"], "connection limit: 20 here, nothing there"),
    ("comment on role rich_app is null", &["roles"], "role rich_app, comment"),
    ("grant rich_owner to rich_app", &["roles"], "membership of rich_app in rich_owner: nothing here, present there"),
    ("revoke rich_app from rich_worker", &["roles"], "membership of rich_worker in rich_app"),
    ("grant pg_read_all_data to rich_app", &["roles"], "membership of rich_app in pg_read_all_data"),
    ("revoke admin option for \"Rich Reader\" from rich_app", &["roles"], "admin: true here, false there"),
    ("alter role rich_app set statement_timeout = '6s'", &["settings"], "statement_timeout of role rich_app, value: 5s here, 6s there"),
    ("alter database rich set app.tenant = 'x'", &["settings"], "app.tenant of this database, value: empty here, x there"),
    ("alter role rich_worker in database rich reset work_mem", &["settings"], "work_mem of role rich_worker in this database"),
    ("create schema more", &["schemas"], "schema more"),
    ("alter schema app owner to rich_admin", &["schemas"], "schema app, owner: rich_owner here, rich_admin there"),
    ("comment on schema app is null", &["schemas"], "schema app, comment"),
    ("create extension ltree", &["extensions"], "extension ltree: nothing here"),
    ("alter extension pg_trgm set schema app", &["extensions", "table.app.people"], "extension pg_trgm, schema: public here, app there"),
    ("comment on database rich is null", &["database"], "database, comment"),
    ("alter database rich connection limit 5", &["database"], "connection limit: nothing here, 5 there"),
    // Others
    ("drop cast (integer as app.mood)", &["others"], "cast"),
    ("drop operator app.=== (app.mood, text)", &["others"], "operator"),
    ("drop operator class app.backwards using btree", &["others"], "operator class"),
    ("drop collation app.bytes", &["others"], "collation"),
    ("alter text search configuration app.plain drop mapping for email", &["others"], "text search configuration"),
    ("alter text search dictionary app.words (stopwords = danish)", &["others"], "text search dictionary"),
    ("alter event trigger watch disable", &["others"], "event trigger"),
    ("alter publication changes set (publish = 'insert')", &["others"], "publication"),
    ("alter publication changes drop table app.base", &["others"], "publication member"),
    ("alter subscription news set publication other with (refresh = false)", &["others"], "subscription"),
    ("alter server elsewhere options (set host 'x')", &["others"], "host=x"),
    ("drop user mapping for rich_app server elsewhere", &["others"], "user mapping"),
    ("revoke usage on foreign server elsewhere from rich_app", &["others"], "grant to rich_app: ALL here, nothing there"),
    ("alter event trigger watch owner to rich_super", &["others"], "event trigger watch, owner: nothing here, rich_super there"),
];

#[rustfmt::skip]
const NEWER: &[(u32, &str, &[&str], &str)] = &[
    (150_000, "grant set on parameter session_replication_role to rich_app", &["system_grants"], "session_replication_role"),
    (150_000, "alter view app.own_people set (security_invoker = true)", &["view.app.own_people"], "security_invoker=true"),
    (150_000, "alter publication changes add tables in schema \"Odd Names\"", &["others"], "schema \"Odd Names\""),
    (150_000, "alter publication changes set table app.tenants where (name <> ''), app.base (a)", &["others"], "where (name <> ''::text)"),
    (150_000, "create unique index more on app.people (mood) nulls not distinct", PEOPLE, "NULLS NOT DISTINCT"),
    (160_000, "grant rich_owner to rich_app with inherit false", &["roles"], "membership of rich_app in rich_owner"),
    (160_000, "grant rich_app to rich_worker with inherit false", &["roles"], "inherit: nothing here, false there"),
    (160_000, "grant rich_app to rich_worker with set false", &["roles"], "set: nothing here, false there"),
    (170_000, "revoke maintain on app.tenants from rich_worker", &["table.app.tenants"], "grant to rich_worker: ALL here, DELETE, INSERT, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE there"),
    (180_000, "alter table app.people add column twice integer generated always as (number * 2)", PEOPLE, "column twice: nothing here"),
    (180_000, "alter table app.base add constraint b_given not null b not valid", &["table.app.base", "table.app.derived"], "column b: not null unchecked: false here, true there"),
    (180_000, "alter table app.people alter constraint people_tenant_id_fkey not enforced", PEOPLE, "enforced: true here, false there"),
];

/// Statements that leave everything as it was.
pub(crate) const THAT_CHANGE_NOTHING: &[&str] = &[
    // An access list that spells out the default.
    "grant select on app.cache to rich_app; revoke select on app.cache from rich_app",
    "grant execute on function app.counted(bigint, text[]) to public",
    "grant usage on type app.mood to public",
    // A gap where a column was.
    "alter table app.cache add column gone integer; alter table app.cache drop column gone",
    // Other numbers.
    "drop table app.cache; create unlogged table app.cache (key text primary key, value jsonb)",
    // What stands in tables and how far sequences are.
    "select nextval('app.ticket'); insert into app.base values (1); analyze app.base",
    "refresh materialized view app.totals",
    "create temp table leftover (id integer); create temp view seen as select 1",
    // The way that lines end.
    "create or replace function app.from_windows() returns text language sql as E'select ''a''\\n;\\n'",
    "create or replace function app.on_ddl() returns event_trigger language plpgsql as $$ begin end $$",
    "create schema pgproof; create table pgproof.own (id integer)",
];
