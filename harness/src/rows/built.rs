//! Candidates for what is made of other types: arrays, rows, ranges.

use super::expression::{self, Constant};
use super::types::{Type, Types};
use super::value::{Candidate, Mark, Seed, candidates};

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

pub(super) fn arrays(
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
        let both = [first, second]
            .map(|element| field(element.text.as_deref()))
            .join(",");
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

pub(super) fn composites(types: &Types, known: &Type, seed: &Seed<'_>) -> Vec<Candidate> {
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
        .flat_map(|check| expression::constants(&expression::tokens(check)))
        .collect()
}

/// Of one value each, so that any two rows' differ and do not overlap.
pub(super) fn ranges(
    types: &Types,
    known: &Type,
    seed: &Seed<'_>,
    open: &str,
    close: &str,
) -> Vec<Candidate> {
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
