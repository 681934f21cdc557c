//! Files that a script takes in: by `\i` and `\ir` as statements, by `\copy` as data. They are read with the script, so that
//! they count for what the script is.

use camino::{Utf8Path, Utf8PathBuf};

use super::argument::{Command, Variables};
use crate::migrate::ReadError;
use crate::migrate::script::Script;
use crate::migrate::split::SegmentKind;
use crate::migrate::token::{Kind, significant};

/// How deep files may take in files.
const DEEPEST: usize = 16;

/// A file that a command takes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The byte at which the command begins.
    pub(crate) at: usize,
    pub(crate) content: Content,
}

/// What is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Script(Box<Script>),
    Data(Vec<u8>),
    /// Why it can't be had; an error where the command runs.
    Missing(String),
}

/// Reads what the script takes in, and marks it as one that psql runs.
///
/// # Errors
/// A file that is there is no text.
pub(crate) fn take_in(root: &Utf8Path, script: &mut Script) -> Result<(), ReadError> {
    take_in_to(root, script, DEEPEST)
}

fn take_in_to(root: &Utf8Path, script: &mut Script, depth: usize) -> Result<(), ReadError> {
    let mut taken = Vec::new();
    for segment in script.segments() {
        if segment.kind != SegmentKind::MetaCommand {
            continue;
        }
        let text = &script.text[segment.span.clone()];
        let command = Command::read(text, &Variables::new());
        let content = match command.name.as_str() {
            "i" | "include" | "ir" | "include_relative" => {
                let is_relative = command.name.contains('r');
                included(root, script, &command, is_relative, depth)?
            }
            "copy" => match Copy::read(text).map(|copy| copy.from) {
                Some(Source::File(path)) => data(root, script, &path),
                _ => continue,
            },
            _ => continue,
        };
        taken.push(Taken {
            at: segment.span.start,
            content,
        });
    }
    script.psql = Some(taken);
    Ok(())
}

fn included(
    root: &Utf8Path,
    script: &Script,
    command: &Command,
    is_relative: bool,
    depth: usize,
) -> Result<Content, ReadError> {
    let Some(named) = command.argument(0).filter(|_| !command.is_open) else {
        return Ok(Content::Missing(
            "its name is not known before psql runs".to_owned(),
        ));
    };
    if depth == 0 {
        return Ok(Content::Missing(
            "files take in each other without an end".to_owned(),
        ));
    }
    let Some(path) = find(root, script, named, is_relative) else {
        return Ok(Content::Missing(format!("there is no file {named}")));
    };
    let mut inner = Script::read(root, &path)?;
    take_in_to(root, &mut inner, depth - 1)?;
    Ok(Content::Script(Box::new(inner)))
}

fn data(root: &Utf8Path, script: &Script, named: &str) -> Content {
    let Some(path) = find(root, script, named, false) else {
        return Content::Missing(format!("there is no file {named}"));
    };
    match std::fs::read(root.join(&path)) {
        Ok(bytes) => Content::Data(bytes),
        Err(error) => Content::Missing(format!("{path} can't be read ({error})")),
    }
}

/// The file, relative to the project's folder. psql looks from where it runs, which is the project's folder here, or, as people
/// also run it, the script's own.
fn find(root: &Utf8Path, script: &Script, named: &str, is_relative: bool) -> Option<Utf8PathBuf> {
    let beside = script.path.parent().unwrap_or(Utf8Path::new("")).join(named);
    let from_root = Utf8PathBuf::from(named);
    let candidates = if is_relative {
        vec![beside]
    } else {
        vec![from_root, beside]
    };
    candidates
        .into_iter()
        .find(|path| root.join(path).is_file())
        .map(|path| crate::project::tidy(&path))
}

/// A `\copy`, taken apart.
pub(super) struct Copy<'t> {
    /// The table and its columns.
    pub(super) what: &'t str,
    pub(super) from: Source,
    /// What follows the file's name.
    pub(super) options: &'t str,
}

/// Where the rows come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Source {
    File(String),
    Stdin,
    /// A program, or psql's own standard input.
    Other,
}

impl<'t> Copy<'t> {
    /// Nothing for `\copy … to`.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        let rest = text.trim().strip_prefix("\\copy")?;
        let mut depth = 0_usize;
        let mut from = None;
        for token in significant(rest) {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                Kind::Word if depth == 0 && rest[token.span.clone()].eq_ignore_ascii_case("from") => {
                    from = Some(token.span);
                    break;
                }
                _ => {}
            }
        }
        let from = from?;
        let source = rest[from.end..].trim_start();
        let (named, options) = if let Some(quoted) = source.strip_prefix('\'') {
            let end = quoted.find('\'')?;
            (Source::File(quoted[..end].to_owned()), &quoted[end + 1..])
        } else {
            let end = source.find(char::is_whitespace).unwrap_or(source.len());
            let word = source[..end].trim_end_matches(';');
            let named = match word.to_ascii_lowercase().as_str() {
                "stdin" => Source::Stdin,
                "pstdin" | "program" => Source::Other,
                _ => Source::File(word.to_owned()),
            };
            (named, &source[end..])
        };
        Some(Self {
            what: rest[..from.start].trim(),
            from: named,
            options: options.trim().trim_end_matches(';'),
        })
    }

    /// What the server is sent.
    pub(super) fn statement(&self) -> String {
        format!("COPY {} FROM STDIN {}", self.what, self.options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_taken_apart() {
        let copy = Copy::read("\\copy app.t (a, \"from\") from 'x y.csv' with (format csv, header)").unwrap();
        assert_eq!(copy.from, Source::File("x y.csv".to_owned()));
        assert_eq!(
            copy.statement(),
            "COPY app.t (a, \"from\") FROM STDIN with (format csv, header)"
        );
        assert_eq!(
            Copy::read("\\copy t from program 'ls'").unwrap().from,
            Source::Other
        );
        assert_eq!(Copy::read("\\copy t from stdin").unwrap().from, Source::Stdin);
        assert_eq!(
            Copy::read("\\copy t from data.csv csv").unwrap().from,
            Source::File("data.csv".to_owned())
        );
        assert!(Copy::read("\\copy t to 'x'").is_none());
    }
}
