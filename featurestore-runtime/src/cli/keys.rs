//! Join keys as a command line has them: `--key user_id=8a2f`.

use featurestore_schema::Dtype;

use super::CliError;
use super::declared::keys_text;
use crate::types::Value;

/// The values of `wanted`, in its order. Where one join key is wanted, its name may be left out;
/// a value that looks like `user_id=..` itself needs it.
pub(super) fn parse(
    wanted: &[(&'static str, Dtype)],
    given: &[String],
) -> Result<Vec<Value>, CliError> {
    let mut values: Vec<Option<Value>> = vec![None; wanted.len()];
    for given in given {
        let named = given.split_once('=').and_then(|(name, value)| {
            let place = wanted.iter().position(|(key, _)| *key == name)?;
            Some((place, value))
        });
        let (place, text) = match named {
            Some(named) => named,
            None if wanted.len() == 1 => (0, given.as_str()),
            None => {
                return Err(CliError::UnknownKey {
                    given: given.clone(),
                    wanted: keys_text(wanted.iter().copied()),
                });
            }
        };
        let (key, dtype) = wanted[place];
        let value = Value::parse(text, dtype).map_err(|error| CliError::WrongKey { key, error })?;
        if values[place].replace(value).is_some() {
            return Err(CliError::RepeatedKey { key });
        }
    }
    let value = |(value, (key, _)): (Option<Value>, &(&'static str, Dtype))| {
        value.ok_or_else(|| CliError::MissingKey {
            key,
            wanted: keys_text(wanted.iter().copied()),
        })
    };
    values.into_iter().zip(wanted).map(value).collect()
}
