//! A fault's page in the terminal, and the list of all faults.

use std::fmt::Write as _;

use crate::diagnosis::{Fault, Layer, faults};
use crate::lang::Lang;
use crate::{say, text};

use super::explain::Explained;
use super::style::{Role, Style, columns, pad};
use super::text::{codes, fixes, heading, table};

/// The page of a fault: what it is, how it is told apart, what to do. `demo` is the name that `diagnose --demo` knows
/// it by, if it can show it.
#[must_use]
pub fn fault(fault: &Fault, style: &Style, os: &str, demo: Option<&str>) -> String {
    let explained = Explained::of(fault, style.lang, os);
    let mut out = String::new();
    let _ = writeln!(out, "{}", style.paint(Role::Strong, fault.code));
    style.wrap(&mut out, "  ", &explained.title);
    if !explained.explanation.is_empty() {
        out.push('\n');
        style.wrap(&mut out, "  ", &explained.explanation);
    }
    out.push('\n');
    let layer = fault.layer.title();
    let exit = fault.layer.exit_code();
    let layer = say!(en: "{en} (exit code {exit})", zh: "{zh}（退出码 {exit}）", en = layer.en, zh = layer.zh);
    table(
        &mut out,
        &[
            (text!(en: "Layer", zh: "所属层"), layer.of(style.lang)),
            (text!(en: "Who can fix it", zh: "由谁解决"), style.say(fault.owner.title())),
            (text!(en: "What it affects", zh: "影响范围"), &explained.impact),
            (text!(en: "Trying again", zh: "是否重试"), style.say(fault.retry.title())),
        ],
        style,
    );
    if !explained.told_apart.is_empty() {
        heading(&mut out, text!(en: "How it is told apart", zh: "如何判断"), style);
        style.wrap(&mut out, "  ", &explained.told_apart);
    }
    if !fault.rivals.is_empty() {
        heading(&mut out, text!(en: "What looks like it", zh: "容易混淆的故障"), style);
        codes(&mut out, fault.rivals.iter().copied(), style);
    }
    if !fault.causes.is_empty() {
        heading(&mut out, text!(en: "What may be behind it", zh: "可能的原因"), style);
        codes(&mut out, fault.causes.iter().copied(), style);
    }
    if !explained.fixes.is_empty() {
        heading(&mut out, text!(en: "What to do", zh: "如何解决"), style);
        fixes(&mut out, explained.fixes.iter().map(|fix| (fix.text.as_str(), fix.command.as_deref())), style);
    }
    if let Some(demo) = demo {
        heading(&mut out, text!(en: "See it happen, without network and key", zh: "演示（无需网络和密钥）"), style);
        style.command(&mut out, 5, &format!("openai-doctor diagnose --demo {demo}"));
    }
    out
}

/// Every fault by layer, code and title; of one layer, if one is named.
#[must_use]
pub fn list(only: Option<Layer>, style: &Style) -> String {
    let mut out = String::new();
    let width = faults::all().map(|fault| fault.code.len()).max().unwrap_or(0);
    for layer in Layer::ALL.into_iter().filter(|layer| only.is_none_or(|only| only == *layer)) {
        let mut of_layer = faults::all().filter(|fault| fault.layer == layer).peekable();
        if of_layer.peek().is_none() {
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        let title = match style.lang {
            Lang::En => layer.name(),
            Lang::Zh => layer.title().zh,
        };
        let _ = writeln!(out, "{}", style.paint(Role::Strong, title));
        for fault in of_layer {
            let first = format!("  {}  ", style.paint(Role::Command, &pad(fault.code, width)));
            style.wrap(&mut out, &first, style.say(fault.title));
            debug_assert!(columns(&first) < style.width, "codes are short");
        }
    }
    out
}
