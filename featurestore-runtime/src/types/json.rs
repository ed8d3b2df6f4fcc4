//! Values in JSON. Numbers keep their type: a float always has a point or an exponent, 64-bit
//! integers are exact; decimals are texts with all their digits; bytes are base64; JSON stands as it is; NaN and infinities, which JSON lacks, are null.

use std::borrow::Cow;

use featurestore_schema::Dtype;
use serde_json::Value as Json;

use super::rounded::check_numbers;
use super::value_ref::item_of;
use super::{JsonRef, ListRef, Uuid, Value, ValueError, ValueRef, literal};
use crate::time::{Date, parse_timestamp};

/// What a value is in JSON, decided here alone: who writes answers as bytes, and who makes trees of
/// them, prints this.
#[derive(Debug)]
pub(crate) enum InJson<'a> {
    /// What JSON lacks: NaN, infinities, and documents with numbers that are beyond all floats (1e400).
    /// It is null.
    Unsayable,
    Bool(bool),
    Int(i64),
    UInt(u64),
    /// Finite; its digits are [`shortest`].
    F32(f32),
    /// Finite.
    F64(f64),
    Text(Cow<'a, str>),
    Base64(&'a [u8]),
    /// Values of this dtype.
    List(ListRef<'a>, Dtype),
    Document(Json),
}

/// The f64 with the shortest text that is this f32, rather than the one nearest to it.
pub(crate) fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

impl<'a> ValueRef<'a> {
    /// What the value is in JSON.
    pub(crate) fn in_json(self, dtype: Dtype) -> InJson<'a> {
        match self {
            Self::Bool(value) => InJson::Bool(value),
            Self::Int(value) => InJson::Int(value),
            Self::UInt(value) => InJson::UInt(value),
            Self::F32(value) if value.is_finite() => InJson::F32(value),
            Self::F64(value) if value.is_finite() => InJson::F64(value),
            Self::F32(_) | Self::F64(_) => InJson::Unsayable,
            Self::Str(text) => InJson::Text(Cow::Borrowed(text)),
            Self::Bytes(bytes) => InJson::Base64(bytes),
            Self::List(list) => InJson::List(list, *item_of(dtype)),
            Self::Json(json) => {
                let text = json.text().ok();
                let document = text.and_then(|text| serde_json::from_str(&text).ok());
                document.map_or(InJson::Unsayable, InJson::Document)
            }
            Self::Variant(_)
            | Self::Timestamp(_)
            | Self::Date(_)
            | Self::Decimal { .. }
            | Self::Uuid(_) => InJson::Text(self.text(dtype)),
        }
    }

    /// The value in JSON; see [`Value::to_json`].
    #[must_use]
    pub fn to_json(self, dtype: Dtype) -> Json {
        match self.in_json(dtype) {
            InJson::Unsayable => Json::Null,
            InJson::Bool(value) => Json::from(value),
            InJson::Int(value) => Json::from(value),
            InJson::UInt(value) => Json::from(value),
            InJson::F32(value) => Json::from(shortest(value)),
            InJson::F64(value) => Json::from(value),
            InJson::Text(text) => Json::from(text),
            InJson::Base64(bytes) => Json::from(base64(bytes)),
            InJson::List(list, item) => list
                .iter()
                .map(|value| value.map_or(Json::Null, |value| value.to_json(item)))
                .collect(),
            InJson::Document(document) => document,
        }
    }

    /// Whether JSON can say it, wherever in it a number stands.
    fn is_sayable(self, dtype: Dtype) -> bool {
        match self.in_json(dtype) {
            InJson::Unsayable => false,
            InJson::List(list, item) => list.iter().flatten().all(|value| value.is_sayable(item)),
            _ => true,
        }
    }
}

impl Value {
    /// The value in JSON; null where JSON can't say it.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let value = self.borrow(Dtype::String);
        value.map_or(Json::Null, |value| value.to_json(Dtype::String))
    }

    /// Whether JSON can say it: no NaN, infinity or number beyond all floats is in it.
    pub(crate) fn is_sayable(&self) -> bool {
        let value = self.borrow(Dtype::String);
        value.is_ok_and(|value| value.is_sayable(Dtype::String))
    }

    /// Takes a value from JSON as `dtype`. Nothing is coerced: a number is not a text.
    ///
    /// # Errors
    ///
    /// JSON of another type, a number out of range, a text that is not of the dtype.
    pub fn from_json(json: &Json, dtype: Dtype) -> Result<Self, ValueError> {
        let error = || ValueError::Dtype {
            value: json.to_string(),
            expected: dtype,
        };
        match (dtype, json) {
            (Dtype::Bool, Json::Bool(value)) => Ok(Self::Bool(*value)),
            (Dtype::String, Json::String(text)) => Ok(Self::Str(text.clone())),
            (Dtype::Json, json) => Ok(Self::Json(json.to_string())),
            (Dtype::Bool | Dtype::F32 | Dtype::F64, Json::String(_)) => Err(error()),
            (_, Json::String(_)) if dtype.is_integer() => Err(error()),
            (_, Json::String(text)) => Self::parse(text, dtype),
            (Dtype::F32 | Dtype::F64, Json::Number(number)) => {
                Self::parse(&number.to_string(), dtype).map_err(|_| error())
            }
            (_, Json::Number(number)) if dtype.is_integer() => {
                let text = whole(number).unwrap_or_else(|| number.to_string());
                Self::parse(&text, dtype).map_err(|_| error())
            }
            (Dtype::List { item, nullable }, Json::Array(values)) => {
                list_from_json(values, *item, nullable)
            }
            (Dtype::Array(expected), Json::Array(values)) => {
                let found = values.len();
                if found == expected {
                    list_from_json(values, Dtype::F32, false)
                } else {
                    Err(ValueError::Length { found, expected })
                }
            }
            _ => Err(error()),
        }
    }

    /// Takes a value from text, as a command line or an address has it.
    ///
    /// # Errors
    ///
    /// A text that is not of the dtype.
    pub fn parse(text: &str, dtype: Dtype) -> Result<Self, ValueError> {
        let error = || ValueError::Dtype {
            value: format!("`{text}`"),
            expected: dtype,
        };
        let signed = |min: i64, max: i64| {
            let value = text
                .parse()
                .ok()
                .filter(|value| (min..=max).contains(value));
            value.map(Self::Int)
        };
        let unsigned = |max: u64| {
            text.parse()
                .ok()
                .filter(|value| *value <= max)
                .map(Self::UInt)
        };
        match dtype {
            Dtype::Bool => text.parse().ok().map(Self::Bool),
            Dtype::I8 => signed(i8::MIN.into(), i8::MAX.into()),
            Dtype::I16 => signed(i16::MIN.into(), i16::MAX.into()),
            Dtype::I32 => signed(i32::MIN.into(), i32::MAX.into()),
            Dtype::I64 => signed(i64::MIN, i64::MAX),
            Dtype::U8 => unsigned(u8::MAX.into()),
            Dtype::U16 => unsigned(u16::MAX.into()),
            Dtype::U32 => unsigned(u32::MAX.into()),
            Dtype::U64 => unsigned(u64::MAX),
            Dtype::F32 => literal::float(text).map(Self::F32),
            Dtype::F64 => literal::float(text).map(Self::F64),
            Dtype::String => Some(Self::Str(text.to_owned())),
            Dtype::Bytes => unbase64(text).map(Self::Bytes),
            Dtype::Timestamp => parse_timestamp(text).map(Self::Timestamp),
            Dtype::Date => Date::parse_from_str(text, "%Y-%m-%d").ok().map(Self::Date),
            Dtype::Enum(variants) => {
                super::variant_index(variants, text)?;
                Some(Self::Str(text.to_owned()))
            }
            Dtype::Decimal { precision, scale } => super::parse_decimal(text, precision, scale)
                .map(|mantissa| Self::Decimal { mantissa, scale }),
            Dtype::Uuid => Uuid::try_parse(text).ok().map(Self::Uuid),
            Dtype::List { .. } | Dtype::Array(_) => {
                let json = serde_json::from_str(text).map_err(|error| ValueError::json(&error))?;
                check_numbers(text.as_bytes()).map_err(|rounded| ValueError::Json {
                    reason: rounded.to_string(),
                })?;
                return Self::from_json(&json, dtype);
            }
            Dtype::Json => {
                JsonRef::new(text)?;
                Some(Self::Json(text.to_owned()))
            }
            _ => None,
        }
        .ok_or_else(error)
    }
}

/// The integer that is written with a point or an exponent, as JSON Schema takes it for one; of those
/// that a double can't tell from their neighbours, none.
fn whole(number: &serde_json::Number) -> Option<String> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let value = number.as_f64().filter(|_| number.is_f64())?;
    let is_whole = value.fract() == 0.0 && value.abs() < EXACT;
    // A zero below zero is written as any other.
    is_whole.then(|| format!("{:.0}", value + 0.0))
}

fn list_from_json(values: &[Json], item: Dtype, nullable: bool) -> Result<Value, ValueError> {
    let values = values.iter().enumerate().map(|(index, json)| match json {
        Json::Null if nullable => Ok(None),
        json => Value::from_json(json, item)
            .map(Some)
            .map_err(|error| ValueError::element(index, error)),
    });
    values.collect::<Result<_, _>>().map(Value::List)
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_type_and_their_digits() {
        assert_eq!(Value::F64(1.0).to_json().to_string(), "1.0");
        assert_eq!(Value::F32(0.1).to_json().to_string(), "0.1");
        assert_eq!(Value::F64(f64::NAN).to_json(), Json::Null);
        assert_eq!(Value::F32(f32::INFINITY).to_json(), Json::Null);
        assert_eq!(
            Value::UInt(u64::MAX).to_json().to_string(),
            "18446744073709551615"
        );
        assert_eq!(
            Value::Int((1 << 53) + 1).to_json().to_string(),
            "9007199254740993"
        );
        assert_eq!(Value::Bytes(vec![0, 255]).to_json(), Json::from("AP8="));
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        let read =
            |text: &str, dtype| Value::from_json(&serde_json::from_str(text).unwrap(), dtype);
        for text in ["42", "42.0", "4.2e1", "420e-1"] {
            assert_eq!(read(text, Dtype::I64).unwrap(), Value::Int(42), "{text}");
            assert_eq!(read(text, Dtype::U8).unwrap(), Value::UInt(42), "{text}");
        }
        assert_eq!(read("-0", Dtype::U64).unwrap(), Value::UInt(0));
        for (text, dtype) in [
            ("42.5", Dtype::I64),
            ("-1.0", Dtype::U64),
            ("256.0", Dtype::U8),
            ("9007199254740993.0", Dtype::I64),
            ("1e300", Dtype::I64),
        ] {
            assert!(read(text, dtype).is_err(), "{text}");
        }
    }

    #[test]
    fn no_number_of_a_list_is_read_as_another() {
        let list = Dtype::List {
            item: &Dtype::F64,
            nullable: false,
        };
        assert_eq!(
            Value::parse("[0e-400, 0.1]", list),
            Ok(Value::List(vec![
                Some(Value::F64(0.0)),
                Some(Value::F64(0.1))
            ]))
        );
        for (text, dtype) in [
            ("[1, 1e-400]", list),
            ("[0.99999999999999999]", list),
            ("[1e-400]", Dtype::Array(1)),
        ] {
            let refused = Value::parse(text, dtype).map_err(|error| error.to_string());
            let says = "would be another one as a double";
            assert!(refused.is_err_and(|error| error.contains(says)), "{text}");
        }
    }

    #[test]
    fn a_key_of_another_type_is_refused() {
        let refuse = |json: Json, dtype| {
            assert!(Value::from_json(&json, dtype).is_err(), "{json} as {dtype}");
        };
        refuse(Json::from(7), Dtype::String);
        refuse(Json::from("7"), Dtype::I64);
        refuse(Json::from("true"), Dtype::Bool);
        refuse(Json::from(1.5), Dtype::I64);
        refuse(Json::from(300), Dtype::U8);
        refuse(Json::from(1e-60), Dtype::F32);
        refuse(Json::from(1e39), Dtype::F32);
        refuse(Json::Null, Dtype::String);
        assert_eq!(
            Value::from_json(&Json::from(7), Dtype::I64),
            Ok(Value::Int(7))
        );
        assert_eq!(
            Value::from_json(&Json::from("AP8="), Dtype::Bytes),
            Ok(Value::Bytes(vec![0, 255]))
        );
    }
}
