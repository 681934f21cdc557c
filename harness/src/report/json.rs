//! The report as JSON: the format that all others are made from.

use std::io;

use super::model::Report;

/// Writes the report, indented, with a line break at its end.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_report_reads_back_as_it_was() {
        let report = sample::report();
        let read: Report = serde_json::from_str(&written(&report)).unwrap();
        assert_eq!(read, report);
    }

    #[test]
    fn fields_stand_in_their_order_and_none_is_missing() {
        insta::assert_snapshot!(written(&sample::report()));
    }
}
