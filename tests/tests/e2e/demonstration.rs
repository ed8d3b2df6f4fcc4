//! What `cargo xtask demo` prints: the example's own program, on both stores.

use featurestore_tests::RedisServer;
use featurestore_tests::redis_server::free_port;

use crate::support::{Online, Ran, program};

const PROMPT: &str =
    "segment=power_user, watched 47 titles in last 30 days, last genre watched: documentary";
const ANSWER: &str = r#"{"user_id":"8a2f","features":{"user_segment":"power_user","watch_count_30d":47,"last_genre":"documentary"}}"#;

on_both_stores! {
    the_demonstration_prints_every_part_in_order,
}

fn demonstration(online: &str) -> Ran {
    let mut command = program(env!("CARGO_BIN_EXE_example-watch-next"));
    command.args(["--online", online]).output().unwrap().into()
}

/// Lines without what tables align with.
fn words(text: &str) -> Vec<String> {
    let words = text.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.join(" ")
    });
    words.filter(|line| !line.is_empty()).collect()
}

/// What must stand in the output, line after line; `*` is the rest of a line that differs from run
/// to run.
fn expected(location: &str) -> String {
    format!(
        "1. The registry: what the structs declare
         feature entity dtype source cadence
         last_genre user_id string data/last_genre.parquet every event
         user_segment user_id string data/user_segment.parquet 1d
         watch_count_30d user_id i64 data/watch_count_30d.parquet 1h
         2. Offline: *
         user_id event_timestamp user_segment watch_count_30d last_genre
         8a2f 2026-05-05 12:00 casual 22 drama
         b13c 2026-05-07 20:00 casual 5 thriller
         8a2f 2026-05-07 22:00 power_user 47 documentary
         3. Materialize: *
         user_id user_segment watch_count_30d last_genre
         8a2f power_user 47 documentary
         b13c casual 5 thriller
         last_genre: 2 rows read, 2 written
         user_segment: 2 rows read, 2 written
         watch_activity: 2 rows read, 2 written
         into {location}
         4. Online: a user who isn't there
         get 0000: Missing
         serve 0000: WatchNext {{ user_segment: None, watch_count_30d: 0, last_genre: None }}
         5. Retrieval: *
         POST http://127.0.0.1:*
         {{\"user_id\":\"8a2f\",\"features\":[\"user_segment\",\"watch_count_30d\",\"last_genre\"]}}
         200 OK
         {ANSWER}
         6. The prompt
         {PROMPT}"
    )
}

fn check(ran: &Ran, location: &str) {
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    let (printed, expected) = (words(&ran.out), words(&expected(location)));
    for (printed, expected) in printed.iter().zip(&expected) {
        match expected.strip_suffix('*') {
            Some(start) => assert!(printed.starts_with(start), "{printed}\nlacks {start}"),
            None => assert_eq!(printed, expected),
        }
    }
    assert_eq!(printed.len(), expected.len(), "{}", ran.out);
    assert!(ran.out.contains(&format!("\n{ANSWER}\n")), "{}", ran.out);
    assert!(ran.out.ends_with(&format!("\n{PROMPT}\n")), "{}", ran.out);
}

async fn the_demonstration_prints_every_part_in_order(online: &Online) {
    check(&demonstration(online.url()), online.url());
    // What a run before left in the store changes nothing.
    check(&demonstration(online.url()), online.url());
}

#[test]
fn the_demonstration_runs_over_a_socket_and_with_a_password_that_it_does_not_print() {
    let server = RedisServer::start_with(&["--requirepass", "s3cret"]).unwrap();
    let ran = demonstration(&format!("{}?pass=s3cret&db=3", server.unix_url()));
    check(&ran, &format!("{}?pass=***&db=3", server.unix_url()));
    let tcp = format!("redis://default:s3cret@127.0.0.1:{}/4", server.port());
    check(&demonstration(&tcp), &tcp.replace("s3cret", "***"));
}

#[test]
fn without_redis_the_demonstration_ends_with_the_way_out() {
    let port = free_port().unwrap();
    let ran = demonstration(&format!("redis://app:s3cret@127.0.0.1:{port}/2"));
    assert_eq!(ran.code, Some(1));
    // What needs no online store was done before.
    assert!(ran.out.contains("documentary"), "{}", ran.out);
    let message =
        format!("the online store at redis://app:***@127.0.0.1:{port}/2 does not answer: ");
    assert!(ran.err.contains(&message), "{}", ran.err);
    assert!(
        ran.err.contains("start it, or name another with --online"),
        "{}",
        ran.err
    );
    assert!(!format!("{ran:?}").contains("s3cret"), "{ran:?}");
}
