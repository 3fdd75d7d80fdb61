//! `tcp`, `tls`, `http`: one stage of the chain alone, with everything that it saw.

use crate::cli::{HostArgs, TargetArgs};
use crate::config::Overrides;
use crate::evidence::Stage;
use crate::probe::chain::Plan;
use crate::report::text::Detail;

use super::{Context, Trouble, diagnose, session};

/// Every address of the name.
pub(super) fn tcp(args: &HostArgs, context: &mut Context) -> Result<u8, Trouble> {
    alone(&args.overrides(), &[Stage::Dns, Stage::Proxy, Stage::Tcp], context)
}

/// The handshake and the chain.
pub(super) fn tls(args: &HostArgs, context: &mut Context) -> Result<u8, Trouble> {
    alone(&args.overrides(), &[Stage::Tls], context)
}

/// One request.
pub(super) fn http(args: &TargetArgs, context: &mut Context) -> Result<u8, Trouble> {
    alone(&args.overrides(), &[Stage::Http, Stage::Api], context)
}

fn alone(overrides: &Overrides, stages: &[Stage], context: &mut Context) -> Result<u8, Trouble> {
    let settings = context.settings(overrides)?;
    if context.detail == Detail::Normal {
        context.detail = Detail::Verbose;
    }
    let runtime = session::runtime()?;
    let plan = Plan { only: stages.to_vec(), ..Plan::default() };
    let code = diagnose::judge(&runtime, settings, &plan, (false, vec![]), context)?;
    runtime.shutdown_background();
    Ok(code)
}
