//! Rules by chance: some packets get lost, whatever they carry.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::evidence::{Evidence, Stage};
use crate::say;

use super::loss;

pub(in super::super) fn packet_loss(evidence: &Evidence) -> Option<Finding> {
    let facts = loss(evidence)?;
    // One in ten is far beyond what a usable link loses; all of them is no loss but a wall.
    if facts.tried < 10 || facts.hit * 10 < facts.tried || facts.failed == facts.tried {
        return None;
    }
    let stage = if evidence.tcp.failed() { Stage::Tcp } else { Stage::Tls };
    let address = facts.address.map_or_else(String::new, |address| address.to_string());
    let best = facts.best_ms.unwrap_or_default();
    let worst = facts.worst_ms.unwrap_or_default();
    Some(
        Finding::faulty(stage, Confidence::Confirmed)
            .because(say!(
                en: "of {tried} connections to {address}, {hit} lost at least one packet ({failed} failed); the others took from {best} to {worst}",
                zh: "对 {address} 连接 {tried} 次，有 {hit} 次至少丢了一个包（{failed} 次失败）；其余耗时 {best} 到 {worst}",
                tried = facts.tried, hit = facts.hit, failed = facts.failed,
            ))
            .not("ip-blackholed", say!(
                en: "some connections to the same address do succeed", zh: "同一地址有些连接是成功的",
            )),
    )
}
