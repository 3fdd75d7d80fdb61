//! `diagnose`: the chain, its lines as they happen, the verdict.

use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::cli::{DiagnoseArgs, Usage};
use crate::config::{ApiKey, Environment, Origin, Overrides, Settings, Sourced};
use crate::diagnosis::{self, Health, Outcome};
use crate::evidence::{Evidence, Stage, Status};
use crate::experiment::remedy;
use crate::mock;
use crate::probe::Run;
use crate::probe::chain::{Event, Plan};
use crate::report::printed::{Demo, DemoReport};
use crate::report::text::{self, Detail};
use crate::report::{self, Circumstances, Report, StageReport, json, line, verbose};
use crate::{say, text as words};

use super::session::{self, End, Ran};
use super::terminal::{self, Spinner};
use super::{Context, Trouble, replay};

/// Runs the command.
pub(super) fn run(args: &DiagnoseArgs, context: &mut Context) -> Result<u8, Trouble> {
    if args.demo.as_deref() == Some("list") {
        list_demos(context)?;
        return Ok(0);
    }
    if let Some(path) = &args.replay {
        return replay::run(args, path, context);
    }
    if args.only == [Stage::Stream] && !args.deep {
        let why = say!(en: "--only stream needs --deep, for it costs a few tokens", zh: "--only stream 需要 --deep，因为会消耗少量 token");
        return Err(Trouble::Usage(Box::new(Usage::new(why, context.wish))));
    }
    let runtime = session::runtime()?;
    let (settings, _endpoint) = match &args.demo {
        Some(fault) => demo(&runtime, fault, args, context)?,
        None => (context.settings(&args.overrides())?, None),
    };
    let plan = Plan {
        only: args.only.clone(),
        skip: args.skip.clone(),
        deep: args.deep.then(|| args.model.clone()),
        try_fix: args.try_fix,
        idle_most: args.idle_max,
        ..Plan::default()
    };
    let slo = args.slo.iter().map(|limit| (limit.metric, limit.at_most)).collect();
    let code = judge(&runtime, settings, &plan, (args.strict, slo), context)?;
    // A resolver function or a read of a certificate store may still be under way; nobody waits for it.
    runtime.shutdown_background();
    Ok(code)
}

/// Follows the chain, shows it, and gives back the exit code.
pub(super) fn judge(
    runtime: &Runtime,
    settings: Settings,
    plan: &Plan,
    (strict, slo): (bool, Vec<(crate::report::Metric, crate::evidence::Ms)>),
    context: &mut Context,
) -> Result<u8, Trouble> {
    let settings = Arc::new(settings);
    let ran = follow(runtime, &settings, plan, context);
    let mut outcome = diagnosis::diagnose(&ran.evidence);
    if ran.end == End::Panicked && outcome.health == Health::Healthy {
        outcome.health = Health::Inconclusive;
    }
    let circumstances = Circumstances {
        lang: context.lang(),
        started_at: ran.started_at,
        duration: ran.duration,
        strict,
        interrupted: ran.end == End::Interrupted,
        slo,
    };
    let report = Report::new(&ran.evidence, &outcome, &circumstances);
    let shown = if context.json() {
        json::render(&report)?
    } else {
        let lines = if context.detail == Detail::Quiet { String::new() } else { late_lines(&report, context) };
        lines
            + &text::tail(&report, &context.style, context.detail)
            + &of_remedies(&settings, &ran, &outcome, plan, context)
    };
    context.output.write(Some(&settings), &shown);
    Ok(report.verdict.exit_code)
}

/// What there is to say of remedies where none was tried.
fn of_remedies(settings: &Arc<Settings>, ran: &Ran, outcome: &Outcome, plan: &Plan, context: &Context) -> String {
    let Some(primary) = outcome.diagnoses.first().filter(|_| context.detail != Detail::Quiet) else {
        return String::new();
    };
    let all = plan.only.is_empty() && plan.skip.is_empty();
    if !all || ran.end != End::Complete || outcome.health != Health::Faulty || !ran.evidence.remedies.is_empty() {
        String::new()
    } else if plan.try_fix {
        report::remedy::nothing_to_try(primary.fault, &context.style)
    } else {
        let run = Run::start(Arc::clone(settings));
        report::remedy::hint(remedy::count(&run, &ran.evidence, &outcome.suspects()), &context.style)
    }
}

fn follow(runtime: &Runtime, settings: &Arc<Settings>, plan: &Plan, context: &mut Context) -> Ran {
    let live = !context.json() && context.detail != Detail::Quiet;
    let spinner = Spinner::new(!context.json());
    let style = context.style;
    // Verbose lines tell what side probes saw, which is known only at the end: they are printed then, in order.
    let as_it_happens = live && context.detail == Detail::Normal;
    let output = &mut context.output;
    let mut watch = |event: Event<'_>| match event {
        Event::Begins(stage) => spinner.say(terminal::doing(stage).of(style.lang).to_owned()),
        Event::Ended(stage, evidence) if as_it_happens => spinner.aside(|| {
            output.write(Some(settings), &stage_lines(plan, stage, evidence, &style));
        }),
        Event::Ended(..) | Event::Waits(_) => {}
        Event::Tries => spinner.say(terminal::TRYING.of(style.lang).to_owned()),
    };
    let ran = session::follow(runtime, settings, plan, &mut watch);
    spinner.finish();
    ran
}

/// Whether a stage gets its line: what only served a later one does so when it is the reason why that one is missing.
fn is_shown(plan: &Plan, stage: Stage, evidence: &Evidence) -> bool {
    let failed = StageReport::of(stage, evidence).outline().status == Status::Fail;
    let left_out = plan.skip.contains(&stage) && matches!(stage, Stage::Config | Stage::Http | Stage::Api);
    stage == Stage::Config && !left_out || plan.wants(stage) || failed && !left_out
}

/// The line of a stage that gets one, with the head before the first.
fn stage_lines(plan: &Plan, stage: Stage, evidence: &Evidence, style: &crate::report::style::Style) -> String {
    let head = if stage == Stage::Config { text::head(&evidence.target, style) } else { String::new() };
    let shown = is_shown(plan, stage, evidence).then(|| line::stage(&StageReport::of(stage, evidence), style));
    head + &shown.unwrap_or_default()
}

/// What was not printed as it happened: everything under `-v`, otherwise the stages that were never reached.
fn late_lines(report: &Report, context: &Context) -> String {
    let style = &context.style;
    let mut lines = String::new();
    if context.detail == Detail::Verbose {
        lines.push_str(&text::head(&report.target, style));
        for stage in &report.stages {
            lines.push_str(&line::stage(stage, style));
            lines.push_str(&verbose::stage(stage, style));
        }
    }
    lines
}

/// The embedded endpoint, broken as asked, and settings that look at nothing but it.
fn demo(
    runtime: &Runtime,
    fault: &str,
    args: &DiagnoseArgs,
    context: &Context,
) -> Result<(Settings, Option<mock::Endpoint>), Trouble> {
    let fault = (!fault.is_empty()).then_some(fault);
    if let Some(name) = fault
        && !mock::fault::names().any(|known| known == name)
    {
        let mut usage = Usage::unknown("--demo", name, mock::fault::names(), context.wish);
        usage.message.en.push_str("; `openai-doctor diagnose --demo list` names them all");
        usage.message.zh.push_str("；用 `openai-doctor diagnose --demo list` 查看全部");
        return Err(Trouble::Usage(Box::new(usage)));
    }
    let endpoint = runtime.block_on(mock::Endpoint::start(fault))?;
    let flags = Overrides {
        base_url: Some(Sourced::new(endpoint.base_url.clone(), Origin::Flag("--demo"))),
        api_key: endpoint.key.clone().map(|key| Sourced::new(ApiKey::new(key), Origin::Flag("--demo"))),
        organization: endpoint.organization.clone(),
        proxy: Some(endpoint.proxy.clone().unwrap_or_else(|| "none".to_owned())),
        resolvers: endpoint.resolvers.clone(),
        comparison_resolvers: Some(endpoint.further_resolvers.clone()),
        extra_ca_pem: endpoint.ca_pem.clone().into_bytes(),
        timeout: args.target.connection.timeout,
        ..Overrides::default()
    };
    // Nothing of this machine's environment: a demo is the same everywhere.
    let settings = Settings::resolve(&flags, &Environment::default(), None)
        .map_err(|error| Trouble::Usage(Box::new(Usage::settings(&error, context.wish))))?;
    Ok((settings, Some(endpoint)))
}

fn list_demos(context: &mut Context) -> Result<(), Trouble> {
    let lang = context.lang();
    let shown = if context.json() {
        let demos = mock::FAULTS
            .iter()
            .map(|demo| Demo { name: demo.name.to_owned(), summary: demo.summary.of(lang).to_owned() })
            .collect();
        json::render(&DemoReport::new(demos))?
    } else {
        let width = mock::FAULTS.iter().map(|demo| demo.name.len()).max().unwrap_or_default();
        let head = words!(en: "Faults of `openai-doctor diagnose --demo FAULT`:", zh: "`openai-doctor diagnose --demo FAULT` 可模拟的故障：");
        let mut shown = format!("{}\n", head.of(lang));
        for demo in mock::FAULTS {
            context.style.wrap(&mut shown, &format!("  {:width$}  ", demo.name), demo.summary.of(lang));
        }
        let foot = words!(en: "Without FAULT the endpoint is healthy.", zh: "不写 FAULT 时端点一切正常。");
        shown + foot.of(lang) + "\n"
    };
    context.output.write(None, &shown);
    Ok(())
}
