//! A field that is encrypted: only who has the secret reads it, only at its place, and what it says is nowhere in the database.

use pgproof::Database;
use rstest::rstest;
use sqlx::{AssertSqlSafe, PgConnection};
use suites::consumers::statement;
use suites::helios::field::{FieldError, ITERATIONS, Place, Sealed, open, seal};

use crate::common::sqlstate;
use crate::fixtures::{ANNA, BERTA, database, entries, hexadecimal, run, tables_that_tell, working_for};

const PRIVACY: &str = include_str!("../../../migrations/helios/consumers/privacy.sql");
const PUT: &str = statement(PRIVACY, "encrypted: put a field");
const GET: &str = statement(PRIVACY, "encrypted: get a field");

const SECRET: &[u8] = b"what the services know and the database does not";
const CANARY: &str = "canary-plaintext-58";

const PLACE: Place<'_> = Place {
    user: ANNA,
    table: "users",
    record: ANNA,
    field: "insurance_number",
};

async fn put(session: &mut PgConnection, place: &Place<'_>, sealed: &Sealed) -> Result<(), sqlx::Error> {
    let outcome = sqlx::query(PUT)
        .bind(place.table)
        .bind(place.record)
        .bind(place.field)
        .bind(&sealed.ciphertext)
        .bind(sealed.nonce)
        .bind(sealed.salt)
        .bind(i32::try_from(sealed.iterations).unwrap())
        .execute(session)
        .await;
    outcome.map(drop)
}

async fn get(session: &mut PgConnection, place: &Place<'_>) -> Option<Sealed> {
    let row = sqlx::query_as(GET)
        .bind(place.table)
        .bind(place.record)
        .bind(place.field)
        .fetch_optional(session)
        .await
        .unwrap();
    row.map(|(ciphertext, nonce, salt, iterations): (_, _, _, i32)| Sealed {
        ciphertext,
        nonce,
        salt,
        iterations: iterations.unsigned_abs(),
    })
}

#[rstest]
#[tokio::test]
async fn a_field_is_read_back_by_its_user_and_what_it_says_is_nowhere(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let sealed = seal(SECRET, &PLACE, CANARY.as_bytes()).unwrap();
    let mut anna = working_for(&mut session, ANNA).await;
    put(&mut anna, &PLACE, &sealed).await.unwrap();
    let stored = get(&mut anna, &PLACE).await.unwrap();
    assert_eq!(stored, sealed);
    assert_eq!(open(SECRET, &PLACE, &stored).unwrap(), CANARY.as_bytes());
    anna.commit().await.unwrap();

    let mut berta = working_for(&mut session, BERTA).await;
    assert_eq!(get(&mut berta, &PLACE).await, None);
    drop(berta);
    assert_eq!(tables_that_tell(&mut session, CANARY).await, [] as [&str; 0]);
    let secret = std::str::from_utf8(SECRET).unwrap();
    assert_eq!(tables_that_tell(&mut session, secret).await, [] as [&str; 0]);
    // What finds nothing must be able to find it.
    run(
        &mut session,
        &format!("UPDATE user_profiles SET bio = '{CANARY}'"),
    )
    .await;
    assert_eq!(
        tables_that_tell(&mut session, CANARY).await,
        ["audit.audit_log", "public.user_profiles"]
    );
}

/// The ciphertext is searched for as the bytes that it is.
#[rstest]
#[tokio::test]
async fn the_log_tells_that_there_is_a_field_and_holds_no_byte_of_it(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    run(
        &mut session,
        "UPDATE encrypted_fields SET ciphertext = convert_to('sixteen bytes 58', 'UTF8')",
    )
    .await;
    assert_eq!(
        tables_that_tell(&mut session, "sixteen bytes 58").await,
        ["public.encrypted_fields"]
    );
    let entry = entries(&mut session, "encrypted_fields").await.pop().unwrap();
    assert_eq!(entry["changed_fields"], serde_json::json!(["ciphertext"]));
    for secret in ["ciphertext", "nonce", "key_salt"] {
        assert_eq!(entry["new_values"][secret], "[redacted]");
    }
}

#[test]
fn two_seals_of_the_same_are_nothing_alike() {
    let (one, other) = (
        seal(SECRET, &PLACE, CANARY.as_bytes()).unwrap(),
        seal(SECRET, &PLACE, CANARY.as_bytes()).unwrap(),
    );
    assert_ne!(one.ciphertext, other.ciphertext);
    assert_ne!(one.nonce, other.nonce);
    assert_ne!(one.salt, other.salt);
    assert_eq!(one.iterations, ITERATIONS);
    assert_eq!(one.ciphertext.len(), CANARY.len() + 16, "with the tag");
}

#[test]
fn another_secret_another_place_or_a_changed_bit_opens_nothing() {
    let sealed = seal(SECRET, &PLACE, CANARY.as_bytes()).unwrap();
    let not_authentic = Err(FieldError::NotAuthentic);
    assert_eq!(open(b"another secret", &PLACE, &sealed), not_authentic);
    for place in [
        Place { user: BERTA, ..PLACE },
        Place {
            record: BERTA,
            ..PLACE
        },
        Place {
            table: "documents",
            ..PLACE
        },
        Place {
            field: "phone",
            ..PLACE
        },
    ] {
        assert_eq!(open(SECRET, &place, &sealed), not_authentic, "{place:?}");
    }
    for at in [0, CANARY.len(), sealed.ciphertext.len() - 1] {
        let mut changed = sealed.clone();
        changed.ciphertext[at] ^= 1;
        assert_eq!(open(SECRET, &PLACE, &changed), not_authentic, "{at}");
    }
    let mut cut = sealed.clone();
    cut.ciphertext.truncate(7);
    assert_eq!(open(SECRET, &PLACE, &cut), not_authentic);
}

/// RFC 7914, section 11: PBKDF2-HMAC-SHA256 with one round and with 80,000.
#[test]
fn the_key_is_that_of_the_standard() {
    for (secret, salt, rounds, expected) in [
        ("passwd", "salt", 1, "55ac046e56e3089fec1691c22544b605"),
        ("Password", "NaCl", 80_000, "4ddcd8f60b98be21830cee5ef22701f9"),
    ] {
        let mut key = [0; 16];
        pbkdf2::pbkdf2_hmac::<sha2::Sha256>(secret.as_bytes(), salt.as_bytes(), rounds, &mut key);
        assert_eq!(hexadecimal(&key), expected);
    }
}

#[rstest]
#[case::without_a_tag("ciphertext = '\\x00'")]
#[case::a_short_nonce("nonce = '\\x00'")]
#[case::a_short_salt("key_salt = '\\x00'")]
#[case::too_few_rounds("key_iterations = 599999")]
#[case::another_cipher("algorithm = 'AES-256-CBC'")]
#[case::another_derivation("key_derivation = 'MD5'")]
#[tokio::test]
async fn what_is_no_sound_encryption_is_not_stored(#[future(awt)] database: Database, #[case] weak: &str) {
    let mut session = database.connect().await.unwrap();
    let statement = format!("UPDATE encrypted_fields SET {weak}");
    let outcome = sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut session)
        .await;
    assert_eq!(sqlstate(&outcome), "23514");
}

/// A nonce that serves twice under a key gives away what both encrypt.
#[rstest]
#[tokio::test]
async fn a_nonce_serves_once_under_a_key(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let sealed = seal(SECRET, &PLACE, CANARY.as_bytes()).unwrap();
    let mut anna = working_for(&mut session, ANNA).await;
    put(&mut anna, &PLACE, &sealed).await.unwrap();
    let other = Place {
        field: "phone_2",
        ..PLACE
    };
    let again = put(&mut anna, &other, &sealed).await;
    assert_eq!(sqlstate(&again), "23505");
}
