//! A real Chromium without a window, for one test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder, Locator};
use featurestore_tests::redis_server::free_port;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// How long a page has to come to what a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser with a profile of its own, which ends with the test.
pub(super) struct Browser {
    pub(super) client: Client,
    driver: Driver,
    _profile: TempDir,
}

/// The process that the browser is driven by.
struct Driver {
    process: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// A browser with a page of this width and height, in pixels.
    pub(super) async fn open(width: u32, height: u32) -> Self {
        let profile = TempDir::new().unwrap();
        let mut driver = Driver::start().await;
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        let mut flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        let screen = json!({ "width": width, "height": height, "pixelRatio": 1.0, "touch": false });
        let capabilities = json!({
            "goog:chromeOptions": {
                "args": flags,
                "mobileEmulation": { "deviceMetrics": screen },
            },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Json::Object(capabilities) = capabilities else {
            unreachable!("it is written so")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.url())
            .await
            .unwrap();
        driver.session = client.session_id().await.unwrap().unwrap();
        Self {
            client,
            driver,
            _profile: profile,
        }
    }

    /// The text of an element, once it is there.
    pub(super) async fn text(&self, selector: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let wait = self.client.wait().at_most(PATIENCE);
            let text = match wait.for_element(Locator::Css(selector)).await {
                Ok(element) => element.text().await,
                Err(error) => {
                    let page = self.client.source().await.unwrap();
                    panic!("no {selector}: {error}\n{page}")
                }
            };
            match text {
                Ok(text) => return text,
                // It was of a page that was being left.
                Err(error) if error.is_stale_element_reference() && Instant::now() < end => {}
                Err(error) => panic!("{selector} has no text: {error}"),
            }
        }
    }

    /// Clicks on an element, once it is there.
    pub(super) async fn click(&self, selector: &str) {
        let wait = self.client.wait().at_most(PATIENCE);
        let element = wait.for_element(Locator::Css(selector)).await.unwrap();
        element.click().await.unwrap();
    }

    /// Types into an element.
    pub(super) async fn type_into(&self, selector: &str, text: &str) {
        let element = self.client.find(Locator::Css(selector)).await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    /// What the console was told: mistakes of scripts, files that are not there, what a page's
    /// policy forbids.
    pub(super) async fn complaints(&self) -> Vec<String> {
        let path = format!("/session/{}/se/log", self.driver.session);
        let body = json!({ "type": "browser" }).to_string();
        let answer = self.driver.ask("POST", &path, &body).unwrap();
        let answer: Json = serde_json::from_str(&answer).unwrap();
        let lines = answer["value"].as_array().unwrap().iter();
        lines.map(ToString::to_string).collect()
    }
}

impl Driver {
    async fn start() -> Self {
        let port = free_port().unwrap();
        let process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .args(["--log-level=SEVERE"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        let process = match process {
            Ok(process) => process,
            Err(error) => panic!(
                "these tests need `chromium` and `chromedriver` in the PATH, install them: {error}"
            ),
        };
        let driver = Self {
            process,
            port,
            session: String::new(),
        };
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(Instant::now() < end, "chromedriver does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        driver
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Asks for what no client of the protocol has, and without waiting for the test's other work.
    fn ask(&self, method: &str, path: &str, body: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )?;
        // The driver keeps the connection open, so the answer's end is where its head says.
        let mut answer = BufReader::new(stream);
        let mut length = 0;
        let mut line = String::new();
        while answer.read_line(&mut line)? > 2 {
            let header = line.trim_end().to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(std::io::Error::other)?;
            }
            line.clear();
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body)?;
        String::from_utf8(body).map_err(std::io::Error::other)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The browser would outlive its driver.
        let _ = self.ask("DELETE", &format!("/session/{}", self.session), "");
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
