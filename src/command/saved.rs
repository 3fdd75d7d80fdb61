//! A saved report, read from a file or standard input. Whoever wrote it, it is bounded and what it lacks is said.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::cli::{Usage, Wish};
use crate::evidence::text;
use crate::lang::Sentence;
use crate::report::{Report, SCHEMA_VERSION, json};
use crate::say;

/// The largest file that is read, in bytes: a report has some ten thousand.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Reads a report; `-` is standard input.
///
/// # Errors
///
/// A usage error that says why the file is no report.
pub(super) fn read(path: &Path, wish: Wish) -> Result<Report, Box<Usage>> {
    let refused = |why: Sentence| Box::new(Usage::new(why, wish));
    let bytes = bytes(path).map_err(|error| {
        refused(say!(en: "{path} cannot be read: {error}", zh: "无法读取 {path}：{error}", path = shown(path)))
    })?;
    parse(&bytes).map_err(|why| {
        refused(say!(
            en: "{path} is not a report of `openai-doctor diagnose --json`: {en}",
            zh: "{path} 不是 `openai-doctor diagnose --json` 的报告：{zh}",
            path = shown(path), en = why.en, zh = why.zh,
        ))
    })
}

/// The name of a file, fit for a terminal.
#[must_use]
pub(super) fn shown(path: &Path) -> String {
    if path == Path::new("-") { "stdin".to_owned() } else { text::line(&path.display().to_string(), 200) }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The report in these bytes, or why there is none.
fn parse(bytes: &[u8]) -> Result<Report, Sentence> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(say!(
            en: "it is larger than {most} MB", zh: "文件超过 {most} MB", most = MAX_BYTES / 1024 / 1024,
        ));
    }
    let text = decoded(bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(say!(en: "it is empty", zh: "内容为空"));
    }
    let outline: Outline = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        if serde_json::from_str::<IgnoredAny>(text).is_ok() {
            say!(en: "it is JSON of another kind", zh: "是其他内容的 JSON")
        } else {
            say!(
                en: "it is not valid JSON (line {line}, column {column})",
                zh: "不是合法的 JSON（第 {line} 行第 {column} 列）",
            )
        }
    })?;
    match outline {
        Outline { schema_version: Some(version), stages: Some(_), .. } if version > u64::from(SCHEMA_VERSION) => {
            Err(say!(
                en: "its schema_version is {version} and this program knows {SCHEMA_VERSION}: use a newer openai-doctor",
                zh: "其 schema_version 为 {version}，而本程序只支持 {SCHEMA_VERSION}：请使用更新版本的 openai-doctor",
            ))
        }
        Outline { schema_version: Some(_), stages: Some(_), .. } => json::read(text).map_err(|error| {
            let said = text::line(&error.to_string(), 200);
            say!(en: "a part of it cannot be read: {said}", zh: "其中有无法读取的部分：{said}")
        }),
        Outline { error: Some(_), .. } => Err(say!(
            en: "it is the message of a run that could not start, and holds no evidence",
            zh: "它是一次未能启动的运行留下的错误信息，其中没有证据",
        )),
        _ => Err(say!(en: "it has no stages", zh: "其中没有 stages")),
    }
}

/// What tells a report from other JSON, without keeping any of it.
#[derive(Deserialize)]
struct Outline {
    schema_version: Option<u64>,
    stages: Option<IgnoredAny>,
    error: Option<IgnoredAny>,
}

/// The text of a file. `>` in Windows PowerShell writes UTF-16.
fn decoded(bytes: &[u8]) -> String {
    let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) else { return String::from_utf8_lossy(bytes).into_owned() };
    let units: Vec<u16> = rest.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, parse};
    use crate::lang::Lang;
    use crate::report::{fixture, json};

    fn saved() -> String {
        json::render(&fixture::report(&fixture::healthy(), Lang::En)).unwrap()
    }

    #[test]
    fn every_encoding_that_a_shell_writes_is_read() {
        let text = saved();
        let utf16: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let marked = format!("\u{feff}{text}");
        for bytes in [text.as_bytes(), marked.as_bytes(), &utf16] {
            assert_eq!(parse(bytes).unwrap().evidence(), fixture::healthy());
        }
    }

    #[test]
    fn what_is_no_report_is_told_why() {
        let newer = saved().replacen("\"schema_version\": 1", "\"schema_version\": 2", 1);
        let broken = saved().replacen("\"status\": \"pass\"", "\"status\": \"perhaps\"", 1);
        let deep = format!("{{\"stages\": {}", "[".repeat(200_000));
        let large = vec![b' '; usize::try_from(MAX_BYTES).unwrap() + 1];
        for (bytes, words) in [
            (&b""[..], "it is empty"),
            (b"\xff\xfe", "it is empty"),
            (b"hello", "not valid JSON (line 1, column 1)"),
            (&saved().as_bytes()[..500], "not valid JSON"),
            (deep.as_bytes(), "not valid JSON"),
            (b"[1, 2]", "JSON of another kind"),
            (b"{}", "no stages"),
            (br#"{"schema_version": 1, "findings": []}"#, "no stages"),
            (br#"{"schema_version": 1, "error": {"kind": "usage"}}"#, "could not start"),
            (br#"{"schema_version": 1, "stages": []}"#, "a part of it cannot be read: missing field"),
            (newer.as_bytes(), "schema_version is 2"),
            (broken.as_bytes(), "a part of it cannot be read"),
            (&large, "larger than 16 MB"),
        ] {
            let why = parse(bytes).expect_err(words);
            assert!(why.en.contains(words), "{words}: {}", why.en);
            assert!(!why.zh.is_ascii());
        }
    }
}
