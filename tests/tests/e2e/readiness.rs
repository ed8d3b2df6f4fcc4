//! A service over an online store that holds nothing: a typo in its address, or rows that were lost.

use featurestore::http::HttpSettings;
use featurestore::prelude::*;
use watch_next::{LastGenre, UserSegment, WatchActivity, WatchNext};

use crate::support::{Online, Served};

async fn an_online_store_without_rows_of_the_views_is_not_ready(online: &Online) {
    let store = watch_next::store()
        .registry(registry![UserSegment, WatchActivity, LastGenre, WatchNext])
        .online(online.url());
    let store = store.open().await.unwrap();
    let served = Served::start(store.clone()).await;
    let ready = || served.get("/ready");
    let reason = "the online store holds no rows of the views";
    let empty = (
        503,
        format!(r#"{{"status":"not_ready","reason":"{reason}"}}"#),
    );
    assert_eq!(ready().await, empty);
    // Looking does not make the file.
    let made = std::fs::read_dir(online.directory()).unwrap().count();
    assert_eq!(made, 0);
    let settings = HttpSettings::new().ready_when_empty();
    let insisting = Served::with(settings, store.clone()).await;
    assert_eq!(insisting.get("/ready").await.0, 200);

    store.materialize().run().await.unwrap();
    assert_eq!(ready().await, (200, r#"{"status":"ready"}"#.to_owned()));
    store.online_delete_project().await.unwrap();
    assert_eq!(ready().await, empty);
}

on_both_stores![an_online_store_without_rows_of_the_views_is_not_ready,];
