//! Where every millisecond went: a bar a phase, placed where the phase lies in the run.

use std::fmt::Write as _;

use crate::evidence::{Evidence, Ms};
use crate::lang::Text;
use crate::text;

use super::style::{Role, Style, columns, pad};

/// One phase of the chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    /// What it is.
    pub name: Text,
    /// Start, from the start of the run.
    pub started: Ms,
    /// Duration.
    pub took: Ms,
}

impl Phase {
    fn new(name: Text, started: Option<Ms>, took: Option<Ms>) -> Option<Self> {
        Some(Self { name, started: started?, took: took? })
    }

    fn end(self) -> f64 {
        self.started.0 + self.took.0
    }
}

const OTHER: Text = text!(en: "in between", zh: "其余");

/// The phases that happened, in order.
#[must_use]
pub fn phases(evidence: &Evidence) -> Vec<Phase> {
    let Evidence { dns, proxy, tcp, tls, http, .. } = evidence;
    let chosen =
        tcp.facts.attempts.iter().find(|attempt| attempt.connected && Some(attempt.address) == tcp.facts.chosen);
    let tunnel_start = proxy.started_ms.zip(proxy.duration_ms).zip(proxy.facts.tunnel_ms);
    // The answer to CONNECT ends the stage, so asking began that much before its end.
    let tunnel_start = tunnel_start.map(|((start, took), tunnel)| Ms(start.0 + took.0 - tunnel.0));
    let body_start = http.started_ms.zip(http.facts.first_byte_ms).map(|(start, first)| Ms(start.0 + first.0));
    let body = http.facts.last_byte_ms.zip(http.facts.first_byte_ms).map(|(last, first)| last - first);
    // A short body comes in the same packet as the head: there was no phase.
    let body = body.filter(|took| took.0 > 0.0);
    [
        Phase::new(text!(en: "dns", zh: "域名解析"), dns.started_ms, dns.duration_ms),
        Phase::new(text!(en: "proxy connect", zh: "连接代理"), proxy.started_ms, proxy.facts.connect_ms),
        Phase::new(text!(en: "proxy tunnel", zh: "代理隧道"), tunnel_start, proxy.facts.tunnel_ms),
        Phase::new(
            text!(en: "tcp connect", zh: "TCP 连接"),
            chosen.map(|attempt| attempt.started_ms),
            chosen.and_then(|attempt| attempt.duration_ms),
        ),
        Phase::new(text!(en: "tls handshake", zh: "TLS 握手"), tls.started_ms, tls.duration_ms),
        Phase::new(text!(en: "first byte", zh: "等待首字节"), http.started_ms, http.facts.first_byte_ms),
        Phase::new(text!(en: "body", zh: "接收响应体"), body_start, body),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Appends the table of phases with its bars and the total; nothing when nothing was measured.
pub fn render(out: &mut String, evidence: &Evidence, style: &Style) {
    let phases = phases(evidence);
    let Some(end) = phases.iter().map(|phase| phase.end()).reduce(f64::max) else { return };
    let start = phases.iter().map(|phase| phase.started.0).fold(f64::INFINITY, f64::min);
    let total = style.say(text!(en: "total", zh: "合计"));
    let names = phases.iter().map(|phase| columns(style.say(phase.name))).max().unwrap_or(0).max(columns(total));
    let times: Vec<String> = phases.iter().map(|phase| phase.took.to_string()).collect();
    let total_time = (Ms(end) - Ms(start)).to_string();
    let time_columns = times.iter().chain([&total_time]).map(String::len).max().unwrap_or(0);
    let other = between(&phases, start, end);
    let room = style.width.saturating_sub(2 + names + 2 + 2 + time_columns).clamp(8, 60);
    let scale = room as f64 / (end - start).max(f64::MIN_POSITIVE);
    for (phase, time) in phases.iter().zip(&times) {
        let name = pad(style.say(phase.name), names);
        let bar = bar((phase.started.0 - start) * scale, phase.took.0 * scale, room, style.unicode);
        let _ = writeln!(out, "  {name}  {}  {time:>time_columns$}", style.paint(Role::Command, &bar));
    }
    if let Some(other) = other {
        let name = style.paint(Role::Muted, &pad(style.say(OTHER), names));
        let _ = writeln!(out, "  {name}  {}  {:>time_columns$}", " ".repeat(room), other.to_string());
    }
    let total = style.paint(Role::Strong, &pad(total, names));
    let _ = writeln!(out, "  {total}  {}  {total_time:>time_columns$}", " ".repeat(room));
}

/// Time between the phases that belongs to none of them, this program's own work included: nothing when it is below a
/// hundredth of the whole.
fn between(phases: &[Phase], start: f64, end: f64) -> Option<Ms> {
    let mut covered = 0.0;
    let mut reached = start;
    let mut sorted = phases.to_vec();
    sorted.sort_by(|one, other| one.started.0.total_cmp(&other.started.0));
    for phase in sorted {
        covered += (phase.end() - phase.started.0.max(reached)).max(0.0);
        reached = reached.max(phase.end());
    }
    let other = end - start - covered;
    (other > (end - start) / 100.0).then_some(Ms(other))
}

/// A bar of `length` behind `offset`, in columns: at least one column long, never past `room`.
fn bar(offset: f64, length: f64, room: usize, unicode: bool) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both lie between 0 and the room")]
    let column = |at: f64| at.round().clamp(0.0, room as f64) as usize;
    let from = column(offset).min(room - 1);
    let to = column(offset + length).max(from + 1);
    let block = if unicode { "█" } else { "#" };
    pad(&format!("{}{}", " ".repeat(from), block.repeat(to - from)), room)
}

#[cfg(test)]
mod tests {
    use super::{bar, between, phases, render};
    use crate::evidence::{Evidence, Ms};
    use crate::lang::Lang;
    use crate::report::fixture;
    use crate::report::style::{Style, columns};

    #[test]
    fn bars_lie_where_their_phases_lie() {
        assert_eq!(bar(0.0, 5.0, 10, false), "#####     ");
        assert_eq!(bar(5.0, 0.01, 10, false), "     #    ");
        assert_eq!(bar(9.99, 0.01, 10, false), "         #");
        assert_eq!(bar(0.0, 99.0, 4, true), "████");
    }

    #[test]
    fn a_phase_that_did_not_happen_has_no_bar() {
        assert!(phases(&Evidence::default()).is_empty());
        let names: Vec<&str> = phases(&fixture::healthy()).iter().map(|phase| phase.name.en).collect();
        assert_eq!(names, ["dns", "tcp connect", "tls handshake", "first byte", "body"]);
    }

    #[test]
    fn overlapping_phases_are_counted_once() {
        let phase = |started, took| super::Phase { name: super::OTHER, started: Ms(started), took: Ms(took) };
        assert_eq!(between(&[phase(0.0, 4.0), phase(2.0, 4.0), phase(8.0, 2.0)], 0.0, 10.0), Some(Ms(2.0)));
        assert_eq!(between(&[phase(0.0, 10.0), phase(1.0, 1.0)], 0.0, 10.0), None);
    }

    #[test]
    fn columns_are_equal_in_both_languages_and_at_every_width() {
        for lang in [Lang::En, Lang::Zh] {
            for width in [40, 60, 80, 100] {
                let mut out = String::new();
                render(&mut out, &fixture::healthy(), &Style::plain(lang).wide(width));
                let widths: Vec<usize> = out.lines().map(columns).collect();
                assert!(widths.iter().all(|one| *one == widths[0] && *one <= width), "{widths:?}\n{out}");
            }
        }
    }
}
