//! What a person and a program see where the server has tokens.

use axum::body::Body;
use axum::http::Request;
use axum::http::request::Builder;
use featurestore::http::{HttpSettings, Tokens};

use super::{Answer, Service, declarations};

/// A token for everything, and one for a service.
const ALL: &str = "everything-0123456789";
const SOME: &str = "watch-next-0123456789";

/// The settings of a server that has both.
pub(super) fn settings() -> HttpSettings {
    let lines = format!("all {ALL} *\nsome {SOME} watch_next\n");
    HttpSettings::new().tokens(Tokens::parse("the test", &lines).unwrap())
}

async fn start() -> Service {
    let (store, memory) = declarations::store().await;
    let router = settings().router(store).unwrap();
    Service { memory, router }
}

async fn send(service: &Service, request: Builder) -> Answer {
    let request = request.header("host", "localhost").body(Body::empty());
    service.send(request.unwrap()).await
}

async fn with_cookie(service: &Service, path: &str, token: &str) -> Answer {
    let cookie = format!("featurestore_token={token}");
    send(service, Request::get(path).header("cookie", cookie)).await
}

#[tokio::test]
async fn a_page_without_a_token_is_the_form_to_sign_in_by() {
    let service = start().await;
    for path in ["/", "/registry/views/words?user_id=8a2f", "/docs/"] {
        let answer = service.get(path).await;
        assert_eq!(answer.status, 401, "{path}");
        assert!(answer.body.contains("name=\"token\""), "{}", answer.body);
        let next = format!("name=\"next\" value=\"{path}\"");
        assert!(answer.body.contains(&next), "{}", answer.body);
        assert_eq!(
            with_cookie(&service, path, "wrong").await.status,
            401,
            "{path}"
        );
        assert_eq!(with_cookie(&service, path, ALL).await.status, 200, "{path}");
    }
    let style = service.get("/registry/style.css").await;
    assert_eq!(style.status, 200);
    for path in ["/openapi.json", "/services/watch_next?user_id=8a2f"] {
        let answer = service.get(path).await;
        assert_eq!(answer.json()["error"]["code"], "unauthorized", "{path}");
        assert_eq!(with_cookie(&service, path, ALL).await.status, 200, "{path}");
        let header = Request::get(path).header("authorization", format!("Bearer {ALL}"));
        assert_eq!(send(&service, header).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_token_shows_just_what_it_may_read() {
    let service = start().await;
    let home = with_cookie(&service, "/", SOME).await;
    assert_eq!(home.status, 200);
    for shown in ["watch_next", "activity", "words", "Sign out"] {
        assert!(home.body.contains(shown), "{shown}: {}", home.body);
    }
    for hidden in ["rank_title", "opinion", "every-dtype.x", "title_id"] {
        assert!(!home.body.contains(hidden), "{hidden}: {}", home.body);
    }
    let words = "/registry/views/words?user_id=8a2f";
    let words = with_cookie(&service, words, SOME).await;
    assert!(
        words.body.contains("comment") && !words.body.contains("mood"),
        "{}",
        words.body
    );
    for path in [
        "/registry/services/rank_title",
        "/registry/views/opinion",
        "/registry/entities/title_id?title_id=1",
    ] {
        let answer = with_cookie(&service, path, SOME).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("19.99"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_token_is_told_of_just_what_it_may_read() {
    let service = start().await;
    let all = with_cookie(&service, "/openapi.json", ALL).await;
    let some = with_cookie(&service, "/openapi.json", SOME).await;
    assert_ne!(all.header("etag"), some.header("etag"));
    for hidden in ["rank_title", "opinion", "every-dtype.x", "mood"] {
        assert!(all.body.contains(hidden), "{hidden}");
        assert!(!some.body.contains(hidden), "{hidden}");
    }
    assert!(some.body.contains("watch_next") && some.body.contains("words:comment"));
}
