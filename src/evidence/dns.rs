//! The dns stage: what this machine's programs get, and what every resolver says beside it.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Failure, Ms};

/// Everything seen while resolving one name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DnsFacts {
    /// The name, without a trailing dot.
    pub name: String,
    /// The addresses that the chain goes on with, in the order in which they are tried.
    pub addresses: Vec<ClassifiedAddress>,
    /// Where they came from.
    pub source: DnsSource,
    /// Lines of the hosts file for this name.
    pub hosts: Vec<HostsLine>,
    /// The stub resolver's configuration.
    pub stub: StubConfig,
    /// The full names that the search list makes of it, in the order in which they are asked.
    pub candidates: Vec<String>,
    /// Every query that was sent, the stub resolver's own first.
    pub queries: Vec<DnsQuery>,
    /// What the operating system's own resolver function said, where it was asked.
    pub system: Option<SystemLookup>,
    /// Whether the comparison resolvers were asked (they are not for local names).
    pub compared: bool,
}

/// Where the chain's addresses came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DnsSource {
    /// Nowhere: there are none.
    #[default]
    None,
    /// The hosts file.
    HostsFile,
    /// A nameserver of the system's configuration.
    Nameserver,
    /// A resolver given with `--resolver`.
    ResolverFlag,
    /// The operating system's resolver function (`getaddrinfo`).
    System,
    /// `localhost` and names under it are loopback by definition (RFC 6761).
    Localhost,
}

/// A line of the hosts file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostsLine {
    /// The file.
    pub path: String,
    /// Line number, from 1.
    pub line: usize,
    /// The address.
    pub address: IpAddr,
}

/// The stub resolver's configuration (`resolv.conf`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StubConfig {
    /// The file, or the flag that replaced it.
    pub origin: String,
    /// The nameservers in order.
    pub nameservers: Vec<SocketAddr>,
    /// The search list.
    pub search: Vec<String>,
    /// Dots a name needs to be tried as it is first.
    pub ndots: usize,
    /// Seconds until a nameserver is given up.
    pub timeout_s: u64,
    /// How often the list is gone through.
    pub attempts: usize,
    /// Other options, as written.
    pub options: Vec<String>,
    /// What is wrong with the file: `missing`, `unreadable`, `empty`.
    pub defect: Option<String>,
}

/// An answer of the operating system's resolver function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SystemLookup {
    /// The addresses.
    pub addresses: Vec<IpAddr>,
    /// Its error, if it failed.
    pub error: Option<String>,
    /// Duration; null when it had not answered when the run ended.
    pub duration_ms: Option<Ms>,
}

/// One query and what came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DnsQuery {
    /// The resolver asked: address and port, or the URL of a DoH resolver.
    pub resolver: String,
    /// Its address.
    pub address: SocketAddr,
    /// Why it was asked.
    pub role: ResolverRole,
    /// How.
    pub transport: DnsTransport,
    /// The name asked for.
    pub name: String,
    /// `A` or `AAAA`.
    pub record: RecordKind,
    /// Start, from the start of the run.
    pub started_ms: Ms,
    /// How many times it was sent: silence has it sent a second time.
    pub sent: usize,
    /// Time to the answer, or to the refusal; null when nothing came.
    pub duration_ms: Option<Ms>,
    /// What came of it.
    pub outcome: DnsOutcome,
    /// The response code by its standard name, `NOERROR`, `NXDOMAIN`, …
    pub rcode: Option<String>,
    /// The addresses in the answer; the first sixty-four.
    pub answers: Vec<ClassifiedAddress>,
    /// How many address records the answer held.
    pub answer_count: usize,
    /// The chain of CNAME records, in order; the first sixteen.
    pub cnames: Vec<String>,
    /// The smallest TTL of the answer, in seconds.
    pub ttl_s: Option<u32>,
    /// Extended DNS Error (RFC 8914).
    pub extended_error: Option<ExtendedError>,
    /// Whether the answer was cut off (TC bit).
    pub truncated: bool,
    /// Further answers to the same question on the same socket, later than the first.
    pub late: Vec<LateAnswer>,
    /// Whether it is `--ca-file` alone that vouches for an encrypted resolver, and not a public authority.
    #[serde(default)]
    pub by_ca_file: bool,
    /// The failure, if no usable message came.
    pub failure: Option<Failure>,
}

/// Why a resolver was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResolverRole {
    /// This machine is configured to use it (or `--resolver` names it): the chain lives by its answers.
    Configured,
    /// It is asked for comparison only.
    Comparison,
    /// It is no resolver at all: whatever answers there is an interceptor.
    NonResolver,
}

/// How a query travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DnsTransport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// DNS over TLS (RFC 7858).
    Dot,
    /// DNS over HTTPS (RFC 8484).
    Doh,
}

/// The record asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordKind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
}

/// What came of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DnsOutcome {
    /// Addresses.
    Answer,
    /// The name exists, without a record of this kind.
    NoData,
    /// NXDOMAIN.
    Nxdomain,
    /// SERVFAIL.
    Servfail,
    /// REFUSED.
    Refused,
    /// Another response code.
    OtherRcode,
    /// Nothing came before the deadline.
    Silent,
    /// ICMP port unreachable (UDP) or RST (TCP, DoT, DoH): nothing listens there.
    PortUnreachable,
    /// The query could not be sent, or no route.
    Unreachable,
    /// The connection opened and broke, or TLS to the resolver failed.
    Broken,
    /// A message came that is no answer to the question.
    Malformed,
    /// Still under way when the run no longer waited for it: it says nothing about the resolver.
    Pending,
}

/// A second answer to the same question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LateAnswer {
    /// When it came, from the query's start.
    pub after_ms: Ms,
    /// Response code.
    pub rcode: String,
    /// Addresses.
    pub answers: Vec<ClassifiedAddress>,
    /// Whether it says something else than the first.
    pub differs: bool,
}

/// Extended DNS Error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExtendedError {
    /// The INFO-CODE.
    pub code: u16,
    /// Its registered name.
    pub name: String,
    /// The resolver's own words.
    pub text: String,
}

/// An address and what kind of address it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClassifiedAddress {
    /// The address.
    pub address: IpAddr,
    /// What it is.
    pub class: AddressClass,
}

/// What kind of address it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AddressClass {
    /// Globally reachable.
    Public,
    /// RFC 1918, unique local, link-local, shared (100.64/10).
    Private,
    /// This machine.
    Loopback,
    /// `0.0.0.0` or `::`.
    Unspecified,
    /// 198.18.0.0/15 or `fc00::/18`: the range local proxies take made-up addresses from.
    FakeIp,
    /// Documentation, reserved, multicast: no server has it.
    Bogon,
    /// In a network that injected answers are known to point at, Teredo (`2001::/32`) among them.
    KnownForged,
}
