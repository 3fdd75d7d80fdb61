//! Who is slow: the time to the first byte against what the server says that it worked and what a round trip takes.

use crate::evidence::{Evidence, Ms};
use crate::lang::Sentence;
use crate::say;

/// A server that says so much of the wait was its own made the wait.
const OWN_SHARE: f64 = 0.8;
/// Nobody asks who made a shorter wait.
const NOTEWORTHY: Ms = Ms(1_000.0);

/// The server's own time, and the header that says so: the API's, or that of the proxy right before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Own {
    pub(super) time: Ms,
    pub(super) header: &'static str,
}

/// Which of the two headers counts, if both came: the API's own, which leaves out what its proxy waits for.
pub(super) fn own(api: Option<Ms>, proxy: Option<Ms>) -> Option<Own> {
    let api = api.map(|time| Own { time, header: "openai-processing-ms" });
    api.or_else(|| proxy.map(|time| Own { time, header: "x-envoy-upstream-service-time" }))
}

/// Whether it made the wait, so far as it is more than a round trip.
pub(super) fn is_servers(own: Own, waited: Ms, round_trip: Ms) -> bool {
    own.time.0 >= (waited.0 - round_trip.0) * OWN_SHARE
}

/// What the answer's own headers say of a wait for it.
pub(super) fn who_waited(evidence: &Evidence) -> Option<Sentence> {
    let api = &evidence.api.facts;
    let own = own(api.processing_ms, api.upstream_ms)?;
    let first = evidence.http.facts.first_byte_ms.filter(|first| first.0 >= NOTEWORTHY.0)?;
    let rtt = round_trip(evidence)?;
    let Own { time, header } = own;
    if is_servers(own, first, rtt) {
        return Some(say!(
            en: "of the {first} to the first byte the server worked {time} ({header}), and a round trip takes {rtt}: the server is slow, not the way to it",
            zh: "首字节用了 {first}，其中服务器自己处理了 {time}（{header}），往返时间 {rtt}：慢的是服务器，不是网络",
        ));
    }
    let rest = Ms((first.0 - time.0 - rtt.0).max(0.0));
    Some(say!(
        en: "of the {first} to the first byte the server worked {time} only ({header}), and a round trip takes {rtt}: {rest} were lost in between, in a gateway or a queue",
        zh: "首字节用了 {first}，其中服务器自己只处理了 {time}（{header}），往返时间 {rtt}：其余 {rest} 耗在中间的网关或排队上",
    ))
}

/// A round trip to the endpoint, or to it through the proxy.
fn round_trip(evidence: &Evidence) -> Option<Ms> {
    let connected = evidence.tcp.facts.attempts.iter().find(|attempt| attempt.connected);
    evidence.proxy.facts.tunnel_ms.or_else(|| connected.and_then(|attempt| attempt.duration_ms))
}

#[cfg(test)]
mod tests {
    use super::{own, who_waited};
    use crate::diagnosis::specimen::healthy;
    use crate::evidence::Ms;

    #[test]
    fn the_wait_is_shared_out() {
        let mut evidence = healthy();
        evidence.http.facts.first_byte_ms = Some(Ms(9_040.0));
        let said = |api: Option<f64>, proxy: Option<f64>| {
            let mut evidence = evidence.clone();
            (evidence.api.facts.processing_ms, evidence.api.facts.upstream_ms) = (api.map(Ms), proxy.map(Ms));
            who_waited(&evidence).map(|said| said.en)
        };
        let has =
            |said: Option<String>, part: &str| assert!(said.as_ref().is_some_and(|it| it.contains(part)), "{said:?}");
        has(said(Some(8_900.0), Some(12.0)), "worked 8.90 s (openai-processing-ms)");
        has(said(None, Some(8_900.0)), "(x-envoy-upstream-service-time)");
        has(said(None, Some(8_900.0)), "the server is slow, not the way to it");
        has(said(Some(40.0), None), "in a gateway or a queue");
        assert_eq!(said(None, None), None);
        evidence.http.facts.first_byte_ms = Some(Ms(300.0));
        assert_eq!(own(None, None), None);
        let mut quick = evidence.clone();
        quick.api.facts.processing_ms = Some(Ms(200.0));
        assert_eq!(who_waited(&quick), None, "nobody waited");
    }
}
