//! `pgproof plan`: what is pending, what it adds, what is lacking until then, and that looking changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A project of two migrations and one consumer, which the second migration is for.
struct Place(TempDir);

const FILES: [(&str, &str); 6] = [
    (
        "pgproof.toml",
        "name = 'shop'\n[migrations]\nconvention = 'plain'\n\
         [complete]\ntables = ['orders', 'lines']\nqueries = ['consumers/*.sql']\n",
    ),
    ("001_orders.sql", "CREATE TABLE orders (id int PRIMARY KEY);\n"),
    ("001_orders.down.sql", "DROP TABLE orders;\n"),
    (
        "002_lines.sql",
        "ALTER TABLE orders ADD author text;\nCREATE TABLE lines (order_id int REFERENCES orders);\n",
    ),
    (
        "002_lines.down.sql",
        "DROP TABLE lines;\nALTER TABLE orders DROP author;\n",
    ),
    (
        "consumers/pages.sql",
        "-- pgproof: as = 'postgres', name = 'page'\nSELECT author FROM orders;\n\n\
         -- pgproof: as = 'postgres', name = 'count'\nSELECT count(*) FROM orders;\n",
    ),
];

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for (name, text) in FILES {
            let path = place.0.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text.replace('\'', "\"")).unwrap();
        }
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Standard output and the exit status.
fn run(folder: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_pgproof"))
        .arg("plan")
        .arg(folder)
        .args(arguments)
        .env_remove("PGPROOF_APPLIED")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

fn plan(folder: &Path, arguments: &[&str]) -> Value {
    let (text, status) = run(folder, &[arguments, &["--format", "json"]].concat());
    assert_eq!(status, Some(0), "{text}");
    let plan: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(plan["schema"], "pgproof/plan/v1");
    plan["projects"][0].clone()
}

/// Rule and object of each claim.
fn about(claims: &Value) -> Vec<(&str, &str)> {
    claims
        .as_array()
        .unwrap()
        .iter()
        .map(|claim| (claim["rule"].as_str().unwrap(), claim["object"].as_str().unwrap()))
        .collect()
}

fn of_each<'a>(plan: &'a Value, key: &str) -> Vec<&'a Value> {
    let migrations = plan["migrations"].as_array().unwrap();
    migrations.iter().map(|migration| &migration[key]).collect()
}

#[test]
fn what_is_pending_is_told_with_what_it_adds_and_what_is_lacking_until_then() {
    let place = Place::new();
    let plan = plan(place.path(), &["--applied", "001_orders.sql"]);
    assert_eq!(of_each(&plan, "pending"), [&json!(false), &json!(true)]);
    assert_eq!(
        of_each(&plan, "adds"),
        [
            &json!({"relations": ["public.orders"], "columns": []}),
            &json!({"relations": ["public.lines"], "columns": ["public.orders.author"]}),
        ]
    );
    assert_eq!(plan["at_hand"]["applied"], "001_orders.sql");
    assert_eq!(
        about(&plan["at_hand"]["lacking"]),
        [("complete/query", "page"), ("complete/table", "public.lines")]
    );
    assert_eq!(about(&plan["lacking"]), [], "with the second there is everything");
    assert_eq!(plan["estimated_ms"], plan["migrations"][1]["duration_ms"]);
}

#[test]
fn a_version_names_a_migration_as_well_as_its_file() {
    let place = Place::new();
    let plan = plan(place.path(), &["--applied", "001"]);
    assert_eq!(plan["at_hand"]["applied"], "001_orders.sql");
}

#[test]
fn without_a_word_about_what_is_applied_everything_is_pending() {
    let place = Place::new();
    let plan = plan(place.path(), &[]);
    assert_eq!(of_each(&plan, "pending"), [&json!(true), &json!(true)]);
    assert_eq!(plan["at_hand"], Value::Null);
    let durations: Vec<f64> = of_each(&plan, "duration_ms")
        .into_iter()
        .filter_map(Value::as_f64)
        .collect();
    let estimated = plan["estimated_ms"].as_f64().unwrap();
    assert!((durations.iter().sum::<f64>() - estimated).abs() < 1e-6, "{plan}");
}

#[test]
fn where_everything_is_applied_nothing_is_pending_and_nothing_lacking() {
    let place = Place::new();
    let plan = plan(place.path(), &["--applied", "002"]);
    assert_eq!(of_each(&plan, "pending"), [&json!(false), &json!(false)]);
    assert_eq!(about(&plan["at_hand"]["lacking"]), []);
    assert_eq!(plan["estimated_ms"], 0.0);
    let (text, _) = run(place.path(), &["--applied", "002"]);
    assert!(
        text.contains("applied up to 002_lines.sql; nothing is pending"),
        "{text}"
    );
}

#[test]
fn people_read_the_same() {
    let place = Place::new();
    let (text, status) = run(place.path(), &["--applied", "001", "--color", "never"]);
    assert_eq!(status, Some(0));
    for line in [
        "applied up to 001_orders.sql; pending:\n    002_lines.sql\n",
        "lacking as it is now:\n",
        "violated complete/query page",
        "violated complete/table public.lines",
        "1 relation, 1 column",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("query count"), "{text}");
}

#[test]
fn a_migration_that_is_not_there_is_refused() {
    let place = Place::new();
    let (text, status) = run(place.path(), &["--applied", "003", "--format", "json"]);
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("shop has no such migration"), "{text}");
}

/// Whoever reads the documented fields finds them where they were.
#[test]
fn the_fields_of_before_are_there_still() {
    let place = Place::new();
    let plan = plan(place.path(), &["--applied", "001"]);
    for field in [
        "name",
        "path",
        "database",
        "convention",
        "server",
        "prelude",
        "ledger",
        "migrations",
        "lacking",
        "error",
    ] {
        assert!(plan.get(field).is_some(), "{field}");
    }
    for field in [
        "version",
        "name",
        "file",
        "duration_ms",
        "down",
        "makes",
        "changes",
    ] {
        assert!(plan["migrations"][1].get(field).is_some(), "{field}");
    }
}

/// The system for which it was made: ten kinds of documents lack their authors, and the system's own tables are left out.
#[test]
fn the_documents_of_oms_lack_their_authors_and_nothing_changes() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = ["migrations/oms", "snapshots/oms"].map(|folder| repository.join(folder));
    let before = folders.clone().map(|folder| files(&folder));
    let plan = plan(&folders[0], &["--applied", "005_grant_to_application.sql"]);
    let documents = [
        "customers",
        "invoices",
        "order_lines",
        "orders",
        "payments",
        "prices",
        "products",
        "quote_lines",
        "quotes",
        "shipments",
    ];
    let lacking = about(&plan["at_hand"]["lacking"]);
    let authors: Vec<&str> = lacking
        .iter()
        .filter_map(|(rule, query)| (*rule == "complete/query").then(|| query.strip_prefix("authors of "))?)
        .filter(|of| *of != "open orders")
        .collect();
    assert_eq!(authors, documents);

    let adds = &plan["migrations"][5];
    assert_eq!(adds["file"], "006_add_author_columns.sql");
    let mut columns: BTreeMap<String, usize> = BTreeMap::new();
    for column in adds["adds"]["columns"].as_array().unwrap() {
        let (relation, _) = column.as_str().unwrap().rsplit_once('.').unwrap();
        *columns.entry(relation.to_owned()).or_default() += 1;
    }
    let expected: BTreeMap<String, usize> = documents
        .iter()
        .chain(&["open_orders"])
        .map(|name| (format!("public.{name}"), 6))
        .collect();
    assert_eq!(columns, expected);
    assert!(plan["estimated_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(folders.map(|folder| files(&folder)), before);
}

/// Every file below, with what it holds.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let text = fs::read_to_string(&path).unwrap();
            found.insert(path, text);
        }
    }
    found
}
