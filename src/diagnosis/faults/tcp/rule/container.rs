//! The rule that finds a loopback address inside a container, and the advice where one is all that is known.

use std::net::SocketAddr;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::{Evidence, Stage};
use crate::say;

use super::{proxy_port, to_anything, with_attempts};

pub(in super::super) fn loopback_in_container(evidence: &Evidence) -> Option<Finding> {
    let attempts = to_anything(evidence)?;
    let gateway = match attempts.stage {
        Stage::Proxy => evidence.proxy.facts.gateway.as_ref(),
        _ => evidence.tcp.facts.gateway.as_ref(),
    };
    // Loopback that refuses is no proof: the service may simply not run. That the machine around answers is.
    let gateway = gateway.filter(|attempt| attempt.connected)?.address;
    let port = if attempts.stage == Stage::Proxy { proxy_port(evidence) } else { evidence.tcp.facts.port };
    let at = SocketAddr::new(gateway, port);
    let container = reading::container(evidence).unwrap_or("WSL");
    let finding = with_attempts(Finding::faulty(attempts.stage, Confidence::Confirmed), &attempts, evidence);
    Some(
        finding
            .because(say!(
                en: "this runs inside a container ({container}), and the machine around it answers on the same port ({at})",
                zh: "程序运行在容器里（{container}），而容器外的宿主机在同一端口有应答（{at}）",
            ))
            .not("tcp-refused", say!(
                en: "the service runs: {at} accepts connections", zh: "服务在运行：{at} 接受连接",
            )),
    )
}

/// In a container, what to do should the service run on the machine around it.
pub(crate) fn container_hint(finding: Finding, evidence: &Evidence) -> Finding {
    let Some(container) = reading::container(evidence) else { return finding };
    finding.fix(
        say!(
            en: "This runs inside a container ({container}): if the service runs on the machine around it, write host.docker.internal instead of localhost and let the service listen on 0.0.0.0",
            zh: "程序运行在容器里（{container}）：如果服务在宿主机上，请把 localhost 换成 host.docker.internal，并让服务监听 0.0.0.0",
        ),
        None,
    )
}
