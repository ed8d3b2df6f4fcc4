//! What a project keeps by name.

use super::Open;

pub(super) async fn a_record_is_replaced_only_where_it_is_what_was_read(open: Open<'_>) {
    let store = open();
    let swap = async |old, new| store.swap_record("p", "lease/v", old, new).await.unwrap();
    let now = async || open().record("p", "lease/v").await.unwrap();
    assert_eq!(now().await, None);
    assert!(!swap(Some("a"), Some("b")).await);
    assert!(!swap(Some(""), Some("b")).await);
    assert_eq!(now().await, None);
    assert!(swap(None, Some("a")).await);
    assert_eq!(now().await.as_deref(), Some("a"));
    assert!(!swap(None, Some("b")).await);
    assert!(!swap(Some("b"), None).await);
    assert_eq!(now().await.as_deref(), Some("a"));
    // Who asks again because the answer was lost finds its own text.
    assert!(swap(None, Some("a")).await);
    assert!(swap(Some("a"), Some("b")).await);
    assert!(swap(Some("a"), Some("b")).await);
    assert!(swap(Some("b"), None).await);
    assert!(swap(Some("b"), None).await);
    assert_eq!(now().await, None);
}

pub(super) async fn an_empty_record_is_one(open: Open<'_>) {
    let store = open();
    for name in ["", "lease/v", "a b:{}\r\n*", "日本"] {
        assert!(store.swap_record("p", name, None, Some("")).await.unwrap());
        let found = open().record("p", name).await.unwrap();
        assert_eq!(found.as_deref(), Some(""), "{name}");
        assert!(!store.swap_record("p", name, None, Some("x")).await.unwrap());
        let swapped = store.swap_record("p", name, Some(""), Some("=\0\n")).await;
        assert!(swapped.unwrap());
        let found = open().record("p", name).await.unwrap();
        assert_eq!(found.as_deref(), Some("=\0\n"), "{name}");
    }
}

pub(super) async fn a_record_is_its_projects_and_goes_with_it(open: Open<'_>) {
    let store = open();
    let projects = ["p", "pp", "p:", "p::records"];
    for project in projects {
        let new = Some(project);
        assert!(store.swap_record(project, "x", None, new).await.unwrap());
    }
    for (index, project) in projects.iter().enumerate() {
        assert_eq!(store.delete_project(project).await.unwrap(), 0);
        for (other, project) in projects.iter().enumerate() {
            let found = store.record(project, "x").await.unwrap();
            let expected = (other > index).then_some(*project);
            assert_eq!(found.as_deref(), expected);
        }
    }
}

pub(super) async fn of_many_who_swap_at_once_one_does(open: Open<'_>) {
    const ROUNDS: u64 = 25;
    let swappers = (0..8).map(|_| {
        let store = open();
        tokio::spawn(async move {
            for _ in 0..ROUNDS {
                loop {
                    let old = store.record("p", "count").await.unwrap();
                    let count: u64 = old.as_deref().map_or(0, |text| text.parse().unwrap());
                    // The name differs between swappers only by the count, so a swap that counts
                    // twice shows.
                    let new = (count + 1).to_string();
                    let tag = format!("{new}/{:?}", tokio::task::id());
                    let name = format!("taken/{new}");
                    let done = store.swap_record("p", &name, None, Some(&tag));
                    if done.await.unwrap() {
                        let done = store.swap_record("p", "count", old.as_deref(), Some(&new));
                        assert!(done.await.unwrap(), "{new} was taken twice");
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
        })
    });
    for swapper in swappers.collect::<Vec<_>>() {
        swapper.await.unwrap();
    }
    let found = open().record("p", "count").await.unwrap();
    assert_eq!(found, Some((8 * ROUNDS).to_string()));
}
