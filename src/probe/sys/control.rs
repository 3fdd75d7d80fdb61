//! Receiving with the kernel's control messages (`recvmsg`, cmsg(3)), which std and socket2 do not decode.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Bytes of a length in the kernel, to which control messages are aligned.
const WORD: usize = size_of::<usize>();
/// Where the data of a control message begins (`struct cmsghdr`, linux/socket.h).
const HEADER: usize = aligned(WORD + 8);

const fn aligned(length: usize) -> usize {
    length.next_multiple_of(WORD)
}

/// Receives once: how many bytes. What the kernel does not write of `control` stays as it is.
pub(super) fn receive(
    descriptor: BorrowedFd<'_>,
    into: &mut [u8],
    control: &mut [u8],
    flags: libc::c_int,
) -> io::Result<usize> {
    let mut part = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    // SAFETY: `msghdr` is a plain struct of the C library for which all zeros is a value: no name, no buffers.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    // Its type differs between C libraries.
    message.msg_controllen = control.len() as _;
    // SAFETY: the descriptor is open for as long as it is borrowed; `message` points to one part and to a control buffer
    // that outlive the call, each with its true size, beyond which the kernel does not write.
    let received = unsafe { libc::recvmsg(descriptor.as_raw_fd(), &raw mut message, flags) };
    usize::try_from(received).map(|count| count.min(into.len())).map_err(|_| io::Error::last_os_error())
}

/// The data of the first control message that is wanted, by its level and type. A message of no length ends the list.
pub(super) fn find(control: &[u8], wanted: impl Fn(i32, i32) -> bool) -> Option<&[u8]> {
    let mut rest = control;
    while rest.len() >= HEADER {
        let length = usize::from_ne_bytes(rest[..WORD].try_into().ok()?);
        let (level, kind) = (int(rest, WORD)?, int(rest, WORD + 4)?);
        let data = rest.get(HEADER..length)?;
        if wanted(level, kind) {
            return Some(data);
        }
        rest = rest.get(aligned(length)..)?;
    }
    None
}

/// An `int` in what the kernel wrote.
pub(super) fn int(bytes: &[u8], at: usize) -> Option<i32> {
    bytes.get(at..at + 4)?.try_into().ok().map(i32::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_messages_that_lie_about_their_length_are_none() {
        let mut control = vec![0u8; 64];
        for length in [0_usize, 1, HEADER - 1, 65, usize::MAX] {
            control[..WORD].copy_from_slice(&length.to_ne_bytes());
            assert_eq!(find(&control, |_, _| true), None, "{length}");
        }
        control[..WORD].copy_from_slice(&(HEADER + 3).to_ne_bytes());
        assert_eq!(find(&control, |level, kind| (level, kind) == (0, 0)), Some(&[0; 3][..]));
        assert_eq!(find(&control, |level, _| level == 1), None);
    }
}
