//! Why settings cannot be used at all: a usage error, exit code 2, said in both languages.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;

use super::ProxyDefect;
use super::notation::{did_you_mean, nearest};
use crate::lang::Sentence;
use crate::say;

/// The settings cannot be used. A broken base URL or key is none of these: those are diagnosed.
#[derive(Debug)]
pub enum SettingsError {
    /// The configuration file is not what it should be.
    BrokenFile {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong there.
        problem: Sentence,
    },
    /// The configuration file cannot be read.
    UnreadableFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no such profile.
    NoSuchProfile {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
        /// The configuration file; none where there is no file.
        path: Option<PathBuf>,
    },
    /// The key file cannot be read.
    UnreadableKey {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key file is empty.
    EmptyKey {
        /// The file.
        path: PathBuf,
    },
    /// The address to connect to is of the family that is left out.
    OtherFamily {
        /// Where the family comes from, as a person would write it: `-6`.
        family: String,
        /// The address.
        address: IpAddr,
        /// What names the address.
        origin: String,
    },
    /// `--proxy` names no proxy.
    BadProxy {
        /// As written, without credentials.
        written: String,
        /// What is wrong with it.
        defect: ProxyDefect,
    },
}

impl SettingsError {
    /// The error in both languages.
    #[must_use]
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::BrokenFile { path, line, column, problem } => say!(
                en: "{path}, line {line}, column {column}: {en}", zh: "{path} 第 {line} 行第 {column} 列：{zh}",
                path = path.display(), en = &problem.en, zh = &problem.zh,
            ),
            Self::UnreadableFile { path, source } => say!(
                en: "the configuration file {path} cannot be read: {source}", zh: "无法读取配置文件 {path}：{source}",
                path = path.display(),
            ),
            Self::NoSuchProfile { name, path: None, .. } => say!(
                en: "there is no profile `{name}`, for there is no configuration file",
                zh: "没有名为 `{name}` 的 profile：找不到配置文件",
            ),
            Self::NoSuchProfile { name, known, path: Some(path) } => {
                let hint = did_you_mean(nearest(name, known.iter().map(String::as_str)));
                say!(
                    en: "{path} has no profile `{name}`{en}", zh: "{path} 中没有名为 `{name}` 的 profile{zh}",
                    path = path.display(), en = hint.en, zh = hint.zh,
                )
            }
            Self::OtherFamily { family, address, origin } => {
                let version = if address.is_ipv4() { 4 } else { 6 };
                say!(
                    en: "{family} leaves out IPv{version}, and {origin} names the address {address}",
                    zh: "{family} 排除了 IPv{version}，而 {origin} 写的是地址 {address}",
                )
            }
            Self::UnreadableKey { path, source } => say!(
                en: "the key file {path} cannot be read: {source}", zh: "无法读取密钥文件 {path}：{source}",
                path = path.display(),
            ),
            Self::EmptyKey { path } => say!(
                en: "the key file {path} is empty", zh: "密钥文件 {path} 是空的", path = path.display(),
            ),
            Self::BadProxy { written, defect } => say!(
                en: "--proxy {written}: {en}", zh: "--proxy {written}：{zh}",
                en = defect.title().en, zh = defect.title().zh,
            ),
        }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence().en)
    }
}

impl std::error::Error for SettingsError {}
