use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use featurestore_tests::PATIENCE;

use super::{fail, watch};

/// A server on a free port, ended with the test.
pub(super) struct Served {
    process: Child,
    pub(super) url: String,
    pub(super) address: String,
}

impl Served {
    fn start() -> Self {
        Self::with(&[], |_| {})
    }

    /// Starts one with flags and an environment.
    pub(super) fn with(args: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        let listen = ["serve", "--listen", "127.0.0.1:0"];
        let listen = if args.contains(&"--listen") {
            &listen[..1]
        } else {
            &listen[..]
        };
        let mut command = watch(&[listen, args].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        change(&mut command);
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let said = line.strip_prefix("listening on ").unwrap_or_else(|| {
            let mut error = String::new();
            let _ = process.stderr.take().unwrap().read_to_string(&mut error);
            unreachable!("{line}{error}")
        });
        let (url, online) = said.split_once(", online store ").unwrap();
        assert_eq!(online, "memory://app:***@here\n");
        Self {
            process,
            address: url.split_once("://").unwrap().1.to_owned(),
            url: url.to_owned(),
        }
    }

    /// Sends a request that ends its connection: the answer, as far as it came. A server that refuses
    /// a request may close before all of it is sent, and then not even that need come.
    pub(super) fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}",
        );
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }

    /// Stops it as an operator does; what it wrote to the standard error.
    #[cfg(unix)]
    pub(super) fn stop(mut self, signal: &str) -> String {
        let id = self.process.id().to_string();
        let kill = Command::new("kill").args([signal, &id]).status();
        assert!(kill.unwrap().success());
        assert_eq!(self.process.wait().unwrap().code(), Some(0), "{signal}");
        let mut error = String::new();
        self.process
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut error)
            .unwrap();
        error
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn serve_says_where_it_listens_and_answers_there() {
    let served = Served::start();
    let body =
        r#"{"user_id": "8a2f", "features": ["user_segment", "watch_count_30d", "last_genre"]}"#;
    let answer = served.ask("POST", "/get-online-features", "", body);
    assert!(
        answer.ends_with(r#"{"user_id":"8a2f","features":{"user_segment":"power_user","watch_count_30d":47,"last_genre":"documentary"}}"#),
        "{answer}"
    );
    let message = fail(&["serve", "--listen", &served.address]);
    assert!(
        message.starts_with(&format!("{} is in use by another program;", served.address))
            && message.contains("--listen"),
        "{message}"
    );
}

#[test]
#[cfg(unix)]
fn a_signal_stops_the_server_in_order() {
    for signal in ["-TERM", "-INT"] {
        let served = Served::start();
        let idle = TcpStream::connect(&served.address).unwrap();
        assert_eq!(served.stop(signal), "", "what is usual is not logged");
        drop(idle);
    }
}

#[test]
fn each_limit_is_a_flag() {
    let limits = [
        "--max-entities=2",
        "--max-body=90",
        "--max-head=9000",
        "--max-requests=10",
        "--max-connections=10",
        "--request-time=2s",
        "--head-time=2s",
    ];
    let served = Served::with(&limits, |_| {});
    let ask = |body: &str| served.ask("POST", "/get-online-features", "", body);
    let body = |ids: &str| format!(r#"{{"user_id": [{ids}], "service": "watch_next"}}"#);
    assert!(ask(&body(r#""a","b""#)).starts_with("HTTP/1.1 200 "));
    assert!(ask(&body(r#""a","b","c""#)).contains("too_many_entities"));
    assert!(ask(&" ".repeat(91)).starts_with("HTTP/1.1 413 "));
    let long = format!("x: {}\r\n", "x".repeat(30_000));
    let answer = served.ask("GET", "/health", &long, "");
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
        "{answer}"
    );
    // A head that does not come, and one too many while those wait.
    let begun: Vec<TcpStream> = (0..10)
        .map(|_| TcpStream::connect(&served.address).unwrap())
        .collect();
    let mut refused = TcpStream::connect(&served.address).unwrap();
    assert_eq!(refused.read(&mut [0]).unwrap_or_default(), 0);
    // Each is closed, and not kept for as long as a head may take by default.
    for mut stream in begun {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let end = stream.read(&mut [0]).map_err(|error| error.kind());
        assert_ne!(end, Err(std::io::ErrorKind::WouldBlock));
    }
}

#[test]
#[cfg(unix)]
fn failures_are_logged_as_text_or_json_at_a_level() {
    let damaged = |served: &Served| {
        let answer = served.ask("GET", "/ready", "", "");
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    };
    // Nothing listens there.
    let nowhere = ["--online", "redis://127.0.0.1:1"];
    let served = |args: &[&str]| {
        let mut command =
            watch(&[&["serve", "--listen", "127.0.0.1:0"], &nowhere[..], args].concat());
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let address = line
            .strip_prefix("listening on http://")
            .unwrap()
            .split(',')
            .next()
            .unwrap();
        Served {
            url: String::new(),
            address: address.to_owned(),
            process,
        }
    };
    let text = served(&[]);
    damaged(&text);
    let text = text.stop("-TERM");
    assert!(
        text.contains(" WARN ") && text.contains("not ready"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'),);
    let json = served(&["--log-format", "json"]);
    damaged(&json);
    let json = json.stop("-TERM");
    let line: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&line["level"], &line["message"]),
        (&"WARN".into(), &"not ready".into())
    );
    let quiet = served(&["--log-level", "error"]);
    damaged(&quiet);
    assert_eq!(quiet.stop("-TERM"), "");
    let chatty = served(&["--log-level", "featurestore=debug"]);
    damaged(&chatty);
    assert!(chatty.stop("-TERM").contains("http.route=\"/ready\""));
    let message = fail(&["serve", "--log-level", "featurestore=loud"]);
    assert!(
        message.starts_with("`featurestore=loud` is no log level: ")
            && message.contains("write error, warn, info or debug"),
        "{message}"
    );
    // The filter takes a word that it doesn't know for a target, and would say nothing at all.
    for level in ["loud", "hyper=debug,verbose"] {
        let message = fail(&["serve", "--log-level", level]);
        assert!(message.contains("is no log level: "), "{message}");
    }
}
