//! What reads return as text, for snapshots.

use featurestore::testing::{TestStore, time};
use featurestore_payments::UserPayments;

use crate::declared::{Profile, Watched, payment, watched};

#[tokio::test]
async fn what_reads_return_is_short_and_the_same_every_time() {
    let store = TestStore::new();
    store.at(time("2026-05-07 22:00"));
    store.rows([
        watched("a", "2026-05-07 12:00", 3),
        watched("b", "2026-05-01", 3),
    ]);
    store.events([payment(1, "a", "2026-05-07 12:00", "10.00")]);
    let (a, b) = ("a".to_owned(), "b".to_owned());
    let shown = [
        format!("{:?}", store.get::<Watched>(&a).await.unwrap()),
        format!("{:?}", store.get::<Watched>(&b).await.unwrap()),
        format!("{:?}", store.get::<UserPayments>(&a).await.unwrap()),
        format!("{:?}", store.serve::<Profile>(&a).await.unwrap()),
        format!(
            "{:?}",
            store
                .select(&a, (Watched::TITLES, UserPayments::SPENT_7D))
                .await
                .unwrap()
        ),
        format!("{store:?}"),
    ];
    assert_eq!(
        shown,
        [
            "Found(Watched { user_id: \"a\", event_timestamp: 2026-05-07T12:00:00Z, written_at: None, titles: 3, \
             score: Some(0.5), genres: [\"noir\"] })",
            "Expired { event_timestamp: 2026-05-01T00:00:00Z }",
            "Found(UserPayments { user_id: \"a\", large_declines_1h: 0, with_merchant_1d: 0, spent_7d: 10.00, \
             spent_1y: 10.00, mean_30d: Some(10.0), merchants_30d: 1, last_countries: [\"NL\"], score_total: 0.0 })",
            "Profile { titles: 3, titles_found: Found(3), score: Some(0.5), spent_7d: Some(10.00) }",
            "(Found(3), Found(10.00))",
            "TestStore { project: \"test\", now: 2026-05-07T22:00:00Z, rows: 2, events: 1 }",
        ]
    );
}
