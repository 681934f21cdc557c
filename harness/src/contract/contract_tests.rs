//! Contracts as people write them: examples that hold, mistakes that are named, and a schema that agrees with the parser.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::*;

const EXAMPLES: [(&str, &str); 4] = [
    ("every_key.toml", include_str!("examples/every_key.toml")),
    ("other_forms.toml", include_str!("examples/other_forms.toml")),
    ("claims.toml", include_str!("examples/claims.toml")),
    ("sql.toml", include_str!("examples/sql.toml")),
];

fn parse(text: &str) -> Contract {
    Contract::parse(text, "helios/pgproof.toml").unwrap_or_else(|error| panic!("{error}"))
}

/// The problems of a contract as "line:column message".
fn problems(text: &str) -> Vec<String> {
    let error = Contract::parse(text, "pgproof.toml").expect_err("a contract with a mistake was taken");
    let shown = |problem: &Diagnostic| {
        let place = problem.location();
        let said = format!("{}:{} {}", place.line, place.column.unwrap_or(0), problem.message);
        if problem.label.starts_with("did you") {
            format!("{said} - {}", problem.label)
        } else {
            said
        }
    };
    error.problems.iter().map(shown).collect()
}

#[test]
fn every_example_is_a_contract() {
    for (name, text) in EXAMPLES {
        if let Err(error) = Contract::parse(text, name) {
            panic!("{error}");
        }
    }
}

#[test]
fn every_key_of_the_example_arrives_where_it_belongs() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&parse(EXAMPLES[0].1)).unwrap());
}

#[test]
fn the_other_forms_arrive_as_what_they_mean() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&parse(EXAMPLES[1].1)).unwrap());
}

#[test]
fn an_empty_contract_is_all_defaults() {
    let mut discovered = Contract::discovered("helios", Utf8Path::new("."));
    discovered.file = "helios/pgproof.toml".into();
    assert_eq!(parse(""), discovered);
    assert_eq!(parse("").database(), "helios");
    assert_eq!(
        parse("[migrations]\ndatabase = \"identity\"").database(),
        "identity"
    );
}

#[test]
fn all_problems_of_a_file_are_drawn_at_once() {
    let text = include_str!("testdata/many_mistakes.toml");
    let error = Contract::parse(text, "migrations/helios/pgproof.toml").unwrap_err();
    insta::assert_snapshot!(error.to_string());
}

#[test]
fn a_broken_file_says_only_where_it_is_broken() {
    assert_eq!(problems("name = \"x\n[isolation]\nfoo = 1\n").len(), 1);
    assert_eq!(problems("name = 'a'\nname = 'b'\n"), ["2:1 duplicate key"]);
}

#[test]
fn unknown_keys_are_named_with_the_nearest_known_one_at_every_depth() {
    // Each table of the examples gets a key that is not known, and one that is nearly known.
    for (name, text) in EXAMPLES {
        let mut tables = 0;
        for (at, line) in text.lines().enumerate() {
            if !line.starts_with('[') {
                continue;
            }
            tables += 1;
            let mut lines: Vec<&str> = text.lines().collect();
            lines.insert(at + 1, "zzyzx = 1");
            let found = problems(&lines.join("\n"));
            let is_map = matches!(line.split('.').next_back(), Some("must_capture]"));
            assert!(!is_map, "this test does not know about {line}");
            assert!(
                found[0].starts_with(&format!("{}:1 unknown key `zzyzx` in ", at + 2)),
                "{name}: {line}: {found:?}"
            );
        }
        assert!(tables > 0);
    }
    // What is misspelt is not also missing.
    assert_eq!(
        problems("[isolation]\nrol = 'a'\ncontext = { setting = 'a.b' }"),
        ["2:1 unknown key `rol` in [isolation] - did you mean `role`?"]
    );
    assert_eq!(
        problems("nmae = 'x'"),
        ["1:1 unknown key `nmae` in the contract - did you mean `name`?"]
    );
    assert_eq!(
        problems("[[audits]]"),
        ["1:3 unknown key `audits` in the contract - did you mean `audit`?"]
    );
    assert_eq!(
        problems("[isolation]\nrole='a'\ncontext = { seting = 'a.b' }"),
        [
            "3:11 the context says nothing",
            "3:13 unknown key `seting` in `context` - did you mean `setting`?",
        ]
    );
}

#[test]
fn values_of_a_wrong_type_say_what_was_expected_and_what_is_there() {
    for (text, expected) in [
        ("name = 3", "1:8 expected a string, found an integer"),
        ("name = ''", "1:8 an empty string says nothing here"),
        (
            "name = 'a/b'",
            "1:8 a project's name also names files: no slashes, no control characters",
        ),
        ("migrations = 'x'", "1:14 expected a table, found a string"),
        ("audit = { tables = [] }", "1:9 expected a list, found a table"),
        (
            "[migrations]\nprelude = 'prelude.sql'",
            "2:11 expected a list, found a string",
        ),
        (
            "[migrations]\nprelude = ['a', 1]",
            "2:17 expected a string, found an integer",
        ),
        (
            "[complete]\nexact = 'true'",
            "2:9 expected true or false, found a string",
        ),
        (
            "[[complete.rows]]\ntable = 'a.b'\ncount = -1",
            "3:9 expected a whole number that is not negative",
        ),
        (
            "[[complete.rows]]\ntable = 'a.b'\ncount = 1.5",
            "3:9 expected a whole number, found a float",
        ),
        (
            "[server]\npostgres = [15]",
            "2:13 expected a string, found an integer",
        ),
    ] {
        assert_eq!(problems(text), [expected], "{text}");
    }
}

#[test]
fn values_that_mean_nothing_are_refused() {
    let role = "[isolation]\nrole = 'a'\n";
    let mut wrong = Vec::new();
    for (text, expected) in [
        ("[server]\npostgres = []".to_owned(), "2:12 no version is named"),
        (
            "[server]\npostgres = ['13']".to_owned(),
            "2:13 `13` is no major version that pgproof knows",
        ),
        (
            "[server]\npostgres = ['15.4']".to_owned(),
            "2:13 `15.4` is not a major version",
        ),
        (
            "[server]\npostgres = ['15', '15']".to_owned(),
            "2:12 major 15 is named twice",
        ),
        (
            "[migrations]\nconvention = 'sqlxx'".to_owned(),
            "2:14 unknown convention `sqlxx` - did you mean `sqlx`?",
        ),
        (
            "[migrations]\nledger = { table = 't', version = 'v', value = 'name' }".to_owned(),
            "2:48 unknown ledger value `name`",
        ),
        (
            "[migrations]\nledger = { table = 't' }".to_owned(),
            "2:10 `ledger` needs `version`",
        ),
        (
            "[migrations]\nexclude = ['{a']".to_owned(),
            "2:12 not a pattern of files: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)",
        ),
        (format!("{role}context = {{ }}"), "3:11 the context says nothing"),
        (
            format!("{role}context = {{ setting = 'a.b', sql = ['x($1)'] }}"),
            "3:36 both `setting` and `sql`",
        ),
        (
            format!("{role}context = {{ roles = ['a', 'b'], claims = '{{}}' }}"),
            "3:42 `claims` goes with `setting` only",
        ),
        (
            format!("{role}context = {{ roles = ['a'] }}"),
            "3:21 isolation is between two tenants or more",
        ),
        (
            format!("{role}context = {{ setting = 'a b' }}"),
            "3:23 `a b` is no name of a setting",
        ),
        (
            format!("{role}context = {{ sql = ['select 1'] }}"),
            "3:11 `sql` does not mention $1, the tenant: every session would be the same",
        ),
        (
            format!("{role}context = {{ setting = 'a.b', claims = '{{\"x\":1}}' }}"),
            "3:11 `claims` does not mention $1, the tenant: every session would be the same",
        ),
        (
            format!("{role}context = {{ setting = 'a.b', claims = '{{sub:$1}}' }}"),
            "3:39 the claims are no JSON: key must be a string at line 1 column 2",
        ),
        (role.to_owned(), "1:1 [isolation] needs `context`"),
        (
            "[isolation]\ncontext = { setting = 'a.b' }".to_owned(),
            "1:1 [isolation] needs `role`",
        ),
        (
            format!("{role}context = {{ setting = 'a.b' }}\ntenants = ['x']"),
            "4:11 isolation is between two tenants or more",
        ),
        (
            format!("{role}context = {{ setting = 'a.b' }}\ntenants = ['x', 'x']"),
            "4:11 tenant `x` is named twice",
        ),
        (
            format!("{role}context = {{ roles = ['a', 'b'] }}\ntenants = ['x', 'y', 'z']"),
            "4:11 3 tenants, but 2 roles: the context needs one for each",
        ),
        (
            format!("{role}context = {{ setting = 'a.b' }}\nshared = ['countries']"),
            "4:11 `countries` lacks its schema",
        ),
        (
            format!("{role}context = {{ setting = 'a.b' }}\n[isolation.tables.tasks]"),
            "4:19 `tasks` lacks its schema",
        ),
        (
            format!(
                "{role}context = {{ setting = 'a.b' }}\n[isolation.tables.'a.b']\ntenant = 'x -> public.y('"
            ),
            "5:25 expected the column that is matched, found the end",
        ),
        (
            "[[audit]]\ntables = []\nlog = 'a.b'".to_owned(),
            "2:10 an empty list: nothing would have to be logged",
        ),
        (
            "[[audit]]\ntables = ['a.*']".to_owned(),
            "1:1 [[audit]] needs `log`",
        ),
        (
            "[[audit]]\ntables = ['a.*']\nlog = 'a.b'\noperations = ['insert']".to_owned(),
            "4:15 unknown operation `insert` - did you mean `INSERT`?",
        ),
        (
            "[[audit]]\ntables = ['a.*']\nlog = 'a.b'\nactor = { role = false }".to_owned(),
            "4:18 `role` can only be true",
        ),
        (
            "[[audit]]\ntables = ['a.*']\nlog = 'a.b'\nactor = { }".to_owned(),
            "4:9 the actor is not named",
        ),
        (
            "[[audit]]\ntables = ['a.*']\nlog = 'a.b'\nactor = { setting = 'a.b', claims = '{\"x\":1}' }"
                .to_owned(),
            "4:37 `claims` does not mention $1, who acts: everybody would be the same",
        ),
        (
            "[[audit]]\ntables = ['a.*']\nlog = 'a.b'\nactor = { role = true, claims = '{\"x\":\"$1\"}' }"
                .to_owned(),
            "4:33 `claims` goes with `setting` only",
        ),
        (
            "[[retention]]\nrun = 'x'".to_owned(),
            "1:1 [[retention]] needs `tables` or `policies`: nothing says what has to go",
        ),
        (
            format!("{RETAINED}keep = '30'\naction = 'delete'"),
            "5:8 `30` has no unit",
        ),
        (
            format!("{RETAINED}action = 'delete'"),
            "3:1 the retention of a.b needs `keep`",
        ),
        (
            format!("{RETAINED}keep = '30 days'\naction = 'anonymize'"),
            "6:10 unknown action `anonymize` - did you mean `anonymise`?",
        ),
        (
            format!("{RETAINED}keep = '30 days'\naction = 'anonymise'"),
            "6:10 action `anonymise` needs `anonymise`: the columns that are cleared",
        ),
        (
            format!("{RETAINED}keep = '30 days'\naction = 'archive'"),
            "6:10 action `archive` needs `archive_to`: the table that rows move to",
        ),
        (
            format!("{POLICIES}['purge'] }}"),
            "3:84 `purge` is none of our actions",
        ),
        (
            format!("{POLICIES}'delete' }}"),
            "3:83 expected a list or a map to our words, found a string",
        ),
        (
            "[[erasure]]\nrun = 'x($1)'\nsubject = { table = 'a.b', key = ['c', 'd'], pii = ['e'] }"
                .to_owned(),
            "2:7 the statement does not mention $2: it would not know whom to erase",
        ),
        (
            "[[erasure]]\nrun = 'x($2)'\nsubject = { table = 'a.b', key = 'c', pii = ['e'] }".to_owned(),
            "2:7 $2 stands for nothing: the subject's key has 1 column(s)",
        ),
        (
            "[[erasure]]\nrun = 'x($1)'\nsubject = { table = 'a.b', key = 3, pii = ['e'] }".to_owned(),
            "3:34 expected a string or a list, found an integer",
        ),
        (
            "[complete]\nexact = true".to_owned(),
            "2:9 `exact` is about `tables`, which are not named",
        ),
        (
            "[[complete.rows]]\ntable = 'a.b'".to_owned(),
            "1:1 [[complete.rows]] needs `count` or `at_least`",
        ),
        (
            "[[complete.rows]]\ntable = 'a.b'\ncount = 1\nat_least = 1".to_owned(),
            "4:12 both `count` and `at_least`",
        ),
        (
            format!("{ALLOW}until = '2027-13-01'"),
            "5:9 `2027-13-01` is no date",
        ),
        (
            format!("{ALLOW}until = '2027-06-30T10:00'"),
            "5:9 `2027-06-30T10:00` is no date",
        ),
        (
            format!("{ALLOW}until = 3"),
            "5:9 expected a date, found an integer",
        ),
        (
            "[[allow]]\nrule = 'a/b'\nobject = 'x'".to_owned(),
            "1:1 [[allow]] needs `reason`",
        ),
    ] {
        let found = problems(&text);
        if found != [expected] {
            wrong.push((expected, found));
        }
    }
    assert!(wrong.is_empty(), "expected, found: {wrong:#?}");
}

const RETAINED: &str = "[[retention]]\nrun = 'x'\n[retention.tables.'a.b']\nage = 'c'\n";
const POLICIES: &str = "[[retention]]\nrun = 'x'\npolicies = { table = 'a.b', columns = { table = 'c', keep_days = 'd' }, actions = ";
const ALLOW: &str = "[[allow]]\nrule = 'a/b'\nobject = 'c.d'\nreason = 'e'\n";

#[test]
fn a_problem_inside_a_string_is_shown_at_its_column() {
    let text =
        "[isolation]\nrole='r'\ncontext={setting='a.b'}\n[isolation.tables.'a.b']\ntenant = \"x > y\"\n";
    assert_eq!(
        problems(text),
        ["5:13 expected `->` or the end of the path, found `>`"]
    );
    // With an escape before it the column can't be told: the whole string is shown.
    let escaped = text.replace("\"x > y\"", "\"\\u0078 > y\"");
    assert_eq!(
        problems(&escaped),
        ["5:10 expected `->` or the end of the path, found `>`"]
    );
}

#[test]
fn an_allow_knows_its_line() {
    let contract = parse(EXAMPLES[0].1);
    let line = EXAMPLES[0]
        .1
        .lines()
        .position(|line| line.starts_with("[[allow]]"))
        .unwrap()
        + 1;
    let location = &contract.allow[0].location;
    assert_eq!(
        (location.file.as_str(), location.line as usize),
        ("helios/pgproof.toml", line)
    );
}

#[test]
fn a_contract_that_is_missing_or_no_text_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let missing = Contract::read(&folder.join("pgproof.toml")).unwrap_err();
    assert!(matches!(missing, ReadError::Open { .. }));
    let path = folder.join("latin1.toml");
    std::fs::write(&path, b"name = 'x'\n# na\xefve\n").unwrap();
    assert!(
        Contract::read(&path)
            .unwrap_err()
            .to_string()
            .ends_with("latin1.toml is not UTF-8 text: see line 2")
    );
}

#[test]
fn a_contract_is_called_after_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap().join("billing");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("pgproof.toml"), "").unwrap();
    assert_eq!(
        Contract::read(&folder.join("pgproof.toml")).unwrap().name,
        "billing"
    );
}

#[test]
fn the_examples_fit_the_schema() {
    let schema = Contract::schema();
    for (name, text) in EXAMPLES {
        let errors = unfit(&schema, &schema, &as_json(text), "");
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn the_schema_refuses_what_the_parser_refuses() {
    let schema = Contract::schema();
    for text in [
        "nmae = 'x'",
        "name = 3",
        "[migrations]\nconvention = 'sqlxx'",
        "[server]\npostgres = ['13']",
        "[isolation]\nrole = 'x'",
        "[isolation]\ncontext = { setting = 'a.b', sql = ['x'] }",
        "[[retention]]\nrun = 'x'\n[retention.tables.'a.b']\nkeeep = '1 day'",
        "[[allow]]\nrule = 'x'",
    ] {
        assert!(Contract::parse(text, "x").is_err(), "{text}");
        assert!(!unfit(&schema, &schema, &as_json(text), "").is_empty(), "{text}");
    }
}

/// Each kind of table was asked for some keys while the examples were read. The schema has to have exactly these.
#[test]
fn the_schema_and_the_parser_know_the_same_keys() {
    let mut asked: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (_, text) in EXAMPLES {
        let mut problems = Problems::new("x", text);
        Contract::read_tree(text, "x", "x", &mut problems).unwrap();
        for (table, keys) in problems.asked {
            asked.entry(table).or_default().extend(keys);
        }
    }
    let schema = Contract::schema();
    let mut described = Vec::new();
    properties(&schema, &mut described);
    let asked: BTreeSet<Vec<String>> = asked
        .into_values()
        .map(|keys| keys.into_iter().map(ToOwned::to_owned).collect())
        .collect();
    let described: BTreeSet<Vec<String>> = described.into_iter().collect();
    assert_eq!(asked, described);
}

#[test]
fn every_key_in_the_schema_is_described() {
    fn walk(schema: &Json, path: &str, bare: &mut Vec<String>) {
        if let Some(properties) = schema.get("properties").and_then(Json::as_object) {
            for (key, value) in properties {
                if value.get("description").is_none() {
                    bare.push(format!("{path}/{key}"));
                }
            }
        }
        match schema {
            Json::Object(entries) => entries
                .iter()
                .for_each(|(key, value)| walk(value, &format!("{path}/{key}"), bare)),
            Json::Array(items) => items.iter().for_each(|value| walk(value, path, bare)),
            _ => {}
        }
    }
    let mut bare = Vec::new();
    walk(&Contract::schema(), "", &mut bare);
    assert!(bare.is_empty(), "{bare:#?}");
}

/// The keys of each table in the schema. The forms of one table (`anyOf`) are taken together.
fn properties(schema: &Json, found: &mut Vec<Vec<String>>) {
    let keys = |schema: &Json| -> BTreeSet<String> {
        schema["properties"]
            .as_object()
            .into_iter()
            .flat_map(|keys| keys.keys().cloned())
            .collect()
    };
    let mut own = keys(schema);
    if let Some(forms) = schema["anyOf"].as_array() {
        own.extend(forms.iter().flat_map(keys));
    }
    if !own.is_empty() {
        found.push(own.into_iter().collect());
    }
    for below in ["$defs", "properties"] {
        for (_, value) in schema[below].as_object().into_iter().flatten() {
            properties(value, found);
        }
    }
}

fn as_json(text: &str) -> Json {
    fn convert(value: toml::Value) -> Json {
        match value {
            toml::Value::Datetime(date) => Json::String(date.to_string()),
            toml::Value::Array(items) => items.into_iter().map(convert).collect(),
            toml::Value::Table(entries) => entries
                .into_iter()
                .map(|(key, value)| (key, convert(value)))
                .collect(),
            other => serde_json::to_value(other).unwrap(),
        }
    }
    convert(toml::from_str(text).unwrap())
}

/// As much of JSON schema as ours uses; a keyword that is not known here is a failure, so that nothing passes unseen.
fn unfit(root: &Json, schema: &Json, value: &Json, path: &str) -> Vec<String> {
    let mut errors = Vec::new();
    let Some(rules) = schema.as_object() else {
        return if schema == &Json::Bool(false) {
            vec![format!("{path}: not allowed")]
        } else {
            errors
        };
    };
    for (keyword, rule) in rules {
        let ok = match keyword.as_str() {
            "$ref" => {
                let name = rule.as_str().unwrap().trim_start_matches("#/$defs/");
                errors.extend(unfit(root, &root["$defs"][name], value, path));
                true
            }
            "type" => {
                let one = |name: &str| match name {
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_u64(),
                    "array" => value.is_array(),
                    "object" => value.is_object(),
                    "null" => value.is_null(),
                    other => panic!("type {other}"),
                };
                rule.as_str().map_or_else(
                    || {
                        rule.as_array()
                            .unwrap()
                            .iter()
                            .any(|name| one(name.as_str().unwrap()))
                    },
                    one,
                )
            }
            "enum" => rule.as_array().unwrap().contains(value),
            "const" => rule == value,
            "anyOf" | "oneOf" => rule
                .as_array()
                .unwrap()
                .iter()
                .any(|form| unfit(root, form, value, path).is_empty()),
            "properties" => {
                for (key, rule) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(key) {
                        errors.extend(unfit(root, rule, value, &format!("{path}/{key}")));
                    }
                }
                true
            }
            "additionalProperties" => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    if schema["properties"].get(key).is_none() {
                        errors.extend(unfit(root, rule, value, &format!("{path}/{key}")));
                    }
                }
                true
            }
            "required" => rule
                .as_array()
                .unwrap()
                .iter()
                .all(|key| value.get(key.as_str().unwrap()).is_some()),
            "items" => {
                for value in value.as_array().into_iter().flatten() {
                    errors.extend(unfit(root, rule, value, &format!("{path}/[]")));
                }
                true
            }
            "minItems" => value
                .as_array()
                .is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
            "minimum" => value
                .as_u64()
                .is_none_or(|number| number >= rule.as_u64().unwrap()),
            "$schema" | "title" | "description" | "default" | "format" | "$defs" => true,
            other => panic!("the schema uses {other}, which this test does not know"),
        };
        if !ok {
            errors.push(format!("{path}: {keyword} is not {rule}: {value}"));
        }
    }
    errors
}
