//! Runs, reviews and what is left on disk, over several majors.

use std::collections::BTreeMap;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::*;

const SOURCE: &str = "migrations/helios";
const BASE: Majors = Majors { this: 15, base: 15 };
const OTHER: Majors = Majors { this: 17, base: 15 };

/// A folder of snapshots that need not be there yet, gone with the test.
struct Folder {
    _root: TempDir,
    path: Utf8PathBuf,
}

impl Folder {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(root.path()).unwrap().join("helios");
        Self { _root: root, path }
    }

    /// Compares; views vary.
    fn compare(&self, majors: Majors, texts: &[(&str, &str)]) -> Comparison {
        let texts: BTreeMap<String, String> = texts
            .iter()
            .map(|&(stem, text)| (stem.to_owned(), text.to_owned()))
            .collect();
        compare(&self.path, &texts, majors, &|stem| stem.starts_with("view.")).unwrap()
    }

    /// Compares and writes; returns the names of the files written.
    fn run(&self, majors: Majors, update: Update, texts: &[(&str, &str)]) -> Vec<String> {
        let written = self.compare(majors, texts).write(SOURCE, update).unwrap();
        written
            .iter()
            .map(|path| path.file_name().unwrap().to_owned())
            .collect()
    }

    fn accept_all(&self) {
        for waiting in pending(&self.path).unwrap() {
            waiting.accept().unwrap();
        }
    }

    fn accept(&self, majors: Majors, texts: &[(&str, &str)]) {
        self.run(majors, Update::New, texts);
        self.accept_all();
        assert_eq!(self.compare(majors, texts).differences, []);
    }

    fn files(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.path) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(&self.path).unwrap();
        fs::write(self.path.join(name), text).unwrap();
    }
}

fn kinds(comparison: &Comparison) -> Vec<(&str, Kind)> {
    comparison
        .differences
        .iter()
        .map(|one| (one.stem.as_str(), one.kind))
        .collect()
}

#[test]
fn on_a_first_run_all_is_new_and_pending() {
    let folder = Folder::new();
    let texts = [
        ("table.public.users", "id uuid\n"),
        ("table.public.Users", "id int"),
    ];
    let comparison = folder.compare(BASE, &texts);
    assert_eq!(
        kinds(&comparison),
        [
            ("table.public.Users", Kind::New),
            ("table.public.users", Kind::New)
        ]
    );
    assert_eq!(
        comparison.differences[1].diff(),
        "--- /dev/null\n+++ table.public.users.snap.new\n@@ -0,0 +1 @@\n+id uuid\n"
    );

    let written = folder.run(BASE, Update::New, &texts);
    assert_eq!(written, folder.files());
    assert_eq!(written.len(), 2);
    assert_eq!(written[1], "table.public.users.snap.new");
    assert_eq!(
        fs::read_to_string(folder.path.join("table.public.users.snap.new")).unwrap(),
        "---\nsource: migrations/helios\nexpression: table.public.users\n---\nid uuid\n"
    );
    // Pending is not accepted.
    assert_eq!(folder.compare(BASE, &texts).differences.len(), 2);
    folder.accept_all();
    assert_eq!(folder.compare(BASE, &texts).differences, []);
    assert_eq!(pending(&folder.path).unwrap(), []);
    assert_eq!(folder.files().len(), 2);
}

#[test]
fn where_nothing_may_be_written_no_file_is_touched() {
    let folder = Folder::new();
    assert_eq!(folder.run(BASE, Update::No, &[("roles", "a")]), [""; 0]);
    assert!(!folder.path.exists());

    folder.accept(BASE, &[("roles", "a")]);
    folder.run(BASE, Update::New, &[("roles", "b")]);
    let before = folder.files();
    folder.run(BASE, Update::No, &[("roles", "a")]);
    assert_eq!(folder.files(), before);
}

#[test]
fn only_white_space_at_the_end_and_windows_line_ends_make_no_difference() {
    let folder = Folder::new();
    folder.accept(BASE, &[("roles", "one\n two")]);
    let file = folder.path.join("roles.snap");
    let windows = fs::read_to_string(&file).unwrap().replace('\n', "\r\n");
    fs::write(&file, windows).unwrap();
    assert_eq!(
        folder.compare(BASE, &[("roles", "one\r\n two\n \n")]).differences,
        []
    );
    assert_eq!(
        folder.compare(BASE, &[("roles", "one\ntwo")]).differences.len(),
        1
    );
    assert_eq!(
        folder
            .compare(BASE, &[("roles", "\none\n two")])
            .differences
            .len(),
        1
    );
    assert_eq!(
        folder.compare(BASE, &[("roles", "one \n two")]).differences.len(),
        1
    );
}

#[test]
fn a_changed_text_is_pending_until_it_is_accepted_or_rejected() {
    let folder = Folder::new();
    folder.accept(BASE, &[("roles", "one\ntwo")]);
    let changed = [("roles", "one\n2")];
    assert_eq!(folder.run(BASE, Update::New, &changed), ["roles.snap.new"]);

    let waiting = pending(&folder.path).unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].kind(), Kind::Changed);
    let diff = "--- roles.snap\n+++ roles.snap.new\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n";
    assert_eq!(waiting[0].diff(), diff);
    assert_eq!(folder.compare(BASE, &changed).differences[0].diff(), diff);

    for waiting in waiting {
        waiting.reject().unwrap();
    }
    assert_eq!(folder.files(), ["roles.snap"]);
    assert_eq!(kinds(&folder.compare(BASE, &changed)), [("roles", Kind::Changed)]);
    folder.accept(BASE, &changed);
}

#[test]
fn what_is_accepted_is_what_was_read_for_the_review() {
    let folder = Folder::new();
    folder.run(BASE, Update::New, &[("roles", "reviewed")]);
    let waiting = pending(&folder.path).unwrap();
    folder.run(BASE, Update::New, &[("roles", "sneaked in")]);
    for waiting in waiting {
        waiting.accept().unwrap();
    }
    assert_eq!(folder.compare(BASE, &[("roles", "reviewed")]).differences, []);
}

#[test]
fn a_text_that_is_gone_is_a_difference_and_accepting_it_removes_the_file() {
    let folder = Folder::new();
    let upper = "table.public.Users";
    folder.accept(BASE, &[("roles", "a"), (upper, "b")]);
    let comparison = folder.compare(BASE, &[("roles", "a")]);
    assert_eq!(kinds(&comparison), [(upper, Kind::Gone)]);
    let diff = comparison.differences[0].diff();
    assert!(
        diff.ends_with(".snap\n+++ /dev/null\n@@ -1 +0,0 @@\n-b\n"),
        "{diff}"
    );

    folder.run(BASE, Update::New, &[("roles", "a")]);
    let waiting = pending(&folder.path).unwrap();
    assert_eq!((waiting[0].kind(), waiting[0].diff()), (Kind::Gone, diff));
    folder.accept_all();
    assert_eq!(folder.files(), ["roles.snap"]);
    assert_eq!(folder.compare(BASE, &[("roles", "a")]).differences, []);
}

#[test]
fn an_accepted_file_without_contents_counts_as_absent() {
    let folder = Folder::new();
    folder.accept(BASE, &[("roles", "a")]);
    folder.write(
        "roles.snap",
        "---\nsource: migrations/helios\nexpression: roles\n---\n\n",
    );
    assert_eq!(folder.compare(BASE, &[]).differences, []);
    assert_eq!(
        kinds(&folder.compare(BASE, &[("roles", "a")])),
        [("roles", Kind::New)]
    );
    // And so does a text without contents.
    assert_eq!(folder.compare(BASE, &[("roles", " \n")]).differences, []);
}

#[test]
fn a_pending_file_goes_when_its_text_is_as_accepted_again() {
    let folder = Folder::new();
    folder.accept(BASE, &[("roles", "a"), ("grants", "b")]);
    folder.run(BASE, Update::New, &[("roles", "a2"), ("extra", "c")]);
    assert_eq!(pending(&folder.path).unwrap().len(), 3);
    folder.run(BASE, Update::New, &[("roles", "a"), ("grants", "b")]);
    assert_eq!(folder.files(), ["grants.snap", "roles.snap"]);
}

#[test]
fn always_writes_and_removes_accepted_files_without_a_review() {
    let folder = Folder::new();
    folder.accept(BASE, &[("roles", "a"), ("grants", "b")]);
    let texts = [("roles", "a2"), ("new", "c")];
    folder.run(BASE, Update::New, &texts);
    assert_eq!(
        folder.run(BASE, Update::Always, &texts),
        ["grants.snap", "new.snap", "roles.snap"]
    );
    assert_eq!(folder.files(), ["new.snap", "roles.snap"]);
    assert_eq!(folder.compare(BASE, &texts).differences, []);
}

#[test]
fn unseen_accepts_what_is_new_and_asks_for_a_review_of_the_rest() {
    let folder = Folder::new();
    folder.accept(BASE, &[("roles", "a"), ("grants", "b")]);
    let texts = [("roles", "a2"), ("new", "c")];
    assert_eq!(
        folder.run(BASE, Update::Unseen, &texts),
        ["grants.snap.new", "new.snap", "roles.snap.new"]
    );
}

#[test]
fn another_major_is_compared_with_the_base() {
    let folder = Folder::new();
    folder.accept(BASE, &[("table.t", "a"), ("view.v", "v")]);
    assert_eq!(
        folder
            .compare(OTHER, &[("table.t", "a"), ("view.v", "v")])
            .differences,
        []
    );
}

#[test]
fn another_major_gets_a_file_of_its_own_where_a_family_varies() {
    let folder = Folder::new();
    folder.accept(BASE, &[("view.v", "fifteen")]);
    let seventeen = [("view.v", "seventeen")];
    let comparison = folder.compare(OTHER, &seventeen);
    assert_eq!(kinds(&comparison), [("view.v", Kind::Changed)]);
    assert_eq!(
        comparison.differences[0].diff(),
        "--- view.v.snap\n+++ view.v@17.snap.new\n@@ -1 +1 @@\n-fifteen\n+seventeen\n"
    );
    assert_eq!(folder.run(OTHER, Update::New, &seventeen), ["view.v@17.snap.new"]);
    folder.accept_all();
    assert_eq!(folder.files(), ["view.v.snap", "view.v@17.snap"]);
    assert_eq!(folder.compare(OTHER, &seventeen).differences, []);

    // The base, and a third major, do not look at it; 17 no longer looks at the base's.
    assert_eq!(folder.compare(BASE, &[("view.v", "fifteen")]).differences, []);
    assert_eq!(folder.compare(BASE, &seventeen).differences.len(), 1);
    let eighteen = Majors { this: 18, base: 15 };
    assert_eq!(folder.compare(eighteen, &[("view.v", "fifteen")]).differences, []);
    assert_eq!(
        folder.compare(OTHER, &[("view.v", "fifteen")]).differences.len(),
        1
    );
}

#[test]
fn another_major_never_writes_what_the_base_owns() {
    let folder = Folder::new();
    folder.accept(BASE, &[("table.t", "a"), ("table.u", "b"), ("view.v", "v")]);
    for update in [Update::New, Update::Unseen, Update::Always] {
        let texts = [("table.t", "other"), ("table.w", "c")];
        let comparison = folder.compare(OTHER, &texts);
        assert_eq!(
            kinds(&comparison),
            [
                ("table.t", Kind::Changed),
                ("table.u", Kind::Gone),
                ("table.w", Kind::New),
                ("view.v", Kind::Gone)
            ]
        );
        assert_eq!(folder.run(OTHER, update, &texts), [""; 0]);
        assert_eq!(folder.files(), ["table.t.snap", "table.u.snap", "view.v.snap"]);
    }
}

#[test]
fn what_waits_for_the_base_is_not_asked_for_again_by_a_major_that_prints_the_same() {
    let folder = Folder::new();
    let texts = [("view.same", "v"), ("view.differs", "fifteen")];
    folder.run(BASE, Update::New, &texts);
    let seventeen = [("view.same", "v"), ("view.differs", "seventeen")];
    assert_eq!(
        folder.run(OTHER, Update::New, &seventeen),
        ["view.differs@17.snap.new"]
    );
    assert_eq!(folder.compare(OTHER, &seventeen).differences.len(), 2);
    folder.accept_all();
    assert_eq!(
        folder.files(),
        ["view.differs.snap", "view.differs@17.snap", "view.same.snap"]
    );
    assert_eq!(folder.compare(BASE, &texts).differences, []);
    assert_eq!(folder.compare(OTHER, &seventeen).differences, []);
}

#[test]
fn a_major_that_comes_to_print_what_waits_for_the_base_still_renews_its_own_file() {
    let folder = Folder::new();
    folder.accept(BASE, &[("view.v", "fifteen")]);
    folder.accept(OTHER, &[("view.v", "seventeen")]);
    let both = [("view.v", "both")];
    folder.run(BASE, Update::New, &both);
    assert_eq!(folder.run(OTHER, Update::New, &both), ["view.v@17.snap.new"]);
    folder.accept_all();
    assert_eq!(folder.compare(BASE, &both).differences, []);
    assert_eq!(folder.compare(OTHER, &both).differences, []);
}

#[test]
fn a_run_leaves_the_pending_files_of_other_majors_alone() {
    let folder = Folder::new();
    folder.accept(BASE, &[("table.t", "a"), ("view.v", "v")]);
    folder.run(BASE, Update::New, &[("table.t", "b"), ("view.v", "v")]);
    folder.run(OTHER, Update::New, &[("table.t", "a"), ("view.v", "v17")]);
    let both = [
        "table.t.snap",
        "table.t.snap.new",
        "view.v.snap",
        "view.v@17.snap.new",
    ];
    assert_eq!(folder.files(), both);
    folder.run(BASE, Update::New, &[("table.t", "b"), ("view.v", "v")]);
    assert_eq!(folder.files(), both);
    // 17 takes back its own.
    folder.run(OTHER, Update::New, &[("table.t", "a"), ("view.v", "v")]);
    assert_eq!(folder.files(), both[..3]);
}

#[test]
fn a_file_of_a_major_that_nothing_needs_is_gone() {
    let folder = Folder::new();
    folder.accept(BASE, &[("view.v", "v"), ("table.t", "a")]);
    folder.write("table.t@17.snap", "---\nexpression: table.t\n---\nb\n");
    folder.accept(OTHER, &[("view.v", "v17"), ("table.t", "a")]);
    assert_eq!(folder.files(), ["table.t.snap", "view.v.snap", "view.v@17.snap"]);

    let comparison = folder.compare(OTHER, &[("table.t", "a")]);
    assert_eq!(
        kinds(&comparison),
        [("view.v", Kind::Gone), ("view.v", Kind::Gone)]
    );
    assert_eq!(
        folder.run(OTHER, Update::New, &[("table.t", "a")]),
        ["view.v@17.snap.new"]
    );
}

#[test]
fn a_stem_with_an_at_sign_is_not_taken_for_a_variant() {
    let folder = Folder::new();
    let texts = [("view.v", "a"), ("view.v@17", "b")];
    folder.accept(BASE, &texts);
    assert_eq!(folder.compare(OTHER, &texts).differences, []);
    assert_eq!(
        kinds(&folder.compare(BASE, &texts[..1])),
        [("view.v@17", Kind::Gone)]
    );
}

#[test]
fn files_of_insta_macros_in_the_same_folder_are_left_alone() {
    let folder = Folder::new();
    folder.write("it__a.snap", "---\nsource: tests/it.rs\nexpression: a\n---\na\n");
    folder.write(
        "it__b.snap.new",
        "---\nsource: tests/it.rs\nexpression: b\n---\nb\n",
    );
    folder.write("README.md", "not a snapshot");
    assert_eq!(folder.run(BASE, Update::New, &[]), [""; 0]);
    assert_eq!(pending(&folder.path).unwrap(), []);
    assert_eq!(folder.files(), ["README.md", "it__a.snap", "it__b.snap.new"]);
    assert_eq!(Accepted::read(&folder.path).unwrap().iter().count(), 0);
}

#[test]
fn a_file_that_is_no_snapshot_is_an_error_that_names_it() {
    let folder = Folder::new();
    folder.write("roles.snap", "<<<<<<< HEAD\n---\na\n");
    let error = compare(&folder.path, &BTreeMap::new(), BASE, &|_| false).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("read ") && message.contains("roles.snap as a snapshot"),
        "{message}"
    );
    assert!(Accepted::read(&folder.path).is_err());
}
