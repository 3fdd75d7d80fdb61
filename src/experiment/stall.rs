//! Does the connection freeze after so many bytes? Small requests, one after the other on one connection, until much more
//! has come than a filter lets pass; the same in small segments; and one small answer alone.

use std::time::{Duration, Instant};

use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use crate::evidence::protocol::{StallFacts, StallTrial};
use crate::evidence::stream::StreamEnd;
use crate::evidence::{Evidence, FailureKind};
use crate::probe::Run;
use crate::probe::http::authorize;
use crate::probe::tls::Trust;
use crate::probe::way;

use super::{REPETITIONS, join_all};

/// Silence of this length in the middle of an answer: several retransmissions fit in.
const SILENCE: Duration = Duration::from_secs(3);
/// Filters that freeze connections do so well before.
const ENOUGH: u64 = 96 * 1024;
const MOST_REQUESTS: usize = 80;
/// What passes wherever anything does.
const SMALL_SEGMENT: u32 = 536;

/// Whether something fell silent after it had begun, or stayed silent on a connection that had worked: the handshake may
/// have fitted into packets that the answer does not.
pub(super) fn applies(evidence: &Evidence) -> bool {
    // No packet is too large for the way to this machine itself.
    let distant = evidence.tcp.facts.chosen.is_none_or(|address| !address.is_loopback());
    let silent = evidence.http.kind() == Some(FailureKind::Timeout) && (distant || evidence.answer_began());
    silent || evidence.stream.facts.ended == StreamEnd::Stalled
}

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> StallFacts {
    let direct = run.settings.route.proxy.is_none();
    let small = join_all((0..REPETITIONS).map(|_| attempt(run, trust, evidence, None, true)));
    let usual = join_all((0..REPETITIONS).map(|_| attempt(run, trust, evidence, None, false)));
    let segmented = if direct { REPETITIONS } else { 0 };
    let segmented = join_all((0..segmented).map(|_| attempt(run, trust, evidence, Some(SMALL_SEGMENT), false)));
    let (small, usual, in_small_segments) = tokio::join!(small, usual, segmented);
    StallFacts { small, usual, in_small_segments }
}

async fn attempt(run: &Run, trust: &Trust, evidence: &Evidence, segment: Option<u32>, small: bool) -> StallTrial {
    let mut trial = StallTrial::default();
    let way = match way::open_tuned(run, trust, evidence, &["http/1.1"], segment).await {
        Ok(way) => way,
        Err(failure) => {
            trial.failure = Some(failure);
            return trial;
        }
    };
    let started = Instant::now();
    let path = if small { "models/openai-doctor-asks-for-none" } else { "models" };
    let Some(request) = request(run, path, way.key_allowed.is_ok()) else { return trial };
    let Ok((mut sender, connection)) = http1::handshake(TokioIo::new(way.ready.stream)).await else { return trial };
    let connection = tokio::spawn(connection);
    let most = if small { 1 } else { MOST_REQUESTS };
    while trial.answers < most && trial.body_bytes < ENOUGH {
        let deadline = tokio::time::Instant::from_std(run.step(SILENCE));
        let response = match tokio::time::timeout_at(deadline, sender.send_request(request.clone())).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => break,
            Err(_) => {
                trial.stalled = true;
                break;
            }
        };
        let mut body = response.into_body();
        let outcome = loop {
            let deadline = tokio::time::Instant::from_std(run.step(SILENCE));
            match tokio::time::timeout_at(deadline, body.frame()).await {
                Ok(Some(Ok(frame))) => {
                    trial.body_bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                    trial.last_byte_ms = Some(started.elapsed().into());
                }
                Ok(Some(Err(_))) => break Some(false),
                Ok(None) => break None,
                Err(_) => break Some(true),
            }
            if trial.body_bytes >= ENOUGH {
                break None;
            }
        };
        if let Some(stalled) = outcome {
            trial.stalled = stalled;
            break;
        }
        trial.answers += 1;
        trial.last_byte_ms = Some(started.elapsed().into());
        if sender.ready().await.is_err() {
            break;
        }
    }
    trial.received = way.handle.as_ref().and_then(|handle| handle.tcp_info()?.bytes_received);
    connection.abort();
    trial
}

fn request(run: &Run, path: &str, with_key: bool) -> Option<Request<Empty<Bytes>>> {
    let url = run.settings.request_url(path)?;
    let mut request = Request::builder().uri(&url[url::Position::BeforePath..url::Position::AfterQuery]);
    let headers = request.headers_mut()?;
    headers
        .insert(header::HOST, HeaderValue::from_str(&url[url::Position::BeforeHost..url::Position::AfterPort]).ok()?);
    headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("openai-doctor/", env!("CARGO_PKG_VERSION"))));
    if with_key {
        authorize(run, headers);
    }
    request.body(Empty::new()).ok()
}
