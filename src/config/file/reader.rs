//! The values of the configuration file: what each key takes, and where in the file one that it does not take stands.

use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{KEYS, Section};
use crate::config::notation::{self, did_you_mean, nearest};
use crate::config::{ApiKey, Family, Origin, Proxy, SettingsError, Sourced};
use crate::lang::{Sentence, Text};
use crate::{say, text};

/// The file while it is understood.
pub(super) struct Reader<'f> {
    pub(super) path: &'f Path,
    pub(super) text: &'f str,
}

type Key<'f> = Spanned<std::borrow::Cow<'f, str>>;
type Value<'f> = Spanned<DeValue<'f>>;

impl<'f> Reader<'f> {
    pub(super) fn setting(
        &self,
        section: &mut Section,
        prefix: &str,
        key: &Key<'f>,
        value: &Value<'f>,
    ) -> Result<(), SettingsError> {
        let name = key.get_ref().as_ref();
        let origin = Origin::File { path: self.path.to_owned(), key: format!("{prefix}{name}") };
        match name {
            "base_url" => section.base_url = Some(Sourced::new(self.string(value)?.to_owned(), origin)),
            "api_key" => section.api_key = Some(Sourced::new(ApiKey::new(self.string(value)?), origin)),
            "api_key_file" => section.api_key_file = Some(Sourced::new(self.file(value)?, origin)),
            "organization" => section.organization = Some(Sourced::new(self.string(value)?.to_owned(), origin)),
            "project" => section.project = Some(Sourced::new(self.string(value)?.to_owned(), origin)),
            "api_version" => section.api_version = Some(Sourced::new(self.string(value)?.to_owned(), origin)),
            "proxy" => section.proxy = Some(Sourced::new(self.proxy(value, &origin)?, origin)),
            "no_proxy" => section.no_proxy = Some(Sourced::new(self.joined(value)?, origin)),
            "ca_file" => section.ca_file = Some(Sourced::new(self.file(value)?, origin)),
            "resolvers" => section.resolvers = Some(Sourced::new(self.resolvers(value)?, origin)),
            "comparison_resolvers" => {
                section.comparison_resolvers = Some(Sourced::new(self.resolvers(value)?, origin));
            }
            "control_hosts" => section.control_hosts = Some(Sourced::new(self.control_hosts(value)?, origin)),
            "timeout" => section.timeout = Some(Sourced::new(self.duration(value)?, origin)),
            "ip_version" => section.family = Some(Sourced::new(self.family(value)?, origin)),
            "allow_plaintext_key" => {
                let allowed = value.get_ref().as_bool();
                let allowed =
                    allowed.ok_or_else(|| self.wrong_type(value, text!(en: "true or false", zh: "true 或 false")))?;
                section.allow_plaintext_key = Some(Sourced::new(allowed, origin));
            }
            unknown => {
                // A key in the place of a setting's name is a key all the same.
                let is_key = !ApiKey::new(unknown).looks_like().is_empty();
                let shown = if is_key { "…".to_owned() } else { notation::one_line(unknown, 80) };
                let known = KEYS.iter().map(|key| key.name).chain(["profiles"]);
                let hint = did_you_mean(nearest(unknown, known));
                let problem = say!(
                    en: "there is no setting `{shown}`{hint_en}", zh: "没有名为 `{shown}` 的设置{hint_zh}",
                    hint_en = hint.en, hint_zh = hint.zh,
                );
                return Err(self.complain(key.span(), problem));
            }
        }
        Ok(())
    }

    pub(super) fn table<'v>(&self, value: &'v Value<'f>) -> Result<&'v DeTable<'f>, SettingsError> {
        let expected = text!(en: "a table, as [profiles.work]", zh: "表，例如 [profiles.work]");
        value.get_ref().as_table().ok_or_else(|| self.wrong_type(value, expected))
    }

    fn string<'v>(&self, value: &'v Value<'f>) -> Result<&'v str, SettingsError> {
        value
            .get_ref()
            .as_str()
            .ok_or_else(|| self.wrong_type(value, text!(en: "a text in quotes", zh: "带引号的字符串")))
    }

    /// One text, or a list of texts.
    fn strings<'v>(&self, value: &'v Value<'f>) -> Result<Vec<(&'v str, Range<usize>)>, SettingsError> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|item| Ok((self.string(item)?, item.span()))).collect(),
            _ => Ok(vec![(self.string(value)?, value.span())]),
        }
    }

    fn joined(&self, value: &Value<'f>) -> Result<String, SettingsError> {
        Ok(self.strings(value)?.into_iter().map(|(text, _)| text).collect::<Vec<_>>().join(","))
    }

    /// A path; a relative one starts at the configuration file's directory, `~/` at the home directory.
    fn file(&self, value: &Value<'f>) -> Result<PathBuf, SettingsError> {
        let written = self.string(value)?;
        if let Some(rest) = written.strip_prefix("~/")
            && let Ok(home) = etcetera::home_dir()
        {
            return Ok(home.join(rest));
        }
        Ok(self.path.parent().unwrap_or(Path::new("")).join(written))
    }

    fn proxy(&self, value: &Value<'f>, origin: &Origin) -> Result<Option<Proxy>, SettingsError> {
        let written = self.string(value)?;
        if written.eq_ignore_ascii_case("none") {
            return Ok(None);
        }
        Proxy::parse(written, origin.clone()).map(Some).map_err(|defect| {
            let title = defect.title();
            let problem = say!(en: "no proxy: {en}", zh: "代理地址无效：{zh}", en = title.en, zh = title.zh);
            self.complain(value.span(), problem)
        })
    }

    fn resolvers(&self, value: &Value<'f>) -> Result<Vec<SocketAddr>, SettingsError> {
        self.strings(value)?
            .into_iter()
            .map(|(text, span)| notation::resolver(text).map_err(|problem| self.complain(span, problem)))
            .collect()
    }

    fn control_hosts(&self, value: &Value<'f>) -> Result<Vec<SocketAddr>, SettingsError> {
        self.strings(value)?
            .into_iter()
            .map(|(text, span)| notation::control_host(text).map_err(|problem| self.complain(span, problem)))
            .collect()
    }

    fn duration(&self, value: &Value<'f>) -> Result<Duration, SettingsError> {
        let written = match value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            DeValue::Integer(number) => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => return Err(self.wrong_type(value, notation::DURATION)),
        };
        notation::duration(written).map_err(|problem| self.complain(value.span(), problem))
    }

    fn family(&self, value: &Value<'f>) -> Result<Family, SettingsError> {
        let written = match value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            DeValue::Integer(number) => number.as_str(),
            _ => "",
        };
        match written {
            "4" => Ok(Family::V4),
            "6" => Ok(Family::V6),
            _ => Err(self.complain(value.span(), text!(en: "it is 4 or 6", zh: "应为 4 或 6").sentence())),
        }
    }

    fn wrong_type(&self, value: &Value<'f>, expected: Text) -> SettingsError {
        let found = value.get_ref().type_str();
        let problem = say!(
            en: "expected {en}, found {found}", zh: "应为{zh}，实际是 {found}", en = expected.en, zh = expected.zh,
        );
        self.complain(value.span(), problem)
    }

    pub(super) fn complain(&self, at: Range<usize>, problem: Sentence) -> SettingsError {
        let (line, column) = position(self.text, at.start);
        SettingsError::BrokenFile { path: self.path.to_owned(), line, column, problem }
    }
}

/// Line and column of a byte, both from 1, the column in characters.
pub(super) fn position(text: &str, byte: usize) -> (usize, usize) {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
