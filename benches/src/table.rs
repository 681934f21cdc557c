//! The report: rows of work, who did it in which time, and the ratio to pgproof's.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::machine::Machine;
use crate::measure::Series;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    rows: Vec<Row>,
    scale: Vec<Growth>,
}

/// One kind of work.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    work: String,
    /// pgproof first.
    results: Vec<Measured>,
}

#[derive(Debug, Serialize)]
struct Measured {
    name: String,
    median_ms: Option<f64>,
    least_ms: Option<f64>,
    most_ms: Option<f64>,
    rounds: usize,
    /// This median divided by pgproof's.
    ratio: Option<f64>,
    goal: Option<Goal>,
    skipped: Option<String>,
}

/// What the ratio of the other's time to pgproof's should be.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    /// The other takes at least so many times as long.
    Faster(f64),
    /// pgproof takes at most so many times as long.
    Within(f64),
    /// pgproof takes no longer than so many milliseconds.
    Below(f64),
}

impl Goal {
    fn is_met(self, ours: f64, theirs: f64) -> bool {
        match self {
            Self::Faster(times) => theirs >= times * ours,
            Self::Within(times) => ours <= times * theirs,
            Self::Below(milliseconds) => ours <= milliseconds,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faster(times) => write!(f, "{times}× faster"),
            Self::Within(times) => write!(f, "within {times}×"),
            Self::Below(milliseconds) => write!(f, "{} a second", 1000.0 / milliseconds),
        }
    }
}

impl Row {
    /// The series of one measuring, pgproof's first, each the time of `each` pieces of work; goals by the names of peers.
    pub(crate) fn new(
        work: impl Into<String>,
        series: &[Series],
        each: usize,
        goals: &[(&str, Goal)],
    ) -> Self {
        let ours = series
            .first()
            .and_then(Series::median)
            .map(|time| piece(time, each));
        let results = series.iter().map(|series| {
            let of = |time: Option<Duration>| time.map(|time| piece(time, each));
            let median = of(series.median());
            Measured {
                name: series.name.clone(),
                median_ms: median,
                least_ms: of(series.times.first().copied()),
                most_ms: of(series.times.last().copied()),
                rounds: series.times.len(),
                ratio: median.zip(ours).map(|(theirs, ours)| theirs / ours),
                goal: goals
                    .iter()
                    .find(|(name, _)| *name == series.name)
                    .map(|(_, goal)| *goal),
                skipped: series.stopped.clone(),
            }
        });
        Self {
            work: work.into(),
            results: results.collect(),
        }
    }
}

/// The time of one piece, in milliseconds.
fn piece(time: Duration, each: usize) -> f64 {
    // Rows have thousands of pieces, not 2⁵³.
    #[expect(clippy::cast_precision_loss, reason = "a count that a double holds exactly")]
    let each = each.max(1) as f64;
    time.as_secs_f64() * 1e3 / each
}

/// How the cost of something grows.
#[derive(Debug, Serialize)]
pub(crate) struct Growth {
    pub(crate) of: String,
    /// What is counted in the columns' heads.
    pub(crate) by: String,
    pub(crate) unit: &'static str,
    pub(crate) steps: Vec<(usize, f64)>,
}

impl Report {
    pub(crate) fn of_rows(rows: Vec<Row>, machine: Machine) -> Self {
        Self {
            machine,
            rows,
            scale: Vec::new(),
        }
    }

    pub(crate) fn of_scale(scale: Vec<Growth>, machine: Machine) -> Self {
        Self {
            machine,
            rows: Vec::new(),
            scale,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.machine)?;
        if !self.rows.is_empty() {
            writeln!(f, "{}", rows(&self.rows))?;
        }
        let mut rest = &self.scale[..];
        // One table for each thing that grows.
        while let Some(first) = rest.first() {
            let same = rest.iter().take_while(|growth| growth.by == first.by).count();
            writeln!(f, "{}\n", growth(&rest[..same]))?;
            rest = &rest[same..];
        }
        Ok(())
    }
}

fn rows(rows: &[Row]) -> String {
    let mut table = line(["work", "by", "median", "spread", "ratio", "goal"]) + &rule(6);
    for row in rows {
        let ours = row.results.first().and_then(|ours| ours.median_ms);
        for (number, result) in row.results.iter().enumerate() {
            let work = if number == 0 { &*row.work } else { "" };
            let spread = result
                .least_ms
                .zip(result.most_ms)
                .map_or_else(String::new, |(least, most)| {
                    format!("{} – {}", shown(least), shown(most))
                });
            let goal = result
                .goal
                .map_or_else(String::new, |goal| match ours.zip(result.median_ms) {
                    Some((ours, theirs)) if goal.is_met(ours, theirs) => format!("{goal}: met"),
                    Some(_) => format!("{goal}: missed"),
                    None => goal.to_string(),
                });
            let median = match (result.median_ms, &result.skipped) {
                (Some(median), _) => format!("{} ms", shown(median)),
                (None, why) => format!("not measured: {}", why.as_deref().unwrap_or("nothing was done")),
            };
            let ratio = result
                .ratio
                .map_or_else(String::new, |ratio| format!("{ratio:.2}"));
            table += &line([work, &result.name, &median, &spread, &ratio, &goal]);
        }
    }
    table
}

fn growth(all: &[Growth]) -> String {
    let mut header = vec![all.first().map_or_else(String::new, |first| first.by.clone())];
    if let Some(first) = all.first() {
        header.extend(first.steps.iter().map(|(count, _)| count.to_string()));
    }
    let mut table = line(&header) + &rule(header.len());
    for growth in all {
        let mut cells = vec![format!("{} ({})", growth.of, growth.unit)];
        cells.extend(growth.steps.iter().map(|(_, value)| shown(*value)));
        table += &line(&cells);
    }
    table
}

/// A line of a Markdown table.
fn line<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let cells = cells.into_iter().map(|cell| format!(" {} |", cell.as_ref()));
    format!("|{}\n", cells.collect::<String>())
}

fn rule(columns: usize) -> String {
    line(vec!["---"; columns])
}

/// Three digits that count.
fn shown(value: f64) -> String {
    match value {
        _ if value < 10.0 => format!("{value:.2}"),
        _ if value < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}
