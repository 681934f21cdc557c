//! Whose the rows of each table are. What a table's policies let everybody do never tells: that is what is to be judged.
//! Its sisters tell, its keys, and what its policies compare with the tenant.

use std::collections::{BTreeMap, BTreeSet};

use super::guess::Sureness;
use super::owner::{Owner, relation_name};
use super::policy::Lets;
use super::tenancy::{Met, Tenancy, Usual};
use crate::catalog::{ConstraintKind, Name, Policy, Relation};
use crate::contract::{TenantPath, TenantStep};
use crate::sql::token;

/// Names that a tenant's key often goes by.
const TENANT_NAMES: [&str; 14] = [
    "tenant_id",
    "org_id",
    "organization_id",
    "organisation_id",
    "user_id",
    "account_id",
    "owner_id",
    "company_id",
    "workspace_id",
    "customer_id",
    "team_id",
    "client_id",
    "tenant",
    "owner",
];

/// Words in the name of a policy by which somebody says that everybody may.
const PUBLIC_WORDS: [&str; 8] = [
    "public",
    "everyone",
    "everybody",
    "anyone",
    "anybody",
    "all users",
    "world",
    "viewable",
];

/// Names of columns by which a row is everybody's to read.
const PUBLIC_COLUMNS: [&str; 9] = [
    "published",
    "public",
    "is_public",
    "is_published",
    "visibility",
    "listed",
    "is_listed",
    "shared",
    "is_shared",
];

/// Whose a table's rows are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Belongs {
    /// Each row to the tenant that the path leads to.
    Tenant(TenantPath),
    /// To all tenants, to read.
    Shared,
    /// To no tenant.
    Internal,
    /// It can't be told.
    Undecided,
}

/// A table with what is taken for meant.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: Name,
    pub(super) belongs: Belongs,
    pub(super) sureness: Sureness,
    pub(super) why: String,
    /// Rows that anyone may read, with why.
    pub(super) public_rows: Option<(String, String)>,
    /// Rows that anyone may read and no tenant may write, with why.
    pub(super) shared_rows: Option<(String, String)>,
}

impl Table {
    fn new(name: &Name, belongs: Belongs, sureness: Sureness, why: impl Into<String>) -> Self {
        Self {
            name: name.clone(),
            belongs,
            sureness,
            why: why.into(),
            public_rows: None,
            shared_rows: None,
        }
    }

    fn undecided(name: &Name, why: impl Into<String>) -> Self {
        Self::new(name, Belongs::Undecided, Sureness::Guess, why)
    }
}

/// Every table, by name.
pub(super) fn tables(met: &[Met<'_>], tenancy: &Tenancy, role: &str) -> Vec<Table> {
    let judge = Judge { met, tenancy, role };
    let mut known: BTreeMap<Name, Table> = BTreeMap::new();
    let mut open: Vec<&Met<'_>> = Vec::new();
    for table in met {
        match judge.by_itself(table) {
            Some(found) => {
                known.insert(found.name.clone(), found);
            }
            None => open.push(table),
        }
    }
    // Children of children: as many rounds as the longest path has steps.
    loop {
        let found: Vec<Table> = open.iter().filter_map(|table| by_parent(table, &known)).collect();
        if found.is_empty() {
            break;
        }
        open.retain(|table| !found.iter().any(|found| found.name == table.relation.name));
        known.extend(found.into_iter().map(|table| (table.name.clone(), table)));
    }
    for table in open {
        let found = judge.rest(table);
        known.insert(found.name.clone(), found);
    }
    known.into_values().collect()
}

struct Judge<'j, 'c> {
    met: &'j [Met<'c>],
    tenancy: &'j Tenancy,
    role: &'j str,
}

impl Judge<'_, '_> {
    /// What its own policies, its privileges and its sisters tell; `None` where they tell nothing.
    fn by_itself(&self, table: &Met<'_>) -> Option<Table> {
        let name = &table.relation.name;
        let role = self.role;
        let named = table.branches.iter().any(|branch| branch.policy.roles.is_some());
        let has_sisters = self.tenancy.usual.as_ref().is_some_and(|usual| {
            has_usual(table.relation, usual) && sisters(table, usual) > 0 && !self.leads_to_owners(name)
        });
        if table.commands.is_empty() && !named && !has_sisters {
            let why = format!("nothing is granted to {role}");
            return Some(Table::new(name, Belongs::Internal, Sureness::Sure, why));
        }
        let guarded = table.relation.row_security && !self.owns(table.relation);
        let special = |lets: &Lets| *lets == Lets::Special;
        if guarded && table.branches.iter().all(|branch| special(&branch.lets)) && !has_sisters {
            let why = format!("row level security is on, and no policy lets {role} in");
            return Some(Table::new(name, Belongs::Internal, Sureness::Likely, why));
        }
        if table.branches.iter().any(|branch| branch.lets == Lets::Unknown) {
            return Some(Table::undecided(
                name,
                "a policy of its own can't be followed to whose the rows are",
            ));
        }
        if table.owned().next().is_some() {
            return Some(self.by_policies(table));
        }
        self.by_sisters(table).or_else(|| self.of_tenants(table))
    }

    /// What its own policies compare with the tenant.
    fn by_policies(&self, table: &Met<'_>) -> Table {
        let name = &table.relation.name;
        let source = &self.tenancy.source;
        let ours: Vec<BTreeSet<&Owner>> = table
            .owned()
            .map(|owners| owners.iter().filter(|owner| owner.source == *source).collect())
            .collect();
        if ours.iter().all(BTreeSet::is_empty) {
            let other = table
                .owned()
                .flatten()
                .next()
                .map(|owner| owner.source.to_string());
            let why = format!(
                "its policies compare rows with {}, which is not what tells the tenants apart",
                other.unwrap_or_default()
            );
            return Table::undecided(name, why);
        }
        let mut common = ours
            .iter()
            .skip(1)
            .fold(ours[0].clone(), |common, next| &common & next);
        let Some(usual) = self.tenancy.usual.as_ref() else {
            return self.owned(table, common);
        };
        // Where all its sisters go by a column that it has, and it goes by another, the sisters tell.
        let direct = common.iter().all(|owner| owner.path.steps.is_empty());
        let elsewhere = direct && !common.iter().any(|owner| owner.path.column == usual.column);
        if elsewhere && !common.is_empty() && has_usual(table.relation, usual) && sisters(table, usual) >= 2 {
            let why = format!(
                "{}, though its own policy compares another column",
                self.sisters_say(table, usual)
            );
            let path = column(&usual.column);
            return Table::new(name, Belongs::Tenant(path), Sureness::Likely, why);
        }
        if common.len() > 1 {
            common.retain(|owner| owner.path.steps.is_empty());
        }
        if common.len() > 1 {
            common.retain(|owner| owner.path.column == usual.column);
        }
        self.owned(table, common)
    }

    fn owned(&self, table: &Met<'_>, common: BTreeSet<&Owner>) -> Table {
        let name = &table.relation.name;
        let mut common = common.into_iter();
        let (Some(owner), None) = (common.next(), common.next()) else {
            return Table::undecided(name, "its policies know more than one kind of owner");
        };
        let path = owner.path.clone();
        let others = self
            .met
            .iter()
            .filter(|other| other.relation.name != *name)
            .filter(|other| other.owned().flatten().any(|other| other.source == owner.source))
            .count();
        let mut sureness = Sureness::Sure;
        let own = if path.steps.is_empty() {
            format!("compares {} with", path.column)
        } else {
            "leads to".to_owned()
        };
        let its = match table.branches.first().map(|branch| branch.policy.name.as_str()) {
            Some(name) if !table.relation.row_security && name.starts_with("view ") => name.to_owned(),
            _ => "its own policy".to_owned(),
        };
        let why = match others {
            0 => format!("{its} {own} {}", owner.source),
            _ => format!(
                "{its} {own} {}, as do policies of {others} other table(s)",
                owner.source
            ),
        };
        let mut found = Table::new(name, Belongs::Tenant(path), sureness, why);
        for branch in &table.branches {
            match &branch.lets {
                Lets::Rows(rows) if is_null(rows, &owner.path.column) => {
                    let why = format!(
                        "policy {} lets everybody at rows without an owner",
                        branch.policy.name
                    );
                    found.shared_rows = Some((rows.clone(), why));
                }
                Lets::Rows(rows) if reads(branch.policy.command.as_str()) && is_public(rows) => {
                    let why = format!(
                        "policy {} lets everybody read them, and the column's name says so",
                        branch.policy.name
                    );
                    found.public_rows = Some((rows.clone(), why));
                }
                Lets::Rows(_) => sureness = Sureness::Likely,
                Lets::Everything if is_said_to_be_public(branch.policy) => {
                    let why = format!(
                        "policy {} lets everybody read them, and its name or its roles say so",
                        branch.policy.name
                    );
                    found.public_rows = Some(("true".to_owned(), why));
                }
                _ => {}
            }
        }
        found.sureness = sureness;
        found
    }

    /// A table without a policy that names an owner, and with the column that its sisters' policies go by.
    fn by_sisters(&self, table: &Met<'_>) -> Option<Table> {
        let usual = self
            .tenancy
            .usual
            .as_ref()
            .filter(|usual| has_usual(table.relation, usual))?;
        let name = &table.relation.name;
        if self.leads_to_owners(name) {
            return Some(Table::undecided(
                name,
                "policies of other tables look up in it whose a row is",
            ));
        }
        if table
            .branches
            .iter()
            .any(|branch| is_said_to_be_public(branch.policy))
        {
            return Some(Table::undecided(
                name,
                "the name or the roles of its policy say that it is public",
            ));
        }
        let sisters = sisters(table, usual);
        let sureness = match sisters {
            0 => {
                return Some(Table::undecided(
                    name,
                    format!("it has {}, and no policy tells", usual.column),
                ));
            }
            1 if !TENANT_NAMES.contains(&usual.column.as_str()) => Sureness::Likely,
            _ => Sureness::Sure,
        };
        let why = self.sisters_say(table, usual);
        Some(Table::new(
            name,
            Belongs::Tenant(column(&usual.column)),
            sureness,
            why,
        ))
    }

    /// The table that the tenant columns of others point to.
    fn of_tenants(&self, table: &Met<'_>) -> Option<Table> {
        let usual = self.tenancy.usual.as_ref()?;
        let name = &table.relation.name;
        let [key] = table.relation.primary_key()?.columns.as_slice() else {
            return None;
        };
        let pointing = self
            .met
            .iter()
            .filter(|other| other.direct(&self.tenancy.source) == Some(&usual.column))
            .filter(|other| {
                other
                    .relation
                    .points_to(&usual.column, name)
                    .is_some_and(|to| to == key)
            })
            .count();
        if pointing == 0 {
            return None;
        }
        let secret = [
            "email", "phone", "password", "secret", "token", "billing", "tax", "iban", "address", "birth",
        ];
        let tells = |name: &str| secret.iter().any(|word| name.contains(word));
        let plain = !table.relation.columns.iter().any(|column| tells(&column.name));
        if plain || is_only_read_by_all(table) {
            return Some(Table::undecided(
                name,
                format!(
                    "it is what {} of others points to, and whether tenants may see one another is not said",
                    usual.column
                ),
            ));
        }
        let why = format!(
            "{} of {} points to it",
            usual.column,
            super::roles::tables(pointing)
        );
        Some(Table::new(
            name,
            Belongs::Tenant(column(key)),
            Sureness::Likely,
            why,
        ))
    }

    fn rest(&self, table: &Met<'_>) -> Table {
        let name = &table.relation.name;
        let tenant_like = table
            .relation
            .columns
            .iter()
            .find(|column| TENANT_NAMES.contains(&column.name.as_str()));
        if let Some(column) = tenant_like {
            return Table::undecided(
                name,
                format!("it has {}, which no policy of another table goes by", column.name),
            );
        }
        if self.leads_to_owners(name) {
            return Table::undecided(name, "policies of other tables look up in it whose a row is");
        }
        let writes = table.commands.iter().any(|command| *command != "SELECT");
        let only_reads = |lets: &[&str]| {
            table
                .branches
                .iter()
                .all(|branch| lets.contains(&branch.policy.command.as_str()))
        };
        if !writes || table.relation.row_security && only_reads(&["SELECT"]) {
            let why = format!(
                "it has no tenant's column and no key that leads to one, and {} may only read it",
                self.role
            );
            return Table::new(name, Belongs::Shared, Sureness::Likely, why);
        }
        Table::undecided(
            name,
            format!(
                "{} may write it, and neither a column nor a key tells whose the rows are",
                self.role
            ),
        )
    }

    fn sisters_say(&self, table: &Met<'_>, usual: &Usual) -> String {
        let own = usize::from(table.owned().next().is_some());
        format!(
            "{} of {} other tables' policies compare {} with {}",
            sisters(table, usual),
            usual.of.saturating_sub(own),
            usual.column,
            self.tenancy.source
        )
    }

    /// Whether policies find owners by way of it.
    fn leads_to_owners(&self, name: &Name) -> bool {
        let is = |owner: &Owner| {
            owner
                .path
                .steps
                .iter()
                .any(|step| step.relation == relation_name(name))
        };
        self.met
            .iter()
            .filter(|other| other.relation.name != *name)
            .any(|other| other.owned().flatten().any(is))
    }

    fn owns(&self, relation: &Relation) -> bool {
        relation.owner.role == self.role && !relation.force_row_security
    }
}

fn column(name: &str) -> TenantPath {
    TenantPath {
        column: name.to_owned(),
        steps: Vec::new(),
    }
}

fn has_usual(relation: &Relation, usual: &Usual) -> bool {
    relation
        .column(&usual.column)
        .is_some_and(|column| column.data_type == usual.data_type)
}

fn reads(command: &str) -> bool {
    command == "SELECT" || command == "ALL"
}

fn is_null(rows: &str, column: &str) -> bool {
    matches!(
        super::expression::Expr::parse(rows),
        Some(super::expression::Expr::IsNull { of, not: false })
            if matches!(&*of, super::expression::Expr::Name(name) if name.last().is_some_and(|last| last == column))
    )
}

/// Whether the names in a condition say that such rows are everybody's.
fn is_public(rows: &str) -> bool {
    let tokens = token::with_operators(rows);
    let telling =
        |value: &str| PUBLIC_COLUMNS.contains(&value) || value == "published_at" || value == "public";
    tokens.iter().any(|token| telling(&token.value.to_lowercase()))
}

/// How many other tables' policies compare the usual column with the tenant.
fn sisters(table: &Met<'_>, usual: &Usual) -> usize {
    let name = table.relation.name.to_string();
    usual.tables.iter().filter(|sister| **sister != name).count()
}

/// Whether everybody may read it and that is all that its policies let everybody do.
fn is_only_read_by_all(table: &Met<'_>) -> bool {
    let everything = |lets: &Lets| *lets == Lets::Everything;
    let mut open = table
        .branches
        .iter()
        .filter(|branch| everything(&branch.lets))
        .peekable();
    table.relation.row_security
        && open.peek().is_some()
        && open.all(|branch| branch.policy.command == "SELECT")
}

/// Whether more than its condition says that everybody may read: its name or its comment, or that it is for nobody's role.
fn is_said_to_be_public(policy: &Policy) -> bool {
    let said = format!(
        "{} {}",
        policy.name,
        policy.comment.as_deref().unwrap_or_default()
    )
    .to_lowercase();
    let said = said.replace('_', " ");
    let for_nobody = policy
        .roles
        .iter()
        .flatten()
        .any(|role| super::roles::is_nobody(role));
    policy.command == "SELECT" && (for_nobody || PUBLIC_WORDS.iter().any(|word| said.contains(word)))
}

/// A table whose only key to an owned table tells whose its rows are.
fn by_parent(table: &Met<'_>, known: &BTreeMap<Name, Table>) -> Option<Table> {
    let name = &table.relation.name;
    let mut paths = BTreeSet::new();
    let keys = table
        .relation
        .constraints
        .iter()
        .filter(|key| key.kind == ConstraintKind::ForeignKey);
    for key in keys {
        let (Some(reference), [from]) = (&key.references, key.columns.as_slice()) else {
            continue;
        };
        if let Some(Belongs::Tenant(path)) = known.get(&reference.relation).map(|table| &table.belongs) {
            let mut steps = vec![TenantStep {
                relation: relation_name(&reference.relation),
                matched: None,
                column: path.column.clone(),
            }];
            // A table of tenants holds the key itself.
            let is_key = path.steps.is_empty() && reference.columns == [path.column.clone()];
            if is_key {
                steps.clear();
            }
            steps.extend(path.steps.iter().cloned());
            paths.insert((
                TenantPath {
                    column: from.clone(),
                    steps,
                },
                reference.relation.to_string(),
            ));
        }
    }
    let (path, parent) = paths.pop_first()?;
    if !paths.is_empty() {
        return Some(Table::undecided(name, "its keys lead to more than one owner"));
    }
    if is_only_read_by_all(table) {
        return Some(Table::undecided(
            name,
            format!("its key leads to {parent}, and a policy lets everybody read it"),
        ));
    }
    let why = format!("its key {} leads to {parent}", path.column);
    Some(Table::new(name, Belongs::Tenant(path), Sureness::Likely, why))
}
