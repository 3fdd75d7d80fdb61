//! What a port speaks when it does not speak what the scheme says: each other protocol is tried once.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant as TokioInstant, timeout_at};

use crate::config::Proxy;
use crate::evidence::proxy::{SpeechTrial, Spoken};
use crate::evidence::{Failure, Operation, ProxyFacts};
use crate::probe::Run;
use crate::probe::tls::spoken;

use super::{Destination, expected, host_port, reconnect};

const TRIAL_LIMIT: Duration = Duration::from_millis(1_500);

/// The start of a TLS 1.2 record with a handshake that no server can accept: a TLS port answers it with an alert,
/// any other port with something else.
const HELLO: &[u8] = &[0x16, 0x03, 0x01, 0x00, 0x04, 0x01, 0x00, 0x00, 0x00];

/// Tries the protocols that the proxy's scheme does not name and notes which of them the port answers.
pub(super) async fn find_out(run: &Run, proxy: &Proxy, destination: &Destination, facts: &mut ProxyFacts) {
    let others: Vec<Spoken> =
        [Spoken::Http, Spoken::Socks5, Spoken::Tls].into_iter().filter(|one| *one != expected(proxy.kind)).collect();
    let seen: &ProxyFacts = facts;
    let mut trials = Vec::new();
    // One after the other would cost seconds on a silent port.
    let (first, second) = tokio::join!(
        attempt(run, proxy, destination, seen, others[0]),
        attempt(run, proxy, destination, seen, others[1])
    );
    trials.extend([first, second]);
    if let Some(found) = trials.iter().find(|trial| trial.answered) {
        facts.speaks = Some(found.tried);
    }
    facts.trials = trials;
}

async fn attempt(
    run: &Run,
    proxy: &Proxy,
    destination: &Destination,
    facts: &ProxyFacts,
    tried: Spoken,
) -> SpeechTrial {
    let greeting = match tried {
        Spoken::Socks5 => vec![5, 1, 0],
        Spoken::Tls => HELLO.to_vec(),
        _ => {
            let at = host_port(&destination.host, destination.port);
            format!("CONNECT {at} HTTP/1.1\r\nHost: {at}\r\n\r\n").into_bytes()
        }
    };
    let deadline = TokioInstant::from_std(run.step(TRIAL_LIMIT));
    let mut head = [0u8; 64];
    let outcome = timeout_at(deadline, async {
        let mut stream = reconnect(run, proxy, facts, TRIAL_LIMIT).await?.stream;
        stream.write_all(&greeting).await.ok()?;
        let count = stream.read(&mut head).await.ok()?;
        Some(count)
    })
    .await;
    let (answered, failure) = match outcome {
        Ok(Some(count)) if count > 0 => (spoken(&head[..count]) == tried, None),
        Ok(_) => (false, None),
        Err(_) => (false, Some(Failure::timeout(Operation::Proxy, TRIAL_LIMIT.into()))),
    };
    SpeechTrial { tried, answered, failure }
}
