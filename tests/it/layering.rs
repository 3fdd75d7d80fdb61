//! The map of the crate, enforced: which module may use which.

use std::path::{Path, PathBuf};

/// Module → what it may use beside `lang`, as `src/lib.rs` draws it.
const MAY_USE: &[(&str, &[&str])] = &[
    ("lang", &[]),
    ("config", &[]),
    ("evidence", &[]),
    ("mock", &[]),
    ("diagnosis", &["evidence"]),
    ("probe", &["config", "evidence"]),
    ("experiment", &["probe", "config", "evidence"]),
    ("explain", &["diagnosis", "evidence"]),
    ("report", &["diagnosis", "evidence"]),
    ("cli", &["config", "report"]),
];

/// What everyone may use: the languages and their two macros.
const FREE: [&str; 3] = ["lang", "text", "say"];

#[test]
fn arrows_point_down() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for path in files(&src) {
        let module = module_of(path.strip_prefix(&src).unwrap());
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| Some(*name) == module.first().map(String::as_str))
        else {
            continue;
        };
        for (number, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            for used in uses(line, &module) {
                let own = module.first() == Some(&used);
                if !own && !allowed.contains(&used.as_str()) && !FREE.contains(&used.as_str()) {
                    wrong.push(format!("{}:{}: uses {used}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_has_its_place_on_the_map() {
    let lib = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let unknown: Vec<&str> =
        modules.filter(|name| *name != "command" && !MAY_USE.iter().any(|(known, _)| known == name)).collect();
    assert!(unknown.is_empty(), "no rule says what these may use: {unknown:?}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let sources = files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    sources.chain(folders.iter().flat_map(|folder| self::files(folder))).collect()
}

/// `probe/dns/mod.rs` → probe, dns.
fn module_of(path: &Path) -> Vec<String> {
    let parts = path.with_extension("");
    let names = parts.iter().map(|part| part.to_string_lossy().into_owned());
    names.filter(|name| !matches!(name.as_str(), "mod" | "lib" | "main")).collect()
}

/// The top-level modules that a line names, through `crate::` or by climbing with `super::`.
fn uses(line: &str, module: &[String]) -> Vec<String> {
    let code = line.split("//").next().unwrap_or_default();
    // A module inside the file, `tests` as a rule, is one level further down; its lines are indented.
    let depth = module.len() + usize::from(code.starts_with("    "));
    let mut found: Vec<String> =
        code.match_indices("crate::").flat_map(|(at, path)| named(&code[at + path.len()..])).collect();
    let climb = code.matches("super::").count();
    if climb >= depth && climb > 0 {
        let after = code.rfind("super::").map_or(0, |at| at + "super::".len());
        found.extend(named(&code[after..]));
    }
    found
}

/// The first names of what follows `crate::`: one, or several in braces.
fn named(path: &str) -> Vec<String> {
    let first = |path: &str| path.trim().split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned);
    match path.strip_prefix('{') {
        Some(group) => group.split('}').next().unwrap_or_default().split(", ").filter_map(first).collect(),
        None => first(path).into_iter().collect(),
    }
}

#[test]
fn a_line_gives_away_what_it_uses() {
    let here = ["probe".to_owned(), "dns".to_owned()];
    assert_eq!(uses("use crate::evidence::{Ms, text};", &here), ["evidence"]);
    assert_eq!(uses("use crate::{say, report::Lines};", &here), ["say", "report"]);
    assert_eq!(uses("use super::super::diagnosis::Fault;", &here), ["diagnosis"]);
    assert_eq!(uses("use super::tap::Stream;", &here), Vec::<String>::new());
    assert_eq!(uses("    use super::super::tap;", &here), Vec::<String>::new());
    assert_eq!(uses("//! Not crate::report.", &here), Vec::<String>::new());
}
