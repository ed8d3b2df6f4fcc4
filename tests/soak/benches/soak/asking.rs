//! The load: who asks without a pause, and looks at every answer.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use featurestore::Timestamp;
use serde_json::Value as Json;

use super::{CONNECTIONS, ENTITIES};

/// What all tasks share.
pub(crate) struct Run {
    pub(crate) started: Instant,
    /// The time that materialized rows count their seconds from, in seconds since 1970.
    pub(crate) epoch: i64,
    pub(crate) over: AtomicBool,
    /// Per user, the newest row that any answer has had.
    pub(crate) seen: Vec<AtomicI64>,
    pub(crate) answers: AtomicU64,
    /// Answers that are not right.
    pub(crate) wrong: Mutex<Vec<String>>,
    /// Answers that there were not, by when they were asked for.
    pub(crate) failed: Mutex<Vec<(Duration, String)>>,
}

impl Run {
    fn wrong(&self, what: String) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.push(what);
    }
}

/// Asks without a pause over one connection, and looks at every answer.
pub(crate) async fn read(
    run: Arc<Run>,
    address: String,
    reader: usize,
) -> Result<(), reqwest::Error> {
    let client = reqwest::Client::builder()
        .pool_max_idle_per_host(1)
        .build()?;
    let url = format!("{address}/get-online-features");
    let mut turn = reader * 7919;
    while !run.over.load(Ordering::Relaxed) {
        turn += CONNECTIONS;
        let user = turn * 31 % ENTITIES;
        let body = format!(r#"{{"user_id":"user-{user}","service":"users","metadata":true}}"#);
        let asked = run.started.elapsed();
        // Whatever is asked for now is no older than what any answer has had.
        let floor = run.seen[user].load(Ordering::SeqCst);
        let answer = async {
            let answer = client.post(&url).body(body).send().await?;
            Ok::<_, reqwest::Error>((answer.status().as_u16(), answer.text().await?))
        };
        match answer.await {
            Ok((200, text)) => {
                run.answers.fetch_add(1, Ordering::Relaxed);
                match check(&run, user, &text) {
                    Some(second) if second >= floor => {
                        run.seen[user].fetch_max(second, Ordering::SeqCst);
                    }
                    Some(second) => run.wrong(format!("{text} is of {second}, and was of {floor}")),
                    None => run.wrong(text),
                }
            }
            Ok((status, text)) => fail(&run, asked, format!("{status} {text}")),
            Err(error) => fail(&run, asked, error.to_string()),
        }
    }
    Ok(())
}

fn fail(run: &Run, asked: Duration, what: String) {
    let mut failed = run.failed.lock().unwrap_or_else(PoisonError::into_inner);
    failed.push((asked, what));
}

/// The second that all three rows of an answer are of; nothing where a value is not the one that
/// a row of that time has.
fn check(run: &Run, user: usize, text: &str) -> Option<i64> {
    let answer: Json = serde_json::from_str(text).ok()?;
    let watched = answer["features"]["watched"].as_i64()?;
    let second = watched / 1000;
    let time = Timestamp::from_timestamp(run.epoch + second, 0)?;
    let of_time = ["watched", "segment", "rating"].iter().all(|feature| {
        let known = &answer["metadata"][*feature];
        let at: Option<Timestamp> = known["event_timestamp"]
            .as_str()
            .and_then(|text| text.parse().ok());
        known["status"] == "found" && at == Some(time)
    });
    let rating = f64::from(i32::try_from(second).ok()?) + 0.5;
    let right = of_time
        && answer["user_id"] == format!("user-{user}")
        && usize::try_from(watched % 1000) == Ok(user % 1000)
        && answer["features"]["segment"] == format!("user-{user}@{second}")
        && answer["features"]["rating"].as_f64() == Some(rating);
    right.then_some(second)
}
