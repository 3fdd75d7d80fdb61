//! Whether a chain is trusted: by this machine's store, which decides, and by the bundled Mozilla roots beside it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme};
use tokio::sync::OnceCell;

use crate::evidence::tls::{Certificate, Verdict};
use crate::evidence::{FailureKind, TlsFacts, text};
use crate::probe::Run;

use super::{certificate, server_name};

/// A hostile chain costs no more than this many parsed certificates.
const MOST_CERTIFICATES: usize = 16;
/// Certificates beyond this size are not parsed, only counted.
const LARGEST_CERTIFICATE: usize = 64 * 1024;
/// Bundles of whole systems hold some hundred and fifty.
const MOST_IN_A_FILE: usize = 500;

/// The two sets of roots, loaded once in the background while the network is busy.
#[derive(Clone)]
pub struct Trust(Arc<Inner>);

struct Inner {
    run: Run,
    roots: OnceCell<Roots>,
}

struct Roots {
    platform: Result<Arc<dyn ServerCertVerifier>, String>,
    mozilla: Option<Arc<dyn ServerCertVerifier>>,
}

/// Bundles of the system, where distributions keep them.
pub const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
];

/// The variables that put other roots in the place of the system's.
const REPLACING: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

impl Trust {
    /// Starts loading; the first chain to judge waits for it.
    #[must_use]
    pub fn load(run: &Run) -> Self {
        let trust = Self(Arc::new(Inner { run: run.clone(), roots: OnceCell::new() }));
        let ahead = trust.clone();
        tokio::spawn(async move {
            ahead.roots().await;
        });
        trust
    }

    /// The CA file that is trusted beside the machine's store.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        self.0.run.settings.ca_file.as_ref().map(|file| file.value.as_path())
    }

    async fn roots(&self) -> &Roots {
        let run = &self.0.run;
        self.0
            .roots
            .get_or_init(|| async {
                let run = run.clone();
                // Reading and parsing 150 roots takes milliseconds: not on the thread that measures.
                tokio::task::spawn_blocking(move || Roots::read(&run))
                    .await
                    .unwrap_or_else(|error| Roots { platform: Err(error.to_string()), mozilla: None })
            })
            .await
    }

    /// Fills in both verdicts.
    pub(super) async fn judge(&self, facts: &mut TlsFacts, recorder: &Recorder, host: &str) {
        let roots = self.roots().await;
        let Some(name) = server_name(host) else { return };
        let chain = recorder.chain();
        let platform = match &roots.platform {
            Ok(verifier) => verdict(verifier.as_ref(), &chain, &name),
            Err(detail) => Verdict {
                valid: false,
                kind: Some(FailureKind::TlsUnknownIssuer),
                detail: Some(text::line(detail, text::MAX_LINE)),
                roots: Some(0),
            },
        };
        if platform.kind == Some(FailureKind::TlsUnknownIssuer) {
            facts.system = self.replaced(&chain, &name).await;
        }
        facts.trusted = platform.valid;
        facts.platform = Some(platform);
        facts.mozilla = roots.mozilla.as_ref().map(|verifier| verdict(verifier.as_ref(), &chain, &name));
    }
}

impl Trust {
    /// The verdict of the bundle that a variable took the place of; `None` when none did.
    async fn replaced(&self, chain: &[CertificateDer<'static>], name: &ServerName<'static>) -> Option<Verdict> {
        let environment = &self.0.run.settings.environment;
        let named: Vec<&Path> = REPLACING.iter().filter_map(|name| environment.filled(name).map(Path::new)).collect();
        if named.is_empty() || cfg!(not(all(unix, not(target_vendor = "apple")))) {
            return None;
        }
        let bundle = BUNDLES.iter().map(Path::new).find(|bundle| bundle.is_file() && !named.contains(bundle))?;
        let (chain, name) = (chain.to_vec(), name.clone());
        tokio::task::spawn_blocking(move || {
            let mut store = RootCertStore::empty();
            let certificates = CertificateDer::pem_file_iter(bundle).ok()?;
            store.add_parsable_certificates(certificates.take(MOST_IN_A_FILE).flatten());
            let verifier = verifier(store)?;
            Some(verdict(verifier.as_ref(), &chain, &name))
        })
        .await
        .ok()?
    }
}

fn verifier(store: RootCertStore) -> Option<Arc<dyn ServerCertVerifier>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider).build().ok()?;
    Some(verifier)
}

impl Roots {
    fn read(run: &Run) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let extra = extra_roots(run);
        let platform = rustls_platform_verifier::Verifier::new_with_extra_roots(extra.clone(), Arc::clone(&provider))
            // A CA file with an unusable certificate in it must not take the whole store with it.
            .or_else(|_| rustls_platform_verifier::Verifier::new(provider))
            .map(|verifier| Arc::new(verifier) as Arc<dyn ServerCertVerifier>)
            .map_err(|error| error.to_string());
        let mut store = RootCertStore::empty();
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        Self { platform, mozilla: verifier(store) }
    }
}

fn extra_roots(run: &Run) -> Vec<CertificateDer<'static>> {
    let mut roots: Vec<CertificateDer<'static>> = Vec::new();
    if let Some(file) = &run.settings.ca_file
        && let Ok(certificates) = CertificateDer::pem_file_iter(&file.value)
    {
        roots.extend(certificates.flatten());
    }
    roots.extend(CertificateDer::pem_slice_iter(&run.settings.extra_ca_pem).flatten());
    roots
}

/// The certificates that a PEM file holds, the first five hundred.
#[must_use]
pub fn certificates_in(run: &Run, path: &Path) -> Vec<Certificate> {
    let Ok(certificates) = CertificateDer::pem_file_iter(path) else { return Vec::new() };
    certificates.take(MOST_IN_A_FILE).flatten().filter_map(|der| certificate::describe(&der, run)).collect()
}

fn verdict(verifier: &dyn ServerCertVerifier, chain: &[CertificateDer<'static>], name: &ServerName<'_>) -> Verdict {
    let outcome = chain
        .split_first()
        .ok_or(TlsError::NoCertificatesPresented)
        .and_then(|(leaf, rest)| verifier.verify_server_cert(leaf, rest, name, &[], UnixTime::now()));
    match outcome {
        Ok(_) => Verdict { valid: true, kind: None, detail: None, roots: None },
        Err(error) => Verdict {
            valid: false,
            kind: Some(kind(&error)),
            detail: Some(text::line(&error.to_string(), text::MAX_LINE)),
            roots: None,
        },
    }
}

fn kind(error: &TlsError) -> FailureKind {
    use CertificateError as C;
    match error {
        TlsError::InvalidCertificate(C::UnknownIssuer) => FailureKind::TlsUnknownIssuer,
        TlsError::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. }) => {
            FailureKind::TlsWrongName
        }
        TlsError::InvalidCertificate(C::Expired | C::ExpiredContext { .. }) => FailureKind::TlsExpired,
        TlsError::InvalidCertificate(C::NotValidYet | C::NotValidYetContext { .. }) => FailureKind::TlsNotYetValid,
        _ => FailureKind::TlsBadCertificate,
    }
}

/// Keeps the chain and lets the handshake go on; the signatures of the handshake are really checked.
#[derive(Debug)]
pub(super) struct Recorder {
    chain: Mutex<Vec<CertificateDer<'static>>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Recorder {
    pub(super) fn new() -> Self {
        let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
        Self { chain: Mutex::default(), algorithms }
    }

    fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes the chain into the facts, bounded.
    pub(super) fn describe(&self, facts: &mut TlsFacts, run: &Run) {
        let chain = self.chain();
        facts.chain_length = chain.len();
        facts.chain_bytes = chain.iter().map(|certificate| certificate.len()).sum();
        facts.chain = chain
            .iter()
            .take(MOST_CERTIFICATES)
            .filter(|certificate| certificate.len() <= LARGEST_CERTIFICATE)
            .filter_map(|der| certificate::describe(der, run))
            .collect();
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let chain = std::iter::once(end_entity).chain(intermediates).map(|one| one.clone().into_owned()).collect();
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = chain;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
