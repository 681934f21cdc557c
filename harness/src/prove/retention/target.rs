//! What the contract wants of one table, with its names found in the catalog and its time as SQL.

use super::kin;
use crate::catalog::{Catalog, Column, Name, Relation, TypeKind};
use crate::contract::{Action, ColumnName, RelationName, RetainedTable, nearest};
use crate::sql::{identifier, literal, qualified};

/// What kind of time an age is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AgeType {
    /// `timestamp with time zone`.
    Instant,
    /// `timestamp without time zone`.
    Local,
    /// `date`.
    Day,
}

/// One table and what has to go from it.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) relation: &'a Relation,
    /// What the contract says.
    pub(super) rule: RetainedTable,
    /// The column that a row's age is counted from.
    pub(super) age: &'a Column,
    pub(super) age_type: AgeType,
    /// How long a row is kept, as `interval` takes it.
    pub(super) keep: String,
    /// The zone that the run works in where it is told nothing: of the function itself.
    pub(super) run_zone: Option<String>,
}

impl<'a> Target<'a> {
    /// Finds the names in the catalog. What does not fit it is said in words.
    pub(super) fn find(
        catalog: &'a Catalog,
        name: &RelationName,
        rule: &RetainedTable,
        age: &str,
        keep: &str,
        run_zone: Option<String>,
    ) -> Result<Self, String> {
        let relation = table(catalog, name)?;
        let age = column(relation, age)?;
        let age_type = age_type(catalog, &age.data_type).ok_or_else(|| {
            format!(
                "{}.{} is a {}, which is no time",
                relation.name, age.name, age.data_type
            )
        })?;
        if age.generated.is_some() {
            return Err(format!(
                "{}.{} is generated: no age can be given to a row",
                relation.name, age.name
            ));
        }
        for name in rule.tenant.iter().chain(&rule.anonymise) {
            column(relation, name)?;
        }
        for younger in &rule.keep_while_younger {
            let child = table(catalog, &younger.relation)?;
            let column = column(child, &younger.column)?;
            if self::age_type(catalog, &column.data_type).is_none() {
                return Err(format!("{younger} is a {}, which is no time", column.data_type));
            }
            if !kin::leads_to(catalog, child, relation) {
                return Err(format!(
                    "no foreign key leads from {} to {}",
                    child.name, relation.name
                ));
            }
        }
        if let Some(archive) = &rule.archive_to {
            table(catalog, archive)?;
        }
        Ok(Self {
            relation,
            rule: rule.clone(),
            age,
            age_type,
            keep: keep.to_owned(),
            run_zone,
        })
    }

    /// Its name as SQL.
    pub(super) fn sql(&self) -> String {
        qualified(&self.relation.name.schema, &self.relation.name.name)
    }

    /// Its name as claims bear it.
    pub(super) fn object(&self) -> String {
        self.relation.name.to_string()
    }

    pub(super) fn is_anonymised(&self) -> bool {
        self.rule.action == Action::Anonymise
    }

    /// The zone that decides when a day begins and a local time is, as SQL; none: the session's.
    fn zone(&self) -> Option<String> {
        let named = self.rule.zone.as_deref();
        match self.age_type {
            AgeType::Instant => named.or(self.run_zone.as_deref()).map(literal),
            AgeType::Local | AgeType::Day => Some(literal(named.unwrap_or("UTC"))),
        }
    }

    /// The age of a row that is exactly as old as it may be, as SQL: what is smaller has to go.
    pub(super) fn cutoff(&self) -> String {
        self.cutoff_for(self.age_type)
    }

    /// The same where a rule keeps rows otherwise.
    pub(super) fn cutoff_at(&self, keep: &str) -> String {
        self.cutoff_of(self.age_type, keep)
    }

    /// The same for a column of another type.
    fn cutoff_for(&self, age_type: AgeType) -> String {
        self.cutoff_of(age_type, &self.keep)
    }

    fn cutoff_of(&self, age_type: AgeType, keep: &str) -> String {
        let keep = format!("{}::pg_catalog.interval", literal(keep));
        let zone = self.zone();
        let at = zone.as_deref().unwrap_or("'UTC'");
        match (age_type, &zone) {
            (AgeType::Instant, None) => format!("(pg_catalog.now() - {keep})"),
            (AgeType::Instant, Some(_)) => {
                format!("((pg_catalog.now() AT TIME ZONE {at} - {keep}) AT TIME ZONE {at})")
            }
            (AgeType::Local, _) => format!("(pg_catalog.now() AT TIME ZONE {at} - {keep})"),
            (AgeType::Day, _) => format!("((pg_catalog.now() AT TIME ZONE {at})::pg_catalog.date - {keep})"),
        }
    }

    /// An age that is certainly not too old, whatever a second or two matter; now where little is kept.
    pub(super) fn young(&self) -> String {
        let now = self.cutoff_for(self.age_type);
        let half = format!("{}::pg_catalog.interval / 2", literal(&self.keep));
        match self.age_type {
            AgeType::Day => format!("({now} + {half} + pg_catalog.interval '1 day')"),
            AgeType::Instant | AgeType::Local => format!("({now} + {half})"),
        }
    }

    /// An age that is certainly too old, in every zone.
    pub(super) fn old(&self) -> String {
        format!("({} - pg_catalog.interval '3 days')", self.cutoff())
    }

    /// What the contract wants of a row by its own columns, as SQL on the unaliased table.
    pub(super) fn fate(&self, tenant: Option<&str>) -> String {
        let age = self.column(&self.age.name);
        let mut cases = Vec::new();
        if let (Some(column), Some(tenant)) = (&self.rule.tenant, tenant) {
            cases.push(format!(
                "WHEN {} IS DISTINCT FROM {} THEN 'stay'",
                self.column(column),
                literal(tenant)
            ));
        }
        if let Some(hold) = &self.rule.hold {
            cases.push(format!("WHEN ({hold}\n) THEN 'stay'"));
        }
        let unset = match self.rule.null_age.map(crate::contract::NullAge::as_str) {
            Some("keep") => "stay",
            Some(_) => "go",
            None => "open",
        };
        cases.push(format!("WHEN {age} IS NULL THEN '{unset}'"));
        cases.push(format!("WHEN {age} < {} THEN 'go'", self.cutoff()));
        format!("CASE {} ELSE 'stay' END", cases.join(" "))
    }

    /// Whether the predicate holds for a row, as SQL: NULL where there is none.
    pub(super) fn held(&self) -> String {
        self.rule
            .hold
            .as_ref()
            .map_or_else(|| "NULL".to_owned(), |hold| format!("({hold}\n)"))
    }

    /// How a child's column compares with what keeps its parent, as SQL on the unaliased child: `y`ounger, `o`lder, or
    /// `=` where nothing is said.
    pub(super) fn younger(&self, catalog: &Catalog, child: &ColumnName) -> Option<String> {
        let relation = catalog.relation(&child.relation.schema, &child.relation.name)?;
        let column = relation.column(&child.column)?;
        let cutoff = self.cutoff_for(age_type(catalog, &column.data_type)?);
        let name = format!("{}.{}", identifier(&relation.name.name), identifier(&column.name));
        Some(format!(
            "CASE WHEN {name} > {cutoff} THEN 'y' WHEN {name} < {cutoff} THEN 'o' ELSE '=' END"
        ))
    }

    pub(super) fn column(&self, name: &str) -> String {
        format!("{}.{}", identifier(&self.relation.name.name), identifier(name))
    }
}

/// What kind of time a type is, be it a domain's.
pub(super) fn age_type(catalog: &Catalog, data_type: &str) -> Option<AgeType> {
    let bare = match (data_type.find('('), data_type.find(')')) {
        (Some(open), Some(close)) => format!("{}{}", &data_type[..open], &data_type[close + 1..]),
        _ => data_type.to_owned(),
    };
    match bare.as_str() {
        "timestamp with time zone" => Some(AgeType::Instant),
        "timestamp without time zone" => Some(AgeType::Local),
        "date" => Some(AgeType::Day),
        _ => age_type(catalog, base_type(catalog, data_type)?),
    }
}

/// What a domain is made on.
pub(super) fn base_type<'a>(catalog: &'a Catalog, data_type: &str) -> Option<&'a str> {
    catalog
        .types
        .iter()
        .find(|known| {
            known.kind == TypeKind::Domain
                && (known.name.to_string() == data_type || known.name.name == data_type)
        })
        .and_then(|domain| domain.base_type.as_deref())
}

/// The table of that name.
pub(super) fn table<'a>(catalog: &'a Catalog, name: &RelationName) -> Result<&'a Relation, String> {
    if let Some(relation) = catalog.relation(&name.schema, &name.name) {
        return if relation.kind.is_table() {
            Ok(relation)
        } else {
            Err(format!("{name} is a {}, and no table", relation.kind))
        };
    }
    let tables = catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table());
    let known: Vec<String> = tables.map(|relation| relation.name.to_string()).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Err(format!(
        "no migration makes the table {name}{}",
        meant(&name.to_string(), &known)
    ))
}

fn column<'a>(relation: &'a Relation, name: &str) -> Result<&'a Column, String> {
    relation.column(name).ok_or_else(|| {
        let known: Vec<&str> = relation
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        format!("{} has no column {name}{}", relation.name, meant(name, &known))
    })
}

/// `; did you mean …?`, where something is like it.
pub(super) fn meant(name: &str, known: &[&str]) -> String {
    nearest(name, known).map_or_else(String::new, |meant| format!("; did you mean {meant}?"))
}

/// A name as the catalog has it.
pub(super) fn name(relation: &RelationName) -> Name {
    Name::new(relation.schema.clone(), relation.name.clone())
}
