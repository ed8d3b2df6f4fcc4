//! Where a text leads that names files: the one place that tells what is on this machine.

/// What a source's, spine's or output's text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// A file or a folder of this machine.
    Path,
    /// Files of this machine by a pattern, unless there is one of just that name.
    Glob,
    /// Something elsewhere, by its address: `s3://bucket/a.parquet`.
    Url,
}

impl Location {
    /// Reads the text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let scheme = text.find("://").map(|end| &text[..end]);
        // One letter is a drive.
        let is_scheme = |scheme: &str| {
            scheme.len() > 1
                && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        };
        if scheme.is_some_and(is_scheme) {
            Self::Url
        } else if is_pattern(text) {
            Self::Glob
        } else {
            Self::Path
        }
    }
}

/// What makes a pattern of a path.
const WILDCARDS: [char; 3] = ['*', '?', '['];

/// Whether a path, or a part of one, is a pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(WILDCARDS)
}

/// A path as a pattern that nothing else matches.
#[must_use]
pub fn literal_pattern(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len());
    for letter in path.chars() {
        if WILDCARDS.contains(&letter) {
            pattern.extend(['[', letter, ']']);
        } else {
            pattern.push(letter);
        }
    }
    pattern
}

/// What is said of an address where only this machine's files will do.
#[must_use]
pub fn not_local(address: &str) -> String {
    format!(
        "`{address}` is an address, and only files of this machine are read and written; name a local path, and copy the file from or to the address"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_scheme_is_elsewhere() {
        for (text, location) in [
            ("data/a.parquet", Location::Path),
            ("/data/a.parquet", Location::Path),
            ("C://data/a.parquet", Location::Path),
            ("/data/s3://a.parquet", Location::Path),
            ("data/*/a.parquet", Location::Glob),
            ("data/a?.parquet", Location::Glob),
            ("data/[ab].parquet", Location::Glob),
            ("s3://bucket/a.parquet", Location::Url),
            ("s3://bucket/*.parquet", Location::Url),
            ("HTTPS://host/a.parquet", Location::Url),
            ("az+tls://a", Location::Url),
        ] {
            assert_eq!(Location::of(text), location, "{text}");
        }
    }
}
