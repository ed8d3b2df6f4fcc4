//! What columns are for aggregates.

use featurestore_schema::Dtype;

use crate::windows::Kind;

/// What a dtype's values are for aggregates; nothing for lists, embeddings and JSON.
pub(super) const fn kind(dtype: Dtype) -> Option<Kind> {
    match dtype {
        Dtype::Bool
        | Dtype::I8
        | Dtype::I16
        | Dtype::I32
        | Dtype::I64
        | Dtype::U8
        | Dtype::U16
        | Dtype::U32
        | Dtype::U64
        | Dtype::Timestamp
        | Dtype::Date
        | Dtype::Enum(_) => Some(Kind::Integer { scale: 0 }),
        Dtype::Decimal { scale, .. } => Some(Kind::Integer { scale }),
        Dtype::F32 | Dtype::F64 => Some(Kind::Float),
        Dtype::String | Dtype::Bytes | Dtype::Uuid => Some(Kind::Bytes),
        _ => None,
    }
}
