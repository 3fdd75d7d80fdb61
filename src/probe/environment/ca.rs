//! The files and directories that CA variables name: whether they are there and what they hold.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use crate::config::Settings;
use crate::evidence::config::CaPath;
use crate::evidence::text;

/// No bundle is read beyond this.
const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// No directory is counted beyond this.
const MAX_ENTRIES: usize = 2_000;

/// Variables that name a file; several of them may name a directory instead. The platform's store reads the first
/// two where it is made of files, so this tool uses them there.
const VARIABLES: [(&str, bool); 7] = [
    ("SSL_CERT_FILE", true),
    ("SSL_CERT_DIR", true),
    ("REQUESTS_CA_BUNDLE", false),
    ("CURL_CA_BUNDLE", false),
    ("NODE_EXTRA_CA_CERTS", false),
    ("AWS_CA_BUNDLE", false),
    ("PIP_CERT", false),
];

/// Looks at `--ca-file` and at every CA variable.
pub(super) fn look_at(settings: &Settings) -> Vec<CaPath> {
    let store_is_files = cfg!(all(unix, not(target_vendor = "apple"), not(target_os = "android")));
    let mut wanted: Vec<(String, PathBuf, bool)> = Vec::new();
    if let Some(file) = &settings.ca_file {
        wanted.push((file.origin.to_string(), file.value.clone(), true));
    }
    for (name, platform_reads_it) in VARIABLES {
        let Some(value) = settings.environment.filled(name) else { continue };
        let used = platform_reads_it && store_is_files;
        if name == "SSL_CERT_DIR" {
            wanted.extend(std::env::split_paths(value).map(|path| (name.to_owned(), path, used)));
        } else {
            wanted.push((name.to_owned(), PathBuf::from(value), used));
        }
    }
    // Several variables often name the same bundle: it is read once.
    let mut seen: Vec<(PathBuf, bool, Contents)> = Vec::new();
    wanted
        .into_iter()
        .map(|(origin, path, used)| {
            let may_be_directory = origin != "SSL_CERT_FILE" && origin != "NODE_EXTRA_CA_CERTS";
            let known = seen.iter().find(|known| known.0 == path && known.1 == may_be_directory).map(|known| known.2);
            let contents = known.unwrap_or_else(|| read(&path, may_be_directory));
            seen.push((path.clone(), may_be_directory, contents));
            CaPath {
                origin,
                path: text::line(&path.display().to_string(), text::MAX_LINE),
                certificates: *contents.as_ref().unwrap_or(&0),
                defect: contents.err().map(str::to_owned),
                used,
            }
        })
        .collect()
}

/// How many certificates there are, or what is wrong.
type Contents = Result<usize, &'static str>;

fn read(path: &Path, may_be_directory: bool) -> Contents {
    // stat first: opening a pipe would wait for its other end.
    let metadata = fs::metadata(path).map_err(|error| reason(error.kind()))?;
    let count = if metadata.is_dir() && may_be_directory {
        fs::read_dir(path).map_err(|error| reason(error.kind()))?.take(MAX_ENTRIES).count()
    } else if metadata.is_file() {
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(|error| reason(error.kind()))?;
        file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|error| reason(error.kind()))?;
        count(&bytes)
    } else {
        return Err("not-a-file");
    };
    if count == 0 { Err("no-certificates") } else { Ok(count) }
}

/// PEM blocks that are certificates.
fn count(bytes: &[u8]) -> usize {
    const MARKS: [&[u8]; 2] = [b"-----BEGIN CERTIFICATE-----", b"-----BEGIN TRUSTED CERTIFICATE-----"];
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| MARKS.iter().any(|mark| line.trim_ascii().starts_with(mark)))
        .count()
}

const fn reason(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound | ErrorKind::NotADirectory => "missing",
        _ => "unreadable",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{count, look_at, read};
    use crate::config::{Environment, Overrides, Settings};

    #[test]
    fn certificates_are_pem_blocks() {
        let pem = b"# two\n-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\r\n-----BEGIN CERTIFICATE-----\r\n-----BEGIN PRIVATE KEY-----";
        assert_eq!(count(pem), 2);
        assert_eq!(count(b""), 0);
    }

    #[test]
    fn every_variable_is_looked_at_and_its_defect_named() {
        let file = std::env::temp_dir().join(format!("openai-doctor-ca-{}.pem", std::process::id()));
        std::fs::write(&file, "no certificate here").expect("a file");
        let shown = file.to_str().expect("a path").to_owned();
        let variables = [
            ("SSL_CERT_FILE", "/nonexistent/ca.pem"),
            ("REQUESTS_CA_BUNDLE", shown.as_str()),
            ("NODE_EXTRA_CA_CERTS", "/"),
        ];
        let environment = Environment::from_pairs(variables);
        let settings = Settings::resolve(&Overrides::default(), &environment, None).expect("settings");
        let seen = look_at(&settings);
        std::fs::remove_file(file).expect("the file");
        let defects: Vec<_> = seen.iter().map(|path| (path.origin.as_str(), path.defect.as_deref())).collect();
        assert_eq!(
            defects,
            [
                ("SSL_CERT_FILE", Some("missing")),
                ("REQUESTS_CA_BUNDLE", Some("no-certificates")),
                ("NODE_EXTRA_CA_CERTS", Some("not-a-file"))
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_read() {
        assert_eq!(read(Path::new("/dev/zero"), true), Err("not-a-file"));
    }
}
