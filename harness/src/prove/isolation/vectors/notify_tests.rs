//! What notifications may tell.

use super::super::example::{breaks_and_mends, claims};
use crate::claim::Verdict;

#[tokio::test]
async fn the_example_is_found_until_it_is_mended() {
    breaks_and_mends(&super::VECTOR, "app.tell()", "").await;
}

#[tokio::test]
async fn a_payload_that_only_names_the_row_is_proven_to_tell_nothing() {
    let claims = claims(&[super::VECTOR.bad, super::VECTOR.good], "").await;
    assert!(
        claims
            .iter()
            .any(|claim| claim.object == "app.tell()" && claim.verdict == Verdict::Proven)
    );
}
