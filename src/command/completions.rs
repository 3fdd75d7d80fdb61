//! `completions SHELL`: the script that a shell sources, and the answers it then asks this program for.
//!
//! The scripts ask the program at every key, so that fault codes, stages and the profiles of the configuration file
//! complete in every shell alike and never go stale.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{EnvCompleter, Shells};

use crate::cli::{self, Shell};
use crate::config::{ConfigFile, Environment};
use crate::diagnosis::faults;
use crate::evidence::Stage;
use crate::lang::{Lang, Text};
use crate::mock;
use crate::report::Metric;

use super::help::TOPICS;

/// The variable by which a script asks; it names the shell.
const VARIABLE: &str = "OPENAI_DOCTOR_COMPLETE";

/// The script of a shell.
///
/// # Errors
///
/// Never: it is written to memory.
pub fn run(shell: Shell) -> io::Result<String> {
    let name = match shell {
        Shell::Bash => "bash",
        Shell::Zsh => "zsh",
        Shell::Fish => "fish",
        Shell::PowerShell => "powershell",
        Shell::Elvish => "elvish",
    };
    let shells = Shells::builtins();
    let completer: &dyn EnvCompleter = shells.completer(name).ok_or(io::ErrorKind::Unsupported)?;
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, "openai-doctor", "openai-doctor", "openai-doctor", &mut script)?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// Answers a shell that asks for completions, on stdout; says whether one did. The first thing a process does.
///
/// # Errors
///
/// The shell is unknown or stdout is closed.
pub fn answer(arguments: impl IntoIterator<Item = OsString>) -> Result<bool, clap::Error> {
    let directory = std::env::current_dir().ok();
    let lang = cli::of_process().lang;
    CompleteEnv::with_factory(move || completing(lang)).var(VARIABLE).try_complete(arguments, directory.as_deref())
}

/// The command line with everything that can be offered for its values.
#[must_use]
pub fn completing(lang: Lang) -> clap::Command {
    let commands: Vec<String> =
        cli::command(lang).get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let mut root = cli::command(lang);
    for name in &commands {
        root = root.mut_subcommand(name, |command| {
            let known: Vec<String> = command.get_arguments().map(|argument| argument.get_id().to_string()).collect();
            known.into_iter().fold(command, |command, id| {
                let candidates = candidates(name, &id, lang, &commands);
                match candidates {
                    Some(candidates) => command.mut_arg(id, |argument| argument.add(candidates)),
                    None => command,
                }
            })
        });
    }
    root
}

fn candidates(command: &str, id: &str, lang: Lang, commands: &[String]) -> Option<ArgValueCandidates> {
    let described = move |word: &str, what: Text| CompletionCandidate::new(word).help(Some(what.of(lang).into()));
    Some(match (command, id) {
        ("explain", "words") => {
            ArgValueCandidates::new(move || faults::all().map(|fault| described(fault.code, fault.title)).collect())
        }
        (_, "demo") => ArgValueCandidates::new(move || {
            let faults = mock::FAULTS.iter().map(|fault| described(fault.name, fault.summary));
            faults.chain([CompletionCandidate::new("list")]).collect()
        }),
        (_, "only" | "skip") => {
            ArgValueCandidates::new(|| Stage::ALL.iter().map(|stage| CompletionCandidate::new(stage.name())).collect())
        }
        (_, "slo") => ArgValueCandidates::new(|| {
            Metric::ALL.iter().map(|metric| CompletionCandidate::new(format!("{}=", metric.name()))).collect()
        }),
        (_, "profile") => ArgValueCandidates::new(|| profiles(&std::env::args_os().collect::<Vec<_>>())),
        ("help", "topic") => {
            let commands = commands.to_vec();
            ArgValueCandidates::new(move || {
                let topics = TOPICS.iter().map(|topic| described(topic.name, topic.about));
                commands.iter().map(CompletionCandidate::new).chain(topics).collect()
            })
        }
        ("man", "command") => {
            let commands = commands.to_vec();
            ArgValueCandidates::new(move || commands.iter().map(CompletionCandidate::new).collect())
        }
        _ => return None,
    })
}

/// The profiles of the configuration file, of the one that the line names with `--config` if it does. A file that
/// cannot be read has none.
fn profiles(line: &[OsString]) -> Vec<CompletionCandidate> {
    let named = line.windows(2).find(|pair| pair[0] == "--config").map(|pair| pair[1].clone());
    let file = ConfigFile::load(named.as_deref().map(Path::new), &Environment::of_process()).ok().flatten();
    file.iter().flat_map(ConfigFile::profiles).map(CompletionCandidate::new).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::ValueEnum as _;

    use super::*;

    /// The folder's file of each shell, under the name that the shell looks for.
    const FILES: [(Shell, &str); 5] = [
        (Shell::Bash, "openai-doctor.bash"),
        (Shell::Zsh, "_openai-doctor"),
        (Shell::Fish, "openai-doctor.fish"),
        (Shell::PowerShell, "_openai-doctor.ps1"),
        (Shell::Elvish, "openai-doctor.elv"),
    ];

    fn offered(line: &str) -> Vec<String> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let at = words.len() - 1;
        let offered = clap_complete::engine::complete(&mut completing(Lang::En), words, at, None).expect(line);
        offered.iter().map(|candidate| candidate.get_value().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn the_folder_holds_what_is_generated() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
        assert_eq!(FILES.len(), Shell::value_variants().len());
        for (shell, name) in FILES {
            let path = folder.join(name);
            let script = run(shell).expect(name);
            if std::env::var_os("UPDATE_REFERENCE").is_some() {
                std::fs::create_dir_all(&folder).expect("the folder");
                std::fs::write(&path, &script).expect(name);
            }
            let found = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(found == script, "{name} is stale: UPDATE_REFERENCE=1 cargo test completions");
            assert!(script.contains(VARIABLE));
        }
    }

    #[test]
    fn values_complete() {
        for (line, word) in [
            ("openai-doctor dia", "diagnose"),
            ("openai-doctor diagnose --only t", "tls"),
            ("openai-doctor diagnose --only dns,tc", "dns,tcp"),
            ("openai-doctor diagnose --skip ", "proxy"),
            ("openai-doctor diagnose --format ", "json"),
            ("openai-doctor diagnose --lang ", "zh"),
            ("openai-doctor diagnose --slo to", "total="),
            ("openai-doctor diagnose --demo l", "list"),
            ("openai-doctor completions p", "powershell"),
            ("openai-doctor help exit", "exit-codes"),
            ("openai-doctor man fast", "fastest-ip"),
        ] {
            assert!(offered(line).iter().any(|offer| offer == word), "{line}: {:?}", offered(line));
        }
    }

    #[test]
    fn every_fault_and_demo_completes() {
        let codes = offered("openai-doctor explain ");
        assert!(faults::all().all(|fault| codes.iter().any(|code| code == fault.code)), "{codes:?}");
        let demos = offered("openai-doctor diagnose --demo ");
        assert!(mock::names().all(|name| demos.iter().any(|demo| demo == name)), "{demos:?}");
    }

    #[test]
    fn profiles_come_from_the_file_that_is_named() {
        let path = std::env::temp_dir().join(format!("openai-doctor-profiles-{}.toml", std::process::id()));
        std::fs::write(&path, "[profiles.work]\n[profiles.home]\n").expect("a file");
        let line = ["openai-doctor".into(), "--config".into(), path.clone().into_os_string()];
        let found: Vec<_> = profiles(&line).iter().map(|profile| profile.get_value().to_owned()).collect();
        std::fs::remove_file(path).expect("the file");
        assert_eq!(found, ["home", "work"]);
    }
}
