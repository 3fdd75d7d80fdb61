//! A network as scenarios write it: a client, what its path does, and an Internet that is healthy where nothing is said.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use openai_doctor::mock::{Plan, dns};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::middlebox::{Host, Path};
use super::rule::Rule;

/// The host that has whatever no other host is said to have.
pub const INTERNET: &str = "internet";
/// The host where the tool runs.
pub const CLIENT: &str = "client";

/// The client's addresses: of its local network and global.
pub const CLIENT_ADDRESSES: [&str; 2] = ["192.168.1.7", "2a01:4f8:c17:b8f::7"];

/// The endpoint and where it listens.
const API: (&str, &[&str]) =
    ("api.openai.com", &["162.159.140.245", "172.66.0.243", "2606:4700:7::f5", "2a06:98c1:58::f5"]);

/// Other sites that answer as they should.
const SITES: &[(&str, &[&str])] = &[
    ("example.com", &["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]),
    ("www.cloudflare.com", &["104.16.123.96", "2606:4700::6810:7b60"]),
    ("www.microsoft.com", &["23.35.229.160", "2600:1408:c400::356e"]),
    ("www.baidu.com", &["110.242.70.57", "240e:e9:6002:1fd::15"]),
];

/// Resolvers that answer over TLS and HTTPS too, and under which name.
const ENCRYPTED: [(&str, &str); 3] =
    [("8.8.8.8", "dns.google"), ("1.1.1.1", "cloudflare-dns.com"), ("223.5.5.5", "dns.alidns.com")];

/// Every resolver: that of the access provider in both families, and the public ones.
const RESOLVERS: [&str; 6] = ["10.0.0.53", "2a01:4f8:0:53::53", "8.8.8.8", "1.1.1.1", "223.5.5.5", "114.114.114.114"];

/// A network.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Description {
    /// What chance is drawn from.
    pub seed: u64,
    /// How many routers lie between the client and everything else.
    pub routers: u8,
    /// Whether they send ICMP errors of their own for packets whose TTL ends, and answer pings.
    pub routers_answer: bool,
    /// Round trip to wherever nothing else is said.
    pub rtt_ms: f64,
    /// Round trips by address, beside those of the access provider's resolvers.
    pub rtt_to: BTreeMap<IpAddr, f64>,
    /// The client.
    pub client: Client,
    /// Replies to names at every resolver; what is left out is as in the healthy world.
    pub names: BTreeMap<String, Value>,
    /// Further resolvers, and how the standard ones differ.
    pub resolvers: BTreeMap<IpAddr, Resolver>,
    /// How the endpoint differs from the healthy one, as a [`Plan`].
    pub api: Value,
    /// Further servers.
    pub servers: Vec<Served>,
    /// What the path does; the first rule that makes a packet disappear is the last one it meets.
    pub rules: Vec<Rule>,
}

impl Default for Description {
    fn default() -> Self {
        Self {
            seed: 1,
            routers: 3,
            routers_answer: true,
            rtt_ms: 40.0,
            rtt_to: BTreeMap::new(),
            client: Client::default(),
            names: BTreeMap::new(),
            resolvers: BTreeMap::new(),
            api: json!({}),
            servers: Vec::new(),
            rules: Vec::new(),
        }
    }
}

/// The client.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Client {
    /// Which families it has addresses and a default route of.
    pub families: Families,
    /// What stands in its `resolv.conf`; by default the access provider's resolver.
    pub resolv: Option<String>,
    /// What stands in its hosts file.
    pub hosts: String,
    /// Whether it may send ICMP without privileges.
    pub ping: bool,
    /// Whether the tool runs with the capabilities of root.
    pub privileged: bool,
    /// The MTU of its link, which it knows.
    pub mtu: u16,
    /// Shell commands run in it before anything else.
    pub setup: Vec<String>,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            families: Families::Both,
            resolv: None,
            hosts: "127.0.0.1 localhost\n::1 localhost\n".to_owned(),
            ping: true,
            privileged: false,
            mtu: 1500,
            setup: Vec::new(),
        }
    }
}

/// Families of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Families {
    Both,
    Ipv4,
    Ipv6,
}

/// How a resolver differs from the healthy one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Resolver {
    /// On which host it runs.
    pub host: String,
    /// Whether it runs at all; if not its port is closed.
    pub running: bool,
    /// Its own replies.
    pub names: BTreeMap<String, Value>,
    /// Its reply to all other names.
    pub otherwise: Option<Value>,
}

impl Default for Resolver {
    fn default() -> Self {
        Self { host: INTERNET.to_owned(), running: true, names: BTreeMap::new(), otherwise: None }
    }
}

/// Servers of one plan on a host.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Served {
    /// The host.
    #[serde(default = "internet")]
    pub host: String,
    /// The plan; its proxy knows every name of the healthy world.
    pub plan: Value,
}

fn internet() -> String {
    INTERNET.to_owned()
}

/// What one host runs.
#[derive(Debug)]
pub struct Part {
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Its resolvers, and their names where they answer encrypted.
    pub zones: Vec<(IpAddr, Option<&'static str>, dns::Zone)>,
    /// Its other servers.
    pub plans: Vec<Plan>,
}

impl Description {
    /// The hosts beside the client, the Internet first.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts = vec![INTERNET.to_owned()];
        let named = self.servers.iter().map(|one| &one.host).chain(self.resolvers.values().map(|one| &one.host));
        for host in named {
            if !hosts.contains(host) {
                hosts.push(host.clone());
            }
        }
        hosts
    }

    /// What a host runs.
    pub fn part(&self, host: &str) -> serde_json::Result<Part> {
        let mut part = Part { addresses: Vec::new(), zones: Vec::new(), plans: Vec::new() };
        let standard = Resolver::default();
        let mut addresses: Vec<IpAddr> = RESOLVERS.iter().filter_map(|address| address.parse().ok()).collect();
        addresses.extend(self.resolvers.keys().copied().collect::<Vec<_>>());
        addresses.sort();
        addresses.dedup();
        for address in addresses {
            let resolver = self.resolvers.get(&address).unwrap_or(&standard);
            if resolver.host == host {
                part.addresses.push(address);
                if resolver.running {
                    let encrypted = ENCRYPTED.iter().find(|(known, _)| known.parse() == Ok(address));
                    part.zones.push((address, encrypted.map(|(_, name)| *name), self.zone(resolver)?));
                }
            }
        }
        for (plan, on) in self.plans()? {
            if on == host {
                part.addresses.extend(plan.listen.iter().copied());
                part.addresses.extend([plan.dns_at.ip(), plan.proxy_at.ip()]);
                part.plans.push(plan);
            }
        }
        part.addresses.retain(|address| !address.is_loopback());
        part.addresses.sort();
        part.addresses.dedup();
        Ok(part)
    }

    fn zone(&self, resolver: &Resolver) -> serde_json::Result<dns::Zone> {
        let mut names = BTreeMap::new();
        for (name, addresses) in known() {
            names.insert(name, json!({"addresses": addresses, "ttl": 300}));
        }
        for (name, changes) in self.names.iter().chain(&resolver.names) {
            merge(names.entry(name.clone()).or_insert_with(|| json!({"addresses": [], "ttl": 300})), changes);
        }
        let names = names.into_iter().map(|(name, reply)| Ok((name, serde_json::from_value(reply)?)));
        let otherwise = match &resolver.otherwise {
            Some(reply) => serde_json::from_value(reply.clone())?,
            None => dns::Reply::code(dns::Code::Nxdomain),
        };
        Ok(dns::Zone { names: names.collect::<serde_json::Result<_>>()?, otherwise })
    }

    fn plans(&self) -> serde_json::Result<Vec<(Plan, &str)>> {
        let healthy = |name: &str, addresses: &[&str]| json!({"host": name, "listen": addresses, "port": 443});
        let mut api = healthy(API.0, API.1);
        merge(&mut api, &self.api);
        let mut plans = vec![(serde_json::from_value(api)?, INTERNET)];
        for (name, addresses) in SITES {
            plans.push((serde_json::from_value(healthy(name, addresses))?, INTERNET));
        }
        for served in &self.servers {
            let mut plan: Plan = serde_json::from_value(served.plan.clone())?;
            if let Some(proxy) = &mut plan.proxy {
                for (name, addresses) in known() {
                    let first = addresses.first().and_then(|address| address.parse().ok());
                    proxy.hosts.entry(name).or_insert(first.unwrap_or(Ipv4Addr::UNSPECIFIED.into()));
                }
            }
            plans.push((plan, &served.host));
        }
        Ok(plans)
    }

    /// The client's addresses.
    pub fn client_addresses(&self) -> Vec<IpAddr> {
        let all = CLIENT_ADDRESSES.iter().filter_map(|address| address.parse().ok());
        all.filter(|address: &IpAddr| match self.client.families {
            Families::Both => true,
            Families::Ipv4 => address.is_ipv4(),
            Families::Ipv6 => address.is_ipv6(),
        })
        .collect()
    }

    /// What stands in the client's `resolv.conf`.
    pub fn resolv(&self) -> String {
        let own = if self.client.families == Families::Ipv6 { RESOLVERS[1] } else { RESOLVERS[0] };
        self.client.resolv.clone().unwrap_or_else(|| format!("nameserver {own}\n"))
    }

    /// The path and the ends of it, the client first.
    pub fn path(&self) -> serde_json::Result<(Path, Vec<Host>)> {
        let mut hosts = vec![Host { name: CLIENT.to_owned(), addresses: self.client_addresses() }];
        for name in self.hosts() {
            let addresses = self.part(&name)?.addresses;
            hosts.push(Host { name, addresses });
        }
        let time = |ms: f64| Duration::from_secs_f64(ms / 1000.0);
        let near = RESOLVERS[..2].iter().filter_map(|address| Some((address.parse().ok()?, self.rtt_ms / 2.0)));
        let rtt_to = near.chain(self.rtt_to.iter().map(|(address, ms)| (*address, *ms)));
        let path = Path {
            seed: self.seed,
            routers: self.routers,
            routers_answer: self.routers_answer,
            rtt_to: rtt_to.map(|(address, ms)| (address, time(ms))).collect(),
            rtt: time(self.rtt_ms),
            rules: self.rules.clone(),
        };
        Ok((path, hosts))
    }
}

/// The names of the healthy world and their addresses.
fn known() -> impl Iterator<Item = (String, Vec<String>)> {
    let sites = SITES.iter().copied().chain([API]);
    sites.map(|(name, addresses)| (name.to_owned(), addresses.iter().map(|&address| address.to_owned()).collect()))
}

/// Lays changes over a value, table by table.
fn merge(value: &mut Value, changes: &Value) {
    match (value, changes) {
        (Value::Object(value), Value::Object(changes)) => {
            for (name, change) in changes {
                merge(value.entry(name.clone()).or_insert(Value::Null), change);
            }
        }
        (value, changes) => value.clone_from(changes),
    }
}
