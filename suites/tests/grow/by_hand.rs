//! A table that was made by hand before the migration: the migration stops at it and touches nothing, its verification says
//! that it is there and how it differs, and so does the catalog, line by line.

use camino::Utf8Path;
use pgproof::migrate::Script;
use pgproof::{Database, Error, Project};
use rstest::rstest;

use crate::fixtures::{before, count, project};

async fn made_by_hand() -> Database {
    let database = before().await;
    let script = Script::read(Utf8Path::new("fixtures"), Utf8Path::new("grow/made_by_hand.sql")).unwrap();
    database.run(&script).await.unwrap();
    database
}

/// What the server said, without the place in the file.
fn message(error: &Error) -> String {
    let text = error.to_string();
    let said = text.split(" (SQLSTATE").next().unwrap();
    said.trim_start_matches("error: ").to_owned()
}

#[rstest]
#[tokio::test]
async fn the_migration_stops_at_it_and_leaves_it_as_it_is(project: Project) {
    let database = made_by_hand().await;
    let there = database.catalog().await.unwrap();
    let error = database.run(&project.migrations()[0].up).await.unwrap_err();
    let message = message(&error);
    assert!(
        message.contains(r#"relation "security_audit_logs" already exists"#),
        "{message}"
    );
    assert_eq!(database.catalog().await.unwrap().differences(&there), []);
    assert_eq!(count(&database).await, 1);
}

#[rstest]
#[tokio::test]
async fn the_verification_says_that_it_is_there_and_how_it_differs(project: Project) {
    let database = made_by_hand().await;
    let verification = project.migrations()[0].verification.as_ref().unwrap();
    let message = message(&database.run(verification).await.unwrap_err());
    let [lacking, instead] = ["it lacks: ", "it has instead: "].map(|part| message.find(part).unwrap());
    insta::assert_snapshot!(message[..lacking].trim_end(), @r#"the table "security_audit_logs" is there, but differs;"#);
    insta::assert_snapshot!(message[lacking..instead].replace("; ", "\n"), @r"
    it lacks: CHECK ((severity = ANY (ARRAY['INFO'::text, 'WARNING'::text, 'ERROR'::text, 'CRITICAL'::text])))
    CREATE INDEX idx_security_audit_logs_attempted ON public.security_audit_logs USING btree (attempted_restaurant_id, created_at DESC)
    CREATE INDEX idx_security_audit_logs_created_at ON public.security_audit_logs USING btree (created_at DESC)
    CREATE INDEX idx_security_audit_logs_event_type ON public.security_audit_logs USING btree (event_type, created_at DESC)
    CREATE INDEX idx_security_audit_logs_severe ON public.security_audit_logs USING btree (created_at DESC) WHERE (severity = ANY (ARRAY['ERROR'::text, 'CRITICAL'::text]))
    CREATE INDEX idx_security_audit_logs_user_id ON public.security_audit_logs USING btree (user_id, created_at DESC)
    column session_id text
    column severity text not null default 'WARNING'::text
    column user_agent text
    column user_id uuid
    policy security_audit_service_only for all to {service_role} (auth.role() = 'service_role'::text)
    row level security
    ");
    insta::assert_snapshot!(message[instead..].replace("; ", "\n"), @r"
    it has instead: CHECK ((severity = ANY (ARRAY['INFO'::text, 'WARNING'::text, 'ERROR'::text])))
    CREATE INDEX idx_security_audit_logs_created_at ON public.security_audit_logs USING btree (created_at)
    REFERENCES for anon
    REFERENCES for authenticated
    REFERENCES for service_role
    TRIGGER for anon
    TRIGGER for authenticated
    TRIGGER for service_role
    TRUNCATE for anon
    TRUNCATE for authenticated
    TRUNCATE for service_role
    column details jsonb
    column severity text not null
    column user_id text
    policy security_audit_service_only for all to {public} (auth.role() = 'service_role'::text) with check nothing
    ");
}

#[rstest]
#[tokio::test]
async fn the_verification_says_so_where_there_is_no_table_at_all(project: Project) {
    let database = before().await;
    let verification = project.migrations()[0].verification.as_ref().unwrap();
    let message = message(&database.run(verification).await.unwrap_err());
    assert!(
        message.contains(r#"there is no table "security_audit_logs""#),
        "{message}"
    );
}

/// Each of these alone is enough.
#[rstest]
#[case::a_column_that_is_optional("ALTER TABLE security_audit_logs ALTER event_type DROP NOT NULL")]
#[case::a_constraint_that_is_missing(
    "ALTER TABLE security_audit_logs DROP CONSTRAINT security_audit_logs_severity_check"
)]
#[case::an_index_that_is_missing("DROP INDEX idx_security_audit_logs_severe")]
#[case::an_index_of_another_order(
    "DROP INDEX idx_security_audit_logs_created_at; \
     CREATE INDEX idx_security_audit_logs_created_at ON security_audit_logs (created_at)"
)]
#[case::row_level_security_that_is_off("ALTER TABLE security_audit_logs DISABLE ROW LEVEL SECURITY")]
#[case::a_policy_that_lets_everybody_in(
    "ALTER POLICY security_audit_service_only ON security_audit_logs USING (true) WITH CHECK (true)"
)]
#[case::a_policy_for_more_roles(
    "ALTER POLICY security_audit_service_only ON security_audit_logs TO authenticated"
)]
#[case::a_second_policy("CREATE POLICY also ON security_audit_logs FOR SELECT TO anon USING (true)")]
#[case::a_privilege_that_no_policy_limits("GRANT TRUNCATE ON security_audit_logs TO anon")]
#[tokio::test]
async fn the_verification_sees_each_single_difference(project: Project, #[case] change: &'static str) {
    let database = project.database().await.unwrap();
    let verification = project.migrations()[0].verification.as_ref().unwrap();
    database.run(verification).await.unwrap();
    sqlx::raw_sql(change)
        .execute(&mut database.connect().await.unwrap())
        .await
        .unwrap();
    let message = message(&database.run(verification).await.unwrap_err());
    assert!(message.contains("is there, but differs"), "{message}");
}

#[rstest]
#[tokio::test]
async fn the_catalog_names_each_difference_and_no_other(project: Project) {
    let live = made_by_hand().await.catalog().await.unwrap();
    let files = project.database().await.unwrap().catalog().await.unwrap();
    let differences = live.differences(&files);
    let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    table public.security_audit_logs, column attempted_restaurant_id: comment: nothing here, The restaurant whose data was asked for there
    table public.security_audit_logs, column authenticated_restaurant_id: comment: nothing here, The restaurant that the user works for there
    table public.security_audit_logs, column created_at: comment: nothing here, When it was tried there
    table public.security_audit_logs, column details: jsonb here, nothing there
    table public.security_audit_logs, column event_type: comment: nothing here, What was tried: cross_restaurant_access and the like there
    table public.security_audit_logs, column id: comment: nothing here, Made by the application, so that an entry that it has to write twice is known there
    table public.security_audit_logs, column ip_address: comment: nothing here, Where the request came from there
    table public.security_audit_logs, column session_id: nothing here, text there
    table public.security_audit_logs, column severity: comment: nothing here, INFO, WARNING, ERROR or CRITICAL there
    table public.security_audit_logs, column severity: default: nothing here, 'WARNING'::text there
    table public.security_audit_logs, column user_agent: nothing here, text there
    table public.security_audit_logs, column user_id: comment: nothing here, Who tried; NULL where nobody was logged in there
    table public.security_audit_logs, column user_id: type: text here, uuid there
    table public.security_audit_logs, comment: nothing here, Attempts to reach what is another restaurant's; written and read by the service alone there
    table public.security_audit_logs, constraint security_audit_logs_severity_check: definition: CHECK ((severity = ANY (ARRAY['INFO'::text, 'WARNING'::text, 'ERROR'::text]))) here, CHECK ((severity = ANY (ARRAY['INFO'::text, 'WARNING'::text, 'ERROR'::text, 'CRITICAL'::text]))) there
    table public.security_audit_logs, grant to anon: ALL here, DELETE, INSERT, SELECT, UPDATE there
    table public.security_audit_logs, grant to authenticated: ALL here, DELETE, INSERT, SELECT, UPDATE there
    table public.security_audit_logs, grant to service_role: ALL here, DELETE, INSERT, SELECT, UPDATE there
    table public.security_audit_logs, index idx_security_audit_logs_attempted: nothing here, CREATE INDEX idx_security_audit_logs_attempted ON public.security_audit_logs USING btree (attempted_restaurant_id, created_at DESC) there
    table public.security_audit_logs, index idx_security_audit_logs_created_at: definition: CREATE INDEX idx_security_audit_logs_created_at ON public.security_audit_logs USING btree (created_at) here, CREATE INDEX idx_security_audit_logs_created_at ON public.security_audit_logs USING btree (created_at DESC) there
    table public.security_audit_logs, index idx_security_audit_logs_event_type: nothing here, CREATE INDEX idx_security_audit_logs_event_type ON public.security_audit_logs USING btree (event_type, created_at DESC) there
    table public.security_audit_logs, index idx_security_audit_logs_severe: nothing here, CREATE INDEX idx_security_audit_logs_severe ON public.security_audit_logs USING btree (created_at DESC) WHERE (severity = ANY (ARRAY['ERROR'::text, 'CRITICAL'::text])) there
    table public.security_audit_logs, index idx_security_audit_logs_user_id: nothing here, CREATE INDEX idx_security_audit_logs_user_id ON public.security_audit_logs USING btree (user_id, created_at DESC) there
    table public.security_audit_logs, policy security_audit_service_only: roles: nothing here, service_role there
    table public.security_audit_logs, policy security_audit_service_only: with check: nothing here, (auth.role() = 'service_role'::text) there
    table public.security_audit_logs, row security: false here, true there
    ");
}
