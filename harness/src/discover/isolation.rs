//! `[isolation]`, as far as the catalog tells it.

use std::collections::BTreeSet;

use super::guess::{Guess, Sureness};
use super::others::{self, Other, Taken};
use super::owner::relation_name;
use super::roles::{self, Access, Found};
use super::session;
use super::tables::{self, Belongs, Table};
use super::tenancy::{self, Met, Tenancy};
use super::text::{Text, list, string};
use crate::catalog::{Catalog, Name, Relation};
use crate::contract::Context;

/// What was found, or why nothing was.
pub(super) enum Isolation {
    Found {
        text: Text,
        guesses: Vec<Guess>,
        /// Tables of which a tenant is meant to see its own rows, as which role.
        readable: Vec<(String, String)>,
        /// Roles that may use the tables as well.
        others: Vec<Other>,
    },
    /// Nothing promises isolation, or too little tells how; a sentence that says so, and what to write.
    Unknown(String),
}

/// The role that the application's sessions run as; where no policy tells, the only one that may use tables and does not
/// work behind the application.
pub(super) fn application(catalog: &Catalog) -> Option<String> {
    let found = roles::application(catalog).or_else(|| roles::by_grants(catalog));
    found
        .map(|found| found.role.name.clone())
        .or_else(|| roles::only(catalog))
}

pub(super) fn isolation(catalog: &Catalog, given: &Catalog, ledger: Option<&str>) -> Isolation {
    let nobody = roles::anonymous(catalog);
    let application = roles::application(catalog).or_else(|| roles::by_grants(catalog));
    let Some(application) = application else {
        return Isolation::Unknown(without_role(catalog));
    };
    let nobodys = nobody.map(|role| Access::of(catalog, &role.name));
    let mut met = tenancy::meet(catalog, &application.access, nobodys.as_ref(), ledger);
    // What the platform made and no migration changed is the platform's to keep.
    let given_tables: Vec<Met<'_>> = met
        .extract_if(.., |table| given.relations.contains(table.relation))
        .collect();
    let role = &application.role.name;
    let tenancy = tenancy::tenancy(catalog, &met, role).or_else(|| {
        let guarded = met.iter().any(|table| table.relation.row_security);
        guarded
            .then(|| tenancy::told_by_function(catalog, role))
            .flatten()
    });
    let Some(mut tenancy) = tenancy else {
        return Isolation::Unknown(without_context(&met));
    };
    by_the_schema(catalog, &application.access, &mut tenancy);
    let tables = tables::tables(&met, &tenancy, role);
    let is_meant = |table: &Table| matches!(table.belongs, Belongs::Tenant(_) | Belongs::Internal);
    if !tables.iter().any(is_meant) {
        return Isolation::Unknown(without_context(&met));
    }
    let anonymous = nobody.map(|role| role.name.as_str()).filter(|name| name != role);
    let of_tenants: Vec<&Relation> = tables
        .iter()
        .filter(|table| matches!(table.belongs, Belongs::Tenant(_)))
        .filter_map(|table| met.iter().find(|met| met.relation.name == table.name))
        .map(|met| met.relation)
        .collect();
    let readable = of_tenants
        .iter()
        .filter(|relation| application.access.reads(catalog, relation))
        .map(|relation| (relation.name.to_string(), role.clone()))
        .collect();
    let (mut text, mut guesses) = written(
        &application,
        anonymous,
        &tenancy,
        &tables,
        &patterns(&given_tables, &met),
    );
    let others = match &tenancy.context {
        Context::Roles { .. } => Vec::new(),
        _ => others::others(catalog, given, &application, &of_tenants, &tables),
    };
    for other in &others {
        guesses.extend(write_other(&mut text, other, &tenancy, role));
    }
    Isolation::Found {
        text,
        guesses,
        readable,
        others,
    }
}

/// Who the tenants are, and how a session becomes one's, where the schema itself says more than policies do.
fn by_the_schema(catalog: &Catalog, access: &Access, tenancy: &mut Tenancy) {
    if !matches!(tenancy.context, Context::Setting { claims: None, .. }) {
        return;
    }
    if let Some(context) = session::begin(catalog, access, &tenancy.source) {
        tenancy.context = context;
    }
    let data_type = tenancy
        .usual
        .as_ref()
        .map_or("", |usual| usual.data_type.as_str());
    if let Some((tenants, why)) = session::fallback(catalog, access, &tenancy.source, data_type) {
        tenancy.tenants = tenants;
        tenancy.why = format!("{}; {why}", tenancy.why);
    }
}

/// A pattern that means that relation: such names are not quoted.
fn pattern(name: &Name) -> String {
    format!("{}.{}", name.schema, name.name)
}

/// The tables that a platform gives, whole schemas where nothing else is in them.
fn patterns(given: &[Met<'_>], others: &[Met<'_>]) -> Vec<String> {
    let schema = |table: &Met<'_>| table.relation.name.schema.clone();
    let mixed: BTreeSet<String> = others.iter().map(schema).collect();
    let patterns = given.iter().map(|table| {
        let schema = &table.relation.name.schema;
        if mixed.contains(schema) {
            pattern(&table.relation.name)
        } else {
            format!("{schema}.*")
        }
    });
    patterns.collect::<BTreeSet<String>>().into_iter().collect()
}

/// What to say where no role that sessions could run as is known.
fn without_role(catalog: &Catalog) -> String {
    let guarded = catalog
        .relations
        .iter()
        .filter(|relation| relation.row_security)
        .count();
    if guarded == 0 {
        return "nothing here promises isolation: no table has row level security, and no policy compares a row with who \
                is asking. If tenants are to be kept apart, say how in [isolation] (`pgproof init` writes a beginning)"
            .to_owned();
    }
    format!(
        "{} row level security, but no role that the migrations make may use {}, so that no session can be tried: name \
         the role that the application runs as in [isolation], and make it and its grants in a file that [migrations] \
         names as `prelude`",
        if guarded == 1 {
            "1 table has".to_owned()
        } else {
            format!("{guarded} tables have")
        },
        if guarded == 1 { "it" } else { "them" },
    )
}

fn without_context(met: &[Met<'_>]) -> String {
    let guarded = met.iter().any(|table| table.relation.row_security);
    if guarded {
        "row level security is on, but no policy that could be followed compares a row with who is asking: say in \
         [isolation] how a session becomes a tenant's and whose the rows are"
            .to_owned()
    } else {
        without_role(&Catalog::default())
    }
}

fn written(
    application: &Found<'_>,
    anonymous: Option<&str>,
    tenancy: &Tenancy,
    tables: &[Table],
    given: &[String],
) -> (Text, Vec<Guess>) {
    let mut text = Text::default();
    let mut guesses = Vec::new();
    let mut guess = |object: &str, what: String, sureness: Sureness, why: &str| {
        guesses.push(Guess {
            area: "isolation".to_owned(),
            object: object.to_owned(),
            what,
            sureness,
            why: why.to_owned(),
        });
    };
    text.section("[isolation]");
    if let Context::Roles { roles, login } = &tenancy.context {
        text.comment(&format!("{}: {}", tenancy.sureness, tenancy.why));
        let login = login
            .as_ref()
            .map_or_else(String::new, |login| format!(", login = {}", string(login)));
        text.line(&format!("context = {{ roles = {}{login} }}", list(roles)));
        text.list("tenants", &tenancy.tenants);
        guess(
            "",
            format!("a role for each tenant ({})", roles.join(", ")),
            tenancy.sureness,
            &tenancy.why,
        );
    } else {
        let role = &application.role.name;
        text.comment(&format!("{}: {}", application.sureness, application.why));
        text.string("role", role);
        guess("", format!("role {role}"), application.sureness, &application.why);
        if let Some(anonymous) = anonymous {
            text.comment("likely: its name says so");
            text.string("anonymous", anonymous);
            guess(
                "",
                format!("nobody's role {anonymous}"),
                Sureness::Likely,
                "its name says so",
            );
        }
        text.comment(&format!("{}: {}", tenancy.sureness, tenancy.why));
        text.line(&format!("context = {}", context(&tenancy.context)));
        if !tenancy.tenants.is_empty() {
            text.list("tenants", &tenancy.tenants);
        }
        guess(
            "",
            format!("tenants told apart by {}", tenancy.source),
            tenancy.sureness,
            &tenancy.why,
        );
    }
    if tenancy
        .source
        .path
        .first()
        .is_some_and(|key| key == "user_metadata")
    {
        text.comment("sure: the platform lets users change this claim of theirs");
        text.list("user_editable_claims", &["user_metadata"]);
    }
    let usual = tenancy.usual.as_ref().filter(|usual| {
        usual.column != "id" && tables.iter().filter(|table| by_usual(table, Some(usual))).count() > 1
    });
    if let Some(usual) = usual {
        text.comment(&format!(
            "the usual column: policies of {} compare it with {}",
            roles::tables(usual.tables.len()),
            tenancy.source
        ));
        for table in tables.iter().filter(|table| by_usual(table, Some(usual))) {
            text.comment(&format!("- {} ({}: {})", table.name, table.sureness, table.why));
        }
        text.string("tenant", &usual.column);
    }
    for (key, belongs, said) in [
        (
            "shared",
            Belongs::Shared,
            "every tenant may read them, and none write them",
        ),
        ("internal", Belongs::Internal, "tenants reach none of them"),
        (
            "undecided",
            Belongs::Undecided,
            "nothing tells for sure whose their rows are, so nothing of them is tried: name each below, in `shared` or in `internal`",
        ),
    ] {
        let these: Vec<&Table> = tables.iter().filter(|table| table.belongs == belongs).collect();
        let given: &[String] = if key == "undecided" { given } else { &[] };
        if these.is_empty() && given.is_empty() {
            continue;
        }
        text.comment(said);
        if !given.is_empty() {
            text.comment(&format!("- {} (what the platform gives)", given.join(", ")));
        }
        for table in &these {
            text.comment(&format!("- {} ({}: {})", table.name, table.sureness, table.why));
            let what = match belongs {
                Belongs::Shared => "shared by all tenants",
                Belongs::Internal => "for no tenant",
                _ => "undecided",
            };
            guess(
                &table.name.to_string(),
                what.to_owned(),
                table.sureness,
                &table.why,
            );
        }
        let names = these.iter().map(|table| pattern(&table.name));
        let names: Vec<String> = names.chain(given.iter().cloned()).collect();
        text.list(key, &names);
    }
    for table in tables {
        let Belongs::Tenant(path) = &table.belongs else {
            continue;
        };
        let name = relation_name(&table.name);
        let what = if path.steps.is_empty() {
            format!("tenant column {path}")
        } else {
            format!("tenant path {path}")
        };
        guess(&table.name.to_string(), what, table.sureness, &table.why);
        if by_usual(table, usual) {
            continue;
        }
        text.section(&format!("[isolation.tables.{}]", string(&name.to_string())));
        text.comment(&format!("{}: {}", table.sureness, table.why));
        text.string("tenant", &path.to_string());
        for (key, rows) in [
            ("public_rows", &table.public_rows),
            ("shared_rows", &table.shared_rows),
        ] {
            if let Some((rows, why)) = rows {
                text.comment(&format!("likely: {why}"));
                text.string(key, rows);
                guess(
                    &table.name.to_string(),
                    format!("{key} {rows}"),
                    Sureness::Likely,
                    why,
                );
            }
        }
    }
    (text, guesses)
}

/// The section of a role whose sessions are tenants', too; of one that is meant to reach everything only what it is taken for.
fn write_other(text: &mut Text, other: &Other, tenancy: &Tenancy, application: &str) -> Option<Guess> {
    let what = match &other.taken {
        Taken::Tenants { reads, writes } => {
            text.section(&format!("[isolation.roles.{}]", string(&other.role)));
            text.comment(&format!("{}: {}", other.sureness, other.why));
            let of_role = others::context(&tenancy.context, application, &other.role);
            text.line(&format!("context = {}", context(&of_role)));
            for (key, names) in [("reads", reads), ("writes", writes)] {
                if !names.is_empty() {
                    text.comment("likely: it is granted that, and these are no tenant's or for it alone");
                    text.list(key, names);
                }
            }
            "tenants' sessions"
        }
        Taken::All => "access to all tenants' rows",
        Taken::Unknown => return None,
    };
    Some(Guess {
        area: "isolation".to_owned(),
        object: format!("role {}", other.role),
        what: what.to_owned(),
        sureness: other.sureness,
        why: other.why.clone(),
    })
}

/// Whether the usual column is all that is to be said of a table.
fn by_usual(table: &Table, usual: Option<&tenancy::Usual>) -> bool {
    let plain = table.public_rows.is_none() && table.shared_rows.is_none();
    matches!(
        (&table.belongs, usual),
        (Belongs::Tenant(path), Some(usual)) if plain && path.steps.is_empty() && path.column == usual.column
    )
}

fn context(context: &Context) -> String {
    match context {
        Context::Setting {
            setting,
            claims: None,
        } => format!("{{ setting = {} }}", string(setting)),
        Context::Setting {
            setting,
            claims: Some(claims),
        } => {
            format!("{{ setting = {}, claims = {} }}", string(setting), string(claims))
        }
        Context::Sql { sql } => format!("{{ sql = {} }}", list(sql)),
        Context::Roles { roles, .. } => format!("{{ roles = {} }}", list(roles)),
    }
}
