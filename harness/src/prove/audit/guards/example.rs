//! The test of every guard: its example is found, and found no more once it is mended.

use super::Guard;
use crate::prove::audit::vectors::example::claims;
use crate::prove::example::accused;

/// Breaks the vectors' sound example, sees the finding on the object, mends it and sees none.
pub(super) async fn breaks_and_mends(guard: &Guard, object: &str, contract: &str) {
    let broken = claims(&[guard.bad], contract).await;
    let found = accused(&broken);
    assert!(
        found.iter().any(|claim| {
            claim.rule == guard.rule && claim.subject.starts_with(guard.name) && claim.object == object
        }),
        "{} is not found on {object}: {found:#?}",
        guard.name
    );
    assert!(
        found
            .iter()
            .all(|claim| claim.rule == guard.rule || claim.follows_from.is_some()),
        "something else is accused: {found:#?}"
    );
    let mended = claims(&[guard.bad, guard.good], contract).await;
    assert!(
        accused(&mended).is_empty(),
        "still accused: {:#?}",
        accused(&mended)
    );
}
