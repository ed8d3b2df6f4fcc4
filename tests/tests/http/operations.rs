//! What an operator sees: readiness, metrics, request ids, compression.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use featurestore::online::OnlineStore;
use featurestore_tests::memory::Mood;
use tokio::time::Instant;

use super::{BODY, Service};

// Time stands still but while everything waits, so it is counted exactly.
#[tokio::test(start_paused = true)]
async fn ready_asks_the_online_store_and_says_why_it_is_not() {
    let service = Service::start().await;
    let ready = || service.get("/ready");
    assert_eq!(ready().await, (200, r#"{"status":"ready"}"#.to_owned()));
    for (mood, reason) in [
        (Mood::Unreachable, "the online store does not answer"),
        (Mood::Refuses, "the online store refuses"),
        (
            Mood::Hangs,
            "the online store takes more than 1 s to answer",
        ),
    ] {
        service.memory.set_mood(mood);
        let started = Instant::now();
        let body = format!(r#"{{"status":"not_ready","reason":"{reason}"}}"#);
        assert_eq!(ready().await, (503, body));
        let waited = u64::from(mood == Mood::Hangs);
        assert_eq!(started.elapsed().as_secs(), waited);
    }
    assert_eq!(service.get("/health").await.0, 200);
    service.memory.set_mood(Mood::Works);
    assert_eq!(ready().await.0, 200);
}

/// A scrape by who accepts this: its content type and its text.
async fn scraped(service: &Service, accept: Option<&str>) -> (String, String) {
    let mut request = Request::get("/metrics");
    if let Some(accept) = accept {
        request = request.header("accept", accept);
    }
    let response = service.raw(request.body(Body::empty()).unwrap()).await;
    let content_type = response.headers().get("content-type").unwrap();
    let content_type = content_type.to_str().unwrap().to_owned();
    (
        content_type,
        String::from_utf8(response.into_body()).unwrap(),
    )
}

/// The samples of a scrape, by name and labels; every line must be one, or say what one is, under the
/// name that the format has for it.
fn samples(text: &str, open_metrics: bool) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    let mut helped = Vec::new();
    let mut described: Option<(&str, &str)> = None;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(comment) = line.strip_prefix("# ") {
            let words: Vec<&str> = comment.split(' ').collect();
            match words[0] {
                "HELP" => {
                    assert!(words.len() > 4, "{line}");
                    helped.push(words[1]);
                }
                "TYPE" => {
                    assert_eq!(helped.last(), Some(&words[1]), "{line}");
                    described = Some((words[1], words[2]));
                }
                "UNIT" if open_metrics => assert_eq!(words[2], "seconds"),
                "EOF" if open_metrics => assert_eq!((line, lines.peek()), ("# EOF", None)),
                _ => unreachable!("{line}"),
            }
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with("featurestore_"), "{line}");
        let (family, kind) = described.unwrap();
        let end = name.split('{').next().unwrap().strip_prefix(family);
        let ends: &[&str] = match kind {
            "counter" if open_metrics => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        assert!(ends.contains(&end.unwrap()), "{line} in {kind} {family}");
        assert!(kind != "counter" || open_metrics || family.ends_with("_total"));
        let before = samples.insert(name.to_owned(), value.parse().unwrap());
        assert_eq!(before, None, "{line}");
    }
    samples
}

async fn scrape(service: &Service) -> BTreeMap<String, f64> {
    let (content_type, text) = scraped(service, None).await;
    assert_eq!(content_type, "text/plain; version=0.0.4; charset=utf-8");
    samples(&text, false)
}

#[tokio::test]
async fn the_metrics_are_text_unless_open_metrics_is_asked_for() {
    let service = Service::start().await;
    service.post(BODY).await;
    service.refuse("{}").await;
    let text = "text/plain; version=0.0.4; charset=utf-8";
    let open = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    scrape(&service).await;
    let mut names = Vec::new();
    for (accept, expected) in [
        (None, text),
        (Some("*/*"), text),
        (Some("text/plain"), text),
        (Some("text/html,*/*;q=0.8"), text),
        (Some("application/openmetrics-text;q=0.1,text/plain"), text),
        (Some("application/openmetrics-text"), open),
        (
            Some(
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            ),
            open,
        ),
    ] {
        let (content_type, scraped) = scraped(&service, accept).await;
        assert_eq!(content_type, expected, "{accept:?}");
        let samples = samples(&scraped, expected == open);
        names.push(samples.into_keys().collect::<BTreeSet<_>>());
    }
    assert!(names.iter().all(|samples| *samples == names[0]));
}

/// By Prometheus' own tool, where it is installed.
#[tokio::test]
async fn the_metrics_are_as_prometheus_wants_them() {
    let service = Service::start().await;
    for record in [
        ("watermark", "2026-05-07T21:00:00Z 00000000000000ff"),
        ("outcome", "2026-05-07T21:00:00Z 1200 3"),
    ] {
        let name = format!("{}/watch_activity", record.0);
        service
            .memory
            .swap_record("watch", &name, None, Some(record.1))
            .await
            .unwrap();
    }
    service.post(BODY).await;
    service.refuse("{}").await;
    let (_, text) = scraped(&service, None).await;
    let mut tool = Command::new("promtool");
    tool.args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let Ok(mut tool) = tool.spawn() else {
        println!("there is no promtool, which Debian's package `prometheus` has");
        return;
    };
    tool.stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let checked = tool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&checked.stderr).into_owned()
        + &String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success() && said.is_empty(), "{said}");
}

#[tokio::test]
async fn the_metrics_count_requests_by_route_method_and_status() {
    let service = Service::start().await;
    for _ in 0..3 {
        service.post(BODY).await;
    }
    service
        .post(r#"{"user_id": ["a", "b", "c"], "service": "watch_next"}"#)
        .await;
    service.refuse("{}").await;
    service.get("/services/watch_next?user_id=8a2f").await;
    service.get("/services/sentinel?user_id=sentinel").await;
    service.get("/sentinel/1").await;
    service.get("/sentinel/2").await;
    service
        .call(Method::from_bytes(b"SENTINEL").unwrap(), "/sentinel", "")
        .await;
    service.memory.set_mood(Mood::Unreachable);
    service.refuse(BODY).await;
    service.memory.set_mood(Mood::Works);

    let samples = scrape(&service).await;
    let requests = |route: &str, method: &str, status: u16| {
        let labels = format!(r#"route="{route}",method="{method}",status="{status}""#);
        samples[&format!("featurestore_http_requests_total{{{labels}}}")]
    };
    let features = "/get-online-features";
    assert_eq!(requests(features, "POST", 200), 4.0);
    assert_eq!(requests(features, "POST", 400), 1.0);
    assert_eq!(requests(features, "POST", 503), 1.0);
    assert_eq!(requests("/services/{name}", "GET", 200), 1.0);
    assert_eq!(requests("/services/{name}", "GET", 404), 1.0);
    assert_eq!(requests("unmatched", "GET", 404), 2.0);
    assert_eq!(requests("unmatched", "other", 404), 1.0);
    let durations = "featurestore_http_request_duration_seconds";
    let count = |end: &str| samples[&format!("{durations}_{end}")];
    assert_eq!(count(r#"count{route="/get-online-features"}"#), 6.0);
    assert_eq!(
        count(r#"bucket{le="+Inf",route="/get-online-features"}"#),
        6.0
    );
    assert_eq!(
        samples["featurestore_request_entities_sum"],
        3.0 + 3.0 + 1.0 + 1.0
    );
    assert_eq!(
        samples["featurestore_http_requests_in_flight"], 1.0,
        "the scrape itself"
    );
    let errors = |code: &str| samples[&format!(r#"featurestore_errors_total{{code="{code}"}}"#)];
    assert_eq!(errors("online_store_unavailable"), 1.0);
    assert_eq!(errors("not_found"), 3.0);
    assert_eq!(errors("nothing_asked"), 1.0);
    assert!(
        samples.keys().all(|name| !name.contains("sentinel")),
        "{samples:?}"
    );
    for view in ["last_genre", "title", "user_segment", "watch_activity"] {
        for status in ["found", "null", "expired", "missing"] {
            let labels = format!(r#"view="{view}",status="{status}""#);
            let name = format!("featurestore_feature_values_total{{{labels}}}");
            assert!(samples.contains_key(&name), "{name}");
        }
    }
}

#[tokio::test]
async fn the_metrics_say_what_a_view_is_materialized_up_to() {
    let service = Service::start().await;
    let name = "watermark/watch_activity";
    let record = "2026-05-07T21:00:00.500000Z 00000000000000ff";
    let swap = service
        .memory
        .swap_record("watch", name, None, Some(record));
    assert!(swap.await.unwrap());
    let samples = scrape(&service).await;
    let watermark = r#"featurestore_view_watermark_timestamp_seconds{view="watch_activity"}"#;
    assert_eq!(samples[watermark], 1_778_187_600.5);
    let watermarks = samples.keys().filter(|name| name.contains("watermark"));
    assert_eq!(
        watermarks.count(),
        1,
        "a view that never was materialized has none"
    );
    assert_eq!(samples["featurestore_online_store_up"], 1.0);
}

#[tokio::test]
async fn the_metrics_say_what_the_last_run_of_a_view_took_and_rejected() {
    let service = Service::start().await;
    let name = "outcome/watch_activity";
    let record = "2026-05-07T21:00:00Z 1200 3";
    let swap = service
        .memory
        .swap_record("watch", name, None, Some(record));
    assert!(swap.await.unwrap());
    let samples = scrape(&service).await;
    let sample = |name: &str| {
        let name = format!(r#"featurestore_view_last_run_{name}{{view="watch_activity"}}"#);
        samples[&name]
    };
    assert_eq!((sample("rows"), sample("rejected_rows")), (1200.0, 3.0));
    let others = samples.keys().filter(|name| name.contains("last_run"));
    assert_eq!(others.count(), 2, "a view without a run has none");
}

#[tokio::test(start_paused = true)]
async fn the_metrics_are_there_while_the_online_store_is_not() {
    for mood in [Mood::Unreachable, Mood::Hangs] {
        let service = Service::start().await;
        service.memory.set_mood(mood);
        let started = Instant::now();
        assert_eq!(scrape(&service).await["featurestore_online_store_up"], 0.0);
        assert!(started.elapsed() < Duration::from_secs(2));
        // What was read is shown again, so that scraping costs the store no more.
        let (again, calls) = (Instant::now(), service.memory.calls());
        scrape(&service).await;
        assert_eq!(service.memory.calls(), calls);
        assert_eq!(again.elapsed(), Duration::ZERO);
    }
}

async fn id_of(service: &Service, path: &str, given: Option<&str>) -> String {
    let mut request = Request::get(path);
    if let Some(given) = given {
        request = request.header("x-request-id", given);
    }
    let response = service.raw(request.body(Body::empty()).unwrap()).await;
    let id = response.headers().get("x-request-id").unwrap();
    id.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_answer_has_a_request_id_the_callers_if_it_is_sane() {
    let service = Service::start().await;
    for path in [
        "/health",
        "/services/watch_next?user_id=8a2f",
        "/nothing",
        "/get-online-features",
    ] {
        assert_eq!(
            id_of(&service, path, Some("0190-a.b_C")).await,
            "0190-a.b_C"
        );
        let long = "x".repeat(129);
        for given in [None, Some("two words"), Some("a\"b"), Some(long.as_str())] {
            let (first, second) = (
                id_of(&service, path, given).await,
                id_of(&service, path, given).await,
            );
            assert_ne!(first, second);
            assert!(
                Some(first.as_str()) != given && first.len() >= 10,
                "{first}"
            );
        }
    }
}

#[tokio::test]
async fn a_large_answer_is_compressed_for_who_asks_and_a_small_one_never() {
    let service = Service::start().await;
    let ask = |count: usize, encodings: &str| {
        let ids = vec![r#""8a2f""#; count].join(",");
        Request::post("/get-online-features")
            .header("accept-encoding", encodings)
            .body(Body::from(format!(
                r#"{{"user_id": [{ids}], "service": "watch_next"}}"#
            )))
            .unwrap()
    };
    let encoding = |response: &axum::http::Response<Vec<u8>>| {
        let value = response.headers().get("content-encoding");
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    let plain = service.raw(ask(200, "identity")).await;
    assert_eq!(encoding(&plain), None);
    for encodings in ["gzip", "deflate, gzip;q=0.5, br"] {
        let packed = service.raw(ask(200, encodings)).await;
        assert_eq!(encoding(&packed).as_deref(), Some("gzip"));
        assert_eq!(packed.headers().get("content-length"), None);
        assert!(packed.body().starts_with(&[0x1f, 0x8b]));
        assert!(packed.body().len() * 10 < plain.body().len());
    }
    for (count, encodings) in [(1, "gzip"), (200, "gzip;q=0"), (200, "br")] {
        let response = service.raw(ask(count, encodings)).await;
        assert_eq!(encoding(&response), None, "{count} {encodings}");
    }
}

/// A family's name without what its samples have behind it.
fn family(name: &str) -> &str {
    let ends = ["_total", "_bucket", "_sum", "_count"];
    ends.iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name)
}

#[tokio::test]
async fn every_metric_has_an_alert_in_the_documentation_and_every_alert_its_metric() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(root.join("docs/alerts.md")).unwrap();
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let words = page.split(|character: char| !is_name(character));
    let named: BTreeSet<&str> = words
        .filter(|word| word.starts_with("featurestore_") && *word != "featurestore_")
        .map(family)
        .collect();

    let service = Service::start().await;
    service.post(BODY).await;
    service.refuse("{}").await;
    for sample in scrape(&service).await.keys() {
        let name = family(sample.split('{').next().unwrap());
        assert!(named.contains(name), "docs/alerts.md lacks {name}");
    }
    // Some are there only where a source or a run is.
    let sources = std::fs::read_dir(root.join("featurestore-runtime/src/http")).unwrap();
    let sources = sources
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file());
    let sources: String = sources
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for name in named {
        let name = name.strip_prefix("featurestore_").unwrap();
        let name = name.strip_suffix("_seconds").unwrap_or(name);
        assert!(sources.contains(&format!("\"{name}\"")), "no metric {name}");
    }
}
