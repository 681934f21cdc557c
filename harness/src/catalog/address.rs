//! How PostgreSQL itself points at an object, which links it to the statement that an event trigger saw making it.

use super::Catalog;

/// `classid`, `objid` and `objsubid` of `pg_event_trigger_ddl_commands`, and the object they mean.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// The catalogue that the object is in: `pg_class`, `pg_policy` …
    pub class: String,
    /// The object's number in it.
    pub oid: u32,
    /// A column's number, otherwise 0.
    pub number: i16,
    /// The object: `app.people`, `app.people.email`, `tenant_isolation on app.people`, `app.purge(integer)`.
    pub object: String,
}

impl Catalog {
    /// Where every object is found, sorted.
    #[must_use]
    pub fn addresses(&self) -> Vec<Address> {
        let mut found = Vec::new();
        let mut add = |class: &str, oid: super::Oid, object: String| {
            found.push(Address {
                class: class.to_owned(),
                oid: oid.0,
                number: 0,
                object,
            });
        };
        for schema in &self.schemas {
            add("pg_namespace", schema.oid, schema.name.clone());
        }
        for extension in &self.extensions {
            add("pg_extension", extension.oid, extension.name.clone());
        }
        for role in &self.roles {
            add("pg_authid", role.oid, role.name.clone());
        }
        for data_type in &self.types {
            add("pg_type", data_type.oid, data_type.name.to_string());
            for constraint in &data_type.constraints {
                add(
                    "pg_constraint",
                    constraint.oid,
                    format!("{} on {}", constraint.name, data_type.name),
                );
            }
        }
        for sequence in &self.sequences {
            add("pg_class", sequence.oid, sequence.name.to_string());
        }
        for function in &self.functions {
            add("pg_proc", function.oid, function.signature());
        }
        for privileges in &self.default_privileges {
            add("pg_default_acl", privileges.oid, privileges.to_string());
        }
        for other in &self.others {
            add(&other.class, other.oid, other.name.clone());
        }
        for relation in &self.relations {
            let name = &relation.name;
            add("pg_class", relation.oid, name.to_string());
            for constraint in &relation.constraints {
                add(
                    "pg_constraint",
                    constraint.oid,
                    format!("{} on {name}", constraint.name),
                );
            }
            for index in &relation.indexes {
                add("pg_class", index.oid, format!("{} on {name}", index.name));
            }
            for policy in &relation.policies {
                add("pg_policy", policy.oid, format!("{} on {name}", policy.name));
            }
            for trigger in &relation.triggers {
                add("pg_trigger", trigger.oid, format!("{} on {name}", trigger.name));
            }
            for rule in &relation.rules {
                add("pg_rewrite", rule.oid, format!("{} on {name}", rule.name));
            }
            for statistics in &relation.statistics {
                add("pg_statistic_ext", statistics.oid, statistics.name.to_string());
            }
            for sequence in relation
                .columns
                .iter()
                .filter_map(|column| column.identity_sequence.as_ref())
            {
                add("pg_class", sequence.oid, sequence.name.to_string());
            }
        }
        for relation in &self.relations {
            for column in &relation.columns {
                found.push(Address {
                    class: "pg_class".to_owned(),
                    oid: relation.oid.0,
                    number: column.number.0,
                    object: format!("{}.{}", relation.name, super::name::readable(&column.name)),
                });
            }
        }
        found.sort();
        found
    }
}
