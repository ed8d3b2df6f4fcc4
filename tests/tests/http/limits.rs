use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use featurestore::http::HttpSettings;
use featurestore_tests::PATIENCE;
use featurestore_tests::memory::Mood;
use tokio::time::Instant;

use super::{BODY, Service, error};

fn chunked(body: &'static str, times: usize) -> Body {
    let chunks = std::iter::repeat_n(body, times).map(Ok::<_, std::io::Error>);
    Body::from_stream(futures_util::stream::iter(chunks))
}

#[tokio::test]
async fn a_body_is_bounded_whether_it_says_its_length_or_not() {
    let service = Service::with(HttpSettings::new().max_body(100)).await;
    service.post(BODY).await;
    let long = format!("{BODY}{}", " ".repeat(100));
    let (status, code, message) = service.refuse(long).await;
    assert_eq!((status, code.as_str()), (413, "body_too_large"));
    assert_eq!(
        message,
        "the body is larger than 100 bytes; split the request"
    );
    let (status, code, _) = service.refuse(chunked("          ", 11)).await;
    assert_eq!((status, code.as_str()), (413, "body_too_large"));
    let (status, code, _) = service.refuse(chunked("          ", 9)).await;
    assert_eq!((status, code.as_str()), (400, "invalid_json"));
}

#[tokio::test]
async fn a_larger_body_is_read_where_the_settings_say_so() {
    let service = Service::with(HttpSettings::new().max_body(4 << 20)).await;
    let long = format!("{BODY}{}", " ".repeat(3 << 20));
    service.post(&long).await;
    let (status, ..) = service
        .refuse(format!("{BODY}{}", " ".repeat(4 << 20)))
        .await;
    assert_eq!(status, 413);
}

/// A key that was written longer than it is counts as it was written, since the answer repeats it.
#[tokio::test]
async fn keys_are_bounded_in_each_form() {
    let long = "x".repeat(1_000_000);
    let plain = format!(r#"{{"user_id": "{long}", "service": "watch_next"}}"#);
    let feast =
        format!(r#"{{"entities": {{"user_id": ["{long}"]}}, "feature_service": "watch_next"}}"#);
    let service = Service::start().await;
    for body in [plain, feast] {
        let (status, code, message) = service.refuse(body).await;
        assert_eq!((status, code.as_str()), (400, "invalid_join_key"));
        assert_eq!(
            message,
            "join key `user_id` has 1000000 bytes, and a value of one may have 4096; ask with the entity's own key"
        );
    }
    assert_eq!(service.memory.reads(), 0);
    let query = format!("/services/watch_next?user_id={}", "x".repeat(4_097));
    assert_eq!(error(service.get(&query).await).1, "invalid_join_key");
    let service = Service::with(HttpSettings::new().max_key(3)).await;
    let (status, code, _) = service.refuse(BODY).await;
    assert_eq!((status, code.as_str()), (400, "invalid_join_key"));
    service
        .post(r#"{"user_id": "8a2", "service": "watch_next"}"#)
        .await;
}

#[tokio::test]
async fn answers_are_bounded_in_each_form() {
    let ids = vec![r#""8a2f""#; 20].join(",");
    let plain = format!(r#"{{"user_id": [{ids}], "service": "watch_next"}}"#);
    let feast =
        format!(r#"{{"entities": {{"user_id": [{ids}]}}, "feature_service": "watch_next"}}"#);
    let service = Service::with(HttpSettings::new().max_answer(1_000)).await;
    for body in [plain, feast] {
        let (status, code, message) = service.refuse(body.clone()).await;
        assert_eq!((status, code.as_str()), (400, "answer_too_large"), "{body}");
        assert_eq!(
            message,
            "the answer would be larger than 1000 bytes; ask for fewer entities or features"
        );
    }
    service.post(BODY).await;
}

#[tokio::test]
async fn entities_are_bounded() {
    let service = Service::with(HttpSettings::new().max_entities(2)).await;
    let body = |ids: &str| format!(r#"{{"user_id": [{ids}], "service": "watch_next"}}"#);
    service.post(&body(r#""a", "b""#)).await;
    let (status, code, message) = service.refuse(body(r#""a", "b", "c""#)).await;
    assert_eq!((status, code.as_str()), (400, "too_many_entities"));
    assert_eq!(
        message,
        "3 entities are asked about, and a request may ask about 2; split it"
    );
}

// Time stands still but while everything waits, so it is counted exactly.
#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_503_after_the_requests_time() {
    let settings = HttpSettings::new().request_time(Duration::from_millis(200));
    let service = Service::with(settings).await;
    service.memory.set_mood(Mood::Hangs);
    let started = Instant::now();
    let (status, code, message) = service.refuse(BODY).await;
    assert_eq!((status, code.as_str()), (503, "timeout"));
    assert!(message.contains("longer than 0.2 s"), "{message}");
    let took = started.elapsed();
    assert!(
        took >= Duration::from_millis(200) && took < Duration::from_millis(250),
        "{took:?}"
    );
}

const FEAST: &str = r#"{"entities": {"user_id": ["8a2f"]}, "feature_service": "watch_next"}"#;

/// There is place for one request, and it is free again each time.
#[tokio::test(start_paused = true)]
async fn a_call_that_exceeds_its_time_is_answered_in_its_form_and_makes_room_for_the_next() {
    let settings = HttpSettings::new().max_requests(1);
    let service = Service::with(settings.request_time(Duration::from_millis(200))).await;
    for body in [BODY, FEAST, BODY, FEAST] {
        service.memory.set_mood(Mood::Hangs);
        let answer = service.call(Method::POST, "/get-online-features", body);
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer in time to {body}"));
        assert_eq!(answer.1.starts_with('"'), body == FEAST, "{}", answer.1);
        let (status, code, _) = error(answer);
        assert_eq!((status, code.as_str()), (503, "timeout"));
        service.memory.set_mood(Mood::Works);
        service.post(body).await;
    }
}

/// How often another task had its turn while a thousand entities' ratings, and `more` of them, were
/// read and written in Feast's form.
async fn turns_beside(service: &Service, more: &str) -> u64 {
    let ids = vec!["1"; 20_000].join(",");
    let body =
        format!(r#"{{"entities": {{"title_id": [{ids}]}}, "features": ["title:rating"{more}]}}"#);
    let turns = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&turns);
    let other = tokio::spawn(async move {
        loop {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
    });
    service.post(&body).await;
    other.abort();
    turns.load(Ordering::SeqCst)
}

// The answer has as many values of each feature as there are entities.
#[tokio::test]
async fn who_writes_many_values_lets_others_have_their_turns() {
    let service = Service::with(HttpSettings::new().max_entities(20_000)).await;
    let one = turns_beside(&service, "").await;
    let four = r#", "title:thumbnail", "title:released", "title:last_genre""#;
    let four = turns_beside(&service, four).await;
    assert!(four >= one + 5, "{one} turns, and {four}");
}

#[tokio::test]
async fn an_answer_of_feasts_form_ends_where_it_is_too_large() {
    let service = Service::with(HttpSettings::new().max_answer(100)).await;
    // What comes last has no place in that form, which is not found out any more.
    let body = r#"{"entities": {"title_id": [1]}, "features": ["title:rating", "title:votes"]}"#;
    let (status, code, _) = service.refuse(body).await;
    assert_eq!((status, code.as_str()), (400, "answer_too_large"));
}

#[tokio::test]
async fn a_body_that_does_not_end_is_503_after_the_requests_time() {
    let settings = HttpSettings::new().request_time(Duration::from_millis(200));
    let service = Service::with(settings).await;
    let endless = futures_util::stream::pending::<Result<&str, std::io::Error>>();
    let (status, code, _) = service.refuse(Body::from_stream(endless)).await;
    assert_eq!((status, code.as_str()), (503, "timeout"));
}

#[tokio::test]
async fn too_many_requests_at_once_are_503_and_the_process_is_still_watched() {
    let service = Service::with(HttpSettings::new().max_requests(2)).await;
    service.memory.set_mood(Mood::Hangs);
    let before = service.memory.calls();
    let waiting = |_| {
        let router = service.router.clone();
        tokio::spawn(async move {
            let request = Request::post("/get-online-features").body(Body::from(BODY));
            tower::ServiceExt::oneshot(router, request.unwrap()).await
        })
    };
    let waiting: Vec<_> = (0..2).map(waiting).collect();
    while service.memory.calls() < before + 2 {
        tokio::task::yield_now().await;
    }
    let request = Request::post("/get-online-features")
        .body(Body::from(BODY))
        .unwrap();
    let (status, response, body) = service.send(request).await;
    let (_, code, message) = error((status.as_u16(), body));
    assert_eq!((status.as_u16(), code.as_str()), (503, "too_busy"));
    assert_eq!(
        message,
        "2 requests are being answered, and there may be no more; ask again"
    );
    assert_eq!(response.headers().get("retry-after").unwrap(), "1");
    assert_eq!(service.get("/health").await.0, 200);
    let metrics = service
        .raw(Request::get("/metrics").body(Body::empty()).unwrap())
        .await;
    assert_eq!(metrics.status(), 200);
    // Who gives up makes room.
    for task in waiting {
        task.abort();
        let _ = task.await;
    }
    service.memory.set_mood(Mood::Works);
    service.post(BODY).await;
    assert_eq!(
        service
            .call(Method::GET, "/services/watch_next?user_id=8a2f", "")
            .await
            .0,
        200
    );
}
