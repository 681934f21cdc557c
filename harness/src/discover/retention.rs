//! `[[retention]]`, as far as functions tell it that delete what is older than some time.

use super::body;
use super::change::{Change, Changes, call, changes, has_word};
use super::expression::Expr;
use super::guess::{Guess, Sureness};
use super::owner::relation_name;
use super::text::{Text, string};
use crate::catalog::{Catalog, Function, FunctionKind, Relation};
use crate::sql::token;

/// Words in the names of what cleans up.
const WORDS: [&str; 16] = [
    "purge",
    "cleanup",
    "clean_up",
    "retention",
    "expire",
    "prune",
    "delete_old",
    "remove_old",
    "drop_old",
    "sweep",
    "trim",
    "housekeep",
    "upkeep",
    "janitor",
    "tidy",
    "rotate",
];

/// What one DELETE keeps.
struct Kept<'c> {
    relation: &'c Relation,
    age: String,
    hold: Option<String>,
}

/// How long rows are kept, and the statement that says so.
struct Period {
    keep: String,
    /// The argument that says it, by its place.
    argument: Option<(usize, String)>,
}

/// The sections, and what they stand on.
pub(super) fn retention(catalog: &Catalog, application: Option<&str>) -> (Text, Vec<Guess>) {
    let (mut text, mut guesses) = (Text::default(), Vec::new());
    let runs = |function: &&Function| {
        matches!(function.kind, FunctionKind::Function | FunctionKind::Procedure)
            && function.result.as_deref() != Some("trigger")
    };
    for function in catalog.functions.iter().filter(runs) {
        let changes = changes(catalog, function);
        let signature = function.signature();
        let named = has_word(&function.name.to_string(), &WORDS);
        match read(function, &changes) {
            Some((period, kept)) => {
                let why = format!("{signature} deletes what is older");
                write(&mut text, function, &period, &kept, application, &why);
                let what =
                    |kept: &Kept<'_>| format!("{}: {} by {}", kept.relation.name, period.keep, kept.age);
                let all: Vec<String> = kept.iter().map(what).collect();
                guesses.push(Guess {
                    area: "retention".to_owned(),
                    object: String::new(),
                    what: format!("what is kept ({})", all.join(", ")),
                    sureness: Sureness::Likely,
                    why,
                });
            }
            None if named && (changes.more || !changes.all.is_empty()) => {
                text.blank().comment(&format!(
                    "guess: {signature} looks like what removes old rows, but what it removes can't be read from it:\n\
                     [[retention]]\nrun = {}\n[retention.tables.\"public.…\"]\nage = \"created_at\"\nkeep = \"30 days\"",
                    string(&call(function, &[]))
                ));
            }
            None => {}
        }
    }
    (text, guesses)
}

/// What a function deletes, where that is all that it does to tables.
fn read<'c>(function: &Function, changes: &Changes<'c>) -> Option<(Period, Vec<Kept<'c>>)> {
    if changes.more || changes.all.is_empty() || changes.all.iter().any(|change| !change.sets.is_empty()) {
        return None;
    }
    let mut found: Option<Period> = None;
    let mut kept: Vec<Kept<'c>> = Vec::new();
    for change in &changes.all {
        let (period, one) = older(function, changes, change)?;
        if found.as_ref().is_some_and(|known| known.keep != period.keep)
            || kept.iter().any(|known| known.relation.name == one.relation.name)
        {
            return None;
        }
        found = Some(period);
        kept.push(one);
    }
    Some((found?, kept))
}

/// `age < now() - period`, and at most a flag that holds rows back.
fn older<'c>(function: &Function, changes: &Changes<'c>, change: &Change<'c>) -> Option<(Period, Kept<'c>)> {
    let (mut found, mut hold) = (None, None);
    for part in change.condition.conjuncts() {
        if let Some((age, period)) = compared(function, changes, change.relation, part) {
            if found.replace((age, period)).is_some() {
                return None;
            }
        } else if let Expr::Not(of) = part
            && let Expr::Name(name) = &**of
            && hold.is_none()
        {
            hold = Some(name.last()?.clone());
        } else if !is_not_null(part) {
            return None;
        }
    }
    let (age, period) = found?;
    Some((
        period,
        Kept {
            relation: change.relation,
            age,
            hold,
        },
    ))
}

fn is_not_null(part: &Expr) -> bool {
    matches!(part, Expr::IsNull { not: true, .. })
}

fn compared(
    function: &Function,
    changes: &Changes<'_>,
    relation: &Relation,
    part: &Expr,
) -> Option<(String, Period)> {
    let Expr::Binary {
        operator,
        left,
        right,
    } = part
    else {
        return None;
    };
    let (young, cutoff) = match operator.as_str() {
        "<" | "<=" => (left, right),
        ">" | ">=" => (right, left),
        _ => return None,
    };
    let age = column(relation, young)?;
    Some((age, period(function, changes, cutoff, 3)?))
}

/// The time column that it is, or is made of.
fn column(relation: &Relation, expression: &Expr) -> Option<String> {
    let mut found = None;
    expression.walk(&mut |part| {
        if let Expr::Name(name) = part {
            let column = name.last().and_then(|name| relation.column(name));
            let timed = column
                .filter(|column| column.data_type.starts_with("timestamp") || column.data_type == "date");
            found = found.take().or(timed.map(|column| column.name.clone()));
        }
    });
    found
}

/// How long ago the cutoff is.
fn period(function: &Function, changes: &Changes<'_>, cutoff: &Expr, depth: u8) -> Option<Period> {
    match cutoff {
        Expr::Binary {
            operator,
            left,
            right,
        } if operator == "-" && is_now(left) => span(function, right),
        Expr::Name(name) if depth > 0 => match changes.variables.get(name.last()?)?.as_slice() {
            [value] => period(function, changes, value, depth - 1),
            _ => None,
        },
        _ => None,
    }
}

fn is_now(expression: &Expr) -> bool {
    let clocks = [
        "now",
        "current_timestamp",
        "clock_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
        "localtimestamp",
    ];
    match expression {
        Expr::Call { name, .. } => name.last().is_some_and(|name| clocks.contains(&name.as_str())),
        // `now() AT TIME ZONE 'UTC'`
        Expr::Other(parts) => parts.first().is_some_and(is_now),
        _ => false,
    }
}

/// `interval '30 days'`, an argument that is an interval, or one that counts days.
fn span(function: &Function, expression: &Expr) -> Option<Period> {
    const DAYS: &str = "30";
    if let Expr::Constant(constant) = expression {
        let fixed = constant.parse::<crate::contract::Interval>().is_ok();
        return fixed.then(|| Period {
            keep: constant.clone(),
            argument: None,
        });
    }
    let parameters = body::parameters(function);
    let mut argument = None;
    let mut counts_days = false;
    expression.walk(&mut |part| match part {
        Expr::Name(name) => {
            let place = parameters
                .iter()
                .position(|parameter| parameter.as_ref() == name.last());
            let numbered = name
                .last()
                .and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
            argument = argument
                .or(place)
                .or(numbered.map(|number| number.saturating_sub(1)));
        }
        Expr::Constant(constant) => {
            counts_days |= ["days", "day", "1 day", " days", " day"].contains(&constant.as_str());
        }
        _ => {}
    });
    // The names of arguments are lost in reading: `make_interval(days => n)` is known by its text.
    let text = function.body.as_deref().unwrap_or_default().to_lowercase();
    counts_days |= text.contains("days =>") || text.contains("days=>");
    let place = argument?;
    match function.input_types.get(place)?.as_str() {
        "interval" => Some(Period {
            keep: format!("{DAYS} days"),
            argument: Some((place, format!("'{DAYS} days'"))),
        }),
        "integer" | "bigint" | "smallint" | "numeric" if counts_days => Some(Period {
            keep: format!("{DAYS} days"),
            argument: Some((place, DAYS.to_owned())),
        }),
        _ => None,
    }
}

/// The zone that a function sets for itself, or turns the time into.
fn zone(function: &Function) -> Option<String> {
    let set = function.settings.iter().flatten().find_map(|setting| {
        let (name, value) = setting.split_once('=')?;
        name.eq_ignore_ascii_case("timezone")
            .then(|| value.trim_matches(['"', '\'']).to_owned())
    });
    let tokens = token::with_operators(function.body.as_deref().unwrap_or_default());
    let turned = tokens
        .windows(3)
        .find(|three| {
            three[0].is_word("time") && three[1].is_word("zone") && three[2].kind == token::Kind::String
        })
        .map(|three| three[2].value.clone());
    set.or(turned)
}

fn write(
    text: &mut Text,
    function: &Function,
    period: &Period,
    kept: &[Kept<'_>],
    application: Option<&str>,
    why: &str,
) {
    // Arguments that the statement does not give have to have a default.
    let given = period
        .argument
        .as_ref()
        .map(|(place, value)| (*place, value.clone()));
    let required =
        function.input_types.len() - function.arguments.to_lowercase().matches(" default ").count();
    let fits = match &given {
        Some((0, _)) => required <= 1,
        Some(_) => false,
        None => required == 0,
    };
    let arguments: Vec<String> = given.into_iter().map(|(_, value)| value).collect();
    let mut section = Text::default();
    section.section("[[retention]]");
    section.comment(&format!("likely: {why}"));
    section.string("run", &call(function, &arguments));
    let counts = function
        .result
        .as_deref()
        .is_some_and(|result| ["bigint", "integer"].contains(&result));
    if counts {
        section.string("returns", "count");
    }
    let runner = function
        .grants
        .iter()
        .filter_map(|grant| grant.grantee.as_deref())
        .find(|role| Some(*role) != application);
    if let Some(role) = runner.filter(|_| !function.security_definer) {
        section.comment("likely: it may call it");
        section.string("run_as", role);
    }
    if let Some(role) = application {
        section.comment("likely: it is the role that the application's sessions run as");
        section.string("app_role", role);
    }
    for one in kept {
        section.section(&format!(
            "[retention.tables.{}]",
            string(&relation_name(&one.relation.name).to_string())
        ));
        section.string("age", &one.age);
        section.string("keep", &period.keep);
        let naive = one
            .relation
            .column(&one.age)
            .is_some_and(|column| column.data_type == "timestamp without time zone");
        if let Some(zone) = zone(function).filter(|_| naive) {
            section.comment("likely: the function says so");
            section.string("zone", &zone);
        }
        if let Some(hold) = &one.hold {
            section.string("hold", hold);
        }
    }
    if fits {
        text.append(&section);
    } else {
        text.blank()
            .comment("guess: it has arguments that nothing tells the meaning of")
            .comment(&section.into_string());
    }
}
