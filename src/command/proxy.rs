//! `proxy`: which proxy each program takes for a URL, and whether the proxies that are named work. Nothing is sent to
//! anybody but those proxies (and, for a proxy's own name, to the system's resolvers).

use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::cli::ProxyArgs;
use crate::config::client::Program;
use crate::config::named::{self, Named};
use crate::config::no_proxy::Destination as Goal;
use crate::config::{Endpoint, Settings};
use crate::diagnosis::{self, Outcome};
use crate::evidence::config::{ConfigFacts, Route, Sourced};
use crate::evidence::{Evidence, Observation, ProxyFacts, SkipReason, Stage, Target};
use crate::lang::Lang;
use crate::probe::proxy::{self, Destination};
use crate::probe::tls::Trust;
use crate::probe::{Run, environment};
use crate::report::proxy::{ProgramRoute, ProxyReport, ProxyTrial};
use crate::report::{Circumstances, Diagnosed, Report, exit};

use super::{Context, Trouble, session};

/// Runs the command.
pub(super) fn run(args: &ProxyArgs, context: &mut Context) -> Result<u8, Trouble> {
    let mut overrides = args.overrides();
    // The name of a proxy concerns the system's resolvers only.
    overrides.comparison_resolvers = Some(vec![]);
    let settings = Arc::new(context.settings(&overrides)?);
    let lang = context.lang();
    let mut interrupted = false;
    let run = Run::start(Arc::clone(&settings));
    let (target, config) = environment::observe(&run);
    let mut report = ProxyReport::new(target.base_url.clone());
    report.notes.clone_from(&config.facts.notes);
    let desktop = settings.desktop.all().map(|proxy| (proxy.display.clone(), proxy.origin.to_string()));
    report.desktop = desktop.map(|(value, origin)| Sourced { value, origin }).collect();
    if let Ok(endpoint) = &settings.endpoint {
        report.programs = programs(&settings, endpoint, lang);
        let named = named::all(&settings);
        let mut seen: Vec<_> = named.iter().map(|_| Observation::skipped(SkipReason::CutOff)).collect();
        interrupted = session::until_interrupted(attempts(&run, endpoint, &named, &mut seen))?;
        let tried = named.into_iter().zip(seen);
        report.proxies = tried.map(|(named, seen)| trial(named, seen, &target, &config, lang)).collect();
    }
    let at_rest = Evidence { target, config, ..nothing_else() };
    report.diagnoses = diagnoses(&at_rest, Stage::Config, lang);
    report.exit_code = if interrupted { exit::INTERRUPTED } else { exit_code(&report, &settings) };
    let detail = context.detail;
    context.show(&settings, &report, |report, style| report.render(style, detail))?;
    Ok(report.exit_code)
}

/// That of a base URL that is none, or of the proxy that is used here, or of the first that some program uses and that
/// does not work.
fn exit_code(report: &ProxyReport, settings: &Settings) -> u8 {
    let code = |found: &[Diagnosed]| found.first().map(|first| first.layer.exit_code());
    if settings.endpoint.is_err() {
        return code(&report.diagnoses).unwrap_or_default();
    }
    let used = report.programs.iter().filter_map(|program| program.proxy.as_ref().zip(program.origin.as_ref()));
    let mut broken = used
        .filter_map(|(_, origin)| report.proxies.iter().find(|trial| !trial.works && trial.origins.contains(origin)));
    broken.find_map(|trial| code(&trial.diagnoses)).unwrap_or_default()
}

/// What each program does, this one first.
fn programs(settings: &Settings, endpoint: &Endpoint, lang: Lang) -> Vec<ProgramRoute> {
    let route = &settings.route;
    let ours = ProgramRoute {
        program: env!("CARGO_PKG_NAME").to_owned(),
        title: env!("CARGO_PKG_NAME").to_owned(),
        proxy: route.proxy.as_ref().map(|proxy| proxy.display.clone()),
        origin: route.proxy.as_ref().or(route.bypassed.as_ref()).map(|proxy| proxy.origin.to_string()),
        bypassed: route.bypassed.is_some(),
        no_proxy_rule: route.no_proxy_rule.clone(),
        ..ProgramRoute::default()
    };
    let goal = Goal::from(endpoint);
    let others = Program::ALL.into_iter().map(|program| {
        let choice = program.choose(&settings.environment, &goal, endpoint.tls);
        ProgramRoute {
            program: program.name().to_owned(),
            title: program.title().to_owned(),
            proxy: choice.proxy,
            origin: choice.variable.map(str::to_owned),
            bypassed: choice.bypassed,
            no_proxy_rule: choice.rule,
            unsupported: choice.unsupported,
            remarks: choice.remarks.iter().map(|remark| remark.of(lang).to_owned()).collect(),
        }
    });
    std::iter::once(ours).chain(others).collect()
}

/// Asks every proxy for the way to the endpoint, all at once. What each says is put in its place as it comes.
async fn attempts(run: &Run, endpoint: &Endpoint, named: &[Named], seen: &mut [Observation<ProxyFacts>]) {
    let trust = Trust::load(run);
    let mut asked = JoinSet::new();
    for (index, one) in named.iter().enumerate() {
        let (run, trust, proxy) = (run.clone(), trust.clone(), one.proxy.clone());
        let is_http = proxy.kind.scheme().starts_with("http");
        let destination = Destination {
            host: endpoint.host_text(),
            port: endpoint.port,
            // The name goes to the proxy: nobody else is asked for it.
            address: endpoint.address(),
            forward: is_http && !endpoint.tls,
        };
        asked.spawn(async move { (index, proxy::open(&run, &trust, &proxy, &destination).await.0) });
    }
    while let Some(ended) = asked.join_next().await {
        match ended {
            Ok((index, observation)) => seen[index] = observation,
            // A probe's panic is the run's, as it is in the chain.
            Err(error) => {
                if let Ok(panic) = error.try_into_panic() {
                    resume_unwind(panic);
                }
            }
        }
    }
}

fn trial(
    named: Named,
    seen: Observation<ProxyFacts>,
    target: &Target,
    config: &Observation<ConfigFacts>,
    lang: Lang,
) -> ProxyTrial {
    let Named { proxy, origins } = named;
    let route = Route { kind: seen.facts.kind, proxy: Some(proxy.display.clone()), origin: proxy.origin.to_string() };
    let evidence =
        Evidence { target: Target { route, ..target.clone() }, config: config.clone(), proxy: seen, ..nothing_else() };
    ProxyTrial {
        proxy: proxy.display,
        origins,
        works: evidence.proxy.passed(),
        observation: (&evidence.proxy).into(),
        diagnoses: diagnoses(&evidence, Stage::Proxy, lang),
    }
}

/// Evidence of a run that asked for nothing.
fn nothing_else() -> Evidence {
    Evidence {
        dns: Observation::skipped(SkipReason::NotAsked),
        proxy: Observation::skipped(SkipReason::NotAsked),
        tcp: Observation::skipped(SkipReason::NotAsked),
        tls: Observation::skipped(SkipReason::NotAsked),
        http: Observation::skipped(SkipReason::NotAsked),
        api: Observation::skipped(SkipReason::NotAsked),
        stream: Observation::skipped(SkipReason::NotAsked),
        ..Evidence::default()
    }
}

/// What today's rules find in one stage of the evidence: of the settings, only what is about proxies.
fn diagnoses(evidence: &Evidence, stage: Stage, lang: Lang) -> Vec<Diagnosed> {
    let Outcome { mut diagnoses, questions, health } = diagnosis::diagnose(evidence);
    diagnoses.retain(|one| {
        let of_proxies = one.fault.code.contains("proxy") || one.fault.code == "base-url-malformed";
        one.finding.stage == stage && (stage != Stage::Config || of_proxies)
    });
    let circumstances = Circumstances {
        lang,
        started_at: std::time::SystemTime::UNIX_EPOCH,
        duration: std::time::Duration::ZERO,
        strict: false,
        interrupted: false,
        slo: vec![],
    };
    Report::new(evidence, &Outcome { diagnoses, questions, health }, &circumstances).diagnoses
}
