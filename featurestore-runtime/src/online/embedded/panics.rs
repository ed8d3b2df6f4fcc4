//! Panics of redb's: some files that something else than redb changed lead to one.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is one that becomes an error.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Does `work`; nothing where it panics, of which the process' panic hook is told nothing.
pub(super) fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(tell_others_alone);
    let outer = EXPECTED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    EXPECTED.set(outer);
    done.ok()
}

/// Lets the panic hook that there is hear of panics that no error is made of, and of no others.
fn tell_others_alone() {
    let others = take_hook();
    set_hook(Box::new(move |panic| {
        if !EXPECTED.get() {
            others(panic);
        }
    }));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_panic_that_becomes_an_error_is_not_told_and_others_are() {
        let told = Arc::new(AtomicUsize::new(0));
        let thread = std::thread::current().id();
        let (before, count) = (take_hook(), Arc::clone(&told));
        set_hook(Box::new(move |panic| {
            if std::thread::current().id() == thread {
                count.fetch_add(1, Ordering::SeqCst);
            } else {
                before(panic);
            }
        }));
        // Another test may have done so before, with another hook.
        tell_others_alone();
        assert_eq!(quietly(|| 1), Some(1));
        assert_eq!(quietly(|| -> u8 { panic!("of redb's") }), None);
        assert_eq!(told.load(Ordering::SeqCst), 0);
        assert!(catch_unwind(|| panic!("of someone else's")).is_err());
        assert_eq!(told.load(Ordering::SeqCst), 1);
    }
}
