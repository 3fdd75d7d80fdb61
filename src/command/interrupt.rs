//! Ctrl-C, and the SIGTERM of `timeout`, of a container's stop and of a CI job that is called off: a command that can
//! tell what it has until then listens for it; for every other one the process answers.

use std::future::{Future as _, pending, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::thread;

use tokio::sync::oneshot;

/// Whether the command that runs answers Ctrl-C by itself.
static CLAIMED: AtomicBool = AtomicBool::new(false);
/// As much as a main thread has: the command used to run on it.
const STACK: usize = 8 * 1024 * 1024;

/// How a command ended.
#[derive(Debug)]
pub enum Ended<T> {
    /// By itself.
    Done(T),
    /// Ctrl-C came, and the command does not listen for it; or it came twice.
    Interrupted,
    /// It panicked.
    Panicked,
}

/// The end, as it is asked for: the signal that comes first.
async fn asked() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            heard = tokio::signal::ctrl_c() => heard,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Waits for Ctrl-C, on behalf of a command that then tells what it has.
pub async fn wait() {
    let mut signal = pin!(asked());
    let heard = poll_fn(|context| {
        let heard = signal.as_mut().poll(context);
        // Only now is somebody there to hear it.
        CLAIMED.store(true, Ordering::Release);
        heard
    });
    if heard.await.is_err() {
        pending::<()>().await;
    }
}

/// Runs a command on a thread of its own, so that Ctrl-C has an answer whatever the command waits for: standard input,
/// a file, a resolver.
///
/// # Errors
///
/// When the system gives no thread or no event queue.
pub fn watch<T: Send + 'static>(command: impl FnOnce() -> T + Send + 'static) -> io::Result<Ended<T>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut signal = Box::pin(asked());
        // Listening begins before the command does. Where that fails, Ctrl-C ends the process as it does anywhere.
        let deaf = poll_fn(|context| Poll::Ready(matches!(signal.as_mut().poll(context), Poll::Ready(Err(_))))).await;
        let (sender, mut ended) = oneshot::channel();
        thread::Builder::new().stack_size(STACK).spawn(move || {
            // Nobody waits any more after an interruption.
            let _ = sender.send(command());
        })?;
        loop {
            tokio::select! {
                result = &mut ended => return Ok(result.map_or(Ended::Panicked, Ended::Done)),
                _ = signal.as_mut(), if !deaf => {
                    if !CLAIMED.swap(false, Ordering::AcqRel) {
                        return Ok(Ended::Interrupted);
                    }
                    // Whoever answers has been told; a second Ctrl-C does not wait for the answer.
                    signal = Box::pin(asked());
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Ended, watch};

    #[test]
    fn a_command_ends_by_itself_or_in_a_panic() {
        assert!(matches!(watch(|| 7), Ok(Ended::Done(7))));
        let panicking = || -> u8 { std::panic::resume_unwind(Box::new("a bug")) };
        assert!(matches!(watch(panicking), Ok(Ended::Panicked)));
    }
}
