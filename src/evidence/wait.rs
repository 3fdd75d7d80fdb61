//! How long an answer asks us to wait, in the forms that servers use.

/// Seconds of a Go-like duration (`12ms`, `1s`, `6m0s`, `1h2m3.5s`) or a plain number of seconds. Negative and
/// unreadable ones are `None`: Azure sends `-1` where it does not know.
#[must_use]
pub fn duration(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0).then_some(seconds);
    }
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let value: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        seconds += value * scale(&rest[..unit])?;
        rest = &rest[unit..];
    }
    (!text.is_empty() && f64::is_finite(seconds)).then_some(seconds)
}

fn scale(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    })
}

/// Seconds that a message asks for in words: "try again in 7m12s", "retry after 54 seconds", "请在 20 秒后重试".
#[must_use]
pub fn in_message(message: &str) -> Option<f64> {
    let lower = message.to_lowercase();
    for lead in ["try again in ", "retry after ", "retry in ", "wait ", "请在 ", "请等待 ", "请在", "请等待"]
    {
        for (at, _) in lower.match_indices(lead) {
            // No wait is written longer than this, and a message may be a megabyte.
            let rest: String = lower[at + lead.len()..].chars().take(48).collect();
            let rest = rest.trim_start();
            let word = rest.split([' ', ',', ';', '。', '，', '"', '\'']).next().unwrap_or_default();
            let word = word.trim_end_matches('.');
            let number: String = word.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            let unit = word[number.len()..].trim();
            let unit = if unit.is_empty() { rest[number.len()..].trim_start() } else { unit };
            if number.is_empty() {
                continue;
            }
            let named = if unit.starts_with("sec") || unit.starts_with('秒') {
                number.parse().ok()
            } else if unit.starts_with("min") || unit.starts_with("分") {
                number.parse::<f64>().ok().map(|minutes| minutes * 60.0)
            } else if unit.starts_with("hour") || unit.starts_with("小时") {
                number.parse::<f64>().ok().map(|hours| hours * 3_600.0)
            } else {
                None
            };
            let named = named.filter(|seconds| seconds.is_finite());
            if let Some(seconds) = named.or_else(|| duration(word)) {
                return Some(seconds);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{duration, in_message};

    #[test]
    fn reads_the_forms_that_servers_send() {
        for (text, seconds) in [
            ("12ms", Some(0.012)),
            ("1s", Some(1.0)),
            ("6m0s", Some(360.0)),
            ("7m12s", Some(432.0)),
            ("1h0m0.5s", Some(3600.5)),
            ("86400", Some(86400.0)),
            ("-1", None),
            ("", None),
            ("soon", None),
            ("5", Some(5.0)),
            ("NaN", None),
        ] {
            assert_eq!(duration(text), seconds, "{text}");
        }
    }

    #[test]
    fn reads_the_wait_in_a_message() {
        for (message, seconds) in [
            ("Rate limit reached … Please try again in 20s. Visit", Some(20.0)),
            ("Please try again in 7m12s.", Some(432.0)),
            ("try again in 644ms", Some(0.644)),
            ("Please retry after 54 seconds. To increase", Some(54.0)),
            ("Try again in 60 seconds", Some(60.0)),
            ("请在 20 秒后重试", Some(20.0)),
            ("try again later", None),
        ] {
            assert_eq!(in_message(message), seconds, "{message}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,80}") {
            let _ = duration(&text);
            let _ = in_message(&format!("try again in {text}"));
        }

        #[test]
        fn a_wait_is_finite_and_never_negative(text in "[-+]?([0-9]{1,4}|9{320}|1e[0-9]{1,3})(\\.[0-9]*)?( ?(ms|s|m|h|d|sec|minutes|秒|分钟))?") {
            let waits = [duration(&text), in_message(&format!("try again in {text}"))];
            prop_assert!(waits.into_iter().flatten().all(|seconds| seconds.is_finite() && seconds >= 0.0), "{waits:?}");
        }
    }
}
