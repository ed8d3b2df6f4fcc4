//! Text that is read once and kept for the life of the process.
//!
//! A [`Dtype`](crate::Dtype) is `Copy` and lives in statics, so the names inside it are `'static`.
//! The few that come from a lock file or an online store are interned: each distinct text is kept
//! once, however often it is read.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use crate::dtype::Dtype;
use crate::source::SourceDtype;

static TEXTS: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
static LISTS: Mutex<Option<HashSet<&'static [&'static str]>>> = Mutex::new(None);
static DTYPES: Mutex<Option<HashSet<&'static Dtype>>> = Mutex::new(None);
static SOURCES: Mutex<Option<HashSet<&'static SourceDtype>>> = Mutex::new(None);

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

/// The one `'static` copy of a dtype, for a list to name.
#[must_use]
pub fn intern_dtype(dtype: Dtype) -> &'static Dtype {
    intern_in(&DTYPES, dtype)
}

/// The one `'static` copy of a source's type, for a list to name.
#[must_use]
pub fn intern_source(dtype: SourceDtype) -> &'static SourceDtype {
    intern_in(&SOURCES, dtype)
}

fn intern_in<T: Eq + Hash>(kept: &Mutex<Option<HashSet<&'static T>>>, value: T) -> &'static T {
    let mut guard = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let values = guard.get_or_insert_default();
    if let Some(known) = values.get(&value) {
        return known;
    }
    let kept: &'static T = Box::leak(Box::new(value));
    values.insert(kept);
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
