//! Where a run spills what is larger than memory: a directory of its own, removed with the run,
//! and by a later one where its process was killed.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const PREFIX: &str = "featurestore-";
/// A file in the directory that its process holds a lock on, as long as it lives.
const LOCK: &str = "lock";
/// A younger directory may be one whose process is about to lock it.
const SETTLED: Duration = Duration::from_secs(60);

/// A directory that no other run spills to.
#[derive(Debug)]
pub(crate) struct Spill {
    directory: PathBuf,
    _lock: Option<File>,
}

impl Spill {
    /// Makes the directory below `below`, else below the system's own for such files. Where that
    /// can't be written to, a run that needs it fails, and others don't.
    pub(crate) fn make(below: Option<&Path>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        static SWEPT: Once = Once::new();
        let elsewhere = below.is_some();
        let below = below.map_or_else(std::env::temp_dir, Path::to_owned);
        let spill = loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let directory = below.join(format!("{PREFIX}{}-{number}", std::process::id()));
            match make_private(&directory) {
                Ok(()) => {
                    let _lock = locked(&directory).ok();
                    break Self { directory, _lock };
                }
                // Left by a process that had the same number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(_) => {
                    let _lock = None;
                    break Self { directory, _lock };
                }
            }
        };
        if elsewhere {
            sweep(&below, &spill.directory);
        } else {
            SWEPT.call_once(|| sweep(&below, &spill.directory));
        }
        spill
    }

    /// What `DuckDB` makes when it first needs it.
    pub(crate) fn directory(&self) -> PathBuf {
        self.directory.join("spill")
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Makes a directory that other users can't read, as a run's data goes there.
fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

fn locked(directory: &Path) -> io::Result<File> {
    let file = File::create_new(directory.join(LOCK))?;
    file.try_lock()?;
    Ok(file)
}

/// Removes what killed processes left below `below`: directories with a name like ours, of our
/// user, whose lock nobody holds. What can't be looked at or removed stays.
fn sweep(below: &Path, own: &Path) {
    let Ok(entries) = fs::read_dir(below) else {
        return;
    };
    for entry in entries.flatten() {
        let directory = entry.path();
        if directory != own && is_ours(&entry.file_name().to_string_lossy(), &directory, own) {
            let _ = remove_abandoned(&directory);
        }
    }
}

fn is_ours(name: &str, directory: &Path, own: &Path) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = name
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.split_once('-'));
    numbers.is_some_and(|(process, number)| digits(process) && digits(number))
        && fs::symlink_metadata(directory).is_ok_and(|found| found.is_dir())
        && same_user(directory, own)
}

#[cfg(unix)]
fn same_user(directory: &Path, own: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = |path| fs::symlink_metadata(path).map(|found| found.uid()).ok();
    user(own).is_some() && user(directory) == user(own)
}

#[cfg(not(unix))]
fn same_user(_: &Path, _: &Path) -> bool {
    true
}

fn remove_abandoned(directory: &Path) -> io::Result<()> {
    let file = File::options().write(true).open(directory.join(LOCK))?;
    let age = file.metadata()?.modified()?.elapsed();
    if age.is_ok_and(|age| age >= SETTLED) && file.try_lock().is_ok() {
        drop(file);
        fs::remove_dir_all(directory)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    /// A directory as a run leaves it, whose lock is as old as this.
    fn left(below: &Path, name: &str, age: Duration) -> PathBuf {
        let directory = below.join(name);
        fs::create_dir_all(directory.join("spill")).unwrap();
        fs::write(directory.join("spill/data"), "x").unwrap();
        let lock = File::create_new(directory.join(LOCK)).unwrap();
        lock.set_modified(SystemTime::now() - age).unwrap();
        directory
    }

    #[test]
    fn only_what_a_dead_process_of_ours_left_is_removed() {
        let below = tempfile::tempdir().unwrap();
        let below = below.path();
        let own = left(below, "featurestore-1-0", SETTLED);
        let abandoned = left(below, "featurestore-2-0", SETTLED);
        let held = left(below, "featurestore-3-0", SETTLED);
        let holder = File::options().write(true).open(held.join(LOCK)).unwrap();
        holder.try_lock().unwrap();
        let others = [
            held,
            left(below, "featurestore-4-0", Duration::ZERO),
            left(below, "featurestore-models-0", SETTLED),
            left(below, "featurestore-5-", SETTLED),
            left(below, "features-5-0", SETTLED),
        ];
        let unlocked = left(below, "featurestore-6-0", SETTLED);
        fs::remove_file(unlocked.join(LOCK)).unwrap();
        sweep(below, &own);
        assert!(!abandoned.exists());
        for other in others.iter().chain([&own, &unlocked]) {
            assert!(other.join("spill/data").exists(), "{}", other.display());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_with_our_name_is_left_alone() {
        let below = tempfile::tempdir().unwrap();
        let own = left(below.path(), "featurestore-1-0", SETTLED);
        let elsewhere = left(below.path(), "elsewhere", SETTLED);
        let link = below.path().join("featurestore-2-0");
        std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
        sweep(below.path(), &own);
        assert!(link.exists() && elsewhere.join("spill/data").exists());
    }

    #[test]
    fn a_run_has_a_directory_of_its_own_that_goes_with_it() {
        let (first, second) = (Spill::make(None), Spill::make(None));
        let directory = first.directory.clone();
        assert!(directory.join(LOCK).exists() && directory != second.directory);
        drop(first);
        assert!(!directory.exists() && second.directory.exists());
    }
}
