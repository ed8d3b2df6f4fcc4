//! However the features of a user are read, they are what the training set has for that time.

use featurestore::prelude::*;
use serde_json::{Value as Json, json};
use watch_next::{LastGenre, NOW, UserId, UserSegment, WatchActivity, WatchNext};

use crate::support::{Online, Served, Watch, run_json, time};

/// The service's features, and why one is not there.
#[feature_service]
#[derive(Debug, Clone, PartialEq, Eq)]
struct Why {
    #[from(UserSegment)]
    user_segment: Lookup<String>,
    #[from(WatchActivity)]
    watch_count_30d: Lookup<i64>,
    #[from(LastGenre)]
    last_genre: Lookup<String>,
}

const USERS: [&str; 3] = ["8a2f", "b13c", "0000"];
const FEATURES: [&str; 3] = ["user_segment", "watch_count_30d", "last_genre"];

/// Before b13c's first count and genre; the example's evening; two microseconds around the end of
/// b13c's count; after all has expired.
const TIMES: [&str; 5] = [
    "2026-05-06T12:00:00Z",
    "2026-05-07T22:00:00Z",
    "2026-05-09T19:00:00Z",
    "2026-05-09T19:00:00.000001Z",
    "2026-07-01T00:00:00Z",
];

on_both_stores! {
    every_way_to_read_agrees_with_the_training_set,
    the_evening_of_the_example_is_what_its_data_says,
}

async fn open(online: &Online, watch: &Watch) -> FeatureStore {
    let registry = registry![UserSegment, WatchActivity, LastGenre, WatchNext, Why];
    let store = watch_next::store().registry(registry).clock(watch.clock());
    store.online(online.url()).open().await.unwrap()
}

async fn materialize(store: &FeatureStore) {
    let report = store.materialize().run().await.unwrap();
    assert!(report.is_ok(), "{report:?}");
}

async fn every_way_to_read_agrees_with_the_training_set(online: &Online) {
    let watch = Watch::at(NOW);
    let store = open(online, &watch).await;
    let served = Served::start(store.clone()).await;
    let mut statuses = Vec::new();
    for now in TIMES {
        watch.set(time(now));
        materialize(&store).await;
        let spine = || Spine::rows(USERS.map(|user| (UserId::from(user), time(now))));
        let why = store
            .historical::<Why>(spine())
            .rows()
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
        let next = store
            .historical::<WatchNext>(spine())
            .rows()
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
        assert_eq!((why.len(), next.len()), (USERS.len(), USERS.len()));
        for ((user, why), next) in USERS.iter().zip(why).zip(next) {
            assert_eq!(why.key, Some(UserId::from(*user)));
            let found = typed(&store, user, &why.features, &next.features).await;
            let reads = Named {
                served: &served,
                online,
                now,
                user,
            };
            reads.agree(&why.features, &next.features, &found).await;
            let of_user = found.into_iter().map(|(status, _)| status);
            statuses.extend(of_user);
        }
    }
    for status in ["found", "expired", "missing"] {
        assert!(statuses.contains(&status), "{status} is never seen");
    }
}

/// A feature's status, and its row's event timestamp as answers show it.
type Seen = (&'static str, Option<String>);

/// Compares what Rust code reads; gives what is known of each feature.
async fn typed(store: &FeatureStore, user: &str, why: &Why, next: &WatchNext) -> Vec<Seen> {
    let key = UserId::from(user);
    assert_eq!(store.serve::<Why>(&key).await.unwrap(), *why);
    assert_eq!(store.serve::<WatchNext>(&key).await.unwrap(), *next);
    let columns = (
        UserSegment::USER_SEGMENT,
        WatchActivity::WATCH_COUNT_30D,
        LastGenre::LAST_GENRE,
    );
    let selected = store.select(&key, columns).await.unwrap();
    assert_eq!(
        selected,
        (
            why.user_segment.clone(),
            why.watch_count_30d,
            why.last_genre.clone()
        )
    );
    let segment = store.get::<UserSegment>(&key).await.unwrap();
    let count = store.get::<WatchActivity>(&key).await.unwrap();
    let genre = store.get::<LastGenre>(&key).await.unwrap();
    let seen = vec![seen(&segment), seen(&count), seen(&genre)];
    assert_eq!(segment.map(|row| row.user_segment), why.user_segment);
    assert_eq!(count.map(|row| row.watch_count_30d), why.watch_count_30d);
    assert_eq!(genre.map(|row| row.last_genre), why.last_genre);
    seen
}

fn seen<V: LatestView>(row: &Lookup<V>) -> Seen {
    let text = |time: Timestamp| time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    match row {
        Lookup::Found(row) => ("found", Some(text(row.event_timestamp()))),
        Lookup::Expired { event_timestamp } => ("expired", Some(text(*event_timestamp))),
        Lookup::Missing => ("missing", None),
    }
}

/// Reads by name, over HTTP and from the command line.
struct Named<'a> {
    served: &'a Served,
    online: &'a Online,
    now: &'a str,
    user: &'a str,
}

impl Named<'_> {
    async fn agree(&self, why: &Why, next: &WatchNext, seen: &[Seen]) {
        let values = json!({
            "user_segment": why.user_segment.as_ref().found(),
            "watch_count_30d": why.watch_count_30d.found(),
            "last_genre": why.last_genre.as_ref().found(),
        });
        let with_defaults = json!({
            "user_segment": next.user_segment,
            "watch_count_30d": next.watch_count_30d,
            "last_genre": next.last_genre,
        });
        let metadata = FEATURES.iter().zip(seen).map(|(name, (status, time))| {
            let known = json!({ "status": status, "event_timestamp": time });
            ((*name).to_owned(), known)
        });
        let metadata = Json::Object(metadata.collect());
        let user = self.user;
        let by_features = json!({ "user_id": user, "features": FEATURES, "metadata": true });
        assert_eq!(
            self.served.ask(by_features).await,
            json!({ "user_id": user, "features": values, "metadata": metadata })
        );
        let by_service = json!({ "user_id": user, "service": "watch_next" });
        assert_eq!(
            self.served.ask(by_service).await,
            json!({ "user_id": user, "features": with_defaults })
        );
        assert_eq!(
            self.command_line("watch_next"),
            json!({ "user_id": user, "features": with_defaults, "metadata": metadata })
        );
        if self.now == TIMES[1] {
            for (view, name) in ["user_segment", "watch_activity", "last_genre"]
                .iter()
                .zip(FEATURES)
            {
                let answer = self.command_line(view);
                assert_eq!(answer["features"], json!({ name: values[name] }), "{view}");
                assert_eq!(answer["metadata"][name], metadata[name], "{view}");
            }
        }
    }

    fn command_line(&self, target: &str) -> Json {
        let key = format!("user_id={}", self.user);
        let args = ["get", target, "--key", &key, "--now", self.now];
        run_json(&[&args[..], &["--online", self.online.url()]].concat())
    }
}

async fn the_evening_of_the_example_is_what_its_data_says(online: &Online) {
    let store = open(online, &Watch::at(NOW)).await;
    materialize(&store).await;
    let context = |segment: &str, watch_count_30d, genre: &str| WatchNext {
        user_segment: Some(segment.to_owned()),
        watch_count_30d,
        last_genre: Some(genre.to_owned()),
    };
    let nobody = WatchNext {
        user_segment: None,
        watch_count_30d: 0,
        last_genre: None,
    };
    let expected = [
        context("power_user", 47, "documentary"),
        context("casual", 5, "thriller"),
        nobody,
    ];
    let keys = USERS.map(UserId::from);
    let served = store.serve_many::<WatchNext>(&keys).await.unwrap();
    let served: Vec<WatchNext> = served.into_iter().map(Result::unwrap).collect();
    assert_eq!(served, expected);
    let spine = Spine::parquet("data/messages.parquet");
    let rows = store
        .historical::<WatchNext>(spine)
        .rows()
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    let trained: Vec<WatchNext> = rows.into_iter().map(|row| row.features).collect();
    assert_eq!(
        trained,
        [
            context("casual", 22, "drama"),
            context("casual", 5, "thriller"),
            context("power_user", 47, "documentary"),
        ]
    );
}
