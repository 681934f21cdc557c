//! `sqitch.conf`: where the plan and the scripts are, and psql's variables. It is written as git's configuration is.

use std::collections::BTreeMap;

/// What `sqitch.conf` says; a later line wins.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Config {
    values: BTreeMap<String, String>,
}

impl Config {
    pub(super) fn parse(text: &str) -> Self {
        let mut values = BTreeMap::new();
        let mut section = String::new();
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.trim();
            if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                section = match header.split_once([' ', '\t']) {
                    // The part in quotes keeps its case.
                    Some((name, part)) => {
                        format!("{}.{}", name.to_lowercase(), part.trim().trim_matches('"'))
                    }
                    None => header.to_lowercase(),
                };
            } else if let Some((key, value)) = line.split_once('=')
                && !line.starts_with(['#', ';'])
            {
                let key = format!("{section}.{}", key.trim());
                values.insert(key, unquoted(value.trim()));
            }
        }
        Self { values }
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// A value of the engine `pg`, or else of the core.
    pub(super) fn of_engine(&self, key: &str) -> Option<&str> {
        self.get(&format!("engine.pg.{key}"))
            .or_else(|| self.get(&format!("core.{key}")))
    }

    /// The variables that psql gets while deploying; what stands later in this list wins in sqitch, too.
    pub(super) fn variables(&self) -> BTreeMap<&str, &str> {
        let mut variables = BTreeMap::new();
        for section in ["core.variables.", "engine.pg.variables.", "deploy.variables."] {
            for (key, value) in &self.values {
                if let Some(name) = key.strip_prefix(section) {
                    variables.insert(name, value.as_str());
                }
            }
        }
        variables
    }
}

/// A value without a comment behind it, and without its quotes.
fn unquoted(value: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    let mut characters = value.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' => match characters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(c) => out.push(c),
                None => {}
            },
            '#' | ';' if !quoted => break,
            c => out.push(c),
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_says_comes_before_what_the_core_says() {
        let config = Config::parse(
            "[core]\n\tengine = pg\n\t# plan_file = no.plan\n\ttop_dir = \"my; db\" ; why\n[engine \"pg\"]\n\tregistry = reg\n\
             top_dir=db\n[deploy \"variables\"]\n\tWho = me\n[engine \"pg.variables\"]\n Who = you\n to = x\n",
        );
        assert_eq!(config.get("core.engine"), Some("pg"));
        assert_eq!(config.get("core.top_dir"), Some("my; db"));
        assert_eq!(config.of_engine("top_dir"), Some("db"));
        assert_eq!(config.of_engine("plan_file"), None);
        let variables: Vec<_> = config.variables().into_iter().collect();
        assert_eq!(variables, [("Who", "me"), ("to", "x")]);
    }
}
