//! The effective settings: the document of `config --format json`, and the table that a person reads.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::config::Note;
use crate::lang::{Lang, Sentence};
use crate::text;

use super::style::{Role, Style, columns, pad};
use super::{SCHEMA_VERSION, Tool};

/// The widest that the column of values is made for the sake of one long value.
const WIDEST_VALUE: usize = 44;

/// What `config` shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingsReport {
    /// Version of this document's shape; additions do not change it.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// The configuration file that was read; null when there is none.
    pub config_file: Option<String>,
    /// The profile in use.
    pub profile: Option<String>,
    /// Every setting.
    pub settings: Vec<Setting>,
    /// What weaker sources name, and is not used.
    pub overruled: Vec<Setting>,
    /// What is odd about the settings.
    pub notes: Vec<Note>,
    /// Where the configuration file was looked for.
    #[serde(skip)]
    pub looked_for: Option<String>,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// Its name, as in the configuration file.
    pub name: String,
    /// Its value as text, a key masked; null when it is not set.
    pub value: Option<String>,
    /// Where the value comes from: a flag, a variable, the configuration file's key, `default`.
    pub origin: Option<String>,
    /// Its name for a reader.
    #[serde(skip, default = "nothing")]
    pub title: Sentence,
}

fn nothing() -> Sentence {
    Sentence::verbatim("")
}

impl SettingsReport {
    /// A document without settings yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool::this(),
            config_file: None,
            profile: None,
            settings: vec![],
            overruled: vec![],
            notes: vec![],
            looked_for: None,
        }
    }

    /// The settings as a table.
    #[must_use]
    pub fn render(&self, style: &Style) -> String {
        let mut out = String::new();
        let unset = style.say(text!(en: "not set", zh: "未设置"));
        let empty = style.say(text!(en: "(empty)", zh: "（空）"));
        let cells = |setting: &Setting| {
            let value = match setting.value.as_deref() {
                None => unset.to_owned(),
                Some(value) if value.trim().is_empty() => empty.to_owned(),
                Some(value) => style.guard(value),
            };
            let origin = setting
                .origin
                .as_deref()
                .map_or_else(String::new, |origin| style.guard(&origin_words(origin, style.lang)));
            [style.guard(setting.title.of(style.lang)), value, origin]
        };
        let head = [
            style.say(text!(en: "Setting", zh: "设置")).to_owned(),
            style.say(text!(en: "Value", zh: "值")).to_owned(),
            style.say(text!(en: "From", zh: "来源")).to_owned(),
        ];
        let rows: Vec<[String; 3]> = self.settings.iter().map(cells).collect();
        let overruled: Vec<[String; 3]> = self.overruled.iter().map(cells).collect();
        let width = |column: usize| {
            rows.iter().chain(&overruled).chain([&head]).map(|row| columns(&row[column])).max().unwrap_or(0)
        };
        let widths = (width(0), width(1).min(WIDEST_VALUE));
        row(&mut out, &head, widths, |cell| style.paint(Role::Strong, cell));
        for (cells, setting) in rows.iter().zip(&self.settings) {
            let role = if setting.value.is_none() { Some(Role::Muted) } else { None };
            row(&mut out, cells, widths, |cell| role.map_or_else(|| cell.to_owned(), |role| style.paint(role, cell)));
        }
        if !overruled.is_empty() {
            let heading =
                style.say(text!(en: "Named by a weaker source, not used", zh: "由优先级更低的来源指定，未使用"));
            let _ = writeln!(out, "\n{}", style.paint(Role::Strong, heading));
            for cells in &overruled {
                row(&mut out, cells, widths, str::to_owned);
            }
        }
        if !self.notes.is_empty() {
            out.push('\n');
        }
        for note in &self.notes {
            let words = match style.lang {
                Lang::En => &note.en,
                Lang::Zh => &note.zh,
            };
            style.wrap(&mut out, "! ", words);
        }
        out.push('\n');
        style.wrap(&mut out, "", &style.guard(&self.file_words(style.lang)));
        out
    }

    fn file_words(&self, lang: Lang) -> String {
        match (lang, &self.config_file, &self.looked_for) {
            (Lang::En, Some(path), _) => format!("Configuration file: {path}"),
            (Lang::Zh, Some(path), _) => format!("配置文件：{path}"),
            (Lang::En, None, Some(path)) => format!("No configuration file; it would be {path}"),
            (Lang::Zh, None, Some(path)) => format!("没有配置文件；可放在 {path}"),
            (Lang::En, None, None) => "No configuration file".to_owned(),
            (Lang::Zh, None, None) => "没有配置文件".to_owned(),
        }
    }
}

impl Default for SettingsReport {
    fn default() -> Self {
        Self::new()
    }
}

fn origin_words(origin: &str, lang: Lang) -> String {
    match (origin, lang) {
        ("default", Lang::Zh) => "默认".to_owned(),
        _ => origin.to_owned(),
    }
}

fn row(out: &mut String, cells: &[String; 3], (name, value): (usize, usize), paint: impl Fn(&str) -> String) {
    let line = format!("{}  {}  {}", pad(&cells[0], name), pad(&cells[1], value), cells[2]);
    let _ = writeln!(out, "{}", paint(line.trim_end()));
}

#[cfg(test)]
mod tests {
    use super::{Setting, SettingsReport};
    use crate::lang::Lang;
    use crate::report::style::{Style, columns};
    use crate::say;

    fn report() -> SettingsReport {
        let setting = |title, value: Option<&str>, origin: Option<&str>| Setting {
            name: String::new(),
            value: value.map(str::to_owned),
            origin: origin.map(str::to_owned),
            title,
        };
        SettingsReport {
            settings: vec![
                setting(say!(en: "base URL", zh: "基础地址"), Some("https://h/v1"), Some("default")),
                setting(say!(en: "key", zh: "密钥"), Some("你好\u{1b}[31m"), Some("OPENAI_API_KEY")),
                setting(say!(en: "proxy", zh: "代理"), None, None),
            ],
            ..SettingsReport::new()
        }
    }

    #[test]
    fn columns_line_up_with_wide_characters() {
        for lang in [Lang::En, Lang::Zh] {
            let text = report().render(&Style::plain(lang));
            let at = |needle: &str| {
                let line = text.lines().find(|line| line.contains(needle)).expect(needle);
                columns(&line[..line.find(needle).expect(needle)])
            };
            let default = if lang == Lang::Zh { "默认" } else { "default" };
            assert_eq!(at(default), at("OPENAI_API_KEY"), "{text}");
            assert!(!text.contains('\u{1b}'), "{text}");
        }
    }
}
