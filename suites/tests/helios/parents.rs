//! A row of one user never hangs on another's: the keys take the user along, and where a row bears no user its policy
//! looks at the parent. The refusal is the same whether the parent is another's or is not there, so nobody learns which.

use pgproof::Database;
use rstest::rstest;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::fixtures::{ANNA, BERTA, database, row_of, working_for};

/// The SQLSTATE and the message of the refusal; nothing where the statement goes through.
async fn refusal(session: &mut PgConnection, statement: &str, parent: Uuid) -> Option<(String, String)> {
    let mut anna = working_for(session, ANNA).await;
    let outcome = sqlx::query(AssertSqlSafe(statement.to_owned()))
        .bind(parent)
        .execute(&mut *anna)
        .await;
    match outcome {
        Ok(_) => None,
        Err(sqlx::Error::Database(error)) => Some((
            error.code().unwrap_or_default().into_owned(),
            error.message().to_owned(),
        )),
        Err(error) => panic!("{error}"),
    }
}

/// The number is the parent's table in `two_users.sql`.
#[rstest]
#[case::a_message_in_a_session(
    3,
    "INSERT INTO chat_messages (user_id, session_id, role, content) VALUES (get_current_user_id(), $1, 'user', 'x')",
    "23503"
)]
#[case::a_message_that_moves(3, "UPDATE chat_messages SET session_id = $1", "23503")]
#[case::context_of_a_session(
    3,
    "INSERT INTO simple_chat_context (session_id, context_key) VALUES ($1, 'new')",
    "42501"
)]
#[case::context_that_moves(3, "UPDATE simple_chat_context SET session_id = $1", "42501")]
#[case::a_decision_in_a_session(
    3,
    "INSERT INTO router_decision_log (session_id, model, confidence) VALUES ($1, 'small', 1)",
    "42501"
)]
#[case::a_task_of_a_session(
    3,
    "INSERT INTO tasks (user_id, session_id, title) VALUES (get_current_user_id(), $1, 'x')",
    "23503"
)]
#[case::a_task_below_a_task(
    10,
    "INSERT INTO tasks (user_id, parent_id, title) VALUES (get_current_user_id(), $1, 'x')",
    "23503"
)]
#[case::a_state_in_a_session(
    3,
    "INSERT INTO agent_context_states (user_id, session_id, agent_name) VALUES (get_current_user_id(), $1, 'x')",
    "23503"
)]
#[case::an_event_of_a_task(
    10,
    "INSERT INTO blackboard_events (user_id, task_id, topic, published_by) VALUES (get_current_user_id(), $1, 'x', 'x')",
    "23503"
)]
#[case::a_point_of_a_document(
    7,
    "INSERT INTO unified_memory_vectors (user_id, document_id, collection, point_id, content, embedding_model, dimensions) \
     VALUES (get_current_user_id(), $1, 'x', gen_random_uuid(), 'x', 'x', 1)",
    "23503"
)]
#[case::a_node_below_a_node(
    9,
    "INSERT INTO consensus_memory_nodes (user_id, parent_id, node_key) VALUES (get_current_user_id(), $1, 'x')",
    "23503"
)]
#[tokio::test]
async fn what_hangs_on_an_own_parent_can_t_hang_on_another_s(
    #[future(awt)] database: Database,
    #[case] number: u8,
    #[case] statement: &str,
    #[case] sqlstate: &str,
) {
    let mut session = database.connect().await.unwrap();
    assert_eq!(refusal(&mut session, statement, row_of(ANNA, number)).await, None);
    let theirs = refusal(&mut session, statement, row_of(BERTA, number)).await;
    assert_eq!(theirs.as_ref().map(|(code, _)| code.as_str()), Some(sqlstate));
    let nobodys = refusal(&mut session, statement, Uuid::from_u128(0)).await;
    assert_eq!(theirs, nobodys, "who is refused must not learn what is there");
}
