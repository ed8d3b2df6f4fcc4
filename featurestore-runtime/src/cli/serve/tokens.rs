//! The tokens that callers are known by: of a file, else of the environment.

use std::env::{self, VarError};
use std::path::PathBuf;

use crate::http::{ServeError, Tokens};

/// The environment variable with the lines of a file of tokens.
const VARIABLE: &str = "FEATURESTORE_TOKENS";

/// The tokens of a file where one is named, else those of the environment; none where neither is.
pub(super) fn of_callers(file: Option<PathBuf>) -> Result<Option<Tokens>, ServeError> {
    match (file, env::var(VARIABLE)) {
        (Some(path), _) => Tokens::from_file(path).map(Some),
        (None, Ok(lines)) if !lines.is_empty() => Tokens::parse(VARIABLE, &lines).map(Some),
        (None, Ok(_) | Err(VarError::NotPresent)) => Ok(None),
        (None, Err(VarError::NotUnicode(_))) => Err(ServeError::Setting {
            setting: "tokens",
            reason: format!("the environment's {VARIABLE} is not UTF-8; write its tokens in ASCII"),
        }),
    }
}
