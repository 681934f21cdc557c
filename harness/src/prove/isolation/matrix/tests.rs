//! What the matrix shows of the example, as it is and opened.

use crate::prove::isolation::vectors::example::matrix;
use crate::report::{Command, Reach, Reached, matrix_rows};

fn cells(matrix: &[Reach], role: &str, relation: &str) -> String {
    let rows = matrix_rows(matrix);
    let row = rows.iter().find(|row| (row.0, row.1) == (role, relation));
    row.map(|row| row.2.join(" ")).unwrap_or_default()
}

#[tokio::test]
async fn a_tenant_of_the_sound_example_reaches_its_own_rows_and_reads_shared_ones() {
    let matrix = matrix(&[], "").await;
    let shown = |relation| cells(&matrix, "app_user", relation);
    assert_eq!(shown("app.tasks"), "own own own own none", "{matrix:#?}");
    assert_eq!(shown("app.projects"), "own own own own none", "{matrix:#?}");
    assert_eq!(
        shown("app.countries"),
        "shared none none none none",
        "{matrix:#?}"
    );
}

#[tokio::test]
async fn without_row_level_security_a_tenant_reaches_all_rows_in_all_ways_that_are_granted() {
    let open =
        "ALTER TABLE app.tasks DISABLE ROW LEVEL SECURITY; GRANT TRUNCATE ON app.projects TO app_user;";
    let matrix = matrix(&[open], "").await;
    let shown = |relation| cells(&matrix, "app_user", relation);
    assert_eq!(shown("app.tasks"), "all all all all none", "{matrix:#?}");
    // Tasks point to projects: no foreign key may hide that the privilege is there.
    assert_eq!(shown("app.projects"), "own own own own all", "{matrix:#?}");
}

#[tokio::test]
async fn roles_that_are_no_tenant_have_rows_of_their_own() {
    let roles = "CREATE ROLE anon; GRANT USAGE ON SCHEMA app TO anon; GRANT SELECT ON app.countries, app.tasks TO anon; \
                 CREATE ROLE billing BYPASSRLS; GRANT USAGE ON SCHEMA app TO billing; \
                 GRANT SELECT (id, title), UPDATE (title) ON app.tasks TO billing;";
    let contract =
        "anonymous = \"anon\"\n[isolation.roles.billing]\nreads = [\"app.tasks\"]\nwrites = [\"app.tasks\"]";
    let matrix = matrix(&[roles], contract).await;
    assert_eq!(
        cells(&matrix, "anon", "app.tasks"),
        "none none none none none",
        "{matrix:#?}"
    );
    assert_eq!(
        cells(&matrix, "anon", "app.countries"),
        "shared none none none none",
        "{matrix:#?}"
    );
    assert_eq!(
        cells(&matrix, "billing", "app.tasks"),
        "all none all none none",
        "{matrix:#?}"
    );
}

#[tokio::test]
async fn columns_that_alone_are_granted_show_whose_rows_are_seen() {
    let grants = "REVOKE SELECT ON app.tasks FROM app_user; GRANT SELECT (title) ON app.tasks TO app_user;";
    let matrix = matrix(&[grants], "").await;
    assert_eq!(
        cells(&matrix, "app_user", "app.tasks"),
        "own own own own none",
        "{matrix:#?}"
    );
}

#[tokio::test]
async fn what_a_trigger_refuses_is_untried_and_says_why() {
    let guard = "CREATE FUNCTION app.no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'closed on sundays'; END $$; \
                 CREATE TRIGGER no BEFORE DELETE ON app.tasks FOR EACH ROW EXECUTE FUNCTION app.no();";
    let matrix = matrix(&[guard], "").await;
    let cell = matrix
        .iter()
        .find(|reach| reach.relation == "app.tasks" && reach.command == Command::Delete)
        .unwrap();
    assert_eq!(cell.reached, Reached::Untried);
    assert_eq!(cell.why.as_deref(), Some("closed on sundays"));
}

#[tokio::test]
async fn a_policy_that_checks_what_it_does_not_hide_still_shows_what_is_own() {
    let split = "DROP POLICY tenant ON app.tasks; \
                 CREATE POLICY tenant ON app.tasks TO app_user USING (true) WITH CHECK (tenant_id = app.tenant());";
    let matrix = matrix(&[split], "").await;
    assert_eq!(
        cells(&matrix, "app_user", "app.tasks"),
        "all own own all none",
        "{matrix:#?}"
    );
}

#[tokio::test]
async fn of_internal_tables_a_tenant_reaches_all_rows_or_none() {
    let notes = "CREATE TABLE app.notes (id bigint PRIMARY KEY, body text NOT NULL); GRANT SELECT ON app.notes TO app_user;";
    let matrix = matrix(&[notes], "internal = [\"app.notes\"]").await;
    assert_eq!(
        cells(&matrix, "app_user", "app.notes"),
        "all none none none none",
        "{matrix:#?}"
    );
}
