//! Keeps the generated parts of the user's guide in step with the code: the faults, the keys of the configuration
//! file, the variables. `UPDATE_REFERENCE=1 cargo test readme` rewrites them.

use std::fmt::Write as _;
use std::path::Path;

use crate::config::environment::VARIABLES;
use crate::config::file::KEYS;
use crate::lang::{Lang, Text};
use crate::report::reference;
use crate::text;

#[test]
fn the_guides_are_current() {
    for (name, lang) in [("README.md", Lang::En), ("README.zh.md", Lang::Zh)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let written = std::fs::read_to_string(&path).unwrap();
        let mut current = written.clone();
        for (part, text) in [
            ("faults", reference::markdown(lang)),
            ("keys", table(text!(en: "key", zh: "配置项"), KEYS.iter().map(|key| (key.name, key.meaning)), lang)),
            (
                "variables",
                table(text!(en: "variable", zh: "变量"), VARIABLES.iter().map(|one| (one.name, one.meaning)), lang),
            ),
        ] {
            current = splice(&current, part, &text);
        }
        let update = std::env::var_os("UPDATE_REFERENCE").is_some();
        assert!(current == written || update, "{name} is not current: UPDATE_REFERENCE=1 cargo test readme");
        if current != written {
            std::fs::write(&path, current).unwrap();
        }
    }
}

fn table(head: Text, rows: impl Iterator<Item = (&'static str, Text)>, lang: Lang) -> String {
    let meaning = text!(en: "meaning", zh: "含义").of(lang);
    let mut out = format!("| {} | {meaning} |\n| --- | --- |\n", head.of(lang));
    for (name, meaning) in rows {
        let _ = writeln!(out, "| `{name}` | {} |", meaning.of(lang).replace('|', "\\|"));
    }
    out
}

/// The document with the part between `<!-- part:start -->` and `<!-- part:end -->` replaced.
fn splice(document: &str, part: &str, text: &str) -> String {
    let (before, rest) = document.split_once(&format!("<!-- {part}:start -->\n")).unwrap();
    let (_, after) = rest.split_once(&format!("<!-- {part}:end -->")).unwrap();
    format!("{before}<!-- {part}:start -->\n{}\n<!-- {part}:end -->{after}", text.trim_end())
}

#[test]
fn only_what_stands_between_the_marks_is_replaced() {
    let document = "a\n<!-- x:start -->\nold\n<!-- x:end -->\nb";
    assert_eq!(splice(document, "x", "new\n\n"), "a\n<!-- x:start -->\nnew\n<!-- x:end -->\nb");
}
