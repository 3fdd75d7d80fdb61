//! Statuses are numbers by themselves, found sixty-four bytes at a time, and beside them something says that they are.

use std::ops::Range;

use memchr::memchr2_iter;

use super::super::extract;

/// Bytes looked at for a status at once.
const BLOCK: usize = 64;

/// Where a status from 400 up stands first, in a part of a text.
pub(super) fn status(text: &[u8], part: Range<usize>) -> Option<usize> {
    let (mut at, last) = (part.start, part.end.min(text.len()));
    while at < last {
        let end = (at + BLOCK).min(last);
        // One byte before the block and three after it.
        let around = at.checked_sub(1).and_then(|start| text.get(start..start + BLOCK + 4));
        if around.and_then(|around| around.try_into().ok()).is_none_or(holds_number)
            && let Some(found) = memchr2_iter(b'4', b'5', &text[at..end])
                .map(|offset| at + offset)
                .find(|place| is_number(text, *place) && is_status(text, *place))
        {
            return Some(found);
        }
        at = end;
    }
    None
}

/// Whether a number of three digits from 400 to 599 begins in a block; plain enough to be done for many bytes at once.
fn holds_number(around: &[u8; BLOCK + 4]) -> bool {
    let digit = |byte: u8| u8::from(byte.wrapping_sub(b'0') < 10);
    let mut any = 0;
    for at in 0..BLOCK {
        let first = u8::from(around[at + 1] | 1 == b'5');
        any |= first
            & digit(around[at + 2])
            & digit(around[at + 3])
            & (1 ^ digit(around[at]))
            & (1 ^ digit(around[at + 4]));
    }
    any != 0
}

fn is_number(text: &[u8], at: usize) -> bool {
    let touches = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'%';
    let ahead = at.checked_sub(1).and_then(|place| text.get(place));
    text.get(at..at + 3).is_some_and(|three| matches!(three[0], b'4' | b'5') && three.iter().all(u8::is_ascii_digit))
        && !ahead.is_some_and(|byte| touches(byte) || matches!(byte, b'.' | b'-' | b'$' | b'#'))
        && !text.get(at + 3).is_some_and(touches)
}

/// Whether what stands nearest to a number, marks left out, could name it a status: what most numbers lack. Cheap, and
/// never false where [`extract::names_status`] is true.
fn may_be_named(text: &[u8], at: usize) -> bool {
    const BETWEEN: &[u8] = b" :='[(*`|<_-)].\"\\\t\r0";
    const BEFORE: &[u8] = b" :='[(*`|<_\"\\\t\r";
    let before = &text[at.saturating_sub(200)..at];
    let lead = before.iter().rev().find(|byte| !BEFORE.contains(byte));
    if lead.is_none_or(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b';' | b'>' | b'\n')) {
        return true;
    }
    let after = &text[at + 3..text.len().min(at + 40)];
    let said = after.iter().find(|byte| !BETWEEN.contains(byte));
    if said
        .is_some_and(|byte| matches!(byte, 0x1b | b'&' | 0x80..) || extract::may_begin_reason(&text[at..at + 3], *byte))
    {
        return true;
    }
    // Nothing but marks before it on its line.
    before.iter().rev().find(|byte| byte.is_ascii_alphanumeric() || **byte == b'\n').is_none_or(|byte| *byte == b'\n')
}

/// Whether what stands around a number says that it is a status.
fn is_status(text: &[u8], at: usize) -> bool {
    if !may_be_named(text, at) {
        return false;
    }
    let before = String::from_utf8_lossy(&text[at.saturating_sub(200)..at]);
    let after = String::from_utf8_lossy(&text[at..text.len().min(at + 160)]);
    extract::names_status(&before, &after)
}
