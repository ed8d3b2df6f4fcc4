//! What reading a row of another layout must give, by what values mean; knows nothing of bytes.

use super::*;

/// What a value says, whatever its dtype.
#[derive(Debug, PartialEq)]
pub(super) enum Meaning {
    Bool(bool),
    /// In digits, or with an exponent where it is no whole number of a float.
    Number(String),
    NotANumber,
    Text(String),
    Json(String),
    Bytes(Vec<u8>),
    /// Microseconds since 1970.
    Time(i64),
    Uuid(Uuid),
    List(Vec<Option<Meaning>>),
}

pub(super) fn meaning(value: &Value) -> Meaning {
    match value {
        Value::Bool(value) => Meaning::Bool(*value),
        Value::Int(value) => Meaning::Number(value.to_string()),
        Value::UInt(value) => Meaning::Number(value.to_string()),
        Value::F32(value) => meaning(&Value::F64(f64::from(*value))),
        Value::F64(value) if value.is_nan() => Meaning::NotANumber,
        #[allow(clippy::cast_possible_truncation)]
        Value::F64(value)
            if value.fract() == 0.0 && value.abs() < 1e15 && !is_minus_zero(*value) =>
        {
            Meaning::Number((*value as i64).to_string())
        }
        Value::F64(value) => Meaning::Number(format!("{value:e}")),
        Value::Decimal { .. } => {
            let text = value.text();
            Meaning::Number(match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => text.into_owned(),
            })
        }
        Value::Str(text) => Meaning::Text(text.clone()),
        Value::Json(text) => Meaning::Json(text.clone()),
        Value::Bytes(bytes) => Meaning::Bytes(bytes.clone()),
        Value::Date(day) => Meaning::Time(
            day.and_hms_opt(0, 0, 0)
                .unwrap()
                .and_utc()
                .timestamp_micros(),
        ),
        Value::Timestamp(time) => Meaning::Time(time.timestamp_micros()),
        Value::Uuid(value) => Meaning::Uuid(*value),
        Value::List(values) => {
            let values = values.iter().map(|value| value.as_ref().map(meaning));
            Meaning::List(values.collect())
        }
    }
}

fn is_minus_zero(value: f64) -> bool {
    value == 0.0 && value.is_sign_negative()
}

/// Whether a dtype has a value that means this, for two dtypes that have to do with each other.
fn holds(dtype: Dtype, meaning: &Meaning) -> bool {
    let within = |number: &str, first: i128, last: i128| {
        number
            .parse::<i128>()
            .is_ok_and(|number| (first..=last).contains(&number))
    };
    match (dtype, meaning) {
        (Dtype::I8, Meaning::Number(number)) => within(number, i8::MIN.into(), i8::MAX.into()),
        (Dtype::I16, Meaning::Number(number)) => within(number, i16::MIN.into(), i16::MAX.into()),
        (Dtype::I32, Meaning::Number(number)) => within(number, i32::MIN.into(), i32::MAX.into()),
        (Dtype::I64, Meaning::Number(number)) => within(number, i64::MIN.into(), i64::MAX.into()),
        (Dtype::U8, Meaning::Number(number)) => within(number, 0, u8::MAX.into()),
        (Dtype::U16, Meaning::Number(number)) => within(number, 0, u16::MAX.into()),
        (Dtype::U32, Meaning::Number(number)) => within(number, 0, u32::MAX.into()),
        (Dtype::U64, Meaning::Number(number)) => within(number, 0, u64::MAX.into()),
        #[allow(clippy::cast_possible_truncation)]
        (Dtype::F32, Meaning::Number(number)) => {
            let number: f64 = number.parse().unwrap();
            f64::from(number as f32).to_bits() == number.to_bits()
        }
        (Dtype::Decimal { precision, scale }, Meaning::Number(number)) => {
            let number = number.trim_start_matches('-');
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            let whole = whole.trim_start_matches('0');
            fraction.len() <= scale.into() && whole.len() <= (precision - scale).into()
        }
        (Dtype::Enum(variants), Meaning::Text(text)) => variants.contains(&text.as_str()),
        (Dtype::Date, Meaning::Time(micros)) => micros % 86_400_000_000 == 0,
        (Dtype::List { item, nullable }, Meaning::List(values)) => values
            .iter()
            .all(|value| value.as_ref().map_or(nullable, |value| holds(*item, value))),
        (Dtype::Array(length), Meaning::List(values)) => {
            let holds = |value: &Option<Meaning>| {
                value.as_ref().is_some_and(|value| holds(Dtype::F32, value))
            };
            values.len() == length && values.iter().all(holds)
        }
        _ => true,
    }
}

/// Whether the values of two dtypes are compared at all. A list's are one by one, all of an
/// embedding's are numbers, and any enum's are texts.
pub(super) fn comparable(declared: Dtype, stored: Dtype) -> bool {
    let item = |dtype| match dtype {
        Dtype::List { item, .. } => (*item, true),
        other => (other, false),
    };
    let embedding = |dtype| matches!(dtype, Dtype::Array(_));
    let is_enum = |dtype| matches!(dtype, Dtype::Enum(_));
    match (item(declared), item(stored)) {
        ((one, true), (other, true)) => comparable(one, other),
        ((one, true), (other, false)) | ((other, false), (one, true)) => {
            embedding(other) && comparable(one, Dtype::F32)
        }
        ((one, _), (other, _)) => {
            is_enum(one) && is_enum(other) || one.widens(other) || other.widens(one)
        }
    }
}

/// What reading a column must give; nothing where that is an error.
pub(super) fn expected(
    declared: &LayoutColumn,
    default: Option<&Value>,
    stored: Option<(&LayoutColumn, &Option<Value>)>,
) -> Option<Option<Meaning>> {
    let value = match stored {
        None => default,
        Some((stored, value)) => {
            if !comparable(declared.dtype, stored.dtype) {
                return None;
            }
            value.as_ref()
        }
    };
    match value.map(meaning) {
        None => declared.nullable.then_some(None),
        Some(meaning) => holds(declared.dtype, &meaning).then_some(Some(meaning)),
    }
}
