use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use super::{fail, watch};

/// A server on a free port, ended with the test.
struct Served {
    process: Child,
    address: String,
}

impl Served {
    fn start() -> Self {
        let mut process = watch(&["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on http://").unwrap();
        let (address, online) = address.split_once(", online store ").unwrap();
        assert_eq!(online, "memory://app:***@here\n");
        Self {
            process,
            address: address.to_owned(),
        }
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
    let mut stream = TcpStream::connect(&served.address).unwrap();
    write!(
        stream,
        "POST /get-online-features HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
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
        let mut served = Served::start();
        let idle = TcpStream::connect(&served.address).unwrap();
        let id = served.process.id().to_string();
        let kill = std::process::Command::new("kill")
            .args([signal, &id])
            .status();
        assert!(kill.unwrap().success());
        assert_eq!(served.process.wait().unwrap().code(), Some(0), "{signal}");
        drop(idle);
    }
}
