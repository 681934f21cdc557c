//! Candidates for types that are not made of others.

use super::expression::Constant;
use super::types::Type;
use super::value::{Candidate, Mark, Seed, Stream, rotate};
use super::{document, number, text, time};

pub(super) fn candidates(known: &Type, modifier: i32, seed: &Seed<'_>, hints: &[Constant]) -> Vec<Candidate> {
    let length = usize::try_from(modifier - 4).ok();
    let mut stream = seed.stream("value");
    match known.plain.as_str() {
        "text" | "citext" => text::candidates(seed, hints, None),
        "varchar" | "bpchar" => text::candidates(seed, hints, length),
        "name" => text::candidates(seed, hints, Some(63)),
        "char" => text::candidates(seed, hints, Some(1)),
        "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" | "money" => {
            number::candidates(&known.plain, modifier, seed, hints)
        }
        "date" | "timestamp" | "timestamptz" => time::candidates(&known.plain, seed, hints),
        plain => {
            let mut found = special(plain, modifier, &mut stream);
            if plain == "json" || plain == "jsonb" {
                if let Some(asked) = document::of(hints) {
                    found.splice(0..0, documents(&asked, seed));
                }
                for hint in hints {
                    if let Constant::Member(object) | Constant::Plain(object) = hint {
                        found.push(Candidate::plain(object).unsure());
                    }
                }
            } else if plain == "bytea" {
                let lengths = hints.iter().filter_map(|hint| match hint {
                    Constant::Number(number) => number.parse::<usize>().ok().filter(|length| *length <= 1000),
                    _ => None,
                });
                for length in lengths.flat_map(|length| [length, length + 1, length.saturating_sub(1)]) {
                    let hex = stream.hex(2 * length);
                    let mark = if length >= 8 {
                        Mark::Part(hex.clone())
                    } else {
                        Mark::None
                    };
                    found.push(Candidate {
                        mark,
                        ..Candidate::plain(format!("\\x{hex}"))
                    });
                }
            } else if plain == "bool" {
                rotate(&mut found, seed);
            } else {
                found.extend(of_constants(hints));
                if found.is_empty() || known.category == 'U' && !BUILT_IN.contains(&plain) {
                    found.extend(unknown(known, modifier, seed));
                }
            }
            found
        }
    }
}

/// With a canary of their own, and with nothing that nobody asked for; then lists of several.
fn documents(asked: &serde_json::Value, seed: &Seed<'_>) -> Vec<Candidate> {
    let marker = seed.stream("document").letters(12);
    let filled = document::marked(asked, &marker);
    let mut more = filled.clone();
    document::merge(&mut more, serde_json::json!({ "canary": marker.as_str() }));
    [more, filled]
        .iter()
        .map(|document| Candidate::marked(&document.to_string(), &marker))
        .collect()
}

fn of_constants(hints: &[Constant]) -> impl Iterator<Item = Candidate> {
    hints.iter().filter_map(|hint| match hint {
        Constant::Plain(value) | Constant::Number(value) => Some(Candidate::plain(value).unsure()),
        _ => None,
    })
}

/// Types of category U that [`special`] knows.
const BUILT_IN: [&str; 10] = [
    "uuid", "bytea", "macaddr", "macaddr8", "xml", "pg_lsn", "tsvector", "tsquery", "jsonpath", "tid",
];

/// A type of an extension or of somebody's own: what it takes only it knows.
fn unknown(known: &Type, modifier: i32, seed: &Seed<'_>) -> Vec<Candidate> {
    let mut stream = seed.stream("unknown");
    let marker = stream.letters(12);
    let numbers: Vec<String> = (0..usize::try_from(modifier).unwrap_or(3).clamp(1, 20_000))
        .map(|_| format!("0.{}", stream.digits(3)))
        .collect();
    let mut found = vec![
        Candidate::marked(&marker, &marker),
        Candidate::marked(&format!("\"canary\"=>\"{marker}\""), &marker),
        Candidate::plain(format!("[{}]", numbers.join(","))),
        Candidate::plain(format!("({}, {})", stream.digits(2), stream.digits(2))),
        Candidate::plain(format!("POINT({} {})", stream.digits(2), stream.digits(1))),
        Candidate::plain(stream.digits(5)),
        Candidate::plain("{}"),
        Candidate::plain(""),
    ];
    if known.plain == "geometry" || known.plain == "geography" {
        found.rotate_left(4);
    }
    found.into_iter().map(Candidate::unsure).collect()
}

/// Built-in types with one kind of value. Their canaries come from ranges that nobody uses: documentation and local
/// addresses, random uuids.
fn special(plain: &str, modifier: i32, stream: &mut Stream) -> Vec<Candidate> {
    let marker = stream.letters(12);
    let (one, two) = (stream.digits(7), stream.digits(7));
    let bits = usize::try_from(modifier).unwrap_or(if plain == "bit" { 1 } else { 40 });
    let whole = |text: String| vec![Candidate::whole(text)];
    let plain_ones = |texts: &[&str]| texts.iter().map(|text| Candidate::plain(*text)).collect();
    match plain {
        "bool" => plain_ones(&["true", "false"]),
        "uuid" => whole(stream.uuid()),
        "bytea" => {
            let hex = stream.hex(32);
            vec![Candidate::marked(&format!("\\x{hex}"), &hex)]
        }
        "json" | "jsonb" => vec![
            Candidate::marked(&format!("{{\"canary\": \"{marker}\"}}"), &marker),
            Candidate::marked(&format!("[\"{marker}\"]"), &marker),
            Candidate::marked(&format!("\"{marker}\""), &marker),
            Candidate::plain(one),
            Candidate::plain("{}"),
            Candidate::plain("[]"),
        ],
        "jsonpath" => vec![Candidate::marked(&format!("$.\"{marker}\""), &marker)],
        "xml" => vec![Candidate::marked(&format!("<canary>{marker}</canary>"), &marker)],
        "tsvector" | "tsquery" => vec![Candidate::marked(&format!("'{marker}'"), &marker)],
        "inet" => {
            let four = format!(
                "10.{}.{}.{}",
                stream.below(256),
                stream.below(256),
                1 + stream.below(250)
            );
            let six = format!(
                "fd{}:{}:{}::{}",
                stream.hex(2),
                stream.hex(4),
                stream.hex(4),
                stream.digits(4)
            );
            vec![Candidate::whole(six), Candidate::plain(four)]
        }
        "cidr" => {
            let six = format!("fd{}:{}:{}::/48", stream.hex(2), stream.hex(4), stream.hex(4));
            let four = format!("10.{}.{}.0/24", stream.below(256), stream.below(256));
            vec![Candidate::whole(six), Candidate::plain(four)]
        }
        "macaddr" | "macaddr8" => {
            let pairs = if plain == "macaddr" { 5 } else { 7 };
            let rest: Vec<String> = (0..pairs).map(|_| stream.hex(2)).collect();
            whole(format!("02:{}", rest.join(":")))
        }
        "interval" => {
            let (hour, minute, second) = (stream.below(24), stream.below(60), stream.below(60));
            let part = stream.of(b"123456789", 6);
            let days = stream.digits(2);
            let mut found = whole(format!("{days} days {hour:02}:{minute:02}:{second:02}.{part}"));
            found.push(Candidate::whole(format!(
                "00:{:02}:{second:02}.{part}",
                1 + minute % 59
            )));
            let usual = [
                "1 minute",
                "15 minutes",
                "1 hour",
                "8 hours",
                "1 day",
                "7 days",
                "1 month",
                "1 year",
            ];
            found.extend(usual.map(Candidate::plain));
            found.push(Candidate::plain(format!("{hour} hours {minute} minutes")));
            found
        }
        "time" | "timetz" => {
            let zone = if plain == "time" { "" } else { "+00" };
            let (hour, minute, second) = (stream.below(24), stream.below(60), stream.below(60));
            whole(format!(
                "{hour:02}:{minute:02}:{second:02}.{}{zone}",
                stream.digits(6)
            ))
        }
        "point" => whole(format!("({one},{two})")),
        "line" => whole(format!("{{{one},{two},1}}")),
        "lseg" => whole(format!("[({one},{two}),(1,2)]")),
        "box" => whole(format!("({one},{two}),(1,2)")),
        "path" | "polygon" => whole(format!("(({one},{two}),(1,2),(3,5))")),
        "circle" => whole(format!("<({one},{two}),1>")),
        "bit" | "varbit" => {
            let text = stream.of(b"01", bits.min(64));
            let text = format!("{text:0<width$}", width = if plain == "bit" { bits } else { 0 });
            vec![if bits >= 32 {
                Candidate::whole(text)
            } else {
                Candidate::plain(text)
            }]
        }
        "oid" | "xid" | "xid8" | "cid" => plain_ones(&[&one]),
        "tid" => plain_ones(&["(1,1)"]),
        "pg_lsn" => whole(format!("{}/{}", stream.digits(4), stream.digits(7))),
        "txid_snapshot" | "pg_snapshot" => plain_ones(&["1:1:"]),
        "regclass" => plain_ones(&["pg_catalog.pg_class"]),
        "regtype" => plain_ones(&["pg_catalog.text"]),
        "regproc" => plain_ones(&["pg_catalog.pg_typeof"]),
        "regprocedure" => plain_ones(&["pg_catalog.pg_backend_pid()"]),
        "regnamespace" => plain_ones(&["pg_catalog"]),
        "regrole" => plain_ones(&["pg_monitor"]),
        "regconfig" | "regdictionary" => plain_ones(&["pg_catalog.simple"]),
        "regcollation" => plain_ones(&["pg_catalog.\"C\""]),
        _ => Vec::new(),
    }
}
