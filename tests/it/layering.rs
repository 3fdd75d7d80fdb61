//! The map of the crate, enforced: which module may use which. The map is the one that `src/lib.rs` shows its readers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What everyone may use: the languages and their two macros.
const FREE: [&str; 3] = ["lang", "text", "say"];

/// Module → what it may use beside [`FREE`]; none for those that may use everything.
type Map = BTreeMap<String, Option<Vec<String>>>;

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path)
}

/// Reads the map: `//! report      → diagnosis, evidence        one file a format`.
fn map(lib: &str) -> Map {
    let lines = lib.lines().filter_map(|line| line.strip_prefix("//! ")?.split_once(" → "));
    let mut map = Map::new();
    for (modules, uses) in lines {
        let uses = uses.split("  ").next().unwrap_or_default();
        let allowed = match uses.split([' ', ';']).next() {
            Some("everything") => None,
            Some("nothing") => Some(Vec::new()),
            _ => Some(uses.split(", ").map(|name| name.trim().to_owned()).collect()),
        };
        map.extend(modules.split(',').map(|module| (module.trim().to_owned(), allowed.clone())));
    }
    map
}

#[test]
fn arrows_point_down() {
    let map = map(&std::fs::read_to_string(source("lib.rs")).unwrap());
    let src = source("");
    let mut wrong = Vec::new();
    for path in files(&src) {
        let module = module_of(path.strip_prefix(&src).unwrap());
        let Some(Some(allowed)) = module.first().and_then(|name| map.get(name)) else { continue };
        for (number, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            for used in uses(line, &module) {
                let own = module.first() == Some(&used);
                if !own && !allowed.contains(&used) && !FREE.contains(&used.as_str()) {
                    wrong.push(format!("{}:{}: uses {used}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "not on the map of src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_its_place_on_the_map() {
    let lib = std::fs::read_to_string(source("lib.rs")).unwrap();
    let map = map(&lib);
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let unknown: Vec<&str> = modules.filter(|name| !map.contains_key(*name)).collect();
    assert!(unknown.is_empty(), "the map does not say what these may use: {unknown:?}");
}

#[test]
fn the_map_is_read_as_it_is_meant() {
    let map = map("//! command     → everything below    prints\n//! cli → config, report   the command line\n\
                   //! config, mock → nothing in the crate\n");
    assert_eq!(map["command"], None);
    assert_eq!(map["cli"], Some(vec!["config".to_owned(), "report".to_owned()]));
    assert_eq!((&map["config"], &map["mock"]), (&Some(Vec::new()), &Some(Vec::new())));
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
