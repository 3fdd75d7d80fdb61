//! `trace`: the way to the host, hop by hop, shown as it becomes known.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::cli::TraceArgs;
use crate::diagnosis::Layer;
use crate::evidence::route::{Hop, NameFate, NameFilter, RouteFacts};
use crate::experiment::hello_hop;
use crate::probe::Run;
use crate::probe::route::{self, Plan};
use crate::report::exit;
use crate::report::route::{self as report, Lines, RouteReport};
use crate::report::text::Detail;

use super::{Context, Trouble, destination, session, terminal};

/// Runs the command.
pub(super) fn run(args: &TraceArgs, context: &mut Context) -> Result<u8, Trouble> {
    let settings = Arc::new(context.settings(&destination::alone(args.target.overrides()))?);
    let plan = Plan {
        method: args.method.into(),
        queries: args.queries,
        max_hops: args.max_hops,
        wait: args.wait,
        names: args.names,
    };
    let mut facts = RouteFacts { method: plan.method, queries: plan.queries, ..RouteFacts::default() };
    let mut lines = Lines::default();
    let (style, quiet) = (context.style, context.json() || context.detail == Detail::Quiet);
    // Who does not look on gets the hops once everything about them is known.
    let live = !quiet && terminal::stdout_is_terminal();
    let mut shown_lines = 0;
    let output = &mut context.output;
    let measure = async {
        let run = Run::start(Arc::clone(&settings));
        let found = destination::find(&run, &mut facts.host).await;
        let peer = match found.addresses {
            Ok(addresses) => SocketAddr::new(addresses[0], found.port),
            Err(failure) => return facts.failure = Some(failure),
        };
        facts.aim(peer);
        if live {
            output.write(Some(&settings), &report::head(&facts, &style));
        }
        let mut watch = |hop: &Hop| {
            if live {
                let told = lines.next(hop, &style);
                shown_lines += told.matches('\n').count();
                output.write(Some(&settings), &told);
            }
        };
        route::trace(&run, peer, &plan, &mut facts, &mut watch).await;
        let filter = name_filter(&run, peer, &facts).await;
        facts.blame(filter);
    };
    let interrupted = session::until_interrupted(measure)?;
    let code = match &facts {
        _ if interrupted => exit::INTERRUPTED,
        facts if facts.name_filter.is_some() => Layer::Transport.exit_code(),
        facts if facts.reached => 0,
        // What this process or system cannot do says nothing about the network.
        facts if facts.hops.is_empty() && facts.address.is_some() => exit::TOOL_FAILED,
        _ => destination::failed(&settings),
    };
    let shown = (shown_lines, terminal::rows());
    context.show(&settings, &RouteReport::new(facts, code), |report, style| match (quiet, live) {
        (true, _) => report::end(report, style),
        (false, true) => report::rest(&report.facts, &lines, shown, style) + &report::end(report, style),
        (false, false) => report::render(report, style),
    })?;
    Ok(code)
}

/// Whether somebody on the way to an endpoint that speaks TLS minds its name, and who.
async fn name_filter(run: &Run, peer: SocketAddr, facts: &RouteFacts) -> Option<NameFilter> {
    let endpoint = run.settings.endpoint.as_ref().ok()?;
    // A way that a router or firewall ends is no way for a handshake either.
    if !endpoint.tls || endpoint.address().is_some() || facts.rejected_at.is_some() {
        return None;
    }
    let found = hello_hop::look(run, peer, &endpoint.host_text(), &facts.hops).await?;
    let reset = found.steps.iter().flat_map(|step| &step.outcomes).any(|outcome| outcome.cut());
    let does = if reset { NameFate::Reset } else { NameFate::Drop };
    Some(NameFilter { server_name: found.name, does, hop: found.hop, router: found.router })
}
