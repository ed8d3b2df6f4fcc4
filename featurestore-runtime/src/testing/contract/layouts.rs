//! The layouts that are kept for rows.

use super::Open;
use crate::online::{OnlineError, StoredLayout};

pub(super) fn layout(field: &str, id: u32, text: &str) -> StoredLayout {
    StoredLayout::new(field, id, text)
}

pub(super) async fn a_layout_is_kept_and_found(open: Open<'_>) {
    let store = open();
    assert_eq!(store.layouts("p").await.unwrap(), []);
    let mut kept = vec![
        layout("counts", 7, "a i64\n"),
        layout("counts", u32::MAX, "a i64\nb enum(\"x y\", \"ü\")?\n"),
        layout("counts@2", 7, "b i64\n"),
        layout("a/b", 0x0a, ""),
    ];
    for layout in &kept {
        store.keep_layout("p", layout).await.unwrap();
        store.keep_layout("p", layout).await.unwrap();
    }
    store
        .keep_layout("pp", &layout("other", 1, "c i64\n"))
        .await
        .unwrap();
    // Also by another process, from what is stored alone.
    let mut found = open().layouts("p").await.unwrap();
    let order = |layout: &StoredLayout| (layout.field.clone(), layout.id);
    found.sort_by_key(order);
    kept.sort_by_key(order);
    assert_eq!(found, kept);
}

pub(super) async fn a_second_layout_with_the_same_id_is_refused(open: Open<'_>) {
    let store = open();
    let first = layout("counts", 0xdead_beef, "a i64\n");
    store.keep_layout("p", &first).await.unwrap();
    let second = layout("counts", 0xdead_beef, "b i64\n");
    let error = store.keep_layout("p", &second).await.unwrap_err();
    assert!(
        matches!(&error, OnlineError::LayoutCollision { field, id: 0xdead_beef } if field == "counts"),
        "{error:?}"
    );
    assert_eq!(store.layouts("p").await.unwrap(), [first]);
    store.keep_layout("q", &second).await.unwrap();
}
