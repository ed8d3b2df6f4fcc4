//! `tools` on the command line.

use std::process::{Command, Output};

use serde_json::Value as Json;

use crate::vendors;

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_watch"))
        .args(args)
        .env_remove("FEATURESTORE_ONLINE")
        .env_remove("FEATURESTORE_DATA_ROOT")
        .output()
        .unwrap()
}

fn tools(args: &[&str]) -> Json {
    let ran = run(&[&["tools"], args].concat());
    assert!(ran.status.success() && ran.stderr.is_empty(), "{ran:?}");
    serde_json::from_slice(&ran.stdout).unwrap()
}

#[test]
fn tools_prints_each_vendors_form() {
    type Checker = fn(&Json) -> Vec<String>;
    let vendors: [(&str, Checker, &str); 5] = [
        ("openai", vendors::openai, "/1/name"),
        ("openai-chat", vendors::openai, "/1/function/name"),
        ("anthropic", vendors::anthropic, "/1/name"),
        ("gemini", vendors::gemini, "/0/functionDeclarations/1/name"),
        ("mcp", vendors::mcp, "/1/name"),
    ];
    for (format, checker, second) in vendors {
        let all = tools(&["--format", format]);
        assert_eq!(checker(&all), Vec::<String>::new(), "{format}");
        assert_eq!(
            all.pointer(second),
            Some(&Json::from("watch_next")),
            "{format}: {all:#}"
        );
    }
}

#[test]
fn the_example_has_the_tool_that_the_readme_shows() {
    let ran = Command::new(env!("CARGO_BIN_EXE_example-watch-next-features"))
        .args(["tools", "watch_next", "--format", "anthropic"])
        .env_remove("FEATURESTORE_ONLINE")
        .env_remove("FEATURESTORE_DATA_ROOT")
        .output()
        .unwrap();
    let printed = String::from_utf8(ran.stdout).unwrap();
    let readme = include_str!("../../../README.md");
    assert!(
        readme.contains(&format!("```json\n{printed}```")),
        "{printed}"
    );
}

#[test]
fn tools_prints_the_services_that_are_named() {
    let one = tools(&["watch_next", "--format", "anthropic"]);
    assert_eq!(one.as_array().unwrap().len(), 1);
    assert_eq!(one[0]["name"], "watch_next");
    let ran = run(&["tools", "watch_nex", "--format", "anthropic"]);
    let message = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(
        message,
        "error: no service `watch_nex` (did you mean `watch_next`?); there is: rank_title, watch_next\n"
    );
    assert_eq!(ran.status.code(), Some(1));
    let ran = run(&["tools"]);
    assert_eq!(ran.status.code(), Some(2));
}
