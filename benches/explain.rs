//! How fast a log is read: 200 MB with one failure in a thousand lines, against `rg -c -F -f` with 60 literals; and
//! how the time for hostile texts grows with their length.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use openai_doctor::explain::{MAX_TEXT, Scanner, explain};

const SIZE: usize = 200 * 1024 * 1024;
const LITERALS: &str = "ENOTFOUND EAI_AGAIN ECONNREFUSED ECONNRESET ETIMEDOUT EHOSTUNREACH ENETUNREACH EPROTO \
    insufficient_quota rate_limit_exceeded invalid_api_key model_not_found context_length_exceeded invalid_request_error \
    server_error overloaded_error new_api_error one_api_error APIConnectionError APITimeoutError RateLimitError \
    AuthenticationError PermissionDeniedError NotFoundError BadRequestError InternalServerError ConnectError ConnectTimeout \
    ReadTimeout ReadError RemoteProtocolError ProxyError SSLError CERTIFICATE_VERIFY_FAILED UNABLE_TO_VERIFY_LEAF_SIGNATURE \
    SELF_SIGNED_CERT_IN_CHAIN UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_SOCKET UnknownHostException \
    SocketTimeoutException SSLHandshakeException NoRouteToHostException HttpRequestException ERR_NAME_NOT_RESOLVED \
    ERR_CONNECTION_RESET ERR_PROXY_CONNECTION_FAILED ERR_TUNNEL_CONNECTION_FAILED WinError getaddrinfo NameResolutionError \
    NewConnectionError MaxRetryError ClientConnectorError ServerDisconnectedError ClientPayloadError UnsupportedProtocol \
    MissingSchema InvalidURL content_filter";
const FAILURES: [&str; 4] = [
    "ERROR openai.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit reached for gpt-4o on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.', 'code': 'rate_limit_exceeded'}}",
    "ERROR httpx.ConnectError: [Errno -2] Name or service not known",
    "ERROR TypeError: fetch failed cause: Error: connect ECONNREFUSED 127.0.0.1:11434",
    "ERROR Error code: 401 - {'error': {'message': 'Incorrect API key provided', 'code': 'invalid_api_key'}}",
];

/// Texts of hostile kinds, a piece of each.
const HOSTILE: &[&str] = &[
    "error: ",
    "\"message\": \"",
    "message='",
    "{\"error\":{\"code\":429,",
    "请在",
    "retry after ",
    "try again in 1",
    "status 429 ",
    "a 429 b ",
    "[gin] x | 429 | ",
    "127.0.0.1:1 ",
    "404 Not Found ",
    "Connection error. ",
    "Caused by: ",
    "<html><head>",
    "</html>",
    "\u{1b}[",
    "\u{1b}]",
    "&quot;",
    "\\u5f53",
    "    ",
    "ratelimiterror",
    "\n",
    "error\"\"\"\"\"",
    "error {",
    "if x:\n",
    "\"GET /x HTTP/1.1\" 404\n",
    "sk-abcdefghijklmnopqrstuvwxyz",
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("openai-doctor-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let outcome = compare(&folder);
    std::fs::remove_dir_all(&folder)?;
    outcome?;
    grow()
}

fn compare(folder: &Path) -> Result<(), Box<dyn Error>> {
    let (log, literals) = (folder.join("log"), folder.join("literals"));
    let written = write(&log)?;
    std::fs::write(&literals, LITERALS.split_whitespace().collect::<Vec<_>>().join("\n"))?;
    let mut found = 0;
    let ours = fastest(|| {
        found = scan(&log)?;
        Ok(())
    })?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "explain: {ours:.2?}, {found} findings of {written} failures")?;
    let theirs = fastest(|| {
        let mut rg = Command::new("rg");
        rg.args(["-c", "-F", "-f"]).args([&literals, &log]).stdout(Stdio::null()).status()?;
        Ok(())
    });
    match theirs {
        Ok(theirs) => writeln!(out, "rg: {theirs:.2?}; ratio {:.2}", ours.as_secs_f64() / theirs.as_secs_f64())?,
        Err(error) => writeln!(out, "skipped: no ratio, since rg does not run: {error}")?,
    }
    Ok(())
}

/// Sixteen times the text should take about sixteen times as long; the worst kind's growth is printed, over sixteen.
fn grow() -> Result<(), Box<dyn Error>> {
    let time = |piece: &str, bytes: usize| {
        let text = piece.repeat(bytes / piece.len());
        fastest(|| {
            std::hint::black_box(explain(&text));
            Ok(())
        })
    };
    let mut worst = (0.0, "");
    for piece in HOSTILE {
        let (short, long) = (time(piece, MAX_TEXT / 16)?, time(piece, MAX_TEXT)?);
        let growth = long.as_secs_f64() / short.as_secs_f64() / 16.0;
        if growth > worst.0 {
            worst = (growth, piece);
        }
    }
    writeln!(std::io::stdout(), "hostile texts: {:.2} of linear growth at worst, {:?} repeated", worst.0, worst.1)?;
    Ok(())
}

/// The shortest of three runs.
fn fastest(mut run: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        run()?;
        best = best.min(started.elapsed());
    }
    Ok(best)
}

fn scan(log: &Path) -> Result<usize, Box<dyn Error>> {
    let mut found = 0;
    Scanner::default().scan(&mut File::open(log)?, &mut |_| found += 1)?;
    Ok(found)
}

fn write(log: &Path) -> Result<usize, Box<dyn Error>> {
    let mut file = BufWriter::new(File::create(log)?);
    let (mut size, mut line, mut failures) = (0, 0_usize, 0);
    while size < SIZE {
        let (second, fraction) = (line / 1000 % 60, line % 1000);
        let text = if line % 1000 == 999 {
            failures += 1;
            FAILURES[failures % FAILURES.len()].to_owned()
        } else {
            format!(
                "INFO httpx: HTTP Request: POST https://api.openai.com/v1/chat/completions \"HTTP/1.1 200 OK\" id={line}"
            )
        };
        let text = format!("2026-01-02 12:00:{second:02},{fraction:03} {text}\n");
        file.write_all(text.as_bytes())?;
        size += text.len();
        line += 1;
    }
    file.flush()?;
    Ok(failures)
}
