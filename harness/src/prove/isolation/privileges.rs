//! What a role has been granted on relations, so that attempts name the columns that they may.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Name, Relation};
use crate::error::Error;
use crate::prove::session::Session;
use crate::sql::{identifier, literal, qualified};

/// One role's privileges.
#[derive(Debug, Default)]
pub(super) struct Privileges(BTreeMap<Name, Granted>);

#[derive(Debug, Default)]
struct Granted {
    schema: bool,
    table: BTreeSet<String>,
    columns: BTreeMap<String, Vec<String>>,
}

impl Privileges {
    pub(super) async fn read(session: &Session, role: &str) -> Result<Self, Error> {
        let query = include_str!("privileges.sql").replace("$1", &literal(role));
        let mut all = BTreeMap::new();
        for row in session.rows(&query).await? {
            let [Some(schema), Some(name), usage, table, columns] = row.as_slice() else {
                continue;
            };
            let granted = Granted {
                schema: usage.as_deref() == Some("t"),
                table: table
                    .iter()
                    .flat_map(|text| text.split(' '))
                    .map(str::to_owned)
                    .collect(),
                columns: columns
                    .as_deref()
                    .and_then(|text| serde_json::from_str(text).ok())
                    .unwrap_or_default(),
            };
            all.insert(Name::new(schema.clone(), name.clone()), granted);
        }
        Ok(Self(all))
    }

    /// Whether the role may do anything at all with the relation.
    pub(super) fn reaches(&self, name: &Name) -> bool {
        self.0.get(name).is_some_and(|granted| {
            granted.schema && !(granted.table.is_empty() && granted.columns.is_empty())
        })
    }

    /// Whether the role may do this with the whole relation.
    pub(super) fn may(&self, privilege: &str, name: &Name) -> bool {
        self.0
            .get(name)
            .is_some_and(|granted| granted.schema && granted.table.contains(privilege))
    }

    /// Whether the role may do this with a column.
    pub(super) fn may_with(&self, privilege: &str, name: &Name, column: &str) -> bool {
        self.may(privilege, name)
            || self.0.get(name).is_some_and(|granted| {
                granted.schema
                    && granted
                        .columns
                        .get(privilege)
                        .is_some_and(|columns| columns.iter().any(|c| c == column))
            })
    }

    /// Reads what the role may read of a relation: all columns, those that were granted, or (to be refused) all.
    pub(super) fn select(&self, relation: &Relation) -> String {
        let name = qualified(&relation.name.schema, &relation.name.name);
        let columns: Vec<String> = relation
            .columns
            .iter()
            .filter(|column| self.may_with("SELECT", &relation.name, &column.name))
            .map(|column| identifier(&column.name))
            .collect();
        if columns.is_empty() {
            format!("SELECT * FROM {name}")
        } else {
            format!("SELECT {} FROM {name}", columns.join(", "))
        }
    }
}
