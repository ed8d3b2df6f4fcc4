//! The types that are features as they are.

use featurestore_schema::Dtype;

use super::feature_type::AsBytes;
use super::{FeatureType, Uuid, ValueError, ValueRef};
use crate::time::{Date, Timestamp};

macro_rules! integers {
    ($($type:ty, $dtype:ident, $variant:ident, $wide:ty $(, $bytes:expr)?;)*) => {$(
        impl FeatureType for $type {
            const DTYPE: Dtype = Dtype::$dtype;
            $(const BYTES: Option<AsBytes<Self>> = Some($bytes);)?

            #[inline]
            fn to_value(&self) -> ValueRef<'_> {
                ValueRef::$variant(<$wide>::from(*self))
            }

            #[inline]
            fn from_value(value: ValueRef<'_>) -> Result<Self, ValueError> {
                match value {
                    ValueRef::$variant(wide) => {
                        <$type>::try_from(wide).map_err(|_| ValueError::dtype(value, Self::DTYPE))
                    }
                    _ => Err(ValueError::dtype(value, Self::DTYPE)),
                }
            }
        }
    )*};
}

integers! {
    i8, I8, Int, i64;
    i16, I16, Int, i64;
    i32, I32, Int, i64;
    i64, I64, Int, i64;
    u8, U8, UInt, u64, AsBytes { borrow: |list| list, own: <[u8]>::to_vec };
    u16, U16, UInt, u64;
    u32, U32, UInt, u64;
    u64, U64, UInt, u64;
}

macro_rules! copied {
    ($($type:ty, $dtype:ident, $variant:ident;)*) => {$(
        impl FeatureType for $type {
            const DTYPE: Dtype = Dtype::$dtype;

            #[inline]
            fn to_value(&self) -> ValueRef<'_> {
                ValueRef::$variant(*self)
            }

            #[inline]
            fn from_value(value: ValueRef<'_>) -> Result<Self, ValueError> {
                match value {
                    ValueRef::$variant(value) => Ok(value),
                    _ => Err(ValueError::dtype(value, Self::DTYPE)),
                }
            }
        }
    )*};
}

copied! {
    bool, Bool, Bool;
    f32, F32, F32;
    f64, F64, F64;
    Timestamp, Timestamp, Timestamp;
    Date, Date, Date;
    Uuid, Uuid, Uuid;
}

impl FeatureType for String {
    const DTYPE: Dtype = Dtype::String;

    #[inline]
    fn to_value(&self) -> ValueRef<'_> {
        ValueRef::Str(self)
    }

    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match value {
            ValueRef::Str(text) => Ok(text.to_owned()),
            _ => Err(ValueError::dtype(value, Self::DTYPE)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_refuses_what_it_does_not_hold() {
        assert_eq!(i8::from_value(ValueRef::Int(-128)), Ok(-128));
        let message = i8::from_value(ValueRef::Int(128)).unwrap_err().to_string();
        assert_eq!(message, "the value 128 is not of dtype i8");
        assert!(i64::from_value(ValueRef::F64(1.0)).is_err());
        assert!(u64::from_value(ValueRef::Int(1)).is_err());
    }
}
