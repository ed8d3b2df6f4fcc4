//! Who may ask: tokens, addresses, hosts and pages of other origins.

use axum::body::Body;
use axum::http::{Method, Request};
use featurestore::http::{HttpSettings, ServeError, Server, Tokens};

use super::{BODY, Running, Service, error, store};

const OPS: &str = "token-of-the-operators";
const RANKER: &str = "token-of-the-ranker-1";
const SCRAPER: &str = "token-of-prometheus-1";

fn tokens() -> Tokens {
    let lines = format!("ops {OPS} *\nranker {RANKER} rank_title\nprometheus {SCRAPER} /metrics");
    Tokens::parse("tokens", &lines).unwrap()
}

/// The status and code of a request with an `authorization` header.
async fn ask(
    service: &Service,
    method: Method,
    path: &str,
    authorization: Option<&str>,
) -> (u16, String) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let response = service.raw(request.body(Body::from(BODY)).unwrap()).await;
    let challenge = response.headers().get("www-authenticate");
    let challenge = challenge.map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    assert_eq!(
        challenge.as_deref(),
        (status == 401).then_some("Bearer realm=\"featurestore\"")
    );
    let body = String::from_utf8(response.into_body()).unwrap();
    let code = if status < 400 {
        String::new()
    } else {
        error((status, body)).1
    };
    (status, code)
}

#[tokio::test]
async fn every_route_but_health_and_ready_needs_a_token() {
    let service = Service::with(HttpSettings::new().tokens(tokens())).await;
    let wrong = [
        None,
        Some("Bearer wrong-token-of-nobody"),
        Some("Bearer "),
        Some("Bearer"),
        Some(OPS),
        Some("Basic b3BzOnRva2VuLW9mLXRoZS1vcGVyYXRvcnM="),
        Some("Bearer token-of-the-operator"),
        Some("Bearer token-of-the-operators2"),
    ];
    for authorization in wrong {
        for (method, path) in [
            (Method::POST, "/get-online-features"),
            (Method::GET, "/services/watch_next?user_id=8a2f"),
            (Method::GET, "/metrics"),
            (Method::GET, "/nothing-is-here"),
            (Method::DELETE, "/get-online-features"),
        ] {
            assert_eq!(
                ask(&service, method, path, authorization).await,
                (401, "unauthorized".to_owned()),
                "{path} {authorization:?}"
            );
        }
        for path in ["/health", "/ready"] {
            let (status, _) = ask(&service, Method::GET, path, authorization).await;
            assert_eq!(status, 200, "{path} {authorization:?}");
        }
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let right = format!("{scheme} {OPS}");
        let (status, _) = ask(&service, Method::POST, "/get-online-features", Some(&right)).await;
        assert_eq!(status, 200);
    }
    assert_eq!(
        service.memory.reads(),
        3,
        "nothing was read without a token"
    );
}

#[tokio::test]
async fn the_metrics_need_a_token_that_is_for_them() {
    let service = Service::with(HttpSettings::new().tokens(tokens())).await;
    for (token, expected) in [
        (OPS, (200, String::new())),
        (SCRAPER, (200, String::new())),
        (RANKER, (403, "forbidden".to_owned())),
    ] {
        let authorization = format!("Bearer {token}");
        let answer = ask(&service, Method::GET, "/metrics", Some(&authorization)).await;
        assert_eq!(answer, expected, "{token}");
    }
}

#[tokio::test]
async fn a_token_for_a_service_that_is_not_declared_names_its_line() {
    let (_, store) = store().await;
    let tokens = Tokens::parse("tokens", "# who\nranker token-of-the-ranker-1 rank_titel").unwrap();
    let error = HttpSettings::new()
        .tokens(tokens)
        .router(store)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "tokens: tokens, line 2: `ranker`: no service `rank_titel` (did you mean `rank_title`?); there is: rank_title, watch_next"
    );
}

#[tokio::test]
async fn an_address_that_others_reach_needs_tokens_or_insistence() {
    let (_, store) = store().await;
    for address in ["0.0.0.0:0", "[::]:0"] {
        let error = Server::bind(store.clone(), address).await.unwrap_err();
        assert!(matches!(error, ServeError::NoTokens { .. }));
        assert_eq!(
            error.to_string(),
            format!(
                "{address} can be reached from other machines, and nobody would be asked for a token; name a file of tokens with --tokens, listen on 127.0.0.1:6566, or insist with --insecure-no-tokens"
            )
        );
        let settings = HttpSettings::new().insecure_no_tokens();
        settings.bind(store.clone(), address).await.unwrap();
        let settings = HttpSettings::new().tokens(tokens());
        settings.bind(store.clone(), address).await.unwrap();
    }
    for address in ["127.0.0.1:0", "[::1]:0", "localhost:0"] {
        Server::bind(store.clone(), address).await.unwrap();
    }
}

/// The status of `GET /services/watch_next` with these headers, over a socket.
async fn with_headers(running: &Running, headers: &str) -> String {
    let head = "GET /services/watch_next?user_id=8a2f HTTP/1.1\r\nconnection: close\r\n";
    let answer = running.ask(&format!("{head}{headers}\r\n")).await;
    let status = &answer[9..12];
    let code = answer
        .split(r#""code":""#)
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    code.map_or_else(|| status.to_owned(), |code| format!("{status} {code}"))
}

#[tokio::test]
async fn a_loopback_server_without_tokens_answers_only_to_its_own_names() {
    let settings = HttpSettings::new().allow_host("features.internal");
    let running = Running::start(settings.cors_origin("https://app.example")).await;
    for host in ["localhost", "127.0.0.1:6566", "[::1]", "features.internal"] {
        assert_eq!(
            with_headers(&running, &format!("host: {host}\r\n")).await,
            "200"
        );
    }
    for host in [
        "evil.example",
        "localhost.evil.example:6566",
        "10.0.0.1",
        "",
    ] {
        assert_eq!(
            with_headers(&running, &format!("host: {host}\r\n")).await,
            "403 host_not_allowed",
            "{host}"
        );
    }
    for (origin, expected) in [
        ("http://localhost:3000", "200"),
        ("https://app.example", "200"),
        ("https://evil.example", "403 origin_not_allowed"),
        ("null", "403 origin_not_allowed"),
    ] {
        let headers = format!("host: localhost\r\norigin: {origin}\r\n");
        assert_eq!(with_headers(&running, &headers).await, expected, "{origin}");
    }
    // Who watches over the process may call it by any name.
    let health = "GET /health HTTP/1.1\r\nconnection: close\r\nhost: 10.0.0.1\r\n\r\n";
    assert!(running.ask(health).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_request_of_http_1_1_names_its_host_once() {
    let running = Running::start(HttpSettings::new()).await;
    for (headers, expected) in [
        ("", "400 invalid_host"),
        ("host: localhost\r\nhost: localhost\r\n", "400 invalid_host"),
        (
            "host: localhost\r\nhost: evil.example\r\n",
            "400 invalid_host",
        ),
        ("host: two words\r\n", "400 invalid_host"),
        ("host: someone@localhost\r\n", "400 invalid_host"),
        ("host: localhost:6566\r\n", "200"),
    ] {
        assert_eq!(
            with_headers(&running, headers).await,
            expected,
            "{headers:?}"
        );
    }
    for (head, status) in [
        ("GET /health HTTP/1.1\r\n", "400"),
        ("GET http://localhost/health HTTP/1.1\r\n", "400"),
        (
            "GET http://evil.example/ready HTTP/1.1\r\nhost: localhost\r\n",
            "200",
        ),
        (
            "GET http://evil.example/metrics HTTP/1.1\r\nhost: localhost\r\n",
            "403",
        ),
        ("GET /health HTTP/1.1\r\nhost:\r\n", "200"),
        ("GET /health HTTP/1.0\r\n", "200"),
        ("GET /nothing HTTP/1.1\r\n", "400"),
        ("PUT /get-online-features HTTP/1.1\r\n", "400"),
    ] {
        let answer = running
            .ask(&format!("{head}connection: close\r\n\r\n"))
            .await;
        assert_eq!(&answer[9..12], status, "{head:?}: {answer}");
    }
    // A router is asked by the program that it is part of, which has taken the request.
    let service = Service::start().await;
    assert_eq!(service.get("/health").await.0, 200);
    let twice = Request::get("/health")
        .header("host", "a")
        .header("host", "a");
    let (status, _, body) = service.send(twice.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (status.as_u16(), error((400, body)).1.as_str()),
        (400, "invalid_host")
    );
}

#[tokio::test]
async fn with_tokens_any_name_is_answered_since_a_page_has_none() {
    let running = Running::start(HttpSettings::new().tokens(tokens())).await;
    let headers = format!("host: features.example\r\nauthorization: Bearer {OPS}\r\n");
    assert_eq!(with_headers(&running, &headers).await, "200");
    assert_eq!(
        with_headers(&running, "host: features.example\r\n").await,
        "401 unauthorized"
    );
}

#[tokio::test]
async fn pages_of_other_origins_read_answers_only_where_they_are_let_in() {
    let ask = |method: Method, origin: &str| {
        Request::builder()
            .method(method)
            .uri("/get-online-features")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type",
            )
            .body(Body::from(BODY))
            .unwrap()
    };
    let service = Service::start().await;
    let response = service.raw(ask(Method::POST, "https://app.example")).await;
    assert_eq!(response.headers().get("access-control-allow-origin"), None);

    let settings = HttpSettings::new()
        .tokens(tokens())
        .cors_origin("https://app.example");
    let service = Service::with(settings).await;
    let response = service
        .raw(ask(Method::OPTIONS, "https://app.example"))
        .await;
    assert_eq!(
        response.status(),
        200,
        "a browser asks without the token first"
    );
    for (name, value) in [
        ("access-control-allow-origin", "https://app.example"),
        ("access-control-allow-headers", "authorization,content-type"),
        ("access-control-allow-methods", "GET,POST"),
    ] {
        assert_eq!(response.headers().get(name).unwrap(), value);
    }
    // A page may read why it was refused.
    let response = service.raw(ask(Method::POST, "https://app.example")).await;
    assert_eq!(response.status(), 401);
    assert!(
        response
            .headers()
            .contains_key("access-control-allow-origin")
    );
    let response = service
        .raw(ask(Method::OPTIONS, "https://evil.example"))
        .await;
    assert_eq!(response.headers().get("access-control-allow-origin"), None);
}

#[tokio::test]
async fn an_origin_that_is_none_is_refused() {
    let (_, store) = store().await;
    for origin in [
        "app.example",
        "",
        "https://",
        "https://app.example/",
        "https://a\nb",
    ] {
        let error = HttpSettings::new()
            .cors_origin(origin)
            .router(store.clone())
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with(&format!("cors-origin: `{origin}` is no origin; write")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn answers_are_neither_stored_nor_guessed_about() {
    let service = Service::start().await;
    for (path, body) in [
        ("/get-online-features", BODY),
        ("/get-online-features", "{}"),
    ] {
        let request = Request::post(path).body(Body::from(body)).unwrap();
        let response = service.raw(request).await;
        assert_eq!(response.headers().get("cache-control").unwrap(), "no-store");
        assert_eq!(
            response.headers().get("x-content-type-options").unwrap(),
            "nosniff"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_file_of_tokens_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tokens");
    std::fs::write(&path, format!("ops {OPS} *\n")).unwrap();
    for (mode, warned) in [(0o644, true), (0o640, true), (0o600, false)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let log = super::logs::Log::default();
        tracing::subscriber::with_default(log.subscriber(), || Tokens::from_file(&path)).unwrap();
        let text = log.text();
        assert_eq!(text.contains("others can read"), warned, "{mode:o}: {text}");
        assert!(!text.contains(OPS), "{text}");
    }
    let missing = directory.path().join("missing");
    let message = Tokens::from_file(&missing).unwrap_err().to_string();
    assert!(
        message.starts_with(&format!("tokens: {}: No such file", missing.display())),
        "{message}"
    );
}

#[tokio::test]
async fn a_cookies_token_counts_where_there_is_no_header() {
    let service = Service::with(HttpSettings::new().tokens(tokens())).await;
    let ask = async |cookie: &str, authorization: Option<&str>| {
        let request = Request::post("/get-online-features").header("cookie", cookie);
        let request = match authorization {
            Some(authorization) => request.header("authorization", authorization),
            None => request,
        };
        let response = service.raw(request.body(Body::from(BODY)).unwrap()).await;
        response.status().as_u16()
    };
    let right = format!("a=b; featurestore_token={OPS}");
    assert_eq!(ask(&right, None).await, 200);
    // It is limited as the same token in a header is.
    let limited = format!("featurestore_token={RANKER}");
    assert_eq!(ask(&limited, None).await, 404);
    assert_eq!(ask(&right, Some("Bearer wrong-token-of-nobody")).await, 401);
    for other in [
        "",
        "featurestore_token=",
        "not_featurestore_token=",
        "token=",
    ] {
        let cookie = format!("{other}{}", if other.starts_with('f') { "" } else { OPS });
        assert_eq!(ask(&cookie, None).await, 401, "{cookie}");
    }
}
