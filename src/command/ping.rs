//! `ping`: round trips to one address of each family, shown as they come.

use std::sync::Arc;

use crate::cli::PingArgs;
use crate::diagnosis::Layer;
use crate::evidence::icmp::PingFacts;
use crate::probe::Run;
use crate::probe::icmp::{self, Event, Plan};
use crate::report::ping::{self as report, PingReport};
use crate::report::text::Detail;
use crate::report::{exit, json};

use super::{Context, Trouble, destination, session};

/// Runs the command.
pub(super) fn run(args: &PingArgs, context: &mut Context) -> Result<u8, Trouble> {
    let settings = Arc::new(context.settings(&destination::alone(args.target.overrides()))?);
    let plan = Plan { count: args.count, interval: args.interval, wait: args.wait, tcp: args.tcp };
    let runtime = session::runtime()?;
    let mut facts = PingFacts::default();
    let (style, quiet) = (context.style, context.json() || context.detail == Detail::Quiet);
    let output = &mut context.output;
    let interrupted = runtime.block_on(async {
        let run = Run::start(Arc::clone(&settings));
        let all = async {
            let found = destination::find(&run).await;
            (facts.host, facts.port) = (found.host, found.port);
            let addresses = match found.addresses {
                Ok(addresses) => destination::one_a_family(&addresses),
                Err(failure) => return facts.failure = Some(failure),
            };
            let port = facts.port;
            let mut watch = |event: Event<'_>| {
                let line = match event {
                    _ if quiet => return,
                    Event::Begun(target) => report::begun(target, port, &style),
                    Event::Reply(target) => {
                        target.replies.last().map(|reply| report::line(target, reply, &style)).unwrap_or_default()
                    }
                };
                output.write(Some(&settings), &line);
            };
            icmp::ping(&run, &addresses, &plan, &mut facts, &mut watch).await;
        };
        tokio::select! {
            () = all => false,
            _ = tokio::signal::ctrl_c() => true,
        }
    });
    runtime.shutdown_background();
    let code = match &facts {
        _ if interrupted => exit::INTERRUPTED,
        _ if settings.endpoint.is_err() => exit::USAGE,
        // One family that answers is enough to reach the host.
        facts if facts.targets.iter().any(|target| target.summary.received > 0) => 0,
        _ => Layer::Network.exit_code(),
    };
    let shown = if context.json() {
        json::render(&PingReport::new(facts, code))?
    } else {
        report::summary(&facts, &context.style)
    };
    context.output.write(Some(&settings), &shown);
    Ok(code)
}
