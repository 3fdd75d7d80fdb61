//! This machine: system, container, sandbox, interfaces, routes, clock. Whatever a system does not tell stays null.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use socket2::{Domain, Protocol, Socket, Type};
use time::format_description::well_known::Rfc3339;
use time::macros::date;
use time::{Date, OffsetDateTime};

use crate::config::Environment;
use crate::evidence::config::MachineFacts;
use crate::evidence::text;

/// The day on which this version was released: a clock before it is wrong.
const RELEASED: Date = date!(2026 - 11 - 23);

/// Addresses far away, for asking the kernel which way it would go. Nothing is sent to them: connecting a UDP socket
/// only looks up the route.
const FAR_V4: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8)), 53);
const FAR_V6: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8888)), 53);

/// Interfaces that Linux makes in every network namespace and that lead nowhere until they are configured.
const FALLBACK_TUNNELS: [&str; 10] =
    ["tunl0", "sit0", "ip6tnl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "ip6gre0", "bonding_masters"];

/// Looks at the machine.
pub(super) fn look_at(environment: &Environment) -> MachineFacts {
    let (v4, v6) = (route_to(FAR_V4), route_to(FAR_V6));
    let now = OffsetDateTime::now_utc();
    MachineFacts {
        os: std::env::consts::OS.to_owned(),
        container: container(environment),
        wsl: is_wsl(environment),
        sandbox: sandbox(environment, &v4),
        only_loopback: file("/proc/net/dev").map(|devices| only_loopback(&devices)),
        ipv4_route: Some(v4.is_ok()),
        ipv6_route: Some(v6.is_ok()),
        ipv4_route_errno: v4.err().and_then(|refused| refused.error.raw_os_error()),
        gateway: file("/proc/net/route").and_then(|routes| gateway(&routes)),
        clock: now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default(),
        days_since_build: Some((now.date() - RELEASED).whole_days()),
    }
}

/// Why the kernel shows no way.
struct Refused {
    error: io::Error,
    /// Whether it would not even give us a socket.
    at_socket: bool,
}

/// Whether the kernel knows a way to an address.
fn route_to(far: SocketAddr) -> Result<(), Refused> {
    let socket = Socket::new(Domain::for_address(far), Type::DGRAM, Some(Protocol::UDP))
        .map_err(|error| Refused { error, at_socket: true })?;
    socket.connect(&far.into()).map_err(|error| Refused { error, at_socket: false })
}

fn sandbox(environment: &Environment, v4: &Result<(), Refused>) -> Option<String> {
    if let Some(value) = environment.filled("CODEX_SANDBOX_NETWORK_DISABLED").filter(|value| *value != "0") {
        return Some(format!("CODEX_SANDBOX_NETWORK_DISABLED={}", text::line(value, 20)));
    }
    // A system without IPv4 says that the family is unknown; a filter says that it is forbidden.
    let denied = v4
        .as_ref()
        .err()
        .filter(|refused| refused.at_socket && refused.error.kind() == io::ErrorKind::PermissionDenied)?;
    Some(format!("socket(): {}", denied.error))
}

fn container(environment: &Environment) -> Option<String> {
    if environment.filled("KUBERNETES_SERVICE_HOST").is_some() {
        return Some("kubernetes".to_owned());
    }
    if Path::new("/.dockerenv").exists() {
        return Some("docker".to_owned());
    }
    if Path::new("/run/.containerenv").exists() {
        return Some("podman".to_owned());
    }
    let told = file("/run/systemd/container").map(|name| text::line(&name, 40)).filter(|name| !name.is_empty());
    told.or_else(|| file("/proc/1/cgroup").and_then(|groups| of_cgroup(&groups)).map(str::to_owned))
}

fn of_cgroup(groups: &str) -> Option<&'static str> {
    [
        ("kubepods", "kubernetes"),
        ("docker", "docker"),
        ("libpod", "podman"),
        ("lxc", "lxc"),
        ("containerd", "containerd"),
    ]
    .into_iter()
    .find(|(mark, _)| groups.contains(mark))
    .map(|(_, name)| name)
}

fn is_wsl(environment: &Environment) -> bool {
    environment.filled("WSL_DISTRO_NAME").is_some()
        || file("/proc/sys/kernel/osrelease").is_some_and(|release| release.to_ascii_lowercase().contains("microsoft"))
}

/// Whether `/proc/net/dev`, which shows this process's own network namespace, lists loopback alone.
fn only_loopback(devices: &str) -> bool {
    let names = devices.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim());
    names.filter(|name| *name != "lo" && !FALLBACK_TUNNELS.contains(name)).count() == 0
}

/// The gateway of the default route in `/proc/net/route`: addresses are in hexadecimal, in the machine's byte order.
fn gateway(routes: &str) -> Option<IpAddr> {
    const VIA_GATEWAY: u16 = 2;
    routes.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [_, "00000000", gateway, flags, ..] = columns.as_slice() else { return None };
        if u16::from_str_radix(flags, 16).ok()? & VIA_GATEWAY == 0 {
            return None;
        }
        let address = u32::from_str_radix(gateway, 16).ok()?;
        Some(IpAddr::V4(Ipv4Addr::from(address.to_ne_bytes())))
    })
}

/// A small file of the system; `None` where there is no such thing.
fn file(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

#[cfg(test)]
mod tests {
    use super::{gateway, look_at, of_cgroup, only_loopback};
    use crate::config::Environment;

    const HEADER: &str = "Inter-|   Receive\n face |bytes    packets\n";

    #[test]
    fn loopback_alone_is_told_from_real_interfaces() {
        for (devices, alone) in [
            ("    lo: 0 0 0\n", true),
            ("    lo: 0 0 0\n tunl0: 0 0\n  sit0: 0 0\n", true),
            ("    lo: 0 0 0\n  eth0: 0 0\n", false),
            ("", true),
        ] {
            assert_eq!(only_loopback(&format!("{HEADER}{devices}")), alone, "{devices}");
        }
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn the_default_routes_gateway_is_read() {
        let head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n";
        for (lines, address) in [
            (
                "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\neth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\n",
                Some("172.17.0.1"),
            ),
            ("ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\n", None),
            ("broken line\n", None),
        ] {
            assert_eq!(gateway(&format!("{head}{lines}")).map(|address| address.to_string()).as_deref(), address);
        }
    }

    #[test]
    fn control_groups_name_the_container() {
        for (groups, name) in [
            ("0::/kubepods/burstable/pod1", Some("kubernetes")),
            ("12:pids:/docker/0123", Some("docker")),
            ("0::/lxc.payload.web", Some("lxc")),
            ("0::/init.scope", None),
        ] {
            assert_eq!(of_cgroup(groups), name);
        }
    }

    #[test]
    fn a_sandbox_leaves_its_mark() {
        let marked = Environment::from_pairs([("CODEX_SANDBOX_NETWORK_DISABLED", "1")]);
        assert_eq!(look_at(&marked).sandbox.as_deref(), Some("CODEX_SANDBOX_NETWORK_DISABLED=1"));
        assert!(look_at(&Environment::default()).clock.ends_with('Z'));
    }
}
