//! Are packets lost at random? Dozens of short connections to the same address, each a chance for a SYN or its answer to be
//! lost, with handshakes of both sizes and of two names, since what follows size or name is no chance; and unrelated hosts
//! beside them.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::sleep;

use crate::evidence::experiment::{LossFacts, LossGroup, TrialOutcome};
use crate::evidence::tcp::TcpInfo;
use crate::evidence::{Evidence, FailureKind, Ms};
use crate::probe::tls::Trust;
use crate::probe::{Run, tcp};

use super::handshake::{Variation, greet};
use super::{control_hosts, join_all, server_name};

const CONNECTIONS: usize = 32;
const CONTROLS: usize = 16;
/// Rounds that they are spread over where requests work: there the first settles it as a rule.
const ROUNDS: usize = 2;
/// One packet lost is what happens on any link.
const CHANCE: usize = 1;
/// Spread out, so that one burst of other traffic does not hit them all, and nobody takes them for a flood.
const SPACING: Duration = Duration::from_millis(25);
/// One retransmission (after 1 s) fits in; what needs a second one was lost twice, which is enough to know.
const LIMIT: Duration = Duration::from_millis(2_400);
/// The same for a handshake beyond some round trips, whose segments are sent again after 200 ms.
const SILENCE: Duration = Duration::from_millis(900);
/// A lost SYN is sent again after one second (RFC 6298); a connection that took this much longer than the quickest
/// needed it.
const RETRANSMISSION: f64 = 900.0;

/// The address to ask: the one that the chain connected to, or tried first.
pub(super) fn address(evidence: &Evidence) -> Option<SocketAddr> {
    let tcp = &evidence.tcp.facts;
    let tried = || tcp.attempts.first().map(|attempt| attempt.address);
    tcp.chosen.or_else(tried).map(|address| SocketAddr::new(address, tcp.port))
}

/// One connection.
struct Sample {
    address: SocketAddr,
    connect: Option<Ms>,
    /// No answer came to the connection attempt.
    silent: bool,
    /// When it was open, and when it ended.
    info: [Option<TcpInfo>; 2],
    /// What came of the handshake, where there was one.
    handshake: Option<(usize, TrialOutcome)>,
}

impl Sample {
    /// Whether a SYN or its answer was lost, `best` being the quickest connection to the same address.
    fn lost_at_first(&self, best: Option<Ms>) -> bool {
        let again = self.info[0].and_then(|info| info.retransmits).is_some_and(|again| again > 0);
        let late = self.connect.zip(best).is_some_and(|(took, best)| took.0 - best.0 > RETRANSMISSION);
        self.silent || again || late
    }

    fn lost_later(&self) -> bool {
        let again = |info: Option<TcpInfo>| info.and_then(|info| info.retransmits).unwrap_or(0);
        let mute = matches!(self.handshake, Some((_, TrialOutcome::Silent)));
        mute || again(self.info[1]) > again(self.info[0])
    }
}

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> LossFacts {
    let Some(peer) = address(evidence) else { return LossFacts::default() };
    let mut groups = groups(evidence);
    let hosts = control_hosts::addresses(run, evidence);
    let (mut samples, mut controls) = (Vec::new(), Vec::new());
    let rounds = if evidence.http.passed() { ROUNDS } else { 1 };
    for _ in 0..rounds {
        let (more, beside) = round(run, trust, peer, &groups, &hosts, rounds).await;
        samples.extend(more);
        controls.extend(beside);
        if samples.iter().filter(|one| one.lost_at_first(best(&samples, peer)) || one.lost_later()).count() <= CHANCE {
            break;
        }
    }
    let best = best(&samples, peer);
    for sample in &samples {
        let Some((group, _)) = sample.handshake else { continue };
        groups[group].tried += 1;
        groups[group].hit += usize::from(sample.lost_at_first(best) || sample.lost_later());
    }
    let times = || samples.iter().filter_map(|sample| sample.connect);
    let count = |of: fn(&TcpInfo) -> Option<u32>| {
        let last = samples.iter().filter_map(|sample| sample.info[1].or(sample.info[0]));
        last.filter_map(|info| of(&info)).map(u64::from).sum()
    };
    LossFacts {
        address: Some(peer),
        tried: samples.len(),
        hit: samples.iter().filter(|sample| sample.lost_at_first(best)).count(),
        failed: samples.iter().filter(|sample| sample.connect.is_none()).count(),
        best_ms: best,
        worst_ms: times().max_by(|a, b| a.0.total_cmp(&b.0)),
        segments_sent: count(|info| info.segments_sent),
        segments_resent: count(|info| info.retransmits),
        groups,
        control_tried: controls.len(),
        control_hit: controls.iter().filter(|one| one.lost_at_first(self::best(&controls, one.address))).count(),
    }
}

/// One round of so many of connections to the address, and of others beside it.
async fn round(
    run: &Run,
    trust: &Trust,
    peer: SocketAddr,
    kinds: &[LossGroup],
    hosts: &[SocketAddr],
    of: usize,
) -> (Vec<Sample>, Vec<Sample>) {
    let samples = join_all((0..CONNECTIONS / of).map(|turn| async move {
        sleep(SPACING * u32::try_from(turn).unwrap_or(0)).await;
        let group = turn.checked_rem(kinds.len()).map(|group| (group, &kinds[group]));
        sample(run, trust, peer, group).await
    }));
    let turns = (0..CONTROLS / of).filter_map(|turn| Some((turn, *hosts.get(turn.checked_rem(hosts.len())?)?)));
    let controls = join_all(turns.map(|(turn, host)| async move {
        sleep(SPACING * 2 * u32::try_from(turn).unwrap_or(0)).await;
        sample(run, trust, host, None).await
    }));
    tokio::join!(samples, controls)
}

/// The quickest connection to an address.
fn best(samples: &[Sample], address: SocketAddr) -> Option<Ms> {
    let times = samples.iter().filter(|sample| sample.address == address).filter_map(|sample| sample.connect);
    times.min_by(|a, b| a.0.total_cmp(&b.0))
}

/// Two names in two sizes, where there is TLS.
fn groups(evidence: &Evidence) -> Vec<LossGroup> {
    let name = &evidence.tls.facts.server_name;
    if name.is_empty() {
        return Vec::new();
    }
    let names = [name.clone(), server_name::neutral(name.len())];
    let sizes = names.into_iter().flat_map(|name| [true, false].map(|large| (name.clone(), large)));
    sizes.map(|(server_name, large)| LossGroup { server_name, large, ..LossGroup::default() }).collect()
}

async fn sample(run: &Run, trust: &Trust, peer: SocketAddr, group: Option<(usize, &LossGroup)>) -> Sample {
    let (attempt, connected) = tcp::connect_one(run, peer, LIMIT).await;
    let kind = attempt.failure.as_ref().map(|failure| failure.kind);
    let mut sample = Sample {
        address: peer,
        connect: attempt.duration_ms.filter(|_| attempt.connected),
        silent: kind == Some(FailureKind::Timeout),
        info: [attempt.info, None],
        handshake: None,
    };
    let (Ok(connected), Some((number, group))) = (connected, group) else { return sample };
    let variation = Variation { classical: !group.large, ..Variation::new(peer, &group.server_name) };
    let trial = greet(run, trust, &variation, variation.unconnected(), connected, SILENCE).await;
    sample.handshake = Some((number, trial.outcome));
    sample.info[1] = trial.info;
    sample
}
