//! A live database that was mended by hand, against one made from the files: each difference is named.

use camino::Utf8Path;
use pgproof::Project;
use pgproof::migrate::Script;
use rstest::rstest;

use crate::fixtures::{project, without};

const LATER: [&str; 4] = ["006", "007", "008", "009"];

/// The catalog's part of the eight differences that `fixtures/aim/mended_by_hand.sql` lists.
#[rstest]
#[tokio::test]
async fn each_difference_of_a_database_mended_by_hand_is_named_and_no_other(project: Project) {
    let live = without(&LATER).await;
    let script = Script::read(Utf8Path::new("fixtures"), Utf8Path::new("aim/mended_by_hand.sql")).unwrap();
    live.run(&script).await.unwrap();

    let files = project.database().await.unwrap();
    let (live, files) = (live.catalog().await.unwrap(), files.catalog().await.unwrap());
    let differences = live.differences(&files);
    let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    table public.sdk_tokens, comment: nothing here, Refresh tokens handed out with an SDK download; only hashes, never the token itself there
    table public.sdk_tokens, constraint sdk_tokens_organization_id_fkey: definition: FOREIGN KEY (organization_id) REFERENCES public.organizations(id) here, FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE there
    table public.sdk_tokens, constraint sdk_tokens_organization_id_fkey: references: on delete: no action here, cascade there
    table public.sdk_tokens, constraint sdk_tokens_user_id_fkey: definition: FOREIGN KEY (user_id) REFERENCES public.users(id) here, FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE there
    table public.sdk_tokens, constraint sdk_tokens_user_id_fkey: references: on delete: no action here, cascade there
    table public.security_policies, column priority: default: 100 here, 0 there
    table public.security_policies, comment: nothing here, What an organization watches for and what follows; highest priority first there
    table public.system_config, comment: nothing here, Settings of the whole installation, one row a key; written by the bootstrap program there
    table public.system_config, constraint system_config_key_key: nothing here, UNIQUE (key) there
    table public.system_config, constraint uq_system_config_key: UNIQUE (key) here, nothing there
    table public.system_config, index system_config_key_key: nothing here, CREATE UNIQUE INDEX system_config_key_key ON public.system_config USING btree (key) there
    table public.system_config, index uq_system_config_key: CREATE UNIQUE INDEX uq_system_config_key ON public.system_config USING btree (key) here, nothing there
    table public.users, column password_hash: type: character varying(255) here, text there
    table public.users, index idx_users_email_verified: nothing here, CREATE INDEX idx_users_email_verified ON public.users USING btree (email_verified) there
    ");
}

/// The eighth difference is one of data: by its schema nobody would see it.
#[rstest]
#[tokio::test]
async fn the_migrations_that_a_database_mended_by_hand_has_not_noted_are_named(project: Project) {
    let live = without(&LATER).await;
    let script = Script::read(Utf8Path::new("fixtures"), Utf8Path::new("aim/mended_by_hand.sql")).unwrap();
    live.run(&script).await.unwrap();
    let files = project.database().await.unwrap();

    let noted = project
        .ledger_entries(&mut live.connect().await.unwrap())
        .await
        .unwrap();
    let wanted = project
        .ledger_entries(&mut files.connect().await.unwrap())
        .await
        .unwrap();
    let lacking: Vec<&String> = wanted.iter().filter(|entry| !noted.contains(entry)).collect();
    assert_eq!(
        lacking,
        [
            "006_add_password_hash_column.sql",
            "007_create_system_config_table.sql",
            "008_create_sdk_tokens_table.sql",
            "009_create_security_policies_table.sql",
        ]
    );
    assert!(
        noted.iter().all(|entry| wanted.contains(entry)),
        "none that the files do not have"
    );
}

#[rstest]
#[tokio::test]
async fn two_databases_from_the_same_files_do_not_differ(project: Project) {
    let (one, another) = (
        project.database().await.unwrap(),
        project.database().await.unwrap(),
    );
    let (one, another) = (one.catalog().await.unwrap(), another.catalog().await.unwrap());
    assert_eq!(one.differences(&another), []);
}

/// What the operator's script was for: every page works, so the application does not show that anything is wrong.
#[tokio::test]
async fn a_database_mended_by_hand_works_for_the_bootstrap_all_the_same() {
    let live = without(&LATER).await;
    let script = Script::read(Utf8Path::new("fixtures"), Utf8Path::new("aim/mended_by_hand.sql")).unwrap();
    live.run(&script).await.unwrap();
    let url = crate::fixtures::application_url(&live);
    crate::fixtures::Bootstrap::of(&url).run().await.well();
}
