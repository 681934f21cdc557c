//! Whether snapshots may be written: `INSTA_UPDATE` and `CI`, understood as insta understands them.

use std::env;

use super::SnapshotError;

/// What may be written when a text differs from its accepted snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// Nothing: no file is touched.
    No,
    /// Pending files.
    New,
    /// The accepted file of a text that had none; for other differences a pending file.
    Unseen,
    /// The accepted files themselves, without a review.
    Always,
}

impl Update {
    /// What `INSTA_UPDATE` says. Unset, empty or `auto`: [`Update::No`] where `CI` (or Azure's `TF_BUILD`) tells of a
    /// CI, else [`Update::New`]. As with insta, any other value is obeyed in a CI too. `force` is `always`.
    pub fn from_env() -> Result<Self, SnapshotError> {
        let variable = |name| env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        let ci = is_ci(variable("CI").as_deref(), variable("TF_BUILD").is_some());
        Self::from_value(variable("INSTA_UPDATE").as_deref(), ci)
    }

    fn from_value(update: Option<&str>, ci: bool) -> Result<Self, SnapshotError> {
        Ok(match update {
            None | Some("" | "auto") if ci => Self::No,
            None | Some("" | "auto" | "new") => Self::New,
            Some("always" | "1" | "force") => Self::Always,
            Some("unseen") => Self::Unseen,
            Some("no") => Self::No,
            Some(other) => return Err(SnapshotError::Update(other.to_owned())),
        })
    }
}

fn is_ci(ci: Option<&str>, azure: bool) -> bool {
    match ci {
        Some("" | "0" | "false") => false,
        Some(_) => true,
        None => azure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_itself_nothing_is_written_in_a_ci_and_pending_files_elsewhere() {
        for auto in [None, Some(""), Some("auto")] {
            assert_eq!(Update::from_value(auto, true).unwrap(), Update::No);
            assert_eq!(Update::from_value(auto, false).unwrap(), Update::New);
        }
    }

    #[test]
    fn what_insta_update_says_is_obeyed_in_a_ci_too() {
        for ci in [true, false] {
            for (value, update) in [
                ("no", Update::No),
                ("new", Update::New),
                ("unseen", Update::Unseen),
                ("always", Update::Always),
                ("1", Update::Always),
                ("force", Update::Always),
            ] {
                assert_eq!(Update::from_value(Some(value), ci).unwrap(), update);
            }
        }
        let error = Update::from_value(Some("yes"), false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "obey INSTA_UPDATE=yes: it is one of auto, always, new, unseen, no and force"
        );
    }

    #[test]
    fn a_ci_is_known_by_its_variables() {
        assert!(is_ci(Some("true"), false) && is_ci(Some("1"), false) && is_ci(None, true));
        assert!(!is_ci(None, false));
        for off in ["", "0", "false"] {
            assert!(!is_ci(Some(off), true));
        }
    }
}
