//! Which unique keys tell of another tenant, and which do not.

use super::super::example::breaks_and_mends;

#[tokio::test]
async fn the_example_is_found_until_it_is_mended() {
    breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
}
