//! Values in JSON. Numbers keep their type: a float always has a point or an exponent, 64-bit
//! integers are exact; decimals are texts with all their digits; bytes are base64; JSON stands as it is; NaN and infinities, which JSON lacks, are null.

use featurestore_schema::Dtype;
use serde_json::Value as Json;

use super::{JsonRef, Uuid, Value, ValueError, ValueRef};
use crate::time::{Date, parse_timestamp};

impl Value {
    /// The value in JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool(value) => Json::from(*value),
            Self::Int(value) => Json::from(*value),
            Self::UInt(value) => Json::from(*value),
            Self::F32(value) => {
                // The shortest text that is this f32, not the digits of the f64 nearest to it.
                let shortest: Option<f64> = value.to_string().parse().ok();
                shortest.map_or(Json::Null, Json::from)
            }
            Self::F64(value) => Json::from(*value),
            Self::Str(value) => Json::from(value.as_str()),
            Self::Bytes(value) => Json::from(base64(value)),
            Self::Timestamp(_) | Self::Date(_) | Self::Decimal { .. } | Self::Uuid(_) => {
                Json::from(self.text())
            }
            Self::List(values) => values
                .iter()
                .map(|value| value.as_ref().map_or(Json::Null, Self::to_json))
                .collect(),
            // What serde_json has no number for (1e400) is what JSON lacks, like infinity.
            Self::Json(text) => serde_json::from_str(text).unwrap_or_default(),
        }
    }

    /// Whether JSON can write it: all but NaN and infinities.
    pub(crate) fn is_finite(&self) -> bool {
        match self {
            Self::F32(number) => number.is_finite(),
            Self::F64(number) => number.is_finite(),
            _ => true,
        }
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
                Self::parse(&number.to_string(), dtype).map_err(|_| error())
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
            Dtype::F32 => text.parse().ok().map(Self::F32),
            Dtype::F64 => text.parse().ok().map(Self::F64),
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

impl ValueRef<'_> {
    /// The value in JSON; see [`Value::to_json`].
    #[must_use]
    pub fn to_json(self, dtype: Dtype) -> Json {
        self.to_owned(dtype).to_json()
    }
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

fn base64(bytes: &[u8]) -> String {
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
    fn a_key_of_another_type_is_refused() {
        let refuse = |json: Json, dtype| {
            assert!(Value::from_json(&json, dtype).is_err(), "{json} as {dtype}");
        };
        refuse(Json::from(7), Dtype::String);
        refuse(Json::from("7"), Dtype::I64);
        refuse(Json::from("true"), Dtype::Bool);
        refuse(Json::from(1.5), Dtype::I64);
        refuse(Json::from(300), Dtype::U8);
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
