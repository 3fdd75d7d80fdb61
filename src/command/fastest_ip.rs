//! `fastest-ip`: every address that anybody gives for a name, measured and ranked.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::cli::FastestIpArgs;
use crate::config::{Endpoint, Settings};
use crate::evidence::candidate::Candidates;
use crate::evidence::{Failure, FailureKind, Operation};
use crate::probe::Run;
use crate::probe::dns::{Ask, Lookup};
use crate::probe::fastest;
use crate::probe::tls::Trust;
use crate::report::fastest_ip::{Circumstances, FastestIpReport, render};
use crate::say;

use super::session;
use super::terminal::Spinner;
use super::{Context, Trouble};

/// How long comparison resolvers are waited for before measuring begins.
const RESOLVE_LIMIT: Duration = Duration::from_millis(2_500);

/// Runs the command.
pub(super) fn run(args: &FastestIpArgs, context: &mut Context) -> Result<u8, Trouble> {
    let settings = Arc::new(context.settings(&args.target.overrides())?);
    let (started_at, started) = (SystemTime::now(), Instant::now());
    let spinner = Spinner::new(!context.json());
    let mut measured =
        Candidates { rounds: usize::from(args.rounds), proxy: proxy(&settings), ..Candidates::default() };
    let interrupted = session::until_interrupted(async {
        let run = Run::start(Arc::clone(&settings));
        measure(&run, &mut measured, &spinner, context).await;
    })?;
    measured.cut_short |= interrupted;
    spinner.finish();
    let url = settings.endpoint.as_ref().map(|endpoint| endpoint.join("models").to_string()).unwrap_or_default();
    let ca_file = settings.ca_file.as_ref().map(|path| path.value.display().to_string());
    let circumstances = Circumstances {
        lang: context.lang(),
        started_at,
        duration: started.elapsed(),
        interrupted,
        url: &url,
        ca_file: ca_file.as_deref(),
        os: std::env::consts::OS,
    };
    let report = FastestIpReport::new(&measured, &circumstances);
    let detail = context.detail;
    context.show(&settings, &report, |report, style| render(report, style, detail))?;
    Ok(report.exit_code)
}

fn proxy(settings: &Settings) -> Option<String> {
    settings.route.proxy.as_ref().map(|proxy| proxy.display.clone())
}

async fn measure(run: &Run, measured: &mut Candidates, spinner: &Spinner, context: &Context) {
    let endpoint = match &run.settings.endpoint {
        Ok(endpoint) => endpoint,
        Err(error) => {
            measured.failure = Some(Failure::new(FailureKind::UnusableSetting, Operation::Configure, error));
            return;
        }
    };
    (measured.host, measured.port, measured.tls) = (endpoint.host_text(), endpoint.port, endpoint.tls);
    // The stores are read while the resolvers are asked.
    let trust = Trust::load(run);
    let lang = context.lang();
    spinner.say(say!(en: "asking the resolvers…", zh: "正在询问各个解析器…").of(lang).to_owned());
    find(run, endpoint, measured).await;
    let rounds = measured.rounds;
    let progress = |round| {
        let said = say!(en: "measuring, round {round} of {rounds}…", zh: "正在测量，第 {round}/{rounds} 轮…");
        spinner.say(said.of(lang).to_owned());
    };
    fastest::measure(run, &trust, measured, progress).await;
}

async fn find(run: &Run, endpoint: &Endpoint, measured: &mut Candidates) {
    if let Some(address) = endpoint.address() {
        measured.addresses = vec![fastest::literal(address)];
        return;
    }
    let mut lookup = Lookup::start_asking(run, &measured.host, Ask::Everything);
    let resolved = lookup.resolved().await;
    let until = run.step(RESOLVE_LIMIT);
    lookup.settle(until, until).await;
    let facts = lookup.observe().facts;
    measured.ttl_s =
        facts.queries.iter().filter(|query| !query.answers.is_empty()).filter_map(|query| query.ttl_s).min();
    measured.addresses = fastest::candidates(&facts);
    if measured.addresses.is_empty() {
        measured.failure = resolved.err();
    }
}
