//! What is carried over from one transaction to the next, and what is not.

use super::super::example::breaks_and_mends;

#[tokio::test]
async fn the_example_is_found_until_it_is_mended() {
    breaks_and_mends(&super::VECTOR, "app.my_titles()", "").await;
}
