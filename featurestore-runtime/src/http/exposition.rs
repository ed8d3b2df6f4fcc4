//! The forms in which metrics are scraped: Prometheus' text format, and `OpenMetrics`, which is one
//! for who asks for it.

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};

use super::accept::Accept;

/// The content type of Prometheus' text format.
pub(super) const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The content type of `OpenMetrics`.
pub(super) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The versions of `OpenMetrics` that one answer fits: the newer only adds to the older.
const VERSIONS: [&str; 2] = ["1.0.0", "0.0.1"];

/// The answer to a scrape, made of metrics in `OpenMetrics`.
pub(super) fn answer(headers: &HeaderMap, open_metrics: String) -> Response {
    let (content_type, text) = if wants_open_metrics(headers) {
        (OPEN_METRICS, open_metrics)
    } else {
        (TEXT, as_text(&open_metrics))
    };
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}

/// Whether a scraper names `OpenMetrics`, and would not rather have text.
fn wants_open_metrics(headers: &HeaderMap) -> bool {
    let accept = Accept::of(headers);
    let version = |parameter: &str| match parameter.split_once('=') {
        Some((name, version)) if name.trim().eq_ignore_ascii_case("version") => {
            VERSIONS.contains(&version.trim().trim_matches('"'))
        }
        _ => true,
    };
    let open_metrics = accept.quality("application/openmetrics-text", version);
    let text = accept.quality("text/plain", |_| true);
    open_metrics.is_named && open_metrics.weight > 0 && open_metrics.weight >= text.weight
}

/// Metrics in Prometheus' text format: a counter is called as its samples are, and what the format
/// has no word for is left out.
fn as_text(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len() + 512);
    let mut lines = open_metrics.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(described) = line.strip_prefix("# ") else {
            push(&mut text, &[line]);
            continue;
        };
        if let Some((name, help)) = described.strip_prefix("HELP ").and_then(name_and_rest) {
            // The type comes behind the help, and says what the name is.
            let counts = lines.peek().is_some_and(|next| is_counter(next, name));
            push(&mut text, &["# HELP ", name, total(counts), " ", help]);
        } else if let Some((name, kind)) = described.strip_prefix("TYPE ").and_then(name_and_rest) {
            let counts = is_counter(line, name);
            push(&mut text, &["# TYPE ", name, total(counts), " ", kind]);
        }
    }
    text
}

fn name_and_rest(described: &str) -> Option<(&str, &str)> {
    described.split_once(' ')
}

fn is_counter(line: &str, name: &str) -> bool {
    let kind = line.strip_prefix("# TYPE ").and_then(name_and_rest);
    kind == Some((name, "counter"))
}

const fn total(counts: bool) -> &'static str {
    if counts { "_total" } else { "" }
}

fn push(text: &mut String, parts: &[&str]) {
    text.extend(parts.iter().copied());
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(accept: &str) -> bool {
        let mut headers = HeaderMap::new();
        if !accept.is_empty() {
            headers.insert(header::ACCEPT, accept.parse().unwrap());
        }
        wants_open_metrics(&headers)
    }

    #[test]
    fn open_metrics_is_for_who_names_it_and_would_not_rather_have_text() {
        for accept in [
            "application/openmetrics-text",
            "application/openmetrics-text; version=1.0.0",
            "application/openmetrics-text; version=\"0.0.1\"",
            "APPLICATION/OPENMETRICS-TEXT;Version=1.0.0;q=0.1",
            "application/openmetrics-text, */*",
            "text/plain;q=0.5, application/openmetrics-text;version=1.0.0;q=0.6",
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        ] {
            assert!(wants(accept), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "application/*",
            "text/plain",
            "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
            "application/openmetrics-text;q=0",
            "application/openmetrics-text;q=0, */*",
            "application/openmetrics-text;version=2.0.0",
            "application/openmetrics-text;q=0.2, text/plain;q=0.3",
            "application/openmetrics-text;q=0.2, */*",
            "application/openmetrics-text;q=much",
            "application/json",
            ";,,",
        ] {
            assert!(!wants(accept), "{accept}");
        }
    }

    #[test]
    fn a_counter_is_described_by_the_name_of_its_samples() {
        let open_metrics = "# HELP a_asked How often.\n# TYPE a_asked counter\na_asked_total{b=\"# HELP\"} 1\n\
             # HELP a_took_seconds How long.\n# TYPE a_took_seconds histogram\n# UNIT a_took_seconds seconds\na_took_seconds_sum 0.5\n# EOF\n";
        assert_eq!(
            as_text(open_metrics),
            "# HELP a_asked_total How often.\n# TYPE a_asked_total counter\na_asked_total{b=\"# HELP\"} 1\n\
             # HELP a_took_seconds How long.\n# TYPE a_took_seconds histogram\na_took_seconds_sum 0.5\n"
        );
    }
}
