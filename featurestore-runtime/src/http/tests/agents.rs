//! Over HTTP a request gets what it is granted, and no more.

#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::{Extension, Router};
use featurestore_schema::Dtype;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::http::agents::routes;
use crate::http::limits::Limits;
use crate::http::serving::Serving;
use crate::key::KeyPart;
use crate::mcp::{McpServer, McpSettings};
use crate::registry::{Entry, Registry};
use crate::service::{FeatureParts, FieldParts, ServiceDefinition, ServiceParts};
use crate::serving::Grant;
use crate::store::FeatureStore;
use crate::view::{ColumnDefinition, ColumnParts, Drift, ViewDefinition, ViewParts, plain};

const fn column(name: &'static str) -> ColumnDefinition {
    ColumnDefinition::new(ColumnParts {
        name,
        source_column: name,
        ..plain::COLUMN
    })
}

static VIEW: ViewDefinition = ViewDefinition::new(ViewParts {
    columns: &[column("public"), column("secret")],
    drift: Drift::Allow,
    ..plain::VIEW
});

static KEY: [KeyPart; 1] = [KeyPart::unnamed(Dtype::String)];

const fn service(name: &'static str, fields: &'static [FieldParts]) -> ServiceDefinition {
    ServiceDefinition::new(ServiceParts {
        type_name: "Service",
        module: "tests",
        name,
        description: "",
        owner: None,
        tags: &[],
        key: &KEY,
        views: &[|| &VIEW],
        fields,
        evaluate: None,
    })
}

const fn feature(name: &'static str, column: usize) -> FieldParts {
    FieldParts::Column(FeatureParts {
        name,
        description: "",
        view: 0,
        column,
        default: None,
        private: false,
    })
}

static OPEN: ServiceDefinition = service("open", &[feature("public", 0)]);
static CLOSED: ServiceDefinition = service("closed", &[feature("secret", 1)]);
static UNNAMED: ServiceDefinition = service("unnamed", &[feature("secret", 1)]);

/// The routes over services of which `unnamed` is not exposed, for a caller with a grant.
fn router(grant: Option<Grant>, directory: &std::path::Path) -> Router {
    let entries = [
        Entry::View(|| &VIEW),
        Entry::Service(|| &OPEN),
        Entry::Service(|| &CLOSED),
        Entry::Service(|| &UNNAMED),
    ];
    let store = FeatureStore::builder("tests")
        .registry(Registry::new(entries))
        .online(format!("embedded:{}", directory.join("o.redb").display()))
        .open_unchecked()
        .unwrap();
    let settings = McpSettings::new().service("open").service("closed");
    let server = McpServer::new(store.clone(), &settings).unwrap();
    let serving = Arc::new(Serving::new(store, Limits::default()));
    let routes: Router = routes(server, &serving);
    match grant {
        Some(grant) => routes.layer(Extension(grant)),
        None => routes,
    }
}

async fn ask(router: &Router, method: &str, params: Json) -> Json {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let request = Request::post("/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

fn names(answer: &Json, list: &str, name: &str) -> Vec<String> {
    let items = answer["result"][list].as_array().unwrap();
    let names = items.iter().filter_map(|item| item[name].as_str());
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_grant_decides_what_is_listed_read_and_called() {
    let directory = tempfile::tempdir().unwrap();
    let grant = Grant::services(["open".to_owned(), "unnamed".to_owned()]);
    let router = router(Some(grant), directory.path());
    let tools = ask(&router, "tools/list", json!({})).await;
    assert_eq!(names(&tools, "tools", "name"), ["open"]);
    let resources = ask(&router, "resources/list", json!({})).await;
    assert_eq!(
        names(&resources, "resources", "uri"),
        ["featurestore://services/open", "featurestore://views/view"]
    );
    let uri = json!({"uri": "featurestore://views/view"});
    let view = ask(&router, "resources/read", uri).await;
    let text = view["result"]["contents"][0]["text"].as_str().unwrap();
    assert!(
        text.contains("public") && !text.contains("secret"),
        "{text}"
    );
    for name in ["closed", "unnamed"] {
        let call = json!({"name": name, "arguments": {"user_id": "8a2f"}});
        let refused = ask(&router, "tools/call", call).await;
        assert_eq!(
            refused["error"]["message"], "no such tool; there is: open",
            "{name}"
        );
        let uri = json!({"uri": format!("featurestore://services/{name}")});
        let refused = ask(&router, "resources/read", uri).await;
        assert_eq!(refused["error"]["code"], -32002, "{refused}");
    }
    let call = json!({"name": "open", "arguments": {"user_id": "8a2f"}});
    let answer = ask(&router, "tools/call", call).await;
    assert_eq!(answer["result"]["structuredContent"]["public"], Json::Null);
}

#[tokio::test]
async fn what_is_exposed_is_all_that_is_ever_granted() {
    let directory = tempfile::tempdir().unwrap();
    let router = router(Some(Grant::all()), directory.path());
    let tools = ask(&router, "tools/list", json!({})).await;
    assert_eq!(names(&tools, "tools", "name"), ["closed", "open"]);
}

#[tokio::test]
async fn a_request_without_a_grant_gets_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let router = router(None, directory.path());
    let tools = ask(&router, "tools/list", json!({})).await;
    assert_eq!(names(&tools, "tools", "name"), Vec::<String>::new());
    let resources = ask(&router, "resources/list", json!({})).await;
    assert_eq!(names(&resources, "resources", "uri"), Vec::<String>::new());
}

#[tokio::test]
async fn who_takes_json_anything_or_says_nothing_is_answered_in_json() {
    let directory = tempfile::tempdir().unwrap();
    let router = router(Some(Grant::all()), directory.path());
    for (accept, status) in [
        (Some("application/json"), 200),
        (Some("text/html, */*;q=0.1"), 200),
        (Some(""), 200),
        (None, 200),
        (Some("text/html"), 406),
    ] {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}});
        let mut request = Request::post("/mcp")
            .header("host", "localhost")
            .header("content-type", "application/json");
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{accept:?}");
    }
}
