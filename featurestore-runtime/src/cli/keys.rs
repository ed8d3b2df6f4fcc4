//! Join keys as a command line has them: `--key user_id=8a2f`.

use clap::Args as ClapArgs;
use featurestore_schema::Dtype;

use super::CliError;
use super::declared::keys_text;
use crate::types::Value;
use crate::view::ColumnDefinition;

/// The join keys of an entity, as they are given.
#[derive(Debug, ClapArgs)]
pub(super) struct KeyArgs {
    /// A join key and its value; just the value where there is one join key
    #[arg(
        long = "key",
        short = 'k',
        value_name = "NAME=VALUE",
        required = true,
        allow_hyphen_values = true
    )]
    pub(super) given: Vec<String>,
}

/// The values of `wanted`, in its order. Where one join key is wanted, its name may be left out;
/// a value that looks like `user_id=..` itself needs it.
pub(super) fn parse(
    wanted: &[(&'static str, Dtype)],
    given: &[String],
) -> Result<Vec<Value>, CliError> {
    let mut values: Vec<Option<Value>> = vec![None; wanted.len()];
    for given in given {
        let named = given.split_once('=').and_then(|(name, value)| {
            let index = wanted.iter().position(|(key, _)| *key == name)?;
            Some((index, value))
        });
        let (index, text) = match named {
            Some(named) => named,
            None if wanted.len() == 1 && !names_another(given) => (0, given.as_str()),
            None => {
                return Err(CliError::UnknownKey {
                    given: given.clone(),
                    wanted: keys_text(wanted.iter().copied()),
                });
            }
        };
        let (key, dtype) = wanted[index];
        let value = Value::parse(text, dtype).map_err(|error| CliError::WrongKey { key, error })?;
        if values[index].replace(value).is_some() {
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

/// The values of the request fields that are `wanted`, in their order; nothing for one that is not given.
pub(super) fn parse_request(
    wanted: &[&'static ColumnDefinition],
    given: &[String],
) -> Result<Vec<Option<Value>>, CliError> {
    let mut values: Vec<Option<Value>> = vec![None; wanted.len()];
    for given in given {
        let (name, text) = given.split_once('=').unwrap_or((given, ""));
        let index = wanted.iter().position(|field| field.name() == name);
        let index = index.ok_or_else(|| CliError::UnknownRequest {
            given: given.clone(),
            wanted: featurestore_schema::listing(wanted.iter().map(|field| field.name())),
        })?;
        let field = wanted[index].name();
        let value = Value::parse(text, wanted[index].dtype());
        let value = value.map_err(|error| CliError::WrongRequest { field, error })?;
        if values[index].replace(value).is_some() {
            return Err(CliError::RepeatedRequest { field });
        }
    }
    Ok(values)
}

/// Whether a text is a name and a value, and not a value that has `=` in it or at its end, as Base64
/// has.
fn names_another(given: &str) -> bool {
    given.split_once('=').is_some_and(|(name, value)| {
        let is_start = |first: char| first.is_ascii_alphabetic() || first == '_';
        let is_name = name.starts_with(is_start)
            && name
                .chars()
                .all(|other| other.is_ascii_alphanumeric() || other == '_');
        is_name && !value.trim_start_matches('=').is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_alone_is_the_one_keys_and_another_name_is_an_error() {
        let parse = |dtype, given: &str| super::parse(&[("user_id", dtype)], &[given.to_owned()]);
        for (dtype, given, value) in [
            (Dtype::String, "8a2f", Value::Str("8a2f".to_owned())),
            (
                Dtype::String,
                "user_id=user=8a2f",
                Value::Str("user=8a2f".to_owned()),
            ),
            (Dtype::String, "--x", Value::Str("--x".to_owned())),
            (Dtype::String, "a b=c", Value::Str("a b=c".to_owned())),
            (Dtype::I64, "-5", Value::Int(-5)),
            (Dtype::Bytes, "YQ==", Value::Bytes(b"a".to_vec())),
            (Dtype::Bytes, "YWI=", Value::Bytes(b"ab".to_vec())),
        ] {
            assert_eq!(parse(dtype, given).unwrap(), [value], "{given}");
        }
        for given in ["1e-400", "-1e400"] {
            parse(Dtype::F64, given).unwrap_err();
        }
        for given in ["user=8a2f", "USER_ID=8a2f"] {
            let error = parse(Dtype::String, given).unwrap_err().to_string();
            assert!(
                error.contains(given) && error.contains("user_id"),
                "{error}"
            );
        }
    }
}
