//! Events: what windows over them hold when.

use featurestore::testing::{TestStore, time};
use featurestore_payments::{MerchantPayments, Payment, UserPayments};

use crate::declared::{Profile, money, payment, watched};

async fn spent(store: &TestStore, user: &str) -> featurestore::Decimal<18, 2> {
    let row = store.get::<UserPayments>(&user.to_owned()).await.unwrap();
    row.found().unwrap().spent_7d
}

#[tokio::test]
async fn a_value_decays_with_time_alone() {
    let store = TestStore::new();
    store.at(time("2026-05-01"));
    store.events([
        payment(1, "a", "2026-05-07 00:00", "10.00"),
        payment(2, "a", "2026-05-06 23:50", "7.00"),
    ]);
    for (at, expected) in [
        ("2026-05-06 23:50:59.999999", "0.00"),
        ("2026-05-06 23:51", "7.00"),
        ("2026-05-07 00:01", "17.00"),
        ("2026-05-13 23:49:59.999999", "17.00"),
        ("2026-05-13 23:50", "10.00"),
        ("2026-05-14 00:00", "0.00"),
    ] {
        store.at(time(at));
        assert_eq!(spent(&store, "a").await, money(expected), "{at}");
        assert_eq!(spent(&store, "nobody").await, money("0.00"));
    }
    store.check().await;
}

#[tokio::test]
async fn a_retry_changes_nothing_a_correction_replaces_and_a_deletion_takes_back() {
    let store = TestStore::new();
    let of = |amount: &str, created: &str| Payment {
        written_at: Some(time(created)),
        ..payment(1, "a", "2025-12-31", amount)
    };
    store.events([of("10.00", "2025-12-31")]);
    assert_eq!(spent(&store, "a").await, money("10.00"));
    store.events([of("7.00", "2025-12-31 02:00")]);
    assert_eq!(spent(&store, "a").await, money("7.00"));
    store.events([of("10.00", "2025-12-31")]);
    assert_eq!(spent(&store, "a").await, money("7.00"));
    store.events([Payment {
        taken_back: true,
        ..of("7.00", "2025-12-31 03:00")
    }]);
    assert_eq!(spent(&store, "a").await, money("0.00"));
    let why = store.explain::<UserPayments>(&"a".to_owned());
    let line = why.lines().find(|line| line.contains("spent_7d")).unwrap();
    assert_eq!(
        line,
        "  user_payments: spent_7d = sum(amount) window 7d: no event; not counted: \
         10.00 at 2025-12-31T00:00:00Z (replaced or taken back), \
         7.00 at 2025-12-31T00:00:00Z (replaced or taken back), \
         10.00 at 2025-12-31T00:00:00Z (replaced or taken back), \
         7.00 at 2025-12-31T00:00:00Z (replaced or taken back)"
    );
}

#[tokio::test]
async fn an_explanation_names_the_events_that_count_and_why_the_others_do_not() {
    let store = TestStore::new();
    store.events([
        payment(1, "a", "2025-12-30", "0.40"),
        payment(2, "a", "2025-12-31", "3.00"),
        payment(3, "a", "2025-11-01", "4.00"),
        payment(4, "a", "2026-01-01", "5.00"),
        payment(5, "b", "2025-12-31", "6.00"),
    ]);
    let why = store.explain::<UserPayments>(&"a".to_owned());
    let line = why.lines().find(|line| line.contains("mean_30d")).unwrap();
    assert_eq!(
        line,
        "  user_payments: mean_30d = mean(amount) window 30d delay 1us where amount >= 0.5: 1 event: \
         3.00 at 2025-12-31T00:00:00Z; not counted: \
         4.00 at 2025-11-01T00:00:00Z (outside the window), \
         0.40 at 2025-12-30T00:00:00Z (the filter does not hold), \
         5.00 at 2026-01-01T00:00:00Z (outside the window)"
    );
}

#[tokio::test]
async fn an_event_without_a_key_or_against_its_declaration_counts_for_nobody() {
    let store = TestStore::new();
    store.events([
        payment(1, "a", "2025-12-31 23:00", "10.00"),
        Payment {
            merchant_id: None,
            ..payment(2, "a", "2025-12-31 23:00", "5.00")
        },
    ]);
    assert_eq!(spent(&store, "a").await, money("15.00"));
    let of_merchant = store
        .get::<MerchantPayments>(&("a".to_owned(), 7))
        .await
        .unwrap();
    let of_merchant = of_merchant.found().unwrap();
    assert_eq!(
        (of_merchant.payments_6h, of_merchant.largest_6h),
        (1, "10.00".parse().unwrap())
    );
    store.check().await;
}

#[tokio::test]
async fn a_service_over_rows_and_events_is_read_both_ways() {
    let store = TestStore::new();
    store
        .rows([watched("a", "2025-12-31", 3)])
        .events([payment(1, "a", "2025-12-31", "10.00")]);
    let key = "a".to_owned();
    let profile = store.serve::<Profile>(&key).await.unwrap();
    assert_eq!(
        (profile.titles, profile.spent_7d),
        (3, Some(money("10.00")))
    );
    let served = store.serve_with_ages::<Profile>(&key).await.unwrap();
    assert_eq!(served.views().len(), 2);
    let selected = store.select(
        &key,
        (crate::declared::Watched::TITLES, UserPayments::SPENT_7D),
    );
    let (titles, spent) = selected.await.unwrap();
    assert_eq!(
        (titles.found(), spent.found()),
        (Some(3), Some(money("10.00")))
    );
}
