//! `serve` with tokens, with TLS, and where other machines reach it.

use std::io::Write;

use featurestore_tests::redis_tls::Files;

use super::serve::Served;
use super::{fail, watch};

const LINES: &str = "ops token-of-the-operators *\nranker token-of-the-ranker-1 rank_title\n";

fn statuses(served: &Served) -> [String; 4] {
    let status = |path: &str, token: &str| {
        let headers = format!("authorization: Bearer {token}\r\n");
        served.ask("GET", path, &headers, "")[9..12].to_owned()
    };
    [
        status(
            "/services/watch_next?user_id=8a2f",
            "token-of-the-operators",
        ),
        status("/metrics", "token-of-the-operators"),
        status("/metrics", "token-of-the-ranker-1"),
        status(
            "/services/watch_next?user_id=8a2f",
            "token-of-nobody-at-all",
        ),
    ]
}

#[test]
fn tokens_come_from_a_file_or_the_environment() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(LINES.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let expected = ["200", "200", "403", "401"];
    assert_eq!(
        statuses(&Served::with(&["--tokens", path], |_| {})),
        expected
    );
    let served = Served::with(&[], |command| {
        command.env("FEATURESTORE_TOKENS", LINES);
    });
    assert_eq!(statuses(&served), expected);
}

#[test]
fn a_line_that_is_no_token_is_named_and_not_shown() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"# who\nops hush-hush-hush-hush\n").unwrap();
    let path = file.path().to_str().unwrap();
    let message = fail(&["serve", "--tokens", path]);
    assert_eq!(
        message,
        format!("tokens: {path}, line 2: write three words: NAME TOKEN SERVICE,SERVICE\n")
    );
    let output = watch(&["serve"])
        .env("FEATURESTORE_TOKENS", "ops hush *")
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: tokens: FEATURESTORE_TOKENS, line 1: `ops`: the token has fewer than 16 characters; `openssl rand -hex 32` makes one\n"
    );
    let output = watch(&["serve", "--help"])
        .env("FEATURESTORE_TOKENS", LINES)
        .output();
    let help = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(
        help.contains("FEATURESTORE_TOKENS") && !help.contains("token-of"),
        "{help}"
    );
}

#[cfg(unix)]
#[test]
fn an_environment_that_is_no_text_is_an_error_and_not_none() {
    use std::os::unix::ffi::OsStrExt as _;

    let bytes = std::ffi::OsStr::from_bytes(b"ops hush-hush-hush-hush\xff *");
    // Without tokens it would be served to everyone on this machine.
    let asked = ["serve", "--listen", "192.0.2.1:1"];
    let output = watch(&asked).env("FEATURESTORE_TOKENS", bytes).output();
    let message = String::from_utf8(output.unwrap().stderr).unwrap();
    let sentence = "error: tokens: the environment's FEATURESTORE_TOKENS is not UTF-8";
    assert!(message.starts_with(sentence), "{message}");
}

#[test]
fn an_address_that_others_reach_needs_tokens_or_insistence() {
    let message = fail(&["serve", "--listen", "0.0.0.0:0"]);
    assert!(
        message.starts_with("0.0.0.0:0 can be reached from other machines, and nobody")
            && message.contains("--tokens")
            && message.contains("--insecure-no-tokens"),
        "{message}"
    );
    #[cfg(unix)]
    {
        let insist = ["--listen", "0.0.0.0:0", "--insecure-no-tokens"];
        let note = Served::with(&insist, |_| {}).stop("-TERM");
        assert!(
            note.starts_with("note: 0.0.0.0:") && note.contains("nobody is asked"),
            "{note}"
        );
        let served = Served::with(&["--listen", "0.0.0.0:0"], |command| {
            command.env("FEATURESTORE_TOKENS", LINES);
        });
        assert_eq!(statuses(&served)[0], "200");
        let note = served.stop("-TERM");
        assert!(
            note.contains("tokens come to 0.0.0.0:") && note.contains("--tls-cert"),
            "{note}"
        );
    }
}

#[test]
fn with_a_certificate_it_speaks_tls() {
    let files = Files::new().unwrap();
    let path = |name: &str| files.path(name).to_str().unwrap().to_owned();
    let (cert, key) = (path("server.pem"), path("server.key"));
    let served = Served::with(&["--tls-cert", &cert, "--tls-key", &key], |_| {});
    assert!(
        served.url.starts_with("https://127.0.0.1:"),
        "{}",
        served.url
    );
    // What speaks no TLS gets no answer.
    let mut stream = std::net::TcpStream::connect(&served.address).unwrap();
    stream
        .write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
    assert!(!answer.starts_with(b"HTTP"));
    let message = fail(&["serve", "--tls-cert", &key, "--tls-key", &key]);
    assert!(
        message.starts_with(&format!("{key}: there is no certificate in it")),
        "{message}"
    );
    let output = watch(&["serve", "--tls-cert", &cert]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "a certificate needs its key");
}
