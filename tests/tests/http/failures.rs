use featurestore_tests::memory::Mood;

use super::Service;

const BODY: &str = r#"{"user_id": "8a2f", "service": "watch_next"}"#;

#[tokio::test]
async fn a_store_that_is_down_is_503_with_its_address() {
    let service = Service::start().await;
    service.memory.set_mood(Mood::Unreachable);
    let (status, code, message) = service.refuse(BODY).await;
    assert_eq!((status, code.as_str()), (503, "online_store_unavailable"));
    assert!(
        message.starts_with(
            "the online store at memory://app:***@here does not answer: connection refused"
        ),
        "{message}"
    );
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
    assert!(
        message.starts_with("the row of view `user_segment` at watch:user_id:8a2f: "),
        "{message}"
    );
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
