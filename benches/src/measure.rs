//! Taking turns: what is compared is measured round by round, and not one after the other.

use std::time::Duration;

/// One of those who are compared.
pub(crate) struct Contender<'a> {
    name: String,
    run: Run<'a>,
}

/// Does the work once and returns how long that took, or why it can't be done here.
type Run<'a> = Box<dyn FnMut() -> anyhow::Result<Duration> + 'a>;

impl<'a> Contender<'a> {
    pub(crate) fn new(name: impl Into<String>, run: impl FnMut() -> anyhow::Result<Duration> + 'a) -> Self {
        Self {
            name: name.into(),
            run: Box::new(run),
        }
    }

    /// One that can't take part.
    pub(crate) fn absent(name: impl Into<String>, why: impl Into<String>) -> Self {
        let why = why.into();
        Self::new(name, move || Err(anyhow::anyhow!("{why}")))
    }
}

/// What came of one contender.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Sorted.
    pub(crate) times: Vec<Duration>,
    /// Why there are no more.
    pub(crate) stopped: Option<String>,
}

impl Series {
    /// The middle one; of an even number the mean of both.
    pub(crate) fn median(&self) -> Option<Duration> {
        let middle = self.times.len() / 2;
        match self.times.len() {
            0 => None,
            even if even % 2 == 0 => Some((self.times[middle - 1] + self.times[middle]) / 2),
            _ => Some(self.times[middle]),
        }
    }
}

/// Lets all do their work once each round, in an order that moves on by one, so that nobody always comes after the same.
pub(crate) fn take_turns(what: &str, rounds: usize, mut contenders: Vec<Contender<'_>>) -> Vec<Series> {
    let mut all: Vec<Series> = contenders
        .iter()
        .map(|contender| Series {
            name: contender.name.clone(),
            times: Vec::new(),
            stopped: None,
        })
        .collect();
    let count = contenders.len();
    for round in 0..rounds {
        eprintln!(
            "{what}: round {} of {rounds}, load {}",
            round + 1,
            crate::machine::load().unwrap_or_default()
        );
        for turn in 0..count {
            let which = (turn + round) % count;
            let series = &mut all[which];
            if series.stopped.is_some() {
                continue;
            }
            match (contenders[which].run)() {
                Ok(time) => {
                    eprintln!("  {}: {:.2} ms", series.name, time.as_secs_f64() * 1e3);
                    series.times.push(time);
                }
                Err(error) => {
                    eprintln!("  {}: {error:#}", series.name);
                    series.stopped = Some(format!("{error:#}"));
                }
            }
        }
    }
    for series in &mut all {
        series.times.sort();
    }
    all
}
