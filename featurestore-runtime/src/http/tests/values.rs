//! Values as bytes of JSON.

use std::str::FromStr as _;

use proptest::prelude::*;

use super::*;
use crate::codec::tests::{dtypes, values};
use crate::http::value::{AnswerForm, write_value};
use crate::types::Uuid;

fn written(value: &Value, dtype: Dtype, form: AnswerForm) -> (String, bool) {
    let mut out = Vec::new();
    let sayable = write_value(&mut out, value.borrow(dtype).unwrap(), dtype, form);
    (String::from_utf8(out).unwrap(), sayable)
}

/// Whether a client of Feast can take a value.
fn is_taken(value: &Value) -> bool {
    match value {
        Value::UInt(value) => *value <= i64::MAX.unsigned_abs(),
        Value::List(items) => {
            let mut items = items.iter();
            items.all(|item| item.as_ref().is_some_and(is_taken))
        }
        _ => true,
    }
}

proptest! {
    #![proptest_config(featurestore_properties::cases(256))]

    #[test]
    fn a_value_is_written_as_its_json_is(
        (dtype, value) in dtypes().prop_flat_map(|dtype| (Just(dtype), values(dtype)))
    ) {
        let expected = (value.to_json().to_string(), value.is_sayable());
        prop_assert_eq!(written(&value, dtype, AnswerForm::Plain), expected);
        let (feast, sayable) = written(&value, dtype, AnswerForm::Feast);
        prop_assert_eq!(sayable, is_taken(&value), "{}", feast);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&feast).is_ok(), "{}", feast);
    }

    #[test]
    fn a_float_of_any_bits_is_written_as_its_json_is(
        single: u32, double: u64, power in -45i32..40, places in 0i32..12, whole in -20_000_000i32..20_000_000
    ) {
        #[allow(clippy::cast_precision_loss)] // which f32 it becomes does not matter
        let coarse = whole as f32 / 2_f32.powi(places);
        let near = 10_f32.powi(power);
        for value in [f32::from_bits(single), near, -near, near * 1.5, coarse] {
            let value = Value::F32(value);
            let expected = (value.to_json().to_string(), value.is_sayable());
            prop_assert_eq!(written(&value, Dtype::F32, AnswerForm::Plain), expected);
        }
        let value = Value::F64(f64::from_bits(double));
        let expected = (value.to_json().to_string(), value.is_sayable());
        prop_assert_eq!(written(&value, Dtype::F64, AnswerForm::Plain), expected);
    }

    #[test]
    fn a_time_is_as_many_whole_seconds_as_have_passed(micros in -(1i64 << 50)..1i64 << 50) {
        let time = crate::time::Timestamp::from_timestamp_micros(micros).unwrap();
        let (text, _) = written(&Value::Timestamp(time), Dtype::Timestamp, AnswerForm::Feast);
        let seconds = i64::from_str(&text).unwrap();
        prop_assert!((0..1_000_000).contains(&(micros - seconds * 1_000_000)), "{}", text);
    }
}

#[test]
fn feasts_form_says_what_a_feast_server_does() {
    let time = |text| Value::Timestamp(parse_timestamp(text).unwrap());
    let floats = Dtype::list_of(&Dtype::F64, true);
    let float = |value| Some(Value::F64(value));
    for (value, dtype, expected) in [
        (Value::Bool(true), Dtype::Bool, "true"),
        (Value::Int(-7), Dtype::I32, "-7"),
        (
            Value::UInt(i64::MAX.unsigned_abs()),
            Dtype::U64,
            "9223372036854775807",
        ),
        (Value::F64(4.0), Dtype::F64, "4.0"),
        (Value::F32(0.1), Dtype::F32, "0.10000000149011612"),
        (Value::F64(f64::NAN), Dtype::F64, "\"NaN\""),
        (Value::F32(f32::INFINITY), Dtype::F32, "\"Infinity\""),
        (Value::F64(f64::NEG_INFINITY), Dtype::F64, "\"-Infinity\""),
        (
            Value::List(vec![float(0.5), float(f64::NAN)]),
            floats,
            "[0.5,\"NaN\"]",
        ),
        (Value::Bytes(vec![0, 255]), Dtype::Bytes, "\"AP8=\""),
        (time("2026-05-07T10:00:00Z"), Dtype::Timestamp, "1778148000"),
        (
            time("2026-05-07T10:00:00.25Z"),
            Dtype::Timestamp,
            "1778148000",
        ),
        (time("1969-12-31T23:59:59.5Z"), Dtype::Timestamp, "-1"),
        (
            Value::Json(r#"{"a": 1}"#.to_owned()),
            Dtype::Json,
            r#""{\"a\": 1}""#,
        ),
        (
            Value::Uuid(Uuid::from_u128(7)),
            Dtype::Uuid,
            "\"00000000-0000-0000-0000-000000000007\"",
        ),
    ] {
        assert_eq!(
            written(&value, dtype, AnswerForm::Feast),
            (expected.to_owned(), true)
        );
    }
}
