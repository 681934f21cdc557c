//! Candidates for columns of numbers.

use super::expression::Constant;
use super::value::{Candidate, Seed};

/// Numbers of nine digits and more do not occur by chance; shorter ones are no canaries.
pub(super) fn candidates(plain: &str, modifier: i32, seed: &Seed<'_>, hints: &[Constant]) -> Vec<Candidate> {
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
        "float8" => vec![Candidate::whole(format!(
            "{}.{}",
            stream.digits(9),
            stream.digits(4)
        ))],
        "money" => vec![Candidate::whole(format!(
            "{}.{}",
            stream.digits(10),
            stream.digits(2)
        ))],
        _ if modifier < 4 => vec![Candidate::whole(format!(
            "{}.{}",
            stream.digits(12),
            stream.digits(4)
        ))],
        _ => {
            let digits = (most.log10().round() - 1.0).clamp(0.0, 14.0);
            let value = (1.0 + f64::from(u32::try_from(stream.below(8_999_999)).unwrap_or(0)) / 1e6)
                * 10_f64.powf(digits);
            let text = print(value.min(most * 0.97));
            vec![if text.len() >= 9 {
                Candidate::whole(text)
            } else {
                Candidate::plain(text)
            }]
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
    let mut narrow = Vec::new();
    let mut sorted = bounds.clone();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    // Between two bounds any number may do; which one differs from row to row.
    for pair in sorted.windows(2) {
        for _ in 0..3 {
            let part = f64::from(u32::try_from(stream.below(1_000_000)).unwrap_or(0)) / 1e6;
            let value = pair[0] + (pair[1] - pair[0]) * part;
            values.push(value);
            if ["numeric", "float4", "float8"].contains(&plain) && modifier < 4 && pair[1] - pair[0] < 1.0 {
                narrow.push(Candidate::plain(format!("{value:.9}")));
            }
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
    values.extend([
        -1.0,
        -f64::from(u32::try_from(stream.below(1_000_000)).unwrap_or(0)),
    ]);
    found.extend(
        values
            .into_iter()
            .filter(|value| value.abs() < most)
            .map(|value| Candidate::plain(print(value))),
    );
    found.extend(narrow);
    found
}
