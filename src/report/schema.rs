//! The published JSON schema of everything that `--format json` prints, generated from the types.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::diff::DiffReport;
use super::explain::{Explained, LogSummary};
use super::fastest_ip::FastestIpReport;
use super::ping::PingReport;
use super::printed::{DemoReport, TextReport};
use super::proxy::ProxyReport;
use super::route::RouteReport;
use super::settings::SettingsReport;
use super::socket::SocketReport;
use super::{ErrorReport, ExplainReport, Report};

/// Identifies the schema; the number is that of `schema_version`.
pub const ID: &str = "urn:openai-doctor:schema:1";

/// A JSON document that `openai-doctor` prints: a report of `diagnose` or of one probe, a tuned socket, a ranking of
/// addresses, what `explain` found, the settings of `config`, how two reports differ, which proxies apply, or an error of the tool itself.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used: the documents are printed as what they are")]
enum Document {
    /// `diagnose --format json`, and that of `dns`, `tcp`, `tls` and `http`.
    Report(Box<Report>),
    /// `ping --format json`.
    Ping(Box<PingReport>),
    /// `trace --format json`.
    Route(Box<RouteReport>),
    /// `socket --format json`.
    Socket(Box<SocketReport>),
    /// `explain --format json`.
    Explain(ExplainReport),
    /// A line of `explain --jsonl`.
    Explained(Box<Explained>),
    /// `explain --summary --format json`.
    LogSummary(LogSummary),
    /// `config --format json`.
    Settings(SettingsReport),
    /// `fastest-ip --format json`.
    FastestIp(Box<FastestIpReport>),
    /// A text that was asked for under `--format json`: help, the manual page, a completion script.
    Text(TextReport),
    /// `diagnose --demo list --format json`.
    Demos(DemoReport),
    /// `proxy --format json`.
    Proxy(Box<ProxyReport>),
    /// `diff --format json`.
    Diff(Box<DiffReport>),
    /// The tool itself failed.
    Error(ErrorReport),
}

/// The schema.
#[must_use]
pub fn schema() -> Schema {
    let mut schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Document>();
    schema.insert("$id".to_owned(), ID.into());
    schema.insert("title".to_owned(), "openai-doctor".into());
    schema
}
