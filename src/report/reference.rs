//! The fault reference as Markdown: one table a layer, out of the literals.

use std::fmt::Write as _;

use crate::diagnosis::{Layer, faults};
use crate::lang::{Lang, Text};
use crate::{say, text};

use super::explain::Explained;

/// The tables, in the order of the layers and of the literals.
#[must_use]
pub fn markdown(lang: Lang) -> String {
    let columns: [Text; 5] = [
        text!(en: "code", zh: "代码"),
        text!(en: "what is wrong", zh: "问题"),
        text!(en: "who can fix it", zh: "由谁解决"),
        text!(en: "trying again", zh: "是否重试"),
        text!(en: "what to do first", zh: "首先怎么做"),
    ];
    let mut out = String::new();
    for layer in Layer::ALL {
        let title = layer.title();
        let exit = layer.exit_code();
        let head =
            say!(en: "The {en} layer (exit code {exit})", zh: "{zh}（退出码 {exit}）", en = title.en, zh = title.zh);
        let _ = writeln!(out, "### {}\n", head.of(lang));
        let _ = writeln!(out, "| {} |", columns.map(|column| column.of(lang)).join(" | "));
        let _ = writeln!(out, "| --- | --- | --- | --- | --- |");
        for fault in faults::all().filter(|fault| fault.layer == layer) {
            let explained = Explained::of(fault, lang, "linux");
            let fix = explained.fixes.first().map_or("", |fix| fix.text.as_str());
            let cells = [&explained.title, fault.owner.title().of(lang), fault.retry.title().of(lang), fix];
            let _ = writeln!(out, "| `{}` | {} |", fault.code, cells.map(cell).join(" | "));
        }
        out.push('\n');
    }
    out
}

/// Text as the content of a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::{cell, markdown};
    use crate::diagnosis::faults;
    use crate::lang::Lang;

    #[test]
    fn every_fault_has_its_row_in_both_languages() {
        for lang in [Lang::En, Lang::Zh] {
            let text = markdown(lang);
            for fault in faults::all() {
                let rows = text.lines().filter(|line| line.starts_with(&format!("| `{}` |", fault.code))).count();
                assert_eq!(rows, 1, "{}", fault.code);
            }
        }
    }

    #[test]
    fn a_cell_stays_one_cell() {
        assert_eq!(cell("a|b\n<HOST>"), "a\\|b &lt;HOST>");
    }
}
