//! The text of everything that has no file of its own: a few lines an object.

use super::super::name::readable;
use super::super::{
    Database, DefaultPrivileges, Extension, Function, Other, Owner, Role, Schema, Sequence, Setting,
    SystemObject, Type,
};
use super::relation;
use super::text::Text;

pub(super) fn owner(text: &mut Text, owner: &Owner) {
    if !owner.usual {
        text.line(1, format!("owner {}", readable(&owner.role)));
    }
}

pub(super) fn extension(text: &mut Text, extension: &Extension) {
    let version = extension
        .version
        .as_ref()
        .map(|version| format!(" version {version}"))
        .unwrap_or_default();
    let (name, schema) = (readable(&extension.name), readable(&extension.schema));
    text.line(0, format!("extension {name} in {schema}{version}"));
}

pub(super) fn role(text: &mut Text, role: &Role) {
    let mut words = vec![format!("role {}", readable(&role.name))];
    let attributes = [
        (role.superuser, "superuser"),
        (!role.inherit, "noinherit"),
        (role.create_role, "createrole"),
        (role.create_database, "createdb"),
        (role.login, "login"),
        (role.replication, "replication"),
        (role.bypass_rls, "bypassrls"),
    ];
    words.extend(
        attributes
            .iter()
            .filter(|(has, _)| *has)
            .map(|(_, word)| (*word).to_owned()),
    );
    words.extend(
        role.connection_limit
            .map(|limit| format!("connection limit {limit}")),
    );
    words.extend(
        role.valid_until
            .as_ref()
            .map(|until| format!("valid until {until}")),
    );
    text.line(0, words.join(" "));
    text.comment(1, role.comment.as_deref());
}

pub(super) fn data_type(text: &mut Text, data_type: &Type) {
    let mut words = vec![format!("{} {}", data_type.kind, data_type.name)];
    words.extend(data_type.base_type.as_ref().map(|base| format!("as {base}")));
    words.extend(data_type.subtype.as_ref().map(|subtype| format!("of {subtype}")));
    words.extend(
        data_type
            .collation
            .as_ref()
            .map(|collation| format!("collate {collation}")),
    );
    if data_type.not_null {
        words.push("not null".to_owned());
    }
    words.extend(
        data_type
            .default
            .as_ref()
            .map(|default| format!("default {default}")),
    );
    text.block_of_one_line(0, &words.join(" "));
    owner(text, &data_type.owner);
    for rest in [&data_type.range, &data_type.functions].into_iter().flatten() {
        text.line(1, rest.clone());
    }
    for label in data_type.labels.iter().flatten() {
        text.block_of_one_line(1, &format!("'{label}'"));
    }
    for attribute in &data_type.attributes {
        relation::column(text, attribute);
    }
    for constraint in &data_type.constraints {
        relation::constraint(text, constraint);
    }
    text.comment(1, data_type.comment.as_deref());
    text.grants(1, &data_type.grants);
}

pub(super) fn function(text: &mut Text, function: &Function) {
    let result = function
        .result
        .as_ref()
        .map(|result| format!(" returns {result}"))
        .unwrap_or_default();
    text.block_of_one_line(
        0,
        &format!(
            "{} {}({}){result}",
            function.kind, function.name, function.arguments
        ),
    );
    owner(text, &function.owner);
    let mut words = vec![
        format!("language {}", function.language),
        function.volatility.clone(),
    ];
    let marks = [
        (function.security_definer, "security definer"),
        (function.leakproof, "leakproof"),
        (function.strict, "strict"),
    ];
    words.extend(
        marks
            .iter()
            .filter(|(has, _)| *has)
            .map(|(_, word)| (*word).to_owned()),
    );
    if function.parallel != "unsafe" {
        words.push(format!("parallel {}", function.parallel));
    }
    words.extend(function.cost.as_ref().map(|cost| format!("cost {cost}")));
    words.extend(function.rows.as_ref().map(|rows| format!("rows {rows}")));
    words.extend(
        function
            .support
            .as_ref()
            .map(|support| format!("support {support}")),
    );
    words.extend(
        function
            .transforms
            .as_ref()
            .map(|types| format!("transform {}", types.join(", "))),
    );
    words.extend(
        function
            .library
            .as_ref()
            .map(|library| format!("library {library}")),
    );
    text.line(1, words.join(", "));
    for setting in function.settings.iter().flatten() {
        text.line(1, format!("set {setting}"));
    }
    for (part, value) in function.aggregate.iter().flatten() {
        text.block(1, part, value);
    }
    text.comment(1, function.comment.as_deref());
    text.grants(1, &function.grants);
    if let Some(body) = &function.body {
        text.block(1, "body", body);
    }
}

pub(super) fn other(text: &mut Text, other: &Other) {
    let title = format!("{} {}", other.kind, other.name);
    match other
        .definition
        .as_deref()
        .filter(|definition| !definition.is_empty())
    {
        Some(definition) => text.block(0, &title, definition),
        None => text.line(0, title),
    }
    if let Some(of) = &other.owner {
        owner(text, of);
    }
    text.comment(1, other.comment.as_deref());
    text.grants(1, &other.grants);
}

pub(super) fn database(text: &mut Text, database: &Database) {
    text.line(0, "database");
    if let Some(limit) = database.connection_limit {
        text.line(1, format!("connection limit {limit}"));
    }
    text.comment(1, database.comment.as_deref());
    text.grants(1, &database.grants);
}

pub(super) fn schema(text: &mut Text, schema: &Schema) {
    text.line(0, format!("schema {}", readable(&schema.name)));
    owner(text, &schema.owner);
    text.comment(1, schema.comment.as_deref());
    text.grants(1, &schema.grants);
}

pub(super) fn setting(text: &mut Text, setting: &Setting) {
    text.block(
        0,
        &format!("{}: {}", setting.scope(), setting.name),
        &setting.value,
    );
}

pub(super) fn default_privileges(text: &mut Text, privileges: &DefaultPrivileges) {
    text.line(0, privileges.to_string());
    if privileges.grants.is_empty() {
        text.line(1, "grant nothing");
    }
    text.grants(1, &privileges.grants);
}

pub(super) fn sequence(text: &mut Text, sequence: &Sequence) {
    let unlogged = if sequence.unlogged { "unlogged " } else { "" };
    text.line(
        0,
        format!("{unlogged}sequence {} {}", sequence.name, sequence.parameters()),
    );
    owner(text, &sequence.owner);
    if let Some(by) = &sequence.owned_by {
        text.line(1, format!("owned by {}.{}", by.relation, readable(&by.column)));
    }
    text.comment(1, sequence.comment.as_deref());
    text.grants(1, &sequence.grants);
}

pub(super) fn system_object(text: &mut Text, object: &SystemObject) {
    text.line(0, format!("{} {}", object.kind, object.name));
    text.grants(1, &object.grants);
}
