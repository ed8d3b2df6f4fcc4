use std::io::Read;
use std::process::Stdio;

use super::{Ran, fail, run, watch};

#[test]
fn what_is_not_written_as_the_help_says_is_status_two() {
    for args in [
        &[][..],
        &["lst"],
        &["describe"],
        &["get", "title"],
        &["get", "title", "-k", "1", "--now", "yesterday"],
    ] {
        let ran = run(args);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{args:?}");
        assert!(
            ran.err.contains("Usage:") || ran.err.contains("--help"),
            "{}",
            ran.err
        );
    }
    let ran = run(&["--help"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let ran = run(&["--version"]);
    let version = concat!("featurestore ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), version));
}

#[test]
fn the_help_has_a_commands_own_flags_before_those_of_every_command() {
    let help = run(&["materialize", "--help"]).out;
    let place = |text: &str| {
        help.find(text)
            .unwrap_or_else(|| unreachable!("{text}: {help}"))
    };
    assert!(place("--quarantine") < place("Options of every command:"));
    assert!(place("Options of every command:") < place("--online"));
}

#[test]
fn a_command_that_takes_a_service_says_which_one_to_ask_for_a_view() {
    let at = ["--at", "2026-05-07"];
    for command in [
        [&["explain", "title", "-k", "1"][..], &at].concat(),
        [&["snapshot", "title", "-o", "train.parquet"][..], &at].concat(),
    ] {
        let message = fail(&command);
        assert!(
            message.starts_with("`title` is a view, and this command takes a service; ")
                && message.contains("ask for `rank_title`"),
            "{message}"
        );
    }
}

#[test]
fn tables_are_folded_to_a_width_and_keep_the_lines_of_a_query() {
    let widest = |args: &[&str]| {
        let out = run(args).out;
        out.lines().map(str::len).max().unwrap()
    };
    assert!(widest(&["list", "--width", "0"]) > 100);
    assert!(widest(&["list", "--width", "80"]) <= 80);
}

#[test]
fn a_flag_counts_before_the_environment_and_that_before_the_program() {
    // Opening a store at an address of another kind fails and names it, which shows what counts.
    let online = |flag: Option<&str>, environment: &str| -> Ran {
        let mut command = watch(&["list"]);
        command.env("FEATURESTORE_ONLINE", environment);
        if let Some(flag) = flag {
            command.args(["--online", flag]);
        }
        command.output().unwrap().into()
    };
    let ran = online(None, "nonsense://app:secret@environment");
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.contains("nonsense://app:***@environment"),
        "{}",
        ran.err
    );
    let ran = online(Some("nonsense://app:secret@flag"), "nonsense://environment");
    assert!(ran.err.contains("nonsense://app:***@flag"), "{}", ran.err);
    assert_eq!(online(None, "").code, Some(0));
}

#[test]
fn the_help_does_not_show_a_password() {
    let mut command = watch(&["--help"]);
    let ran: Ran = command
        .env("FEATURESTORE_ONLINE", "redis://:secret@host")
        .output()
        .unwrap()
        .into();
    assert!(ran.out.contains("FEATURESTORE_ONLINE") && !ran.out.contains("secret"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = watch(&["schema"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

#[test]
#[cfg(target_os = "linux")]
fn an_answer_that_can_not_be_written_is_an_error() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = watch(&["list"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output();
    let ran: Ran = output.unwrap().into();
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err
            .starts_with("error: can't write the answer: No space left on device"),
        "{}",
        ran.err
    );
}
