//! The rule that finds a clock which makes good certificates look bad.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::tls::Certificate;
use crate::evidence::{Evidence, FailureKind};
use crate::say;

use super::super::super::trial::certificate as witness;
use super::broken;

/// Seconds that a clock may be off before it is called wrong, as in Chromium.
pub(super) const CLOCK_TOLERANCE_S: u64 = 300;

pub(in super::super) fn clock_skew(evidence: &Evidence) -> Option<Finding> {
    let broken = broken(evidence)?;
    let expired = broken.is(FailureKind::TlsExpired);
    if !expired && !broken.is(FailureKind::TlsNotYetValid) {
        return None;
    }
    let machine = &evidence.config.facts.machine;
    let others = witness::clock(evidence);
    let offset = others.map(|clock| clock.offset_s);
    let before_build = machine.days_since_build.is_some_and(|days| days < -2);
    let leaf = broken.leaf();
    let confidence = match offset {
        Some(offset) if offset.unsigned_abs() > CLOCK_TOLERANCE_S => {
            // Expired by a clock that is ahead, not yet valid by one that is behind; the other way round it is the
            // certificate's fault as well.
            if (offset < 0) != expired || !leaf.is_none_or(|leaf| is_valid_at(leaf, &machine.clock, offset)) {
                return None;
            }
            // One clock may be the wrong one; several that agree are not.
            if others.is_some_and(|clock| clock.peers >= 2) { Confidence::Confirmed } else { Confidence::Likely }
        }
        None if before_build && !expired => Confidence::Confirmed,
        // Hardly anybody serves a certificate before its time; a clock that is behind is common.
        None if !expired && reading::is_known_provider(evidence) => Confidence::Likely,
        Some(_) | None => return None,
    };
    let clock = &machine.clock;
    let mut finding = Finding::faulty(broken.stage, confidence);
    if let Some(leaf) = leaf {
        let (from, to) = (&leaf.not_before, &leaf.not_after);
        finding = finding.because(say!(
            en: "this machine's clock says {clock}; the certificate is valid from {from} to {to}",
            zh: "本机时钟是 {clock}；证书有效期从 {from} 到 {to}",
        ));
    }
    if let Some(offset) = offset {
        let (by, minutes) = (duration(offset.saturating_abs()), offset.saturating_abs() / 60);
        let peers = others.map_or(0, |clock| clock.peers);
        finding = finding.because(match (offset > 0, peers) {
            (true, 0) => say!(
                en: "by the Date of the response this clock is {by} behind",
                zh: "按响应的 Date，本机时钟慢了 {minutes} 分钟",
            ),
            (false, 0) => say!(
                en: "by the Date of the response this clock is {by} ahead",
                zh: "按响应的 Date，本机时钟快了 {minutes} 分钟",
            ),
            (true, _) => say!(
                en: "by the median of what the endpoint and {peers} unrelated hosts say this clock is {by} behind",
                zh: "按端点和 {peers} 个无关主机所报时间的中位数，本机时钟慢了 {minutes} 分钟",
            ),
            (false, _) => say!(
                en: "by the median of what the endpoint and {peers} unrelated hosts say this clock is {by} ahead",
                zh: "按端点和 {peers} 个无关主机所报时间的中位数，本机时钟快了 {minutes} 分钟",
            ),
        });
        finding = finding.not(
            "tls-certificate-expired",
            say!(
                en: "at the time that others state the certificate is valid",
                zh: "按其他主机的时间，证书是有效的",
            ),
        );
    }
    if before_build {
        finding = finding.because(say!(
            en: "the clock stands before the day on which this program was built",
            zh: "本机时钟早于这个程序的编译日期",
        ));
    }
    Some(finding)
}

/// Seconds as a reader says them.
fn duration(seconds: i64) -> String {
    match seconds {
        0..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Whether the certificate is valid by a clock that is corrected by `offset_s`.
fn is_valid_at(leaf: &Certificate, clock: &str, offset_s: i64) -> bool {
    let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339).map(OffsetDateTime::unix_timestamp);
    let (Ok(clock), Ok(from), Ok(to)) = (parse(clock), parse(&leaf.not_before), parse(&leaf.not_after)) else {
        return true;
    };
    (from..=to).contains(&clock.saturating_add(offset_s))
}
