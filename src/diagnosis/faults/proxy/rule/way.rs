//! The rules that find a proxy which works and is not used, and one whose own rules send the endpoint another way.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::faults::proxy::ways::{self, fails, told, tried, working};
use crate::diagnosis::reading;
use crate::evidence::config::{UnappliedBecause, UnappliedProxy};
use crate::evidence::experiment::proxy::{Way, WayRole};
use crate::evidence::experiment::{ExperimentFacts, TrialOutcome};
use crate::evidence::{Evidence, Stage};
use crate::lang::Sentence;
use crate::say;

/// Fewer failures may be chance.
const ENOUGH: usize = 3;

pub(in super::super) fn not_applied(evidence: &Evidence) -> Option<Finding> {
    if reading::is_proxied(evidence) {
        return None;
    }
    let (_, failure) = reading::broken(evidence)?;
    let way = working(evidence, WayRole::Unapplied)?;
    let again = tried(evidence, WayRole::Direct).next();
    if again.is_some_and(|way| !fails(way)) {
        return None;
    }
    let same = |one: &&UnappliedProxy| Some(&one.proxy) == way.proxy.as_ref() && one.origins == way.origins;
    let unapplied = evidence.config.facts.unapplied_proxies.iter().find(same)?;
    let often = again.is_some() || named_trials(evidence) >= ENOUGH;
    let finding = Finding::faulty(Stage::Config, if often { Confidence::Confirmed } else { Confidence::Likely });
    let detail = &failure.detail;
    let direct = say!(en: "requests go direct, and that fails: {detail}", zh: "请求走的是直连，而直连失败：{detail}");
    let finding = finding.because(direct).because_if(again.map(told)).because(told(way)).because(reason(unapplied));
    let finding = with_fix(finding, unapplied, way, evidence);
    let through = || say!(en: "the same endpoint answers through the proxy", zh: "同一端点经代理就有应答");
    Some(finding.not("service-outage", through()))
}

/// How often the experiment on names saw the endpoint's name fail.
fn named_trials(evidence: &Evidence) -> usize {
    let trials = evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::ServerName(facts) => Some(&facts.target),
        _ => None,
    });
    trials.filter(|trials| trials.iter().all(|trial| !trial.outcome.passed())).map_or(0, Vec::len)
}

/// Why the proxy is not used.
fn reason(unapplied: &UnappliedProxy) -> Sentence {
    let (proxy, origin) = (&unapplied.proxy, unapplied.origins.join(", "));
    let by = unapplied.by.as_deref().unwrap_or("?");
    match unapplied.because {
        UnappliedBecause::NoProxy => say!(
            en: "{origin} names {proxy}, and the rule \"{by}\" of NO_PROXY takes this host around it",
            zh: "{origin} 设置了 {proxy}，但 NO_PROXY 里的“{by}”让这个主机绕过了它",
        ),
        UnappliedBecause::Flag => say!(
            en: "{origin} names {proxy}, and --proxy none was given",
            zh: "{origin} 设置了 {proxy}，但本次指定了 --proxy none",
        ),
        UnappliedBecause::OtherScheme => say!(
            en: "{origin} names {proxy}; clients read that variable for the other scheme of URLs only",
            zh: "{origin} 设置了 {proxy}，但客户端只在访问另一种协议的 URL 时才读这个变量",
        ),
        UnappliedBecause::Cgi => say!(
            en: "{origin} names {proxy}, and does not count because REQUEST_METHOD is set (CGI)",
            zh: "{origin} 设置了 {proxy}，但由于设置了 REQUEST_METHOD（CGI），它不算数",
        ),
        UnappliedBecause::Desktop => say!(
            en: "{proxy} stands in the settings of the desktop ({origin}): browsers go by them; curl, Python, Node.js and Go do not",
            zh: "{proxy} 只写在桌面的系统代理设置里（{origin}）：浏览器会用它，curl、Python、Node.js、Go 不会",
        ),
        UnappliedBecause::Misspelt => say!(
            en: "{origin} names {proxy}; no client reads a variable of that name ({by} is the right one)",
            zh: "{origin} 设置了 {proxy}，但没有客户端读这个名字的变量（正确的是 {by}）",
        ),
    }
}

fn with_fix(finding: Finding, unapplied: &UnappliedProxy, way: &Way, evidence: &Evidence) -> Finding {
    match unapplied.because {
        UnappliedBecause::NoProxy => {
            let rule = unapplied.by.as_deref().unwrap_or_default();
            finding.fix(
                say!(en: "Take \"{rule}\" out of NO_PROXY", zh: "把“{rule}”从 NO_PROXY 里去掉"),
                shortened(rule, evidence),
            )
        }
        UnappliedBecause::Flag => finding.fix(
            say!(en: "Leave --proxy none away", zh: "去掉 --proxy none"),
            Some("openai-doctor diagnose".to_owned()),
        ),
        UnappliedBecause::OtherScheme
        | UnappliedBecause::Cgi
        | UnappliedBecause::Desktop
        | UnappliedBecause::Misspelt => finding.fix(
            say!(en: "Name that proxy in the variable that clients read", zh: "用客户端会读取的变量来设置这个代理"),
            ways::adopt(way, evidence),
        ),
    }
}

/// The command that sets `NO_PROXY` to what is left of it without the rule.
fn shortened(rule: &str, evidence: &Evidence) -> Option<String> {
    let route = &evidence.target.route.origin;
    let list = evidence.config.facts.proxy_variables.iter().find(|variable| variable.name == *route)?;
    let rest: Vec<&str> = list.value.split(',').map(str::trim).filter(|one| !one.is_empty() && *one != rule).collect();
    let rest = rest.join(",");
    let quoted = crate::diagnosis::fill::quote(&rest, evidence)?;
    Some(if evidence.config.facts.machine.os == "windows" {
        format!("$env:NO_PROXY = '{}'", quoted.trim_matches('\''))
    } else {
        format!("export NO_PROXY={quoted} no_proxy={quoted}")
    })
}

pub(in super::super) fn rule_direct(evidence: &Evidence) -> Option<Finding> {
    let by_name = tried(evidence, WayRole::Same).find(|way| fails(way))?;
    let by_address = working(evidence, WayRole::ByAddress)?;
    // A proxy that cannot resolve the name does not send it anywhere.
    let sent = evidence.proxy.failed() && (ways::tried_to_connect(evidence) || ways::resolves_names(evidence));
    let cut = evidence.tls.failed() && evidence.tls.facts.bytes_received == 0;
    if !cut && !sent {
        return None;
    }
    let direct = tried(evidence, WayRole::Direct).find(|way| fails(way));
    // A reset behind a proxy is an end in good order before it.
    let all = |way: &Way, is: fn(TrialOutcome) -> bool| way.tries.iter().all(|one| is(one.outcome));
    let silent = |outcome| outcome == TrialOutcome::Silent;
    let both = |is| direct.is_some_and(|direct| all(direct, is) && all(by_name, is));
    let alike = both(TrialOutcome::cut) || both(silent);
    let stage = if cut { Stage::Tls } else { Stage::Proxy };
    let finding = Finding::faulty(stage, if alike { Confidence::Confirmed } else { Confidence::Likely });
    let finding = finding.because(told(by_name)).because(told(by_address)).because(say!(
        en: "so for the name the proxy takes another way than for the address: its rules decide by name",
        zh: "可见代理对域名和对 IP 地址走了不同的路：是它的规则按域名分流",
    ));
    let finding = finding.because_if(direct.filter(|_| alike).map(|direct| {
        let told = told(direct);
        say!(en: "{en}, just as by that way", zh: "{zh}，和走那条路一样", en = told.en, zh = told.zh)
    }));
    let works = || say!(en: "the address is reached through the same proxy", zh: "经同一个代理能访问这个地址");
    Some(finding.because(super::named(evidence)).not("proxy-exit-dead", works()).not(
        "sni-reset",
        say!(en: "the same name passes when the proxy is told the address", zh: "把 IP 地址交给代理时，同一域名就能通过"),
    ))
}
