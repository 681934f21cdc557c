//! `pgproof explain`, `rules` and `schema`: what pgproof knows by itself.

use pgproof::contract::Contract;
use pgproof::prove::rules;

use super::USAGE;
use super::console::Console;

pub(super) fn explain(name: &str, console: &Console) -> u8 {
    if let Some(rule) = rules::find(name) {
        console.print(&format!("# {}\n\n{}", rule.name, rule.page.trim_end()));
        for (number, way) in rules::vectors(rule.name).enumerate() {
            if number == 0 {
                console.print("\n## What is tried");
            }
            console.print(&format!(
                "\n### {}\n\n{}\n\nOpened by\n\n```sql\n{}\n```\n\nand closed by\n\n```sql\n{}\n```",
                way.name,
                way.about,
                way.bad.trim_end(),
                way.good.trim_end()
            ));
        }
        return 0;
    }
    let area = format!("{}/", name.trim_end_matches('/'));
    let in_area: Vec<&str> = rules::RULES
        .iter()
        .map(|rule| rule.name)
        .filter(|rule| rule.starts_with(&area))
        .collect();
    let meant = match (in_area.as_slice(), rules::nearest(name)) {
        ([], Some(rule)) => format!("; did you mean {}?", rule.name),
        ([], None) => String::new(),
        (some, _) => format!("; of that area there are {}", some.join(", ")),
    };
    console.error(&format!(
        "there is no rule `{name}`{meant} (`pgproof rules` lists them all)"
    ));
    USAGE
}

pub(super) fn rules(console: &Console) -> u8 {
    let width = rules::RULES
        .iter()
        .map(|rule| rule.name.len())
        .max()
        .unwrap_or_default();
    for rule in rules::RULES {
        console.print(&format!("{:width$}  {}", rule.name, rule.summary()));
    }
    0
}

pub(super) fn schema(console: &Console) -> u8 {
    console.print(&format!("{:#}", Contract::schema()));
    0
}
