//! Values as bytes of JSON, straight from where they stand.

use std::io::Write as _;

use featurestore_schema::Dtype;
use serde::Serialize;

use crate::time::Timestamp;
use crate::types::{InJson, ValueRef, base64, shortest};

/// What differs between the forms of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As [`Value::to_json`](crate::types::Value::to_json) has it.
    Plain,
    /// As Feast's server has it: times are seconds since 1970, with a fraction where they have
    /// one; what JSON has no number for is a text, `"NaN"`, `"Infinity"`; JSON is a text.
    Feast,
}

/// Appends a value. Gives whether JSON could say it: in the plain form, NaN and infinities are
/// null, also in a list.
pub(super) fn write_value(
    out: &mut Vec<u8>,
    value: ValueRef<'_>,
    dtype: Dtype,
    form: Form,
) -> bool {
    if form == Form::Feast && write_as_feast(out, value) {
        return true;
    }
    match value.in_json(dtype) {
        InJson::Unsayable => {
            out.extend_from_slice(b"null");
            return false;
        }
        InJson::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        InJson::Int(value) => write_json(out, &value),
        InJson::UInt(value) => write_json(out, &value),
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
                    None => out.extend_from_slice(b"null"),
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
        ValueRef::Timestamp(time) => write_seconds(out, time),
        ValueRef::F32(value) if !value.is_finite() => write_json(out, not_finite(value.into())),
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

fn write_seconds(out: &mut Vec<u8>, time: Timestamp) {
    let micros = time.timestamp_micros();
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    if fraction == 0 {
        write_json(out, &seconds);
        return;
    }
    let sign = if micros < 0 { "-" } else { "" };
    let (seconds, fraction) = (seconds.unsigned_abs(), fraction.unsigned_abs());
    // Writing into a `Vec` does not fail.
    let _ = write!(out, "{sign}{seconds}.{fraction:06}");
    while out.last() == Some(&b'0') {
        out.pop();
    }
}
