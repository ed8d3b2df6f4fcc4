//! A project's own records, and its end.

use featurestore::online::{OnlineError, StoredLayout};

use super::Open;
use super::rows::{address, read_one, row, write};

pub(crate) fn layout(field: &str, id: u32, text: &str) -> StoredLayout {
    StoredLayout {
        field: field.to_owned(),
        id,
        text: text.to_owned(),
    }
}

pub(crate) async fn a_layout_is_kept_and_found(open: Open<'_>) {
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

pub(crate) async fn a_second_layout_with_the_same_id_is_refused(open: Open<'_>) {
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

pub(crate) async fn deleting_a_project_touches_no_other(open: Open<'_>) {
    let store = open();
    let projects = [
        "a", "ab", "a:b", "a%3Ab", "b", "a*", "*", "?", "[ab]", "a\\", "\\a", "a::", ":",
    ];
    let stored = row((1, None), b"x");
    for project in projects {
        for key in ["k", ":layouts", "layouts"] {
            let write = write(&address(project, key), "v", &stored);
            store.write(&[write]).await.unwrap();
        }
        store
            .keep_layout(project, &layout("v", 1, project))
            .await
            .unwrap();
    }
    for (index, deleted) in projects.iter().enumerate() {
        assert_eq!(store.delete_project(deleted).await.unwrap(), 3, "{deleted}");
        assert_eq!(store.delete_project(deleted).await.unwrap(), 0, "{deleted}");
        for (other, project) in projects.iter().enumerate() {
            let row = read_one(&*store, &address(project, "k"), "v").await;
            let layouts = store.layouts(project).await.unwrap();
            if other <= index {
                assert_eq!((row, layouts.len()), (None, 0), "{project} of {deleted}");
            } else {
                assert_eq!(row.as_ref(), Some(&stored), "{project} after {deleted}");
                assert_eq!(layouts, [layout("v", 1, project)], "{project}");
            }
        }
    }
}

pub(crate) async fn deleting_counts_entities(open: Open<'_>) {
    let store = open();
    assert_eq!(store.delete_project("p").await.unwrap(), 0);
    let stored = row((1, None), b"x");
    let rows: Vec<_> = (0..12_000)
        .flat_map(|key| {
            let address = address("p", &key.to_string());
            [write(&address, "v", &stored), write(&address, "w", &stored)]
        })
        .collect();
    store.write(&rows).await.unwrap();
    assert_eq!(store.delete_project("p").await.unwrap(), 12_000);
    assert_eq!(read_one(&*store, &address("p", "7"), "w").await, None);
    assert_eq!(store.delete_project("p").await.unwrap(), 0);
}
