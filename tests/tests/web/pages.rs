//! The pages for people, request by request.

use axum::body::Body;
use axum::http::Request;
use featurestore_tests::memory::Mood;

use super::{Answer, Service};

/// A page, which must be one.
async fn page(service: &Service, path: &str, status: u16) -> Answer {
    let answer = service.get(path).await;
    assert_eq!(answer.status, status, "{path}: {}", answer.body);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!answer.body.contains("<script"), "{}", answer.body);
    assert!(!answer.body.contains("style="), "{}", answer.body);
    answer
}

/// The page's text without what stands between tags, words apart by one space.
fn text(answer: &Answer) -> String {
    let mut text = String::new();
    for part in answer.body.split('<').skip(1) {
        let (_, outside) = part.split_once('>').unwrap();
        text.push(' ');
        text.push_str(outside);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace(" ,", ",")
}

fn assert_says(answer: &Answer, parts: &[&str]) {
    let text = text(answer);
    for part in parts {
        assert!(text.contains(part), "not `{part}` in: {text}");
    }
}

#[tokio::test]
async fn the_first_page_shows_what_is_declared() {
    let service = Service::start().await;
    let home = page(&service, "/", 200).await;
    let parts = [
        "2 services over 4 views",
        "watch_next What the recommender knows of a user. user_id 4 recommendations",
        "activity How much a user watches, &#38; how &#60;often&#62;.",
        "fresh as of just now user_id 3 1h 2d data platform",
        "every-dtype.x A column of every dtype.",
    ];
    assert_says(&home, &parts);
    for link in [
        "/registry/services/rank_title",
        "/registry/views/every-dtype.x",
        "/docs/",
    ] {
        assert!(home.body.contains(&format!("href=\"{link}\"")), "{link}");
        assert_eq!(service.get(link).await.status, 200, "{link}");
    }
    // A form per entity, whose action is there, and one to find things.
    assert_eq!(home.body.matches("<form").count(), 3 + 1);
    for entity in ["user_id", "title_id", "title_id,user_id"] {
        let action = format!("action=\"/registry/entities/{entity}\"");
        assert!(home.body.contains(&action), "{entity}");
    }
}

#[tokio::test]
async fn words_find_services_views_and_features() {
    let service = Service::start().await;
    let found = page(&service, "/?find=RECOMMENDER", 200).await;
    assert_says(
        &found,
        &["1 service, 0 views and 0 features have RECOMMENDER"],
    );
    assert!(!found.body.contains("/registry/views/"), "{}", found.body);
    let found = page(&service, "/?find=watched+days", 200).await;
    assert_says(
        &found,
        &[
            "0 services, 0 views and 1 feature",
            "watch_count_30d Titles the user",
        ],
    );
    assert!(found.body.contains("value=\"watched days\""));
    let found = page(&service, "/?find=%3Cscript%3E", 200).await;
    assert_says(
        &found,
        &[
            "0 services, 0 views and 0 features",
            "None has these words.",
        ],
    );
    let all = page(&service, "/?find=+", 200).await;
    assert!(!text(&all).contains("have"), "{}", text(&all));
}

#[tokio::test]
async fn a_services_page_shows_how_programs_ask_for_it() {
    let service = Service::start().await;
    let shown = page(
        &service,
        "/registry/services/watch_next?user_id=it%27s+%22a%22",
        200,
    )
    .await;
    let parts = [
        "curl &#39;http://localhost/services/watch_next?user_id=it%27s+%22a%22&#39;",
        "params={&#34;user_id&#34;:&#34;it&#39;s \\&#34;a\\&#34;&#34;}",
        "let features = store.serve::&#60;WatchNext&#62;(&#38;key).await?;",
    ];
    assert_says(&shown, &parts);
    let asked = service
        .get("/services/watch_next?user_id=it%27s+%22a%22")
        .await;
    assert!(asked.status == 200 && asked.json()["features"].is_object());
}

#[tokio::test]
async fn a_views_page_shows_its_declaration() {
    let service = Service::start().await;
    let view = page(&service, "/registry/views/activity", 200).await;
    let parts = [
        "watch_count_30d Titles the user watched in the last 30 days. i64 titles range 0.. –",
        "finished The share of titles that were watched to the end. f64 – range 0.0..=1.0 –",
        "Source data/activity.parquet",
        "Cadence 1h",
        "TTL 2d",
        "Settles after 5m",
        "Owner data platform",
        "Tags watch &#60;b&#62;bold&#60;/b&#62;",
        "Used by rank_title watch_next",
    ];
    assert_says(&view, &parts);
    let view = page(&service, "/registry/views/words", 200).await;
    assert_says(&view, &["one of good, bad", "none: a row never expires"]);
}

#[tokio::test]
async fn an_entitys_values_are_shown_with_their_statuses_and_ages() {
    let service = Service::start().await;
    let path = "/registry/services/watch_next?user_id=old";
    let parts = [
        "watch_count_30d titles -1 default 5 expired 2026-05-01 19:00:00 UTC 6 d 3 h ago",
        "comment null missing no row",
    ];
    let found = page(&service, path, 200).await;
    assert_says(&found, &parts);
    assert!(found.body.contains("value=\"old\""), "the form keeps it");
    let greyed = "<div class=\"gone\"><span class=\"text\">5</span></div>";
    assert!(found.body.contains(greyed), "{}", found.body);
    let view = page(&service, "/registry/views/activity?user_id=old", 200).await;
    let parts = ["watch_count_30d titles 5 expired 2026-05-01 19:00:00 UTC 6 d 3 h ago"];
    assert_says(&view, &parts);
    assert!(view.body.contains(greyed), "{}", view.body);
    let json = "/services/watch_next?user_id=old&amp;metadata=true";
    assert!(found.body.contains(json), "{}", found.body);
    let path = "/registry/views/opinion?user_id=8a2f&title_id=1";
    let parts = [
        "stars 5 found 2026-05-07 00:00:00 UTC 22 h ago",
        "single 0.1 found",
    ];
    assert_says(&page(&service, path, 200).await, &parts);
    let path = "/registry/entities/title_id?title_id=2";
    let parts = [
        "double inf found",
        "unsigned 18446744073709551615 found",
        "embedding [0.1, NaN, -0.0] found",
    ];
    assert_says(&page(&service, path, 200).await, &parts);
    let path = "/registry/entities/user_id?user_id=low";
    assert_says(
        &page(&service, path, 200).await,
        &["in 5 min", "finished NaN found"],
    );
}

#[tokio::test]
async fn a_value_is_text_and_never_html() {
    let service = Service::start().await;
    for path in [
        "/registry/views/words?user_id=8a2f",
        "/registry/services/watch_next?user_id=8a2f",
        "/registry/entities/user_id?user_id=8a2f",
    ] {
        let found = page(&service, path, 200).await;
        assert!(
            found.body.contains("&#60;script&#62;document.title"),
            "{path}"
        );
        assert!(!found.body.contains("<img"), "{path}");
    }
    let typed = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for path in [
        format!("/registry/views/words?user_id={typed}"),
        format!("/registry/views/{typed}?user_id=1").replace("C/", "C%2F"),
        format!("/?user_id={typed}"),
    ] {
        let answer = service.get(&path).await;
        assert!(!answer.body.contains("<script>"), "{path}: {}", answer.body);
        assert!(!answer.body.contains("\"\"><"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_key_that_is_wrong_is_said_and_kept() {
    let service = Service::start().await;
    let path = "/registry/entities/title_id?title_id=one";
    let refused = page(&service, path, 400).await;
    assert_says(&refused, &["the value `one` is not of dtype i64"]);
    assert!(refused.body.contains("value=\"one\""), "{}", refused.body);
    assert!(refused.body.contains("aria-invalid=\"true\""));
    let path = "/registry/services/rank_title?user_id=8a2f";
    let refused = page(&service, path, 400).await;
    assert_says(&refused, &["join key `title_id` is missing"]);
    assert!(refused.body.contains("value=\"8a2f\""), "{}", refused.body);
    let path = "/registry/views/words?user_id=a&user_id=b";
    assert_says(
        &page(&service, path, 400).await,
        &["`user_id` is given more than once"],
    );
}

#[tokio::test]
async fn without_the_online_store_the_registry_is_shown_still() {
    let service = Service::start().await;
    service.memory.set_mood(Mood::Unreachable);
    let says = "the online store at memory://app:***@here does not answer: connection refused";
    let home = page(&service, "/", 200).await;
    assert_says(
        &home,
        &[
            says,
            "watch_next What the recommender knows",
            "unknown user_id",
        ],
    );
    let view = page(&service, "/registry/views/activity", 200).await;
    assert_says(&view, &[says, "watch_count_30d Titles"]);
    let path = "/registry/views/activity?user_id=8a2f";
    let view = page(&service, path, 503).await;
    assert_says(&view, &[says, "watch_count_30d Titles"]);
    assert_eq!(text(&view).matches(says).count(), 1);
    let looked_up = "the online store does not answer at the moment; ask again later";
    assert_says(&view, &[looked_up]);
    service.memory.set_mood(Mood::Works);
    service.memory.damage_at("streaming:user_id:8a2f");
    let view = page(&service, path, 500).await;
    assert_says(&view, &["the row of view `activity` can&#39;t be read; "]);
}

#[tokio::test]
async fn what_is_not_there_is_a_page_that_says_what_is() {
    let service = Service::start().await;
    for (path, says) in [
        (
            "/registry/views/wrds",
            "no view `wrds` (did you mean `words`?); there is: activity, every-dtype.x, opinion, words",
        ),
        (
            "/registry/services/x",
            "no service `x`; there is: rank_title, watch_next",
        ),
        ("/registry/entities/user", "no entity `user`"),
    ] {
        let answer = page(&service, path, 404).await;
        assert_says(&answer, &[says]);
    }
}

#[tokio::test]
async fn a_view_without_rows_on_record_was_never_filled() {
    use featurestore::online::OnlineStore;
    let service = Service::start().await;
    service.memory.delete_project("streaming").await.unwrap();
    let never = "never no run on record user_id 3 1h 2d data platform";
    assert_says(&page(&service, "/", 200).await, &[never]);
}

#[tokio::test]
async fn a_view_that_was_not_materialized_since_it_was_due_is_overdue() {
    let service = Service::start().await;
    let home = || page(&service, "/", 200);
    let line = "fresh as of just now user_id 3";
    let put = async |record: &str, old: Option<&str>, time: &str| {
        use featurestore::online::OnlineStore;
        let swapped = service
            .memory
            .swap_record("streaming", record, old, Some(time));
        assert!(swapped.await.unwrap());
    };
    put(
        "watermark/activity",
        None,
        "2026-05-07T20:59:00Z 00000000000000ff",
    )
    .await;
    let overdue = "overdue as of 1 h 1 min ago, due since just now user_id 3";
    assert_says(&home().await, &[overdue]);
    put("run/activity", None, "2026-05-07T22:00:00Z").await;
    assert_says(&home().await, &[line]);
    // A text that is no time is no time, and a time of the future says nothing of now.
    put("run/activity", Some("2026-05-07T22:00:00Z"), "soon").await;
    assert_says(&home().await, &[overdue]);
    put("run/activity", Some("soon"), "2027-01-01T00:00:00Z").await;
    assert_says(&home().await, &["overdue"]);
}

#[tokio::test]
async fn what_the_last_run_of_a_view_rejected_stands_beside_how_fresh_it_is() {
    use featurestore::online::OnlineStore;
    let service = Service::start().await;
    let outcome = |read: u64, rejected: u64| format!("2026-05-07T22:00:00Z {read} {rejected}");
    let mut old: Option<String> = None;
    for (rejected, said) in [(3, true), (0, false)] {
        let new = outcome(1200, rejected);
        let swap =
            service
                .memory
                .swap_record("streaming", "outcome/activity", old.as_deref(), Some(&new));
        assert!(swap.await.unwrap());
        old = Some(new);
        for path in ["/", "/registry/views/activity"] {
            let text = text(&page(&service, path, 200).await);
            let fresh = "fresh as of just now 3 of 1200 rows rejected by the last run";
            assert_eq!(text.contains(fresh), said, "{path}: {text}");
            assert_eq!(text.contains("rejected by"), said, "{path}: {text}");
        }
    }
}

#[tokio::test]
async fn pages_stand_below_any_path() {
    let (store, memory) = super::declarations::store().await;
    let router = axum::Router::new().nest(
        "/features",
        featurestore::http::HttpSettings::new()
            .router(store)
            .unwrap(),
    );
    let service = Service { memory, router };
    let home = page(&service, "/features", 200).await;
    assert!(home.body.contains("href=\"/features/registry/style.css\""));
    let view = page(&service, "/features/registry/views/words?user_id=8a2f", 200).await;
    assert!(
        view.body
            .contains("action=\"/features/registry/views/words\""),
        "{}",
        view.body
    );
    assert_eq!(
        service.get("/features/docs").await.header("location"),
        "docs/"
    );
}

/// Where a page's links and forms lead, without what stands behind `#`.
fn targets(answer: &Answer) -> Vec<String> {
    let mut targets = Vec::new();
    for attribute in ["href=\"", "action=\""] {
        for part in answer.body.split(attribute).skip(1) {
            let target = part.split('"').next().unwrap().replace("&amp;", "&");
            let path = target.split('#').next().unwrap();
            targets.push(path.replace("&#38;", "&"));
        }
    }
    targets
}

#[tokio::test]
async fn every_link_of_every_page_leads_somewhere_below_any_path() {
    let (store, memory) = super::declarations::store().await;
    let inner = featurestore::http::HttpSettings::new();
    let inner = inner.router(store).unwrap();
    for base in ["", "/features"] {
        let router = match base {
            "" => inner.clone(),
            _ => axum::Router::new().nest(base, inner.clone()),
        };
        let service = Service {
            memory: memory.clone(),
            router,
        };
        let mut seen = std::collections::BTreeSet::new();
        let mut next = vec![if base.is_empty() { "/" } else { base }.to_owned()];
        while let Some(path) = next.pop() {
            if path.is_empty() || path.starts_with("data:") || !seen.insert(path.clone()) {
                continue;
            }
            assert!(path.starts_with(base), "{path} leaves {base}");
            let mut answer = service.get(&path).await;
            if answer.status == 303 || answer.status == 308 || answer.status == 307 {
                let location = answer.header("location").to_owned();
                let path = if location.starts_with('/') {
                    location
                } else {
                    format!("{base}/{location}")
                };
                answer = service.get(&path).await;
            }
            // A form's own page says what it lacks.
            assert!(
                answer.status == 200,
                "{path}: {} {}",
                answer.status,
                answer.body
            );
            if answer.header("content-type").starts_with("text/html") && !path.contains("/docs") {
                next.extend(targets(&answer));
            }
        }
        let pages = seen
            .iter()
            .filter(|path| path.contains("/registry/"))
            .count();
        assert!(pages > 10, "{seen:?}");
    }
}

fn form(path: &str) -> axum::http::request::Builder {
    Request::post(path).header("host", "localhost")
}

#[tokio::test]
async fn signing_in_puts_the_token_into_a_cookie_that_no_script_reads() {
    let service = Service::start().await;
    let send = async |request: axum::http::request::Builder, body: &'static str| {
        service.send(request.body(Body::from(body)).unwrap()).await
    };
    let body = "token=s%3Becret+&next=%2Fregistry%2Fviews%2Fwords%3Fuser_id%3D1";
    let answer = send(form("/sign-in"), body).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), "/registry/views/words?user_id=1");
    let cookie = "featurestore_token=s%3Becret; Path=/; HttpOnly; SameSite=Strict";
    assert_eq!(answer.header("set-cookie"), cookie);
    for (name, value) in [
        ("origin", "https://localhost"),
        ("x-forwarded-proto", "https"),
    ] {
        assert_eq!(
            send(form("/sign-in").header(name, value), body)
                .await
                .header("set-cookie"),
            format!("{cookie}; Secure")
        );
    }
    for body in [
        "token=a&next=https%3A%2F%2Fevil.example",
        "token=a&next=%2F%2Fevil.example",
        "token=a&next=%2F%5Cevil.example",
        "token=a&next=%2F%09%2Fevil.example",
        "token=a",
    ] {
        let answer = send(form("/sign-in"), body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (303, "/"),
            "{body}"
        );
    }
    for path in ["/sign-in", "/sign-out"] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let answer = send(form(path).header(name, value), body).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("set-cookie")),
                (400, ""),
                "{path} {name} {value}"
            );
        }
        for (name, value) in [
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://localhost"),
        ] {
            let answer = send(form(path).header(name, value), body).await;
            assert_eq!(answer.status, 303, "{path} {name} {value}");
        }
        let read = Request::get(path).header("host", "localhost");
        assert_eq!(send(read, "").await.status, 405, "{path}");
    }
    assert_eq!(send(form("/sign-in"), "token=+").await.status, 400);
    let answer = send(form("/sign-out"), "").await;
    assert!(answer.header("set-cookie").ends_with("; Max-Age=0"));
    let request = Request::get("/").header("cookie", "a=b; featurestore_token=s%3Becret");
    let home = send(request, "").await;
    assert!(home.body.contains("Sign out"), "{}", home.body);
    assert!(!home.body.contains("ecret"), "{}", home.body);
}

#[tokio::test]
async fn a_form_to_sign_in_by_is_as_small_as_one_and_counts_as_a_request() {
    let service = Service::start().await;
    let send = async |body: Body| service.send(form("/sign-in").body(body).unwrap()).await;
    let long = format!("token={}", "a".repeat(1_025));
    let answer = send(Body::from(long)).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("set-cookie")),
        (400, "")
    );
    let longest = format!("token={}", "a".repeat(1_024));
    assert_eq!(send(Body::from(longest)).await.status, 303);
    let form_of = |length: usize| format!("token=abc&next=/{}", "a".repeat(length - 16));
    assert_eq!(send(Body::from(form_of(4_096))).await.status, 303);
    for length in [4_097, 2 << 20] {
        let parts = form_of(length).into_bytes();
        let parts: Vec<_> = parts.chunks(1_000).map(<[u8]>::to_vec).collect();
        let stream = futures_util::stream::iter(parts.into_iter().map(Ok::<_, std::io::Error>));
        for body in [Body::from(form_of(length)), Body::from_stream(stream)] {
            let answer = send(body).await;
            assert_eq!(answer.status, 413, "{}", answer.body);
        }
    }
    let (store, memory) = super::declarations::store().await;
    let settings = featurestore::http::HttpSettings::new();
    for (settings, expected) in [
        (settings.clone().max_requests(0), 503),
        (settings.max_body(10), 413),
    ] {
        let service = Service {
            memory: memory.clone(),
            router: settings.router(store.clone()).unwrap(),
        };
        let request = form("/sign-in")
            .body(Body::from("token=abcdefghij"))
            .unwrap();
        assert_eq!(service.send(request).await.status, expected);
    }
}
