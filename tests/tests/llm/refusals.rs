//! What is no message of the protocol, or more than one may be: told so in JSON, over HTTP and in lines.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use featurestore::http::HttpSettings;
use featurestore::mcp::McpSettings;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::filled;
use crate::stdio::Conversation;

/// What a client sends with each message.
const HEAD: [(&str, &str); 3] = [
    ("content-type", "application/json"),
    ("accept", "application/json, text/event-stream"),
    ("mcp-protocol-version", "2025-06-18"),
];

async fn router(settings: HttpSettings) -> Router {
    let (_, store) = filled().await;
    let services = McpSettings::new().service("watch_next");
    settings.mcp(services).router(store).unwrap()
}

/// The status and the JSON of the answer to a message with this head.
async fn send(
    router: &Router,
    method: Method,
    head: &[(&str, &str)],
    message: impl Into<Body>,
) -> (u16, Json) {
    let mut request = Request::builder()
        .method(method)
        .uri("/mcp")
        .header("host", "localhost");
    for (name, value) in head {
        request = request.header(*name, *value);
    }
    let request = request.body(message.into()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let content_type = parts.headers.get("content-type").unwrap();
    assert_eq!(content_type, "application/json", "{text}");
    (parts.status.as_u16(), serde_json::from_str(&text).unwrap())
}

fn request(method: &str, params: &Json) -> String {
    json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}).to_string()
}

/// Messages with what they are refused with: the code, and a part of what is said.
fn refused() -> Vec<(String, Json, i64, &'static str)> {
    let (none, seven) = (Json::Null, json!(7));
    let twice = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"watch_next","arguments":{"user_id":"8a2f","user_id":"b13c"}}}"#;
    // As a double it would be 0, the key of another title.
    let rounded = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"rank_title","arguments":{"user_id":"8a2f","title_id":1e-400}}}"#;
    let batch = format!("[{}]", request("ping", &json!({})));
    let cursor = json!({"cursor": "b2Zmc2V0OjA="});
    vec![
        ("{\"jsonrpc\":".to_owned(), none.clone(), -32700, "not JSON"),
        ("hello".to_owned(), none.clone(), -32700, "not JSON"),
        (batch, none.clone(), -32600, "no batches"),
        ("{\"jsonrpc\": 2}".to_owned(), none, -32600, "`jsonrpc`"),
        (
            twice.to_owned(),
            seven.clone(),
            -32602,
            "`params.arguments.user_id` is given more than once",
        ),
        (
            rounded.to_owned(),
            seven.clone(),
            -32602,
            "the number `1e-400` would be another one as a double",
        ),
        (
            request("tools/call", &json!({})),
            seven.clone(),
            -32602,
            "missing field `name`",
        ),
        (
            request("tools/call", &json!({"name": 1})),
            seven.clone(),
            -32602,
            "tools/call",
        ),
        (
            request(
                "tools/call",
                &json!({"name": "watch_next", "arguments": "8a2f"}),
            ),
            seven.clone(),
            -32602,
            "tools/call",
        ),
        (
            request("resources/read", &json!({"uri": []})),
            seven.clone(),
            -32602,
            "resources/read",
        ),
        (
            request("tools/list", &cursor),
            seven.clone(),
            -32602,
            "`cursor`",
        ),
        (
            request("resources/list", &cursor),
            seven.clone(),
            -32602,
            "`cursor`",
        ),
        (
            request("resources/templates/list", &cursor),
            seven,
            -32602,
            "`cursor`",
        ),
    ]
}

fn assert_refused(answer: &Json, message: &str, (id, code, says): (&Json, i64, &str)) {
    let error = &answer["error"];
    assert_eq!(
        (&answer["jsonrpc"], &answer["id"]),
        (&json!("2.0"), id),
        "{message}: {answer}"
    );
    assert_eq!(error["code"], code, "{message}: {answer}");
    let said = error["message"].as_str().unwrap();
    assert!(said.contains(says) && said.len() < 500, "{message}: {said}");
}

#[tokio::test]
async fn over_http_a_wrong_message_is_an_error_with_what_is_wrong() {
    let router = router(HttpSettings::new()).await;
    for (message, id, code, says) in refused() {
        let (status, answer) = send(&router, Method::POST, &HEAD, message.clone()).await;
        assert_refused(&answer, &message, (&id, code, says));
        // Of a request that is one, the answer is the protocol's, whatever it is.
        assert_eq!(status, if code == -32602 { 200 } else { 400 }, "{message}");
    }
}

#[test]
fn in_lines_a_wrong_message_is_an_error_with_what_is_wrong() {
    let mut session = Conversation::start(&["--service", "watch_next"]);
    session.begin();
    for (message, id, code, says) in refused() {
        let answer = session.say(&message);
        assert_refused(&answer, &message, (&id, code, says));
    }
    let large = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{}\"}}",
        "x".repeat(1 << 20)
    );
    let answer = session.say(&large);
    assert_refused(
        &answer,
        "a large one",
        (&Json::Null, -32600, "larger than 1048576 bytes"),
    );
    let right = session.call("watch_next", json!({"user_id": "8a2f"}));
    assert_eq!(right["result"]["structuredContent"]["watch_count_30d"], 47);
    assert_eq!(session.end(), (String::new(), Some(0)));
}

#[tokio::test]
async fn whatever_is_refused_at_the_address_is_refused_in_json() {
    let router = router(HttpSettings::new().max_body(1_000)).await;
    let ping = request("ping", &json!({}));
    let with = |name: &'static str, value: &'static str| {
        let mut head = HEAD.to_vec();
        head.retain(|(known, _)| *known != name);
        head.push((name, value));
        head
    };
    for (head, status) in [
        (HEAD.to_vec(), 200),
        (HEAD[..1].to_vec(), 200),
        (with("content-type", "application/json; charset=utf-8"), 200),
        (with("content-type", "text/plain"), 415),
        (HEAD[1..].to_vec(), 415),
        (with("accept", "text/event-stream"), 406),
        (with("accept", "application/json;q=0, */*"), 406),
        (with("mcp-protocol-version", "2025-03-26"), 400),
        (with("mcp-protocol-version", "1999-01-01"), 400),
    ] {
        let (got, answer) = send(&router, Method::POST, &head, ping.clone()).await;
        assert_eq!(got, status, "{head:?}: {answer}");
        assert_eq!(answer["error"].is_object(), status != 200, "{answer}");
    }
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        let (status, answer) = send(&router, method, &HEAD, Body::empty()).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (405, &json!("method_not_allowed"))
        );
    }
    let (status, answer) = send(&router, Method::POST, &HEAD, "x".repeat(1_001)).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (413, &json!("body_too_large"))
    );
}

/// It has batches, which the others don't; who asks for it is offered another.
#[tokio::test]
async fn the_version_that_has_batches_is_not_agreed_on() {
    let router = router(HttpSettings::new()).await;
    for (asked, agreed) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-11-25"),
        ("2025-06-18", "2025-06-18"),
    ] {
        let begin = json!({
            "protocolVersion": asked,
            "capabilities": {},
            "clientInfo": {"name": "by hand", "version": "1"},
        });
        let (_, answer) = send(
            &router,
            Method::POST,
            &HEAD[..2],
            request("initialize", &begin),
        )
        .await;
        assert_eq!(answer["result"]["protocolVersion"], agreed);
    }
}

#[tokio::test]
async fn an_answer_is_in_proportion_to_its_call() {
    let router = router(HttpSettings::new()).await;
    let call = |key: String| {
        request(
            "tools/call",
            &json!({"name": "watch_next", "arguments": {"user_id": key}}),
        )
    };
    let (_, answer) = send(&router, Method::POST, &HEAD, call("x".repeat(1_000_000))).await;
    assert_eq!(answer["result"]["isError"], true);
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert_eq!(
        text,
        "join key `user_id` has 1000000 bytes, and a value of one may have 4096"
    );
    let (_, answer) = send(&router, Method::POST, &HEAD, call("x".repeat(4_096))).await;
    assert_eq!(answer["result"]["isError"], false);
    assert!(answer.to_string().len() < 2_500, "{answer}");
}

#[tokio::test]
async fn keys_and_answers_are_bounded_by_settings() {
    let arguments = json!({"name": "watch_next", "arguments": {"user_id": "8a2f"}});
    let call = request("tools/call", &arguments);
    for (settings, says) in [
        (
            HttpSettings::new().max_key(3),
            "has 4 bytes, and a value of one may have 3",
        ),
        (
            HttpSettings::new().max_answer(50),
            "more than 50; go on without these features",
        ),
    ] {
        let router = router(settings).await;
        let (_, answer) = send(&router, Method::POST, &HEAD, call.clone()).await;
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        assert!(text.ends_with(says), "{text}");
    }
    let mut session = Conversation::start(&["--service", "watch_next", "--max-key", "3"]);
    session.begin();
    let answer = session.call("watch_next", json!({"user_id": "8a2f"}));
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    session.end();
    let mut session = Conversation::start(&["--service", "watch_next", "--max-answer", "50"]);
    session.begin();
    let answer = session.call("watch_next", json!({"user_id": "8a2f"}));
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(
        text.ends_with("more than 50; go on without these features"),
        "{text}"
    );
    session.end();
}
