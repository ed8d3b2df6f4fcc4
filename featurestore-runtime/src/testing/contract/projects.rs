//! The end of a project.

use super::Open;
use super::layouts::layout;
use crate::testing::rows::{address, read_one, row, write};

pub(super) async fn deleting_a_project_touches_no_other(open: Open<'_>) {
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

pub(super) async fn deleting_counts_entities(open: Open<'_>) {
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
