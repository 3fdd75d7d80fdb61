//! `socket`: a connection with tuned options, requested beside effective.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::cli::SocketArgs;
use crate::evidence::Evidence;
use crate::evidence::idle::{IdleFacts, IdleOutcome};
use crate::evidence::socket::SocketFacts;
use crate::experiment::idle;
use crate::probe::Run;
use crate::probe::dns::Lookup;
use crate::probe::socket::{self, Tuning};
use crate::probe::tls::Trust;
use crate::report::socket::{self as report, SocketReport};
use crate::report::{exit, json};
use crate::say;

use super::terminal::Spinner;
use super::{Context, Trouble, session};

/// Runs the command.
pub(super) fn run(args: &SocketArgs, context: &mut Context) -> Result<u8, Trouble> {
    let settings = Arc::new(context.settings(&args.target.overrides())?);
    let tuning = Tuning {
        keepalive_idle: args.keepalive_idle,
        keepalive_interval: args.keepalive_interval,
        keepalive_count: args.keepalive_probes,
        nodelay: true,
        send_buffer: args.send_buffer.map(|bytes| bytes as usize),
        receive_buffer: args.receive_buffer.map(|bytes| bytes as usize),
    };
    let runtime = session::runtime()?;
    let ladder = args.idle_ladder.then_some(args.idle_max);
    let spinner = Spinner::new(ladder.is_some() && !context.json());
    let (facts, idle, interrupted) = runtime.block_on(async {
        let run = Run::start(Arc::clone(&settings)).lasting(ladder.map_or(Duration::ZERO, |most| most + idle::AROUND));
        let facts = observe(&run, &tuning).await;
        let Some(most) = ladder.filter(|_| facts.failure.is_none()) else { return (facts, None, false) };
        let (idle, interrupted) = climb(&run, &facts, most, &spinner, context.lang()).await;
        (facts, Some(idle), interrupted)
    });
    spinner.finish();
    runtime.shutdown_background();
    let code = match (interrupted, &facts.failure) {
        (true, _) => exit::INTERRUPTED,
        (false, Some(_)) => crate::diagnosis::Layer::Network.exit_code(),
        (false, None) => 0,
    };
    let shown = if context.json() {
        json::render(&SocketReport::new(facts, idle, code))?
    } else {
        report::render(&facts, idle.as_ref(), &context.style)
    };
    context.output.write(Some(&settings), &shown);
    Ok(if settings.endpoint.is_err() { exit::USAGE } else { code })
}

/// Leaves connections alone until the last of them is done or Ctrl-C comes; what is known by then, and whether it came.
async fn climb(
    run: &Run,
    facts: &SocketFacts,
    most: Duration,
    spinner: &Spinner,
    lang: crate::lang::Lang,
) -> (IdleFacts, bool) {
    let mut evidence = Evidence::default();
    evidence.tcp.facts.chosen = facts.peer.map(|peer| peer.ip());
    let trust = Trust::load(run);
    let board = Mutex::<IdleFacts>::default();
    let known = || board.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let started = Instant::now();
    let watch = async {
        loop {
            let trials = known().trials;
            let done = trials.iter().filter(|trial| trial.outcome != IdleOutcome::Unfinished).count();
            let said = say!(
                en: "leaving connections alone, {time} s of {most}: {done} of {all} are done (Ctrl-C shows what is known)",
                zh: "连接空闲中，{time} 秒 / {most} 秒：{all} 条中已完成 {done} 条（按 Ctrl-C 显示已知结果）",
                time = started.elapsed().as_secs(), most = most.as_secs(), all = trials.len(),
            );
            spinner.say(said.of(lang).to_owned());
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let interrupted = tokio::select! {
        () = idle::run(run, &trust, &evidence, most, &board) => false,
        () = watch => false,
        _ = tokio::signal::ctrl_c() => true,
    };
    (known(), interrupted)
}

async fn observe(run: &Run, tuning: &Tuning) -> SocketFacts {
    let endpoint = match &run.settings.endpoint {
        Ok(endpoint) => endpoint.clone(),
        Err(error) => {
            let failure = crate::evidence::Failure::new(
                crate::evidence::FailureKind::UnusableSetting,
                crate::evidence::Operation::Configure,
                error,
            );
            return SocketFacts { failure: Some(failure), ..SocketFacts::default() };
        }
    };
    let host = endpoint.host_text();
    let addresses = match endpoint.address() {
        Some(address) => vec![address],
        None => match Lookup::start(run, &host).resolved().await {
            Ok(resolved) => resolved.addresses,
            Err(failure) => return SocketFacts { host, failure: Some(failure), ..SocketFacts::default() },
        },
    };
    socket::connect(run, &host, &addresses, endpoint.port, tuning).await
}
