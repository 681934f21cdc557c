//! Values that are recognisable as one person's, of whatever type a column has.

/// A value, and the part of it that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Telling {
    /// As SQL takes it, without its quotes.
    pub(super) text: String,
    /// What is looked for.
    pub(super) sought: String,
}

impl Telling {
    /// Of which all is looked for.
    pub(super) fn whole(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            sought: text.clone(),
            text,
        }
    }

    fn around(text: String, sought: &str) -> Self {
        Self {
            text,
            sought: sought.to_owned(),
        }
    }
}

/// Values for a column of that type, the best first. What the column holds now tells the form that a check may ask for.
pub(super) fn candidates(data_type: &str, now: Option<&str>) -> Vec<Telling> {
    let word = word();
    let base = data_type.split(['(', '[']).next().unwrap_or_default().trim();
    if data_type.ends_with("[]") {
        return vec![Telling::around(format!("{{{word}}}"), &word)];
    }
    match base {
        "json" | "jsonb" => vec![
            Telling::around(format!("{{\"pgproof\": \"{word}\"}}"), &word),
            Telling::around(format!("[\"{word}\"]"), &word),
            Telling::around(format!("\"{word}\""), &word),
        ],
        "uuid" => vec![Telling::whole(uuid::Uuid::new_v4().to_string())],
        "date" => vec![Telling::whole(date())],
        "timestamp without time zone" | "timestamp with time zone" => {
            let day = date();
            vec![Telling::around(
                format!("{day}T12:05:06.{:06}", number(999_999)),
                &day,
            )]
        }
        "smallint" => vec![Telling::whole(format!("{}", 10_000 + number(20_000)))],
        "integer" => vec![Telling::whole(format!("1{:08}", number(99_999_999)))],
        "bigint" | "numeric" => vec![Telling::whole(format!("1{:010}", number(9_999_999_999)))],
        "inet" | "cidr" => {
            let parts: Vec<String> = (0..6).map(|_| format!("{:x}", 4096 + number(61_000))).collect();
            vec![Telling::whole(format!("2001:db8:{}", parts.join(":")))]
        }
        "bytea" => of_bytes(now, &word),
        _ => of_text(data_type, now, &word),
    }
}

/// A word, and digits that make as many bytes as there are now, or as keys and hashes have.
fn of_bytes(now: Option<&str>, word: &str) -> Vec<Telling> {
    let length = now
        .and_then(|now| now.strip_prefix("\\x"))
        .map(|digits| digits.len() / 2);
    let lengths = length
        .into_iter()
        .chain([32, 16, 12])
        .filter(|length| *length > 3);
    let mut all = vec![Telling::around(word.to_owned(), word)];
    all.extend(lengths.map(|length| {
        let mut digits = String::new();
        while digits.len() < 2 * length {
            digits.push_str(&uuid::Uuid::new_v4().simple().to_string());
        }
        digits.truncate(2 * length);
        Telling::around(format!("\\x{digits}"), &digits)
    }));
    all
}

fn of_text(data_type: &str, now: Option<&str>, word: &str) -> Vec<Telling> {
    let length: usize = data_type
        .split_once('(')
        .and_then(|(_, rest)| rest.split(')').next()?.parse().ok())
        .unwrap_or(usize::MAX);
    let address = Telling::around(format!("{word}@pgproof.example"), word);
    let plain = Telling::whole(word);
    let mut all = if now.is_some_and(|now| now.contains('@')) {
        vec![address, plain]
    } else {
        vec![plain, address]
    };
    all.extend(now.map(|now| Telling::whole(alike(now))));
    all.retain(|telling| telling.text.chars().count() <= length);
    all
}

/// Twelve letters and digits that nobody else has.
fn word() -> String {
    let digits = uuid::Uuid::new_v4().simple().to_string();
    // Digits inside, so that no stemming of a text search shortens it.
    format!("kq{}", &digits[..10])
}

/// Below the bound.
fn number(bound: u64) -> u64 {
    u64::try_from(uuid::Uuid::new_v4().as_u128() & u128::from(u64::MAX)).unwrap_or_default() % bound.max(1)
}

/// Of a time of which nothing else in a database is.
fn date() -> String {
    format!(
        "19{:02}-{:02}-{:02}",
        1 + number(20),
        1 + number(12),
        1 + number(28)
    )
}

/// Another text of the same form: letters for letters, digits for digits.
fn alike(text: &str) -> String {
    text.chars()
        .map(|character| {
            let within = |first: char, count: u64| {
                let offset = u32::try_from(number(count)).unwrap_or_default();
                char::from_u32(u32::from(first) + offset).unwrap_or(first)
            };
            match character {
                'a'..='z' => within('a', 26),
                'A'..='Z' => within('A', 26),
                '0'..='9' => within('0', 10),
                other => other,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_keeps_the_form_of_the_one_before() {
        let values = candidates("text", Some("555-12-AbC"));
        let last = &values.last().unwrap().text;
        assert_eq!(last.len(), 10);
        assert!(last.chars().nth(3) == Some('-') && last.chars().next().unwrap().is_ascii_digit());
        assert!(last.chars().nth(7).unwrap().is_ascii_uppercase());
    }

    #[test]
    fn an_address_stands_where_one_stood() {
        assert!(
            candidates("text", Some("a@b"))[0]
                .text
                .ends_with("@pgproof.example")
        );
        assert!(candidates("text", None)[1].text.ends_with("@pgproof.example"));
    }

    #[test]
    fn what_is_too_long_for_the_column_is_left_out() {
        let values = candidates("character varying(12)", Some("abcdefgh"));
        assert!(values.iter().all(|value| value.text.len() <= 12) && values.len() == 2);
    }
}
