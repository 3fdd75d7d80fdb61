//! Two things at once, where there are two cores for them.

use std::sync::LazyLock;
use std::thread;

static ALONE: LazyLock<bool> = LazyLock::new(|| thread::available_parallelism().is_ok_and(|count| count.get() == 1));

/// Does one thing here and the other in a thread; one after the other where there is one core, or no thread to be had.
pub(super) fn both<A, B: Send>(one: impl FnOnce() -> A, other: impl Fn() -> B + Sync) -> (A, B) {
    if *ALONE {
        return (one(), other());
    }
    thread::scope(|scope| {
        let helper = thread::Builder::new().spawn_scoped(scope, &other);
        let one = one();
        let done = helper.ok().and_then(|helper| helper.join().ok());
        (one, done.unwrap_or_else(&other))
    })
}
