//! The same test over every online store.

use std::sync::Arc;

use featurestore::online::{EmbeddedStore, OnlineStore, RedisStore};
use featurestore::testing::{TestStore, time};
use featurestore_tests::RedisServer;

use crate::declared::{Profile, money, payment, watched};

async fn a_profile_is_served(online: Arc<dyn OnlineStore>) {
    let store = TestStore::builder().online_store(online).build();
    store
        .at(time("2026-05-07 22:00"))
        .rows([watched("a", "2026-05-07 12:00", 3)])
        .events([payment(1, "a", "2026-05-07 12:00", "10.00")]);
    let key = "a".to_owned();
    let profile = store.serve::<Profile>(&key).await.unwrap();
    assert_eq!(
        (profile.titles, profile.spent_7d),
        (3, Some(money("10.00")))
    );
    store
        .advance("7d")
        .events([payment(2, "a", "2026-05-14 21:00", "7.00")]);
    let profile = store.serve::<Profile>(&key).await.unwrap();
    assert_eq!((profile.titles, profile.spent_7d), (0, Some(money("7.00"))));
    store.check().await;
}

#[tokio::test]
async fn on_redis() {
    let server = RedisServer::start().unwrap();
    a_profile_is_served(Arc::new(RedisStore::new(server.url()).unwrap())).await;
}

#[tokio::test]
async fn on_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    a_profile_is_served(Arc::new(EmbeddedStore::new(path))).await;
}
