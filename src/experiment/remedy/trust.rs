//! Certificates: files on this machine that may hold the CA which signed what the endpoint shows.
//!
//! Only well-known places are looked at, only files, and few of them. Trust in one of them is the user's to give, so
//! the key is not sent with it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::{Origin, Sourced};
use crate::evidence::remedy::RemedyName;
use crate::evidence::tls::Certificate;
use crate::probe::{Run, tls};

use super::{Remedy, Scene};

/// How many files are read in all.
const MOST_FILES: usize = 400;
/// No file beyond this is read.
const MOST_BYTES: u64 = 4 * 1024 * 1024;
/// How many files are tried.
const MOST: usize = 4;

/// Where administrators put the CA of their gateway, the likeliest place first.
const FOLDERS: [&str; 9] = [
    "/usr/local/share/ca-certificates",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/ca-certificates/trust-source/anchors",
    "/usr/share/pki/trust/anchors",
    "/etc/pki/trust/anchors",
    "/etc/ssl/certs",
    "/usr/share/ca-certificates",
    "/opt/zscaler/cert",
    "/opt/netskope/stagent/data",
];

/// Variables of other programs that name one.
const VARIABLES: [&str; 7] = [
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "AWS_CA_BUNDLE",
    "PIP_CERT",
    "SSL_CERT_DIR",
];

pub(super) const CA_FILE: Remedy = Remedy {
    name: RemedyName::CaFile,
    cures: &["tls-intercepted", "tls-certificate-untrusted", "tls-roots-stale", "tls-ca-path-invalid"],
    ways: |scene, ways| {
        let wanted = Wanted::of(scene);
        for (path, origin) in
            files(scene).into_iter().take(MOST_FILES).filter(|(path, _)| wanted.in_file(path)).take(MOST)
        {
            let mut settings = scene.settings();
            let shown = path.display().to_string();
            settings.ca_file = Some(Sourced::new(path, Origin::Flag("--ca-file")));
            ways.set_keyless(shown, origin, settings);
        }
    },
};

/// Files that may hold a CA, and the variable that names them.
fn files(scene: &Scene<'_>) -> Vec<(PathBuf, Option<String>)> {
    let mut found: Vec<(PathBuf, Option<String>)> = Vec::new();
    let mut add = |path: PathBuf, origin: Option<&str>| {
        let known = found.iter().any(|(known, _)| *known == path);
        let in_use = scene.run.settings.ca_file.as_ref().is_some_and(|file| file.value == path);
        // Files only: opening a pipe would wait for its other end.
        let fits = fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() <= MOST_BYTES);
        if fits && !known && !in_use {
            found.push((path, origin.map(str::to_owned)));
        }
    };
    for name in VARIABLES {
        if let Some(value) = scene.run.settings.environment.filled(name) {
            add(PathBuf::from(value), Some(name));
        }
    }
    for folder in &FOLDERS[..5] {
        within(folder, &mut add);
    }
    for bundle in tls::BUNDLES {
        add(PathBuf::from(bundle), None);
    }
    for folder in &FOLDERS[5..] {
        within(folder, &mut add);
    }
    found
}

fn within(folder: &str, add: &mut impl FnMut(PathBuf, Option<&str>)) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().take(MOST_FILES) {
        add(entry.path(), None);
    }
}

/// The certificates that make a file worth a trial.
struct Wanted<'a> {
    run: &'a Run,
    shown: &'a [Certificate],
}

impl<'a> Wanted<'a> {
    fn of(scene: &'a Scene<'_>) -> Self {
        Self { run: scene.run, shown: &scene.evidence.tls.facts.chain }
    }

    /// Whether a file holds the issuer of what was shown, or what was shown itself.
    fn in_file(&self, path: &Path) -> bool {
        tls::certificates_in(self.run, path)
            .iter()
            .any(|held| self.shown.iter().any(|shown| held.subject == shown.issuer || held.sha256 == shown.sha256))
    }
}
