//! The lock that is committed is the one that the command writes.

use std::path::Path;
use std::process::Command;

const CRATE: &str = env!("CARGO_MANIFEST_DIR");

/// Runs a command that must succeed, on the crate's own lock or another: what it prints.
fn run(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_features"))
        .args(args)
        .args(["--data-root", CRATE])
        .output()
        .expect("the command starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{args:?}: {out}{err}");
    out
}

#[test]
fn the_lock_is_what_is_live() {
    let out = run(&["lock", "--check"]);
    assert!(out.trim_end().ends_with("no differences"), "{out}");
    let out = run(&["plan", "--exit-code"]);
    assert!(out.starts_with("no changes"), "{out}");
}

#[test]
fn a_lock_written_anew_has_the_same_bytes() {
    let committed = std::fs::read(Path::new(CRATE).join("featurestore.lock")).expect("is there");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let anew = directory.join("watch-next.lock");
    let _ = std::fs::remove_file(&anew);
    for _ in 0..2 {
        run(&["lock", "--lock", &anew.to_string_lossy()]);
        let written = std::fs::read(&anew).expect("was written");
        assert!(written == committed, "{} differs", anew.display());
    }
}
