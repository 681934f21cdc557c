//! `--report KIND=FILE`: which format goes where.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::str::FromStr;

use camino::Utf8PathBuf;

use super::model::Report;
use super::{write_json, write_junit, write_markdown, write_sarif, write_tap};

/// A format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportKind {
    /// Version 1 of our own.
    Json,
    /// JUnit's XML.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
    /// GitHub's Markdown.
    Markdown,
    /// TAP 14.
    Tap,
}

impl ReportKind {
    const ALL: [(&'static str, Self); 5] = [
        ("json", Self::Json),
        ("junit", Self::Junit),
        ("sarif", Self::Sarif),
        ("markdown", Self::Markdown),
        ("tap", Self::Tap),
    ];

    /// Writes a report in this format.
    pub fn write(self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        match self {
            Self::Json => write_json(report, out),
            Self::Junit => write_junit(report, out),
            Self::Sarif => write_sarif(report, out),
            Self::Markdown => write_markdown(report, out),
            Self::Tap => write_tap(report, out),
        }
    }
}

/// A format and the file that it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportTarget {
    /// The format.
    pub kind: ReportKind,
    /// The file.
    pub file: Utf8PathBuf,
}

impl ReportTarget {
    /// Writes the file, and the folders above it where they are missing. A file that was there is replaced as a whole, so
    /// that a run that is killed leaves no half report.
    pub fn write(&self, report: &Report) -> io::Result<()> {
        let folder = self.file.parent().filter(|folder| !folder.as_str().is_empty());
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder)?;
        }
        if self.file.exists() && !self.file.is_file() {
            // A pipe or a terminal can't be replaced, only written to.
            let mut out = BufWriter::new(File::options().write(true).open(&self.file)?);
            self.kind.write(report, &mut out)?;
            return out.flush();
        }
        let beside = self
            .file
            .with_file_name(format!(".{}.part", self.file.file_name().unwrap_or("report")));
        let mut out = BufWriter::new(File::create(&beside)?);
        let written = self.kind.write(report, &mut out).and_then(|()| out.flush());
        drop(out);
        written
            .and_then(|()| std::fs::rename(&beside, &self.file))
            .inspect_err(|_| {
                let _ = std::fs::remove_file(&beside);
            })
    }
}

/// Why an argument is no `KIND=FILE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// There is no `=`, or nothing on one side of it.
    #[error("expected KIND=FILE, such as junit=report.xml")]
    Form,
    /// A format that is planned.
    #[error("the format html is not written yet; markdown is")]
    NotWrittenYet,
    /// A format that does not exist.
    #[error("there is no format `{kind}`{near}: one of json, junit, sarif, markdown, tap")]
    Kind {
        /// What was asked for.
        kind: String,
        /// Which one was perhaps meant.
        near: String,
    },
}

impl FromStr for ReportTarget {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let (kind, file) = text.split_once('=').ok_or(TargetError::Form)?;
        if kind.is_empty() || file.is_empty() {
            return Err(TargetError::Form);
        }
        if kind == "html" {
            return Err(TargetError::NotWrittenYet);
        }
        if let Some((_, kind)) = ReportKind::ALL.into_iter().find(|(name, _)| *name == kind) {
            return Ok(Self {
                kind,
                file: Utf8PathBuf::from(file),
            });
        }
        let is_near = |name: &&str| strsim::damerau_levenshtein(name, &kind.to_lowercase()) <= 2;
        let near = ReportKind::ALL.into_iter().map(|(name, _)| name).find(is_near);
        let near = near.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"));
        Err(TargetError::Kind {
            kind: kind.to_owned(),
            near,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_target_is_a_kind_and_a_file() {
        for (name, kind) in ReportKind::ALL {
            let target: ReportTarget = format!("{name}=out/a=b.txt").parse().unwrap();
            assert_eq!(
                target,
                ReportTarget {
                    kind,
                    file: "out/a=b.txt".into()
                }
            );
        }
    }

    #[test]
    fn what_is_no_target_says_what_one_is() {
        let error = |text: &str| text.parse::<ReportTarget>().unwrap_err().to_string();
        assert_eq!(
            error("report.xml"),
            "expected KIND=FILE, such as junit=report.xml"
        );
        assert_eq!(error("junit="), "expected KIND=FILE, such as junit=report.xml");
        assert_eq!(error("html=x"), "the format html is not written yet; markdown is");
        assert_eq!(
            error("juint=x"),
            "there is no format `juint` (did you mean `junit`?): one of json, junit, sarif, markdown, tap"
        );
    }

    #[test]
    fn a_report_replaces_the_file_that_was_there_and_makes_folders() {
        let folder = tempfile::tempdir().unwrap();
        let file = Utf8PathBuf::from_path_buf(folder.path().join("a/b/report.json")).unwrap();
        let target = ReportTarget {
            kind: ReportKind::Json,
            file: file.clone(),
        };
        for _ in 0..2 {
            target.write(&sample::report()).unwrap();
            let text = std::fs::read_to_string(&file).unwrap();
            assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), sample::report());
        }
        assert_eq!(file.parent().unwrap().read_dir_utf8().unwrap().count(), 1);
    }

    #[test]
    fn every_format_takes_a_report_without_projects() {
        for (_, kind) in ReportKind::ALL {
            let mut out = Vec::new();
            kind.write(
                &Report::new(Vec::new(), super::super::ExitRules::default()),
                &mut out,
            )
            .unwrap();
            assert!(out.ends_with(b"\n"));
        }
    }
}
