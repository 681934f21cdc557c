//! What the tables of a database lack to be documents with authors. Read from PostgreSQL's own catalog, so that no
//! function of the schema that is judged has a say in it.

use serde::Serialize;
use sqlx::postgres::PgConnection;

/// The columns of a document's authors, with their types.
pub const COLUMNS: [(&str, &str); 6] = [
    ("_created_by", "text"),
    ("_created_by_username", "text"),
    ("_created_at", "timestamp with time zone"),
    ("_updated_by", "text"),
    ("_updated_by_username", "text"),
    ("_updated_at", "timestamp with time zone"),
];

/// The functions of a document's triggers, with when they fire as `pg_trigger.tgtype` has it: before each row that is
/// inserted or updated; after each that is inserted, updated or deleted; before TRUNCATE.
pub const TRIGGERS: [(&str, i16); 3] = [
    ("tracking.sign_document", ROW | BEFORE | INSERT | UPDATE),
    ("audit.record_change", ROW | INSERT | UPDATE | DELETE),
    ("audit.refuse_truncate", BEFORE | TRUNCATE),
];

const ROW: i16 = 1;
const BEFORE: i16 = 1 << 1;
const INSERT: i16 = 1 << 2;
const DELETE: i16 = 1 << 3;
const UPDATE: i16 = 1 << 4;
const TRUNCATE: i16 = 1 << 5;

/// The tables of a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tables {
    /// Those that have authors or are to have them, by name.
    pub documents: Vec<Document>,
    /// The system's own, by name.
    pub system: Vec<SystemTable>,
}

/// A table of documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    /// Its name in `public`.
    pub table: String,
    /// How many rows it had when it was last analysed; 0 if it never was.
    pub rows: i64,
    /// The columns that it lacks, or has with another type or nullable.
    pub columns_lacking: Vec<String>,
    /// The functions whose triggers it lacks, or has switched off or for other events.
    pub triggers_lacking: Vec<String>,
}

/// A table that has no authors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SystemTable {
    /// Its name in `public`.
    pub table: String,
    /// The author's columns that it has all the same.
    pub columns_too_many: Vec<String>,
    /// The functions whose triggers it has all the same.
    pub triggers_too_many: Vec<String>,
}

impl Tables {
    /// Reads them.
    ///
    /// # Errors
    /// The server refused; `public.system_tables` has to be there.
    pub async fn read(session: &mut PgConnection) -> Result<Self, sqlx::Error> {
        type Row = (
            String,
            bool,
            i64,
            Vec<String>,
            Vec<String>,
            Vec<String>,
            Vec<String>,
        );
        let (columns, types): (Vec<&str>, Vec<&str>) = COLUMNS.into_iter().unzip();
        let (functions, kinds): (Vec<&str>, Vec<i16>) = TRIGGERS.into_iter().unzip();
        let rows: Vec<Row> = sqlx::query_as(include_str!("documents.sql"))
            .bind(columns)
            .bind(types)
            .bind(functions)
            .bind(kinds)
            .fetch_all(session)
            .await?;
        let mut tables = Self {
            documents: Vec::new(),
            system: Vec::new(),
        };
        for (table, is_system, rows, columns_lacking, columns_there, triggers_lacking, triggers_there) in rows
        {
            if is_system {
                tables.system.push(SystemTable {
                    table,
                    columns_too_many: columns_there,
                    triggers_too_many: triggers_there,
                });
            } else {
                tables.documents.push(Document {
                    table,
                    rows,
                    columns_lacking,
                    triggers_lacking,
                });
            }
        }
        Ok(tables)
    }

    /// Whether every document has everything, and no table of the system's own has any of it.
    pub fn is_sound(&self) -> bool {
        !self.documents.is_empty()
            && self
                .documents
                .iter()
                .all(|table| table.columns_lacking.is_empty() && table.triggers_lacking.is_empty())
            && self
                .system
                .iter()
                .all(|table| table.columns_too_many.is_empty() && table.triggers_too_many.is_empty())
    }
}
