//! Statements about tables that the same file has created: nobody else sees these yet, so nobody waits for their locks.

use std::collections::BTreeSet;
use std::ops::Range;

use squawk_syntax::SourceFile;
use squawk_syntax::ast::{self, AstNode as _, PathRef, Stmt};

/// Where such statements stand, and those that create the tables.
pub(super) fn on_created_tables(file: &SourceFile) -> Vec<Range<usize>> {
    let mut created = BTreeSet::new();
    let mut places = Vec::new();
    for statement in file.stmts() {
        match &statement {
            Stmt::CreateTable(create) => created.extend(new_table(create.table_name())),
            Stmt::CreateTableAs(create) => created.extend(new_table(create.table_name())),
            other if table(other).is_some_and(|table| created.contains(&table)) => {}
            _ => continue,
        }
        // These wait for the table that they lead to.
        let text = statement.syntax().text().to_string().to_ascii_lowercase();
        if !["references", "inherits", "partition"]
            .iter()
            .any(|word| text.contains(word))
        {
            let range = statement.syntax().text_range();
            places.push(usize::from(range.start())..usize::from(range.end()));
        }
    }
    places
}

fn new_table(name: Option<ast::TableName>) -> Option<String> {
    Some(name?.path()?.segment()?.text())
}

/// The table whose lock the statement takes.
fn table(statement: &Stmt) -> Option<String> {
    let path: PathRef = match statement {
        Stmt::AlterTable(alter) => alter.table_relation_name()?.table_name_ref()?.path_ref()?,
        Stmt::CreateIndex(create) => create.table_relation_name()?.table_name_ref()?.path_ref()?,
        Stmt::CreatePolicy(create) => create.on_table()?.table_name_ref()?.path_ref()?,
        Stmt::CreateTrigger(create) => create.on_relation()?.relation_name_ref()?.path_ref()?,
        _ => return None,
    };
    Some(path.segment()?.text())
}
