//! What a suite of tests costs: the time that 200 of them take is printed.

use std::time::Instant;

use featurestore::testing::{TestStore, time};
use featurestore_payments::UserPayments;

use crate::declared::{Profile, Watched, money, payment, watched};

/// A test as users write them: rows, events, and reads at three times.
async fn one(number: u32) {
    let store = TestStore::new();
    let user = format!("user {number}");
    store.at(time("2026-05-07 22:00"));
    store.rows([watched(&user, "2026-05-07 12:00", i64::from(number))]);
    store.events((0..20).map(|event| payment(event, &user, "2026-05-07 12:00", "1.50")));
    let profile = store.serve::<Profile>(&user).await.unwrap();
    assert_eq!(
        (profile.titles, profile.spent_7d),
        (i64::from(number), Some(money("30.00")))
    );
    store.advance("3d");
    assert!(!store.get::<Watched>(&user).await.unwrap().is_found());
    store.advance("7d");
    let row = store
        .get::<UserPayments>(&user)
        .await
        .unwrap()
        .found()
        .unwrap();
    assert_eq!((row.spent_7d, row.mean_30d), (money("0.00"), Some(1.5)));
    store.check().await;
}

#[tokio::test]
async fn two_hundred_tests_are_run_and_timed() {
    let begun = Instant::now();
    for number in 0..200 {
        one(number).await;
    }
    println!("200 tests in {:?}", begun.elapsed());
}
