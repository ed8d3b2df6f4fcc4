//! `serve` with a collector of traces.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use featurestore_tests::PATIENCE;

use super::serve::Served;

/// What a collector got: the path and the body of each request.
fn collect(listener: TcpListener) -> mpsc::Receiver<(String, Vec<u8>)> {
    let (sender, received) = mpsc::channel();
    let answer = move |stream: TcpStream| {
        let mut reader = BufReader::new(stream);
        loop {
            let (mut path, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or_default() == 0 {
                    return;
                }
                let line = line.trim_end().to_lowercase();
                if let Some(rest) = line.strip_prefix("post ") {
                    path = rest.split(' ').next().unwrap().to_owned();
                } else if let Some(rest) = line.strip_prefix("content-length: ") {
                    length = rest.parse().unwrap();
                } else if line.is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
            reader.get_mut().write_all(head.as_bytes()).unwrap();
            let _ = sender.send((path, body));
        }
    };
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = answer.clone();
            std::thread::spawn(move || answer(stream.unwrap()));
        }
    });
    received
}

#[test]
fn a_requests_span_goes_to_the_collector_as_a_child_of_the_callers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let collected = collect(listener);
    let served = Served::with(&[], |command| {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint);
    });
    let (trace, parent) = ([0x4b; 16], [0xa3; 8]);
    let headers = format!(
        "traceparent: 00-{}-{}-01\r\nx-request-id: id-of-this-one\r\n",
        "4b".repeat(16),
        "a3".repeat(8)
    );
    let body = r#"{"user_id": "sentinel", "service": "watch_next"}"#;
    let answer = served.ask("POST", "/get-online-features", &headers, body);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // What is left is sent when it stops.
    assert_eq!(served.stop("-TERM"), "");
    let (path, sent) = collected.recv_timeout(PATIENCE).unwrap();
    assert_eq!(path, "/v1/traces");
    let has = |part: &[u8]| sent.windows(part.len()).any(|window| window == part);
    for part in [
        &trace[..],
        &parent,
        b"POST /get-online-features",
        b"http.route",
        b"id-of-this-one",
        b"watch",
    ] {
        assert!(has(part), "{}", String::from_utf8_lossy(part));
    }
    assert!(!has(b"sentinel"));
}

#[test]
fn a_collector_that_is_down_keeps_nobody_from_features() {
    let served = Served::with(&[], |command| {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    });
    let answer = served.ask("GET", "/services/watch_next?user_id=8a2f", "", "");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let log = served.stop("-TERM");
    assert!(
        log.contains(" ERROR opentelemetry") && log.contains("ExportError"),
        "{log}"
    );
    assert!(!log.contains("8a2f"), "{log}");
}

#[test]
fn a_collector_over_tls_needs_a_program_that_is_built_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let online = format!(
        "embedded:{}",
        directory.path().join("online.redb").display()
    );
    let ran: super::Ran = super::watch(&["--online", &online, "serve", "--listen", "127.0.0.1:0"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "https://127.0.0.1:1")
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.code, Some(1));
    let expected = "OTEL_EXPORTER_OTLP_ENDPOINT: a collector is asked over TLS with the cargo feature `otel-tls`";
    assert!(ran.err.contains(expected), "{}", ran.err);
}

#[test]
fn a_request_that_no_route_is_for_has_no_route() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let collected = collect(listener);
    let served = Served::with(&[], |command| {
        command
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)
            .env("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    });
    let answer = served.ask("GET", "/nothing-is-here", "", "");
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    assert_eq!(served.stop("-TERM"), "");
    let (_, sent) = collected
        .recv_timeout(std::time::Duration::from_secs(5))
        .unwrap();
    let text = String::from_utf8_lossy(&sent);
    assert!(text.contains("http.request.method"), "{text}");
    for none in ["http.route", "unmatched", "nothing-is-here"] {
        assert!(!text.contains(none), "{none}: {text}");
    }
}

#[test]
fn a_protocol_that_spans_are_not_sent_in_is_refused_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let online = format!(
        "embedded:{}",
        directory.path().join("online.redb").display()
    );
    for (setting, value) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon"),
    ] {
        let ran: super::Ran = super::watch(&["--online", &online, "serve", "--listen", "nowhere"])
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
            .env(setting, value)
            .output()
            .unwrap()
            .into();
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        let expected = format!("{setting}: `{value}` is not spoken; write http/protobuf");
        assert!(ran.err.contains(&expected), "{}", ran.err);
    }
}
