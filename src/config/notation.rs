//! How durations and resolver addresses are written on the command line and in the configuration file.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::lang::{Sentence, Text};
use crate::{say, text};

/// The longest time that a setting may ask for.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What a duration looks like, for messages.
pub const DURATION: Text = text!(
    en: "a duration is a number with a unit (500ms, 10s, 1m, 1m30s) or a number of seconds",
    zh: "时长写成数字加单位（500ms、10s、1m、1m30s），或者只写秒数"
);

/// What a resolver looks like, for messages.
pub const RESOLVER: Text = text!(
    en: "a resolver is an IP address, with a port if it is not 53: 1.1.1.1, 127.0.0.1:5353, [2606:4700::1111]:53",
    zh: "解析器写成 IP 地址，端口不是 53 时加上端口：1.1.1.1、127.0.0.1:5353、[2606:4700::1111]:53"
);

/// Reads a duration: `500ms`, `10s`, `1.5s`, `1m30s`, `2h`; a bare number is seconds.
///
/// # Errors
///
/// Says what a duration looks like.
pub fn duration(written: &str) -> Result<Duration, Sentence> {
    let mut rest = written.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(DURATION.sentence());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let letters = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        let seconds = match unit {
            "ms" => 0.001,
            "s" | "sec" | "" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            _ => return Err(DURATION.sentence()),
        };
        if unit.is_empty() && !(behind.is_empty() && total.is_zero()) {
            return Err(DURATION.sentence());
        }
        let number: f64 = number.parse().map_err(|_| DURATION.sentence())?;
        let part = Duration::try_from_secs_f64(number * seconds).map_err(|_| DURATION.sentence())?;
        total = total.saturating_add(part);
        rest = behind.trim_start();
    }
    if total.is_zero() || total > LONGEST {
        return Err(text!(en: "a duration is more than 0 and at most 24h", zh: "时长必须大于 0，且不超过 24h").into());
    }
    Ok(total)
}

/// Reads a resolver's address; without a port it is 53.
///
/// # Errors
///
/// Says what a resolver looks like.
pub fn resolver(written: &str) -> Result<SocketAddr, Sentence> {
    let written = written.trim();
    let bare = written.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(written);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, 53));
    }
    match written.parse::<SocketAddr>() {
        Ok(address) if address.port() != 0 => Ok(address),
        _ => Err(RESOLVER.sentence()),
    }
}

/// The address of a control host: `IP:PORT`, or an address alone for port 443.
///
/// # Errors
///
/// Says what is wrong with it.
pub fn control_host(written: &str) -> Result<SocketAddr, Sentence> {
    let address = resolver(written).map_err(|_| {
        text!(
            en: "a control host is an address with or without a port: 192.0.2.1, 192.0.2.1:443, [2001:db8::1]:443",
            zh: "对照主机应写成地址，可带端口：192.0.2.1、192.0.2.1:443、[2001:db8::1]:443",
        )
        .sentence()
    })?;
    let named_port = written.trim().parse::<SocketAddr>().is_ok();
    Ok(if named_port { address } else { SocketAddr::new(address.ip(), 443) })
}

/// `1.5 s` back as `1.5s`, in the notation that [`duration`] reads.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{}ms", duration.as_secs_f64() * 1000.0)
    } else {
        format!("{}s", duration.as_secs_f64())
    }
}

/// A resolver back in the notation that [`resolver`] reads, without the usual port.
#[must_use]
pub fn show_resolver(address: SocketAddr) -> String {
    if address.port() == 53 { address.ip().to_string() } else { address.to_string() }
}

/// A control host back in the notation that [`control_host`] reads, without the usual port.
#[must_use]
pub fn show_control_host(address: SocketAddr) -> String {
    if address.port() == 443 { address.ip().to_string() } else { address.to_string() }
}

/// A text from outside as one line of a message: bounded, without control characters.
#[must_use]
pub fn one_line(raw: &str, max: usize) -> String {
    let shown: String = raw.chars().map(|c| if c.is_control() { ' ' } else { c }).take(max).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The known word nearest to a mistyped one, if one is near enough to be meant.
#[must_use]
pub fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let bound = 1 + written.chars().count().min(64) / 4;
    known
        .into_iter()
        .map(|word| (distance(written, word), word))
        .filter(|(distance, _)| *distance <= bound)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// What to append to a message about an unknown word; nothing, if none is near.
#[must_use]
pub fn did_you_mean(nearest: Option<&str>) -> Sentence {
    nearest.map_or_else(
        || Sentence::verbatim(""),
        |word| say!(en: "; did you mean `{word}`?", zh: "；是不是想写 `{word}`？"),
    )
}

/// Levenshtein's distance, of the first sixty-four characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(!a.eq_ignore_ascii_case(b));
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{duration, nearest, resolver, show_duration};

    #[test]
    fn durations_have_units() {
        for (written, ms) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("2", 2_000),
            ("0.5", 500),
            ("1m30s", 90_000),
            ("1m", 60_000),
            (" 3s ", 3_000),
        ] {
            assert_eq!(duration(written), Ok(Duration::from_millis(ms)), "{written}");
        }
        for written in ["", "s", "10x", "-1s", "0", "1 2", "1.2.3s", "25h", "1e400s", "∞", "1s2"] {
            assert!(duration(written).is_err(), "{written}");
        }
    }

    #[test]
    fn a_duration_reads_back_as_shown() {
        for written in ["250ms", "1.5s", "30s"] {
            assert_eq!(duration(written).map(show_duration).as_deref(), Ok(written));
        }
    }

    #[test]
    fn a_resolver_is_an_address_with_or_without_port() {
        for (written, shown) in [
            ("1.1.1.1", "1.1.1.1:53"),
            ("127.0.0.1:5353", "127.0.0.1:5353"),
            ("::1", "[::1]:53"),
            ("[::1]", "[::1]:53"),
            ("[::1]:5353", "[::1]:5353"),
        ] {
            assert_eq!(resolver(written).map(|address| address.to_string()).as_deref(), Ok(shown));
        }
        for written in ["", "dns.google", "1.1.1.1:0", "1.1.1.1:99999", "[::1", "https://1.1.1.1"] {
            assert!(resolver(written).is_err(), "{written}");
        }
    }

    #[test]
    fn the_nearest_word_is_one_that_could_be_meant() {
        let known = ["base_url", "api_key", "timeout"];
        assert_eq!(nearest("baseurl", known), Some("base_url"));
        assert_eq!(nearest("tiemout", known), Some("timeout"));
        assert_eq!(nearest("colour", known), None);
    }
}
