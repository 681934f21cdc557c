//! The rows of the table, in its order.

mod cold;
mod fresh;
mod mutants;
mod processes;
mod thousand;
mod verify;

use crate::arguments::RowName;
use crate::setting::Setting;
use crate::table::Row;

/// How many clones, tests or processes one round of the large rows takes: few enough that their files fit in memory.
const CHUNK: usize = 200;

/// Measures what was asked for.
pub(crate) fn measure(setting: &Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let asked = &setting.arguments.only;
    let mut rows = Vec::new();
    for (name, measure) in [
        (
            RowName::Cold,
            cold::measure as fn(&Setting<'_>) -> anyhow::Result<Vec<Row>>,
        ),
        (RowName::Fresh, fresh::measure),
        (RowName::Thousand, thousand::measure),
        (RowName::Mutants, mutants::measure),
        (RowName::Processes, processes::measure),
        (RowName::Verify, verify::measure),
    ] {
        if asked.is_empty() || asked.contains(&name) {
            rows.extend(measure(setting)?);
        }
    }
    Ok(rows)
}
