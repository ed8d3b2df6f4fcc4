//! The text forms of dtypes: [`Display`](fmt::Display) writes them, [`Dtype::parse`] reads them.

use std::fmt;

use crate::dtype::{Dtype, MAX_PRECISION, PLAIN, ParseDtypeError};
use crate::intern::{intern_all, intern_dtype};

impl Dtype {
    /// Reads a dtype from its text form.
    ///
    /// # Errors
    ///
    /// A text that [`Display`](fmt::Display) never writes.
    pub fn parse(text: &str) -> Result<Self, ParseDtypeError> {
        parse_item(text)
            .or_else(|| parse_list(text))
            .ok_or_else(|| ParseDtypeError {
                text: shortened(text),
            })
    }
}

/// Reads a list or an array. Neither holds another one, so a text is never read more than twice,
/// however deep its parentheses are nested.
fn parse_list(text: &str) -> Option<Dtype> {
    let (name, inner) = text.strip_suffix(')')?.split_once('(')?;
    match name {
        "list" => {
            let (item, nullable) = inner
                .strip_suffix('?')
                .map_or((inner, false), |item| (item, true));
            let item = parse_item(item).filter(|item| item.is_item())?;
            let item = intern_dtype(item);
            Some(Dtype::List { item, nullable })
        }
        "array" => parse_number(inner.strip_prefix("f32, ")?).map(Dtype::Array),
        _ => None,
    }
}

/// Reads a dtype of single values.
fn parse_item(text: &str) -> Option<Dtype> {
    let plain = PLAIN.into_iter().find(|dtype| dtype.short_name() == text);
    if plain.is_some() {
        return plain;
    }
    let (name, inner) = text.strip_suffix(')')?.split_once('(')?;
    match name {
        "enum" => parse_quoted_list(inner).map(|variants| Dtype::Enum(intern_all(&variants))),
        "decimal" => {
            let (precision, scale) = parse_decimal(inner)?;
            Some(Dtype::Decimal { precision, scale })
        }
        _ => None,
    }
}

/// A text as a message shows it: whole, or its first 200 characters.
#[must_use]
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
    }
}

/// Reads `18, 2`: the precision and scale of a decimal.
pub(crate) fn parse_decimal(text: &str) -> Option<(u8, u8)> {
    let (precision, scale) = text.split_once(", ")?;
    let (precision, scale) = (parse_number(precision)?, parse_number(scale)?);
    ((1..=MAX_PRECISION).contains(&precision) && scale <= precision).then_some((precision, scale))
}

/// Reads a number as `{}` writes it.
fn parse_number<N: std::str::FromStr + fmt::Display>(text: &str) -> Option<N> {
    let number: N = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

impl fmt::Display for Dtype {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enum(variants) => {
                formatter.write_str("enum(")?;
                for (index, variant) in variants.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(formatter, "{comma}{variant:?}")?;
                }
                formatter.write_str(")")
            }
            Self::Decimal { precision, scale } => {
                write!(formatter, "decimal({precision}, {scale})")
            }
            Self::List { item, nullable } => {
                let mark = if *nullable { "?" } else { "" };
                write!(formatter, "list({item}{mark})")
            }
            Self::Array(length) => write!(formatter, "array(f32, {length})"),
            plain => formatter.pad(plain.short_name()),
        }
    }
}

/// Reads `"a", "b"`, the list that `{:?}` of each text and a comma between write.
fn parse_quoted_list(text: &str) -> Option<Vec<String>> {
    let mut rest = text;
    let mut list = Vec::new();
    loop {
        let (value, after) = parse_quoted(rest)?;
        list.push(value);
        if after.is_empty() {
            return Some(list);
        }
        rest = after.strip_prefix(", ")?;
    }
}

/// Reads one text as `{:?}` writes it; gives it and what follows.
pub(crate) fn parse_quoted(text: &str) -> Option<(String, &str)> {
    let mut characters = text.strip_prefix('"')?.char_indices();
    let body = &text[1..];
    let mut value = String::new();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((value, &body[index + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                '0' => value.push('\0'),
                'u' => {
                    let (start, _) = characters.next().filter(|(_, brace)| *brace == '{')?;
                    let (end, _) = characters.by_ref().find(|(_, brace)| *brace == '}')?;
                    let code = u32::from_str_radix(&body[start + 1..end], 16).ok()?;
                    value.push(char::from_u32(code)?);
                }
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

/// Any dtype, for properties.
#[cfg(test)]
pub(crate) fn any_dtype() -> impl proptest::strategy::Strategy<Value = Dtype> {
    use proptest::prelude::*;
    let item = prop_oneof![
        3 => prop::sample::select(PLAIN.to_vec()),
        1 => prop::collection::vec(".*", 1..5)
            .prop_map(|variants| Dtype::Enum(intern_all(&variants))),
        1 => (1..=MAX_PRECISION)
            .prop_flat_map(|precision| (Just(precision), 0..=precision))
            .prop_map(|(precision, scale)| Dtype::Decimal { precision, scale }),
    ];
    prop_oneof![
        3 => item.clone(),
        1 => (item, any::<bool>())
            .prop_map(|(item, nullable)| Dtype::list_of(intern_dtype(item), nullable)),
        1 => any::<usize>().prop_map(Dtype::Array),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_text_forms_are_what_people_write() {
        for (dtype, text) in [
            (
                Dtype::Decimal {
                    precision: 18,
                    scale: 2,
                },
                "decimal(18, 2)",
            ),
            (Dtype::Uuid, "uuid"),
            (Dtype::list_of(&Dtype::I64, false), "list(i64)"),
            (Dtype::list_of(&Dtype::I64, true), "list(i64?)"),
            (Dtype::Array(384), "array(f32, 384)"),
            (Dtype::Json, "json"),
        ] {
            assert_eq!(dtype.to_string(), text);
            assert_eq!(Dtype::parse(text), Ok(dtype));
        }
    }

    #[test]
    fn a_text_that_is_no_dtype_lists_the_dtypes() {
        let message = Dtype::parse("int").unwrap_err().to_string();
        assert!(
            message.starts_with("`int` is not a dtype; the dtypes are bool, i8"),
            "{message}"
        );
        for broken in [
            "enum()",
            "enum(\"a\"",
            "enum(\"a\" \"b\")",
            "enum(\"\\u{zz}\")",
            "enum(\"a)",
            "decimal",
            "decimal(18,2)",
            "decimal(2, 18)",
            "decimal(0, 0)",
            "decimal(39, 0)",
            "decimal(+1, 0)",
            "list()",
            "list(list(i64))",
            "list(array(f32, 2))",
            "list(i64",
            "array(f64, 3)",
            "array(f32, 03)",
        ] {
            assert!(Dtype::parse(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_text_that_is_nested_deep_is_no_dtype_and_ends_nobody() {
        let text = format!("{}i64{}", "list(".repeat(200_000), ")".repeat(200_000));
        let message = Dtype::parse(&text).unwrap_err().to_string();
        assert!(message.len() < 1_000, "{} bytes", message.len());
    }

    proptest! {
        #![proptest_config(featurestore_properties::cases(256))]

        #[test]
        fn no_text_ends_a_reader(text in "[a-z]{0,3}([(\\[\"\\\\u{}?,) 0-9é]|list\\(|enum\\(|array\\(f32, |decimal\\(){0,40}") {
            let _ = Dtype::parse(&text);
        }

        #[test]
        fn every_dtype_reads_back_from_its_text(dtype in any_dtype()) {
            prop_assert_eq!(Dtype::parse(&dtype.to_string()), Ok(dtype));
        }

        #[test]
        fn what_reads_is_what_would_be_written(text in "(list|array|decimal)\\((f32|i64|[0-9]{1,2})(, [0-9]{1,2})?\\??\\)") {
            if let Ok(dtype) = Dtype::parse(&text) {
                prop_assert_eq!(dtype.to_string(), text);
            }
        }
    }
}
