//! `socket`: a connection with tuned options, requested beside effective.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::cli::SocketArgs;
use crate::evidence::Evidence;
use crate::evidence::idle::{IdleFacts, IdleOutcome};
use crate::evidence::socket::SocketFacts;
use crate::experiment::idle;
use crate::lang::Lang;
use crate::probe::Run;
use crate::probe::socket::{self, Tuning};
use crate::probe::tls::Trust;
use crate::report::exit;
use crate::report::socket::{self as report, SocketReport};
use crate::say;

use super::terminal::Spinner;
use super::{Context, Trouble, destination, session};

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
    let ladder = args.idle_ladder.then_some(args.idle_max);
    let spinner = Spinner::new(ladder.is_some() && !context.json());
    let (mut facts, board) = (SocketFacts::default(), Mutex::default());
    let (mut climbs, lang) = (false, context.lang());
    let measure = async {
        let run = Run::start(Arc::clone(&settings)).lasting(ladder.map_or(Duration::ZERO, |most| most + idle::AROUND));
        observe(&run, &tuning, &mut facts).await;
        if let Some(most) = ladder.filter(|_| facts.failure.is_none()) {
            climbs = true;
            climb(&run, &facts, most, &board, &spinner, lang).await;
        }
    };
    let interrupted = session::until_interrupted(measure)?;
    spinner.finish();
    let code = match &facts.failure {
        _ if interrupted => exit::INTERRUPTED,
        Some(_) => destination::failed(&settings),
        None => 0,
    };
    let idle = climbs.then(|| known(&board));
    let report = SocketReport::new(facts, idle, code);
    let detail = context.detail;
    context.show(&settings, &report, |report, style| report::render(report, style, detail))?;
    Ok(code)
}

/// What is known of the connections so far.
fn known(board: &Mutex<IdleFacts>) -> IdleFacts {
    board.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Leaves connections alone until the last of them is done, or nobody waits any longer: the board has what is known.
async fn climb(
    run: &Run,
    facts: &SocketFacts,
    most: Duration,
    board: &Mutex<IdleFacts>,
    spinner: &Spinner,
    lang: Lang,
) {
    let mut evidence = Evidence::default();
    evidence.tcp.facts.chosen = facts.peer.map(|peer| peer.ip());
    let trust = Trust::load(run);
    let started = Instant::now();
    let watch = async {
        loop {
            let trials = known(board).trials;
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
    tokio::select! {
        () = idle::run(run, &trust, &evidence, most, board) => {}
        () = watch => {}
    }
}

/// Connects with the tuned options and looks at what they became.
async fn observe(run: &Run, tuning: &Tuning, facts: &mut SocketFacts) {
    let found = destination::find(run, &mut facts.host).await;
    match found.addresses {
        Ok(addresses) => *facts = socket::connect(run, &facts.host, &addresses, found.port, tuning).await,
        Err(failure) => facts.failure = Some(failure),
    }
}
