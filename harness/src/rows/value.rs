//! Candidates for a column of any type, best first: the best is a value that only this tenant, table and column has.

use super::expression::Constant;
use super::text;
use super::types::{Type, Types};

/// A value that may fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// As the type's input takes it; NULL is `None`.
    pub(super) text: Option<String>,
    /// What makes it recognisable.
    pub(super) mark: Mark,
    /// The column's default in place of a value.
    pub(super) default: bool,
    /// Whether it is certain that the type takes it.
    pub(super) sure: bool,
}

/// What makes a value recognisable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing.
    None,
    /// The whole value, as the server prints it.
    Whole,
    /// This part of it.
    Part(String),
}

impl Candidate {
    pub(super) const NULL: Self = Self {
        text: None,
        mark: Mark::None,
        default: false,
        sure: true,
    };
    pub(super) const DEFAULT: Self = Self {
        default: true,
        ..Self::NULL
    };

    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::NULL
        }
    }

    pub(super) fn marked(text: &str, marker: &str) -> Self {
        Self {
            mark: Mark::Part(marker.to_owned()),
            ..Self::plain(text)
        }
    }

    fn whole(text: impl Into<String>) -> Self {
        Self {
            mark: Mark::Whole,
            ..Self::plain(text)
        }
    }

    fn unsure(self) -> Self {
        Self { sure: false, ..self }
    }
}

/// What makes values differ: of two seeds, no value that is recognisable is the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed<'a> {
    pub(super) tenant: char,
    pub(super) table: &'a str,
    pub(super) column: &'a str,
    /// Another one for each row and each try.
    pub(super) number: u32,
}

impl Seed<'_> {
    pub(super) fn stream(&self, purpose: &str) -> Stream {
        Stream::new(&[
            self.tenant.encode_utf8(&mut [0; 4]),
            self.table,
            self.column,
            &self.number.to_string(),
            purpose,
        ])
    }
}

/// Random-looking and always the same for the same seed, so that what a run finds is found again.
pub(super) struct Stream(blake3::OutputReader);

impl Stream {
    pub(super) fn new(parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(part.as_bytes());
            hasher.update(&[0]);
        }
        Self(hasher.finalize_xof())
    }

    fn next(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// Less than `limit`, which is not 0.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit as u64)).unwrap_or_default()
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.next() % high.abs_diff(low).max(1)).unwrap_or_default()
    }

    fn of(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length)
            .map(|_| char::from(alphabet[self.below(alphabet.len())]))
            .collect()
    }

    /// Without vowels, so that no word comes about.
    pub(super) fn letters(&mut self, length: usize) -> String {
        self.of(b"bcdfghjkmnpqrstvwxz", length)
    }

    /// The first is no 0.
    pub(super) fn digits(&mut self, length: usize) -> String {
        let mut digits = self.of(b"123456789", length.min(1));
        digits.push_str(&self.of(b"0123456789", length.saturating_sub(1)));
        digits
    }

    pub(super) fn hex(&mut self, length: usize) -> String {
        self.of(b"0123456789abcdef", length)
    }

    pub(super) fn uuid(&mut self) -> String {
        format!(
            "{}-{}-4{}-8{}-{}",
            self.hex(8),
            self.hex(4),
            self.hex(3),
            self.hex(3),
            self.hex(12)
        )
    }

    /// Whether a text is more than one character over and over.
    pub(super) fn varied(text: &str) -> bool {
        let mut chars: Vec<char> = text.chars().collect();
        chars.sort_unstable();
        chars.dedup();
        chars.len() >= 5
    }
}

/// Values for a type, best first. Labels, booleans and constants begin with another one in each row.
pub(super) fn candidates(
    types: &Types,
    oid: u32,
    modifier: i32,
    seed: &Seed<'_>,
    hints: &[Constant],
) -> Vec<Candidate> {
    let Some(known) = types.get(oid) else {
        return Vec::new();
    };
    match known.kind {
        'e' => {
            let mut labels: Vec<_> = known.labels.iter().map(Candidate::plain).collect();
            rotate(&mut labels, seed);
            labels
        }
        'd' => {
            let (base, modifier, _) = types.undomained(oid, modifier);
            candidates(types, base, modifier, seed, hints)
        }
        'c' => composites(types, known, seed),
        'r' => ranges(types, known, seed, "", ""),
        'm' => {
            let range = known.range.and_then(|oid| types.get(oid));
            range.map_or_else(Vec::new, |range| ranges(types, range, seed, "{", "}"))
        }
        _ => match known.element {
            Some(element) => arrays(types, element, modifier, seed, hints),
            None => base(known, modifier, seed, hints),
        },
    }
}

fn rotate(candidates: &mut [Candidate], seed: &Seed<'_>) {
    if !candidates.is_empty() {
        let middle = seed.number as usize % candidates.len();
        candidates.rotate_left(middle);
    }
}

/// A field of an array, row or range as its input takes it.
fn field(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    })
}

/// What makes a value that another holds recognisable still does if it is printed as it was given.
fn held(mark: &Mark, text: Option<&str>) -> Mark {
    match (mark, text) {
        (Mark::Part(part), _) => Mark::Part(part.clone()),
        (Mark::Whole, Some(text)) => Mark::Part(text.to_owned()),
        _ => Mark::None,
    }
}

fn arrays(
    types: &Types,
    element_type: u32,
    modifier: i32,
    seed: &Seed<'_>,
    hints: &[Constant],
) -> Vec<Candidate> {
    let elements = candidates(types, element_type, modifier, seed, hints);
    let one = |element: &Candidate| Candidate {
        text: Some(format!("{{{}}}", field(element.text.as_deref()))),
        mark: held(&element.mark, element.text.as_deref()),
        default: false,
        sure: element.sure && !types.has_domain(element_type),
    };
    let mut found: Vec<Candidate> = elements.iter().map(one).collect();
    if let [first, second, ..] = elements.as_slice() {
        let both = [first, second].map(|element| field(element.text.as_deref())).join(",");
        found.insert(
            found.len().min(1),
            Candidate {
                text: Some(format!("{{{both}}}")),
                ..one(first)
            },
        );
    }
    found.push(Candidate::plain("{}"));
    found
}

fn composites(types: &Types, known: &Type, seed: &Seed<'_>) -> Vec<Candidate> {
    let columns: Vec<Vec<Candidate>> = known
        .attributes
        .iter()
        .map(|&(oid, modifier)| candidates(types, oid, modifier, seed, &domain_hints(types, oid)))
        .collect();
    let sure = !types.has_domain(known.oid);
    // The best of each, then the second of each, and so on: domains among them may refuse the best.
    (0..24)
        .map_while(|rank| {
            let row: Vec<Option<&Candidate>> = columns.iter().map(|of| of.get(rank).or(of.last())).collect();
            let beyond = columns.iter().all(|of| of.len() <= rank);
            (rank == 0 || !beyond).then(|| {
                let fields: Vec<String> = row
                    .iter()
                    .map(|one| field(one.and_then(|one| one.text.as_deref())))
                    .collect();
                let mark = row
                    .iter()
                    .flatten()
                    .map(|one| held(&one.mark, one.text.as_deref()))
                    .find(|mark| *mark != Mark::None);
                Candidate {
                    mark: mark.unwrap_or(Mark::None),
                    sure,
                    ..Candidate::plain(format!("({})", fields.join(",")))
                }
            })
        })
        .collect()
}

/// What the checks of a domain mention.
pub(super) fn domain_hints(types: &Types, oid: u32) -> Vec<Constant> {
    let inner = types.get(oid).and_then(|known| known.element).unwrap_or(oid);
    types
        .undomained(inner, -1)
        .2
        .iter()
        .flat_map(|check| super::expression::constants(&super::expression::tokens(check)))
        .collect()
}

/// Of one value each, so that any two rows' differ and do not overlap.
fn ranges(types: &Types, known: &Type, seed: &Seed<'_>, open: &str, close: &str) -> Vec<Candidate> {
    let Some(of) = known.range else {
        return Vec::new();
    };
    let mut found: Vec<Candidate> = candidates(types, of, -1, seed, &domain_hints(types, of))
        .iter()
        .map(|value| {
            let bound = field(value.text.as_deref());
            Candidate {
                mark: held(&value.mark, value.text.as_deref()),
                sure: value.sure && !types.has_domain(of),
                ..Candidate::plain(format!("{open}[{bound},{bound}]{close}"))
            }
        })
        .collect();
    if let Some(last) = found.first().and_then(|first| first.text.clone()) {
        found.push(Candidate::plain(last.replace(&format!("]{close}"), &format!("){close}"))).unsure());
    }
    found.push(Candidate::plain(if open.is_empty() { "empty" } else { "{}" }));
    found
}

fn base(known: &Type, modifier: i32, seed: &Seed<'_>, hints: &[Constant]) -> Vec<Candidate> {
    let length = usize::try_from(modifier - 4).ok();
    let mut stream = seed.stream("value");
    match known.plain.as_str() {
        "text" | "citext" => text::candidates(seed, hints, None),
        "varchar" | "bpchar" => text::candidates(seed, hints, length),
        "name" => text::candidates(seed, hints, Some(63)),
        "char" => text::candidates(seed, hints, Some(1)),
        "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" | "money" => {
            numbers(&known.plain, modifier, seed, hints)
        }
        "date" | "timestamp" | "timestamptz" => times(&known.plain, seed, hints),
        plain => {
            let mut found = special(plain, modifier, &mut stream);
            if plain == "json" || plain == "jsonb" {
                for hint in hints {
                    if let Constant::Member(object) | Constant::Plain(object) = hint {
                        found.push(Candidate::plain(object).unsure());
                    }
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
            let four = format!("10.{}.{}.{}", stream.below(256), stream.below(256), 1 + stream.below(250));
            let six = format!("fd{}:{}:{}::{}", stream.hex(2), stream.hex(4), stream.hex(4), stream.digits(4));
            vec![Candidate::whole(six), Candidate::plain(four)]
        }
        "cidr" => {
            let six = format!("fd{}:{}:{}::/48", stream.hex(2), stream.hex(4), stream.hex(4));
            let four = format!("10.{}.{}.0/24", stream.below(256), stream.below(256));
            vec![Candidate::whole(six), Candidate::plain(four)]
        }
        "macaddr" | "macaddr8" => {
            let pairs = if plain == "macaddr" { 5 } else { 7 };
            let rest: String = (0..pairs).map(|_| format!(":{}", stream.hex(2))).collect();
            whole(format!("02{rest}"))
        }
        "interval" => whole(format!(
            "{} days {:02}:{:02}:{:02}.{}",
            stream.digits(2),
            stream.below(24),
            stream.below(60),
            stream.below(60),
            stream.digits(6)
        )),
        "time" | "timetz" => {
            let zone = if plain == "time" { "" } else { "+00" };
            let (hour, minute, second) = (stream.below(24), stream.below(60), stream.below(60));
            whole(format!("{hour:02}:{minute:02}:{second:02}.{}{zone}", stream.digits(6)))
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
            vec![if bits >= 32 { Candidate::whole(text) } else { Candidate::plain(text) }]
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
        "regconfig" => plain_ones(&["pg_catalog.simple"]),
        "regdictionary" => plain_ones(&["pg_catalog.simple"]),
        "regcollation" => plain_ones(&["pg_catalog.\"C\""]),
        _ => Vec::new(),
    }
}

/// Numbers of nine digits and more do not occur by chance; shorter ones are no canaries.
fn numbers(plain: &str, modifier: i32, seed: &Seed<'_>, hints: &[Constant]) -> Vec<Candidate> {
    let mut stream = seed.stream("number");
    let whole = |value: i64| Candidate::whole(value.to_string());
    let (most, scale) = match plain {
        "numeric" if modifier >= 4 => {
            let (precision, scale) = ((modifier - 4) >> 16 & 0xffff, (modifier - 4) & 0x7ff);
            // Negative scales (15 and later) are in two's complement of eleven bits.
            let scale = if scale >= 1024 { scale - 2048 } else { scale };
            (10_f64.powi(precision - scale), scale)
        }
        "int2" => (f64::from(i16::MAX), 0),
        "int4" => (f64::from(i32::MAX), 0),
        _ => (1e300, 2),
    };
    let print = |value: f64| match scale {
        scale if plain.starts_with("int") || scale <= 0 => format!("{value:.0}"),
        scale => format!("{value:.*}", usize::try_from(scale.min(6)).unwrap_or_default()),
    };
    let mut found = match plain {
        "int2" => vec![Candidate::plain(stream.between(10_000, 32_000).to_string())],
        "int4" => vec![whole(stream.between(1_000_000_000, 2_140_000_000))],
        "int8" => vec![whole(stream.between(100_000_000_000_000, 900_000_000_000_000))],
        "float4" => vec![Candidate::plain(format!("{}.5", stream.digits(5)))],
        "float8" => vec![Candidate::whole(format!("{}.{}", stream.digits(9), stream.digits(4)))],
        "money" => vec![Candidate::whole(format!("{}.{}", stream.digits(10), stream.digits(2)))],
        _ if modifier < 4 => vec![Candidate::whole(format!("{}.{}", stream.digits(12), stream.digits(4)))],
        _ => {
            let digits = (most.log10().round() - 1.0).clamp(0.0, 14.0);
            let value = (1.0 + f64::from(u32::try_from(stream.below(8_999_999)).unwrap_or(0)) / 1e6)
                * 10_f64.powf(digits);
            let text = print(value.min(most * 0.97));
            vec![if text.len() >= 9 { Candidate::whole(text) } else { Candidate::plain(text) }]
        }
    };
    let mut bounds: Vec<f64> = hints
        .iter()
        .filter_map(|hint| match hint {
            Constant::Number(number) | Constant::Plain(number) => number.parse().ok(),
            _ => None,
        })
        .collect();
    bounds.extend([0.0, 1.0, 100.0]);
    let hinted = bounds.len() - 3;
    let mut values = Vec::new();
    let mut sorted = bounds.clone();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    // Between two bounds any number may do; which one differs from row to row.
    for pair in sorted.windows(2) {
        for _ in 0..3 {
            let part = f64::from(u32::try_from(stream.below(1_000_000)).unwrap_or(0)) / 1e6;
            values.push(pair[0] + (pair[1] - pair[0]) * part);
        }
    }
    for (at, bound) in bounds.iter().enumerate() {
        if at < hinted {
            values.extend([*bound, bound + 1.0, bound - 1.0, bound * 2.0, bound + 1000.0]);
        } else {
            values.push(*bound);
        }
    }
    for size in [1_000_000, 10_000, 100, 10] {
        values.push(f64::from(u32::try_from(stream.below(size)).unwrap_or(0)));
    }
    values.extend([-1.0, -f64::from(u32::try_from(stream.below(1_000_000)).unwrap_or(0))]);
    found.extend(
        values
            .into_iter()
            .filter(|value| value.abs() < most)
            .map(|value| Candidate::plain(print(value))),
    );
    found
}

/// The past, with microseconds that do not occur by chance; then around each constant, and around now.
fn times(plain: &str, seed: &Seed<'_>, hints: &[Constant]) -> Vec<Candidate> {
    let mut stream = seed.stream("time");
    let zone = if plain == "timestamptz" { "+00" } else { "" };
    let mut at = |from: i64, to: i64| {
        let (year, month, day) = (stream.between(from, to), 1 + stream.below(12), 1 + stream.below(28));
        let date = format!("{year:04}-{month:02}-{day:02}");
        if plain == "date" {
            return Candidate::plain(date);
        }
        let (hour, minute, second) = (stream.below(24), stream.below(60), stream.below(60));
        Candidate::whole(format!(
            "{date} {hour:02}:{minute:02}:{second:02}.{}{zone}",
            // A trailing 0 would not be printed.
            stream.of(b"123456789", 6)
        ))
    };
    let mut found = vec![at(2001, 2019)];
    if plain == "date" {
        // No date of these is in use, and it is rare enough that one is shown.
        found.insert(0, at(1700, 1890));
        found[0].mark = Mark::Whole;
    }
    let late = [at(2060, 2070), at(2071, 2080), at(2100, 2110), at(1970, 1999), at(2020, 2025), at(2026, 2059)];
    for hint in hints {
        if let Constant::Plain(literal) = hint
            && literal.starts_with(|first: char| first.is_ascii_digit())
        {
            found.push(Candidate::plain(literal).unsure());
            for offset in nearby(literal) {
                found.push(Candidate::plain(offset).unsure());
            }
        }
    }
    found.extend(late);
    found.extend(["infinity", "-infinity"].map(Candidate::plain));
    found
}

/// The same month's other days and the last day before, of a constant that begins with a date.
fn nearby(literal: &str) -> Vec<String> {
    let Some(date) = literal.get(..10).and_then(|date| date.parse::<jiff::civil::Date>().ok()) else {
        return Vec::new();
    };
    [1, -1, 7, 20]
        .iter()
        .filter_map(|&days| date.checked_add(jiff::Span::new().days(days)).ok())
        .map(|date| date.to_string())
        .collect()
}
