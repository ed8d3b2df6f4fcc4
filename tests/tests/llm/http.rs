//! The Model Context Protocol over HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use featurestore::http::{HttpSettings, Tokens};
use featurestore::mcp::McpSettings;
use featurestore::prelude::*;
use featurestore_tests::PATIENCE;
use featurestore_tests::memory::Mood;
use rmcp::ServiceExt;
use rmcp::model::CallToolRequestParams;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::filled;

const OPS: &str = "token-of-the-operators";
const RANKER: &str = "token-of-the-ranker-1";

/// Settings that expose just one service.
fn one() -> HttpSettings {
    HttpSettings::new().mcp(McpSettings::new().service("watch_next"))
}

/// Settings that expose two services, one of them to each caller but the operators, who get both.
fn with_tokens() -> HttpSettings {
    let lines = format!("ops {OPS} *\nranker {RANKER} rank_title");
    let services = McpSettings::new()
        .service("watch_next")
        .service("rank_title");
    HttpSettings::new()
        .mcp(services)
        .tokens(Tokens::parse("tokens", &lines).unwrap())
}

fn transport(
    config: StreamableHttpClientTransportConfig,
) -> StreamableHttpClientTransport<reqwest::Client> {
    let client = reqwest::Client::new();
    StreamableHttpClientTransport::with_client(client, config)
}

async fn answer(router: &Router, headers: &[(&str, &str)], body: &Json) -> (u16, String) {
    let mut request = Request::post("/mcp")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-06-18");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn ask(router: &Router, body: &Json) -> Json {
    let (status, body) = answer(router, &[("host", "localhost:6566")], body).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

fn call(name: &str, arguments: Json) -> Json {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}})
}

/// A server until the test ends: the address of its protocol.
async fn serve(settings: HttpSettings, store: FeatureStore) -> String {
    let server = settings.bind(store, "127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", server.local_addr());
    tokio::spawn(server.run(std::future::pending()));
    url
}

#[tokio::test]
async fn the_librarys_client_is_answered() {
    let (_, store) = filled().await;
    let url = serve(one(), store).await;
    let config = StreamableHttpClientTransportConfig::with_uri(url);
    let client = ().serve(transport(config)).await.unwrap();
    assert_eq!(client.list_all_tools().await.unwrap().len(), 1);
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
async fn a_token_decides_which_tools_a_client_gets() {
    let (_, store) = filled().await;
    let url = serve(with_tokens(), store).await;
    for (token, names) in [
        (OPS, &["rank_title", "watch_next"][..]),
        (RANKER, &["rank_title"]),
    ] {
        let config = StreamableHttpClientTransportConfig::with_uri(url.as_str()).auth_header(token);
        let client = ().serve(transport(config)).await.unwrap();
        let tools = client.list_all_tools().await.unwrap();
        let listed: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
        assert_eq!(listed, names);
        let call = CallToolRequestParams::new("watch_next")
            .with_arguments(json!({"user_id": "8a2f"}).as_object().cloned().unwrap());
        let called = client.call_tool(call).await;
        assert_eq!(called.is_ok(), token == OPS, "{called:?}");
        client.cancel().await.unwrap();
    }
    let none = StreamableHttpClientTransportConfig::with_uri(url);
    assert!(().serve(transport(none)).await.is_err());
}

#[tokio::test]
async fn a_request_without_a_token_is_refused_as_everywhere() {
    let (_, store) = filled().await;
    let router = with_tokens().router(store).unwrap();
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let (status, body) = answer(&router, &[], &list).await;
    assert_eq!(status, 401);
    assert!(body.contains("\"error\""), "{body}");
    let bearer = format!("Bearer {RANKER}");
    let headers = [
        ("host", "features.example"),
        ("authorization", bearer.as_str()),
    ];
    assert_eq!(answer(&router, &headers, &list).await.0, 200);
}

#[tokio::test]
async fn a_request_is_answered_by_itself_in_json() {
    let (_, store) = filled().await;
    let router = one().router(store).unwrap();
    let answer = ask(&router, &call("watch_next", json!({"user_id": "8a2f"}))).await;
    assert_eq!(answer["result"]["structuredContent"]["watch_count_30d"], 47);
    let unknown = ask(&router, &call("rank_title", json!({}))).await;
    assert_eq!(unknown["error"]["code"], -32602);
}

/// Time stands still but while everything waits. There is place for one request, and it is free again
/// each time; what answers is the tool, which a model reads, and not what is around the request.
#[tokio::test(start_paused = true)]
async fn a_call_that_exceeds_its_time_is_answered_as_one_and_makes_room_for_the_next() {
    let (memory, store) = filled().await;
    let limit = Duration::from_secs(7);
    let settings = one().request_time(limit).max_requests(1);
    let router = settings.router(store).unwrap();
    let call = call("watch_next", json!({"user_id": "8a2f"}));
    for _ in 0..2 {
        memory.set_mood(Mood::Hangs);
        let started = tokio::time::Instant::now();
        let answer = tokio::time::timeout(PATIENCE, ask(&router, &call)).await;
        let answer = answer.unwrap();
        assert!(started.elapsed() < limit, "{:?}", started.elapsed());
        assert_eq!(answer["id"], 1);
        assert_eq!(answer["result"]["isError"], true);
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        assert!(text.contains("try it again later"), "{text}");
        memory.set_mood(Mood::Works);
        let answer = ask(&router, &call).await;
        assert_eq!(answer["result"]["structuredContent"]["watch_count_30d"], 47);
    }
}

#[tokio::test]
async fn what_is_answered_is_counted_by_view() {
    let (_, store) = filled().await;
    let router = one().router(store).unwrap();
    ask(&router, &call("watch_next", json!({"user_id": "8a2f"}))).await;
    ask(&router, &call("watch_next", json!({"user_id": "b13c"}))).await;
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let text = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let text = String::from_utf8(text.to_vec()).unwrap();
    for status in ["found", "expired"] {
        let counted = text.lines().any(|line| {
            line.contains("watch_activity") && line.contains(status) && line.ends_with(" 1")
        });
        assert!(counted, "{status}: {text}");
    }
}

#[tokio::test]
async fn nothing_is_there_where_nothing_is_named() {
    let (_, store) = filled().await;
    let routers = [
        featurestore::http::HttpSettings::new()
            .router(store.clone())
            .unwrap(),
        HttpSettings::new()
            .mcp(McpSettings::new())
            .router(store.clone())
            .unwrap(),
    ];
    for router in routers {
        let body = call("watch_next", json!({"user_id": "8a2f"}));
        assert_eq!(answer(&router, &[], &body).await.0, 404);
    }
    let unknown = HttpSettings::new().mcp(McpSettings::new().service("no"));
    let error = unknown.router(store).unwrap_err().to_string();
    assert!(error.starts_with("no service `no`"), "{error}");
}

#[tokio::test]
async fn without_tokens_no_website_is_answered_that_was_not_let_in() {
    let (_, store) = filled().await;
    let settings = one().allow_host("features.example");
    let settings = settings.cors_origin("https://app.example");
    let router = settings.router(store).unwrap();
    let body = call("watch_next", json!({"user_id": "8a2f"}));
    for (host, origin, status) in [
        ("localhost:6566", None, 200),
        ("features.example", None, 200),
        ("evil.example", None, 403),
        ("localhost", Some("https://app.example"), 200),
        ("localhost", Some("https://evil.example"), 403),
    ] {
        let mut headers = vec![("host", host)];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let got = answer(&router, &headers, &body).await;
        assert_eq!(got.0, status, "{host} {origin:?}: {}", got.1);
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_a_result_that_does_not_say_where_it_is() {
    let (memory, store) = filled().await;
    let router = one().router(store).unwrap();
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
async fn the_limits_of_all_routes_are_its_limits() {
    let (_, store) = filled().await;
    let router = one().max_body(1_000).router(store).unwrap();
    let body = call("watch_next", json!({"user_id": "x".repeat(1_000)}));
    assert_eq!(answer(&router, &[], &body).await.0, 413);
}

#[test]
fn what_is_logged_has_no_line_per_request_and_no_key() {
    let serve = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--mcp-service",
        "watch_next",
    ];
    for level in ["info", "debug"] {
        let mut process = Command::new(env!("CARGO_BIN_EXE_watch"))
            .args(serve)
            .args(["--log-level", level])
            .env_remove("FEATURESTORE_ONLINE")
            .env_remove("FEATURESTORE_DATA_ROOT")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let (_, address) = line.split_once("http://").unwrap();
        let (address, _) = address.split_once(',').unwrap();
        let body = call("watch_next", json!({"user_id": "8a2f"})).to_string();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST /mcp HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("power_user"), "{answer}");
        process.kill().unwrap();
        let log = process.wait_with_output().unwrap().stderr;
        let log = String::from_utf8(log).unwrap();
        assert!(!log.contains("rmcp") && !log.contains("8a2f"), "{log}");
        assert_eq!(log.is_empty(), level == "info", "{log}");
    }
}
