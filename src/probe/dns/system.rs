//! The operating system's own resolver function. It can block for as long as it likes, so it gets a thread that
//! nobody waits for at the end.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::evidence::dns::{StubConfig, SystemLookup};
use crate::evidence::{Ms, text};

use super::files;

/// Asks `getaddrinfo`, for `limit` at the most. Without an answer by then the duration is `None`.
pub(super) async fn lookup(host: &str, limit: Duration) -> SystemLookup {
    let started = Instant::now();
    let (sender, receiver) = oneshot::channel();
    let name = host.to_owned();
    let spawned = thread::Builder::new().name("getaddrinfo".to_owned()).spawn(move || {
        let found = (name.as_str(), 443).to_socket_addrs().map(|all| all.map(|one| one.ip()).collect::<Vec<_>>());
        // Nobody listens any more when it took too long.
        let _ = sender.send((found, started.elapsed()));
    });
    if let Err(error) = spawned {
        return SystemLookup { error: Some(text::line(&error.to_string(), 200)), ..SystemLookup::default() };
    }
    match timeout(limit, receiver).await {
        Ok(Ok((found, took))) => {
            let (addresses, error) = match found {
                Ok(addresses) => (unique(&addresses), None),
                Err(error) => (vec![], Some(text::line(&error.to_string(), 200))),
            };
            SystemLookup { addresses, error, duration_ms: Some(Ms::from(took)) }
        }
        Ok(Err(_)) | Err(_) => SystemLookup::default(),
    }
}

fn unique(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let mut kept: Vec<IpAddr> = Vec::new();
    for address in addresses.iter().take(256) {
        if !kept.contains(address) {
            kept.push(*address);
        }
    }
    kept
}

/// The nameservers of a system without `resolv.conf`.
pub(super) fn nameservers() -> StubConfig {
    let mut config = StubConfig { origin: "system".to_owned(), ..files::defaults() };
    match hickory_resolver::system_conf::read_system_conf() {
        Ok((found, _)) => {
            config.nameservers = found.name_servers().iter().map(|server| SocketAddr::new(server.ip, 53)).collect();
            config.search =
                found.search().iter().map(|name| name.to_ascii().trim_end_matches('.').to_owned()).collect();
        }
        Err(_) => config.defect = Some("unreadable".to_owned()),
    }
    config
}
