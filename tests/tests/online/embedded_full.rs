//! A disk without room: what is there is read by everyone, and written to when there is room again.
//! The room of a process ends at a length of file that it may write, which needs no disk of one's own.

use std::io::{BufRead, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use featurestore::online::{EmbeddedStore, OnlineStore};
use featurestore::testing::rows::{address, read_one, row, write};

/// A process that adds a key of 100 kB when it is told to.
struct Filler {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Filler {
    /// Starts it with so many blocks of 512 bytes as the longest file that it may write; without a signal
    /// where it would.
    fn start(path: &Path, blocks: &str) -> Self {
        let mut child = Command::new("sh")
            .args([
                "-c",
                "trap '' XFSZ; ulimit -S -f \"$1\"; exec \"$2\" \"$3\"",
                "sh",
                blocks,
            ])
            .arg(env!("CARGO_BIN_EXE_embedded-filler"))
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// What it says next.
    fn line(&mut self) -> String {
        self.lines.next().expect("it ended").unwrap()
    }

    /// Lets it add a key; says what came of it.
    fn fill(&mut self) -> String {
        writeln!(self.child.stdin.as_mut().unwrap()).unwrap();
        self.line()
    }

    /// Lets it add keys until there is no room; gives how many there are, and what it says.
    fn fill_up(&mut self) -> (usize, String) {
        loop {
            let said = self.fill();
            if let Some(failed) = said.strip_prefix("failed with ") {
                let (count, error) = failed.split_once(": ").unwrap();
                return (count.parse().unwrap(), error.to_owned());
            }
        }
    }

    /// Lets it write files of any length.
    fn make_room(&self) {
        let pid = self.child.id().to_string();
        let made = Command::new("prlimit")
            .args(["--pid", &pid, "--fsize=unlimited"])
            .status();
        assert!(made.unwrap().success());
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

async fn count(store: &EmbeddedStore) -> usize {
    let mut count = 0;
    while read_one(store, &address("p", &count.to_string()), "v")
        .await
        .is_some()
    {
        count += 1;
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_no_reads_and_a_later_write_finds_room() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    let mut filler = Filler::start(&path, "6000");
    assert_eq!(filler.line(), "found 0");
    assert_eq!(filler.fill(), "wrote 1");
    let other = EmbeddedStore::new(&path);
    assert_eq!(count(&other).await, 1);
    let (filled, error) = filler.fill_up();
    assert!(filled > 1);
    for part in [
        path.to_str().unwrap(),
        "the disk is full, at ",
        directory.path().to_str().unwrap(),
        "Make room, and try again",
    ] {
        assert!(error.contains(part), "{error}");
    }
    // It reads all of them itself after each.
    assert_eq!(count(&other).await, filled);
    let again = filler.fill();
    assert!(
        again.starts_with(&format!("failed with {filled}: ")),
        "{again}"
    );
    assert_eq!(count(&other).await, filled);
    assert_eq!(count(&EmbeddedStore::new(&path)).await, filled);
    filler.make_room();
    assert_eq!(filler.fill(), format!("wrote {}", filled + 1));
    assert_eq!(count(&other).await, filled + 1);
    filler.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_ends_on_a_full_disk_leaves_all_to_be_read_by_who_can_write_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    let mut filler = Filler::start(&path, "6000");
    filler.line();
    filler.fill();
    // One that was open before, and those that come later.
    let mut before = Filler::start(&path, "0");
    assert_eq!(before.line(), "found 1");
    let (filled, _) = filler.fill_up();
    filler.kill();
    let refused = before.fill();
    assert!(
        refused.starts_with(&format!("failed with {filled}: ")),
        "{refused}"
    );
    let mut after = Filler::start(&path, "0");
    assert_eq!(after.line(), format!("found {filled}"));
    let refused = after.fill();
    assert!(refused.contains("the disk is full"), "{refused}");
    after.make_room();
    assert_eq!(after.fill(), format!("wrote {}", filled + 1));
    after.kill();
    before.kill();
    assert_eq!(count(&EmbeddedStore::new(&path)).await, filled + 1);
}

#[tokio::test]
async fn no_directory_is_made_for_a_path_that_is_mistyped() {
    let directory = tempfile::tempdir().unwrap();
    let rows = [write(&address("p", "a"), "v", &row((1, None), b"x"))];
    for (path, missing) in [
        ("no/such/x", "no/such"),
        ("no/x", "no"),
        ("no/.featurestore/x", "no"),
    ] {
        let store = EmbeddedStore::new(directory.path().join(path));
        assert_eq!(read_one(&store, &address("p", "a"), "v").await, None);
        let error = store.write(&rows).await.unwrap_err().to_string();
        let missing = directory.path().join(missing);
        let said = format!(
            "there is no directory {}; name another, or make it first",
            missing.display()
        );
        assert!(error.contains(&said), "{error}");
        assert_eq!(
            std::fs::read_dir(directory.path()).unwrap().count(),
            0,
            "{path}"
        );
    }
    // The default's own.
    let store = EmbeddedStore::new(directory.path().join(".featurestore/online.redb"));
    store.write(&rows).await.unwrap();
}
