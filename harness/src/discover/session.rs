//! What the schema itself says of tenants' sessions: the function that begins one, and the tenant that one is where nothing
//! began it.

use super::body;
use super::expression::Expr;
use super::owner::{self, Source};
use super::roles::Access;
use crate::catalog::{Catalog, Function};
use crate::contract::{Context, RelationName};
use crate::sql::token::with_operators;

/// The application's own call, where a function does nothing but set what policies read.
pub(super) fn begin(catalog: &Catalog, access: &Access, source: &Source) -> Option<Context> {
    let setting = source.setting.as_deref().filter(|_| source.path.is_empty())?;
    let mut found = catalog
        .functions
        .iter()
        .filter(|function| sets(function, access, setting));
    let (function, None) = (found.next()?, found.next()) else {
        return None;
    };
    let name = RelationName {
        schema: function.name.schema.clone(),
        name: function.name.name.clone(),
    };
    let data_type = function.input_types.first()?;
    Some(Context::Sql {
        sql: vec![format!("select {name}($1::{data_type})")],
    })
}

/// `SELECT set_config(setting, argument, …)`, and no more.
fn sets(function: &Function, access: &Access, setting: &str) -> bool {
    let tokens = with_operators(function.body.as_deref().unwrap_or_default());
    let is_call = function.language == "sql"
        && function.input_types.len() == 1
        && tokens.len() <= 20
        && tokens.first().is_some_and(|token| token.is_word("select"))
        && tokens.iter().filter(|token| token.is("(")).count() == 1;
    let called = tokens
        .windows(3)
        .any(|three| three[0].is_word("set_config") && three[1].is("(") && three[2].value == setting);
    let may = function
        .grants
        .iter()
        .filter(|grant| grant.allows("EXECUTE"))
        .any(|grant| {
            grant
                .grantee
                .as_ref()
                .is_none_or(|role| access.names.contains(role))
        });
    is_call && called && may
}

/// The tenant that a session is without a context, with another; and what says so.
pub(super) fn fallback(
    catalog: &Catalog,
    access: &Access,
    source: &Source,
    data_type: &str,
) -> Option<(Vec<String>, String)> {
    let setting = source.setting.as_deref().filter(|_| source.path.is_empty())?;
    let preset = catalog.settings.iter().find(|known| {
        known.name == setting && known.role.as_ref().is_none_or(|role| access.names.contains(role))
    });
    let (one, why) = match preset {
        Some(known) => (
            known.value.clone(),
            format!("ALTER ROLE or ALTER DATABASE sets {setting}"),
        ),
        None => (
            instead(catalog, source)?,
            format!("where {setting} is not set, that tenant is taken for the one who is asking"),
        ),
    };
    let other = other(&one, data_type)?;
    Some((vec![one, other], why))
}

/// `coalesce(the session's value, constant)` in a policy, or in a function without arguments.
fn instead(catalog: &Catalog, source: &Source) -> Option<String> {
    let policies = catalog.relations.iter().flat_map(|relation| &relation.policies);
    let conditions = policies
        .flat_map(|policy| [&policy.using, &policy.with_check])
        .flatten();
    let conditions = conditions.filter_map(|condition| Expr::parse(condition));
    let plain = catalog
        .functions
        .iter()
        .filter(|function| function.input_types.is_empty());
    let mut found = None;
    for expression in conditions.chain(plain.filter_map(body::answer)) {
        expression.walk(&mut |part| {
            let Expr::Call { name, arguments } = part else {
                return;
            };
            let asks = |one: &Expr| owner::context(catalog, one).as_ref() == Some(source);
            if name.last().is_some_and(|name| name == "coalesce") && arguments.first().is_some_and(asks) {
                let constant = arguments.iter().find_map(|one| match one {
                    Expr::Constant(constant) if !constant.is_empty() => Some(constant.clone()),
                    _ => None,
                });
                found = found.take().or(constant);
            }
        });
    }
    found
}

/// Another value of that type.
fn other(one: &str, data_type: &str) -> Option<String> {
    match data_type {
        "integer" | "bigint" | "smallint" => Some((one.parse::<i32>().ok()? % 30_000 + 1).to_string()),
        "uuid" => {
            let is_uuid = one.len() == 36 && one.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
            let last = if one.ends_with('7') { '3' } else { '7' };
            is_uuid.then(|| format!("{}{last}", &one[..35]))
        }
        "text" => Some(format!("{one}-other")),
        _ => None,
    }
}
