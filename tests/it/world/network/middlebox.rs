//! The path between the hosts: routers in a row that forward, delay, and do what the rules say. It knows no sockets and no
//! clock: a packet goes in with the time it came, packets go out with the time they are due, so the same packets meet
//! the same fate every time.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::hello::Stream;
use super::packet::{ACK, FIN, Head, Packet, RST, SYN};
use super::rule::{Action, Reject, Rule, Sight, asks};

/// The first source port given to redirected packets whose own one is taken.
const SPARE_PORTS: u16 = 20_000;

/// A host at the end of a link.
#[derive(Clone, Debug)]
pub struct Host {
    pub name: String,
    pub addresses: Vec<IpAddr>,
}

/// A packet on its way out.
#[derive(Debug)]
pub struct Sent {
    /// How long after the packet that caused it came in.
    pub after: Duration,
    /// To which host, by its index.
    pub host: usize,
    pub bytes: Vec<u8>,
}

/// What the path is like.
#[derive(Clone, Debug)]
pub struct Path {
    pub seed: u64,
    /// How many routers there are.
    pub routers: u8,
    /// Whether they send ICMP errors of their own for packets whose TTL ends, and answer pings.
    pub routers_answer: bool,
    /// Round trip to an address.
    pub rtt_to: HashMap<IpAddr, Duration>,
    /// Round trip to all others.
    pub rtt: Duration,
    pub rules: Vec<Rule>,
}

/// The path at work.
#[derive(Debug)]
pub struct Middlebox {
    path: Path,
    hosts: Vec<Host>,
    flows: HashMap<Key, Flow>,
    /// How many flows there were to each remote end so far.
    begun: HashMap<(u8, IpAddr, u16), u64>,
    /// How many packets each rule has covered.
    covered: Vec<u64>,
    redirected: HashMap<Key, (IpAddr, u16)>,
    restored: HashMap<Key, (u16, IpAddr, u16)>,
    spare_port: u16,
    /// Until when each rule strikes flows from a host to a place because of an earlier one.
    remembered: HashMap<(usize, IpAddr, (IpAddr, u16)), Duration>,
}

/// Protocol, local end, remote end.
type Key = (u8, (IpAddr, u16), (IpAddr, u16));

#[derive(Debug)]
struct Flow {
    /// Which host began it.
    from: usize,
    ordinal: u64,
    packets: [u64; 2],
    bytes: [u64; 2],
    first_sequence: Option<u32>,
    hello: Stream,
    server_name: Option<String>,
    /// When it began, and when its last packet and its last data came.
    began: Duration,
    packet_at: Duration,
    data_at: Duration,
    /// Its longest pauses.
    idle: Duration,
    quiet: Duration,
}

/// What is known of one packet while the rules look at it.
struct Transit {
    /// The host it came from.
    host: usize,
    /// When.
    at: Duration,
    key: Key,
    outward: bool,
    /// The round trip of its way.
    rtt: Duration,
    /// Beyond the way's own.
    delay: Duration,
}

impl Middlebox {
    /// A path between these hosts; packets to addresses of none of them disappear.
    pub fn new(path: Path, hosts: Vec<Host>) -> Self {
        Self {
            covered: vec![0; path.rules.len()],
            path,
            hosts,
            flows: HashMap::new(),
            begun: HashMap::new(),
            redirected: HashMap::new(),
            restored: HashMap::new(),
            spare_port: SPARE_PORTS,
            remembered: HashMap::new(),
        }
    }

    /// How many hosts there are.
    pub fn ends(&self) -> usize {
        self.hosts.len()
    }

    /// Takes in what a host sent, and when, from whatever beginning.
    pub fn take(&mut self, host: usize, bytes: Vec<u8>, at: Duration) -> Vec<Sent> {
        let mut sent = Vec::new();
        if let Some(packet) = Packet::parse(bytes) {
            self.judge(host, packet, at, &mut sent);
        }
        sent
    }

    fn judge(&mut self, host: usize, mut packet: Packet, at: Duration, sent: &mut Vec<Sent>) {
        if packet.is_ping() && self.answer_ping(host, &packet, sent) {
            return;
        }
        let rtt = self.rtt_of(&packet);
        self.restore(&mut packet);
        let (key, outward) = self.follow(host, &packet, at);
        let mut transit = Transit { host, at, key, outward, rtt, delay: Duration::ZERO };
        let ends_at = packet.ttl().max(1);
        for index in 0..self.path.rules.len() {
            let hop = self.distance(self.path.rules[index].hop, outward);
            if hop <= ends_at
                && self.strikes(index, &packet, &transit)
                && !self.apply(index, &mut packet, &mut transit, sent)
            {
                return;
            }
        }
        if packet.ttl() <= self.path.routers {
            if self.path.routers_answer && !packet.is_icmp_error() {
                let (kind, rest) = if packet.is_ipv4() { (11, 0) } else { (3, 0) };
                self.complain(&packet, &transit, ends_at, (kind, 0, rest), sent);
            }
            return;
        }
        packet.set_ttl(packet.ttl() - self.path.routers);
        let after = transit.rtt / 2 + transit.delay;
        self.send(after, packet, sent);
    }

    /// Finds or begins the flow of a packet, and counts it.
    fn follow(&mut self, host: usize, packet: &Packet, at: Duration) -> (Key, bool) {
        let (source_port, destination_port) = packet.ports();
        let (source, destination) = ((packet.source(), source_port), (packet.destination(), destination_port));
        let forward = (packet.protocol(), source, destination);
        let backward = (packet.protocol(), destination, source);
        let outward = packet.opens() || self.flows.contains_key(&forward) || !self.flows.contains_key(&backward);
        let key = if outward { forward } else { backward };
        if packet.opens() && self.flows.get(&key).is_some_and(|flow| flow.first_sequence != Some(packet.sequence())) {
            self.flows.remove(&key);
        }
        let begun = &mut self.begun;
        let flow = self.flows.entry(key).or_insert_with(|| {
            let ordinal = begun.entry((key.0, key.2.0, key.2.1)).or_default();
            *ordinal += 1;
            Flow {
                from: host,
                ordinal: *ordinal,
                packets: [0; 2],
                bytes: [0; 2],
                first_sequence: None,
                hello: Stream::default(),
                server_name: None,
                began: at,
                packet_at: at,
                data_at: at,
                idle: Duration::ZERO,
                quiet: Duration::ZERO,
            }
        });
        let payload = packet.payload();
        flow.idle = flow.idle.max(at.saturating_sub(flow.packet_at));
        flow.packet_at = at;
        if !payload.is_empty() {
            flow.quiet = flow.quiet.max(at.saturating_sub(flow.data_at));
            flow.data_at = at;
        }
        flow.packets[usize::from(outward)] += 1;
        flow.bytes[usize::from(outward)] += payload.len() as u64;
        if outward && packet.is_segment() {
            if packet.opens() {
                flow.first_sequence = Some(packet.sequence());
            } else if let Some(first) = flow.first_sequence.filter(|_| flow.server_name.is_none()) {
                let offset = packet.sequence().wrapping_sub(first).wrapping_sub(1);
                flow.hello.add(offset as usize, payload);
                flow.server_name = flow.hello.server_name();
            }
        }
        (key, outward)
    }

    /// Whether a rule is to be applied.
    fn strikes(&mut self, index: usize, packet: &Packet, transit: &Transit) -> bool {
        let (rule, flow) = (&self.path.rules[index], &self.flows[&transit.key]);
        let place = (index, transit.key.1.0, transit.key.2);
        let sight = Sight {
            outward: transit.outward,
            from: &self.hosts[flow.from].name,
            remote: transit.key.2,
            server_name: flow.server_name.as_deref(),
            hello: flow.hello.length(),
            remembered: self.remembered.get(&place).is_some_and(|until| transit.at < *until),
            bytes: flow.bytes[usize::from(transit.outward)],
            idle: flow.idle,
            quiet: flow.quiet,
            age: transit.at.saturating_sub(flow.began),
        };
        if !rule.covers(packet, &sight) {
            return false;
        }
        if let Some(ms) = rule.residual_ms.filter(|_| !sight.remembered) {
            self.remembered.insert(place, transit.at + Duration::from_millis(ms));
        }
        self.covered[index] += 1;
        let counted = rule.every.is_none_or(|every| self.covered[index].is_multiple_of(every.max(1)));
        let number = flow.packets[usize::from(transit.outward)];
        let remote = (transit.key.0, transit.key.2, transit.outward, flow.ordinal, number);
        counted && rule.chance.is_none_or(|chance| draw(self.path.seed, index, &remote) < chance)
    }

    /// Does what a rule says; false when the packet is gone.
    fn apply(&mut self, index: usize, packet: &mut Packet, transit: &mut Transit, sent: &mut Vec<Sent>) -> bool {
        let hop = self.distance(self.path.rules[index].hop, transit.outward);
        match self.path.rules[index].action.clone() {
            Action::Drop => return false,
            Action::Reset => {
                self.reset(packet, transit, hop, sent);
                return false;
            }
            Action::InjectReset => self.reset(packet, transit, hop, sent),
            Action::Reject(how) => {
                self.reject(packet, transit, hop, how, sent);
                return false;
            }
            Action::DelayMs(ms) => transit.delay += Duration::from_secs_f64(ms / 1000.0),
            Action::Forge(answers) => {
                let later = Duration::from_secs_f64(self.path.rules[index].later_ms / 1000.0);
                self.forge(packet, transit, (hop, later), &answers, sent);
            }
            Action::Redirect { to, port } => self.redirect(packet, transit, to, port),
            Action::Rewrite { from, to } => packet.rewrite(from.as_bytes(), to.as_bytes()),
        }
        true
    }

    fn reject(&self, packet: &Packet, transit: &Transit, hop: u8, how: Reject, sent: &mut Vec<Sent>) {
        // RFC 1122: no error about an error, none about a reset.
        if !packet.is_icmp_error() && packet.flags() & RST == 0 {
            self.complain(packet, transit, hop, how.icmp(packet.is_ipv4()), sent);
        }
    }

    /// An ICMP error from the router at this distance to whoever sent a packet.
    fn complain(&self, packet: &Packet, transit: &Transit, hop: u8, message: (u8, u8, u32), sent: &mut Vec<Sent>) {
        let position = if transit.outward { hop } else { self.path.routers + 1 - hop };
        let head = Head { from: router(position, packet.is_ipv4()), to: packet.source(), ttl: 65 - hop };
        let mut quoted = packet.clone();
        quoted.set_ttl(1);
        let quoted = quoted.seal();
        let most = packet.quote().len();
        let (kind, code, rest) = message;
        let error = Packet::icmp(head, kind, code, rest, &quoted[..most]);
        self.post(self.there_and_back(transit, hop), transit.host, error, sent);
    }

    /// RST to both ends, each as if it came from the other one.
    fn reset(&self, packet: &Packet, transit: &Transit, hop: u8, sent: &mut Vec<Sent>) {
        if !packet.is_segment() || packet.flags() & RST != 0 {
            return;
        }
        let (source, destination) = packet.ports();
        let taken = u32::from(packet.flags() & SYN != 0) + u32::from(packet.flags() & FIN != 0);
        let next = packet.sequence().wrapping_add(u32::try_from(packet.payload().len()).unwrap_or(0) + taken);
        let (sequence, flags) = (packet.acknowledged(), RST | ACK);
        let back = Head { from: packet.destination(), to: packet.source(), ttl: 65 - hop };
        let answer = Packet::tcp(back, (destination, source), sequence, next, flags);
        self.post(self.there_and_back(transit, hop), transit.host, answer, sent);
        if !packet.opens() {
            let on = Head { from: packet.source(), to: packet.destination(), ttl: 64 + hop - self.path.routers };
            let onward = Packet::tcp(on, (source, destination), packet.sequence(), packet.acknowledged(), flags);
            self.send(transit.rtt / 2, onward, sent);
        }
    }

    fn forge(
        &self,
        packet: &Packet,
        transit: &Transit,
        (hop, later): (u8, Duration),
        answers: &[Vec<IpAddr>],
        sent: &mut Vec<Sent>,
    ) {
        let (source, destination) = packet.ports();
        let Some(question) = asks(packet, destination) else { return };
        let head = Head { from: packet.destination(), to: packet.source(), ttl: 65 - hop };
        for answer in answers.iter().filter_map(|addresses| question.forge(packet.payload(), addresses)) {
            let forged = Packet::udp(head, destination, source, &answer);
            self.post(self.there_and_back(transit, hop) + later, transit.host, forged, sent);
        }
    }

    /// Sends a packet elsewhere and remembers where it was to go.
    fn redirect(&mut self, packet: &mut Packet, transit: &mut Transit, to: IpAddr, port: Option<u16>) {
        if !transit.outward || !packet.has_ports() || packet.is_ipv4() != to.is_ipv4() {
            return;
        }
        let (source_port, destination_port) = packet.ports();
        let target = (to, port.unwrap_or(destination_port));
        let known = self.redirected.get(&transit.key).copied();
        let (_, via) = known.unwrap_or_else(|| {
            let mut via = source_port;
            while self.restored.contains_key(&(packet.protocol(), (packet.source(), via), target)) {
                self.spare_port = self.spare_port.wrapping_add(1).max(SPARE_PORTS);
                via = self.spare_port;
            }
            let back = (packet.protocol(), (packet.source(), via), target);
            self.restored.insert(back, (source_port, packet.destination(), destination_port));
            self.redirected.insert(transit.key, (to, via));
            (to, via)
        });
        packet.set_source_port(via);
        packet.set_destination(target.0);
        packet.set_destination_port(target.1);
        transit.rtt = self.rtt_of(packet);
    }

    /// Gives a packet that answers a redirected one the address it seems to come from.
    fn restore(&self, packet: &mut Packet) {
        let (source, destination) = packet.ports();
        let back = (packet.protocol(), (packet.destination(), destination), (packet.source(), source));
        if let Some((port, address, remote_port)) = self.restored.get(&back).filter(|_| packet.has_ports()) {
            packet.set_source(*address);
            packet.set_source_port(*remote_port);
            packet.set_destination_port(*port);
        }
    }

    fn answer_ping(&self, host: usize, packet: &Packet, sent: &mut Vec<Sent>) -> bool {
        let Some(hop) = (1..=self.path.routers).find(|hop| router(*hop, packet.is_ipv4()) == packet.destination())
        else {
            return false;
        };
        if self.path.routers_answer {
            let head = Head { from: packet.destination(), to: packet.source(), ttl: 65 - hop };
            let kind = if packet.is_ipv4() { 0 } else { 129 };
            let identity = u32::from(packet.ports().0) << 16;
            let echo = packet.payload();
            let sequence = packet.sequence() & 0xffff;
            let reply = Packet::icmp(head, kind, 0, identity | sequence, echo);
            let rtt = self.path.rtt * u32::from(hop) / (u32::from(self.path.routers) + 1);
            self.post(rtt, host, reply, sent);
        }
        true
    }

    /// How far a router is from the sender of a packet, in hops.
    fn distance(&self, hop: u8, outward: bool) -> u8 {
        let hop = hop.clamp(1, self.path.routers.max(1));
        if outward { hop } else { self.path.routers.max(1) + 1 - hop }
    }

    /// The time to the router at this distance and back.
    fn there_and_back(&self, transit: &Transit, hop: u8) -> Duration {
        transit.rtt * u32::from(hop) / (u32::from(self.path.routers) + 1) + transit.delay
    }

    fn rtt_of(&self, packet: &Packet) -> Duration {
        let known = |address| self.path.rtt_to.get(&address).copied();
        known(packet.destination()).or_else(|| known(packet.source())).unwrap_or(self.path.rtt)
    }

    /// To whoever has the address.
    fn send(&self, after: Duration, packet: Packet, sent: &mut Vec<Sent>) {
        let to = packet.destination();
        if let Some(host) = self.hosts.iter().position(|host| host.addresses.contains(&to)) {
            self.post(after, host, packet, sent);
        }
    }

    fn post(&self, after: Duration, host: usize, packet: Packet, sent: &mut Vec<Sent>) {
        debug_assert!(host < self.hosts.len());
        sent.push(Sent { after, host, bytes: packet.seal() });
    }
}

/// The address of a router, counted from the client.
pub fn router(hop: u8, ipv4: bool) -> IpAddr {
    match (ipv4, hop) {
        (true, 1) => Ipv4Addr::new(192, 168, 1, 1).into(),
        (true, hop) => Ipv4Addr::new(100, 64, 0, hop).into(),
        (false, hop) => Ipv6Addr::new(0x2a01, 0x4f8, 0xff, hop.into(), 0, 0, 0, 1).into(),
    }
}

/// A number from 0 up to 1 that depends on nothing but these.
fn draw(seed: u64, rule: usize, packet: &impl Hash) -> f64 {
    let mut hasher = DefaultHasher::new();
    (seed, rule, packet).hash(&mut hasher);
    (hasher.finish() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::network::Description;
    use crate::world::network::packet::{ICMP, UDP};

    const CLIENT: usize = 0;
    const INTERNET: usize = 1;

    fn middlebox(rules: &str) -> Middlebox {
        let description: Description = toml::from_str(rules).unwrap();
        let (path, hosts) = description.path().unwrap();
        Middlebox::new(path, hosts)
    }

    fn head(from: &str, to: &str, ttl: u8) -> Head {
        Head { from: from.parse().unwrap(), to: to.parse().unwrap(), ttl }
    }

    fn out(ttl: u8) -> Head {
        head("192.168.1.7", "162.159.140.245", ttl)
    }

    fn back() -> Head {
        head("162.159.140.245", "192.168.1.7", 64)
    }

    /// What a middlebox makes of a packet: milliseconds, host, packet.
    fn take(middlebox: &mut Middlebox, host: usize, packet: Packet) -> Vec<(u128, usize, Packet)> {
        let sent = middlebox.take(host, packet.seal(), Duration::ZERO);
        sent.into_iter().map(|sent| (sent.after.as_millis(), sent.host, Packet::parse(sent.bytes).unwrap())).collect()
    }

    #[test]
    fn a_packet_takes_half_a_round_trip_and_three_hops() {
        let mut middlebox = middlebox("");
        let sent = take(&mut middlebox, CLIENT, Packet::tcp(out(64), (4000, 443), 1, 0, SYN));
        let [(20, INTERNET, packet)] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!((packet.ttl(), packet.ports()), (61, (4000, 443)));
        let nowhere = Packet::tcp(head("192.168.1.7", "203.0.113.9", 64), (4000, 443), 1, 0, SYN);
        assert!(take(&mut middlebox, CLIENT, nowhere).is_empty());
    }

    #[test]
    fn routers_say_when_the_hops_are_used_up() {
        let mut middlebox = middlebox("");
        for (ttl, from, after) in [(1, "192.168.1.1", 10), (2, "100.64.0.2", 20), (3, "100.64.0.3", 30)] {
            let sent = take(&mut middlebox, CLIENT, Packet::udp(out(ttl), 4000, 33_434, b"x"));
            let [(took, CLIENT, packet)] = &sent[..] else { panic!("{sent:?}") };
            assert_eq!((packet.source().to_string(), packet.protocol(), *took), (from.to_owned(), ICMP, after));
            assert_eq!(packet.ttl(), 65 - ttl);
        }
    }

    #[test]
    fn a_filter_resets_both_ends_only_where_packets_reach_it() {
        let rules = "rules = [{ do = 'reset', contains = 'secret', hop = 2 }]";
        let segment = |ttl| {
            let mut packet = Packet::tcp(out(ttl), (4000, 443), 100, 700, ACK).seal();
            packet.extend(b"secret");
            packet[2..4].copy_from_slice(&46_u16.to_be_bytes());
            Packet::parse(packet).unwrap()
        };
        let sent = take(&mut middlebox(rules), CLIENT, segment(64));
        let [(20, CLIENT, to_client), (20, INTERNET, to_server)] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!((to_client.flags(), to_client.sequence(), to_client.acknowledged()), (RST | ACK, 700, 106));
        assert_eq!((to_server.flags(), to_server.sequence()), (RST | ACK, 100));
        assert_eq!(to_client.ttl(), 63, "it comes from the second router");
        let sent = take(&mut middlebox(rules), CLIENT, segment(1));
        assert!(matches!(&sent[..], [(10, CLIENT, packet)] if packet.is_icmp_error()), "{sent:?}");
    }

    #[test]
    fn what_is_redirected_seems_to_answer_from_where_it_was_sent() {
        let mut middlebox = middlebox("rules = [{ do = { redirect = { to = '10.0.0.53' } }, port = [53] }]");
        for resolver in ["8.8.8.8", "9.9.9.9"] {
            let query = Packet::udp(head("192.168.1.7", resolver, 64), 4000, 53, b"query");
            let sent = take(&mut middlebox, CLIENT, query);
            let [(10, INTERNET, packet)] = &sent[..] else { panic!("{sent:?}") };
            assert_eq!(packet.destination().to_string(), "10.0.0.53");
            let (via, _) = packet.ports();
            let answer = Packet::udp(head("10.0.0.53", "192.168.1.7", 64), 53, via, b"answer");
            let sent = take(&mut middlebox, INTERNET, answer);
            let [(10, CLIENT, packet)] = &sent[..] else { panic!("{sent:?}") };
            assert_eq!((packet.source().to_string(), packet.ports()), (resolver.to_owned(), (53, 4000)));
        }
    }

    #[test]
    fn rules_count_bytes_and_know_directions() {
        let mut middlebox = middlebox("rules = [{ do = 'drop', direction = 'in', after-bytes = 10 }]");
        assert_eq!(take(&mut middlebox, CLIENT, Packet::udp(out(64), 4000, 9000, &[1; 50])).len(), 1);
        let answer = || Packet::udp(back(), 9000, 4000, &[1; 6]);
        let passed: Vec<usize> = (0..3).map(|_| take(&mut middlebox, INTERNET, answer()).len()).collect();
        assert_eq!(passed, [1, 0, 0]);
        assert_eq!(take(&mut middlebox, CLIENT, Packet::udp(out(64), 4000, 9000, &[1; 50])).len(), 1);
    }

    #[test]
    fn a_flow_that_was_idle_is_forgotten_for_good() {
        for (rule, keepalive_saves) in [("idle-ms = 1500", true), ("quiet-ms = 1500", false)] {
            let mut middlebox = middlebox(&format!("rules = [{{ do = 'drop', direction = 'both', {rule} }}]"));
            let mut passes = |at: u64, data: bool| {
                let packet = Packet::udp(out(64), 4000, 9000, if data { b"x" } else { b"" });
                !middlebox.take(CLIENT, packet.seal(), Duration::from_millis(at)).is_empty()
            };
            assert!(passes(0, true) && passes(1000, false), "{rule}");
            assert_eq!(passes(2000, true), keepalive_saves, "{rule}");
            assert!(!passes(4000, true) && !passes(4100, true), "{rule}");
        }
    }

    #[test]
    fn chance_is_the_same_every_time() {
        let fate = |seed: u64| {
            let mut middlebox = middlebox(&format!("seed = {seed}\nrules = [{{ do = 'drop', chance = 0.2 }}]"));
            let packet = || Packet::udp(out(64), 4000, 9000, b"x");
            (0..1000).map(|_| take(&mut middlebox, CLIENT, packet()).len()).collect::<Vec<_>>()
        };
        let first = fate(1);
        assert_eq!(first, fate(1));
        assert_ne!(first, fate(2));
        let lost = first.iter().filter(|passed| **passed == 0).count();
        assert!((150..250).contains(&lost), "{lost} of 1000");
    }

    #[test]
    fn a_packet_too_big_is_answered_with_the_mtu() {
        let rule = "rules = [{ do = { reject = { too-big = 1300 } }, longer-than = 1300, hop = 1 }]";
        let sent = take(&mut middlebox(rule), CLIENT, Packet::udp(out(64), 4000, 9000, &[0; 1400]));
        let [(10, CLIENT, packet)] = &sent[..] else { panic!("{sent:?}") };
        assert!(packet.is_icmp_error());
        assert_eq!(packet.sequence(), 1300, "the bytes after the checksum hold the MTU");
        assert_eq!(take(&mut middlebox(rule), CLIENT, Packet::udp(out(64), 4000, 9000, &[0; 1200])).len(), 1);
    }

    #[test]
    fn a_forged_answer_overtakes_the_query() {
        let mut query = vec![7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        query.extend(b"\x03api\x06openai\x03com\x00\x00\x01\x00\x01");
        let mut middlebox = middlebox("rules = [{ do = { forge = [['31.13.94.37']] }, name = ['openai.com'] }]");
        let packet = Packet::udp(head("192.168.1.7", "8.8.8.8", 64), 4000, 53, &query);
        let sent = take(&mut middlebox, CLIENT, packet);
        let [(20, CLIENT, forged), (20, INTERNET, query)] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!(
            (forged.source().to_string(), forged.ports(), forged.protocol()),
            ("8.8.8.8".into(), (53, 4000), UDP)
        );
        assert_eq!(&forged.payload()[forged.payload().len() - 4..], [31, 13, 94, 37]);
        assert_eq!(query.destination().to_string(), "8.8.8.8");
    }
}
