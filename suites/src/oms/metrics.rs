//! The audit in numbers, in the text that Prometheus reads: what `alerts.yml` beside the migrations watches.

use std::fmt::Write as _;

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use crate::consumers::statement;

const CONSUMERS: &str = include_str!("../../../migrations/oms/consumers/metrics.sql");
const EVENTS: &str = statement(CONSUMERS, "metrics: events");
const DEAD_LETTERS: &str = statement(CONSUMERS, "metrics: dead letters");
const SERVICES: &str = statement(CONSUMERS, "metrics: services");

/// All of it, as of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics {
    /// Action, type of document, whether it could be stored, how many.
    pub events: Vec<(String, String, bool, i64)>,
    /// Type, how many wait, for how many seconds the oldest has.
    pub dead_letters: Vec<(String, i64, f64)>,
    /// Service, operation, how many.
    pub services: Vec<(String, String, i64)>,
}

impl Metrics {
    /// Reads them.
    ///
    /// # Errors
    /// The server refused.
    pub async fn read(session: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let mut transaction = session
            .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await?;
        let metrics = Self {
            events: sqlx::query_as(EVENTS).fetch_all(&mut *transaction).await?,
            dead_letters: sqlx::query_as(DEAD_LETTERS).fetch_all(&mut *transaction).await?,
            services: sqlx::query_as(SERVICES).fetch_all(&mut *transaction).await?,
        };
        transaction.rollback().await?;
        Ok(metrics)
    }

    /// The [text format](https://prometheus.io/docs/instrumenting/exposition_formats/), version 0.0.4.
    pub fn text(&self) -> String {
        let mut text = String::new();
        family(
            &mut text,
            "oms_audit_events_total",
            "counter",
            "Changes of documents, by whether their event could be stored.",
        );
        for (action, resource_type, success, total) in &self.events {
            let labels = [
                ("action", &**action),
                ("resource_type", resource_type),
                ("success", if *success { "true" } else { "false" }),
            ];
            sample(&mut text, "oms_audit_events_total", &labels, total);
        }
        family(
            &mut text,
            "oms_audit_dlq_size",
            "gauge",
            "Events among the dead letters that wait to be stored.",
        );
        for (dlq_type, size, _) in &self.dead_letters {
            sample(&mut text, "oms_audit_dlq_size", &[("dlq_type", dlq_type)], size);
        }
        family(
            &mut text,
            "oms_audit_dlq_oldest_event_age_seconds",
            "gauge",
            "For how long the oldest event among the dead letters has waited; 0 where none does.",
        );
        for (dlq_type, _, age) in &self.dead_letters {
            let labels = [("dlq_type", &**dlq_type)];
            sample(&mut text, "oms_audit_dlq_oldest_event_age_seconds", &labels, age);
        }
        family(
            &mut text,
            "oms_service_account_operations_total",
            "counter",
            "Changes of documents by services.",
        );
        for (service_name, operation, total) in &self.services {
            let labels = [("service_name", &**service_name), ("operation", operation)];
            sample(&mut text, "oms_service_account_operations_total", &labels, total);
        }
        text
    }
}

fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn sample(text: &mut String, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
    let labels: Vec<String> = labels
        .iter()
        .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
        .collect();
    let _ = writeln!(text, "{name}{{{}}} {value}", labels.join(","));
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_calls_itself_can_t_break_out_of_its_label() {
        let metrics = Metrics {
            events: Vec::new(),
            dead_letters: Vec::new(),
            services: vec![("a\"} 1\n\\".to_owned(), "INSERT".to_owned(), 1)],
        };
        assert!(
            metrics
                .text()
                .ends_with("{service_name=\"a\\\"} 1\\n\\\\\",operation=\"INSERT\"} 1\n")
        );
    }
}
