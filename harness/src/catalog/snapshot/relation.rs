//! The file of one table, view, materialised view or foreign table.

use super::super::name::readable;
use super::super::{Column, Constraint, Enabled, Index, Policy, Relation, Rule, Trigger};
use super::kinds::owner;
use super::text::Text;

pub(super) fn text(relation: &Relation) -> Text {
    let mut text = Text::default();
    head(&mut text, relation);
    section(&mut text, "columns", &relation.columns, column);
    section(&mut text, "constraints", &relation.constraints, constraint);
    section(&mut text, "indexes", &relation.indexes, index);
    section(&mut text, "policies", &relation.policies, policy);
    section(&mut text, "triggers", &relation.triggers, trigger);
    section(&mut text, "rules (their text is in rules)", &relation.rules, rule);
    section(
        &mut text,
        "statistics",
        &relation.statistics,
        |text, statistics| {
            text.block(1, &statistics.name.to_string(), &statistics.definition);
            if let Some(target) = statistics.target {
                text.line(2, format!("target {target}"));
            }
            text.comment(2, statistics.comment.as_deref());
        },
    );
    if !relation.grants.is_empty() {
        text.heading("grants");
        text.grants(1, &relation.grants);
    }
    text
}

fn section<T>(text: &mut Text, heading: &str, objects: &[T], write: impl Fn(&mut Text, &T)) {
    if !objects.is_empty() {
        text.heading(heading);
        for object in objects {
            write(text, object);
        }
    }
}

fn head(text: &mut Text, relation: &Relation) {
    let unlogged = if relation.unlogged { "unlogged " } else { "" };
    text.line(0, format!("{unlogged}{} {}", relation.kind, relation.name));
    owner(text, &relation.owner);
    if relation.kind.is_table() {
        text.line(
            1,
            match (relation.row_security, relation.force_row_security) {
                (true, true) => "row level security enabled and forced",
                (true, false) => "row level security enabled",
                (false, true) => "row level security forced, but not enabled",
                (false, false) => "row level security disabled",
            },
        );
    }
    let parents = relation
        .parents
        .iter()
        .flatten()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    match &relation.partition_bound {
        Some(bound) => text.line(1, format!("partition of {parents} {bound}")),
        None if !parents.is_empty() => text.line(1, format!("inherits {parents}")),
        None => {}
    }
    let options = |options: &Option<Vec<String>>| options.as_ref().map(|options| options.join(", "));
    for (label, value) in [
        ("partitioned by", relation.partition_key.clone()),
        ("of type", relation.of_type.clone()),
        ("access method", relation.access_method.clone()),
        ("tablespace", relation.tablespace.clone()),
        ("options", options(&relation.options)),
        ("replica identity", relation.replica_identity.clone()),
        ("server", relation.server.as_deref().map(readable)),
        ("server options", options(&relation.server_options)),
    ] {
        if let Some(value) = value {
            text.block_of_one_line(1, &format!("{label} {value}"));
        }
    }
    text.comment(1, relation.comment.as_deref());
}

/// `name type not null default …`: a table's column or a composite type's attribute.
pub(super) fn column(text: &mut Text, column: &Column) {
    let mut words = vec![readable(&column.name), column.data_type.clone()];
    words.extend(
        column
            .collation
            .as_ref()
            .map(|collation| format!("collate {collation}")),
    );
    if column.not_null {
        words.push("not null".to_owned());
    }
    if column.not_null_unchecked {
        words.push("not valid".to_owned());
    }
    words.extend(
        column
            .default
            .as_ref()
            .map(|default| format!("default {default}")),
    );
    if let (Some(expression), Some(kind)) = (&column.generated, &column.generated_kind) {
        words.push(format!("generated {expression} {kind}"));
    }
    words.extend(
        column
            .identity
            .as_ref()
            .map(|identity| format!("identity {identity}")),
    );
    words.extend(
        column
            .storage
            .as_ref()
            .map(|storage| format!("storage {storage}")),
    );
    words.extend(
        column
            .compression
            .as_ref()
            .map(|compression| format!("compression {compression}")),
    );
    words.extend(
        column
            .statistics_target
            .map(|target| format!("statistics {target}")),
    );
    words.extend(
        column
            .options
            .as_ref()
            .map(|options| format!("options {}", options.join(", "))),
    );
    text.block_of_one_line(1, &words.join(" "));
    if let Some(sequence) = &column.identity_sequence {
        text.line(2, format!("sequence {} {}", sequence.name, sequence.parameters()));
        text.comment(3, sequence.comment.as_deref());
        text.grants(3, &sequence.grants);
    }
    text.comment(2, column.comment.as_deref());
    text.grants(2, &column.grants);
}

pub(super) fn constraint(text: &mut Text, constraint: &Constraint) {
    text.block(1, &readable(&constraint.name), &constraint.definition);
    text.comment(2, constraint.comment.as_deref());
}

fn index(text: &mut Text, index: &Index) {
    text.block(1, &readable(&index.name), &index.definition);
    if let Some(constraint) = &index.constraint {
        text.line(2, format!("of constraint {}", readable(constraint)));
    }
    for (is, mark) in [
        (!index.valid, "invalid"),
        (index.replica_identity, "replica identity"),
        (index.clustered, "clustered"),
    ] {
        if is {
            text.line(2, mark);
        }
    }
    if let Some(tablespace) = &index.tablespace {
        text.line(2, format!("tablespace {}", readable(tablespace)));
    }
    text.comment(2, index.comment.as_deref());
}

fn policy(text: &mut Text, policy: &Policy) {
    let mode = if policy.permissive {
        "permissive"
    } else {
        "restrictive"
    };
    let roles = match &policy.roles {
        None => "PUBLIC".to_owned(),
        Some(roles) => roles
            .iter()
            .map(|role| readable(role))
            .collect::<Vec<_>>()
            .join(", "),
    };
    text.line(
        1,
        format!(
            "{}: {mode} for {} to {roles}",
            readable(&policy.name),
            policy.command
        ),
    );
    for (label, expression) in [("using", &policy.using), ("with check", &policy.with_check)] {
        if let Some(expression) = expression {
            text.block(2, label, expression);
        }
    }
    text.comment(2, policy.comment.as_deref());
}

fn trigger(text: &mut Text, trigger: &Trigger) {
    text.block(1, &readable(&trigger.name), &trigger.definition);
    if trigger.from_parent {
        text.line(2, "from the partitioned table");
    }
    enabled(text, trigger.enabled);
    text.comment(2, trigger.comment.as_deref());
}

fn rule(text: &mut Text, rule: &Rule) {
    let instead = if rule.instead { "instead" } else { "also" };
    text.line(
        1,
        format!("{}: on {} do {instead}", readable(&rule.name), rule.event),
    );
    enabled(text, rule.enabled);
    text.comment(2, rule.comment.as_deref());
}

fn enabled(text: &mut Text, enabled: Enabled) {
    match enabled {
        Enabled::Origin => {}
        Enabled::Disabled => text.line(2, "disabled"),
        Enabled::Replica => text.line(2, "enabled in replication only"),
        Enabled::Always => text.line(2, "enabled always"),
    }
}

pub(super) fn view_definition(text: &mut Text, relation: &Relation) {
    if let Some(definition) = &relation.definition {
        text.block(0, &format!("{} {}", relation.kind, relation.name), definition);
    }
}

pub(super) fn rule_definitions(text: &mut Text, relation: &Relation) {
    for rule in &relation.rules {
        text.block(
            0,
            &format!("rule {} on {}", readable(&rule.name), relation.name),
            &rule.definition,
        );
    }
}
