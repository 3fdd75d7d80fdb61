//! The API key, in a type that cannot be printed, and what can be said of it without showing it.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// An API key. `Debug` and reports show its last four characters at the most.
#[derive(Clone)]
pub struct ApiKey(SecretString);

/// Prefixes of keys and who issues them; the first that fits decides. Bare `sk-` is everybody's: relays and most
/// compatible providers issue it too.
const PREFIXES: &[(&str, &[&str])] = &[
    ("sk-ant-", &["Anthropic"]),
    ("sk-or-", &["OpenRouter"]),
    ("sk-proj-", &["OpenAI"]),
    ("sk-svcacct-", &["OpenAI"]),
    ("sk-admin-", &["OpenAI"]),
    ("sk-", &["OpenAI", "DeepSeek", "DashScope", "Moonshot", "SiliconFlow", "StepFun", "Baichuan"]),
    ("sess-", &["OpenAI"]),
    ("gsk_", &["Groq"]),
    ("AIza", &["Google"]),
    ("xai-", &["xAI"]),
    ("hf_", &["Hugging Face"]),
    ("pplx-", &["Perplexity"]),
    ("r8_", &["Replicate"]),
    ("nvapi-", &["NVIDIA"]),
    ("fw_", &["Fireworks"]),
    ("csk-", &["Cerebras"]),
    ("tgp_v1_", &["Together"]),
    ("ghp_", &["GitHub Models"]),
    ("github_pat_", &["GitHub Models"]),
    ("eyJ", &["Azure OpenAI", "MiniMax"]),
];

/// Pairs that a copied key may be wrapped in. A quote counts at one end alone too.
const WRAPPERS: &[(char, char, bool)] = &[
    ('"', '"', true),
    ('\'', '\'', true),
    ('`', '`', true),
    ('“', '”', true),
    ('‘', '’', true),
    ('＂', '＂', true),
    ('「', '」', false),
    ('《', '》', false),
    ('<', '>', false),
    ('{', '}', false),
    ('[', ']', false),
    ('(', ')', false),
];

impl ApiKey {
    /// Takes a key as it was written.
    #[must_use]
    pub fn new(raw: impl Into<String>) -> Self {
        Self(SecretString::from(raw.into()))
    }

    /// The key itself, for the one header it belongs in and for striking it out of texts.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The last four characters of a key long enough that they give nothing away; empty otherwise. Characters that
    /// cannot be seen are left out.
    #[must_use]
    pub fn tail(&self) -> String {
        let key = self.expose();
        let count = key.chars().count();
        if count < 12 { String::new() } else { key.chars().skip(count - 4).filter(char::is_ascii_graphic).collect() }
    }

    /// The character that the key is wrapped in, or begins or ends with: a quote, a bracket, a brace.
    #[must_use]
    pub fn wrapped_in(&self) -> Option<char> {
        self.wrapping().map(|(character, _)| character)
    }

    /// Characters that no key has, with their position from 1: white space, control characters, whatever is not ASCII.
    /// What the key is wrapped in is not among them.
    pub fn bad_characters(&self) -> impl Iterator<Item = (usize, char)> {
        let inner = self.wrapping().map_or(self.expose(), |(_, inner)| inner);
        let offset = inner.as_ptr() as usize - self.expose().as_ptr() as usize;
        let start = self.expose()[..offset].chars().count();
        inner.chars().enumerate().filter(|(_, c)| !c.is_ascii_graphic()).map(move |(at, c)| (start + at + 1, c))
    }

    /// Who issues keys that look like this one; empty when nobody is known to.
    #[must_use]
    pub fn looks_like(&self) -> &'static [&'static str] {
        let key = self.bare();
        if let Some((_, providers)) = PREFIXES.iter().find(|(prefix, _)| key.starts_with(prefix)) {
            return providers;
        }
        let hex = key.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let alphanumeric = key.bytes().all(|b| b.is_ascii_alphanumeric());
        match key.len() {
            32 if hex => &["Azure OpenAI"],
            84 if alphanumeric => &["Azure OpenAI"],
            32 if alphanumeric => &["Mistral"],
            64 if hex => &["Together"],
            49 if key.as_bytes()[32] == b'.' && key[..32].bytes().all(|b| b.is_ascii_hexdigit()) => &["Zhipu"],
            36 if is_uuid(key) => &["Volcengine Ark"],
            _ => &[],
        }
    }

    /// Whether it is an example out of a manual (`sk-...`, `your-api-key`) or a variable that nobody filled in.
    #[must_use]
    pub fn is_placeholder(&self) -> bool {
        let key = self.expose().trim().to_ascii_lowercase();
        let bare = self.bare().to_ascii_lowercase();
        let rest = bare.strip_prefix("sk-").unwrap_or(&bare);
        let masks = |c: char| matches!(c, 'x' | '*' | '.' | '…' | '-' | '_' | '•');
        (!rest.is_empty() && rest.chars().all(masks))
            || ["...", "…", "***", "xxxxxx", "${", "$(", "{{", "•••"].iter().any(|mark| key.contains(mark))
            || ["your", "my-api-key", "my_api_key", "api-key-here", "api_key_here", "key-here", "key_here"]
                .iter()
                .any(|mark| rest.starts_with(mark) || rest.ends_with(mark))
            || (key.starts_with('<') && key.ends_with('>'))
            || key.starts_with("$openai")
            || key.starts_with("%openai")
            || [
                "changeme",
                "change-me",
                "placeholder",
                "replace-me",
                "replaceme",
                "todo",
                "api-key",
                "api_key",
                "apikey",
                "sk-",
            ]
            .contains(&bare.as_str())
    }

    /// Whether it could be put in a header as it is.
    #[must_use]
    pub fn is_sendable(&self) -> bool {
        !self.expose().is_empty() && self.expose().bytes().all(|byte| (0x20..=0x7e).contains(&byte))
    }

    /// The key without white space and wrapper around it, and without characters inside that no key has; `None` when
    /// that is what it is already, or nothing is left.
    #[must_use]
    pub fn cleaned(&self) -> Option<Self> {
        let clean: String = self.bare().chars().filter(char::is_ascii_graphic).collect();
        (clean != self.expose() && !clean.is_empty()).then(|| Self::new(clean))
    }

    /// The wrapper and what is inside it.
    fn wrapping(&self) -> Option<(char, &str)> {
        let key = self.expose().trim();
        WRAPPERS.iter().find_map(|(open, close, alone)| match (key.strip_prefix(*open), key.strip_suffix(*close)) {
            (Some(opened), _) if opened.ends_with(*close) => Some((*open, &opened[..opened.len() - close.len_utf8()])),
            (Some(opened), _) if *alone => Some((*open, opened)),
            (None, Some(closed)) if *alone => Some((*close, closed)),
            _ => None,
        })
    }

    /// The key without white space and wrapper.
    fn bare(&self) -> &str {
        self.wrapping().map_or(self.expose(), |(_, inner)| inner).trim()
    }
}

fn is_uuid(key: &str) -> bool {
    key.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey(…{})", self.tail())
    }
}

impl PartialEq for ApiKey {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for ApiKey {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ApiKey;

    const REAL: &str = "sk-proj-4Jd8sKq0ZbTn7PmW2yHc";

    #[test]
    fn the_wrapper_is_named() {
        for (raw, wrapped) in [
            (REAL, None),
            ("\"sk-abc\"", Some('"')),
            ("'sk-abc", Some('\'')),
            ("sk-abc\"", Some('"')),
            ("“sk-abc”", Some('“')),
            ("sk-abc’", Some('’')),
            ("<sk-abc>", Some('<')),
            ("<sk-abc", None),
            ("{sk-abc}", Some('{')),
            ("[sk-abc]", Some('[')),
            (" \"sk-abc\"\n", Some('"')),
            ("\"", Some('"')),
            ("", None),
        ] {
            assert_eq!(ApiKey::new(raw).wrapped_in(), wrapped, "{raw:?}");
        }
    }

    #[test]
    fn bad_characters_have_a_position() {
        for (raw, bad) in [
            (REAL, vec![]),
            ("sk-a\u{a0}b", vec![(5, '\u{a0}')]),
            ("sk-abc\n", vec![(7, '\n')]),
            ("\u{feff}sk-é", vec![(1, '\u{feff}'), (5, 'é')]),
            ("“sk abc”", vec![(4, ' ')]),
            ("\"sk-abc\"", vec![]),
        ] {
            assert_eq!(ApiKey::new(raw).bad_characters().collect::<Vec<_>>(), bad, "{raw:?}");
        }
    }

    #[test]
    fn what_no_key_has_is_cleaned_away() {
        for (raw, clean) in [
            (REAL, None),
            ("", None),
            ("\"\"", None),
            ("\"sk-abc\"", Some("sk-abc")),
            (" “sk-a\u{a0}bc”\n", Some("sk-abc")),
            ("sk-abc\r", Some("sk-abc")),
        ] {
            assert_eq!(ApiKey::new(raw).cleaned().as_ref().map(ApiKey::expose), clean, "{raw:?}");
        }
    }

    #[test]
    fn prefixes_name_the_provider() {
        for (raw, provider) in [
            (REAL, Some("OpenAI")),
            ("'sk-ant-api03-abc'", Some("Anthropic")),
            ("sk-or-v1-abc", Some("OpenRouter")),
            ("gsk_abc", Some("Groq")),
            ("AIzaSyA", Some("Google")),
            ("0123456789abcdef0123456789abcdef", Some("Azure OpenAI")),
            ("0123456789abcdef0123456789abcdef.0123456789abcdef", Some("Zhipu")),
            ("123e4567-e89b-12d3-a456-426614174000", Some("Volcengine Ark")),
            ("whatever", None),
        ] {
            assert_eq!(ApiKey::new(raw).looks_like().first().copied(), provider, "{raw}");
        }
        assert!(ApiKey::new("sk-0123456789").looks_like().contains(&"DeepSeek"));
        assert_eq!(ApiKey::new("9".repeat(84)).looks_like(), ["Azure OpenAI"]);
    }

    #[test]
    fn examples_out_of_manuals_are_known() {
        for raw in [
            "sk-...",
            "sk-xxxx",
            "sk-…",
            "your-api-key",
            "YOUR_API_KEY",
            "<your key>",
            "sk-your-key-here",
            "<OPENAI_API_KEY>",
            "${OPENAI_API_KEY}",
            "$OPENAI_API_KEY",
            "{{ key }}",
            "sk-proj-xxxxxxxx",
            "changeme",
            "sk-",
            "sk-abc...xyz",
        ] {
            assert!(ApiKey::new(raw).is_placeholder(), "{raw}");
        }
        for raw in [REAL, "EMPTY", "ollama", "sk-test-0123456789", "sk-mock-key", ""] {
            assert!(!ApiKey::new(raw).is_placeholder(), "{raw}");
        }
    }

    #[test]
    fn only_printable_ascii_can_be_sent() {
        for (raw, sendable) in
            [(REAL, true), ("a b", true), ("", false), ("sk\n", false), ("sk-“", false), ("sk\t", false)]
        {
            assert_eq!(ApiKey::new(raw).is_sendable(), sendable, "{raw:?}");
        }
    }

    #[test]
    fn the_tail_shows_four_characters_of_a_long_key_only() {
        for (raw, tail) in [(REAL, "2yHc"), ("short-key", ""), ("sk-0123456789abc\n", "abc"), ("", "")] {
            assert_eq!(ApiKey::new(raw).tail(), tail);
        }
        assert_eq!(format!("{:?}", ApiKey::new(REAL)), "ApiKey(…2yHc)");
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_at(raw in "\\PC{0,90}|[\"'“”<>{} \n]{0,6}") {
            let key = ApiKey::new(raw.clone());
            let count = raw.chars().count();
            prop_assert!(key.tail().chars().count() <= 4);
            prop_assert!(key.bad_characters().all(|(at, c)| at <= count && raw.chars().nth(at - 1) == Some(c)));
            let _ = (key.wrapped_in(), key.looks_like(), key.is_placeholder(), key.is_sendable());
        }
    }
}
