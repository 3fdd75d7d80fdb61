//! What a fault is: one literal that holds its name, its words and the rule that finds it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::answer::Answer;
use crate::evidence::remedy::RemedyName;
use crate::evidence::{Evidence, Stage};
use crate::lang::{Sentence, Text};
use crate::text;

use super::{Heard, Sign};

/// The layer a fault belongs to; it decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// DNS, routes, firewalls, proxies.
    Network,
    /// TCP and TLS on an open path, timeouts, resets.
    Transport,
    /// What the request says: URL, key, model, parameters, limits.
    Application,
    /// What the service does with a right request.
    Service,
}

impl Layer {
    /// Every layer, from the wire up.
    pub const ALL: [Self; 4] = [Self::Network, Self::Transport, Self::Application, Self::Service];

    /// The name that JSON uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Transport => "transport",
            Self::Application => "application",
            Self::Service => "service",
        }
    }

    /// The name that a reader sees.
    #[must_use]
    pub const fn title(self) -> Text {
        match self {
            Self::Network => text!(en: "network", zh: "网络层"),
            Self::Transport => text!(en: "transport", zh: "传输层"),
            Self::Application => text!(en: "application", zh: "应用层"),
            Self::Service => text!(en: "service", zh: "服务层"),
        }
    }

    /// The process's exit code.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Network => 10,
            Self::Transport => 11,
            Self::Application => 12,
            Self::Service => 13,
        }
    }
}

/// Who can fix it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// The user, on this machine.
    You,
    /// Whoever owns the account, the key, the project.
    Account,
    /// Whoever runs the network between.
    Network,
    /// Whoever runs the relay or gateway.
    Relay,
    /// Whoever runs the API.
    Provider,
}

impl Owner {
    /// The name that JSON uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::You => "you",
            Self::Account => "account",
            Self::Network => "network",
            Self::Relay => "relay",
            Self::Provider => "provider",
        }
    }

    /// Who that is, for a reader.
    #[must_use]
    pub const fn title(self) -> Text {
        match self {
            Self::You => text!(en: "you, on this machine", zh: "你自己（在本机上）"),
            Self::Account => text!(en: "the owner of the account", zh: "账号所有者"),
            Self::Network => text!(en: "whoever runs this network", zh: "网络管理者"),
            Self::Relay => text!(en: "whoever runs the relay", zh: "中转服务的运营者"),
            Self::Provider => text!(en: "the API provider", zh: "API 服务商"),
        }
    }
}

/// Whether trying again helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// Never.
    No,
    /// Once.
    Once,
    /// With exponential backoff and jitter.
    Backoff,
    /// After the stated reset.
    AfterReset,
    /// Much later.
    Later,
    /// On a new connection.
    NewConnection,
    /// The whole request, from its start.
    WholeRequest,
    /// As the code inside says.
    ByInnerCode,
    /// After signing in.
    AfterLogin,
    /// There is nothing to retry.
    NotApplicable,
}

impl Retry {
    /// Every advice.
    pub const ALL: [Self; 10] = [
        Self::No,
        Self::Once,
        Self::Backoff,
        Self::AfterReset,
        Self::Later,
        Self::NewConnection,
        Self::WholeRequest,
        Self::ByInnerCode,
        Self::AfterLogin,
        Self::NotApplicable,
    ];

    /// The name that JSON uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Once => "once",
            Self::Backoff => "backoff",
            Self::AfterReset => "after reset",
            Self::Later => "later",
            Self::NewConnection => "new connection",
            Self::WholeRequest => "whole request",
            Self::ByInnerCode => "by inner code",
            Self::AfterLogin => "after login",
            Self::NotApplicable => "n/a",
        }
    }

    /// The advice, for a reader.
    #[must_use]
    pub const fn title(self) -> Text {
        match self {
            Self::No => text!(en: "retrying does not help", zh: "重试无用"),
            Self::Once => text!(en: "retry once", zh: "可重试一次"),
            Self::Backoff => {
                text!(en: "retry with exponential backoff and jitter", zh: "按指数退避加随机抖动重试")
            }
            Self::AfterReset => text!(en: "retry after the stated reset", zh: "等到提示的重置时间后再重试"),
            Self::Later => text!(en: "try again much later", zh: "过较长时间再试"),
            Self::NewConnection => text!(en: "retry on a new connection", zh: "换新连接重试"),
            Self::WholeRequest => text!(en: "send the whole request again", zh: "整个请求重新发送"),
            Self::ByInnerCode => text!(en: "as the code inside says", zh: "视内层错误码而定"),
            Self::AfterLogin => text!(en: "retry after signing in", zh: "登录之后重试"),
            Self::NotApplicable => text!(en: "nothing to retry", zh: "无需重试"),
        }
    }
}

/// How sure a finding is, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The evidence leaves no rival.
    Confirmed,
    /// It fits, and better than its rivals.
    Likely,
    /// It fits; rivals do too.
    Possible,
}

/// How bad it is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Requests fail.
    Faulty,
    /// Requests work; it costs time or will bite.
    Degraded,
}

/// A command line, where the systems differ. Placeholders in braces are filled in from the evidence, see
/// [`fill`](super::fill).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// No command does it.
    None,
    /// The same everywhere.
    Any(&'static str),
    /// One a system.
    Per {
        /// Linux and other Unix systems.
        linux: &'static str,
        /// macOS.
        macos: &'static str,
        /// Windows (`PowerShell`).
        windows: &'static str,
    },
}

/// One thing to do about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What to do.
    pub text: Text,
    /// What to type.
    pub command: Command,
}

impl Fix {
    /// Advice that no command carries out.
    #[must_use]
    pub const fn advice(text: Text) -> Self {
        Self { text, command: Command::None }
    }

    /// Advice with the same command everywhere.
    #[must_use]
    pub const fn run(text: Text, command: &'static str) -> Self {
        Self { text, command: Command::Any(command) }
    }

    /// Advice with one command a system.
    #[must_use]
    pub const fn run_per(text: Text, linux: &'static str, macos: &'static str, windows: &'static str) -> Self {
        Self { text, command: Command::Per { linux, macos, windows } }
    }
}

/// A rival that was ruled out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuledOut {
    /// Its code.
    pub fault: &'static str,
    /// Why it is not that.
    pub because: Sentence,
}

/// How a fault shows in the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The stage at which it stops the user; the earliest is the primary diagnosis.
    pub stage: Stage,
    /// What shows it, the deciding observation first.
    pub evidence: Vec<Sentence>,
    /// Rivals and why they are out.
    pub ruled_out: Vec<RuledOut>,
    /// Fixes that only this evidence suggests; they come before the fault's own.
    pub fixes: Vec<(Sentence, Option<String>)>,
}

impl Finding {
    /// A fault that stops requests at `stage`.
    #[must_use]
    pub fn faulty(stage: Stage, confidence: Confidence) -> Self {
        Self { severity: Severity::Faulty, confidence, stage, evidence: vec![], ruled_out: vec![], fixes: vec![] }
    }

    /// A fault that does not stop requests.
    #[must_use]
    pub fn degraded(stage: Stage, confidence: Confidence) -> Self {
        Self { severity: Severity::Degraded, ..Self::faulty(stage, confidence) }
    }

    /// The causes of a symptom that this finding leaves possible.
    pub fn open_causes(&self, fault: &Fault) -> impl Iterator<Item = &'static str> {
        let causes: &'static [&'static str] = fault.causes;
        causes.iter().copied().filter(|code| !self.ruled_out.iter().any(|rival| rival.fault == *code))
    }

    /// The look-alikes that this finding leaves possible.
    pub fn open_rivals(&self, fault: &Fault) -> impl Iterator<Item = &'static str> {
        let rivals: &'static [&'static str] = fault.rivals;
        rivals.iter().copied().filter(|code| !self.ruled_out.iter().any(|rival| rival.fault == *code))
    }

    /// Adds what shows it.
    #[must_use]
    pub fn because(mut self, sentence: impl Into<Sentence>) -> Self {
        self.evidence.push(sentence.into());
        self
    }

    /// Adds what shows it, if there is something to add.
    #[must_use]
    pub fn because_if(mut self, sentence: Option<Sentence>) -> Self {
        self.evidence.extend(sentence);
        self
    }

    /// Adds a rival that is out.
    #[must_use]
    pub fn not(mut self, fault: &'static str, because: impl Into<Sentence>) -> Self {
        self.ruled_out.push(RuledOut { fault, because: because.into() });
        self
    }

    /// Adds a fix and its command, if there is one to add.
    #[must_use]
    pub fn fix_if(mut self, fix: Option<(Sentence, Option<String>)>) -> Self {
        self.fixes.extend(fix);
        self
    }

    /// Adds a fix that only this evidence suggests.
    #[must_use]
    pub fn fix(mut self, text: impl Into<Sentence>, command: Option<String>) -> Self {
        self.fixes.push((text.into(), command));
        self
    }
}

/// Everything known about one fault.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Its stable name.
    pub code: &'static str,
    /// Its layer.
    pub layer: Layer,
    /// Who can fix it.
    pub owner: Owner,
    /// What is wrong, in a few words, as the end of a sentence.
    pub title: Text,
    /// What happened and what it means, in one to three plain sentences.
    pub explanation: Text,
    /// What it affects.
    pub impact: Text,
    /// Whether trying again helps.
    pub retry: Retry,
    /// What to do, the best first.
    pub fixes: &'static [Fix],
    /// Remedies that say the same as one of the fixes, by its index: a success takes that one's place.
    pub confirmed_by: &'static [(RemedyName, usize)],
    /// The test that tells it from its look-alikes.
    pub told_apart: Text,
    /// Faults that look alike.
    pub rivals: &'static [&'static str],
    /// Not empty for a symptom: the faults that may stand behind it.
    pub causes: &'static [&'static str],
    /// Faults whose consequence it is: found beside one of them, it is not worth a word.
    pub explained_by: &'static [&'static str],
    /// What an API answer that shows it looks like.
    pub signs: &'static [Sign],
    /// What clients print when they meet it without an answer of the API.
    pub heard: &'static [Heard],
    /// The rule that finds it in evidence, beyond its signs.
    pub detect: Option<fn(&Evidence) -> Option<Finding>>,
    /// What more an answer that its signs match says: rivals that it rules out, fixes with its own numbers.
    pub specify: Option<fn(&Answer, &Evidence, Finding) -> Finding>,
}

impl Fault {
    /// What a literal need not say.
    pub const BASE: Self = Self {
        code: "",
        layer: Layer::Network,
        owner: Owner::You,
        title: text!(en: "", zh: ""),
        explanation: text!(en: "", zh: ""),
        impact: text!(en: "all requests", zh: "所有请求"),
        retry: Retry::No,
        fixes: &[],
        confirmed_by: &[],
        told_apart: text!(en: "", zh: ""),
        rivals: &[],
        causes: &[],
        explained_by: &[],
        signs: &[],
        heard: &[],
        detect: None,
        specify: None,
    };

    /// Whether the evidence shows it, and how.
    ///
    /// A response that came over a connection that did not verify was asked for without the key, to see who answers:
    /// as an API answer it means nothing.
    #[must_use]
    pub fn find(&'static self, evidence: &Evidence) -> Option<Finding> {
        let found = self.detect.and_then(|detect| detect(evidence));
        if found.is_some() || evidence.tls.failed() {
            return found;
        }
        super::sign::find(self, evidence)
    }
}
