//! A field that only the services can read: AES-256-GCM under a key derived by PBKDF2 from a secret which the database never
//! sees. What a field is sealed for is authenticated, so that a ciphertext that was moved to another place opens nowhere.

use aes_gcm::aead::{Aead as _, Generate as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use sha2::Sha256;
use uuid::Uuid;

/// Rounds of PBKDF2-HMAC-SHA256, as OWASP's cheat sheet on password storage has them; the table takes no fewer.
pub const ITERATIONS: u32 = 600_000;

/// Whose field it is, and of which row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The user.
    pub user: Uuid,
    /// The table of the row that the field belongs to.
    pub table: &'a str,
    /// The row.
    pub record: Uuid,
    /// The field.
    pub field: &'a str,
}

impl Place<'_> {
    /// Unambiguous: the ids have a fixed length, and no name of PostgreSQL's holds a zero byte.
    fn authenticated(&self) -> Vec<u8> {
        let Self {
            user,
            table,
            record,
            field,
        } = self;
        [
            &user.as_bytes()[..],
            record.as_bytes(),
            table.as_bytes(),
            b"\0",
            field.as_bytes(),
        ]
        .concat()
    }
}

/// What is stored of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// With the authentication tag of 16 bytes at its end.
    pub ciphertext: Vec<u8>,
    /// 12 bytes, drawn anew each time.
    pub nonce: [u8; 12],
    /// 16 bytes, drawn anew each time.
    pub salt: [u8; 16],
    /// Rounds of PBKDF2.
    pub iterations: u32,
}

/// Why a field can't be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Longer than AES-GCM takes: 64 GiB.
    #[error("encrypt the field: AES-GCM takes no more than 64 GiB")]
    TooLong,
    /// The secret, the place or the stored bytes are not those that it was sealed with.
    #[error("decrypt the field: the secret is another, or the stored bytes were changed or moved")]
    NotAuthentic,
}

fn cipher(secret: &[u8], salt: &[u8], iterations: u32) -> Aes256Gcm {
    let mut key = Key::<Aes256Gcm>::default();
    pbkdf2::pbkdf2_hmac::<Sha256>(secret, salt, iterations, &mut key);
    Aes256Gcm::new(&key)
}

/// Encrypts a field for its place.
pub fn seal(secret: &[u8], place: &Place<'_>, plaintext: &[u8]) -> Result<Sealed, FieldError> {
    let (nonce, salt) = (<[u8; 12]>::generate(), <[u8; 16]>::generate());
    let payload = Payload {
        msg: plaintext,
        aad: &place.authenticated(),
    };
    let ciphertext = cipher(secret, &salt, ITERATIONS)
        .encrypt(&Nonce::from(nonce), payload)
        .map_err(|_| FieldError::TooLong)?;
    Ok(Sealed {
        ciphertext,
        nonce,
        salt,
        iterations: ITERATIONS,
    })
}

/// Decrypts a field of that place.
pub fn open(secret: &[u8], place: &Place<'_>, sealed: &Sealed) -> Result<Vec<u8>, FieldError> {
    let payload = Payload {
        msg: &sealed.ciphertext,
        aad: &place.authenticated(),
    };
    cipher(secret, &sealed.salt, sealed.iterations)
        .decrypt(&Nonce::from(sealed.nonce), payload)
        .map_err(|_| FieldError::NotAuthentic)
}
