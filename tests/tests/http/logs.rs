//! What the log says, and what it never does.

use std::io::Write;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use featurestore::http::{HttpSettings, Tokens};
use featurestore_tests::memory::Mood;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

use super::declarations::{LastGenre, UserId, WatchActivity, time};
use super::{Service, declarations};

/// All that featurestore logs, down to the finest level.
#[derive(Debug, Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// With a second subscriber for all threads, one that takes nothing: while there is only one, tracing
    /// asks the thread that first comes to a statement whether anybody listens, and keeps a no for all.
    pub(super) fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + use<> {
        static SECOND: Once = Once::new();
        SECOND.call_once(|| {
            tracing::subscriber::set_global_default(NoSubscriber::new()).unwrap();
        });
        let all = Targets::new().with_target("featurestore", tracing::Level::TRACE);
        let lines = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(self.clone());
        tracing_subscriber::registry().with(all).with(lines)
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

async fn ask(service: &Service, method: Method, path: &str, body: String) -> u16 {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("x-request-id", "the-id-of-this")
        .header("authorization", "Bearer token-of-the-sentinel")
        .body(Body::from(body));
    service.raw(request.unwrap()).await.status().as_u16()
}

/// Requests that fail in every way there is, each with the sentinel as key, name or value.
async fn fail_in_all_ways(service: &Service) {
    let post = |body: &str| {
        let body = body.to_owned();
        async { ask(service, Method::POST, "/get-online-features", body).await }
    };
    let read = r#"{"user_id": "sentinel", "service": "watch_next"}"#;
    let list = r#"{"user_id": ["sentinel", "8a2f"], "service": "watch_next"}"#;
    assert_eq!(post(read).await, 200);
    for (status, body) in [
        (400, "{sentinel"),
        (400, r#""sentinel""#),
        (400, r#"{"sentinel": 1, "service": "watch_next"}"#),
        (404, r#"{"user_id": "sentinel", "service": "sentinel"}"#),
        (404, r#"{"user_id": "sentinel", "features": ["sentinel"]}"#),
        (400, r#"{"title_id": "sentinel", "features": ["rating"]}"#),
        (
            400,
            r#"{"user_id": "sentinel", "service": "watch_next", "metadata": "sentinel"}"#,
        ),
    ] {
        assert_eq!(post(body).await, status, "{body}");
    }
    assert_eq!(post(&"sentinel".repeat(1 << 18)).await, 413);
    for (status, path) in [
        (404, "/sentinel?sentinel=sentinel"),
        (404, "/services/sentinel?user_id=sentinel"),
        (
            400,
            "/services/rank_title?user_id=sentinel&title_id=sentinel",
        ),
        (200, "/services/watch_next?user_id=sentinel"),
    ] {
        assert_eq!(
            ask(service, Method::GET, path, String::new()).await,
            status,
            "{path}"
        );
    }
    assert_eq!(
        ask(service, Method::PUT, "/services/sentinel", String::new()).await,
        405
    );
    for (mood, status) in [
        (Mood::Unreachable, 503),
        (Mood::Refuses, 503),
        (Mood::Hangs, 503),
        (Mood::Panics, 500),
    ] {
        service.memory.set_mood(mood);
        assert_eq!(post(read).await, status, "{mood:?}");
        assert_eq!(post(list).await, status, "{mood:?}");
    }
    service.memory.set_mood(Mood::Works);
    service.memory.damage_at("watch:user_id:sentinel");
    assert_eq!(post(read).await, 500);
    assert_eq!(post(list).await, 200);
}

#[tokio::test]
async fn the_log_has_neither_keys_nor_values_nor_tokens() {
    let settings = HttpSettings::new().request_time(Duration::from_secs(1));
    let tokens = Tokens::parse("tokens", "ops token-of-the-sentinel *").unwrap();
    let service = Service::with(settings.tokens(tokens)).await;
    let store = declarations::builder(&service.memory).open().await.unwrap();
    let count = WatchActivity {
        user_id: UserId::from("sentinel"),
        event_timestamp: time("2026-05-07T21:00:00Z"),
        watch_count_30d: 1,
    };
    store.push(&[count]).await.unwrap();
    let genre = LastGenre {
        user_id: UserId::from("sentinel"),
        event_timestamp: time("2026-05-07T21:00:00Z"),
        last_genre: "sentinel".to_owned(),
    };
    store.push(&[genre]).await.unwrap();

    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.subscriber());
    fail_in_all_ways(&service).await;
    drop(guard);
    let text = log.text();
    assert!(!text.contains("sentinel"), "{text}");
    let errors: Vec<&str> = text
        .lines()
        .filter(|line| line.contains(" ERROR "))
        .collect();
    for line in &errors {
        assert!(line.contains("request_id=the-id-of-this"), "{line}");
        assert!(line.contains(r#"route="/get-online-features""#), "{line}");
    }
    for expected in [
        r#"code="online_store_unavailable" reason="the online store at memory://app:***@here does not answer: connection refused"#,
        r#"reason="the online store at memory://app:***@here refused: ERR""#,
        r#"code="timeout""#,
        r#"code="internal" reason="the handler panicked"#,
        r#"code="unreadable_row" reason="a row of view `watch_activity`: the row is damaged"#,
    ] {
        assert!(
            errors.iter().any(|line| line.contains(expected)),
            "{expected}\n{text}"
        );
    }
    assert_eq!(
        errors.len(),
        10,
        "what the caller is to blame for is no error\n{text}"
    );
    assert!(text.contains("http.route=\"/services/{name}\""), "{text}");
}
