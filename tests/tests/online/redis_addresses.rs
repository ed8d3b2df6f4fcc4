//! What an address may say, and what its errors say and don't.

use featurestore::online::{OnlineError, OnlineStore, RedisStore};
use featurestore_tests::redis_tls::Files;

/// The reason for which an address is none. Its message never has the password.
fn reason(url: &str) -> String {
    let error = RedisStore::new(url).unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(!text.contains("s3cret"), "{text}");
    match error {
        OnlineError::Url { reason, .. } => reason,
        other => panic!("{url}: {other}"),
    }
}

#[test]
fn an_unknown_parameter_is_an_error_that_names_the_known_ones() {
    let common = "cache, command_timeout, connect_timeout, protocol, replicas";
    for (url, name, known) in [
        (
            "redis://:s3cret@host?timeout=1s",
            "timeout",
            common.to_owned(),
        ),
        ("redis://host/0?ca=/x", "ca", common.to_owned()),
        ("redis://host/0?pass=s3cret", "pass", common.to_owned()),
        (
            "rediss://host?tls=yes",
            "tls",
            format!("{common}, ca, cert, key"),
        ),
        (
            "redis+unix:///socket?pass=s3cret&x=1",
            "x",
            format!("{common}, db, user, pass"),
        ),
        (
            "redis+sentinel://host/m?pass=s3cret",
            "pass",
            format!("{common}, sentinel_user, sentinel_pass"),
        ),
        (
            "rediss+cluster://:s3cret@host?db=1",
            "db",
            format!("{common}, ca, cert, key"),
        ),
    ] {
        let expected =
            format!("it has no parameter `{name}`; the parameters of this form are {known}");
        assert_eq!(reason(url), expected, "{url}");
    }
}

#[test]
fn a_parameter_that_says_nothing_is_named() {
    for (url, words) in [
        (
            "redis://host?connect_timeout=3",
            "connect_timeout: `3` is not a duration",
        ),
        (
            "redis+cluster://host?command_timeout=0s",
            "command_timeout: `0s` is not a duration",
        ),
        ("redis://host?cache=0", "cache: `0` is not a number above 0"),
        (
            "redis+cluster://host?cache=9&protocol=resp2",
            "cache: it needs protocol=resp3",
        ),
        (
            "redis://host?replicas=yes",
            "replicas: `yes` is neither true nor false",
        ),
        (
            "redis://host?replicas=true&replicas=true",
            "it has the parameter `replicas` twice",
        ),
        ("redis+cluster://host?protocol=resp9", "invalid protocol"),
        ("redis+cluster://host/3", "a cluster has just database 0"),
        ("redis+sentinel://host", "it lacks the name"),
        ("redis+sentinel://host/m/x", "invalid database number"),
        ("redis+cluster://", "another form"),
        ("redis+cluster://a,,b", "another form"),
        ("redis+cluster://a:port", "another form"),
        ("redis+other://host", "another form"),
        ("redis://:s3cret@host#insecure", "it has no fragment"),
        (
            "rediss://host?ca=/no/such/file",
            "ca: `/no/such/file` can't be read",
        ),
        (
            "rediss+cluster://host?cert=/etc/hostname",
            "cert: `/etc/hostname` has no",
        ),
    ] {
        let reason = reason(url);
        assert!(reason.contains(words), "{url}: {reason}");
    }
}

#[test]
fn a_certificate_and_its_key_come_together() {
    let files = Files::new().unwrap();
    let parameter = |name: &str, file| format!("{name}={}", files.path(file).display());
    let ca = parameter("ca", "ca.pem");
    let cert = parameter("cert", "client.pem");
    let key = parameter("key", "client.key");
    let url = |parameters: &[&String]| {
        let parameters: Vec<&str> = parameters.iter().map(|text| text.as_str()).collect();
        format!("rediss://host?{}", parameters.join("&"))
    };
    assert!(reason(&url(&[&ca, &cert])).contains("cert: it needs `key`"));
    assert!(reason(&url(&[&key, &ca])).contains("key: it needs `cert`"));
    let swapped = [
        parameter("cert", "client.key"),
        parameter("key", "client.pem"),
    ];
    assert!(reason(&url(&[&swapped[0], &swapped[1]])).contains("has no CERTIFICATE"));
    RedisStore::new(url(&[&ca])).unwrap();
    RedisStore::new(url(&[&ca, &cert, &key])).unwrap();
}

#[tokio::test]
async fn every_form_is_shown_without_its_passwords() {
    for (url, shown) in [
        (
            "redis+cluster://app:s3cret@127.0.0.1:1,127.0.0.1:2?replicas=true",
            "redis+cluster://app:***@127.0.0.1:1,127.0.0.1:2?replicas=true",
        ),
        (
            "redis+sentinel://:s3cret@127.0.0.1:1/m/2?sentinel_user=u&sentinel_pass=s3cret",
            "redis+sentinel://:***@127.0.0.1:1/m/2?sentinel_user=u&sentinel_pass=***",
        ),
        (
            "valkey://:s3cret@127.0.0.1:1?connect_timeout=100ms&command_timeout=1s",
            "valkey://:***@127.0.0.1:1?connect_timeout=100ms&command_timeout=1s",
        ),
        (
            "valkeys+cluster://:s3cret@127.0.0.1:1",
            "valkeys+cluster://:***@127.0.0.1:1",
        ),
    ] {
        let store = RedisStore::new(url).unwrap();
        assert_eq!(store.location(), shown);
        let error = store.ping().await.unwrap_err();
        for text in [
            format!("{store:?}"),
            error.to_string(),
            format!("{error:?}"),
        ] {
            assert!(text.contains(shown) && !text.contains("s3cret"), "{text}");
        }
    }
}
