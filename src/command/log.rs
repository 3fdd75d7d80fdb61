//! `explain` over a file, a pipe or standard input: where the bytes come from, how long they are waited for, and what
//! is written of what is found. What a line means is for `explain` to say.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::cli::ExplainArgs;
use crate::diagnosis::Layer;
use crate::explain::{self, Explanation, Occurrence, Scanner};
use crate::report::explain::{Explained, FaultCount, LayerCount, LogSummary, Matched};
use crate::report::{SCHEMA_VERSION, exit, json, page};

use super::explain::explained;
use super::{Context, Trouble, interrupt};

/// Up to here a text may be one paste; what is longer is a log. In bytes.
const LONGEST_PASTE: usize = 64 * 1024;
/// How often a log that is followed is looked at, and how long an entry may take to be written.
const PAUSE: Duration = Duration::from_millis(150);
/// Read at once from a pipe.
const PIECE: usize = 128 * 1024;

/// Where a text comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// The command line.
    Text(String),
    /// Standard input.
    Input,
    /// A file.
    File(PathBuf),
}

impl Source {
    /// Opens it for reading.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub(super) fn open(&self) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Self::Text(text) => Box::new(io::Cursor::new(text.clone().into_bytes())),
            Self::Input => Box::new(Piped::of(io::stdin())),
            Self::File(path) => {
                let file = File::open(path)?;
                if file.metadata()?.is_file() { Box::new(file) } else { Box::new(Piped::of(file)) }
            }
        })
    }
}

/// What a short text says as a whole, or else the log that it is the beginning of.
pub(super) enum Opened {
    /// All of it.
    Paste(String),
    /// A log.
    Log(Box<dyn Read>),
}

/// Opens a source and looks whether it is one paste.
///
/// # Errors
///
/// When it cannot be read.
pub(super) fn open(source: &Source) -> io::Result<Opened> {
    let mut rest = source.open()?;
    let (mut head, mut piece) = (Vec::new(), vec![0; LONGEST_PASTE]);
    while head.len() <= LONGEST_PASTE {
        match rest.read(&mut piece) {
            Ok(0) => {
                let text = explain::decode(&head);
                if !explain::is_log(&text) {
                    return Ok(Opened::Paste(text));
                }
                break;
            }
            Ok(count) => head.extend_from_slice(&piece[..count]),
            Err(error) if is_pause(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Opened::Log(Box::new(io::Cursor::new(head).chain(rest))))
}

fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// Something that blocks, read by a thread of its own, so that what came is told before more comes.
struct Piped {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: io::Cursor<Vec<u8>>,
}

impl Piped {
    fn of(mut source: impl Read + Send + 'static) -> Self {
        let (sender, pieces) = mpsc::sync_channel(2);
        thread::spawn(move || {
            let mut piece = vec![0; PIECE];
            loop {
                let read = source.read(&mut piece).map(|count| piece[..count].to_vec());
                let last = !matches!(&read, Ok(bytes) if !bytes.is_empty());
                if sender.send(read).is_err() || last {
                    return;
                }
            }
        });
        Self { pieces, piece: io::Cursor::default() }
    }
}

impl Read for Piped {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.piece.read(into)?;
        if count > 0 {
            return Ok(count);
        }
        match self.pieces.recv_timeout(PAUSE) {
            Ok(piece) => {
                self.piece = io::Cursor::new(piece?);
                self.piece.read(into)
            }
            Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::TimedOut.into()),
            Err(RecvTimeoutError::Disconnected) => Ok(0),
        }
    }
}

/// A file that grows, is cut or is replaced by another of its name, as `tail -F` reads it.
struct Followed {
    path: PathBuf,
    file: Option<(File, u64)>,
}

impl Followed {
    /// Whether there is something to read; a file that was replaced is read to its end first.
    fn turn(&mut self) -> bool {
        let Ok(now) = std::fs::metadata(&self.path) else { return false };
        let cut = match &mut self.file {
            Some((file, read)) => {
                if !file.metadata().is_ok_and(|held| is_same(&held, &now)) {
                    self.file = None;
                    true
                } else if now.len() < *read {
                    *read = 0;
                    // A file that cannot be wound back is opened anew.
                    if file.seek(SeekFrom::Start(0)).is_err() {
                        self.file = None;
                    }
                    true
                } else {
                    false
                }
            }
            None => true,
        };
        if self.file.is_none() {
            self.file = File::open(&self.path).ok().map(|file| (file, 0));
        }
        cut && self.file.is_some()
    }
}

impl Read for Followed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some((file, read)) = &mut self.file else { return Ok(0) };
        let count = file.read(into)?;
        *read += count as u64;
        Ok(count)
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.created().ok() == other.created().ok()
}

/// What is kept of what was found: never more than one entry a fault.
#[derive(Default)]
struct Tally {
    firsts: Vec<(Explanation, Option<String>)>,
    counts: Vec<FaultCount>,
    failures: usize,
}

impl Tally {
    fn add(&mut self, one: &Occurrence, context: &Context) {
        self.failures += 1;
        let fault = one.explanation.fault;
        let place = Matched {
            line: Some(one.explanation.line),
            text: Some(one.explanation.text.clone()),
            time: one.time.clone(),
        };
        if let Some(count) = self.counts.iter_mut().find(|count| count.fault == fault.code) {
            count.count += 1;
            count.last = place;
            return;
        }
        self.firsts.push((one.explanation.clone(), one.time.clone()));
        self.counts.push(FaultCount {
            fault: fault.code.to_owned(),
            layer: fault.layer,
            title: fault.title.of(context.lang()).to_owned(),
            count: 1,
            first: place.clone(),
            last: place,
        });
    }

    fn summary(mut self, lines: usize, interrupted: bool) -> LogSummary {
        self.counts.sort_by_key(|count| std::cmp::Reverse(count.count));
        let of_layer = |layer: Layer| {
            let count = self.counts.iter().filter(|fault| fault.layer == layer).map(|fault| fault.count).sum();
            LayerCount { layer, count }
        };
        let layers = Layer::ALL.into_iter().map(of_layer).filter(|layer| layer.count > 0).collect();
        LogSummary {
            schema_version: SCHEMA_VERSION,
            lines,
            failures: self.failures,
            interrupted,
            layers,
            faults: self.counts,
        }
    }
}

/// A log being read.
struct Reading<'a> {
    args: &'a ExplainArgs,
    context: &'a mut Context,
    tally: Tally,
    /// Written after each block.
    pending: String,
}

impl Reading<'_> {
    fn tell(&mut self, one: &Occurrence) {
        self.tally.add(one, self.context);
        if !self.args.jsonl && (self.args.summary || !self.args.follow || self.context.json()) {
            return;
        }
        let mut style = self.context.style;
        if self.args.jsonl {
            style.lang = crate::cli::Wish { json: true, ..self.context.wish }.message_lang();
        }
        let explained = located(&one.explanation, one.time.clone(), &style);
        if self.args.jsonl {
            // A finding has no map whose keys are no strings.
            self.pending.push_str(&json::line(&explained).unwrap_or_default());
        } else {
            self.pending.push_str(&page::occurrence(&explained, &style));
        }
    }

    fn write(&mut self) {
        if !self.pending.is_empty() {
            self.context.output.write(None, &self.pending);
            self.pending.clear();
        }
    }
}

fn located(one: &Explanation, time: Option<String>, style: &crate::report::Style) -> Explained {
    let mut explained = explained(one, style, std::env::consts::OS);
    explained.matched.time = time;
    explained
}

/// Reads a log to its end.
///
/// # Errors
///
/// When it cannot be read.
pub(super) fn read(log: &mut dyn Read, args: &ExplainArgs, context: &mut Context) -> Result<u8, Trouble> {
    let interrupted = interruption();
    let (mut scanner, mut reading) =
        (Scanner::default(), Reading { args, context, tally: Tally::default(), pending: String::new() });
    while !interrupted.load(Ordering::Relaxed) && !reading.context.output.is_closed() {
        match scanner.read(log, &mut |one| reading.tell(&one)) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if is_pause(&error) => scanner.settle(&mut |one| reading.tell(&one)),
            Err(error) => return Err(error.into()),
        }
        reading.write();
    }
    scanner.finish(&mut |one| reading.tell(&one));
    reading.write();
    conclude(reading, scanner.lines(), interrupted.load(Ordering::Relaxed))
}

/// Reads a file and what is added to it, until Ctrl-C.
///
/// # Errors
///
/// When it cannot be read.
pub(super) fn follow(path: &Path, args: &ExplainArgs, context: &mut Context) -> Result<u8, Trouble> {
    let interrupted = interruption();
    let mut file = Followed { path: path.to_owned(), file: None };
    let (mut scanner, mut reading) =
        (Scanner::default(), Reading { args, context, tally: Tally::default(), pending: String::new() });
    let mut lines = 0;
    while !interrupted.load(Ordering::Relaxed) && !reading.context.output.is_closed() {
        let count = scanner.read(&mut file, &mut |one| reading.tell(&one))?;
        if count == 0 {
            if file.turn() {
                scanner.finish(&mut |one| reading.tell(&one));
                lines += scanner.lines();
                scanner = Scanner::default();
            } else {
                scanner.settle(&mut |one| reading.tell(&one));
                reading.write();
                thread::sleep(PAUSE);
            }
        }
        reading.write();
    }
    scanner.finish(&mut |one| reading.tell(&one));
    reading.write();
    conclude(reading, lines + scanner.lines(), true)
}

/// What is said at the end, and the exit code.
fn conclude(reading: Reading<'_>, lines: usize, interrupted: bool) -> Result<u8, Trouble> {
    let Reading { args, context, tally, .. } = reading;
    let first = tally.firsts.first().map(|(first, _)| first.fault.layer.exit_code());
    if args.summary {
        let summary = tally.summary(lines, interrupted);
        let written = if context.json() { json::render(&summary)? } else { page::summary(&summary, &context.style) };
        context.output.write(None, &written);
    } else if !args.jsonl && (context.json() || !args.follow) {
        let found = tally.firsts.iter().map(|(one, time)| (one, located(one, time.clone(), &context.style))).collect();
        let written = super::explain::render(found, context.json(), &context.style)?;
        context.output.write(None, &written);
    }
    Ok(if interrupted { exit::INTERRUPTED } else { first.unwrap_or(0) })
}

/// Becomes true at Ctrl-C. Where it cannot be listened to, Ctrl-C ends the process as it does anywhere.
fn interruption() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
        runtime.block_on(interrupt::wait());
        flag.store(true, Ordering::Relaxed);
    });
    interrupted
}
