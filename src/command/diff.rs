//! `diff`: where two saved reports part.

use crate::cli::DiffArgs;
use crate::report::diff::{DiffReport, Named};
use crate::report::json;

use super::{Context, Trouble, replay, saved};

/// The exit code of `--exit-code` when the verdicts differ, as that of diff(1).
const DIFFERENT: u8 = 1;

/// Runs the command.
pub(super) fn run(args: &DiffArgs, context: &mut Context) -> Result<u8, Trouble> {
    let lang = context.lang();
    let read = |path| {
        let report = saved::read(path, context.wish).map_err(Trouble::Usage)?;
        replay::safely(|| replay::judge(&report, lang, false, vec![]))
    };
    let (a, b) = (read(&args.a)?, read(&args.b)?);
    let (name_a, name_b) = (saved::shown(&args.a), saved::shown(&args.b));
    let report = DiffReport::new(Named { file: &name_a, report: &a }, Named { file: &name_b, report: &b }, lang);
    let shown = if context.json() { json::render(&report)? } else { report.render(&context.style, context.detail) };
    context.output.write(None, &shown);
    Ok(if args.exit_code && !report.same_verdict { DIFFERENT } else { 0 })
}
