//! Text that is read once and kept for the life of the process.
//!
//! A [`Dtype`](crate::Dtype) is `Copy` and lives in statics, so the names inside it are `'static`.
//! The few that come from a lock file or an online store are interned: each distinct text is kept
//! once, however often it is read.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

static TEXTS: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
static LISTS: Mutex<Option<HashSet<&'static [&'static str]>>> = Mutex::new(None);

/// The one `'static` copy of `text`.
#[must_use]
pub fn intern(text: &str) -> &'static str {
    let mut guard = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    let texts = guard.get_or_insert_default();
    if let Some(known) = texts.get(text) {
        return known;
    }
    let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
    texts.insert(kept);
    kept
}

/// The one `'static` copy of a list of texts, order kept.
#[must_use]
pub fn intern_all<S: AsRef<str>>(texts: &[S]) -> &'static [&'static str] {
    let list: Vec<&'static str> = texts.iter().map(|text| intern(text.as_ref())).collect();
    let mut guard = LISTS.lock().unwrap_or_else(PoisonError::into_inner);
    let lists = guard.get_or_insert_default();
    if let Some(known) = lists.get(list.as_slice()) {
        return known;
    }
    let kept: &'static [&'static str] = Box::leak(list.into_boxed_slice());
    lists.insert(kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_one_copy() {
        let first = intern(&String::from("casual"));
        let second = intern(&String::from("casual"));
        assert!(std::ptr::eq(first, second));
        let lists = (
            intern_all(&["a", "b"]),
            intern_all(&[String::from("a"), String::from("b")]),
        );
        assert!(std::ptr::eq(lists.0, lists.1));
        assert!(!std::ptr::eq(lists.0, intern_all(&["b", "a"])));
    }
}
