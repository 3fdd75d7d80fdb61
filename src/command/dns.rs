//! `dns`: every resolver and transport side by side, and whether the address that this machine gets is the right one.

use std::sync::Arc;

use crate::cli::HostArgs;
use crate::diagnosis::{self, Health, Outcome};
use crate::evidence::{Evidence, Observation, SkipReason, Stage};
use crate::probe::chain::{Event, Plan};
use crate::probe::dns::Ask;
use crate::report::{Circumstances, Report, dns};
use crate::text;

use super::session::{self, End};
use super::terminal::Spinner;
use super::{Context, Trouble};

/// Runs the command.
pub(super) fn run(args: &HostArgs, context: &mut Context) -> Result<u8, Trouble> {
    let mut overrides = args.overrides();
    // What a proxy would resolve elsewhere is not what this machine's resolvers say.
    overrides.proxy = Some("none".to_owned());
    let settings = Arc::new(context.settings(&overrides)?);
    // A false answer is told from a CDN's variety by where it leads, so the address is tried as well.
    let plan = Plan { only: vec![Stage::Dns, Stage::Tcp, Stage::Tls], resolve: Ask::ToTheEnd, ..Plan::default() };
    let runtime = session::runtime()?;
    let spinner = Spinner::new(!context.json());
    let asking = text!(en: "asking the resolvers…", zh: "正在询问各个解析器…").of(context.lang());
    let mut watch = |event: Event<'_>| {
        if let Event::Begins(Stage::Dns) = event {
            spinner.say(asking.to_owned());
        }
    };
    let mut ran = session::follow(&runtime, &settings, &plan, &mut watch);
    spinner.finish();
    runtime.shutdown_background();
    let mut outcome = diagnosis::diagnose(&ran.evidence);
    leave_the_name(&mut ran.evidence, &mut outcome);
    if ran.end == End::Panicked && outcome.health == Health::Healthy {
        outcome.health = Health::Inconclusive;
    }
    let circumstances = Circumstances {
        lang: context.lang(),
        started_at: ran.started_at,
        duration: ran.duration,
        strict: false,
        interrupted: ran.end == End::Interrupted,
        slo: vec![],
    };
    let report = Report::new(&ran.evidence, &outcome, &circumstances);
    let detail = context.detail;
    context.show(&settings, &report, |report, style| dns::render(report, style, detail))?;
    Ok(report.verdict.exit_code)
}

/// Leaves of the diagnoses those of the name: a closed port or an expired certificate behind a true address is for
/// `diagnose` to tell.
fn leave_the_name(evidence: &mut Evidence, outcome: &mut Outcome) {
    // A host that is an address has no name that could be wrong.
    let is_address = evidence.dns.skip_reason == Some(SkipReason::AddressGiven);
    if !evidence.dns.passed() && !is_address {
        return;
    }
    outcome.diagnoses.retain(|diagnosis| {
        let code = diagnosis.fault.code;
        code.starts_with("dns-") || matches!(code, "hosts-file-override" | "captive-portal")
    });
    if outcome.diagnoses.is_empty() {
        outcome.questions.clear();
        if matches!(outcome.health, Health::Faulty | Health::Degraded) {
            outcome.health = Health::Healthy;
        }
        for failed in [Stage::Tcp, Stage::Tls] {
            forget_failure(evidence, failed);
        }
    }
}

fn forget_failure(evidence: &mut Evidence, stage: Stage) {
    match stage {
        Stage::Tcp if evidence.tcp.failed() => evidence.tcp = Observation::skipped(SkipReason::NotAsked),
        Stage::Tls if !evidence.tls.passed() => evidence.tls = Observation::skipped(SkipReason::NotAsked),
        _ => {}
    }
}
