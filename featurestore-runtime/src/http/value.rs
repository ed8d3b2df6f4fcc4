//! Values as bytes of JSON, straight from where they stand.

use featurestore_schema::Dtype;
use serde::Serialize;

use crate::types::{InJson, ValueRef, base64, shortest};

/// What differs between the forms of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerForm {
    /// As [`Value::to_json`](crate::types::Value::to_json) has it.
    Plain,
    /// As Feast's server has it: times are whole seconds since 1970, rounded down; an f32 is the
    /// double that it is; what JSON has no number for is a text, `"NaN"`, `"Infinity"`; JSON is a
    /// text.
    Feast,
}

/// Appends a value. Gives whether the form could say it: in the plain one, NaN and infinities are
/// null, also in a list; Feast's has no null in a list, and no integer beyond an i64.
pub(super) fn write_value(
    out: &mut Vec<u8>,
    value: ValueRef<'_>,
    dtype: Dtype,
    form: AnswerForm,
) -> bool {
    if form == AnswerForm::Feast && write_as_feast(out, value) {
        return true;
    }
    match value.in_json(dtype) {
        InJson::Unsayable => {
            out.extend_from_slice(b"null");
            return false;
        }
        InJson::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        InJson::Int(value) => write_json(out, &value),
        InJson::UInt(value) => {
            write_json(out, &value);
            return form == AnswerForm::Plain || i64::try_from(value).is_ok();
        }
        InJson::F32(value) => write_f32(out, value),
        InJson::F64(value) => write_json(out, &value),
        InJson::Text(text) => write_json(out, text.as_ref()),
        InJson::Base64(bytes) => {
            out.push(b'"');
            out.extend_from_slice(base64(bytes).as_bytes());
            out.push(b'"');
        }
        InJson::List(list, item) => {
            let mut sayable = true;
            out.push(b'[');
            for (index, value) in list.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                match value {
                    Some(value) => sayable &= write_value(out, value, item, form),
                    None => {
                        out.extend_from_slice(b"null");
                        sayable &= form == AnswerForm::Plain;
                    }
                }
            }
            out.push(b']');
            return sayable;
        }
        InJson::Document(document) => write_json(out, &document),
    }
    true
}

/// Appends a value that Feast's form has in its own way; says whether it is one.
fn write_as_feast(out: &mut Vec<u8>, value: ValueRef<'_>) -> bool {
    let not_finite = |value: f64| match value {
        value if value.is_nan() => "NaN",
        value if value > 0.0 => "Infinity",
        _ => "-Infinity",
    };
    match value {
        ValueRef::Timestamp(time) => {
            write_json(out, &time.timestamp_micros().div_euclid(1_000_000));
        }
        ValueRef::F32(value) if value.is_finite() => write_json(out, &f64::from(value)),
        ValueRef::F32(value) => write_json(out, not_finite(value.into())),
        ValueRef::F64(value) if !value.is_finite() => write_json(out, not_finite(value)),
        ValueRef::Json(json) => match json.text() {
            Ok(text) => write_json(out, text.as_ref()),
            Err(_) => return false,
        },
        _ => return false,
    }
    true
}

/// Appends what serde writes, which can't fail for texts, numbers and what is made of them.
pub(super) fn write_json(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    if let Err(error) = serde_json::to_writer(&mut *out, value) {
        tracing::error!(%error, "a value could not be written");
    }
}

/// The shortest text that is this f32, in the form that an f64 has.
fn write_f32(out: &mut Vec<u8>, value: f32) {
    /// Up to here, a whole number is its own shortest text; from here on, all are whole.
    const WHOLE: f32 = 16_777_216.0;
    let size = value.abs();
    if size < WHOLE && value.fract() == 0.0 {
        write_json(out, &f64::from(value));
    } else if (1e-4..WHOLE).contains(&size) && (value * 1024.0).fract() != 0.0 {
        write_json(out, &value);
    } else {
        // Floats of the two sizes go over to exponents at different places; and only one with up
        // to ten binary places can lie halfway between two shortest texts, of which the standard
        // library and serde_json choose different ones.
        write_json(out, &shortest(value));
    }
}
