//! What is read out of functions that remove what is old, clear it, move it, or forget somebody.

use crate::contract::Contract;
use crate::discover::tests::told;

const TABLES: &str = "
    CREATE SCHEMA archive;
    CREATE TABLE moves (id bigint PRIMARY KEY, made_at timestamptz NOT NULL, held boolean NOT NULL DEFAULT false,
        shop integer NOT NULL, state text);
    CREATE TABLE archive.moves (id bigint PRIMARY KEY, made_at timestamptz, held boolean, shop integer, state text);
    CREATE TABLE notes (id bigint PRIMARY KEY, move_id bigint REFERENCES moves ON DELETE CASCADE, at timestamptz NOT NULL);
    CREATE TABLE guests (id bigint PRIMARY KEY, full_name text, email text, address_1 text, left_at timestamp
        DEFAULT (now() AT TIME ZONE 'UTC'));
    COMMENT ON COLUMN guests.left_at IS 'NULL: still in the house';
    CREATE TABLE rules (table_name text PRIMARY KEY, age_column text NOT NULL, keep_days integer NOT NULL,
        action text NOT NULL DEFAULT 'PURGE', enabled boolean NOT NULL DEFAULT true);
";

/// The text that one function makes, whose arguments and body these are.
async fn read(head: &str, body: &str) -> String {
    let function = format!("{TABLES} CREATE FUNCTION {head} LANGUAGE plpgsql AS $$ BEGIN {body} END $$;");
    let found = told(&[&function]).await;
    Contract::parse(&found[0].toml, "pgproof.toml").unwrap();
    let from = found[0].toml.find("[[").unwrap_or(found[0].toml.len());
    found[0].toml[from..].to_owned()
}

async fn says(head: &str, body: &str, lines: &[&str]) {
    let text = read(head, body).await;
    for line in lines {
        assert!(
            text.lines().any(|found| found == *line),
            "{line} is not in\n{text}"
        );
    }
}

#[tokio::test]
async fn the_age_is_what_is_compared_with_some_time_ago_however_it_is_written() {
    for (head, condition, run, keep) in [
        (
            "f(p_days integer) RETURNS void",
            "now() - made_at >= make_interval(days => p_days)",
            "f(30)",
            "30 days",
        ),
        (
            "f(p_hours integer) RETURNS void",
            "made_at < now() - p_hours * interval '1 hour'",
            "f(48)",
            "48 hours",
        ),
        (
            "f(p_seconds bigint) RETURNS void",
            "extract(epoch FROM now() - made_at) > p_seconds",
            "f(172800)",
            "172800 seconds",
        ),
        (
            "f(p_cutoff timestamptz) RETURNS void",
            "made_at < p_cutoff",
            "f(now() - interval '30 days')",
            "30 days",
        ),
        (
            "f() RETURNS void",
            "age(now(), made_at) > interval '365 days'",
            "f()",
            "365 days",
        ),
        (
            "f() RETURNS void",
            "made_at < now() - make_interval(days => 90)",
            "f()",
            "90 days",
        ),
    ] {
        let run = format!("run = \"select public.{run}\"");
        let keep = format!("keep = \"{keep}\"");
        let body = format!("DELETE FROM public.moves WHERE {condition};");
        says(head, &body, &[&run, "age = \"made_at\"", &keep]).await;
    }
}

#[tokio::test]
async fn batches_and_loops_are_followed_to_the_query_that_chooses_the_rows() {
    let batch = "DELETE FROM moves WHERE NOT held AND id IN (SELECT m.id FROM moves m WHERE m.made_at < now() - interval '9 days' LIMIT p_batch);";
    says(
        "f(p_batch integer) RETURNS void",
        batch,
        &[
            "run = \"select public.f(100)\"",
            "keep = \"9 days\"",
            "hold = \"held\"",
        ],
    )
    .await;
    let query = "WITH batch AS (SELECT id FROM moves WHERE made_at < now() - interval '9 days') DELETE FROM moves m USING batch WHERE m.id = batch.id;";
    says("f() RETURNS void", query, &["keep = \"9 days\""]).await;
}

#[tokio::test]
async fn what_else_is_asked_of_a_row_holds_it_or_names_its_tenant() {
    let body = "DELETE FROM moves m WHERE m.made_at < now() - interval '9 days' AND m.state <> 'open' AND m.shop = p_shop
        AND NOT EXISTS (SELECT FROM notes n WHERE n.move_id = m.id AND n.at >= now() - interval '9 days');";
    let lines = [
        "run = \"select public.f($1)\"",
        "hold = '\"moves\".state = ''open'''",
        "tenant = \"shop\"",
        "keep_while_younger = ['public.notes.\"at\"']",
    ];
    let text = read("f(p_shop integer) RETURNS void", body).await;
    for line in [lines[0], lines[2], lines[3]] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in\n{text}"
        );
    }
    assert!(text.contains("state = 'open'"), "{text}");
}

#[tokio::test]
async fn what_is_done_beside_that_is_not_taken_for_retention() {
    for body in [
        "DELETE FROM moves WHERE made_at < now() - interval '9 days'; DELETE FROM guests;",
        "DELETE FROM moves WHERE made_at < now() - interval '9 days' OR held AND made_at < now() - interval '2 days';",
        "DELETE FROM moves WHERE made_at < now() - interval '9 days' AND shop = (SELECT max(shop) FROM moves);",
        "UPDATE moves SET state = 'old' WHERE made_at < now() - interval '9 days';",
    ] {
        assert!(
            !read("purge() RETURNS void", body)
                .await
                .starts_with("[[retention]]\n# likely"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn rows_are_cleared_with_what_was_forgotten_or_moved() {
    let clear = "UPDATE guests SET full_name = NULL, email = NULL WHERE left_at < now() - interval '9 days' AND full_name IS NOT NULL;";
    let lines = [
        "action = \"anonymise\"",
        "anonymise = [\"full_name\", \"email\", \"address_1\"]",
        "zone = \"UTC\"",
        "null_age = \"keep\"",
    ];
    says("f() RETURNS void", clear, &lines).await;
    let moved = "WITH gone AS (DELETE FROM moves WHERE made_at < now() - interval '9 days' RETURNING *) INSERT INTO archive.moves SELECT * FROM gone;";
    says(
        "f() RETURNS void",
        moved,
        &["action = \"archive\"", "archive_to = \"archive.moves\""],
    )
    .await;
}

#[tokio::test]
async fn a_table_of_rules_is_known_by_its_columns_and_by_who_reads_it() {
    let body = "FOR r IN SELECT * FROM rules WHERE enabled LOOP IF r.action = 'PURGE' THEN
        EXECUTE format('DELETE FROM public.%I WHERE %I < now() - make_interval(days => $1)', r.table_name, r.age_column) USING r.keep_days;
        END IF; END LOOP;";
    let head = "f() RETURNS void";
    let function = format!(
        "{TABLES} CREATE FUNCTION {head} LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN {body} END $$;"
    );
    let found = told(&[&function]).await;
    let policies = "policies = { table = \"public.rules\", columns = { table = \"table_name\", age = \"age_column\", \
                    keep_days = \"keep_days\", action = \"action\", enabled = \"enabled\" }, actions = { \"PURGE\" = \"delete\" } }";
    assert!(found[0].toml.contains(policies), "{}", found[0].toml);
    assert!(
        found[0]
            .toml
            .contains("[retention.tables.\"public.moves\"]\nage = \"made_at\""),
        "{}",
        found[0].toml
    );
    Contract::parse(&found[0].toml, "pgproof.toml").unwrap();
}

#[tokio::test]
async fn a_comment_or_a_name_says_how_long_rows_are_kept() {
    let purge = "CREATE FUNCTION purge_moves() RETURNS void LANGUAGE sql AS $$
        DELETE FROM public.moves WHERE made_at < now() - interval '30 days' $$;";
    let comment = "COMMENT ON FUNCTION purge_moves() IS 'removes moves older than 90 days';";
    let named = purge.replace("purge_moves", "purge_moves_90d");
    let months = comment.replace("90 days", "3 months");
    let found = told(&[
        &[TABLES, purge, comment].concat(),
        &[TABLES, &named].concat(),
        &[TABLES, purge, &months].concat(),
    ])
    .await;
    for (discovered, keep) in found.iter().zip(["90 days", "90 days", "30 days"]) {
        assert!(
            discovered.toml.contains(&format!("keep = \"{keep}\"")),
            "{}",
            discovered.toml
        );
    }
}

#[tokio::test]
async fn whoever_clears_a_person_by_the_key_forgets_it_whatever_the_name() {
    let mask = "CREATE FUNCTION mask(p bigint) RETURNS void LANGUAGE sql AS $$ UPDATE public.guests SET full_name = '' WHERE id = p $$;";
    let rename = "CREATE FUNCTION rename(p bigint, n text) RETURNS void LANGUAGE sql AS $$ UPDATE public.guests SET full_name = n WHERE id = p $$;";
    let found = told(&[&[TABLES, mask].concat(), &[TABLES, rename].concat()]).await;
    let subject = "subject = { table = \"public.guests\", key = \"id\", pii = [\"full_name\", \"email\", \"address_1\"] }";
    assert!(found[0].toml.contains(subject), "{}", found[0].toml);
    assert!(!found[1].toml.contains("[[erasure]]"), "{}", found[1].toml);
}
