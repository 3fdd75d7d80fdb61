//! A certificate as facts: who, by whom, for which names, until when.

use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Name;

use crate::evidence::text;
use crate::evidence::tls::Certificate;
use crate::probe::Run;

/// A certificate for thousands of hosts tells no more than its first names do.
const MOST_NAMES: usize = 64;
const LONGEST_NAME: usize = 256;

/// Makers of filters, gateways and antivirus programs, by what they write into the issuer of the certificates they
/// make up (Chromium's SSL assistant keeps a similar list).
const INTERCEPTORS: &[(&str, &str)] = &[
    ("zscaler", "Zscaler"),
    ("netskope", "Netskope"),
    ("goskope", "Netskope"),
    ("fortinet", "Fortinet"),
    ("fortigate", "Fortinet"),
    ("palo alto", "Palo Alto Networks"),
    ("globalprotect", "Palo Alto Networks"),
    ("cisco umbrella", "Cisco Umbrella"),
    ("opendns", "Cisco Umbrella"),
    ("cisco", "Cisco"),
    ("blue coat", "Symantec Blue Coat"),
    ("bluecoat", "Symantec Blue Coat"),
    ("symantec web", "Symantec Web Security"),
    ("forcepoint", "Forcepoint"),
    ("websense", "Forcepoint"),
    ("sophos", "Sophos"),
    ("mcafee", "McAfee"),
    ("skyhigh", "Skyhigh Security"),
    ("trellix", "Trellix"),
    ("check point", "Check Point"),
    ("checkpoint", "Check Point"),
    ("barracuda", "Barracuda"),
    ("sonicwall", "SonicWall"),
    ("watchguard", "WatchGuard"),
    ("kaspersky", "Kaspersky"),
    ("avast", "Avast"),
    ("avg technologies", "AVG"),
    ("eset", "ESET"),
    ("bitdefender", "Bitdefender"),
    ("iboss", "iboss"),
    ("cato networks", "Cato Networks"),
    ("securly", "Securly"),
    ("lightspeed", "Lightspeed Systems"),
    ("contentkeeper", "ContentKeeper"),
    ("sangfor", "Sangfor"),
    ("mitmproxy", "mitmproxy"),
    ("charles proxy", "Charles"),
    ("fiddler", "Fiddler"),
    ("burp", "Burp Suite"),
    ("portswigger", "Burp Suite"),
    ("proxyman", "Proxyman"),
    ("adguard", "AdGuard"),
    ("cloudflare gateway", "Cloudflare Gateway"),
    ("cloudflare for teams", "Cloudflare Gateway"),
    ("superfish", "Superfish"),
    ("squid", "Squid"),
];

/// The facts of a certificate; `None` when it cannot be parsed.
pub(super) fn describe(der: &CertificateDer<'_>, run: &Run) -> Option<Certificate> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    let issuer = name(parsed.issuer(), run);
    let subject = name(parsed.subject(), run);
    let not_after = parsed.validity().not_after.to_datetime();
    Some(Certificate {
        subject_cn: common_name(parsed.subject(), run),
        issuer_cn: common_name(parsed.issuer(), run),
        issuer_o: parsed
            .issuer()
            .iter_organization()
            .next()
            .and_then(|part| part.as_str().ok())
            .map(|part| run.scrub(part, LONGEST_NAME)),
        names: names(&parsed, run),
        not_before: timestamp(parsed.validity().not_before.to_datetime()),
        not_after: timestamp(not_after),
        days_left: (not_after - OffsetDateTime::now_utc()).whole_days(),
        key: key(&parsed),
        signature: signature(&parsed),
        sha256: sha256(der),
        is_ca: parsed.is_ca(),
        self_signed: parsed.subject().as_raw() == parsed.issuer().as_raw(),
        interceptor: interceptor(&issuer),
        subject,
        issuer,
    })
}

fn interceptor(issuer: &str) -> Option<String> {
    let issuer = issuer.to_lowercase();
    INTERCEPTORS.iter().find(|(part, _)| issuer.contains(part)).map(|(_, maker)| (*maker).to_owned())
}

fn name(raw: &X509Name<'_>, run: &Run) -> String {
    run.scrub(&raw.to_string(), LONGEST_NAME)
}

fn common_name(raw: &X509Name<'_>, run: &Run) -> Option<String> {
    raw.iter_common_name().next().and_then(|part| part.as_str().ok()).map(|part| run.scrub(part, LONGEST_NAME))
}

fn names(parsed: &X509Certificate<'_>, run: &Run) -> Vec<String> {
    let general = parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(alternative) => Some(&alternative.general_names),
        _ => None,
    });
    general
        .into_iter()
        .flatten()
        .filter_map(|one| match one {
            GeneralName::DNSName(dns) => Some(run.scrub(dns, LONGEST_NAME)),
            GeneralName::IPAddress(raw) => address(raw),
            _ => None,
        })
        .take(MOST_NAMES)
        .collect()
}

fn address(raw: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(raw) {
        return Some(std::net::Ipv4Addr::from(four).to_string());
    }
    <[u8; 16]>::try_from(raw).ok().map(|sixteen| std::net::Ipv6Addr::from(sixteen).to_string())
}

fn key(parsed: &X509Certificate<'_>) -> String {
    match parsed.public_key().parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA {}", rsa.key_size()),
        Ok(PublicKey::EC(point)) => format!("EC P-{}", point.key_size()),
        _ => match parsed.public_key().algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => "Ed25519".to_owned(),
            oid => format!("OID {}", text::line(oid, 64)),
        },
    }
}

fn signature(parsed: &X509Certificate<'_>) -> String {
    let oid = parsed.signature_algorithm.algorithm.to_id_string();
    match oid.as_str() {
        "1.2.840.113549.1.1.5" => "RSA with SHA-1",
        "1.2.840.113549.1.1.11" => "RSA with SHA-256",
        "1.2.840.113549.1.1.12" => "RSA with SHA-384",
        "1.2.840.113549.1.1.13" => "RSA with SHA-512",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.10045.4.3.2" => "ECDSA with SHA-256",
        "1.2.840.10045.4.3.3" => "ECDSA with SHA-384",
        "1.3.101.112" => "Ed25519",
        _ => return format!("OID {}", text::line(&oid, 64)),
    }
    .to_owned()
}

fn sha256(der: &[u8]) -> String {
    use std::fmt::Write as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der);
    digest.as_ref().iter().fold(String::with_capacity(64), |mut hexadecimal, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hexadecimal, "{byte:02x}");
        hexadecimal
    })
}

fn timestamp(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
