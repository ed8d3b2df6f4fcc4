//! Parquet's types as featurestore tells them apart.
//!
//! Source: <https://github.com/apache/parquet-format/blob/master/LogicalTypes.md>.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit as ParquetUnit, Type as Physical};
use parquet::schema::types::Type;

use crate::dtype::MAX_PRECISION;
use crate::intern::{intern, intern_source};
use crate::source::{SourceDtype, TimeUnit};

/// The type of a column of the file's schema.
pub(super) fn source_dtype(field: &Type) -> SourceDtype {
    let info = field.get_basic_info();
    if !field.is_primitive() {
        return group(field, info.converted_type());
    }
    let logical = info.logical_type_ref();
    let decimal = || decimal(field.get_precision(), field.get_scale());
    match (field.get_physical_type(), logical, info.converted_type()) {
        (_, Some(LogicalType::Decimal { .. }), _) | (_, None, ConvertedType::DECIMAL) => decimal(),
        (Physical::BOOLEAN, ..) => SourceDtype::Bool,
        (Physical::FLOAT, ..) => SourceDtype::F32,
        (Physical::DOUBLE, ..) => SourceDtype::F64,
        (Physical::INT96, ..) => SourceDtype::Timestamp {
            unit: TimeUnit::Nanos,
            zoned: false,
        },
        (_, Some(LogicalType::Date), _) | (_, None, ConvertedType::DATE) => SourceDtype::Date,
        (
            _,
            Some(LogicalType::Timestamp {
                is_adjusted_to_u_t_c,
                unit,
            }),
            _,
        ) => {
            let unit = match unit {
                ParquetUnit::MILLIS => TimeUnit::Millis,
                ParquetUnit::MICROS => TimeUnit::Micros,
                ParquetUnit::NANOS => TimeUnit::Nanos,
            };
            SourceDtype::Timestamp {
                unit,
                zoned: *is_adjusted_to_u_t_c,
            }
        }
        (_, None, ConvertedType::TIMESTAMP_MILLIS) => SourceDtype::Timestamp {
            unit: TimeUnit::Millis,
            zoned: true,
        },
        (_, None, ConvertedType::TIMESTAMP_MICROS) => SourceDtype::Timestamp {
            unit: TimeUnit::Micros,
            zoned: true,
        },
        (
            _,
            Some(LogicalType::Integer {
                bit_width,
                is_signed,
            }),
            _,
        ) => integer(*bit_width, *is_signed),
        (_, None, converted) if width(converted).is_some() => {
            let (bits, signed) = width(converted).unwrap_or((64, true));
            integer(bits, signed)
        }
        (Physical::INT32, None, _) => SourceDtype::I32,
        (Physical::INT64, None, _) => SourceDtype::I64,
        (_, Some(LogicalType::String | LogicalType::Enum | LogicalType::Json), _)
        | (_, None, ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON) => {
            SourceDtype::String
        }
        (_, Some(LogicalType::Uuid), _) => SourceDtype::Uuid,
        (Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY, None, ConvertedType::NONE) => {
            SourceDtype::Bytes
        }
        (physical, Some(logical), _) => {
            SourceDtype::Other(intern(&format!("{logical:?} ({physical})").to_lowercase()))
        }
        (physical, None, converted) => {
            SourceDtype::Other(intern(&format!("{converted} ({physical})").to_lowercase()))
        }
    }
}

fn group(field: &Type, converted: ConvertedType) -> SourceDtype {
    if let (ConvertedType::LIST, [values]) = (converted, field.get_fields()) {
        return SourceDtype::List(intern_source(list_item(field, values)));
    }
    let kind = match converted {
        ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE => "map",
        _ => "struct",
    };
    let fields: Vec<String> = field
        .get_fields()
        .iter()
        .map(|field| format!("{} {}", field.name(), source_dtype(field)))
        .collect();
    SourceDtype::Other(intern(&format!("{kind}({})", fields.join(", "))))
}

/// The type of a list's values. The repeated field of a list is a group around the value; in
/// files of old writers it can be the value itself: the rules are those of the format's
/// "Backward-compatibility rules" for lists.
fn list_item(list: &Type, repeated: &Type) -> SourceDtype {
    if repeated.is_primitive() {
        return source_dtype(repeated);
    }
    let legacy = repeated.name() == "array" || repeated.name() == format!("{}_tuple", list.name());
    match repeated.get_fields() {
        [value] if !legacy => source_dtype(value),
        _ => source_dtype(repeated),
    }
}

fn decimal(precision: i32, scale: i32) -> SourceDtype {
    match (u8::try_from(precision), u8::try_from(scale)) {
        (Ok(precision @ 1..=MAX_PRECISION), Ok(scale)) if scale <= precision => {
            SourceDtype::Decimal { precision, scale }
        }
        _ => SourceDtype::Other(intern(&format!("decimal({precision}, {scale})"))),
    }
}

fn integer(bits: i8, signed: bool) -> SourceDtype {
    match (bits, signed) {
        (8, true) => SourceDtype::I8,
        (16, true) => SourceDtype::I16,
        (32, true) => SourceDtype::I32,
        (8, false) => SourceDtype::U8,
        (16, false) => SourceDtype::U16,
        (32, false) => SourceDtype::U32,
        (_, true) => SourceDtype::I64,
        (_, false) => SourceDtype::U64,
    }
}

fn width(converted: ConvertedType) -> Option<(i8, bool)> {
    Some(match converted {
        ConvertedType::INT_8 => (8, true),
        ConvertedType::INT_16 => (16, true),
        ConvertedType::INT_32 => (32, true),
        ConvertedType::INT_64 => (64, true),
        ConvertedType::UINT_8 => (8, false),
        ConvertedType::UINT_16 => (16, false),
        ConvertedType::UINT_32 => (32, false),
        ConvertedType::UINT_64 => (64, false),
        _ => return None,
    })
}
