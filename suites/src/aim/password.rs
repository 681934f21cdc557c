//! The administrator's password: read from a file or standard input, so that no list of processes shows it, and hashed.

use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The longest that bcrypt takes in whole, in bytes: it looks at 72 with the closing NUL, and ignores what follows.
const LONGEST: usize = 71;

/// The fewest characters that are accepted.
const SHORTEST: usize = 12;

/// Why a password is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The file, or standard input, can't be read.
    #[error("read the password from {}", file.display())]
    Read {
        /// What `--admin-password-file` names.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is too easy to guess.
    #[error("accept the password of --admin-password-file: it has fewer than {SHORTEST} characters")]
    TooShort,
    /// bcrypt would ignore its end.
    #[error("accept the password of --admin-password-file: bcrypt would ignore what exceeds {LONGEST} bytes")]
    TooLong,
    /// bcrypt itself failed.
    #[error("hash the password")]
    Hash(#[from] bcrypt::BcryptError),
}

/// Reads the password from the file, or from standard input where it is `-`. One line break at the end is not part of it.
///
/// # Errors
/// It can't be read, or is too short or too long.
pub fn read(file: &Path) -> Result<String, PasswordError> {
    let mut text = String::new();
    let outcome = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(file).map(|read| text = read)
    };
    outcome.map_err(|source| PasswordError::Read {
        file: file.to_owned(),
        source,
    })?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    let password = password.strip_suffix('\r').unwrap_or(password);
    check(password)?;
    Ok(password.to_owned())
}

fn check(password: &str) -> Result<(), PasswordError> {
    if password.chars().count() < SHORTEST {
        return Err(PasswordError::TooShort);
    }
    if password.len() > LONGEST {
        return Err(PasswordError::TooLong);
    }
    Ok(())
}

/// The hash that the log-in compares with; takes a quarter of a second, by design.
///
/// # Errors
/// There is no randomness for the salt.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    Ok(bcrypt::non_truncating_hash(password, bcrypt::DEFAULT_COST)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_as_long_as_bcrypt_reads_and_no_longer() {
        assert!(matches!(check("elevenchars"), Err(PasswordError::TooShort)));
        assert!(check("twelve chars").is_ok());
        assert!(check(&"x".repeat(71)).is_ok());
        assert!(matches!(check(&"x".repeat(72)), Err(PasswordError::TooLong)));
        // Characters are counted for the shortest, bytes for the longest.
        assert!(matches!(check(&"é".repeat(11)), Err(PasswordError::TooShort)));
        assert!(matches!(check(&"é".repeat(36)), Err(PasswordError::TooLong)));
    }

    #[test]
    fn what_check_accepts_bcrypt_does_not_truncate() {
        assert!(bcrypt::non_truncating_hash("x".repeat(LONGEST), 4).is_ok());
        assert!(bcrypt::non_truncating_hash("x".repeat(LONGEST + 1), 4).is_err());
    }

    #[test]
    fn only_one_line_break_at_the_end_is_left_out() {
        let file = std::env::temp_dir().join(format!("aim-password-{}", std::process::id()));
        std::fs::write(&file, " a pass phrase \r\n").unwrap();
        let password = read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(password, " a pass phrase ");
    }
}
