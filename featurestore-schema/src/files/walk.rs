//! From a declared path to files: one, those of a pattern, those of a folder.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use glob::Pattern;

use super::{FilesError, is_parquet, tables};
use crate::location::is_pattern;
use crate::source_path::{FileFormat, SourcePath};

/// A walk over the folders that files of a source may be in.
pub(super) struct Walk<'a> {
    source: &'a SourcePath,
    format: FileFormat,
    /// Whether a link was followed.
    linked: Cell<bool>,
}

/// What a component of a pattern matches.
enum Step {
    /// The name.
    Name(PathBuf),
    /// Names that match.
    Matching(Pattern),
    /// Any number of folders.
    Folders,
}

/// What is in a folder, and what it is once links are followed.
struct Entry {
    path: PathBuf,
    name: String,
    is_dir: bool,
    is_link: bool,
}

impl<'a> Walk<'a> {
    pub(super) const fn new(source: &'a SourcePath, format: FileFormat) -> Self {
        Self {
            source,
            format,
            linked: Cell::new(false),
        }
    }

    /// The files, in the order of their paths' bytes.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>, FilesError> {
        let whole = self.source.path();
        let mut files = Vec::new();
        let found = match look(&whole) {
            // A pattern may be below what a folder is taken for.
            Err(_) if self.source.is_pattern() => None,
            found => found?,
        };
        match found {
            Some(found) if !found.is_dir() => files.push(whole),
            Some(_) if self.format == FileFormat::Parquet => self.below(&whole, &mut files)?,
            None if self.source.is_pattern() => {
                let steps = steps(self.source.text())?;
                self.step(self.source.directory().to_owned(), &steps, &mut files)?;
            }
            Some(_) | None => {}
        }
        files.sort_unstable_by(|left, right| {
            let [left, right] = [left, right].map(|path| path.as_os_str().as_encoded_bytes());
            left.cmp(right)
        });
        files.dedup();
        self.refuse_tables(&files)?;
        self.refuse_twice(&files)?;
        Ok(files)
    }

    /// No file is in a folder with a log, from where relative paths start.
    fn refuse_tables(&self, files: &[PathBuf]) -> Result<(), FilesError> {
        let start = self.source.directory();
        let mut known = HashSet::new();
        for file in files {
            let folders = file.ancestors().skip(1);
            let new =
                folders.take_while(|folder| folder.starts_with(start) && known.insert(*folder));
            for folder in new {
                tables::refuse(folder)?;
            }
        }
        Ok(())
    }

    /// All Parquet files below a folder.
    fn below(&self, folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), FilesError> {
        for entry in self.entries(folder)? {
            if entry.is_hidden() {
                continue;
            }
            if entry.is_dir {
                self.below(entry.entered(folder)?, files)?;
            } else if is_parquet(&entry.path) {
                files.push(entry.path);
            }
        }
        Ok(())
    }

    /// The files that match the steps from `folder` on.
    fn step(
        &self,
        folder: PathBuf,
        steps: &[Step],
        files: &mut Vec<PathBuf>,
    ) -> Result<(), FilesError> {
        let Some((step, rest)) = steps.split_first() else {
            return Ok(());
        };
        match step {
            Step::Name(name) => {
                let path = folder.join(name);
                let found = match fs::metadata(&path) {
                    Err(error) if is_nowhere(&error) => return Ok(()),
                    found => found.map_err(|error| failed(&path, error))?,
                };
                if !rest.is_empty() {
                    return self.step(path, rest, files);
                }
                if found.is_file() {
                    files.push(path);
                }
            }
            Step::Matching(pattern) => {
                for entry in self.entries(&folder)? {
                    if !pattern.matches(&entry.name) || entry.is_hidden_from(pattern) {
                        continue;
                    }
                    match (rest.is_empty(), entry.is_dir) {
                        (true, false) if self.is_meant(pattern, &entry.path) => {
                            files.push(entry.path);
                        }
                        // As Spark writes what is called a file.
                        (true, true) if is_parquet(&entry.path) => {
                            self.below(entry.entered(&folder)?, files)?;
                        }
                        (false, true) => {
                            self.step(entry.entered(&folder)?.to_owned(), rest, files)?;
                        }
                        _ => {}
                    }
                }
            }
            Step::Folders => {
                for entry in self.entries(&folder)? {
                    if entry.is_dir && !entry.is_hidden() {
                        self.step(entry.entered(&folder)?.to_owned(), steps, files)?;
                    }
                }
                self.step(folder, rest, files)?;
            }
        }
        Ok(())
    }

    /// Whether a file that matches the pattern's last component is of the source's format: what the
    /// component says, else what the file's own extension does.
    fn is_meant(&self, pattern: &Pattern, file: &Path) -> bool {
        let extension = Path::new(pattern.as_str()).extension();
        let says = extension.is_some_and(|extension| !is_pattern(&extension.to_string_lossy()));
        says || self.format != FileFormat::Parquet || file.extension().is_none() || is_parquet(file)
    }

    fn entries(&self, folder: &Path) -> Result<Vec<Entry>, FilesError> {
        let failed = |error| failed(folder, error);
        let listed = match fs::read_dir(folder) {
            Ok(listed) => listed,
            Err(error) if is_nowhere(&error) => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut entries = Vec::new();
        for entry in listed {
            let entry = entry.map_err(failed)?;
            let (path, mut kind) = (entry.path(), entry.file_type().map_err(failed)?);
            let is_link = kind.is_symlink();
            if is_link {
                // What is no file of the source may be a link to nowhere; one that is can't be read.
                self.linked.set(true);
                kind = fs::metadata(&path).map_or(kind, |found| found.file_type());
            }
            entries.push(Entry::new(path, kind.is_dir(), is_link));
        }
        Ok(entries)
    }

    /// No file is read under two names.
    fn refuse_twice(&self, files: &[PathBuf]) -> Result<(), FilesError> {
        if !self.linked.get() {
            return Ok(());
        }
        let mut known = HashMap::new();
        for file in files {
            let real = fs::canonicalize(file).map_err(|error| failed(file, error))?;
            if let Some(first) = known.insert(real, file) {
                let (first, second) = (first.clone(), file.clone());
                return Err(FilesError::Twice { first, second });
            }
        }
        Ok(())
    }
}

impl Entry {
    fn new(path: PathBuf, is_dir: bool, is_link: bool) -> Self {
        let name = path.file_name().unwrap_or_default();
        Self {
            name: name.to_string_lossy().into_owned(),
            path,
            is_dir,
            is_link,
        }
    }

    /// The folder that it is, which does not lead back to `folder`, where it is.
    fn entered(&self, folder: &Path) -> Result<&Path, FilesError> {
        let real = |path: &Path| fs::canonicalize(path).map_err(|error| failed(path, error));
        if self.is_link && real(folder)?.starts_with(real(&self.path)?) {
            let link = self.path.clone();
            return Err(FilesError::Loop { link });
        }
        Ok(&self.path)
    }

    /// Whether it is left out: what is being written, and what writers keep for themselves. A key
    /// may begin with `_`.
    fn is_hidden(&self) -> bool {
        self.name.starts_with('.') || self.name.starts_with('_') && !self.name.contains('=')
    }

    /// Whether it is left out unless the pattern itself begins as it does.
    fn is_hidden_from(&self, pattern: &Pattern) -> bool {
        self.is_hidden() && self.name.chars().next() != pattern.as_str().chars().next()
    }
}

fn steps(text: &Path) -> Result<Vec<Step>, FilesError> {
    let pattern = |part: &str| {
        Pattern::new(part).map_err(|error| FilesError::Pattern {
            pattern: text.display().to_string(),
            reason: error.to_string(),
        })
    };
    let mut steps = Vec::new();
    for part in text.components() {
        let name = part.as_os_str().to_string_lossy();
        steps.push(match part {
            Component::Normal(_) if name == "**" => Step::Folders,
            Component::Normal(_) if is_pattern(&name) => Step::Matching(pattern(&name)?),
            part => Step::Name(part.as_os_str().into()),
        });
    }
    if let Some(Step::Folders) = steps.last() {
        steps.push(Step::Matching(pattern("*")?));
    }
    Ok(steps)
}

/// What is there, links followed.
fn look(path: &Path) -> Result<Option<Metadata>, FilesError> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, error)),
    }
}

/// Whether a pattern matches nothing there.
fn is_nowhere(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn failed(path: &Path, error: io::Error) -> FilesError {
    let path = path.to_owned();
    FilesError::Io { path, error }
}
