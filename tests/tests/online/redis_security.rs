//! TLS, users and passwords.

use std::sync::Arc;
use std::time::Instant;

use featurestore::online::{EntityRead, OnlineError, OnlineStore, RedisStore};
use featurestore::testing::contract;
use featurestore_tests::redis_server::free_port;
use featurestore_tests::redis_tls::{Files, PASSWORD, USER};
use featurestore_tests::{PATIENCE, RedisCluster, RedisSentinels, RedisServer, RedisTls};

use super::rows::{address, read_one, row, write};

#[tokio::test]
async fn a_server_that_no_trusted_authority_vouches_for_is_not_talked_to() {
    let server = RedisTls::start().unwrap();
    let (own, other) = (server.files(), Files::new().unwrap());
    let url = server.url_with(USER, "p%40ss%3Aw%2Frd");
    let ca = |files: &Files| format!("{url}?ca={}", files.path("ca.pem").display());
    let client = |files: &Files| {
        let (cert, key) = (files.path("client.pem"), files.path("client.key"));
        format!("cert={}&key={}", cert.display(), key.display())
    };
    // Another authority, none but the system's, no certificate, and one that the server's
    // authority did not sign.
    for url in [
        format!("{}&{}", ca(&other), client(own)),
        format!("{url}?{}", client(own)),
        ca(own),
        format!("{}&{}", ca(own), client(&other)),
    ] {
        let error = RedisStore::new(&url).unwrap().ping().await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, OnlineError::Unreachable { .. }), "{text}");
        assert!(!text.contains(PASSWORD) && !text.contains("p%40"), "{text}");
    }
    let store = RedisStore::new(format!("{}&{}", ca(own), client(own))).unwrap();
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_user_is_who_the_address_says_and_may_do_what_a_store_does() {
    let server = RedisTls::start().unwrap();
    let parameters = server.files().parameters();
    for (user, password) in [(USER, "wr0ng"), ("nobody", "p%40ss%3Aw%2Frd")] {
        let url = format!("{}?{parameters}", server.url_with(user, password));
        let error = RedisStore::new(url).unwrap().ping().await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, OnlineError::Refused { .. }), "{text}");
        assert!(text.contains("the user or the password"), "{text}");
        assert!(!text.contains(password), "{text}");
    }
    let url = format!("{}&protocol=resp3", server.url());
    let store = RedisStore::new(url).unwrap();
    let (a, stored) = (address("p", "a"), row((1, None), b"x"));
    store.write(&[write(&a, "v", &stored)]).await.unwrap();
    assert_eq!(read_one(&store, &a, "v").await, Some(stored.clone()));
    server
        .server()
        .run(&format!("ACL SETUSER {USER} -evalsha"))
        .unwrap();
    let error = store.write(&[write(&a, "v", &stored)]).await.unwrap_err();
    let text = error.to_string();
    assert!(
        matches!(error, OnlineError::Refused { .. }) && text.contains("NOPERM"),
        "{text}"
    );
}

/// What docs/serving.md tells operators to give a user, in a database other than 0.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_what_the_documentation_lists_may_do_all_that_a_store_does() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/serving.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut lines = page.lines().map(str::trim);
    let listed = lines.find(|line| line.starts_with("ACL SETUSER ")).unwrap();
    let listed = listed.replace("~PROJECT:*", "~*");
    for protocol in ["resp2", "resp3"] {
        let server = RedisServer::start().unwrap();
        server.run(&listed).unwrap();
        let url = server.url().replace("://", "://features:PASSWORD@");
        let url = format!("{url}/2?protocol={protocol}");
        for case in contract::CASES {
            println!("{protocol} {}", case.name());
            case.run(&|| Arc::new(RedisStore::new(&url).unwrap())).await;
            server.run("FLUSHALL").unwrap();
        }
        let store = RedisStore::new(&url).unwrap();
        store.evicts().await.unwrap();
        let refused = server.run("ACL LOG").unwrap();
        assert_eq!(refused, redis::Value::Array(Vec::new()));
    }
}

#[tokio::test]
async fn a_password_that_is_a_word_blanks_no_message() {
    let port = free_port().unwrap();
    let server = RedisServer::start().unwrap();
    for word in ["no", "the", "refused", "connection"] {
        let url = format!("redis://app:{word}@127.0.0.1:{port}");
        let down = RedisStore::new(url).unwrap().ping().await.unwrap_err();
        let down = down.to_string();
        assert!(down.contains("Connection refused"), "{down}");
        server.run("ACL SETUSER app reset").unwrap();
        let setuser = format!("ACL SETUSER app on >{word} ~* +@all -hmget -hget");
        server.run(&setuser).unwrap();
        let url = server.url().replace("://", &format!("://app:{word}@"));
        let store = RedisStore::new(url).unwrap();
        let address = address("p", "a");
        let asked = EntityRead::new(&address, &["v"]);
        let text = store.read(&[asked]).await.unwrap_err().to_string();
        assert!(text.contains("has no permissions to run the"), "{text}");
    }
}

#[tokio::test]
async fn a_user_who_may_not_load_the_script_is_told_so() {
    let server = RedisServer::start().unwrap();
    server
        .run("ACL SETUSER reader on >pass ~* +@all -script")
        .unwrap();
    let url = server.url().replace("://", "://reader:pass@");
    let store = RedisStore::new(url).unwrap();
    let a = address("p", "a");
    let error = store.write(&[write(&a, "v", &row((1, None), b"x"))]).await;
    let text = error.unwrap_err().to_string();
    assert!(text.contains("NOPERM") && text.contains("script"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_talked_to_over_tls_on_each_of_its_nodes() {
    let cluster = RedisCluster::start_with_tls().unwrap();
    let store = RedisStore::new(cluster.url()).unwrap();
    let stored = row((1, None), b"x");
    let addresses: Vec<_> = (0..60).map(|key| address("p", &key.to_string())).collect();
    let rows: Vec<_> = addresses
        .iter()
        .map(|address| write(address, "v", &stored))
        .collect();
    store.write(&rows).await.unwrap();
    for address in &addresses {
        assert_eq!(read_one(&store, address, "v").await.as_ref(), Some(&stored));
    }
    for master in cluster.masters() {
        let keys = master.run("DBSIZE").unwrap();
        assert!(redis::from_redis_value::<u64>(keys).unwrap() > 5);
    }
    assert_eq!(store.delete_project("p").await.unwrap(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinels_and_the_masters_that_they_name_are_talked_to_over_tls() {
    let sentinels = RedisSentinels::start_with_tls().unwrap();
    let plain = sentinels.url().replace("rediss", "redis");
    let plain = plain.split('?').next().unwrap();
    RedisStore::new(plain).unwrap().ping().await.unwrap_err();
    let store = RedisStore::new(sentinels.url()).unwrap();
    let a = address("p", "a");
    let stored = |time| row((time, None), b"x");
    store.write(&[write(&a, "v", &stored(1))]).await.unwrap();
    sentinels.fail_over().unwrap();
    let (start, mut time) = (Instant::now(), 1);
    let new_master = || sentinels.replica().connect().unwrap();
    let has_it = |time| {
        let mut get = redis::cmd("HGET");
        get.arg(a.as_bytes()).arg("v");
        get.query::<Option<Vec<u8>>>(&mut new_master()).unwrap() == Some(stored(time).to_vec())
    };
    loop {
        time += 1;
        store.write(&[write(&a, "v", &stored(time))]).await.unwrap();
        if has_it(time) {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "{time} rows");
    }
    assert_eq!(read_one(&store, &a, "v").await, Some(stored(time)));
}

#[tokio::test]
async fn plain_text_to_a_tls_port_and_tls_to_a_plain_one_are_errors() {
    let files = Files::new().unwrap();
    let port = free_port().unwrap();
    let arguments = files.arguments(port);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let secure = RedisServer::start_with(&arguments).unwrap();
    let plain = RedisServer::start().unwrap();
    for url in [
        format!("redis://localhost:{port}"),
        format!("rediss://localhost:{}?{}", plain.port(), files.parameters()),
    ] {
        RedisStore::new(&url).unwrap().ping().await.unwrap_err();
    }
    assert!(secure.run("PING").is_ok());
}
