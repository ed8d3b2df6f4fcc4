use featurestore_tests::memory::Mood;

use super::Service;

/// How to mend it is not for who asks.
const UNREADABLE: &str = "the row of view `user_segment` can't be read; ask without its features, whoever runs this service finds more in its log";

const BODY: &str = r#"{"user_id": "8a2f", "service": "watch_next"}"#;

#[tokio::test]
async fn a_store_that_is_down_is_503_with_what_the_caller_can_do() {
    let service = Service::start().await;
    let feast = r#"{"entities": {"user_id": ["8a2f"]}, "feature_service": "watch_next"}"#;
    for mood in [Mood::Unreachable, Mood::Refuses] {
        service.memory.set_mood(mood);
        for body in [BODY, feast] {
            let (status, code, message) = service.refuse(body).await;
            assert_eq!((status, code.as_str()), (503, "online_store_unavailable"));
            assert_eq!(
                message,
                "the online store does not answer at the moment; ask again later"
            );
        }
    }
    // A bad request stays the client's while the store is down.
    let (status, ..) = service.refuse(r#"{"service": "watch_next"}"#).await;
    assert_eq!(status, 400);
    service.memory.set_mood(Mood::Works);
    service.post(BODY).await;
}

#[tokio::test]
async fn a_damaged_row_is_an_error_and_never_a_guess() {
    let service = Service::start().await;
    service.memory.damage();
    let (status, code, message) = service.refuse(BODY).await;
    assert_eq!((status, code.as_str()), (500, "unreadable_row"));
    assert_eq!(message, UNREADABLE);
}

async fn answer(service: &Service, body: &str) -> serde_json::Value {
    serde_json::from_str(&service.post(body).await).unwrap()
}

#[tokio::test]
async fn a_damaged_row_in_a_list_is_its_entitys_error_and_fails_no_other() {
    let service = Service::start().await;
    let body = r#"{"user_id": ["b13c", "8a2f", "b13c", "nobody"], "service": "watch_next"}"#;
    let before = answer(&service, body).await;
    service.memory.damage_at("watch:user_id:8a2f");
    let read = service.memory.entities();
    let after = answer(&service, body).await;
    assert_eq!(service.memory.entities() - read, 3, "b13c is read once");
    let results = after["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    for place in [0, 2, 3] {
        assert_eq!(results[place], before["results"][place], "{place}");
    }
    let damaged = results[1].as_object().unwrap();
    let names: Vec<&String> = damaged.keys().collect();
    assert_eq!(names, ["error", "user_id"]);
    assert_eq!(damaged["user_id"], "8a2f");
    assert_eq!(damaged["error"]["code"], "unreadable_row");
    assert_eq!(damaged["error"]["message"], UNREADABLE);
    // A list of one is a list.
    let one = r#"{"user_id": ["8a2f"], "service": "watch_next"}"#;
    let one = answer(&service, one).await;
    assert_eq!(one["results"][0], results[1]);
}

#[tokio::test]
async fn a_panic_does_not_reach_the_client() {
    let service = Service::start().await;
    service.memory.set_mood(Mood::Panics);
    let (status, code, message) = service.refuse(BODY).await;
    assert_eq!((status, code.as_str()), (500, "internal"));
    assert!(!message.contains("mistake"), "{message}");
    service.memory.set_mood(Mood::Works);
    service.post(BODY).await;
}
