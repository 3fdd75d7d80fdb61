//! What the experiment on ways says: whether the proxy's exit lives, who is refused, and which other way works.

use crate::diagnosis::fault::{Confidence, Finding, Severity};
use crate::diagnosis::{fill, reading};
use crate::evidence::experiment::proxy::{Way, WayRole, WayTry};
use crate::evidence::experiment::{ExperimentFacts, TrialOutcome};
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, FailureKind, Stage};
use crate::lang::Sentence;
use crate::say;

use super::rule::{answered, is_variable, named};

/// Fewer tries may be chance.
const ENOUGH: usize = 3;

/// What only other ways can tell of a run that failed like this: rivals, as long as they were not tried.
pub(in super::super) fn other_ways(primary: &Finding, evidence: &Evidence) -> Vec<&'static str> {
    let cut = [FailureKind::Timeout, FailureKind::ConnectionReset, FailureKind::ConnectionClosed];
    let on_the_way = match reading::broken(evidence) {
        Some((_, failure)) if failure.kind == FailureKind::Interrupted => false,
        Some((Stage::Tls, failure)) => cut.contains(&failure.kind),
        Some((Stage::Http, _)) | None => {
            let by_proxy = evidence.http.facts.answered_by == Some(Answerer::ClientProxy);
            let vain = match evidence.http.facts.status {
                Some(500) => by_proxy,
                status => matches!(status, Some(502..=504)),
            };
            evidence.proxy.facts.forwards && (evidence.http.failed() || vain)
        }
        Some(_) => true,
    };
    if primary.severity != Severity::Faulty || !on_the_way {
        return vec![];
    }
    if !reading::is_proxied(evidence) {
        let unapplied = !evidence.config.facts.unapplied_proxies.is_empty();
        return if unapplied { vec!["proxy-not-applied"] } else { vec![] };
    }
    let mut rivals = vec!["proxy-exit-dead"];
    if evidence.tls.failed() {
        rivals.extend(["sni-reset", "sni-dropped", "client-hello-too-large"]);
    }
    rivals
}

/// The ways that were tried in a role.
pub(super) fn tried(evidence: &Evidence, role: WayRole) -> impl Iterator<Item = &Way> {
    let ways = evidence.experiments.iter().filter_map(|one| match &one.facts {
        ExperimentFacts::Proxy(facts) => Some(&facts.ways),
        _ => None,
    });
    ways.flatten().filter(move |way| way.role == role)
}

/// Whether it led to the endpoint every time.
pub(super) fn works(way: &Way) -> bool {
    way.tries.len() >= ENOUGH && way.tries.iter().all(WayTry::works)
}

/// Whether it never did.
pub(super) fn fails(way: &Way) -> bool {
    way.tries.len() >= ENOUGH && !way.tries.iter().any(WayTry::works)
}

/// The first way of that role that led to the endpoint every time.
pub(super) fn working(evidence: &Evidence, role: WayRole) -> Option<&Way> {
    tried(evidence, role).find(|way| works(way))
}

/// A way and how often it led where it was to lead.
pub(super) fn told(way: &Way) -> Sentence {
    let (count, all) = (way.arrivals(), way.tries.len());
    let asked = &way.asked_for;
    let why = if count == all { Sentence::verbatim("") } else { why(way) };
    if let Some(proxy) = &way.proxy {
        return say!(
            en: "through {proxy}, {asked} answered {count} of {all} times{en}",
            zh: "经 {proxy} 访问 {asked}，{all} 次中有 {count} 次得到应答{zh}",
            en = why.en, zh = why.zh,
        );
    }
    say!(
        en: "without a proxy, {asked} answered {count} of {all} times{en}",
        zh: "不走代理访问 {asked}，{all} 次中有 {count} 次得到应答{zh}",
        en = why.en, zh = why.zh,
    )
}

/// Why the last failed try of a way failed, in brackets.
fn why(way: &Way) -> Sentence {
    let failed = way.tries.iter().rev().find(|one| !one.outcome.passed());
    let Some(failed) = failed else { return Sentence::verbatim("") };
    let said = failed.answer.as_deref().filter(|_| failed.outcome == TrialOutcome::Unconnected);
    let detail = said.or(failed.failure.as_ref().map(|failure| failure.detail.as_str())).unwrap_or_default();
    if detail.is_empty() { Sentence::verbatim("") } else { say!(en: " ({detail})", zh: "（{detail}）") }
}

/// What unrelated hosts say of the proxy's way out.
enum Exit {
    /// One of them answered through it.
    Alive(Sentence),
    /// None of them did, and not because the proxy forbids them.
    Dead(Vec<Sentence>),
    /// The proxy's rules forbid all of them.
    Forbidden(Vec<Sentence>),
    /// Nobody was asked.
    Unknown,
}

fn exit(evidence: &Evidence) -> Exit {
    let controls: Vec<&Way> = tried(evidence, WayRole::Control).filter(|way| way.tries.len() >= ENOUGH).collect();
    let alive = controls.iter().find(|way| way.tries.iter().all(|one| one.outcome.passed()));
    if let Some(way) = alive {
        return Exit::Alive(told(way));
    }
    let none = |way: &&Way| !way.tries.iter().any(|one| one.outcome.passed());
    if controls.is_empty() || !controls.iter().all(none) {
        return Exit::Unknown;
    }
    let forbidden =
        |way: &&Way| way.tries.iter().all(|one| matches!(one.status, Some(400..=499)) || one.socks_reply == Some(2));
    let told = controls.iter().map(|way| told(way)).collect();
    if controls.iter().all(forbidden) { Exit::Forbidden(told) } else { Exit::Dead(told) }
}

/// The witness that the proxy's way out works, if there is one.
pub(in super::super) fn is_exit_alive(evidence: &Evidence) -> Option<Sentence> {
    match exit(evidence) {
        Exit::Alive(witness) => Some(witness),
        _ => None,
    }
}

/// What became of the chain's own way when it was tried again, where that is known.
fn again(evidence: &Evidence) -> Option<&Way> {
    tried(evidence, WayRole::Same).next()
}

/// Whether the proxy cannot resolve the endpoint's name: it says so, or addresses lead out through it and names do not.
fn cannot_resolve(evidence: &Evidence) -> bool {
    let says_dns = squid_error(evidence).is_some_and(|error| error.contains("DNS"));
    if says_dns || !evidence.proxy.failed() || tried_to_connect(evidence) || resolves_names(evidence) {
        return says_dns;
    }
    match tried(evidence, WayRole::ByAddress).next() {
        Some(way) => works(way),
        // No address of the endpoint's is known: then another name has to fail in the same way.
        None => tried(evidence, WayRole::ControlByName).next().is_some_and(|other| fails_like(other, again(evidence))),
    }
}

/// What Squid says went wrong.
fn squid_error(evidence: &Evidence) -> Option<&str> {
    let header = evidence.proxy.facts.headers.iter().find(|header| header.name == "x-squid-error");
    header.map(|header| header.value.as_str())
}

/// Whether the proxy says that it resolved the name and could not connect.
pub(super) fn tried_to_connect(evidence: &Evidence) -> bool {
    let by_squid = squid_error(evidence).is_some_and(|error| error.contains("CONNECT_FAIL"));
    by_squid || matches!(evidence.proxy.facts.socks_reply, Some(3 | 5 | 6))
}

/// Whether an unrelated name led somewhere through the proxy.
pub(super) fn resolves_names(evidence: &Evidence) -> bool {
    tried(evidence, WayRole::ControlByName).any(|way| way.arrivals() > 0)
}

/// Whether both of two ways ended before any tunnel every time, and alike: at once or after a long wait.
fn fails_like(one: &Way, other: Option<&Way>) -> bool {
    let ended = |way: &Way| -> Vec<Option<FailureKind>> {
        way.tries.iter().map(|one| one.failure.as_ref().map(|failure| failure.kind)).collect()
    };
    let shut = |way: &Way| fails(way) && way.tries.iter().all(|one| one.outcome == TrialOutcome::Unconnected);
    other.is_some_and(|other| shut(one) && shut(other) && ended(one) == ended(other))
}

/// Whether another name got through the same tunnel.
fn another_name_passes(evidence: &Evidence) -> bool {
    evidence.experiments.iter().any(|one| match &one.facts {
        ExperimentFacts::ServerName(facts) => {
            facts.proxy.is_some() && facts.neutral.iter().any(|trial| trial.outcome.passed())
        }
        _ => false,
    })
}

/// Judges a finding that nothing comes from behind the proxy by what unrelated hosts say.
pub(super) fn judge_exit(mut finding: Finding, evidence: &Evidence) -> Option<Finding> {
    if another_name_passes(evidence) {
        return None;
    }
    let failed_again = again(evidence).is_some_and(fails);
    match exit(evidence) {
        Exit::Alive(witness) if cannot_resolve(evidence) => {
            let by_name = tried(evidence, WayRole::ControlByName).next().filter(|way| fails(way));
            let by_address = working(evidence, WayRole::ByAddress).map(told);
            finding = finding.because(witness).because_if(by_address).because_if(by_name.map(told)).because(say!(
                en: "the proxy gets to hosts by their addresses and does not resolve this name: it is its DNS that fails",
                zh: "代理能按 IP 地址访问主机，却解析不了这个域名：是代理自己的 DNS 有问题",
            ));
        }
        // Something behind the exit minds this endpoint alone.
        Exit::Alive(_) => return None,
        Exit::Dead(told) => {
            if failed_again {
                finding.confidence = Confidence::Confirmed;
            }
            finding = finding.because_if(again(evidence).map(self::told));
            finding = told.into_iter().fold(finding, Finding::because);
            finding = finding.not(
                "proxy-rule-direct",
                say!(en: "hosts that have nothing to do with the endpoint fail, too", zh: "与端点毫不相干的主机也不通"),
            );
        }
        Exit::Forbidden(told) => finding = told.into_iter().fold(finding, Finding::because),
        Exit::Unknown => {}
    }
    Some(with_alternatives(finding, evidence))
}

/// Whether the proxy forbids this host, or more than that.
pub(super) fn who_is_refused(evidence: &Evidence) -> Option<Sentence> {
    match exit(evidence) {
        Exit::Alive(witness) => Some(say!(
            en: "{en}: it is this host that is forbidden",
            zh: "{zh}：被禁止的只是这个主机",
            en = witness.en, zh = witness.zh,
        )),
        Exit::Forbidden(told) => told.into_iter().next().map(|told| {
            say!(
                en: "{en}: not this host alone, the proxy opens no tunnel at all",
                zh: "{zh}：不只是这个主机，代理不允许建立任何隧道",
                en = told.en, zh = told.zh,
            )
        }),
        _ => None,
    }
}

/// What the right protocol leads to, once the port's is known.
pub(super) fn in_its_own_protocol(evidence: &Evidence) -> Option<Sentence> {
    tried(evidence, WayRole::OtherScheme).next().map(told)
}

/// Adds which other way works, or that going without a proxy does not.
pub(super) fn with_alternatives(mut finding: Finding, evidence: &Evidence) -> Finding {
    if let Some(way) = working(evidence, WayRole::OtherProxy) {
        finding = finding.because(told(way)).fix(
            say!(
                en: "Use that proxy, which {origin} names",
                zh: "改用 {origin} 指定的那个代理",
                origin = way.origins.join(", "),
            ),
            adopt(way, evidence),
        );
    }
    let Some(direct) = tried(evidence, WayRole::Direct).next() else { return finding };
    if works(direct) {
        let (text, command) = without_proxy(evidence);
        finding.because(told(direct)).fix(text, command)
    } else if fails(direct) {
        finding.because(told(direct)).because(say!(
            en: "so going without the proxy is no way out",
            zh: "可见去掉代理也不行",
        ))
    } else {
        finding
    }
}

/// How to go without a proxy.
fn without_proxy(evidence: &Evidence) -> (Sentence, Option<String>) {
    if !is_variable(&evidence.target.route.origin) {
        let origin = &evidence.target.route.origin;
        return (
            say!(en: "The proxy is not needed here: leave {origin} away", zh: "这里不需要代理：去掉 {origin}"),
            None,
        );
    }
    let command = fill::for_system(super::UNSET, &evidence.config.facts.machine.os);
    let text = say!(en: "The proxy is not needed here: go without", zh: "这里不需要代理：取消代理设置");
    (text, command.map(Into::into))
}

/// The command that has clients use the proxy of that way, told by the name of its variable, for its value may hold a
/// password.
pub(super) fn adopt(way: &Way, evidence: &Evidence) -> Option<String> {
    let source = way.origins.iter().find(|origin| is_name(origin))?;
    let scheme = &evidence.config.facts.base_url.scheme;
    // curl reads http_proxy in lower case only.
    let (lower, upper) = if scheme == "http" { ("http_proxy", "HTTP_PROXY") } else { ("https_proxy", "HTTPS_PROXY") };
    Some(if evidence.config.facts.machine.os == "windows" {
        format!("$env:{upper} = $env:{source}")
    } else if source == upper {
        format!("export {lower}=\"${source}\"")
    } else if source == lower {
        format!("export {upper}=\"${source}\"")
    } else {
        format!("export {lower}=\"${source}\" {upper}=\"${source}\"")
    })
}

/// Whether a shell takes it for the name of a variable.
fn is_name(text: &str) -> bool {
    !text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The proxy's way out works, and of what it sends to the endpoint nothing comes back.
pub(in super::super) fn blackholed_behind(evidence: &Evidence) -> Option<Finding> {
    let (witness, again) = unreached_behind(evidence)?;
    if refusal(evidence) || cannot_resolve(evidence) {
        return None;
    }
    let silent = |one: &WayTry| matches!(one.outcome, TrialOutcome::Silent | TrialOutcome::Unconnected);
    if another_name_passes(evidence)
        || !again.tries.iter().all(silent)
        || working(evidence, WayRole::ByAddress).is_some()
    {
        return None;
    }
    let stage = if evidence.proxy.failed() { Stage::Proxy } else { Stage::Tls };
    Some(behind(Finding::faulty(stage, Confidence::Likely), evidence, again, witness).because(say!(
        en: "it is behind the proxy that packets to the endpoint disappear",
        zh: "发往端点的数据包是在代理之后消失的",
    )))
}

/// The proxy's way out works, and the endpoint refuses its connection.
pub(in super::super) fn refused_behind(evidence: &Evidence) -> Option<Finding> {
    let (witness, again) = unreached_behind(evidence)?;
    if !refusal(evidence) || again.tries.iter().any(|one| one.outcome != TrialOutcome::Unconnected) {
        return None;
    }
    Some(behind(Finding::faulty(Stage::Proxy, Confidence::Likely), evidence, again, witness))
}

fn behind(finding: Finding, evidence: &Evidence, again: &Way, witness: Sentence) -> Finding {
    let finding = finding.because_if(answered(&evidence.proxy.facts)).because(told(again)).because(witness.clone());
    with_alternatives(finding.because(named(evidence)), evidence).not("proxy-exit-dead", witness)
}

/// The endpoint cannot be reached through a proxy whose way out works: the witness, and the way tried again.
fn unreached_behind(evidence: &Evidence) -> Option<(Sentence, &Way)> {
    let facts = &evidence.proxy.facts;
    let gone = matches!(facts.status, Some(500..=599)) || matches!(facts.socks_reply, Some(1 | 3..=6));
    let mute = evidence.tls.kind() == Some(FailureKind::Timeout) || evidence.proxy.kind() == Some(FailureKind::Timeout);
    let again = again(evidence).filter(|way| fails(way))?;
    Some((is_exit_alive(evidence).filter(|_| gone || mute)?, again))
}

/// Whether the proxy says that the endpoint refused it: SOCKS5 reply 5, Squid's errno.
fn refusal(evidence: &Evidence) -> bool {
    let by_squid = squid_error(evidence).is_some_and(|error| error.ends_with(" 111"));
    by_squid || evidence.proxy.facts.socks_reply == Some(5)
}

#[cfg(test)]
mod tests;
