//! The description is valid, and true to what is taken and answered.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value as Json, json};

use super::{Answer, Service};

const POST: &str = "/get-online-features";

/// The service and its description.
struct Described {
    service: Service,
    document: Json,
}

impl Described {
    async fn start() -> Self {
        let service = Service::start().await;
        let answer = service.get("/openapi.json").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("content-type"), "application/json");
        Self {
            document: answer.json(),
            service,
        }
    }

    /// What is wrong with a value under a schema of the document.
    fn mistakes(&self, schema: &Json, value: &Json) -> Vec<String> {
        let mut schema = schema.clone();
        schema["components"] = self.document["components"].clone();
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap();
        let mistakes = validator.iter_errors(value);
        mistakes
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }

    fn operation(&self, path: &str, method: &str) -> &Json {
        let operation = &self.document["paths"][path][method];
        assert!(operation.is_object(), "{method} {path} is not described");
        operation
    }

    /// The schema of the bodies that are posted.
    fn body(&self) -> &Json {
        &self.operation(POST, "post")["requestBody"]["content"]["application/json"]["schema"]
    }

    /// Checks an answer against what an operation says of its status.
    fn check(&self, operation: &Json, answer: &Answer) {
        let status = answer.status.as_u16().to_string();
        let mut response = &operation["responses"][&status];
        if let Some(reference) = response["$ref"].as_str() {
            response = self.document.pointer(&reference[1..]).unwrap();
        }
        assert!(
            response.is_object(),
            "{status} is not described: {}",
            answer.body
        );
        let content = &response["content"][answer.header("content-type")];
        let mistakes = self.mistakes(&content["schema"], &answer.json());
        assert!(mistakes.is_empty(), "{}: {mistakes:#?}", answer.body);
    }

    /// Posts a body, and checks that its answer is one that is described.
    async fn post(&self, body: &Json) -> Answer {
        let answer = self.service.post(body).await;
        self.check(self.operation(POST, "post"), &answer);
        answer
    }
}

#[tokio::test]
async fn the_document_is_valid_openapi_3_1() {
    let described = Described::start().await;
    let schema = serde_json::from_str(include_str!("openapi/schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mistakes: Vec<String> = validator
        .iter_errors(&described.document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    let schemas = described.document["components"]["schemas"]
        .as_object()
        .unwrap();
    assert!(schemas.len() > 20, "{}", schemas.len());
    for (name, schema) in schemas {
        let valid = jsonschema::draft202012::meta::validate(schema);
        assert!(valid.is_ok(), "{name}: {valid:?}");
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Json, found: &mut Vec<&'a str>) {
        match value {
            Json::Object(object) => {
                found.extend(object.get("$ref").and_then(Json::as_str));
                object.values().for_each(|value| references(value, found));
            }
            Json::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let described = Described::start().await;
    let mut found = Vec::new();
    references(&described.document, &mut found);
    assert!(found.len() > 50, "{}", found.len());
    for reference in found {
        let target = described.document.pointer(&reference[1..]);
        assert!(target.is_some(), "{reference}");
    }
}

/// What generators of clients and linters stumble over, though the specification allows it.
#[tokio::test]
async fn generators_of_clients_take_every_schema_and_name() {
    fn look(at: &str, value: &Json, titles: &mut Vec<String>) {
        match value {
            Json::Object(object) => {
                if object.get("type") == Some(&json!("array")) {
                    assert!(object.contains_key("items"), "{at}: an array without items");
                }
                if object.contains_key("const") {
                    assert!(object.contains_key("type"), "{at}: a const without a type");
                }
                titles.extend(
                    object
                        .get("title")
                        .and_then(Json::as_str)
                        .map(str::to_owned),
                );
                for (name, value) in object {
                    look(&format!("{at}/{name}"), value, titles);
                }
            }
            Json::Array(values) => values.iter().for_each(|value| look(at, value, titles)),
            _ => {}
        }
    }
    let described = Described::start().await;
    let document = &described.document;
    let mut titles = Vec::new();
    look("", &document["components"], &mut titles);
    look("", &document["paths"], &mut titles);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths
        .values()
        .flat_map(|path| path.as_object().unwrap().values());
    // An operation's parameters become one more type.
    let operations = operations.flat_map(|operation| {
        let id = operation["operationId"].as_str().unwrap();
        [id.to_owned(), format!("{id}Request")]
    });
    let mut names: Vec<String> = schemas
        .keys()
        .cloned()
        .chain(operations)
        .chain(titles)
        .map(|name| {
            name.to_lowercase()
                .replace(|c: char| !c.is_alphanumeric(), "")
        })
        .collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "{names:#?}");
    assert_eq!(document["servers"][0]["url"], ".");
}

#[tokio::test]
async fn every_example_is_answered_as_it_is_described() {
    let described = Described::start().await;
    let operation = described.operation(POST, "post");
    let content = &operation["requestBody"]["content"]["application/json"];
    let examples = content["examples"].as_object().unwrap();
    assert!(examples.len() >= 11, "{}", examples.len());
    for (name, example) in examples {
        let body = &example["value"];
        let mistakes = described.mistakes(described.body(), body);
        assert!(mistakes.is_empty(), "{name}: {body}: {mistakes:#?}");
        let answer = described.post(body).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
    }
    let paths = described.document["paths"].as_object().unwrap();
    let services = paths
        .iter()
        .filter(|(path, _)| path.starts_with("/services/"));
    let mut asked = 0;
    for (path, item) in services {
        let parameters = item["get"]["parameters"].as_array().unwrap();
        let keys = parameters.iter().filter_map(|parameter| {
            let example = parameter.get("example")?;
            let text = example.as_str().map_or(example.to_string(), str::to_owned);
            let mistakes = described.mistakes(&parameter["schema"], example);
            assert!(mistakes.is_empty(), "{mistakes:#?}");
            Some(format!("{}={text}", parameter["name"].as_str().unwrap()))
        });
        let query: Vec<String> = keys.collect();
        let answer = described
            .service
            .get(&format!("{path}?{}", query.join("&")))
            .await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        described.check(&item["get"], &answer);
        let answered = &item["get"]["responses"]["200"]["content"]["application/json"];
        let mistakes = described.mistakes(&answered["schema"], &answered["example"]);
        assert!(mistakes.is_empty(), "{path}: {mistakes:#?}");
        asked += 1;
    }
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn real_answers_are_as_they_are_described() {
    let described = Described::start().await;
    let every = "every-dtype.x";
    let columns = [
        "yes",
        "tiny",
        "large",
        "unsigned",
        "single",
        "double",
        "text",
        "bytes",
        "instant",
        "day",
        "segment",
        "price",
        "device",
        "scores",
        "names",
        "embedding",
        "document",
    ];
    let every: Vec<String> = columns
        .iter()
        .map(|name| format!("{every}:{name}"))
        .collect();
    for body in [
        json!({ "title_id": 1, "features": every, "metadata": true }),
        json!({ "title_id": 2, "features": every, "metadata": true }),
        json!({ "title_id": [1, 2, 3], "features": ["double", "scores"] }),
        json!({ "user_id": "8a2f", "service": "watch_next", "metadata": true }),
        // Rows that were pushed are not checked, and a default need not satisfy a check.
        json!({ "user_id": ["low", "old", "nobody"], "service": "watch_next", "metadata": true }),
        json!({ "user_id": "8a2f", "title_id": [1, 2], "service": "rank_title" }),
        json!({ "user_id": "8a2f", "title_id": 1, "features": ["opinion:single", "every-dtype.x:single"] }),
    ] {
        let mistakes = described.mistakes(described.body(), &body);
        assert!(mistakes.is_empty(), "{body}: {mistakes:#?}");
        let answer = described.post(&body).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.body);
    }
    // A name that is not asked for is not described.
    let schema = json!({ "$ref": "#/components/schemas/OneAnswer" });
    let wrong = json!({ "title_id": 1, "features": { "nothing": 1 } });
    assert!(!described.mistakes(&schema, &wrong).is_empty());
    let wrong = json!({ "title_id": 1, "features": { "day": "yesterday" } });
    assert!(!described.mistakes(&schema, &wrong).is_empty());
}

#[tokio::test]
async fn an_entity_that_could_not_be_read_is_described() {
    let described = Described::start().await;
    described.service.memory.damage_at("streaming:user_id:8a2f");
    let body = json!({ "user_id": ["8a2f", "old"], "service": "watch_next" });
    let answer = described.post(&body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json()["results"][0]["error"]["code"],
        "unreadable_row"
    );
    let body = json!({ "user_id": "8a2f", "service": "watch_next" });
    assert_eq!(described.post(&body).await.status, 500);
}

#[tokio::test]
async fn what_the_description_refuses_is_refused_as_it_says() {
    let described = Described::start().await;
    for (body, code) in [
        (json!([]), "not_an_object"),
        (json!({ "user_id": "8a2f" }), "nothing_asked"),
        (json!({ "user_id": "8a2f", "features": [] }), "no_features"),
        (
            json!({ "user_id": "8a2f", "features": ["finished", "finished"] }),
            "repeated_feature",
        ),
        (
            json!({ "user_id": "8a2f", "features": ["finishd"] }),
            "unknown_feature",
        ),
        (
            json!({ "user_id": "8a2f", "features": ["word:comment"] }),
            "unknown_view",
        ),
        (
            json!({ "user_id": "8a2f", "service": "watch_nxt" }),
            "unknown_service",
        ),
        (
            json!({ "user_id": 7, "service": "watch_next" }),
            "invalid_join_key",
        ),
        (
            json!({ "user_id": [], "service": "watch_next" }),
            "no_entities",
        ),
        (json!({ "service": "watch_next" }), "missing_join_key"),
        (
            json!({ "user_id": "8a2f", "service": "watch_next", "metadata": 1 }),
            "invalid_field",
        ),
        (
            json!({ "user_id": "8a2f", "service": "watch_next", "meta": true }),
            "unknown_field",
        ),
        (
            json!({ "title_id": 9_223_372_036_854_775_808_u64, "features": ["day"] }),
            "invalid_join_key",
        ),
        (
            json!({ "title_id": vec![1; 1_001], "features": ["day"] }),
            "too_many_entities",
        ),
        // Both views have it, and both can be read with these keys.
        (
            json!({ "user_id": "8a2f", "title_id": 1, "features": ["single"] }),
            "ambiguous_feature",
        ),
    ] {
        let mistakes = described.mistakes(described.body(), &body);
        assert!(!mistakes.is_empty(), "{body} is described, and refused");
        let answer = described.post(&body).await;
        assert_eq!(answer.json()["error"]["code"], code, "{body}");
    }
    let path = "/services/watch_next";
    for (query, code) in [
        ("", "missing_join_key"),
        ("?user_id=8a2f&metadata=1", "invalid_field"),
        ("?user_id=8a2f&user_id=b", "repeated_field"),
        ("?user_id=8a2f&features=x", "features_and_service"),
    ] {
        let answer = described.service.get(&format!("{path}{query}")).await;
        described.check(described.operation(path, "get"), &answer);
        assert_eq!(answer.json()["error"]["code"], code, "{query}");
    }
    described
        .service
        .memory
        .set_mood(featurestore_tests::memory::Mood::Unreachable);
    let body = json!({ "user_id": "8a2f", "service": "watch_next" });
    assert_eq!(described.post(&body).await.status, 503);
}

#[tokio::test]
async fn a_document_that_is_known_is_not_sent_again() {
    let service = Service::start().await;
    let answer = service.get("/openapi.json").await;
    let tag = answer.header("etag").to_owned();
    assert!(
        tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2,
        "{tag}"
    );
    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\", {tag}"),
        "*".to_owned(),
    ] {
        let request = Request::get("/openapi.json").header("if-none-match", &known);
        let again = service.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (again.status.as_u16(), again.body.as_str()),
            (304, ""),
            "{known}"
        );
        assert_eq!(again.header("etag"), tag);
        for name in ["vary", "cache-control"] {
            assert_eq!(again.header(name), answer.header(name), "{name}");
        }
    }
    assert_eq!(answer.header("vary"), "accept-encoding");
    let request = Request::get("/openapi.json").header("if-none-match", "\"other\"");
    let other = service.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn each_form_of_the_document_has_a_tag_of_its_own() {
    let service = Service::start().await;
    let ask = async |encodings: &str, known: &[&str]| {
        let mut request = Request::get("/openapi.json").header("accept-encoding", encodings);
        for known in known {
            request = request.header("if-none-match", *known);
        }
        let answer = service.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("vary"), "accept-encoding");
        let header = |name| answer.header(name).to_owned();
        (
            answer.status.as_u16(),
            header("etag"),
            header("content-encoding"),
        )
    };
    let (_, plain, none) = ask("identity", &[]).await;
    let (_, packed, gzip) = ask("gzip", &[]).await;
    assert_eq!((none.as_str(), gzip.as_str()), ("", "gzip"));
    assert_ne!(plain, packed);
    for (encodings, known, status) in [
        ("gzip", &[packed.as_str()][..], 304),
        ("gzip", &[&plain], 200),
        ("gzip", &["\"other\"", &packed], 304),
        ("identity", &[&plain], 304),
        ("identity", &[&packed], 200),
        ("identity;q=0", &[], 200),
    ] {
        let answer = ask(encodings, known).await;
        assert_eq!(answer.0, status, "{encodings} {known:?}");
        let tag = if encodings == "gzip" { &packed } else { &plain };
        assert_eq!(&answer.1, tag, "{encodings} {known:?}");
    }
}

#[tokio::test]
async fn the_page_of_the_description_has_no_script_in_its_text() {
    let service = Service::start().await;
    let page = service.get("/docs/").await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-security-policy")
            .contains("script-src 'self';")
    );
    assert!(
        page.body.contains("<script src=\"docs.js\"></script>"),
        "{}",
        page.body
    );
    for file in [
        "docs.js",
        "swagger-ui-bundle.js",
        "swagger-ui.css",
        "favicon-32x32.png",
    ] {
        let answer = service.get(&format!("/docs/{file}")).await;
        assert_eq!(answer.status, 200, "{file}");
    }
    assert_eq!(service.get("/docs").await.header("location"), "docs/");
    assert_eq!(service.get("/docs/index.html").await.status, 404);
}

#[tokio::test]
async fn what_reads_no_features_is_answered_as_it_is_described() {
    let described = Described::start().await;
    for path in ["/health", "/ready"] {
        let answer = described.service.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        described.check(described.operation(path, "get"), &answer);
    }
    let answer = described.service.get("/metrics").await;
    let metrics = &described.operation("/metrics", "get")["responses"]["200"]["content"];
    let content_type = answer.header("content-type");
    assert!(metrics[content_type].is_object(), "{content_type}");
    described
        .service
        .memory
        .set_mood(featurestore_tests::memory::Mood::Unreachable);
    let answer = described.service.get("/ready").await;
    assert_eq!(answer.status, 503);
    described.check(described.operation("/ready", "get"), &answer);
}
