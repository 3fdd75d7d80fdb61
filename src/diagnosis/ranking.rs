//! Which of a name's addresses is the fastest that may be used, and what speaks against pinning it. A pure function of
//! what was measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::candidate::{Candidate, Candidates};
use crate::evidence::dns::AddressClass;
use crate::evidence::{FailureKind, Ms};
use crate::lang::Sentence;
use crate::say;

/// A gain below this share of the time in use is noise.
const NOTEWORTHY_GAIN: f64 = 0.1;

/// Why an address is not in the ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rejection {
    /// Injected answers are known to point there.
    Forged,
    /// A local proxy made it up.
    FakeIp,
    /// No server can have it.
    NoServer,
    /// No connection to it was opened.
    NoConnection,
    /// The connection opened, the handshake never ended well.
    NoHandshake,
    /// Its certificate is not valid for the name.
    Certificate,
    /// At least half of the attempts failed.
    Unreliable,
    /// The run ended before it was measured.
    NotMeasured,
}

/// An address and its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked<'a> {
    /// The address and what was measured.
    pub candidate: &'a Candidate,
    /// Its place, from 1, or why it has none.
    pub place: Result<usize, Rejection>,
}

/// Something to know before an address is pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caution {
    /// A short stable name.
    pub code: &'static str,
    /// The sentence.
    pub text: Sentence,
}

/// The addresses in order, the rejected ones last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking<'a> {
    /// The addresses.
    pub ranked: Vec<Ranked<'a>>,
    /// What speaks against pinning the first.
    pub cautions: Vec<Caution>,
}

impl<'a> Ranking<'a> {
    /// The fastest address that may be used.
    #[must_use]
    pub fn winner(&self) -> Option<&'a Candidate> {
        self.ranked.iter().find(|ranked| ranked.place == Ok(1)).map(|ranked| ranked.candidate)
    }
}

/// Ranks the addresses.
#[must_use]
pub fn rank(measured: &Candidates) -> Ranking<'_> {
    let tls = measured.tls;
    let time = |candidate: &Candidate| candidate.median(|one| one.total(tls)).map_or(f64::INFINITY, |time| time.0);
    let (mut fit, unfit): (Vec<_>, Vec<_>) = measured
        .addresses
        .iter()
        .map(|candidate| (candidate, rejection(candidate, tls)))
        .partition(|(_, rejection)| rejection.is_none());
    // An address that failed once may fail again: reliability comes before speed.
    fit.sort_by(|(one, _), (other, _)| {
        one.failed(tls).cmp(&other.failed(tls)).then_with(|| time(one).total_cmp(&time(other)))
    });
    let placed = fit.into_iter().enumerate().map(|(index, (candidate, _))| Ranked { candidate, place: Ok(index + 1) });
    let rejected = unfit
        .into_iter()
        .filter_map(|(candidate, rejection)| rejection.map(|rejection| Ranked { candidate, place: Err(rejection) }));
    let mut ranking = Ranking { ranked: placed.chain(rejected).collect(), cautions: vec![] };
    if let Some(winner) = ranking.winner() {
        ranking.cautions = cautions(measured, winner);
    }
    ranking
}

/// How much faster the winner is than what programs on this machine use now; `None` when that does not work.
#[must_use]
pub fn gain(measured: &Candidates, winner: &Candidate) -> Option<Ms> {
    let now = in_use(measured)?.median(|one| one.total(measured.tls))?;
    let then = winner.median(|one| one.total(measured.tls))?;
    Some(now - then)
}

fn in_use(measured: &Candidates) -> Option<&Candidate> {
    measured.addresses.iter().find(|candidate| candidate.in_use)
}

fn rejection(candidate: &Candidate, tls: bool) -> Option<Rejection> {
    match candidate.class {
        AddressClass::KnownForged => return Some(Rejection::Forged),
        AddressClass::FakeIp => return Some(Rejection::FakeIp),
        AddressClass::Bogon | AddressClass::Unspecified => return Some(Rejection::NoServer),
        AddressClass::Public | AddressClass::Private | AddressClass::Loopback => {}
    }
    let all = candidate.measurements.len();
    let failed = candidate.failed(tls);
    if all == 0 {
        return Some(Rejection::NotMeasured);
    }
    if candidate.certificate.as_ref().is_some_and(|verdict| !verdict.valid) {
        return Some(Rejection::Certificate);
    }
    if failed == all {
        let connected = candidate.measurements.iter().any(|one| one.connect_ms.is_some());
        return Some(if connected { Rejection::NoHandshake } else { Rejection::NoConnection });
    }
    if tls && candidate.certificate.is_none() {
        return Some(Rejection::Certificate);
    }
    (failed * 2 >= all && failed > 0).then_some(Rejection::Unreliable)
}

fn cautions(measured: &Candidates, winner: &Candidate) -> Vec<Caution> {
    let mut cautions = Vec::new();
    let mut caution = |code, text| cautions.push(Caution { code, text });
    let any = |class| measured.addresses.iter().any(|candidate| candidate.class == class);
    if let Some(proxy) = &measured.proxy {
        caution(
            "proxy",
            say!(
                en: "requests go through the proxy {proxy}, which resolves the name itself: a line in the hosts file changes nothing for them",
                zh: "请求会经过代理 {proxy}，由代理自行解析域名：改 hosts 文件对它们没有作用",
            ),
        );
    }
    if any(AddressClass::FakeIp) {
        caution(
            "fake-ip",
            say!(
                en: "a local proxy in TUN mode takes the connections (its fake-IP is in the list): what was measured is the way through it, and its rules by name no longer apply to a pinned address",
                zh: "本地代理以 TUN 模式接管了连接（列表里有它的 fake-ip）：测到的是经过代理的耗时，而且固定地址之后代理按域名分流的规则不再生效",
            ),
        );
    }
    if any(AddressClass::KnownForged) {
        caution(
            "forged",
            say!(
                en: "answers for this name are forged here: pinning gets around that, but whoever forges them often filters connections too, and the next true address will not be found",
                zh: "这里的 DNS 应答被伪造过：固定地址能绕开这一点，但这样的网络往往也会拦截连接，而且以后地址变更时也无从得知",
            ),
        );
    }
    match in_use(measured) {
        Some(current) if current.address == winner.address => caution(
            "in-use",
            say!(
                en: "programs on this machine get this address already: pinning gains nothing",
                zh: "本机程序得到的已经是这个地址：固定它没有任何好处",
            ),
        ),
        Some(current) => {
            let now = current.median(|one| one.total(measured.tls));
            if let (Some(gain), Some(now)) = (gain(measured, winner), now)
                && gain.0 < now.0 * NOTEWORTHY_GAIN
            {
                caution(
                    "small-gain",
                    say!(
                        en: "it is hardly faster than the address in use ({now}), and that once a connection: pinning is not worth it",
                        zh: "与正在使用的地址（{now}）相比几乎没有变快，而且每个连接只省一次：不值得固定",
                    ),
                );
            }
        }
        None => {}
    }
    if winner.class == AddressClass::Public {
        let ttl = measured.ttl_s.map_or_else(|| "?".to_owned(), |ttl| ttl.to_string());
        caution(
            "addresses-change",
            say!(
                en: "the owner of the name may move it at any time (DNS says to ask again after {ttl} s): a pinned address then fails until the line is removed; prefer --resolve for a try",
                zh: "域名所有者随时可能更换地址（DNS 要求 {ttl} 秒后重新查询）：到那时固定的地址会失效，直到删掉这一行；建议先用 --resolve 试用",
            ),
        );
    }
    cautions
}

/// The failure that kept every address out of the ranking, for the exit code: the first of an address in use.
#[must_use]
pub fn obstacle(measured: &Candidates) -> Option<FailureKind> {
    let failure = |candidate: &Candidate| {
        let certificate = candidate.certificate.as_ref().and_then(|verdict| verdict.kind);
        certificate.or(candidate.failure.as_ref().map(|failure| failure.kind))
    };
    let first = measured.failure.as_ref().map(|failure| failure.kind);
    first.or_else(|| measured.addresses.iter().find_map(failure))
}

#[cfg(test)]
mod tests {
    use super::{Rejection, gain, rank};
    use crate::evidence::candidate::{Candidate, Candidates, Measurement};
    use crate::evidence::dns::AddressClass;
    use crate::evidence::tls::Verdict;
    use crate::evidence::{FailureKind, Ms};

    /// An address with handshakes that took so long; `None` is a failed one.
    fn candidate(last: u8, class: AddressClass, times: &[Option<f64>]) -> Candidate {
        let measurement = |time: &Option<f64>| Measurement {
            connect_ms: time.map(|time| Ms(time / 2.0)),
            tls_ms: time.map(|time| Ms(time / 2.0)),
        };
        Candidate {
            address: [192, 0, 2, last].into(),
            class,
            in_use: false,
            sources: vec![],
            measurements: times.iter().map(measurement).collect(),
            certificate: times.iter().flatten().next().map(|_| Verdict {
                valid: true,
                kind: None,
                detail: None,
                roots: None,
            }),
            failure: None,
        }
    }

    fn measured(addresses: Vec<Candidate>) -> Candidates {
        Candidates { host: "h".to_owned(), port: 443, tls: true, rounds: 2, addresses, ..Candidates::default() }
    }

    fn places(measured: &Candidates) -> Vec<(u8, Result<usize, Rejection>)> {
        let last = |address: std::net::IpAddr| match address {
            std::net::IpAddr::V4(v4) => v4.octets()[3],
            std::net::IpAddr::V6(_) => 0,
        };
        rank(measured).ranked.iter().map(|one| (last(one.candidate.address), one.place)).collect()
    }

    #[test]
    fn a_bad_address_never_wins_however_fast() {
        use AddressClass as C;
        let fast = [Some(1.0), Some(1.0)];
        let mut wrong = candidate(1, C::Public, &fast);
        wrong.certificate =
            Some(Verdict { valid: false, kind: Some(FailureKind::TlsWrongName), detail: None, roots: None });
        let mut unverified = candidate(2, C::Public, &fast);
        unverified.certificate = None;
        let mut connects = candidate(8, C::Public, &[None, None]);
        connects.measurements[0].connect_ms = Some(Ms(1.0));
        let all = measured(vec![
            wrong,
            unverified,
            candidate(3, C::KnownForged, &fast),
            candidate(4, C::FakeIp, &fast),
            candidate(5, C::Unspecified, &fast),
            candidate(6, C::Public, &[None, None]),
            candidate(7, C::Public, &[Some(1.0), None]),
            connects,
            candidate(9, C::Public, &[Some(90.0), Some(95.0)]),
            candidate(10, C::Public, &[]),
        ]);
        assert_eq!(
            places(&all),
            [
                (9, Ok(1)),
                (1, Err(Rejection::Certificate)),
                (2, Err(Rejection::Certificate)),
                (3, Err(Rejection::Forged)),
                (4, Err(Rejection::FakeIp)),
                (5, Err(Rejection::NoServer)),
                (6, Err(Rejection::NoConnection)),
                (7, Err(Rejection::Unreliable)),
                (8, Err(Rejection::NoHandshake)),
                (10, Err(Rejection::NotMeasured)),
            ]
        );
    }

    #[test]
    fn reliability_comes_before_speed() {
        let slow = candidate(1, AddressClass::Public, &[Some(50.0), Some(50.0), Some(52.0)]);
        let lossy = candidate(2, AddressClass::Public, &[Some(10.0), None, Some(10.0)]);
        let middling = candidate(3, AddressClass::Public, &[Some(40.0), Some(400.0), Some(41.0)]);
        assert_eq!(places(&measured(vec![lossy, slow, middling])), [(3, Ok(1)), (1, Ok(2)), (2, Ok(3))]);
    }

    #[test]
    fn what_speaks_against_pinning_is_said() {
        let codes = |all: &Candidates| rank(all).cautions.iter().map(|caution| caution.code).collect::<Vec<_>>();
        let fast = candidate(1, AddressClass::Public, &[Some(10.0)]);
        let mut current = candidate(2, AddressClass::Public, &[Some(40.0)]);
        current.in_use = true;
        let all = measured(vec![current.clone(), fast.clone()]);
        assert_eq!(gain(&all, &fast), Some(Ms(30.0)));
        assert_eq!(codes(&all), ["addresses-change"]);
        let mut nearly = all.clone();
        nearly.addresses[0] = Candidate { in_use: true, ..candidate(2, AddressClass::Public, &[Some(10.5)]) };
        assert_eq!(codes(&nearly), ["small-gain", "addresses-change"]);
        let mut same = all.clone();
        same.addresses[1].in_use = true;
        same.addresses[0].in_use = false;
        assert_eq!(codes(&same), ["in-use", "addresses-change"]);
        let mut busy = all;
        busy.proxy = Some("http://127.0.0.1:7890".to_owned());
        busy.addresses.push(candidate(3, AddressClass::FakeIp, &[]));
        busy.addresses.push(candidate(4, AddressClass::KnownForged, &[]));
        assert_eq!(codes(&busy), ["proxy", "fake-ip", "forged", "addresses-change"]);
        assert!(rank(&measured(vec![])).winner().is_none());
    }
}
