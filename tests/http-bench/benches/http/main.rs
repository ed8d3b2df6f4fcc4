//! What the retrieval service costs beside a bare handler of the same server library that does the
//! same HMGET with the same client and formats its answer by hand; of many entities, it pipelines their
//! HMGETs and writes the answer's bytes, which it has at hand. Each runs in a process of its
//! own and is loaded in turns by `wrk`.
//! `cargo xtask bench http` runs it, with a `redis-server` of its own.

#[allow(dead_code, unreachable_pub)] // a bench needs less of it than the tests
#[path = "../../../src/redis_server.rs"]
mod redis_server;
mod servers;
mod views;
mod wrk;

use std::error::Error;
use std::time::Duration;

use redis_server::RedisServer;
use servers::{BARE, OWN, Process};
use wrk::{Load, Run, median};

const ROUNDS: usize = 5;
const TURN: Duration = Duration::from_secs(3);
const WARM_UP: Duration = Duration::from_secs(1);
/// How many entities one request of the second part is about.
const MANY: usize = 100;
/// What Feast 0.67's server does with one worker at 8 connections on such a machine.
const FEAST: f64 = 329.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, kind, redis] = &arguments[..]
        && [OWN, BARE].contains(&kind.as_str())
    {
        return servers::serve(kind, redis);
    }
    let redis = RedisServer::start()?;
    let directory = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        views::fill(&views::open(&redis.url()).await?).await?;
        Ok::<_, Box<dyn Error>>(servers::fill_bare(&redis.url()).await?)
    })?;
    drop(runtime);
    let own = Process::start(OWN, &redis.url())?;
    let bare = Process::start(BARE, &redis.url())?;

    let bodies = one_entity();
    let (of_own, of_bare) = (own.ask(&bodies[1])?, bare.ask(&bodies[1])?);
    if of_own != of_bare {
        return Err(format!("the servers answer differently: {of_own} and {of_bare}").into());
    }
    for connections in [8, 64] {
        let load = Load::new(directory.path(), "one", &bodies, connections)?;
        load.run(&own, WARM_UP)?;
        load.run(&bare, WARM_UP)?;
        let (mut of_own, mut of_bare) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            of_bare.push(load.run(&bare, TURN)?);
            of_own.push(load.run(&own, TURN)?);
        }
        let (of_own, of_bare) = (median(&of_own), median(&of_bare));
        println!("one entity, three views, {connections} connections");
        report("featurestore", of_own);
        report("bare handler", of_bare);
        println!(
            "  {:.2} of its requests (goal 0.9), p99 {:.2} times (goal 1.25), processor {:.2} times (goal 1.15)",
            of_own.rate / of_bare.rate,
            of_own.p99 / of_bare.p99,
            of_own.processor / of_bare.processor
        );
        if connections == 8 {
            println!(
                "  {:.0} times the requests of Feast's server (goal 100), p99 {:.2} ms (goal 1.5 ms)",
                of_own.rate / FEAST,
                of_own.p99
            );
        }
    }
    println!("  memory of the server {}", memory(&own));

    for (form, bodies) in [("plain form", many_plain()), ("Feast's form", many_feast())] {
        let file = directory.path().join("answers");
        let mut answers = String::new();
        for body in &bodies {
            answers.push_str(&format!("{body}\n{}\n", own.ask(body)?));
        }
        std::fs::write(&file, answers)?;
        let bare = Process::start_with(BARE, &redis.url(), Some(&file))?;
        let load = Load::new(directory.path(), "many", &bodies, 1)?;
        load.run(&own, WARM_UP)?;
        load.run(&bare, WARM_UP)?;
        let (mut of_own, mut of_bare) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            of_bare.push(load.run(&bare, TURN)?);
            of_own.push(load.run(&own, TURN)?);
        }
        let (of_own, of_bare) = (median(&of_own), median(&of_bare));
        println!("{MANY} entities, 50 features of five views, one connection, {form}");
        report("featurestore", of_own);
        report("bare pipeline", of_bare);
        println!(
            "  p50 {:.2} times (goal 1.15), processor {:.2} times",
            of_own.p50 / of_bare.p50,
            of_own.processor / of_bare.processor
        );
    }
    println!("  memory of the server {}", memory(&own));
    Ok(())
}

fn one_entity() -> Vec<String> {
    let body = |user: usize| {
        let user = views::user_id(user * 7919 % views::USERS);
        format!(r#"{{"user_id": "{user}", "service": "watching"}}"#)
    };
    (0..1_000).map(body).collect()
}

fn many_plain() -> Vec<String> {
    let features = list(views::wide_names().map(str::to_owned));
    let body = |users: String| format!(r#"{{"user_id": {users}, "features": {features}}}"#);
    many_users().map(body).collect()
}

fn many_feast() -> Vec<String> {
    let features = list(views::wide_names().map(str::to_owned));
    let body = |users: String| {
        format!(
            r#"{{"features": {features}, "entities": {{"user_id": {users}}}, "full_feature_names": false}}"#
        )
    };
    many_users().map(body).collect()
}

fn many_users() -> impl Iterator<Item = String> {
    let users = |start: usize| {
        let users =
            (0..MANY).map(move |user| views::user_id((start * MANY + user) * 7919 % views::USERS));
        list(users)
    };
    (0..50).map(users)
}

fn list(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.map(|text| format!("{text:?}")).collect();
    format!("[{}]", texts.join(", "))
}

fn report(name: &str, run: Run) {
    let Run {
        rate,
        p50,
        p99,
        processor,
    } = run;
    println!(
        "  {name:<14} {rate:>7.0} requests/s  p50 {p50:>6.3} ms  p99 {p99:>6.3} ms  processor {processor:>5.1} µs"
    );
}

fn memory(process: &Process) -> String {
    match process.peak_memory() {
        Some(megabytes) => format!("{megabytes:.1} MB at most (goal 30 MB)"),
        None => "is not told on this system".to_owned(),
    }
}
