//! The rules that find out why a certificate does not verify.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::config::CaPath;
use crate::evidence::tls::{Certificate, Verdict};
use crate::evidence::{Evidence, FailureKind, Stage, TlsFacts};
use crate::lang::Sentence;
use crate::say;

use super::super::trial::certificate as witness;
use super::clock::CLOCK_TOLERANCE_S;
use super::{broken, said_by_us};

/// The maker of a filter that a certificate of the chain names.
fn interceptor(facts: &TlsFacts) -> Option<&str> {
    facts.chain.iter().find_map(|certificate| certificate.interceptor.as_deref())
}

fn issuer(certificate: &Certificate) -> String {
    match (&certificate.issuer_cn, &certificate.issuer_o) {
        (Some(cn), Some(o)) if cn != o => format!("{cn} ({o})"),
        (Some(one), _) | (None, Some(one)) => one.clone(),
        (None, None) => certificate.issuer.clone(),
    }
}

/// The leaf: whose it is and who signed it.
fn presented(facts: &TlsFacts) -> Option<Sentence> {
    let leaf = facts.chain.first()?;
    let (subject, issuer) = (leaf.subject_cn.as_deref().unwrap_or(&leaf.subject), issuer(leaf));
    Some(if leaf.self_signed {
        say!(
            en: "the certificate for {subject} is self-signed",
            zh: "{subject} 的证书是自签名的",
        )
    } else {
        say!(
            en: "the certificate for {subject} was signed by {issuer}",
            zh: "{subject} 的证书由 {issuer} 签发",
        )
    })
}

/// What the two sets of roots say.
fn verdicts(facts: &TlsFacts) -> Option<Sentence> {
    let (platform, mozilla) = (facts.platform.as_ref()?, facts.mozilla.as_ref()?);
    let en = match (platform.valid, mozilla.valid) {
        (true, true) => "accepts it, and so do the bundled Mozilla roots",
        (true, false) => "accepts it, the bundled Mozilla roots reject it",
        (false, true) => "rejects it, the bundled Mozilla roots accept it",
        (false, false) => "rejects it, and so do the bundled Mozilla roots",
    };
    let zh = |verdict: &Verdict| if verdict.valid { "通过" } else { "不通过" };
    let roots = platform.roots.map_or_else(String::new, |roots| format!(" ({roots})"));
    Some(Sentence {
        en: format!("this machine's store{roots} {en}"),
        zh: format!("本机证书库{roots}：{}；内置 Mozilla 根证书：{}", zh(platform), zh(mozilla)),
    })
}

/// A CA setting that this tool went by and that named usable certificates.
fn own_roots(evidence: &Evidence) -> Option<&CaPath> {
    evidence.config.facts.ca_paths.iter().find(|path| path.used && path.defect.is_none())
}

/// Whether a certificate names the host, by itself or with a wildcard for its first label (RFC 9525).
fn is_for(certificate: &Certificate, host: &str) -> bool {
    certificate.names.iter().any(|name| {
        name.eq_ignore_ascii_case(host)
            || name
                .strip_prefix("*.")
                .is_some_and(|parent| host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent)))
    })
}

/// Whether the bundle whose place a variable took accepts what the roots in use do not; an inspecting gateway's CA stands
/// there too, and is one all the same.
fn known_to_the_system(facts: &TlsFacts) -> bool {
    facts.system.as_ref().is_some_and(|verdict| verdict.valid) && interceptor(facts).is_none()
}

pub(in super::super) fn roots_stale(evidence: &Evidence) -> Option<Finding> {
    let broken = broken(evidence)?;
    let public = broken.facts.mozilla.as_ref().is_some_and(|verdict| verdict.valid);
    if !broken.is(FailureKind::TlsUnknownIssuer) || !public && !known_to_the_system(broken.facts) {
        return None;
    }
    let mut finding = Finding::faulty(broken.stage, Confidence::Confirmed)
        .because_if(verdicts(broken.facts))
        .because_if(presented(broken.facts));
    finding = if public {
        finding.not("tls-intercepted", say!(en: "the issuer is a public authority", zh: "签发者是公共 CA"))
    } else {
        finding.because(say!(
            en: "the system's own bundle, which is not in use, accepts the same chain",
            zh: "系统自带、但此刻未启用的证书库能通过同一条证书链",
        ))
    };
    if let Some(path) = own_roots(evidence) {
        let (origin, file, count) = (&path.origin, &path.path, path.certificates);
        finding = finding
            .because(say!(
                en: "{origin} replaces the roots by those of {file} ({count}), and the issuer is not among them",
                zh: "{origin} 把根证书换成了 {file}（{count} 个），其中没有这个签发者",
            ))
            .fix(
                say!(
                    en: "Leave {origin} out, or add the public roots to that file",
                    zh: "去掉 {origin}，或者把公共根证书也加进那个文件",
                ),
                None,
            );
    }
    Some(finding)
}

pub(in super::super) fn intercepted(evidence: &Evidence) -> Option<Finding> {
    let Some(broken) = broken(evidence) else { return intercepted_with_consent(evidence) };
    let public = broken.facts.mozilla.as_ref().is_some_and(|verdict| verdict.valid);
    if !broken.is(FailureKind::TlsUnknownIssuer) || public || known_to_the_system(broken.facts) {
        return None;
    }
    let maker = interceptor(broken.facts);
    // A gateway that opens connections signs for the very name that was asked for.
    let right_name = broken.leaf().is_none_or(|leaf| is_for(leaf, &broken.facts.server_name));
    let to_provider = broken.stage == Stage::Tls && reading::is_known_provider(evidence) && right_name;
    let same = witness::of_same_issuer(evidence, broken.facts);
    let genuine = witness::genuine(evidence);
    if maker.is_none() && !to_provider && same.is_empty() {
        return None;
    }
    let proved = !same.is_empty() || (maker.is_some() && !genuine.is_empty());
    let sure = proved && witness::refused_each_time(evidence);
    let confidence = if sure { Confidence::Confirmed } else { Confidence::Likely };
    let mut finding = Finding::faulty(broken.stage, confidence)
        .because_if(witness::same_issuer_words(evidence, &same))
        .because_if(presented(broken.facts));
    if same.is_empty() && !genuine.is_empty() {
        finding = finding.because_if(witness::genuine_words(evidence, &genuine)).because(say!(
            en: "only some hosts are intercepted, this one among them",
            zh: "只有部分主机被解密，其中包括这个端点",
        ));
    }
    if !same.is_empty() {
        finding = finding.not(
            "tls-certificate-untrusted",
            say!(
                en: "it is not this endpoint's own certificate: unrelated hosts show the same issuer",
                zh: "这不是端点自己的证书：无关主机也由同一签发者签发",
            ),
        );
    }
    if let Some(maker) = maker {
        finding = finding.because(say!(
            en: "the issuer's name is that of {maker}, which inspects TLS",
            zh: "签发者名称属于 {maker}，这类产品会解密 TLS",
        ));
    } else if to_provider {
        finding = finding.because(say!(
            en: "{host} has a certificate of a public authority; this one is of a private one",
            zh: "{host} 用的是公共 CA 的证书，而收到的却由私有 CA 签发",
            host = reading::host(evidence),
        ));
    }
    Some(finding.because_if(verdicts(broken.facts)).not(
        "tls-roots-stale",
        say!(
            en: "the current Mozilla roots do not know the issuer either",
            zh: "最新的 Mozilla 根证书也不认识这个签发者",
        ),
    ))
}

/// The machine trusts an inspecting gateway; clients that bring their own roots (Python's certifi, Node.js) do not.
/// An authority that nobody knows may as well be the user's own, which is worth a note and no alarm.
fn intercepted_with_consent(evidence: &Evidence) -> Option<Finding> {
    let facts = &evidence.tls.facts;
    let unknown_to_mozilla = facts
        .mozilla
        .as_ref()
        .is_some_and(|verdict| !verdict.valid && verdict.kind == Some(FailureKind::TlsUnknownIssuer));
    // Whoever named a CA file knows of the private authority, and the clients that read the variable do too.
    let arranged = evidence.config.facts.ca_paths.iter().any(|path| path.used);
    let near = evidence.tcp.facts.chosen.is_some_and(|address| address.is_loopback());
    if !facts.trusted || !unknown_to_mozilla || arranged || near || !reading::is_known_provider(evidence) {
        return None;
    }
    let maker = interceptor(facts)?;
    Some(
        Finding::degraded(Stage::Tls, Confidence::Confirmed)
            .because_if(presented(facts))
            .because(say!(
                en: "the issuer's name is that of {maker}, which inspects TLS",
                zh: "签发者名称属于 {maker}，这类产品会解密 TLS",
            ))
            .because_if(verdicts(facts))
            .because(say!(
                en: "clients with roots of their own (Python with certifi, Node.js) will reject this certificate",
                zh: "自带根证书的客户端（用 certifi 的 Python、Node.js）会拒绝这张证书",
            )),
    )
}

pub(in super::super) fn expired(evidence: &Evidence) -> Option<Finding> {
    let broken = broken(evidence)?;
    let early = broken.is(FailureKind::TlsNotYetValid);
    if !early && !broken.is(FailureKind::TlsExpired) {
        return None;
    }
    let checked = witness::clock(evidence).filter(|clock| clock.offset_s.unsigned_abs() <= CLOCK_TOLERANCE_S);
    let genuine = witness::genuine(evidence);
    let agreed = checked.is_some_and(|clock| clock.peers > 0 || witness::is_local(evidence));
    let sure = agreed || !genuine.is_empty();
    let mut finding = Finding::faulty(broken.stage, if sure { Confidence::Confirmed } else { Confidence::Likely });
    if let Some(leaf) = broken.leaf() {
        let (from, to, days) = (&leaf.not_before, &leaf.not_after, leaf.days_left.unsigned_abs());
        finding = finding.because(if early {
            say!(en: "the certificate is not valid before {from}", zh: "证书从 {from} 起才生效")
        } else if leaf.days_left < 0 {
            say!(en: "the certificate expired on {to}, {days} days ago", zh: "证书已于 {to} 过期，距今 {days} 天")
        } else {
            say!(en: "the certificate expired on {to}", zh: "证书已于 {to} 过期")
        });
    } else {
        finding = finding.because(said_by_us(broken.failure));
    }
    finding = finding.because_if(witness::genuine_words(evidence, &genuine));
    if let Some(clock) = checked {
        let peers = clock.peers;
        finding = finding.not(
            "tls-clock-skew",
            if peers == 0 {
                say!(en: "this machine's clock agrees with the server's", zh: "本机时钟与服务器一致")
            } else {
                say!(
                    en: "this machine's clock agrees with those of {peers} unrelated hosts",
                    zh: "本机时钟与 {peers} 个无关主机一致",
                )
            },
        );
    } else if !genuine.is_empty() {
        finding = finding.not(
            "tls-clock-skew",
            say!(en: "by the same clock other certificates are valid", zh: "按同一时钟，其他证书都有效"),
        );
    }
    Some(finding.because_if(presented(broken.facts)))
}

pub(in super::super) fn name_mismatch(evidence: &Evidence) -> Option<Finding> {
    let broken = broken(evidence)?;
    if !broken.is(FailureKind::TlsWrongName) {
        return None;
    }
    let wanted = &broken.facts.server_name;
    let genuine = witness::genuine(evidence);
    let sure = !genuine.is_empty() || witness::is_local(evidence);
    let mut finding = Finding::faulty(broken.stage, if sure { Confidence::Confirmed } else { Confidence::Likely });
    if let Some(leaf) = broken.leaf() {
        let mut names = leaf.names.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
        if leaf.names.len() > 4 {
            names.push_str(", …");
        }
        if names.is_empty() {
            names.clone_from(&leaf.subject);
        }
        finding = finding.because(say!(
            en: "asked for {wanted}, the server presented a certificate for {names}",
            zh: "请求的是 {wanted}，服务器出示的证书属于 {names}",
        ));
    } else {
        finding = finding.because(said_by_us(broken.failure));
    }
    if witness::of_same_leaf(evidence).is_empty() && !genuine.is_empty() {
        finding = finding.because_if(witness::genuine_words(evidence, &genuine)).not(
            "tls-intercepted",
            say!(en: "unrelated hosts show certificates of their own", zh: "无关主机出示的都是自己的证书"),
        );
    }
    Some(finding.because_if(presented(broken.facts)).because_if(verdicts(broken.facts)))
}

pub(in super::super) fn untrusted(evidence: &Evidence) -> Option<Finding> {
    let broken = broken(evidence)?;
    if !broken.is(FailureKind::TlsUnknownIssuer) && !broken.is(FailureKind::TlsBadCertificate) {
        return None;
    }
    let genuine = witness::genuine(evidence);
    // Only here, and every time: then it is this server. Nobody intercepts what stays in the house.
    let alone = !genuine.is_empty() && witness::refused_each_time(evidence);
    let sure = alone || witness::is_local(evidence);
    let mut finding = Finding::faulty(broken.stage, if sure { Confidence::Confirmed } else { Confidence::Likely })
        .because_if(witness::genuine_words(evidence, &genuine))
        .because_if(presented(broken.facts))
        .because_if(verdicts(broken.facts))
        .because(said_by_us(broken.failure));
    let wanted = &broken.facts.server_name;
    if let Some(leaf) = broken.leaf().filter(|leaf| !is_for(leaf, wanted)) {
        let names = leaf.names.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
        finding = finding.because(say!(
            en: "and it is for other names than {wanted}: {names}",
            zh: "而且证书上的名字不是 {wanted}，而是：{names}",
        ));
    }
    if broken.facts.chain_length == 1 && broken.leaf().is_some_and(|leaf| !leaf.self_signed) {
        finding = finding.because(say!(
            en: "the server sent no intermediate certificate with it",
            zh: "服务器没有一并发送中间证书",
        ));
    }
    if !genuine.is_empty() {
        finding = finding.not(
            "tls-intercepted",
            say!(
                en: "unrelated hosts verify: nothing on the way replaces certificates",
                zh: "无关主机的证书都能通过：途中没有设备替换证书",
            ),
        );
    } else if interceptor(broken.facts).is_none() && sure {
        finding = finding.not("tls-intercepted", say!(
            en: "the issuer is not known as an inspecting gateway, and the host is not one that has a public certificate for sure",
            zh: "签发者不是已知的解密网关，而且这个主机也不是必然使用公共证书的服务商",
        ));
    }
    Some(finding)
}
