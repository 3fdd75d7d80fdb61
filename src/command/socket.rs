//! `socket`: a connection with tuned options, requested beside effective.

use std::sync::Arc;

use crate::cli::SocketArgs;
use crate::evidence::socket::SocketFacts;
use crate::probe::Run;
use crate::probe::dns::Lookup;
use crate::probe::socket::{self, Tuning};
use crate::report::socket::{self as report, SocketReport};
use crate::report::{exit, json};

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
    let facts = runtime.block_on(async {
        let run = Run::start(Arc::clone(&settings));
        observe(&run, &tuning).await
    });
    runtime.shutdown_background();
    let code = if facts.failure.is_some() { crate::diagnosis::Layer::Network.exit_code() } else { 0 };
    let shown = if context.json() {
        json::render(&SocketReport::new(facts, code))?
    } else {
        report::render(&facts, &context.style)
    };
    context.output.write(Some(&settings), &shown);
    Ok(if settings.endpoint.is_err() { exit::USAGE } else { code })
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
