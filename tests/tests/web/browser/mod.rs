//! The pages in a real browser.

mod driver;

use std::sync::Arc;

use featurestore::http::Server;
use featurestore_tests::MemoryStore;
use serde_json::Value as Json;

use super::declarations::{self, HOSTILE};
use driver::Browser;

/// A server over the tests' rows, until the test ends.
async fn serve() -> (String, Arc<MemoryStore>) {
    let (store, memory) = declarations::store().await;
    let server = Server::bind(store, "127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", server.local_addr());
    tokio::spawn(server.run(std::future::pending()));
    (url, memory)
}

#[tokio::test]
async fn an_entity_that_is_looked_up_shows_its_values_and_statuses() {
    let (url, _memory) = serve().await;
    let browser = Browser::open(1200, 900).await;
    browser.client.goto(&url).await.unwrap();
    let form = "form[action='/registry/entities/user_id']";
    browser.type_into(&format!("{form} input"), "8a2f").await;
    browser.click(&format!("{form} button")).await;
    let activity = browser
        .text("section[aria-labelledby='view-activity'] tbody")
        .await;
    for line in [
        "watch_count_30d titles 47 found 2026-05-07 21:00:00 UTC 1 h ago",
        "segment power_user found 2026-05-07 21:00:00 UTC 1 h ago",
    ] {
        assert!(activity.contains(line), "{activity}");
    }
    // A value that would be a script is a text, and did nothing.
    let words = browser
        .text("section[aria-labelledby='view-words'] tbody")
        .await;
    assert!(words.contains(HOSTILE), "{words}");
    assert_eq!(browser.client.title().await.unwrap(), "user_id · streaming");
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_key_that_is_wrong_is_said_where_it_was_typed() {
    let (url, _memory) = serve().await;
    let browser = Browser::open(1200, 900).await;
    let page = format!("{url}/registry/services/rank_title");
    browser.client.goto(&page).await.unwrap();
    browser.type_into("#user_id", "8a2f").await;
    browser.type_into("#title_id", "one").await;
    browser.click(".ask button").await;
    let error = browser.text("#title_id-error").await;
    assert_eq!(error, "the value `one` is not of dtype i64");
    let typed = "return [document.getElementById('user_id').value, document.getElementById('title_id').value]";
    let typed = browser.client.execute(typed, Vec::new()).await.unwrap();
    assert_eq!(typed, serde_json::json!(["8a2f", "one"]));
}

#[tokio::test]
async fn on_a_phone_nothing_is_wider_than_the_screen() {
    let (url, _memory) = serve().await;
    let browser = Browser::open(360, 740).await;
    for path in [
        "/",
        "/registry/views/activity",
        "/registry/views/every-dtype.x?title_id=1",
        "/registry/entities/user_id?user_id=8a2f",
        "/registry/services/watch_next?user_id=old",
        "/registry/services/rank_title",
    ] {
        browser.client.goto(&format!("{url}{path}")).await.unwrap();
        let width = "return document.documentElement.scrollWidth";
        let width = browser.client.execute(width, Vec::new()).await.unwrap();
        assert_eq!(width, 360, "{path}");
        assert_eq!(browser.complaints().await, Vec::<String>::new(), "{path}");
    }
}

#[tokio::test]
async fn the_description_can_be_tried_out() {
    let (url, _memory) = serve().await;
    let browser = Browser::open(1200, 900).await;
    browser.client.goto(&format!("{url}/docs/")).await.unwrap();
    let operation = "[id^='operations-services-'][id$='watch_next']";
    let summary = browser.text(&format!("{operation} .opblock-summary")).await;
    assert!(summary.contains("/services/watch_next"), "{summary}");
    let count = "return document.querySelectorAll('.opblock').length";
    let count = browser.client.execute(count, Vec::new()).await.unwrap();
    assert_eq!(count, 6);
    browser
        .click(&format!("{operation} .opblock-summary"))
        .await;
    browser.click(&format!("{operation} .execute")).await;
    let answer = ".live-responses-table .response:not(.response_default)";
    let status = browser
        .text(&format!("{answer} .response-col_status"))
        .await;
    assert!(status.starts_with("200"), "{status}");
    let body = browser
        .text(&format!("{answer} .highlight-code code"))
        .await;
    let body: Json = serde_json::from_str(&body).unwrap();
    assert_eq!(body["user_id"], "8a2f");
    assert_eq!(body["features"]["watch_count_30d"], 47);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let (store, _memory) = declarations::store().await;
    let settings = super::tokens::settings();
    let server = settings.bind(store, "127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", server.local_addr());
    tokio::spawn(server.run(std::future::pending()));
    let browser = Browser::open(1200, 900).await;
    let page = format!("{url}/registry/views/words?user_id=8a2f");
    browser.client.goto(&page).await.unwrap();
    browser.type_into("#token", "no token of the server").await;
    browser.click("main button").await;
    let problem = browser.text(".problem").await;
    assert!(problem.contains("not one of the server's"), "{problem}");
    browser.type_into("#token", "watch-next-0123456789").await;
    browser.click("main button").await;
    let words = browser
        .text("section[aria-labelledby='look-up'] tbody")
        .await;
    assert!(words.contains(HOSTILE), "{words}");
    let cookies = "return document.cookie";
    let cookies = browser.client.execute(cookies, Vec::new()).await.unwrap();
    assert_eq!(cookies, "", "no script reads the token");
    browser.click("header button").await;
    browser.text("#token").await;
    assert_eq!(browser.text("h1").await, "Sign in");
}
