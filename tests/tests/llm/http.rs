//! The Model Context Protocol over HTTP.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::request::Builder;
use featurestore::FeatureStore;
use featurestore::http::HttpSettings;
use featurestore::mcp::McpSettings;
use featurestore_tests::memory::Mood;
use rmcp::ServiceExt;
use rmcp::model::CallToolRequestParams;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::filled;

fn request(host: &str) -> Builder {
    Request::post("/mcp")
        .header("host", host)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-06-18")
}

fn serving(store: FeatureStore) -> Router {
    let mcp = McpSettings::new().service("watch_next");
    HttpSettings::new().mcp(mcp).router(store).unwrap()
}

async fn answer(router: &Router, request: Request<Body>) -> (u16, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn ask(router: &Router, body: &Json) -> Json {
    let request = request("localhost:6566").body(Body::from(body.to_string()));
    let (status, body) = answer(router, request.unwrap()).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

fn call(name: &str, arguments: Json) -> Json {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}})
}

#[tokio::test]
async fn the_librarys_client_is_answered() {
    let (_, store) = filled().await;
    let settings = McpSettings::new().service("watch_next");
    let settings = HttpSettings::new().mcp(settings);
    let server = settings.bind(store, "127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", server.local_addr());
    tokio::spawn(server.run(std::future::pending()));
    let http = featurestore_tests::http_client().build().unwrap();
    let config = StreamableHttpClientTransportConfig::with_uri(url);
    let transport = StreamableHttpClientTransport::with_client(http, config);
    let client = ().serve(transport).await.unwrap();
    let tools = client.list_all_tools().await.unwrap();
    assert_eq!(tools.len(), 1);
    let arguments = json!({"user_id": "8a2f"}).as_object().cloned().unwrap();
    let request = CallToolRequestParams::new("watch_next").with_arguments(arguments);
    let answer = client.call_tool(request).await.unwrap();
    assert_eq!(
        answer.structured_content.unwrap()["last_genre"],
        "documentary"
    );
    assert_eq!(client.list_all_resources().await.unwrap().len(), 4);
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn a_request_is_answered_by_itself_in_json() {
    let (_, store) = filled().await;
    let router = serving(store);
    let answer = ask(&router, &call("watch_next", json!({"user_id": "8a2f"}))).await;
    assert_eq!(answer["result"]["structuredContent"]["watch_count_30d"], 47);
    let unknown = ask(&router, &call("rank_title", json!({}))).await;
    assert_eq!(unknown["error"]["code"], -32602);
}

#[tokio::test]
async fn nothing_is_mounted_where_nothing_is_named() {
    let (_, store) = filled().await;
    let with = |mcp| HttpSettings::new().mcp(mcp).router(store.clone());
    let routers = [
        featurestore::http::router(store.clone()),
        with(McpSettings::new()).unwrap(),
    ];
    for router in routers {
        let body = call("watch_next", json!({"user_id": "8a2f"}));
        let request = request("localhost").body(Body::from(body.to_string()));
        assert_eq!(answer(&router, request.unwrap()).await.0, 404);
    }
    let unknown = with(McpSettings::new().service("no"));
    assert!(
        unknown
            .unwrap_err()
            .to_string()
            .starts_with("no service `no`")
    );
}

#[tokio::test]
async fn only_named_hosts_and_websites_are_answered() {
    let (_, store) = filled().await;
    let mcp = McpSettings::new().service("watch_next");
    let settings = HttpSettings::new().mcp(mcp).allow_host("features.example");
    let closed = settings.router(store.clone()).unwrap();
    let settings = settings.cors_origin("https://app.example");
    let open = settings.router(store).unwrap();
    let body = call("watch_next", json!({"user_id": "8a2f"}));
    let status = async |router: &Router, host: &str, origin: Option<&str>| {
        let mut request = request(host);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        answer(router, request).await.0
    };
    for host in ["localhost:6566", "127.0.0.1", "[::1]:80"] {
        assert_eq!(status(&closed, host, None).await, 200, "{host}");
    }
    let page = Some("https://app.example");
    assert_eq!(status(&closed, "localhost", page).await, 403);
    assert_eq!(status(&open, "features.example", None).await, 200);
    assert_eq!(status(&open, "evil.example", None).await, 403);
    assert_eq!(
        status(&open, "localhost", Some("https://app.example")).await,
        200
    );
    assert_eq!(
        status(&open, "localhost", Some("https://evil.example")).await,
        403
    );
}

#[tokio::test]
async fn a_store_that_is_down_is_a_result_that_does_not_say_where_it_is() {
    let (memory, store) = filled().await;
    let router = serving(store);
    memory.set_mood(Mood::Unreachable);
    let answer = ask(&router, &call("watch_next", json!({"user_id": "8a2f"}))).await;
    assert_eq!(answer["result"]["isError"], true);
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(
        text.starts_with("the feature store can't answer at the moment"),
        "{text}"
    );
    assert!(!answer.to_string().contains("memory://"));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let (_, store) = filled().await;
    let router = serving(store);
    let body = call(
        "watch_next",
        json!({"user_id": "x".repeat(featurestore::http::MAX_BODY)}),
    );
    let request = request("localhost").body(Body::from(body.to_string()));
    assert_eq!(answer(&router, request.unwrap()).await.0, 413);
}
