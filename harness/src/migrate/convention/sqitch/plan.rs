//! `sqitch.plan`: its changes and tags in their order, with the identifiers that sqitch makes of them.
//!
//! As `lib/App/Sqitch/Plan.pm`, `Plan/{Line,Change,Tag,Depend}.pm` (1.3) have it; the identifiers were compared with
//! sqitch's own.

use std::collections::BTreeMap;

use sha1::{Digest, Sha1};

use crate::checksum::hex;

/// A plan that was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) project: String,
    pub(super) uri: Option<String>,
    pub(super) changes: Vec<Change>,
}

/// A line with a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) planned: Planned,
    pub(super) requires: Vec<Depend>,
    pub(super) conflicts: Vec<Depend>,
    pub(super) tags: Vec<Planned>,
    /// Where the change is reworked later: the tags that its files may be called by, in the order of the search.
    pub(super) rework_tags: Vec<String>,
}

/// What a change and a tag have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    /// The line in the plan, counted from 1.
    pub(super) line: u32,
    /// The name; a tag's without its `@`.
    pub(super) name: String,
    pub(super) id: String,
    pub(super) note: String,
    /// As in `2024-01-31T12:00:00Z`.
    pub(super) at: String,
    pub(super) planner_name: String,
    pub(super) planner_email: String,
}

/// What a change requires, or may not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Depend {
    /// Another project's name.
    pub(super) project: Option<String>,
    pub(super) change: Option<String>,
    pub(super) tag: Option<String>,
    /// A change's identifier instead of a name.
    pub(super) id: Option<String>,
}

/// Where and why sqitch stops reading a plan.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) line: u32,
    pub(super) reason: String,
}

/// Punctuation that a name neither begins nor ends with.
const PUNCTUATION: &str = "-!\"#$%&'()*+,./:;<=>?@[\\]^`{|}~";

pub(super) fn parse(text: &str) -> Result<Plan, Refused> {
    let mut reader = Reader::default();
    let mut in_header = true;
    for (number, line) in (1..).zip(text.lines()) {
        let (line, note) = match line.split_once('#') {
            Some((line, note)) => (line, unescaped(note.trim())),
            None => (line, String::new()),
        };
        let line = line.trim_end_matches([' ', '\t']);
        let bare = line.trim_start_matches([' ', '\t']);
        if bare.is_empty() {
            // A line with a comment alone does not end the header.
            in_header &= !note.is_empty();
        } else if in_header {
            reader.pragma(number, bare)?;
        } else if let Some(tag) = bare.strip_prefix('@') {
            reader.tag(number, tag, note)?;
        } else {
            reader.change(number, bare, note)?;
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    pragmas: BTreeMap<String, String>,
    changes: Vec<Change>,
    /// How many changes there were when each tag came.
    tags: BTreeMap<String, usize>,
    /// Where the changes since the last tag begin.
    section: usize,
}

impl Reader {
    fn project(&self) -> Option<&String> {
        self.pragmas.get("project")
    }

    fn uri(&self) -> Option<String> {
        self.pragmas.get("uri").cloned()
    }

    fn pragma(&mut self, line: u32, text: &str) -> Result<(), Refused> {
        let Some(pragma) = text.strip_prefix('%') else {
            return refuse(line, "a blank line must come between pragmas and changes");
        };
        let (name, value) = pragma.split_once('=').unwrap_or((pragma, "1"));
        let (name, value) = (name.trim(), value.trim_start());
        if name == "project" && !is_name(value) {
            return refuse(line, format!("`{value}` is no name of a project"));
        }
        self.pragmas.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    fn head(&self, line: u32) -> Result<String, Refused> {
        let Some(project) = self.project() else {
            return refuse(line, "the pragma `%project` is missing");
        };
        let uri = self
            .uri()
            .map(|uri| format!("\nuri {}", canonical(&uri)))
            .unwrap_or_default();
        Ok(format!("project {project}{uri}"))
    }

    fn tag(&mut self, line: u32, text: &str, note: String) -> Result<(), Refused> {
        let Parts { mut planned, depends } = Parts::parse(line, text, note)?;
        if !depends.is_empty() {
            return refuse(line, "a tag may not require anything");
        }
        if planned.name.contains('/') {
            return refuse(line, format!("the tag `{}` has a `/`", planned.name));
        }
        if self.tags.contains_key(&planned.name) {
            return refuse(line, format!("the tag `@{}` is there twice", planned.name));
        }
        let head = self.head(line)?;
        self.check_section()?;
        let count = self.changes.len();
        let Some(change) = self.changes.last_mut() else {
            return refuse(
                line,
                format!("the tag `@{}` comes before any change", planned.name),
            );
        };
        let info = format!(
            "{head}\ntag @{}\nchange {}\n{}",
            planned.name,
            change.planned.id,
            planned.planner()
        );
        planned.id = planned.sign("tag", info, "");
        self.tags.insert(planned.name.clone(), count);
        change.tags.push(planned);
        self.section = count;
        Ok(())
    }

    fn change(&mut self, line: u32, text: &str, note: String) -> Result<(), Refused> {
        let text = text
            .strip_prefix(['+', '-'])
            .map_or(text, |rest| rest.trim_start_matches([' ', '\t']));
        let Parts { mut planned, depends } = Parts::parse(line, text, note)?;
        if self.changes[self.section..]
            .iter()
            .any(|change| change.planned.name == planned.name)
        {
            return refuse(
                line,
                format!(
                    "the change `{}` is there twice with no tag between the two",
                    planned.name
                ),
            );
        }
        let (mut requires, mut conflicts) = (Vec::new(), Vec::new());
        for text in depends.split_whitespace() {
            let Some((depend, conflict)) = Depend::parse(text) else {
                return refuse(line, format!("`{text}` names nothing that a change can require"));
            };
            if conflict { &mut conflicts } else { &mut requires }.push(depend);
        }
        let head = self.head(line)?;
        let parent = self
            .changes
            .last()
            .map(|parent| format!("\nparent {}", parent.planned.id));
        let list = |word: &str, sign: &str, depends: &[Depend]| {
            let names: Vec<String> = depends
                .iter()
                .map(|depend| depend.shown(self.project()))
                .collect();
            let names = names.join(&format!("\n  {sign} "));
            if names.is_empty() {
                names
            } else {
                format!("\n{word}\n  {sign} {names}")
            }
        };
        let lists = list("requires", "+", &requires) + &list("conflicts", "-", &conflicts);
        let info = format!(
            "{head}\nchange {}{}\n{}",
            planned.name,
            parent.unwrap_or_default(),
            planned.planner()
        );
        planned.id = planned.sign("change", info, &lists);
        self.reworks(&planned.name);
        self.changes.push(Change {
            planned,
            requires,
            conflicts,
            tags: Vec::new(),
            rework_tags: Vec::new(),
        });
        Ok(())
    }

    /// A name that comes again: the earlier change's files bear a tag from now on.
    fn reworks(&mut self, name: &str) {
        let Some(at) = self
            .changes
            .iter()
            .rposition(|change| change.planned.name == name)
        else {
            return;
        };
        let later = self.changes[at + 1..self.section].iter().rev();
        let tags: Vec<String> = later
            .chain([&self.changes[at]])
            .flat_map(|change| change.tags.iter().map(|tag| tag.name.clone()))
            .collect();
        self.changes[at].rework_tags.extend(tags);
    }

    /// What the changes since the last tag require has to come before them.
    fn check_section(&self) -> Result<(), Refused> {
        for at in self.section..self.changes.len() {
            let change = &self.changes[at];
            let known = |depend: &&Depend| !self.has_before(depend, at);
            if let Some(depend) = change.requires.iter().find(known) {
                let key = depend.key();
                let later = self.changes[at..]
                    .iter()
                    .any(|change| Some(&change.planned.name) == depend.change.as_ref());
                let reason = if later {
                    format!(
                        "the change `{}` requires `{key}`, which comes after it",
                        change.planned.name
                    )
                } else {
                    format!(
                        "the change `{}` requires `{key}`, which is not in the plan",
                        change.planned.name
                    )
                };
                return refuse(change.planned.line, reason);
            }
        }
        Ok(())
    }

    fn has_before(&self, depend: &Depend, at: usize) -> bool {
        depend.is_of_another_project(self.project())
            || depend.id.is_some()
            || find(&self.changes[..at], &self.tags, depend).is_some()
    }

    fn finish(self) -> Result<Plan, Refused> {
        self.check_section()?;
        let uri = self.uri();
        let Some(project) = self.project().cloned() else {
            return refuse(1, "the pragma `%project` is missing");
        };
        let plan = Plan {
            project,
            uri,
            changes: self.changes,
        };
        let count = plan.changes.len();
        for change in &plan.changes {
            let ours = change
                .conflicts
                .iter()
                .filter(|depend| !plan.is_of_another_project(depend));
            if let Some(depend) = ours.into_iter().find(|depend| plan.find(depend, count).is_none()) {
                let reason = format!(
                    "the change `{}` conflicts with `{}`, which is not in the plan",
                    change.planned.name,
                    depend.key()
                );
                return refuse(change.planned.line, reason);
            }
        }
        Ok(plan)
    }
}

impl Plan {
    /// The change before number `at` that a dependency means; none for another project's.
    pub(super) fn find(&self, depend: &Depend, at: usize) -> Option<&Change> {
        if self.is_of_another_project(depend) {
            return None;
        }
        let mut tags = BTreeMap::new();
        for (number, change) in (1..).zip(&self.changes) {
            tags.extend(change.tags.iter().map(|tag| (tag.name.clone(), number)));
        }
        find(&self.changes[..at], &tags, depend)
    }

    /// Whether a dependency is on something that this plan does not hold.
    pub(super) fn is_of_another_project(&self, depend: &Depend) -> bool {
        depend.is_of_another_project(Some(&self.project))
    }

    /// A dependency as the ledger shows it.
    pub(super) fn shown(&self, depend: &Depend) -> String {
        depend.shown(Some(&self.project))
    }
}

fn find<'a>(changes: &'a [Change], tags: &BTreeMap<String, usize>, depend: &Depend) -> Option<&'a Change> {
    if let Some(id) = &depend.id {
        return changes.iter().find(|change| change.planned.id == *id);
    }
    let until = match &depend.tag {
        Some(tag) => *tags.get(tag)?,
        None => changes.len(),
    };
    let changes = changes.get(..until)?;
    match &depend.change {
        Some(name) => changes.iter().rfind(|change| change.planned.name == *name),
        None => changes.last(),
    }
}

/// A line's name, dependencies, time and planner.
struct Parts {
    planned: Planned,
    depends: String,
}

impl Parts {
    fn parse(line: u32, text: &str, note: String) -> Result<Self, Refused> {
        let (name, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        let (name, rest) = match name.split_once('[') {
            Some((name, _)) => (name, text[name.len()..].trim_start()),
            None => (name, rest.trim_start()),
        };
        if !is_name(name) {
            return refuse(
                line,
                format!(
                    "`{name}` is no name: names neither begin nor end with punctuation, end with no `/`, `=`, `%`, `^` \
                     or `~` and digits, and have no `@`, `:`, `#`, `\\` or blank"
                ),
            );
        }
        if matches!(name, "ROOT" | "HEAD") || name.len() >= 40 && is_id(&name[..40]) {
            return refuse(line, format!("`{name}` means something else to sqitch"));
        }
        let (depends, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((depends, rest)) => (depends, rest.trim_start()),
            None => ("", rest),
        };
        let Some((at, planner)) = rest.split_at_checked(20).filter(|(at, _)| is_time(at)) else {
            return refuse(
                line,
                format!("`{name}` has no time, as in `2024-01-31T12:00:00Z`"),
            );
        };
        let Some((planner_name, planner_email)) = planner_of(planner.trim_start()) else {
            return refuse(
                line,
                format!("`{name}` has no planner, as in `Ada <ada@example.com>`"),
            );
        };
        Ok(Self {
            planned: Planned {
                line,
                name: name.to_owned(),
                id: String::new(),
                note,
                at: at.to_owned(),
                planner_name: planner_name.to_owned(),
                planner_email: planner_email.to_owned(),
            },
            depends: depends.to_owned(),
        })
    }
}

impl Planned {
    fn planner(&self) -> String {
        format!(
            "planner {} <{}>\ndate {}",
            self.planner_name, self.planner_email, self.at
        )
    }

    /// The identifier: SHA-1 of what is known, as git makes its own.
    fn sign(&self, kind: &str, info: String, lists: &str) -> String {
        let mut info = info + lists;
        if !self.note.is_empty() {
            info = format!("{info}\n\n{}", self.note);
        }
        hex(Sha1::digest(format!("{kind} {}\0{info}", info.len())))
    }
}

impl Depend {
    fn parse(text: &str) -> Option<(Self, bool)> {
        let (rest, conflict) = match text.strip_prefix('!') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (project, rest) = match rest.split_once(':') {
            Some((project, rest)) => (Some(project.to_owned()), rest),
            None => (None, rest),
        };
        let mut depend = Self {
            project,
            change: None,
            tag: None,
            id: None,
        };
        if rest.len() == 40 && is_id(rest) {
            depend.id = Some(rest.to_owned());
        } else {
            let (change, tag) = match rest.split_once('@') {
                Some((change, tag)) => (change, Some(tag)),
                None => (rest, None),
            };
            depend.change = (!change.is_empty()).then(|| change.to_owned());
            depend.tag = tag.map(str::to_owned);
        }
        let names = [&depend.project, &depend.change, &depend.tag];
        let sound = names.into_iter().flatten().all(|name| is_name(name));
        let names_something = depend.id.is_some() || depend.change.is_some() || depend.tag.is_some();
        (sound && names_something).then_some((depend, conflict))
    }

    /// Whether it names a project, and not this one.
    fn is_of_another_project(&self, ours: Option<&String>) -> bool {
        self.project.is_some() && self.project.as_ref() != ours
    }

    /// With another project's name in front.
    fn shown(&self, ours: Option<&String>) -> String {
        match &self.project {
            Some(project) if self.is_of_another_project(ours) => format!("{project}:{}", self.key()),
            _ => self.key(),
        }
    }

    fn key(&self) -> String {
        let change = self.id.as_ref().or(self.change.as_ref());
        let tag = self.tag.as_ref().map(|tag| format!("@{tag}")).unwrap_or_default();
        format!("{}{tag}", change.map_or("", String::as_str))
    }
}

fn refuse<T>(line: u32, reason: impl Into<String>) -> Result<T, Refused> {
    Err(Refused {
        line,
        reason: reason.into(),
    })
}

fn is_name(name: &str) -> bool {
    let without_digits = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let refers = without_digits.len() < name.len() && without_digits.ends_with(['~', '/', '=', '%', '^']);
    !name.is_empty()
        && !name.starts_with(|c| PUNCTUATION.contains(c))
        && !name.ends_with(|c| PUNCTUATION.contains(c))
        && !refers
        && !name.contains([' ', '\t', ':', '@', '#', '\\'])
}

fn is_id(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// `2024-01-31T12:00:00Z`.
fn is_time(text: &str) -> bool {
    text.len() == 20
        && text
            .bytes()
            .zip("dddd-dd-ddTdd:dd:ddZ".bytes())
            .all(|(byte, form)| {
                if form == b'd' {
                    byte.is_ascii_digit()
                } else {
                    byte == form
                }
            })
}

/// Name and address; of the blanks between them one is taken off.
fn planner_of(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('<')?;
    let name = name.strip_suffix([' ', '\t']).filter(|name| !name.is_empty())?;
    let email = rest
        .strip_suffix('>')
        .filter(|email| !email.is_empty() && !email.contains('>'))?;
    Some((name, email))
}

fn unescaped(note: &str) -> String {
    let mut out = String::with_capacity(note.len());
    let mut characters = note.chars().peekable();
    while let Some(c) = characters.next() {
        let escaped = match (c, characters.peek()) {
            ('\\', Some('n')) => '\n',
            ('\\', Some('r')) => '\r',
            ('\\', Some('\\')) => '\\',
            _ => {
                out.push(c);
                continue;
            }
        };
        characters.next();
        out.push(escaped);
    }
    out
}

/// As Perl's `URI` has it: scheme and host in small letters, and a path.
fn canonical(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return uri.to_owned();
    };
    let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(at);
    let scheme = scheme.to_lowercase();
    let path = if path.is_empty() && scheme.starts_with("http") {
        "/"
    } else {
        path
    };
    format!("{scheme}://{}{path}", host.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With the identifiers that sqitch 1.3.1 made of this plan.
    #[test]
    fn a_plan_has_the_identifiers_that_sqitch_gives_it() {
        let plan = parse(include_str!("../../../../tests/reading/sqitch.plan")).unwrap();
        assert_eq!(plan.uri.as_deref(), Some("https://Example.com"));
        let ids: Vec<(&str, &str)> = plan
            .changes
            .iter()
            .map(|change| (change.planned.name.as_str(), &change.planned.id[..10]))
            .collect();
        assert_eq!(
            ids,
            [
                ("schema", "0501940fdb"),
                ("users", "42315bb26b"),
                ("functions/hello", "0611d94fb8"),
                ("items", "463ec071cb"),
                ("users", "2c65722341"),
            ]
        );
        let tags: Vec<(&str, &str, &str)> = plan
            .changes
            .iter()
            .flat_map(|change| &change.tags)
            .map(|tag| (tag.name.as_str(), &tag.id[..10], tag.note.as_str()))
            .collect();
        assert_eq!(
            tags,
            [
                ("v1", "60b46aed4c", "First # tag"),
                ("v1b", "9b434ba59f", ""),
                ("v2", "c64dddab6d", ""),
            ]
        );
        assert_eq!(plan.changes[0].planned.note, "The schema.\nSecond line");
        assert_eq!(plan.changes[1].planned.planner_name, "Ada Lovelace ");
        assert_eq!(plan.changes[1].rework_tags, ["v2", "v1", "v1b"]);
        let required: Vec<&str> = plan.changes[4]
            .requires
            .iter()
            .map(|depend| plan.find(depend, 4).unwrap().planned.name.as_str())
            .collect();
        assert_eq!(required, ["users", "schema"]);
        assert_eq!(plan.find(&plan.changes[4].requires[0], 4), Some(&plan.changes[1]));
    }

    /// Each of these stops sqitch 1.3.1, too.
    #[test]
    fn what_sqitch_stops_at_is_refused_with_its_line() {
        let by = "2024-01-31T12:00:00Z A <a@b.c>";
        for (lines, at, reason) in [
            ("a", 3, "has no time"),
            ("a 2024-01-31T12:00:00Z", 3, "has no planner"),
            ("a- {by}", 3, "is no name"),
            ("a~1 {by}", 3, "is no name"),
            ("HEAD {by}", 3, "means something else"),
            ("@v {by}", 3, "before any change"),
            ("a {by}\n@v {by}\n@v {by}", 5, "there twice"),
            ("a {by}\na {by}", 4, "no tag between"),
            ("a [b] {by}", 3, "not in the plan"),
            ("a [b] {by}\nb {by}", 3, "comes after it"),
            ("a {by}\n@v [a] {by}", 4, "may not require"),
            ("a [x:] {by}", 3, "names nothing"),
            ("a [!b] {by}", 3, "conflicts with `b`"),
        ] {
            let text = format!("%project=p\n\n{}\n", lines.replace("{by}", by));
            let refused = parse(&text).unwrap_err();
            assert_eq!(refused.line, at, "{lines}: {}", refused.reason);
            assert!(refused.reason.contains(reason), "{lines}: {}", refused.reason);
        }
        assert!(parse("\n").is_err());
        assert_eq!(
            parse("%project=p\na 2024-01-31T12:00:00Z A <a@b.c>")
                .unwrap_err()
                .line,
            2
        );
        assert!(parse(&format!("%project=p\r\n\r\na [other:b] {by}\r\n")).is_ok());
    }
}
