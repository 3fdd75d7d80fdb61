//! Readers of argument values, and the error that says in both languages what a value should look like.

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use super::diagnose::Limit;
use crate::config::{ApiKey, Endpoint, notation};
use crate::lang::Sentence;
use crate::report::{Layer, Metric, Ms, Stage};
use crate::{say, text};

/// A value that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadValue(pub Sentence);

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl std::error::Error for BadValue {}

/// A base URL: anything but a key put there by mistake. What is wrong with it as a URL is for diagnosis to say.
pub(super) fn base_url(written: &str) -> Result<String, BadValue> {
    if is_key(written) {
        return Err(BadValue(KEY_ON_COMMAND_LINE.sentence()));
    }
    Ok(written.to_owned())
}

/// Why no argument is a key.
pub(super) const KEY_ON_COMMAND_LINE: crate::lang::Text = text!(
    en: "this looks like an API key; none is taken on the command line, where the shell's history and other users see it: set OPENAI_API_KEY or use --api-key-file",
    zh: "这看起来是 API 密钥；命令行不接受密钥，因为它会留在 shell 历史里并被其他用户看到：请设置 OPENAI_API_KEY，或使用 --api-key-file"
);

/// Whether an argument is a key rather than a host, a URL or a word.
pub(super) fn is_key(written: &str) -> bool {
    let key = ApiKey::new(written);
    written.len() >= 12 && !written.contains("://") && !key.looks_like().is_empty()
}

/// A host, with or without a port, or a URL; made into a base URL. Unlike a base URL it is nobody's setting, so what is
/// wrong with it is said at once.
pub(super) fn host(written: &str) -> Result<String, BadValue> {
    let written = base_url(written)?;
    let url = match written.parse::<std::net::Ipv6Addr>() {
        _ if written.contains("://") => written,
        Ok(address) => format!("https://[{address}]"),
        Err(_) => format!("https://{written}"),
    };
    match Endpoint::parse(&url) {
        Ok(_) => Ok(url),
        Err(defect) => Err(BadValue(say!(
            en: "{en}; write a host, host:port or a URL", zh: "{zh}；请写主机名、主机名:端口 或 URL",
            en = defect.title().en, zh = defect.title().zh,
        ))),
    }
}

/// A reader of whole numbers within bounds.
pub(super) fn whole<N>(range: RangeInclusive<N>) -> impl Fn(&str) -> Result<N, BadValue> + Clone + Send + Sync + 'static
where
    N: FromStr + PartialOrd + fmt::Display + Clone + Send + Sync + 'static,
{
    move |written| {
        let (least, most) = (range.start(), range.end());
        let number = written.trim().parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            BadValue(say!(en: "it is a whole number from {least} to {most}", zh: "应为 {least} 到 {most} 的整数"))
        })
    }
}

pub(super) fn duration(written: &str) -> Result<Duration, BadValue> {
    notation::duration(written).map_err(BadValue)
}

pub(super) fn resolver(written: &str) -> Result<SocketAddr, BadValue> {
    notation::resolver(written).map_err(BadValue)
}

pub(super) fn control_host(written: &str) -> Result<SocketAddr, BadValue> {
    notation::control_host(written).map_err(BadValue)
}

/// A resolver, or `none`.
pub(super) fn resolver_or_none(written: &str) -> Result<Option<SocketAddr>, BadValue> {
    if written == "none" { Ok(None) } else { resolver(written).map(Some) }
}

pub(super) fn stage(written: &str) -> Result<Stage, BadValue> {
    Stage::ALL.into_iter().find(|stage| stage.name() == written).ok_or_else(|| {
        let names = Stage::ALL.map(Stage::name).join(", ");
        BadValue(say!(en: "the stages are {names}", zh: "可用的阶段有 {names}"))
    })
}

/// A layer by its name.
pub(super) fn layer(written: &str) -> Result<Layer, BadValue> {
    Layer::ALL.into_iter().find(|layer| layer.name() == written).ok_or_else(|| {
        let names = Layer::ALL.map(Layer::name).join(", ");
        BadValue(say!(en: "the layers are {names}", zh: "可用的层有 {names}"))
    })
}

/// `total=2s`: a bare number is milliseconds.
pub(super) fn limit(written: &str) -> Result<Limit, BadValue> {
    let wrong = || {
        let names = Metric::ALL.map(Metric::name).join(", ");
        BadValue(say!(
            en: "a threshold is NAME=DURATION, as total=2s,ttfb=500ms; the names are {names}",
            zh: "阈值写成 名称=时长，例如 total=2s,ttfb=500ms；可用的名称有 {names}",
        ))
    };
    let (name, duration) = written.split_once('=').ok_or_else(wrong)?;
    let metric: Metric = name.trim().parse().map_err(|_| wrong())?;
    let duration = duration.trim();
    let with_unit = if duration.ends_with(|last: char| last.is_ascii_digit()) {
        format!("{duration}ms")
    } else {
        duration.to_owned()
    };
    let duration = notation::duration(&with_unit).map_err(|_| wrong())?;
    Ok(Limit { metric, at_most: Ms::from(duration) })
}

#[cfg(test)]
mod tests {
    use super::{host, limit, stage, whole};
    use crate::report::Ms;

    #[test]
    fn a_host_becomes_a_base_url() {
        for (written, url) in [
            ("api.openai.com", "https://api.openai.com"),
            ("h:8443", "https://h:8443"),
            ("::1", "https://[::1]"),
            ("[::1]:8443", "https://[::1]:8443"),
            ("http://h/v1", "http://h/v1"),
        ] {
            assert_eq!(host(written).as_deref(), Ok(url));
        }
    }

    #[test]
    fn what_names_no_host_is_refused_in_both_languages() {
        for (written, words) in [
            ("", "it names no host"),
            (":443", "it names no host"),
            ("h:99999", "its port"),
            ("a b", "it holds quotes"),
        ] {
            let error = host(written).expect_err(written);
            assert!(error.0.en.starts_with(words) && !error.0.zh.is_ascii(), "{written:?}: {error}");
        }
    }

    #[test]
    fn a_whole_number_has_bounds() {
        let read = whole(1..=100_u8);
        assert_eq!((read("1"), read("100")), (Ok(1), Ok(100)));
        for written in ["0", "101", "256", "-1", "1.5", "x", ""] {
            let error = read(written).expect_err(written);
            assert_eq!(
                (error.0.en.as_str(), error.0.zh.as_str()),
                ("it is a whole number from 1 to 100", "应为 1 到 100 的整数")
            );
        }
    }

    #[test]
    fn a_key_is_no_host_and_is_not_repeated() {
        let error = host("sk-proj-abcdefgh").expect_err("a key");
        assert!(!error.0.en.contains("abcdefgh") && error.0.zh.contains("密钥"));
    }

    #[test]
    fn a_threshold_has_name_and_limit() {
        for (written, ms) in [("total=2s", 2000.0), ("ttfb=200", 200.0), ("tls = 1.5s", 1500.0)] {
            assert_eq!(limit(written).map(|limit| limit.at_most), Ok(Ms(ms)), "{written}");
        }
        for written in ["total", "total=", "speed=1s", "total=fast"] {
            assert!(limit(written).is_err(), "{written}");
        }
        assert!(stage("dns").is_ok() && stage("DNS").is_err());
    }
}
