//! Reading all that a project has, and deleting one view of it.

use std::collections::BTreeMap;

use crate::online::{Address, OnlineStore, StoredLayout};
use bytes::Bytes;

use super::Open;
use super::layouts::layout;
use crate::testing::rows::{address, read_one, row, write};

/// All of a project's entities, each once.
async fn all(store: &dyn OnlineStore, project: &str) -> BTreeMap<Address, Vec<(String, Bytes)>> {
    let mut found: BTreeMap<Address, Vec<(String, Bytes)>> = BTreeMap::new();
    let (mut cursor, mut pages) = (None, 0);
    loop {
        let page = store.scan(project, cursor.as_ref()).await.unwrap();
        assert!(
            page.entities.len() < 4000,
            "{} at once",
            page.entities.len()
        );
        for mut entity in page.entities {
            entity.rows.sort();
            let before = found.insert(entity.address, entity.rows.clone());
            assert!(before.is_none_or(|before| before == entity.rows));
        }
        pages += 1;
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert!(pages > 1 || found.len() < 4000);
    found
}

pub(super) async fn a_scan_gives_each_entity_of_the_project_with_all_its_fields(open: Open<'_>) {
    let store = open();
    assert!(all(&*store, "a").await.is_empty());
    let stored = row((1, None), b"x");
    let keys: Vec<String> = (0..5000).map(|key| key.to_string()).collect();
    for project in ["a", "ab", "a:b", "a*", "b"] {
        let few = if project == "a" { keys.len() } else { 3 };
        let mut rows = Vec::new();
        for (index, key) in keys.iter().enumerate().take(few) {
            rows.push(write(&address(project, key), "v", &stored));
            if index % 3 == 0 {
                rows.push(write(&address(project, key), "other@2", &stored));
            }
        }
        rows.push(write(&address(project, ":records"), "v", &stored));
        store.write(&rows).await.unwrap();
        let kept = layout("v", 1, "a i64\n");
        store.keep_layout(project, &kept).await.unwrap();
        store
            .swap_record(project, "x", None, Some("y"))
            .await
            .unwrap();
    }
    let found = all(&*store, "a").await;
    assert_eq!(found.len(), 5001);
    for (index, key) in keys.iter().enumerate() {
        let mut expected = vec![("v".to_owned(), stored.clone())];
        if index % 3 == 0 {
            expected.insert(0, ("other@2".to_owned(), stored.clone()));
        }
        assert_eq!(found[&address("a", key)], expected, "{key}");
    }
    for other in ["ab", "a:b", "a*", "b"] {
        assert_eq!(all(&*store, other).await.len(), 4, "{other}");
    }
    assert!(all(&*store, "a:").await.is_empty());
}

pub(super) async fn deleting_a_view_touches_no_other_view_or_project(open: Open<'_>) {
    let store = open();
    assert_eq!(store.delete_view("p", "v").await.unwrap(), 0);
    let stored = row((1, None), b"x");
    let keys: Vec<String> = (0..12_000).map(|key| key.to_string()).collect();
    let mut rows = Vec::new();
    for key in &keys {
        rows.push(write(&address("p", key), "v", &stored));
        rows.push(write(&address("p", key), "v@2", &stored));
    }
    rows.push(write(&address("p", "alone"), "v", &stored));
    rows.push(write(&address("pp", "1"), "v", &stored));
    store.write(&rows).await.unwrap();
    let layouts = [
        layout("v", 1, "a i64\n"),
        layout("v@2", 1, "a i64\n"),
        layout("v/v", 1, "a i64\n"),
    ];
    for layout in &layouts {
        store.keep_layout("p", layout).await.unwrap();
        store.keep_layout("pp", layout).await.unwrap();
    }
    store
        .swap_record("p", "x/v", None, Some("y"))
        .await
        .unwrap();

    assert_eq!(store.delete_view("p", "v").await.unwrap(), 12_001);
    assert_eq!(store.delete_view("p", "v").await.unwrap(), 0);
    for key in ["0", "11999", "alone"] {
        assert_eq!(read_one(&*store, &address("p", key), "v").await, None);
    }
    let left = read_one(&*store, &address("p", "7"), "v@2").await;
    assert_eq!(left.as_ref(), Some(&stored));
    assert_eq!(all(&*store, "p").await.len(), 12_000);
    let left = read_one(&*store, &address("pp", "1"), "v").await;
    assert_eq!(left.as_ref(), Some(&stored));
    let fields = |mut layouts: Vec<StoredLayout>| {
        layouts.sort_by(|a, b| a.field.cmp(&b.field));
        let fields = layouts.into_iter().map(|layout| layout.field);
        fields.collect::<Vec<_>>()
    };
    assert_eq!(fields(store.layouts("p").await.unwrap()), ["v/v", "v@2"]);
    assert_eq!(store.layouts("pp").await.unwrap().len(), 3);
    let record = store.record("p", "x/v").await.unwrap();
    assert_eq!(record.as_deref(), Some("y"));
}
