//! An experiment in words: the question it asks and the answer it found.

pub(super) mod server;
pub(super) mod settings;

use std::net::IpAddr;

use crate::diagnosis::reading;
use crate::evidence::experiment::proxy::Way;
use crate::evidence::experiment::{ExperimentFacts, HelloHopFacts, PresenceFacts, RefusalFacts, ResidualFacts, Trial};
use crate::evidence::route::{Hop, HopSaid};
use crate::lang::Sentence;
use crate::say;

use super::{idle, protocol};

/// The question.
#[must_use]
pub fn question(facts: &ExperimentFacts) -> Sentence {
    match facts {
        ExperimentFacts::ServerName(facts) => say!(
            en: "Does it depend on the server name? {name} against {neutral}",
            zh: "是否取决于域名？{name} 对比 {neutral}",
            name = &facts.name, neutral = &facts.neutral_name,
        ),
        ExperimentFacts::HelloSize(_) => {
            say!(en: "Does it depend on the size of packets?", zh: "是否取决于数据包大小？")
        }
        ExperimentFacts::ControlHosts(_) => {
            say!(en: "Does anything unrelated connect?", zh: "其他无关主机连得上吗？")
        }
        ExperimentFacts::Proxy(_) => say!(
            en: "Is it the proxy, what is behind it, or the way it is set?", zh: "是代理本身、代理之后的网络，还是代理设置的问题？",
        ),
        ExperimentFacts::Presence(_) => {
            say!(en: "Is the machine there that stays silent?", zh: "不应答的那台机器在线吗？")
        }
        ExperimentFacts::Loss(_) => say!(en: "Are packets lost at random?", zh: "是否在随机丢包？"),
        ExperimentFacts::HelloHop(facts) => {
            say!(en: "Which hop cuts {name}?", zh: "是哪一跳切断了 {name}？", name = &facts.name)
        }
        ExperimentFacts::Refusal(_) => {
            say!(en: "Who refuses the connection?", zh: "是谁拒绝了连接？")
        }
        ExperimentFacts::Certificate(_)
        | ExperimentFacts::Portal(_)
        | ExperimentFacts::Scheme(_)
        | ExperimentFacts::BaseUrl(_)
        | ExperimentFacts::Headers(_)
        | ExperimentFacts::Outage(_) => server::question(facts).unwrap_or_default(),
        ExperimentFacts::Residual(facts) => say!(
            en: "Does the block end by itself, and come back with {name}?", zh: "封锁会自行结束，并随 {name} 再次出现吗？",
            name = &facts.name,
        ),
        ExperimentFacts::Pace(_) => say!(
            en: "Is it this request that hangs, or the whole server?", zh: "只是这个请求卡住，还是整台服务器都没有反应？",
        ),
        ExperimentFacts::Endpoints(_) => say!(
            en: "What does the endpoint offer beside its list of models, and what does it say to a wrong key?",
            zh: "除模型列表外该端点还提供哪些接口？对错误的密钥如何应答？",
        ),
        ExperimentFacts::OtherSettings(_) => say!(
            en: "Does another value work that an environment variable overrides?",
            zh: "被环境变量覆盖的另一个值能用吗？",
        ),
        ExperimentFacts::Resolver(_) => {
            say!(en: "Does somebody answer in the resolvers' place?", zh: "是否有人冒充 DNS 服务器应答？")
        }
        ExperimentFacts::HttpVersion(_) => {
            say!(en: "Does it depend on the version of HTTP?", zh: "是否取决于 HTTP 版本？")
        }
        ExperimentFacts::Quic(_) => say!(en: "Does QUIC (HTTP/3) pass?", zh: "QUIC（HTTP/3）能通吗？"),
        ExperimentFacts::Idle(facts) => say!(
            en: "How long may a connection be quiet? Up to {most}", zh: "连接能空闲多久？最长测到 {most}",
            most = idle::seconds(facts.ladder_s.iter().copied().fold(0.0, f64::max)),
        ),
        ExperimentFacts::Stall(_) => {
            say!(en: "Does the connection freeze after so many bytes?", zh: "连接是否在收到一定字节后卡死？")
        }
        ExperimentFacts::WebSocket(_) => {
            say!(en: "May a connection become a WebSocket?", zh: "连接能升级为 WebSocket 吗？")
        }
    }
}

/// The answer.
#[must_use]
pub fn answer(facts: &ExperimentFacts) -> Sentence {
    match facts {
        ExperimentFacts::ServerName(facts) => {
            if !facts.fresh.is_empty() {
                let (before, target, after) = (
                    facts.fresh.iter().filter(|fresh| fresh.before.outcome.passed()).count(),
                    facts.fresh.iter().filter(|fresh| fresh.target.outcome.passed()).count(),
                    facts.fresh.iter().filter(|fresh| fresh.after.outcome.passed()).count(),
                );
                return say!(
                    en: "of {all} fresh addresses, answered: neutral name {before}, this name {target}, neutral again {after}",
                    zh: "{all} 个未用过的地址中有应答的：中性域名 {before}，该域名 {target}，再次用中性域名 {after}",
                    all = facts.fresh.len(),
                );
            }
            let here = pair(&facts.target, &facts.neutral);
            let there = pair(&facts.elsewhere, &facts.neutral_elsewhere);
            if facts.elsewhere.is_empty() {
                say!(
                    en: "answered (this name / neutral): {here}", zh: "有应答（该域名 / 中性域名）：{here}",
                )
            } else {
                say!(
                    en: "answered (this name / neutral): {here}; at an unrelated address: {there}",
                    zh: "有应答（该域名 / 中性域名）：{here}；在无关地址上：{there}",
                )
            }
        }
        ExperimentFacts::HelloSize(facts) if facts.proxy.is_some() => say!(
            en: "answered through the proxy: large ClientHello {large}, small {small}",
            zh: "经代理有应答：大 ClientHello {large}，小 ClientHello {small}",
            large = rate(&facts.large), small = rate(&facts.small),
        ),
        ExperimentFacts::HelloSize(facts) => say!(
            en: "answered: large ClientHello {large}, small {small}, large in segments of {segment} bytes {segmented}",
            zh: "有应答：大 ClientHello {large}，小 ClientHello {small}，大的拆成 {segment} 字节报文段 {segmented}",
            large = rate(&facts.large), small = rate(&facts.small), segment = facts.segment_bytes,
            segmented = rate(&facts.large_in_small_segments),
        ),
        ExperimentFacts::ControlHosts(facts) => {
            let connected = facts.hosts.iter().filter(|host| host.connected).count();
            let names: Vec<String> = facts.hosts.iter().map(|host| host.address.to_string()).collect();
            say!(
                en: "{connected} of {all} connected ({names})", zh: "{all} 个中有 {connected} 个连上（{names}）",
                all = facts.hosts.len(), names = names.join(", "),
            )
        }
        ExperimentFacts::Proxy(facts) => ways(&facts.ways),
        ExperimentFacts::Loss(facts) => say!(
            en: "{hit} of {tried} connections lost a packet, {failed} failed",
            zh: "{tried} 次连接中 {hit} 次丢包，{failed} 次失败",
            hit = facts.hit, tried = facts.tried, failed = facts.failed,
        ),
        ExperimentFacts::HelloHop(facts) => {
            hop(facts).unwrap_or_else(|| say!(en: "that could not be found out", zh: "无法确定"))
        }
        ExperimentFacts::Refusal(facts) => refusal(facts),
        ExperimentFacts::Presence(facts) => presence(facts),
        ExperimentFacts::Certificate(_)
        | ExperimentFacts::Portal(_)
        | ExperimentFacts::Scheme(_)
        | ExperimentFacts::BaseUrl(_)
        | ExperimentFacts::Headers(_)
        | ExperimentFacts::Outage(_) => server::answer(facts).unwrap_or_default(),
        ExperimentFacts::Resolver(facts) => match &facts.non_resolver {
            Some(query) if reading::is_answered(query) => say!(
                en: "yes: {address}, where no resolver is, answered", zh: "是：{address} 上没有 DNS 服务器，却有应答",
                address = query.address.ip(),
            ),
            _ => {
                say!(en: "no: a query to where no resolver is stays unanswered", zh: "否：发往非 DNS 地址的查询没有应答")
            }
        },
        ExperimentFacts::Residual(facts) => residual(facts),
        ExperimentFacts::Pace(facts) => settings::pace(facts),
        ExperimentFacts::Endpoints(facts) => settings::endpoints(facts),
        ExperimentFacts::OtherSettings(facts) => settings::others(facts),
        ExperimentFacts::HttpVersion(facts) => protocol::http_versions(facts),
        ExperimentFacts::Quic(facts) => protocol::quic(facts),
        ExperimentFacts::WebSocket(facts) => protocol::web_socket(facts),
        ExperimentFacts::Stall(facts) => protocol::stall(facts),
        ExperimentFacts::Idle(facts) => idle::answer(facts),
    }
}

/// When a block ended, and whether it came back.
fn residual(facts: &ResidualFacts) -> Sentence {
    let Some(rest) = facts.rests.last() else { return say!(en: "there was no time to wait", zh: "没有时间等待") };
    let after = rest.after_ms;
    let (Some(target), Some(then)) = (&facts.target, &facts.after) else {
        return say!(en: "it still lasts after {after}", zh: "{after} 之后仍未结束");
    };
    let back = !target.outcome.passed() && !then.outcome.passed();
    if back {
        say!(en: "it had ended after {after}, and came back with the name", zh: "{after} 之后结束，并随该域名再次出现")
    } else {
        say!(en: "it had ended after {after}, and did not come back", zh: "{after} 之后结束，没有再次出现")
    }
}

/// The hop that cuts a name, with its address and what is behind it, where that is known.
pub(crate) fn hop(facts: &HelloHopFacts) -> Option<Sentence> {
    let ttl = facts.hop?;
    Some(match (facts.router, facts.distance) {
        (Some(router), Some(all)) => {
            say!(en: "hop {ttl} ({router}) of {all}", zh: "第 {ttl} 跳（{router}，全程 {all} 跳）")
        }
        (Some(router), None) => say!(en: "hop {ttl} ({router})", zh: "第 {ttl} 跳（{router}）"),
        (None, Some(all)) => say!(en: "hop {ttl} of {all}", zh: "第 {ttl} 跳（全程 {all} 跳）"),
        (None, None) => say!(en: "hop {ttl}", zh: "第 {ttl} 跳"),
    })
}

/// What silent machines answer.
fn presence(facts: &PresenceFacts) -> Sentence {
    let told: Vec<Sentence> = facts
        .machines
        .iter()
        .map(|machine| {
            let address = machine.address.ip();
            match (&machine.answered, machine.after_ms) {
                (Some(what), Some(after)) => {
                    say!(en: "{address} answers {what} after {after}", zh: "{address} 对 {what} 有应答，用时 {after}")
                }
                _ => say!(en: "{address} answers nothing else either", zh: "{address} 对其他探测也没有应答"),
            }
        })
        .collect();
    let join = |words: Vec<&str>, between: &str| words.join(between);
    Sentence {
        en: join(told.iter().map(|one| one.en.as_str()).collect(), "; "),
        zh: join(told.iter().map(|one| one.zh.as_str()).collect(), "；"),
    }
}

/// Where a refusal comes from.
fn refusal(facts: &RefusalFacts) -> Sentence {
    let Some(ttl) = facts.refused_at else {
        return say!(en: "no refusal came", zh: "没有收到拒绝");
    };
    let router = facts.beside.iter().find(|hop| hop.ttl == ttl).and_then(expires);
    match router {
        Some(router) => say!(
            en: "it comes from hop {ttl} at most, where {router} is still on the way",
            zh: "拒绝最远来自第 {ttl} 跳，而那里的 {router} 还只是途中的路由器",
        ),
        None => say!(en: "it comes from hop {ttl}", zh: "拒绝来自第 {ttl} 跳"),
    }
}

/// The router at which packets end that may go no farther.
pub(crate) fn expires(hop: &Hop) -> Option<IpAddr> {
    hop.answers.iter().find(|answer| answer.said == HopSaid::TimeExceeded).map(|answer| answer.address)
}

/// Every way and how often it led to an answer.
fn ways(ways: &[Way]) -> Sentence {
    let told: Vec<Sentence> = ways.iter().map(way).collect();
    let join = |words: Vec<&str>, between: &str| words.join(between);
    Sentence {
        en: join(told.iter().map(|one| one.en.as_str()).collect(), "; "),
        zh: join(told.iter().map(|one| one.zh.as_str()).collect(), "；"),
    }
}

fn way(way: &Way) -> Sentence {
    let asked = &way.asked_for;
    let rate = format!("{}/{}", way.arrivals(), way.tries.len());
    match &way.proxy {
        Some(proxy) => say!(en: "{asked} through {proxy} {rate}", zh: "经 {proxy} 到 {asked} {rate}"),
        None => say!(en: "{asked} directly {rate}", zh: "直连 {asked} {rate}"),
    }
}

fn rate(trials: &[Trial]) -> String {
    format!("{}/{}", trials.iter().filter(|trial| trial.outcome.passed()).count(), trials.len())
}

fn pair(target: &[Trial], neutral: &[Trial]) -> String {
    format!("{}, {}", rate(target), rate(neutral))
}
