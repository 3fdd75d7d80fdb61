//! The document of `proxy`, and its text: what each program does for one URL, and whether each proxy works.

use schemars::JsonSchema;
use serde::Serialize;

use crate::evidence::config::{Note, Sourced};
use crate::evidence::{Observation, ProxyFacts, Status};
use crate::lang::{Lang, Sentence};
use crate::{say, text};

use super::grid::{Column, grid};
use super::stage::Entry;
use super::style::{Role, Style};
use super::text::Detail;
use super::{Diagnosed, SCHEMA_VERSION, Tool, words};

/// The document of `proxy --format json`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ProxyReport {
    /// Version of this document's shape; additions do not change it.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// The process's exit code.
    pub exit_code: u8,
    /// The URL that the programs are to call.
    pub url: String,
    /// What each program does, this one first.
    pub programs: Vec<ProgramRoute>,
    /// Every proxy that is named, and whether it works.
    pub proxies: Vec<ProxyTrial>,
    /// What is wrong with the settings, whichever proxy is used.
    pub diagnoses: Vec<Diagnosed>,
    /// What is odd about the settings.
    pub notes: Vec<Note>,
    /// The proxies of the desktop's own settings, which none of these programs reads; on Linux only.
    pub desktop: Vec<Sourced>,
}

/// What one program does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ProgramRoute {
    /// `openai-doctor`, `curl`, `requests`, `httpx`, `node`, `axios`, `go` or `reqwest`.
    pub program: String,
    /// The proxy that it uses, without credentials; null when it goes direct.
    pub proxy: Option<String>,
    /// What names the proxy: a variable, a flag, the configuration file.
    pub origin: Option<String>,
    /// Whether `NO_PROXY` has it go around the proxy.
    pub bypassed: bool,
    /// The rule that matched.
    pub no_proxy_rule: Option<String>,
    /// Whether it cannot use the proxy as it is written.
    pub unsupported: bool,
    /// What else is to be known.
    pub remarks: Vec<String>,
    /// Its name for a reader.
    #[serde(skip)]
    pub title: String,
}

/// One proxy, tried.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ProxyTrial {
    /// Its URL without credentials.
    pub proxy: String,
    /// What names it.
    pub origins: Vec<String>,
    /// Whether it opens the way to the URL's host.
    pub works: bool,
    /// What was seen.
    pub observation: Entry<ProxyFacts>,
    /// What is wrong with it.
    pub diagnoses: Vec<Diagnosed>,
}

impl ProxyReport {
    /// A document for a URL, with nothing in it yet.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool::this(),
            exit_code: 0,
            url,
            programs: vec![],
            proxies: vec![],
            diagnoses: vec![],
            notes: vec![],
            desktop: vec![],
        }
    }

    /// What a terminal shows.
    #[must_use]
    pub fn render(&self, style: &Style, detail: Detail) -> String {
        let mut out = String::new();
        if detail != Detail::Quiet {
            self.table(&mut out, style);
        }
        if self.proxies.is_empty() {
            style.wrap(&mut out, "", style.say(text!(en: "No proxy is named.", zh: "没有设置代理。")));
        }
        for trial in &self.proxies {
            self::trial(&mut out, trial, style);
        }
        for diagnosed in &self.diagnoses {
            out.push('\n');
            fault(&mut out, &format!("{} ", style.mark(Status::Warn)), diagnosed, style);
        }
        if detail != Detail::Quiet {
            style.wrap(&mut out, "", system_settings(&self.desktop).of(style.lang));
        }
        for note in &self.notes {
            let words = match style.lang {
                Lang::En => &note.en,
                Lang::Zh => &note.zh,
            };
            style.wrap(&mut out, &format!("{} ", style.mark(Status::Warn)), words);
        }
        out
    }

    /// A line a program.
    fn table(&self, out: &mut String, style: &Style) {
        let url = &self.url;
        let head = say!(en: "What each program does for {url}", zh: "访问 {url} 时各程序的做法");
        style.wrap(out, "", head.of(style.lang));
        out.push('\n');
        let columns = [
            Column::words(text!(en: "program", zh: "程序")),
            Column::words(text!(en: "proxy", zh: "代理")),
            Column::words(text!(en: "named by", zh: "来源")),
            Column::prose(text!(en: "remarks", zh: "说明")),
        ];
        out.push_str(&grid(style, &columns, self.programs.iter().map(|one| row(one, style))));
        out.push('\n');
    }
}

/// What is said of a desktop's own proxy settings, and of those of systems at which nothing here looks.
fn system_settings(desktop: &[Sourced]) -> Sentence {
    if cfg!(any(windows, target_os = "macos")) {
        say!(
            en: "The system's own proxy settings were not looked at: where no variable is set, Python and reqwest go by them, and curl, Go and Node.js do not.",
            zh: "没有查看系统自身的代理设置：未设置变量时，Python 和 reqwest 会采用它，curl、Go、Node.js 不会。",
        )
    } else {
        let named: Vec<String> = desktop.iter().map(|one| format!("{} ({})", one.value, one.origin)).collect();
        let named = named.join(", ");
        if named.is_empty() {
            return say!(
                en: "A desktop's own settings (GNOME, KDE) name no proxy; none of these programs reads them anyway.",
                zh: "桌面（GNOME、KDE）的系统设置里没有代理；反正以上程序都不会读取它。",
            );
        }
        say!(
            en: "The desktop's own settings name {named}: browsers go by them, none of these programs reads them.",
            zh: "桌面的系统设置里有代理 {named}：浏览器会用它，以上程序都不会读取它。",
        )
    }
}

fn row(one: &ProgramRoute, style: &Style) -> Vec<String> {
    let direct = style.say(text!(en: "direct", zh: "直连"));
    let proxy = one.proxy.as_deref().map_or_else(|| direct.to_owned(), |proxy| style.guard(proxy));
    let proxy = if one.unsupported { style.paint(Role::Bad, &proxy) } else { proxy };
    let mut remarks = Vec::new();
    if one.bypassed {
        let said = match &one.no_proxy_rule {
            Some(rule) => say!(en: "NO_PROXY: {rule}", zh: "NO_PROXY：{rule}"),
            None => say!(en: "always direct to this machine", zh: "访问本机时始终直连"),
        };
        remarks.push(said.of(style.lang).to_owned());
    }
    remarks.extend(one.remarks.iter().cloned());
    let remarks = style.guard(&remarks.join(if style.lang == Lang::Zh { "；" } else { "; " }));
    vec![style.guard(&one.title), proxy, style.guard(one.origin.as_deref().unwrap_or_default()), remarks]
}

fn trial(out: &mut String, trial: &ProxyTrial, style: &Style) {
    let seen: Observation<ProxyFacts> = (&trial.observation).into();
    let facts = &seen.facts;
    let status = match seen.status {
        Status::Skip => Status::Skip,
        _ if trial.works => Status::Pass,
        _ => Status::Fail,
    };
    let asked = &facts.asked_for;
    let said = if trial.works && facts.forwards {
        say!(en: "accepts connections; plain http is sent to it as it is", zh: "可以连接；明文 http 请求会直接交给它")
    } else if trial.works {
        say!(en: "opens the way to {asked}", zh: "可以连到 {asked}")
    } else if status == Status::Skip {
        say!(en: "it had not answered when the run was interrupted", zh: "运行被中断时它还没有应答")
    } else {
        let why =
            seen.failure.as_ref().map_or(text!(en: "no answer", zh: "没有应答"), |one| words::failure(one.kind));
        let line = facts.status_line.as_ref().map(|line| format!(" ({line})")).unwrap_or_default();
        say!(en: "{en}{line}", zh: "{zh}{line}", en = why.en, zh = why.zh)
    };
    let said = format!("{}{}{}", trial.proxy, style.dot(), said.of(style.lang));
    let time = seen.duration_ms.map(|time| time.to_string()).unwrap_or_default();
    style.spread(out, &format!("{} ", style.mark(status)), &said, &time);
    for diagnosed in &trial.diagnoses {
        fault(out, "  ", diagnosed, style);
    }
}

/// A fault in two lines and its best fix.
fn fault(out: &mut String, first: &str, diagnosed: &Diagnosed, style: &Style) {
    style.wrap(out, first, &format!("{} [{}]", diagnosed.title, diagnosed.fault));
    if let Some(proof) = diagnosed.evidence.first() {
        style.wrap(out, "  ", proof);
    }
    if let Some(fix) = diagnosed.fixes.first() {
        style.wrap(out, "  ", &fix.text);
        if let Some(command) = &fix.command {
            style.command(out, 5, command);
        }
    }
}
