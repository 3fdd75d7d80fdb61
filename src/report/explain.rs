//! The document of `explain --format json`: findings over the same fault literals that diagnosis uses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnosis::{Confidence, Fault, FilledFix, Layer, Owner, fill};
use crate::evidence::config::Route;
use crate::evidence::{Evidence, Target};
use crate::lang::{Lang, Sentence};

use super::{Fix, SCHEMA_VERSION};

/// What `explain` found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainReport {
    /// Version of this document's shape; additions do not change it.
    pub schema_version: u32,
    /// The findings; empty when nothing in the text is an API failure.
    pub findings: Vec<Explained>,
}

/// One fault, explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explained {
    /// Its code.
    pub fault: String,
    /// Its layer.
    pub layer: Layer,
    /// Who can fix it.
    pub owner: Owner,
    /// How sure it is that the text shows this fault.
    pub confidence: Confidence,
    /// What is wrong, in a few words.
    pub title: String,
    /// What happened and what it means.
    pub explanation: String,
    /// What to do, the best first.
    pub fixes: Vec<Fix>,
    /// Whether trying again helps, as in a diagnosis.
    pub retry: String,
    /// How long the text asks to wait, in seconds.
    pub retry_after_s: Option<f64>,
    /// The place in the text that shows it.
    pub matched: Matched,
    /// The HTTP status in the text.
    pub http_status: Option<u16>,
    /// The provider or relay that the text came from.
    pub provider: Option<String>,
    /// The request id in the text, which the provider's support asks for.
    #[serde(default)]
    pub request_id: Option<String>,
    /// For a symptom: the codes of the faults that `diagnose` would tell apart.
    pub causes: Vec<String>,
    /// What it affects.
    #[serde(default)]
    pub impact: String,
    /// The test that tells it from its look-alikes.
    #[serde(default)]
    pub told_apart: String,
    /// The codes of the faults that look alike.
    #[serde(default)]
    pub rivals: Vec<String>,
}

/// A place in a text; both are null when a bare code was asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Matched {
    /// The line, from 1.
    pub line: Option<usize>,
    /// Its words.
    pub text: Option<String>,
    /// In a log: the time that the entry begins with, as it is written there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

/// What `explain --summary` counted in a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogSummary {
    /// Version of this document's shape; additions do not change it.
    pub schema_version: u32,
    /// Lines that were read.
    pub lines: usize,
    /// Failures that were found.
    pub failures: usize,
    /// Whether Ctrl-C ended it before the log did.
    pub interrupted: bool,
    /// Failures by layer; layers without any are left out.
    pub layers: Vec<LayerCount>,
    /// Failures by fault, the most frequent first.
    pub faults: Vec<FaultCount>,
}

/// How often a layer failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LayerCount {
    /// The layer.
    pub layer: Layer,
    /// How often.
    pub count: usize,
}

/// How often a fault occurred, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FaultCount {
    /// Its code.
    pub fault: String,
    /// Its layer.
    pub layer: Layer,
    /// What is wrong, in a few words.
    pub title: String,
    /// How often.
    pub count: usize,
    /// The first occurrence.
    pub first: Matched,
    /// The last one.
    pub last: Matched,
}

impl ExplainReport {
    /// The document of some findings.
    #[must_use]
    pub const fn new(findings: Vec<Explained>) -> Self {
        Self { schema_version: SCHEMA_VERSION, findings }
    }
}

impl Explained {
    /// What is known of a fault, whoever has it; commands are those of a system (`linux`, `macos`, `windows`).
    #[must_use]
    pub fn of(fault: &Fault, lang: Lang, os: &str) -> Self {
        Self {
            fault: fault.code.to_owned(),
            layer: fault.layer,
            owner: fault.owner,
            confidence: Confidence::Confirmed,
            title: fault.title.of(lang).to_owned(),
            explanation: fault.explanation.of(lang).to_owned(),
            fixes: fixes(fault, os).iter().map(|fix| Fix::new(fix, lang)).collect(),
            retry: fault.retry.name().to_owned(),
            retry_after_s: None,
            matched: Matched::default(),
            http_status: None,
            request_id: None,
            provider: None,
            causes: owned(fault.causes),
            impact: fault.impact.of(lang).to_owned(),
            told_apart: fault.told_apart.of(lang).to_owned(),
            rivals: owned(fault.rivals),
        }
    }
}

fn owned(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

/// The fixes of a fault with words to replace where a diagnosis has values.
fn fixes(fault: &Fault, os: &str) -> Vec<FilledFix> {
    let route = Route { origin: "HTTPS_PROXY".to_owned(), ..Route::default() };
    let target = Target { base_url: "BASE_URL".to_owned(), route, ..Target::default() };
    let nobody = Evidence { target, ..Evidence::default() };
    let filled = |template: &str| fill::fill(template, &nobody);
    fault
        .fixes
        .iter()
        .map(|fix| FilledFix {
            text: Sentence { en: filled(fix.text.en), zh: filled(fix.text.zh) },
            command: fill::for_system(fix.command, os).map(|command| filled(&command)),
            confirmed: false,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Explained;
    use crate::diagnosis::faults;
    use crate::lang::Lang;

    #[test]
    fn every_command_is_one_of_its_system() {
        let holds = |command: &str, word: &str| !word.ends_with(' ') && command.contains(word);
        let elsewhere = |os: &str| match os {
            // PowerShell: curl is an alias of another program there, and neither these words nor this device exist.
            "windows" => ["curl ", "export ", "unset ", "python3 ", "/dev/null", "grep ", "\"$OPENAI"],
            _ => ["curl.exe", "$env:", "Remove-Item", "Get-", "netsh ", "setx ", "Select-String"],
        };
        for os in ["linux", "macos", "windows"] {
            for fault in faults::all() {
                for fix in Explained::of(fault, Lang::En, os).fixes {
                    let command = fix.command.unwrap_or_default();
                    let steps = || command.split(&[';', '|'][..]).map(str::trim_start);
                    let is_foreign = |word: &&str| steps().any(|step| step.starts_with(word)) || holds(&command, word);
                    let foreign = elsewhere(os).into_iter().find(is_foreign);
                    assert_eq!(foreign, None, "{} on {os}: {command}", fault.code);
                }
            }
        }
    }

    #[test]
    fn a_proxy_is_set_where_it_was_named() {
        let fault = faults::by_code("proxy-dns-local").unwrap();
        let fixes = Explained::of(fault, Lang::En, "linux").fixes;
        assert_eq!(fixes[0].command.as_deref(), Some("export HTTPS_PROXY=socks5h://PROXY:PORT"));
    }
}
