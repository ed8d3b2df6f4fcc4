//! Requests that mean harm, or nothing at all: the answer is an answer or the client's error, and
//! comes at once.

use std::future::Future;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use featurestore_tests::PATIENCE;
use featurestore_tests::work::{grows_by_ten, work};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::{Value as Json, json};
use tokio::runtime::{Builder, Runtime};

use super::{Service, error};

/// Fields, names and values of both forms, and what is near them.
const WORDS: &[&str] = &[
    "entities",
    "features",
    "feature_service",
    "full_feature_names",
    "service",
    "metadata",
    "user_id",
    "title_id",
    "watch_next",
    "rank_title",
    "watch_count_30d",
    "watch_activity:watch_count_30d",
    "title:last_genre",
    "last_genre",
    "8a2f",
    "b13c",
    "",
    ":",
    "a:b:c",
    "title:",
    "watch_next\u{0}",
    "\u{1F980}",
    "e\u{301}",
    "\u{202e}user_id",
    "__proto__",
    "%3A%2C{}\r\n",
];

/// A service with a runtime for it.
struct World {
    runtime: Runtime,
    service: Arc<Service>,
}

impl World {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let service = Arc::new(runtime.block_on(Service::start()));
        Self { runtime, service }
    }

    fn within<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime
            .block_on(async { tokio::time::timeout(PATIENCE, work).await.unwrap() })
    }

    /// Posts a body and holds what is true of every answer; its status.
    fn post(&self, body: Vec<u8>) -> Result<u16, TestCaseError> {
        let shown = String::from_utf8_lossy(&body).into_owned();
        let service = &self.service;
        let answer = service.call(Method::POST, "/get-online-features", Body::from(body));
        self.check(self.within(answer), &shown)
    }

    fn get(&self, path: &str) -> Result<u16, TestCaseError> {
        let answer = self.service.call(Method::GET, path, Body::empty());
        self.check(self.within(answer), path)
    }

    // A panic that was caught is 500, so this asks for none.
    fn check(&self, (status, answer): (u16, String), asked: &str) -> Result<u16, TestCaseError> {
        prop_assert!(status < 500, "{asked:?}: {status} {answer}");
        let json: Result<Json, _> = serde_json::from_str(&answer);
        prop_assert!(json.is_ok(), "{asked:?}: {answer}");
        if status == 200 {
            let json = json.unwrap_or_default();
            prop_assert!(json.is_object() && json.get("error").is_none(), "{answer}");
        } else {
            prop_assert!((400..500).contains(&status) && status != 429, "{status}");
            let (_, code, message) = error((status, answer));
            prop_assert!(!code.is_empty() && !message.is_empty());
            prop_assert!(message.chars().count() < 4_100, "{}", message.len());
        }
        Ok(status)
    }

    fn hold<S: Strategy>(
        &self,
        cases: u32,
        strategy: &S,
        rule: impl Fn(S::Value) -> Result<(), TestCaseError>,
    ) {
        let mut runner = featurestore_properties::runner(cases);
        runner.run(strategy, rule).unwrap();
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        3 => prop::sample::select(WORDS).prop_map(Json::from),
        1 => any::<i64>().prop_map(Json::from),
        1 => any::<f64>().prop_map(Json::from),
        1 => any::<u64>().prop_map(Json::from),
        1 => any::<String>().prop_map(Json::from),
        1 => Just(json!(null)),
        1 => any::<bool>().prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let name = prop_oneof![
            4 => prop::sample::select(WORDS).prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(name, inner, 0..5)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// Requests that are right, of both forms.
fn right() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        r#"{"user_id": "8a2f", "features": ["user_segment", "watch_count_30d"], "metadata": true}"#,
        r#"{"user_id": ["8a2f", "b13c"], "title_id": [1, 2], "service": "rank_title"}"#,
        r#"{"user_id": "8a2f", "service": "watch_next"}"#,
        r#"{"entities": {"user_id": ["8a2f", "b13c"]}, "feature_service": "watch_next", "full_feature_names": true}"#,
        r#"{"entities": {"user_id": ["8a2f"], "title_id": [1]}, "features": ["title:rating", "last_genre:last_genre"]}"#,
    ])
    .prop_map(str::to_owned)
}

#[test]
fn no_bytes_are_answered_but_as_an_error_of_the_client() {
    let world = World::new();
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    world.hold(2_000, &bytes, |bytes| {
        let status = world.post(bytes)?;
        prop_assert_eq!(status, 400);
        Ok(())
    });
}

#[test]
fn a_right_request_that_is_changed_anyhow_is_answered_or_refused() {
    let world = World::new();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..4);
    let both = std::cell::Cell::new((0, 0));
    world.hold(3_000, &(right(), changes), |(body, changes)| {
        let mut body = body.into_bytes();
        for (place, byte, change) in changes {
            let place = place.index(body.len());
            match change {
                0 => body[place] = byte,
                1 => body.insert(place, byte),
                _ => drop(body.remove(place)),
            }
        }
        let (right, wrong) = both.get();
        both.set(match world.post(body)? {
            200 => (right + 1, wrong),
            _ => (right, wrong + 1),
        });
        Ok(())
    });
    let (right, wrong) = both.get();
    assert!(right > 0 && wrong > 0, "{right} {wrong}");
}

#[test]
fn any_json_is_answered_or_refused() {
    let world = World::new();
    world.hold(1_500, &any_json(), |json| {
        world.post(json.to_string().into_bytes()).map(drop)
    });
    // With what a request must have, so that more gets past the first check.
    let parts = (any_json(), any_json(), any_json());
    world.hold(600, &parts, |(features, key, extra)| {
        for body in [
            json!({"user_id": key, "features": features, "metadata": extra}),
            json!({"entities": {"user_id": key, "title_id": extra}, "features": features}),
            json!({"entities": {"user_id": [key]}, "features": ["last_genre:last_genre"], "user_id": extra}),
            json!({"entities": key, "features": ["last_genre"], "full_feature_names": extra}),
            json!({"user_id": key, "title_id": extra, "service": "rank_title"}),
        ] {
            world.post(body.to_string().into_bytes())?;
        }
        Ok(())
    });
}

#[test]
fn any_query_of_a_service_is_answered_or_refused() {
    let world = World::new();
    let fields = prop::collection::vec(
        ("[ -~]{0,12}|user_id|metadata|service", any::<String>()),
        0..4,
    );
    let names = prop_oneof![Just("watch_next".to_owned()), any::<String>()];
    world.hold(1_000, &(names, fields), |(name, fields)| {
        let encode = |text: &str| -> String {
            let byte = |byte: u8| format!("%{byte:02X}");
            text.bytes().map(byte).collect()
        };
        let query: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        if name.is_empty() {
            return Ok(());
        }
        world
            .get(&format!("/services/{}?{}", encode(&name), query.join("&")))
            .map(drop)
    });
}

#[test]
fn numbers_of_any_size_are_keys_or_are_refused() {
    let world = World::new();
    let digits = "9".repeat(10_000);
    for (number, expected) in [
        ("9223372036854775807", 200),
        ("-9223372036854775808", 200),
        ("-0", 200),
        ("42.0", 200),
        ("4.2e1", 200),
        ("9223372036854775808", 400),
        ("18446744073709551616", 400),
        ("1e400", 400),
        ("-1e400", 400),
        ("0e-400", 200),
        // As doubles they would be 0, 42 and 1.
        ("1e-400", 400),
        ("42.00000000000000001", 400),
        ("0.99999999999999999", 400),
        ("0.1", 400),
        (digits.as_str(), 400),
        ("NaN", 400),
        ("Infinity", 400),
        ("0x10", 400),
        ("01", 400),
        ("+1", 400),
    ] {
        for body in [
            format!(r#"{{"title_id": {number}, "features": ["rating"]}}"#),
            format!(r#"{{"entities": {{"title_id": [{number}]}}, "features": ["rating"]}}"#),
        ] {
            assert_eq!(world.post(body.into_bytes()).unwrap(), expected, "{number}");
        }
    }
}

#[test]
fn depth_costs_no_more_than_its_bytes() {
    let world = World::new();
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let bodies = |depth: usize| {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            [
                nested.clone(),
                open.repeat(depth),
                format!(r#"{{"user_id": {nested}, "features": ["last_genre"]}}"#),
                format!(r#"{{"entities": {{"user_id": {nested}}}, "features": ["last_genre"]}}"#),
                format!(r#"{{"entities": {{"user_id": [1]}}, "features": {nested}}}"#),
                format!(r#"{{"user_id": "8a2f", "service": {nested}}}"#),
            ]
        };
        let refuse = |depth: usize| {
            bodies(depth).map(|body| {
                work(|| {
                    let status = world.post(body.clone().into_bytes()).unwrap();
                    assert_eq!(status, 400, "{open} {depth}");
                })
            })
        };
        for depth in [100, 127, 128] {
            refuse(depth);
        }
        for (few, many) in refuse(9_000).into_iter().zip(refuse(90_000)) {
            grows_by_ten(open, few, many);
        }
    }
}

#[test]
fn ten_times_the_names_cost_ten_times_the_work() {
    let world = World::new();
    let refuse = |count: usize| {
        let names = || (0..count).map(|name| format!("\"name_{name}\""));
        let fields: Vec<String> = names().map(|name| format!("{name}:1")).collect();
        let fields = fields.join(",");
        let features = names().collect::<Vec<_>>().join(",");
        let twice = vec![r#""last_genre""#; count].join(",");
        let bodies = [
            format!(r#"{{"features": ["last_genre"], {fields}}}"#),
            format!(r#"{{"entities": {{{fields}}}, "features": ["last_genre"]}}"#),
            format!(r#"{{"user_id": "8a2f", "features": [{features}]}}"#),
            format!(r#"{{"entities": {{"user_id": ["8a2f"]}}, "features": [{twice}]}}"#),
        ];
        bodies.map(|body| {
            let refused = || assert!(world.post(body.clone().into_bytes()).unwrap() >= 400);
            (body.chars().take(40).collect::<String>(), work(refused))
        })
    };
    for ((what, few), (_, many)) in refuse(5_000).into_iter().zip(refuse(50_000)) {
        grows_by_ten(&what, few, many);
    }
}

#[test]
fn a_thousand_entities_are_answered_and_one_more_refused_in_both_forms() {
    let world = World::new();
    for (count, expected) in [(1_000, 200), (1_001, 400)] {
        let titles: Vec<String> = (0..count).map(|title| title.to_string()).collect();
        let titles = titles.join(",");
        for body in [
            format!(r#"{{"title_id": [{titles}], "features": ["rating", "votes"]}}"#),
            // Feast's form has no place for some of the votes.
            format!(r#"{{"entities": {{"title_id": [{titles}]}}, "features": ["rating"]}}"#),
        ] {
            assert_eq!(world.post(body.into_bytes()).unwrap(), expected, "{count}");
        }
    }
}

#[test]
fn a_name_twice_in_a_request_is_refused_in_both_forms() {
    let world = World::new();
    for body in [
        r#"{"user_id": "8a2f", "features": ["last_genre"], "features": ["last_genre"]}"#,
        r#"{"user_id": "8a2f", "service": "watch_next", "s\u0065rvice": "watch_next"}"#,
        r#"{"entities": {"user_id": ["8a2f"]}, "entities": {"user_id": ["b13c"]}, "features": ["last_genre"]}"#,
        r#"{"entities": {"user_id": ["8a2f"], "user_id": ["8a2f"]}, "features": ["last_genre:last_genre"]}"#,
        r#"{"entities": {"user_id": ["8a2f"]}, "user_id": "b13c", "user_id": "b13c", "features": ["last_genre:last_genre"]}"#,
    ] {
        let answer = world.service.refuse(body);
        let (status, code, _) = world.within(answer);
        assert_eq!((status, code.as_str()), (400, "repeated_field"), "{body}");
    }
}
