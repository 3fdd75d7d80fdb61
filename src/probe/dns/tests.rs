//! Lookups against nameservers in this process, on loopback.

mod world;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::{Duration, Instant};

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::rdata::{A, AAAA};
use hickory_resolver::proto::rr::{RData, Record};
use tokio::net::UdpSocket;

use crate::config::Family;
use crate::evidence::FailureKind;
use crate::evidence::dns::{AddressClass, DnsOutcome, DnsSource, DnsTransport, ResolverRole};

use world::{
    FORGED, HOST, REAL, Sent, World, addressed, asks_a, closed_port, coded, dual_server, file, now, reply_to,
    udp_queries, udp_server,
};

#[tokio::test]
async fn an_answer_is_passed_on_with_its_facts() {
    let server = dual_server(
        |query| {
            let mut reply = reply_to(query);
            let data = if asks_a(query) { RData::A(A(REAL)) } else { RData::AAAA(AAAA(Ipv6Addr::LOCALHOST)) };
            reply.add_answer(Record::from_rdata(query.queries[0].name.clone(), 77, data));
            vec![now(&reply)]
        },
        |query| addressed(query, REAL).to_vec().expect("encodes"),
    )
    .await;
    let (resolved, observation) = World::with(&[server]).resolve(HOST).await;
    let resolved = resolved.expect("resolves");
    assert_eq!(resolved.host, HOST);
    let mut addresses = resolved.addresses.clone();
    addresses.sort();
    assert_eq!(addresses, [IpAddr::V4(REAL), IpAddr::V6(Ipv6Addr::LOCALHOST)]);
    let facts = &observation.facts;
    assert_eq!(facts.source, DnsSource::ResolverFlag);
    assert_eq!(facts.stub.origin, "--resolver");
    assert!(!facts.compared);
    let seen: Vec<_> = facts.queries.iter().map(|query| (query.transport, query.outcome, query.ttl_s)).collect();
    assert_eq!(
        seen,
        [
            (DnsTransport::Udp, DnsOutcome::Answer, Some(77)),
            (DnsTransport::Udp, DnsOutcome::Answer, Some(77)),
            (DnsTransport::Tcp, DnsOutcome::Answer, Some(300)),
        ]
    );
    assert!(facts.queries.iter().all(|query| query.duration_ms.is_some() && query.late.is_empty()));
    assert!(observation.passed());
}

#[tokio::test]
async fn response_codes_become_failures_of_their_kind() {
    for (code, kind, outcome) in [
        (ResponseCode::NXDomain, FailureKind::DnsNxdomain, DnsOutcome::Nxdomain),
        (ResponseCode::ServFail, FailureKind::DnsServfail, DnsOutcome::Servfail),
        (ResponseCode::Refused, FailureKind::DnsRefused, DnsOutcome::Refused),
        (ResponseCode::NoError, FailureKind::DnsNoData, DnsOutcome::NoData),
        (ResponseCode::NotAuth, FailureKind::DnsMalformed, DnsOutcome::OtherRcode),
    ] {
        let server = udp_server(move |query| vec![now(&coded(query, code))]).await;
        let (resolved, observation) = World::with(&[server]).resolve(HOST).await;
        assert_eq!(resolved.expect_err("fails").kind, kind);
        assert_eq!(observation.kind(), Some(kind));
        assert!(udp_queries(&observation.facts).iter().all(|query| query.outcome == outcome), "{code}");
    }
}

#[tokio::test]
async fn silence_is_asked_again_and_again_and_then_given_up() {
    let server = udp_server(|_| vec![]).await;
    let (resolved, observation) = World::with(&[server]).resolve(HOST).await;
    assert_eq!(resolved.expect_err("fails").kind, FailureKind::DnsTimeout);
    let queries = udp_queries(&observation.facts);
    assert_eq!(queries.len(), 2);
    for query in queries {
        assert_eq!((query.outcome, query.duration_ms), (DnsOutcome::Silent, None));
        assert!((2..=4).contains(&query.sent), "{}", query.sent);
    }
}

#[tokio::test]
async fn a_closed_port_shows_at_once() {
    let (resolved, observation) = World::with(&[closed_port().await]).resolve(HOST).await;
    let failure = resolved.expect_err("fails");
    assert_eq!(failure.kind, FailureKind::DnsTimeout);
    assert!(failure.os_error.is_some(), "the errno tells it from silence: {failure:?}");
    assert!(observation.facts.queries.iter().all(|query| query.outcome == DnsOutcome::PortUnreachable));
}

#[tokio::test]
async fn a_dead_nameserver_hands_over_to_the_next() {
    let good = udp_server(|query| vec![now(&addressed(query, REAL))]).await;
    let silent = udp_server(|_| vec![]).await;
    for first in [closed_port().await, silent] {
        let (resolved, _) = World::with(&[first, good]).resolve(HOST).await;
        assert_eq!(resolved.expect("resolves").addresses, [IpAddr::V4(REAL)]);
    }
}

#[tokio::test]
async fn a_truncated_answer_is_fetched_over_tcp() {
    let server = dual_server(
        |query| {
            let mut reply = reply_to(query);
            reply.metadata.truncation = true;
            vec![now(&reply)]
        },
        |query| addressed(query, REAL).to_vec().expect("encodes"),
    )
    .await;
    let (resolved, observation) = World::with(&[server]).resolve(HOST).await;
    assert_eq!(resolved.expect("resolves").addresses, [IpAddr::V4(REAL)]);
    assert!(udp_queries(&observation.facts).iter().all(|query| query.truncated));
}

#[tokio::test]
async fn a_second_answer_that_differs_is_kept() {
    let server = udp_server(|query| {
        let true_one = addressed(query, REAL).to_vec().expect("encodes");
        vec![now(&addressed(query, FORGED)), Sent(Duration::from_millis(33), true_one)]
    })
    .await;
    let (resolved, observation) = World::with(&[server]).resolve(HOST).await;
    assert_eq!(resolved.expect("resolves").addresses, [IpAddr::V4(FORGED)], "programs take the first");
    let facts = &observation.facts;
    assert_eq!(facts.addresses[0].class, AddressClass::KnownForged);
    let query = udp_queries(facts)[0];
    assert_eq!(query.late.len(), 1);
    assert!(query.late[0].differs);
    assert_eq!(query.late[0].answers[0].address, IpAddr::V4(REAL));
}

#[tokio::test]
async fn a_second_answer_to_a_query_sent_twice_is_no_contradiction() {
    let server = udp_server(|query| {
        let delayed = addressed(query, REAL).to_vec().expect("encodes");
        vec![Sent(Duration::from_millis(60), delayed)]
    })
    .await;
    let (resolved, observation) = World::with(&[server]).resolve(HOST).await;
    assert_eq!(resolved.expect("resolves").addresses, [IpAddr::V4(REAL)]);
    let query = udp_queries(&observation.facts)[0];
    assert_eq!((query.sent, query.late.len()), (2, 1));
    assert!(!query.late[0].differs);
}

#[tokio::test]
async fn a_guessed_id_does_not_count() {
    let server = udp_server(|query| {
        let mut guessed = addressed(query, FORGED);
        guessed.metadata.id ^= 0x5555;
        let true_one = addressed(query, REAL).to_vec().expect("encodes");
        vec![now(&guessed), Sent(Duration::from_millis(10), true_one)]
    })
    .await;
    let (resolved, _) = World::with(&[server]).resolve(HOST).await;
    assert_eq!(resolved.expect("resolves").addresses, [IpAddr::V4(REAL)]);
}

#[tokio::test]
async fn an_answer_without_a_question_asked_is_malformed() {
    let server = udp_server(|query| vec![now(query)]).await;
    let (resolved, observation) = World::with(&[server]).resolve(HOST).await;
    assert_eq!(resolved.expect_err("fails").kind, FailureKind::DnsMalformed);
    assert!(udp_queries(&observation.facts).iter().all(|query| query.outcome == DnsOutcome::Malformed));
}

#[tokio::test]
async fn a_server_that_rejects_edns_is_asked_without() {
    let server = udp_server(|query| {
        let code = if query.edns.is_some() { ResponseCode::FormErr } else { ResponseCode::NXDomain };
        vec![now(&coded(query, code))]
    })
    .await;
    let (resolved, observation) = World::with(&[server]).resolve(HOST).await;
    assert_eq!(resolved.expect_err("fails").kind, FailureKind::DnsNxdomain);
    assert!(udp_queries(&observation.facts).iter().all(|query| query.sent == 2));
}

#[tokio::test]
async fn thousands_of_addresses_are_bounded() {
    let server = dual_server(
        |query| {
            let mut reply = reply_to(query);
            reply.metadata.truncation = true;
            vec![now(&reply)]
        },
        |query| {
            let mut reply = reply_to(query);
            for host in 0..2000 {
                let data = RData::A(A(Ipv4Addr::from_bits(0x6812_0000 + host)));
                reply.add_answer(Record::from_rdata(query.queries[0].name.clone(), 1, data));
            }
            reply.to_vec().expect("encodes")
        },
    )
    .await;
    let world = World { family: Family::V4, ..World::with(&[server]) };
    let (resolved, observation) = world.resolve(HOST).await;
    assert_eq!(resolved.expect("resolves").addresses.len(), 64);
    let over_tcp = observation.facts.queries.iter().find(|query| query.transport == DnsTransport::Tcp);
    assert_eq!(over_tcp.expect("asked over TCP").answer_count, 2000);
}

#[tokio::test]
async fn the_search_list_is_gone_through_in_order() {
    let server = udp_server(|query| {
        let known = query.queries[0].name.to_ascii() == "ollama.lan.";
        vec![now(&if known { addressed(query, Ipv4Addr::LOCALHOST) } else { coded(query, ResponseCode::NXDomain) })]
    })
    .await;
    // resolv.conf has no ports, so the test puts its own nameserver in the place of the file's.
    let world = World::with(&[]);
    let conf = file("search", "search corp.example lan\noptions ndots:1\n");
    let mut stub = super::files::resolv_conf(&conf);
    std::fs::remove_file(&conf).expect("removes");
    stub.nameservers = vec![server];
    let candidates = super::files::candidates("ollama", &stub);
    let lookup = world.lookup("localhost");
    let until = Instant::now() + world.timing.give_up;
    let first = super::stub::start(&lookup.board, &stub.nameservers, &candidates[0], until);
    let answer = super::stub::resolve(&lookup.board, &stub.nameservers, &candidates, first, until).await;
    assert_eq!(answer.result.expect("resolves"), [IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    let facts = lookup.observe().facts;
    let mut asked: Vec<_> = facts.queries.iter().map(|query| query.name.as_str()).collect();
    asked.dedup();
    assert_eq!(asked, ["ollama.corp.example", "ollama.lan"]);
}

#[tokio::test]
async fn the_hosts_file_comes_first_and_dns_is_asked_beside_it() {
    let server = udp_server(|query| vec![now(&addressed(query, REAL))]).await;
    let hosts = file("hosts", "127.0.0.1 localhost\n10.0.0.7 other API.example.com\n");
    let world = World { hosts: hosts.clone(), ..World::with(&[server]) };
    let (resolved, observation) = world.resolve(HOST).await;
    std::fs::remove_file(&hosts).expect("removes");
    assert_eq!(resolved.expect("resolves").addresses, [IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7))]);
    let facts = observation.facts;
    assert_eq!(facts.source, DnsSource::HostsFile);
    assert_eq!(facts.hosts.iter().map(|line| line.line).collect::<Vec<_>>(), [2]);
    assert_eq!(udp_queries(&facts)[0].answers[0].address, IpAddr::V4(REAL));
}

#[tokio::test]
async fn localhost_asks_nobody() {
    let world = World::with(&[closed_port().await]);
    for name in ["localhost", "api.localhost"] {
        let (resolved, observation) = world.resolve(name).await;
        assert!(resolved.expect("resolves").addresses.iter().all(IpAddr::is_loopback));
        assert_eq!(observation.facts.source, DnsSource::Localhost);
        assert!(observation.facts.queries.is_empty());
    }
}

#[tokio::test]
async fn comparison_never_delays_the_chain_and_local_names_stay_local() {
    let silent = udp_server(|_| vec![]).await;
    let mut world = World::with(&[]);
    world.comparison = vec![silent];
    world.hosts = file("compared", &format!("10.0.0.7 {HOST} gpu.lan\n"));
    let mut lookup = world.lookup(HOST);
    lookup.resolved().await.expect("resolves");
    let facts = lookup.observe().facts;
    assert!(facts.compared);
    assert!(
        facts.queries.iter().all(|query| query.outcome != DnsOutcome::Silent),
        "what was not waited for is not silent: {:?}",
        facts.queries
    );
    let mut lookup = world.lookup("gpu.lan");
    lookup.resolved().await.expect("resolves");
    let facts = lookup.observe().facts;
    std::fs::remove_file(&world.hosts).expect("removes");
    assert!(!facts.compared);
    assert!(facts.queries.iter().all(|query| query.role == ResolverRole::Configured));
}

#[test]
fn a_missing_hosts_file_is_no_obstacle() {
    assert!(super::files::hosts_lines(Path::new("/nonexistent"), HOST).is_empty());
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[tokio::test]
async fn an_answer_is_timed_at_its_arrival_and_not_when_it_is_read() {
    let (ours, theirs) =
        (UdpSocket::bind("127.0.0.1:0").await.expect("binds"), UdpSocket::bind("127.0.0.1:0").await.expect("binds"));
    assert!(crate::probe::sys::arrival(&ours).is_none(), "nothing has come yet");
    let before = Instant::now();
    theirs.send_to(b"x", ours.local_addr().expect("an address")).await.expect("sends");
    std::thread::sleep(Duration::from_millis(300));
    let reading = Instant::now();
    ours.recv(&mut [0; 8]).await.expect("receives");
    let arrived = crate::probe::sys::arrival(&ours).expect("a stamp");
    assert!(arrived < reading, "read {:?} after it was sent", reading - before);
}
