//! The statements that the contract runs to remove or erase: which function they call.

use super::mention::Mentions;
use crate::catalog::{Catalog, Function};

/// The function that the statement calls: what has to be mended where it does wrong. None: it calls none of the project's.
pub(super) fn function<'a>(catalog: &'a Catalog, statement: &str) -> Option<&'a Function> {
    let mentions = Mentions::of(statement);
    let called: Vec<&Function> = catalog
        .functions
        .iter()
        .filter(|function| mentions.name(&function.name))
        .collect();
    let given = arguments(statement);
    called
        .iter()
        .find(|function| function.input_types.len() == given)
        .or(called.first())
        .copied()
}

/// How many arguments stand between the first pair of parentheses.
fn arguments(statement: &str) -> usize {
    let Some(open) = statement.find('(') else {
        return 0;
    };
    let (mut depth, mut quoted, mut commas, mut any) = (0_usize, false, 0, false);
    for character in statement[open + 1..].chars() {
        any |= !character.is_whitespace() && (character != ')' || depth > 0);
        match character {
            '\'' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' => depth += 1,
            ')' if depth == 0 => break,
            ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => commas += 1,
            _ => {}
        }
    }
    if any { commas + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_counted_between_the_outer_parentheses() {
        assert_eq!(arguments("SELECT retention.run()"), 0);
        assert_eq!(arguments("SELECT retention.purge(30)"), 1);
        assert_eq!(
            arguments("SELECT purge('a,b', make_interval(0, 1), ARRAY[1, 2])"),
            3
        );
        assert_eq!(arguments("DELETE FROM t"), 0);
    }
}
