//! `ping`: round trips to one address of each family, shown as they come.

use std::sync::Arc;

use crate::cli::PingArgs;
use crate::evidence::icmp::PingFacts;
use crate::probe::Run;
use crate::probe::icmp::{self, Event, Plan};
use crate::report::exit;
use crate::report::ping::{self as report, PingReport};
use crate::report::text::Detail;

use super::{Context, Trouble, destination, session};

/// Runs the command.
pub(super) fn run(args: &PingArgs, context: &mut Context) -> Result<u8, Trouble> {
    let settings = Arc::new(context.settings(&destination::alone(args.target.overrides()))?);
    let plan = Plan { count: args.count, interval: args.interval, wait: args.wait, tcp: args.tcp };
    let mut facts = PingFacts::default();
    let (style, quiet) = (context.style, context.json() || context.detail == Detail::Quiet);
    let output = &mut context.output;
    let measure = async {
        let run = Run::start(Arc::clone(&settings));
        let found = destination::find(&run, &mut facts.host).await;
        facts.port = found.port;
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
    let interrupted = session::until_interrupted(measure)?;
    let code = match &facts {
        _ if interrupted => exit::INTERRUPTED,
        // One family that answers is enough to reach the host.
        facts if facts.targets.iter().any(|target| target.summary.received > 0) => 0,
        _ => destination::failed(&settings),
    };
    let quiet = context.detail == Detail::Quiet;
    context.show(&settings, &PingReport::new(facts, code), |report, style| {
        let said = report::summary(report, style);
        // What sets it off from the lines before it.
        if quiet { said.trim_start().to_owned() } else { said }
    })?;
    Ok(code)
}
