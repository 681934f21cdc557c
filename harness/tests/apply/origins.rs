//! Which line made an object and which last changed it, for every object of the catalog.

use std::collections::BTreeMap;

use pgproof::Database;
use rstest::rstest;

use super::Folder;

/// Of every address of the catalog: the file and line that made it and that last changed it.
fn origins(database: &Database) -> BTreeMap<String, String> {
    let applied = database.template().applied();
    let before = applied.baseline.addresses();
    let mut found = BTreeMap::new();
    for address in applied.catalog.addresses() {
        if before.contains(&address) {
            continue;
        }
        let text = applied
            .origins
            .of(&address)
            .map_or("nowhere".to_owned(), |origin| {
                let place = |at: &pgproof::claim::Location| {
                    format!("{}:{}", at.file.trim_start_matches("db/"), at.line)
                };
                if origin.made == origin.changed {
                    place(&origin.made)
                } else {
                    format!("{} {}", place(&origin.made), place(&origin.changed))
                }
            });
        found.insert(format!("{} {}", address.class, address.object), text);
    }
    found
}

/// Statements, one a line. Each line says after `--` which objects it makes (`+`) and changes (`~`).
const LINES: &str = "
CREATE SCHEMA s; -- +pg_namespace s
CREATE ROLE app; -- +pg_authid app
CREATE ROLE \"Odd Role\" LOGIN; -- +pg_authid Odd Role
CREATE TYPE s.mood AS ENUM ('ok'); -- +pg_type s.mood
CREATE DOMAIN s.d AS int CONSTRAINT positive CHECK (value > 0); -- +pg_type s.d +pg_constraint positive on s.d
CREATE TABLE s.a (id int CONSTRAINT a_pk PRIMARY KEY, x int CONSTRAINT x_ok CHECK (x > 0)); -- +pg_class s.a +pg_class s.a.id +pg_class s.a.x +pg_constraint a_pk on s.a +pg_constraint x_ok on s.a +pg_class a_pk on s.a
CREATE TABLE s.b (id int GENERATED ALWAYS AS IDENTITY, a int); -- +pg_class s.b +pg_class s.b.id +pg_class s.b.a +pg_class s.b_id_seq
ALTER TABLE s.b ADD COLUMN note text DEFAULT 'x'; -- +pg_class s.b.note ~pg_class s.b
ALTER TABLE s.b ADD CONSTRAINT b_a FOREIGN KEY (a) REFERENCES s.a; -- +pg_constraint b_a on s.b ~pg_class s.b
ALTER TABLE s.b ALTER COLUMN note SET NOT NULL; -- ~pg_class s.b.note ~pg_class s.b
ALTER TABLE s.b ALTER COLUMN a SET DEFAULT 1; -- ~pg_class s.b.a ~pg_class s.b
CREATE INDEX b_note ON s.b (note); -- +pg_class b_note on s.b
ALTER TABLE s.b ENABLE ROW LEVEL SECURITY; -- ~pg_class s.b
CREATE POLICY own ON s.b TO app USING (true); -- +pg_policy own on s.b
CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; -- +pg_proc s.f()
CREATE TRIGGER t BEFORE INSERT ON s.b FOR EACH ROW EXECUTE FUNCTION s.f(); -- +pg_trigger t on s.b
CREATE VIEW s.v AS SELECT id, note FROM s.b; -- +pg_class s.v +pg_class s.v.id +pg_class s.v.note
CREATE SEQUENCE s.q; -- +pg_class s.q
CREATE STATISTICS s.st ON id, note FROM s.b; -- +pg_statistic_ext s.st
CREATE RULE r AS ON DELETE TO s.a DO INSTEAD NOTHING; -- +pg_rewrite r on s.a
GRANT SELECT ON s.b TO app; -- ~pg_class s.b
GRANT UPDATE (note) ON s.b TO app; -- ~pg_class s.b.note
GRANT USAGE ON SCHEMA s TO app; -- ~pg_namespace s
COMMENT ON COLUMN s.a.x IS 'x'; -- ~pg_class s.a.x
COMMENT ON CONSTRAINT x_ok ON s.a IS 'ok'; -- ~pg_constraint x_ok on s.a
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO app; -- +pg_default_acl new tables of postgres in schema s
ALTER ROLE \"Odd Role\" NOLOGIN; -- ~pg_authid Odd Role
CREATE OR REPLACE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; -- ~pg_proc s.f()
ALTER POLICY own ON s.b USING (false); -- ~pg_policy own on s.b
ALTER TABLE s.b DISABLE TRIGGER t; -- ~pg_trigger t on s.b ~pg_class s.b
CREATE TABLE s.p (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); -- +pg_class s.p +pg_class s.p.id +pg_class s.p.at +pg_constraint p_pkey on s.p +pg_class p_pkey on s.p
CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01'); -- +pg_class s.p1 +pg_class s.p1.id +pg_class s.p1.at +pg_constraint p1_pkey on s.p1 +pg_class p1_pkey on s.p1
CREATE INDEX p_at ON s.p (at); -- +pg_class p_at on s.p +pg_class p1_at_idx on s.p1
ALTER TABLE s.p ADD COLUMN z int; -- +pg_class s.p.z +pg_class s.p1.z ~pg_class s.p
CREATE TRIGGER pt AFTER INSERT ON s.p FOR EACH ROW EXECUTE FUNCTION s.f(); -- +pg_trigger pt on s.p +pg_trigger pt on s.p1
CREATE TABLE s.gone (id int);
DROP TABLE s.gone;
CREATE TABLE s.gone (id int); -- +pg_class s.gone +pg_class s.gone.id
CREATE TABLE IF NOT EXISTS s.gone (id int);
CREATE TABLE s.\"Old | Name\" (id int); -- +pg_class s.moved +pg_class s.moved.id
ALTER TABLE s.\"Old | Name\" RENAME TO moved; -- ~pg_class s.moved
ALTER TABLE s.moved RENAME COLUMN id TO key; -- =pg_class s.moved.key:pg_class s.moved.id
DO $$ BEGIN EXECUTE 'CREATE TABLE s.dynamic_' || 1 || ' (id int)'; EXECUTE 'CREATE TABLE s.dynamic_2 (id int)'; END $$; -- +pg_class s.dynamic_1 +pg_class s.dynamic_1.id +pg_class s.dynamic_2 +pg_class s.dynamic_2.id
CREATE MATERIALIZED VIEW s.m AS SELECT 1 AS one; -- +pg_class s.m +pg_class s.m.one
REFRESH MATERIALIZED VIEW s.m;
";

/// What the notes of the lines say.
fn expected(file: &str, text: &str) -> BTreeMap<String, String> {
    let mut made: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        let Some((_, notes)) = line.split_once(" -- ") else {
            continue;
        };
        for note in notes
            .split(" +")
            .flat_map(|part| part.split(" ~").map(str::to_owned).collect::<Vec<_>>())
        {
            let name = note.trim_start_matches(['+', '~']).to_owned();
            if let Some(renamed) = name.strip_prefix('=') {
                let (to, from) = renamed.split_once(':').unwrap();
                let (first, _) = made.remove(from).unwrap();
                made.insert(to.to_owned(), (first, number));
            } else {
                made.entry(name)
                    .and_modify(|known| known.1 = number)
                    .or_insert((number, number));
            }
        }
    }
    made.into_iter()
        .map(|(name, (first, last))| {
            let at = format!("{file}:{first}");
            (
                name,
                if first == last {
                    at
                } else {
                    format!("{at} {file}:{last}")
                },
            )
        })
        .collect()
}

fn assert_same(found: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) {
    let mut wrong = Vec::new();
    for name in found.keys().chain(wanted.keys()) {
        if found.get(name) != wanted.get(name) {
            wrong.push(format!(
                "{name}: found {:?}, wanted {:?}",
                found.get(name),
                wanted.get(name)
            ));
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[rstest]
#[case::in_a_transaction("")]
#[case::by_itself("VACUUM;")]
#[case::with_its_settings_reset_in_between("RESET ALL;")]
#[case::as_a_replica("SET session_replication_role = replica;")]
#[tokio::test]
async fn every_object_has_the_line_that_made_it_and_that_last_changed_it(#[case] first: &str) {
    let mut text = LINES.replacen('\n', &format!("{first}\n"), 1);
    if first == "RESET ALL;" {
        text = text.replace("REFRESH", "RESET ALL; REFRESH").replacen(
            "\nCREATE INDEX",
            "\nRESET ALL; CREATE INDEX",
            1,
        );
    }
    let folder = Folder::plain("", &[("001_all.sql", &text)]);
    let database = folder.database().await;
    assert_same(&origins(&database), &expected("001_all.sql", &text));
}

#[tokio::test]
async fn a_file_that_is_sent_whole_has_lines_too() {
    let text = LINES.replacen('\n', "-- no-transaction\n", 1);
    let folder = Folder::sqlx("", &[("1_all.sql", &text)]);
    let mut found = origins(&folder.database().await);
    found.retain(|name, _| !name.contains("_sqlx_migrations"));
    assert_same(&found, &expected("1_all.sql", &text));
}

#[tokio::test]
async fn each_statement_may_have_a_file_of_its_own() {
    let folder = Folder::plain("", &[]);
    let mut wanted = BTreeMap::new();
    let lines: Vec<&str> = LINES.lines().filter(|line| !line.is_empty()).collect();
    for (number, line) in lines.iter().enumerate() {
        folder.write(&format!("db/{number:03}_x.sql"), &format!("\n{line}"));
    }
    for (name, place) in expected("x", LINES) {
        // Line 2 of LINES is the first file.
        let file = |at: &str| {
            format!(
                "{:03}_x.sql:2",
                at.trim_start_matches("x:").parse::<usize>().unwrap() - 2
            )
        };
        wanted.insert(name, place.split(' ').map(file).collect::<Vec<_>>().join(" "));
    }
    assert_same(&origins(&folder.database().await), &wanted);
}

#[tokio::test]
async fn what_was_rolled_back_made_nothing() {
    let text = "CREATE TABLE a (id int);\nBEGIN;\nALTER TABLE a ADD COLUMN x int;\nCREATE TABLE b ();\nROLLBACK;\n\
                BEGIN;\nSAVEPOINT s;\nCREATE TABLE c ();\nROLLBACK TO s;\nCREATE TABLE  c ();\nCOMMIT;\n";
    let folder = Folder::plain("", &[("001_a.sql", text)]);
    let found = origins(&folder.database().await);
    let found: Vec<_> = found
        .iter()
        .map(|(name, place)| format!("{name} {place}"))
        .collect();
    assert_eq!(
        found,
        [
            "pg_class public.a 001_a.sql:1",
            "pg_class public.a.id 001_a.sql:1",
            "pg_class public.c 001_a.sql:10"
        ]
    );
}
