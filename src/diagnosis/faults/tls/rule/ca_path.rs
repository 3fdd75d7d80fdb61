//! The rule that finds CA settings which name no usable file.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::evidence::config::CaPath;
use crate::evidence::{Evidence, FailureKind, Stage};
use crate::say;

use super::broken;

pub(in super::super) fn ca_path_invalid(evidence: &Evidence) -> Option<Finding> {
    let mut broken_paths = evidence.config.facts.ca_paths.iter().filter(|path| path.defect.is_some()).peekable();
    broken_paths.peek()?;
    let words = |path: &CaPath| {
        let (origin, file) = (&path.origin, &path.path);
        match path.defect.as_deref().unwrap_or_default() {
            "missing" => {
                say!(en: "{origin} names {file}, which does not exist", zh: "{origin} 指向 {file}，但它不存在")
            }
            "unreadable" => {
                say!(en: "{origin} names {file}, which cannot be read", zh: "{origin} 指向 {file}，但无法读取")
            }
            "no-certificates" => {
                say!(en: "{origin} names {file}, which holds no certificate", zh: "{origin} 指向 {file}，里面没有证书")
            }
            "not-a-file" => {
                say!(en: "{origin} names {file}, which is not a file", zh: "{origin} 指向 {file}，但它不是文件")
            }
            other => say!(
                en: "{origin} names {file}, which is unusable: {other}",
                zh: "{origin} 指向 {file}，不可用：{other}",
            ),
        }
    };
    let paths: Vec<&CaPath> = broken_paths.collect();
    let handshake = broken(evidence);
    let unverified = handshake.as_ref().is_some_and(|broken| broken.is(FailureKind::TlsUnknownIssuer));
    let flagged = paths.iter().any(|path| path.origin.starts_with("--"));
    let stops_us = paths.iter().any(|path| path.used) && (unverified || flagged && handshake.is_some());
    let mut finding = if stops_us {
        let stage = handshake.map_or(Stage::Tls, |broken| broken.stage);
        Finding::faulty(stage, Confidence::Confirmed)
    } else {
        Finding::degraded(Stage::Config, Confidence::Confirmed)
    };
    for path in paths.iter().take(4) {
        finding = finding.because(words(path));
    }
    // A flag or the file of this tool, which no other client reads.
    let own = paths.iter().find(|path| path.used && !is_variable(&path.origin));
    if let Some(path) = own {
        let origin = &path.origin;
        finding = finding.fix(
            say!(
                en: "Name an existing PEM file with {origin}, or leave it out",
                zh: "让 {origin} 指向存在的 PEM 文件，或者去掉它",
            ),
            None,
        );
    }
    if !stops_us && own.is_some() {
        finding = finding.because(say!(
            en: "this run went on with the other roots",
            zh: "本次运行使用了其余的根证书",
        ));
    } else if !stops_us {
        finding = finding.because(say!(
            en: "this tool does not depend on it, clients that read it do",
            zh: "本工具不受影响，但读取它的客户端会受影响",
        ));
    }
    for path in paths.iter().take(2).filter(|path| is_variable(&path.origin)) {
        let origin = &path.origin;
        let command = if evidence.config.facts.machine.os == "windows" {
            format!("Remove-Item Env:{origin}")
        } else {
            format!("unset {origin}")
        };
        finding = finding.fix(say!(en: "Unset {origin}", zh: "取消 {origin}"), Some(command));
    }
    Some(finding)
}

fn is_variable(origin: &str) -> bool {
    !origin.is_empty() && origin.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
