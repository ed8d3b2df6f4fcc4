//! The Model Context Protocol over standard input and output, by the program that users have.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use featurestore_tests::{PATIENCE, RedisServer};
use rmcp::ServiceExt;
use rmcp::model::{CallToolRequestParams, ReadResourceRequestParams, ResourceContents};
use serde_json::{Value as Json, json};

use crate::{fits, vendors};

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watch"));
    command
        .arg("mcp")
        .args(args)
        .env_remove("FEATURESTORE_ONLINE")
        .env_remove("FEATURESTORE_DATA_ROOT")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A conversation, line by line.
pub(crate) struct Conversation {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    last: u64,
}

impl Conversation {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut process = program(args).spawn().unwrap();
        Self {
            input: process.stdin.take(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
            last: 0,
        }
    }

    fn send(&mut self, message: &Json) {
        let mut input = self.input.as_ref().unwrap();
        writeln!(input, "{message}").unwrap();
    }

    /// Sends a line as it is; the next line must be the answer.
    pub(crate) fn say(&mut self, line: &str) -> Json {
        let mut input = self.input.as_ref().unwrap();
        writeln!(input, "{line}").unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    pub(crate) fn begin(&mut self) -> Json {
        let begun = self.ask(
            "initialize",
            json!({
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "by hand", "version": "1"}
            }),
        );
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        begun["result"].clone()
    }

    /// Sends a request; the next line must be its answer.
    fn ask(&mut self, method: &str, params: Json) -> Json {
        self.last += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}));
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let answer: Json = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&answer["jsonrpc"], &answer["id"]),
            (&json!("2.0"), &json!(self.last)),
            "{line}"
        );
        answer
    }

    pub(crate) fn call(&mut self, name: &str, arguments: Json) -> Json {
        self.ask("tools/call", json!({"name": name, "arguments": arguments}))
    }

    /// Ends the input; what the program still says, and how it ended.
    pub(crate) fn end(mut self) -> (String, Option<i32>) {
        drop(self.input.take());
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.output, &mut rest).unwrap();
        (rest, self.code())
    }

    /// How the program ended, which it must do soon.
    fn code(&mut self) -> Option<i32> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.process.kill().unwrap();
        panic!("the program did not end");
    }
}

#[test]
fn a_session_by_hand_lists_calls_and_reads() {
    let mut session = Conversation::start(&["--service", "watch_next"]);
    let begun = session.begin();
    assert_eq!(begun["protocolVersion"], "2025-06-18");
    assert_eq!(begun["serverInfo"]["name"], "featurestore");
    assert_eq!(begun["serverInfo"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(begun["instructions"].as_str().unwrap().contains("`watch`"));
    let tools = session.ask("tools/list", json!({}))["result"]["tools"].clone();
    assert_eq!(vendors::mcp(&tools), Vec::<String>::new());
    assert_eq!(tools.as_array().unwrap().len(), 1);
    let answer = session.call("watch_next", json!({"user_id": "8a2f"}))["result"].clone();
    assert_eq!(answer["isError"], false);
    fits(&tools[0]["outputSchema"], &answer["structuredContent"]).unwrap();
    let text = answer["content"][0]["text"].as_str().unwrap();
    assert!(
        text.starts_with(
            r#"{"user_segment":"power_user","watch_count_30d":47,"last_genre":"documentary","#
        ),
        "{text}"
    );
    assert_eq!(
        serde_json::from_str::<Json>(text).unwrap(),
        answer["structuredContent"]
    );
    let resources = session.ask("resources/list", json!({}))["result"]["resources"].clone();
    let uris: Vec<&str> = resources
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|resource| resource["uri"].as_str())
        .collect();
    assert_eq!(
        uris,
        [
            "featurestore://services/watch_next",
            "featurestore://views/last_genre",
            "featurestore://views/user_segment",
            "featurestore://views/watch_activity",
        ]
    );
    for uri in uris {
        let read = session.ask("resources/read", json!({"uri": uri}));
        let contents = &read["result"]["contents"][0];
        assert_eq!(
            (&contents["uri"], &contents["mimeType"]),
            (&json!(uri), &json!("application/json"))
        );
        let json: Json = serde_json::from_str(contents["text"].as_str().unwrap()).unwrap();
        assert!(
            uri.ends_with(json["name"].as_str().unwrap())
                && !json["features"].as_array().unwrap().is_empty()
        );
    }
    let templates = session.ask("resources/templates/list", json!({}))["result"].clone();
    assert_eq!(
        templates["resourceTemplates"][1]["uriTemplate"],
        "featurestore://views/{name}"
    );
    assert_eq!(session.end(), (String::new(), Some(0)));
}

/// The store stands still, with more patience than a call has. Other messages are answered meanwhile.
#[test]
fn a_call_that_exceeds_its_time_is_answered_as_one_and_the_next_works() {
    let redis = RedisServer::start().unwrap();
    let online = format!("{}?command_timeout=10m&connect_timeout=10m", redis.url());
    let arguments = ["--service", "watch_next", "--call-time", "1s", "--online"];
    let mut session = Conversation::start(&[&arguments[..], &[&online]].concat());
    session.begin();
    let user = json!({"user_id": "8a2f"});
    let works = session.call("watch_next", user.clone())["result"].clone();
    assert_eq!(works["isError"], false, "{works}");
    redis.signal("STOP").unwrap();
    let begun = Instant::now();
    let late = json!({"name": "watch_next", "arguments": user});
    session.send(&json!({"jsonrpc": "2.0", "id": 99, "method": "tools/call", "params": late}));
    session.send(&json!({"jsonrpc": "2.0", "id": 100, "method": "ping"}));
    let mut answers: Vec<Json> = vec![];
    for _ in 0..2 {
        let mut line = String::new();
        session.output.read_line(&mut line).unwrap();
        answers.push(serde_json::from_str(&line).unwrap());
    }
    redis.signal("CONT").unwrap();
    // Long before the store would give up, which has ten minutes.
    assert!(begun.elapsed() < PATIENCE);
    assert_eq!(
        (&answers[0]["id"], &answers[1]["id"]),
        (&json!(100), &json!(99))
    );
    let late = &answers[1]["result"];
    assert_eq!(late["isError"], true, "{late}");
    let text = late["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("try it again later"), "{text}");
    let works = session.call("watch_next", user)["result"].clone();
    assert_eq!(works["isError"], false, "{works}");
    assert_eq!(session.end(), (String::new(), Some(0)));
}

#[test]
fn a_wrong_call_is_a_result_and_an_unknown_tool_a_protocol_error() {
    let mut session = Conversation::start(&["--service", "watch_next"]);
    session.begin();
    let wrong = session.call("watch_next", json!({"user": "8a2f"}))["result"].clone();
    assert_eq!(wrong["isError"], true);
    assert_eq!(
        wrong["content"][0]["text"],
        r#"`user` is no argument; the arguments are user_id; call it like this: {"user_id":"8a2f"}"#
    );
    let none = session.ask("tools/call", json!({"name": "watch_next"}))["result"].clone();
    assert_eq!(none["isError"], true);
    let unknown = session.call("watch_nxt", json!({"user_id": "8a2f"}))["error"].clone();
    assert_eq!(unknown["code"], -32602);
    assert_eq!(
        unknown["message"],
        "no such tool (did you mean `watch_next`?); there is: watch_next"
    );
    let unread = session.ask(
        "resources/read",
        json!({"uri": "featurestore://views/title"}),
    )["error"]
        .clone();
    assert_eq!(unread["code"], -32002);
    let unknown = session.ask("tools/drop", json!({}))["error"].clone();
    assert_eq!(unknown["code"], -32601);
    assert_eq!(session.end(), (String::new(), Some(0)));
}

/// Even where the protocol's library is to log everything.
#[test]
fn nothing_that_a_caller_sends_is_in_the_log() {
    let mut process = program(&["--service", "watch_next"])
        .env("FEATURESTORE_LOG", "trace,rmcp=trace")
        .spawn()
        .unwrap();
    let secret = "hush".repeat(20_000);
    let mut input = process.stdin.take().unwrap();
    let requests = [
        (
            1,
            "initialize",
            json!({
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "by hand", "version": "1"}
            }),
        ),
        (2, "resources/read", json!({"uri": secret})),
        (3, "tools/call", json!({"name": secret, "arguments": {}})),
        (
            4,
            "tools/call",
            json!({"name": "watch_next", "arguments": {"user_id": secret}}),
        ),
        (5, secret.as_str(), json!({})),
    ];
    let mut text = String::new();
    for (id, method, params) in requests {
        let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        text.push_str(&format!("{request}\n"));
        if id == 1 {
            let begun = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
            text.push_str(&format!("{begun}\n"));
        }
    }
    // A program that logs more than a pipe holds reads on only where its log is read meanwhile.
    let written = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = process.wait_with_output().unwrap();
    written.join().unwrap().unwrap();
    let (out, log) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert_eq!(out.lines().count(), 5, "{out}");
    assert!(!log.contains("hush"), "{}", &log[..log.len().min(2_000)]);
}

#[test]
fn nothing_is_exposed_that_is_not_named() {
    let mut session = Conversation::start(&["--service", "watch_next"]);
    session.begin();
    let hidden = session.call("rank_title", json!({"user_id": "8a2f", "title_id": 1}));
    assert_eq!(hidden["error"]["code"], -32602);
    let hidden = session.ask(
        "resources/read",
        json!({"uri": "featurestore://services/rank_title"}),
    );
    assert_eq!(hidden["error"]["code"], -32002);
    session.end();
    let mut all = Conversation::start(&["--all-services"]);
    all.begin();
    let tools = all.ask("tools/list", json!({}))["result"]["tools"].clone();
    assert_eq!(tools.as_array().unwrap().len(), 2);
    let view = all.ask(
        "resources/read",
        json!({"uri": "featurestore://views/title"}),
    );
    let view: Json =
        serde_json::from_str(view["result"]["contents"][0]["text"].as_str().unwrap()).unwrap();
    let names: Vec<&str> = view["features"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|feature| feature["name"].as_str())
        .collect();
    assert_eq!(
        names,
        ["rating"],
        "a view shows what the services read of it"
    );
    all.end();
    for args in [&[][..], &["--service", "watch_next", "--all-services"]] {
        let ran = program(args).output().unwrap();
        assert_eq!(ran.status.code(), Some(2), "{args:?}");
    }
    let ran = program(&["--service", "watch_nxt"]).output().unwrap();
    assert_eq!((ran.status.code(), ran.stdout.len()), (Some(1), 0));
}

#[test]
fn the_end_of_the_input_is_the_end_of_the_program_and_all_is_answered_before() {
    let before = Conversation::start(&["--service", "watch_next"]);
    assert_eq!(before.end(), (String::new(), Some(0)));
    for _ in 0..20 {
        let mut session = Conversation::start(&["--service", "watch_next"]);
        session.begin();
        for id in 10..20 {
            let call = json!({"name": "watch_next", "arguments": {"user_id": "8a2f"}});
            session
                .send(&json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": call}));
        }
        let (rest, code) = session.end();
        assert_eq!((rest.lines().count(), code), (10, Some(0)), "{rest}");
    }
}

#[test]
fn what_is_not_the_protocol_does_not_end_it_or_reach_the_output() {
    let mut session = Conversation::start(&["--service", "watch_next"]);
    session.begin();
    let mut input = session.input.as_ref().unwrap();
    writeln!(input, "hello\n{{\"jsonrpc\": 2}}\n").unwrap();
    session.send(&json!({"jsonrpc": "2.0", "id": "x", "method": "ping"}));
    let mut ponged = false;
    while !ponged {
        let mut line = String::new();
        assert_ne!(session.output.read_line(&mut line).unwrap(), 0);
        let message: Json = serde_json::from_str(&line).unwrap();
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        ponged = message["id"] == "x";
    }
    assert_eq!(session.end().1, Some(0));
}

#[test]
#[cfg(unix)]
fn a_signal_ends_the_program_in_order() {
    for signal in ["-TERM", "-INT"] {
        let mut session = Conversation::start(&["--service", "watch_next"]);
        session.begin();
        let id = session.process.id().to_string();
        let kill = Command::new("kill").args([signal, &id]).status();
        assert!(kill.unwrap().success());
        assert_eq!(session.code(), Some(0), "{signal}");
    }
}

#[tokio::test]
async fn the_librarys_client_is_answered() {
    let mut process = tokio::process::Command::from(program(&["--service", "watch_next"]))
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let streams = (
        process.stdout.take().unwrap(),
        process.stdin.take().unwrap(),
    );
    let client = ().serve(streams).await.unwrap();
    let tools = client.list_all_tools().await.unwrap();
    assert_eq!(tools.len(), 1);
    let annotations = tools[0].annotations.as_ref().unwrap();
    assert_eq!(annotations.read_only_hint, Some(true));
    let arguments = json!({"user_id": "b13c"}).as_object().cloned().unwrap();
    let call = CallToolRequestParams::new("watch_next").with_arguments(arguments);
    let answer = client.call_tool(call).await.unwrap();
    let answer = answer.structured_content.unwrap();
    assert!(
        answer["__missing"]["watch_count_30d"]
            .as_str()
            .unwrap()
            .starts_with("expired")
    );
    let read = ReadResourceRequestParams::new("featurestore://views/watch_activity");
    let read = client.read_resource(read).await.unwrap();
    let ResourceContents::TextResourceContents { text, .. } = &read.contents[0] else {
        panic!("{read:?}")
    };
    let view: Json = serde_json::from_str(text).unwrap();
    assert_eq!(
        (&view["ttl"], &view["cadence"]),
        (&json!("2d"), &json!("1h"))
    );
    assert_eq!(view.get("source"), None);
    client.cancel().await.unwrap();
    assert!(process.wait().await.unwrap().success());
}
