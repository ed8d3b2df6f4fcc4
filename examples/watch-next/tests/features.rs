//! The features, tested: rows as the three sources may have them, and a clock that the test turns.

use featurestore::prelude::*;
use featurestore::testing::{TestStore, time};
use watch_next::{LastGenre, UserId, UserSegment, WatchActivity, WatchNext};

#[tokio::test]
async fn a_prompt_says_what_is_known_and_forgets_what_is_old() -> Result<(), Error> {
    let (store, user_id) = (TestStore::new(), UserId::from("8a2f"));
    store.at(time("2026-05-07 22:00"));
    let (segment, count, genre) = (store.ago("1d"), store.ago("1h"), store.ago("10m"));
    store
        .rows([UserSegment {
            user_id: user_id.clone(),
            event_timestamp: segment,
            user_segment: "casual".into(),
        }])
        .rows([WatchActivity {
            user_id: user_id.clone(),
            event_timestamp: count,
            watch_count_30d: 12,
        }])
        .rows([LastGenre {
            user_id: user_id.clone(),
            event_timestamp: genre,
            last_genre: "noir".into(),
        }]);
    let prompt = store.serve::<WatchNext>(&user_id).await?.prompt();
    assert_eq!(
        prompt,
        "segment=casual, watched 12 titles in last 30 days, last genre watched: noir"
    );

    store.advance("2d"); // no new count: the old one has expired
    let prompt = store.serve::<WatchNext>(&user_id).await?.prompt();
    assert_eq!(
        prompt,
        "segment=casual, watched 0 titles in last 30 days, last genre watched: noir"
    );
    Ok(())
}
