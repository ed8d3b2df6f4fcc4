//! Values as bytes of JSON, straight from where they stand.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use featurestore_schema::Dtype;
use serde::Serialize;

use crate::time::Timestamp;
use crate::types::{JsonRef, ValueRef, item_of};

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
    match value {
        ValueRef::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        ValueRef::Int(value) => write_json(out, &value),
        ValueRef::UInt(value) => write_json(out, &value),
        ValueRef::F32(value) if value.is_finite() => write_f32(out, value),
        ValueRef::F64(value) if value.is_finite() => write_json(out, &value),
        ValueRef::F32(value) => return write_not_finite(out, f64::from(value), form),
        ValueRef::F64(value) => return write_not_finite(out, value, form),
        ValueRef::Str(text) => write_json(out, text),
        ValueRef::Bytes(bytes) => {
            out.push(b'"');
            let start = out.len();
            out.resize(start + bytes.len().div_ceil(3) * 4, 0);
            // The place has just the length that is needed.
            let written = BASE64.encode_slice(bytes, &mut out[start..]).unwrap_or(0);
            out.truncate(start + written);
            out.push(b'"');
        }
        ValueRef::Timestamp(time) if form == Form::Feast => write_seconds(out, time),
        ValueRef::List(list) => {
            let item = *item_of(dtype);
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
        ValueRef::Json(json) => return write_document(out, json, form),
        // A variant's text is a program's own, and may have any sign.
        ValueRef::Variant(_)
        | ValueRef::Timestamp(_)
        | ValueRef::Date(_)
        | ValueRef::Decimal { .. }
        | ValueRef::Uuid(_) => write_json(out, value.text(dtype).as_ref()),
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
    } else if let Ok(value) = value.to_string().parse::<f64>() {
        // Floats of the two sizes go over to exponents at different places; and only one with up
        // to ten binary places can lie halfway between two shortest texts, of which the standard
        // library and serde_json choose different ones.
        write_json(out, &value);
    }
}

fn write_not_finite(out: &mut Vec<u8>, value: f64, form: Form) -> bool {
    let text: &[u8] = match form {
        Form::Plain => b"null",
        Form::Feast if value.is_nan() => b"\"NaN\"",
        Form::Feast if value > 0.0 => b"\"Infinity\"",
        Form::Feast => b"\"-Infinity\"",
    };
    out.extend_from_slice(text);
    form == Form::Feast
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

/// JSON that serde_json has no number for (1e400) is what JSON lacks, like infinity.
fn write_document(out: &mut Vec<u8>, json: JsonRef<'_>, form: Form) -> bool {
    let text = json.text().unwrap_or_default();
    if form == Form::Feast {
        write_json(out, text.as_ref());
        return true;
    }
    let document: Result<serde_json::Value, _> = serde_json::from_str(&text);
    let sayable = document.is_ok();
    write_json(out, &document.unwrap_or_default());
    sayable
}
