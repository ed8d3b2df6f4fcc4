//! A value read as its Rust type is the one read by its dtype.

use std::fmt::Debug;

use super::*;
use crate::types::{ColumnType, Decimal, FeatureType};

/// The value as a `T`, and back.
fn of_type<T: FeatureType>(value: &Value) -> T {
    T::from_value(value.borrow(T::DTYPE).unwrap()).unwrap()
}

fn reads_alike<T>() -> impl Strategy<Value = (Value, Option<Value>, bool)>
where
    T: FeatureType + PartialEq + Debug,
{
    (values(T::DTYPE), maybe(T::DTYPE, true), any::<bool>())
}

/// Reads a row with a column of type `T` and one of `Option<T>` in several ways.
fn check<T>(value: &Value, maybe: Option<&Value>, asks_wrongly: bool)
where
    T: FeatureType + PartialEq + Debug,
{
    let layout = Layout::new(vec![
        column("first", Dtype::I64, true),
        column("value", T::DTYPE, false),
        column("maybe", T::DTYPE, true),
        column("last", Dtype::U16, false),
    ]);
    let values = vec![
        None,
        Some(value.clone()),
        maybe.cloned(),
        Some(Value::UInt(7)),
    ];
    let bytes = encode(&(layout.clone(), Timestamp::UNIX_EPOCH, None, values));
    let mut row = RowReader::new(&bytes, &layout).unwrap();
    let is = |row: &mut RowReader<'_>| {
        let read: T = row.column(1).unwrap();
        // Floats by what they say: NaN is not equal to itself.
        assert_eq!(format!("{read:?}"), format!("{:?}", of_type::<T>(value)));
        let read: Option<T> = row.column(2).unwrap();
        assert_eq!(
            format!("{read:?}"),
            format!("{:?}", maybe.map(of_type::<T>))
        );
        assert_eq!(row.column::<u16>(3).unwrap(), 7);
    };
    assert_eq!(row.column::<Option<i64>>(0).unwrap(), None);
    is(&mut row);
    is(&mut row);
    if asks_wrongly {
        let mut row = RowReader::new(&bytes, &layout).unwrap();
        refuses::<i64>(&mut row, 0);
        if maybe.is_none() {
            refuses::<T>(&mut row, 2);
        }
        if T::DTYPE != Dtype::Bool {
            refuses::<bool>(&mut row, 1);
            refuses::<Option<bool>>(&mut row, 1);
        }
        refuses::<i16>(&mut row, 3);
        is(&mut row);
        refuses::<T>(&mut row, 4);
    }
    row.finish().unwrap();
    for end in 13..bytes.len() {
        if let Ok(mut row) = RowReader::new(&bytes[..end], &layout) {
            let read = row
                .column::<Option<i64>>(0)
                .and_then(|_| row.column::<T>(1))
                .and_then(|_| row.column::<Option<T>>(2))
                .and_then(|_| row.column::<u16>(3));
            assert!(is_damaged(&read), "{read:?} at {end}");
        }
    }
}

fn refuses<T: ColumnType + Debug>(row: &mut RowReader<'_>, index: usize) {
    let read = row.column::<T>(index);
    let named = matches!(&read, Err(RowError::Value { column, .. }) if !column.is_empty());
    assert!(named || (index == 4 && is_damaged(&read)), "{read:?}");
}

macro_rules! types {
    ($($rule:ident: $type:ty;)+) => {
        proptest! {
            #![proptest_config(featurestore_properties::cases(200))]
            $(#[test]
            fn $rule((value, maybe, asks_wrongly) in reads_alike::<$type>()) {
                check::<$type>(&value, maybe.as_ref(), asks_wrongly);
            })+
        }
    };
}

types! {
    a_bool_is_read_alike: bool;
    an_i8_is_read_alike: i8;
    an_i16_is_read_alike: i16;
    an_i32_is_read_alike: i32;
    an_i64_is_read_alike: i64;
    a_u8_is_read_alike: u8;
    a_u16_is_read_alike: u16;
    a_u32_is_read_alike: u32;
    a_u64_is_read_alike: u64;
    an_f32_is_read_alike: f32;
    an_f64_is_read_alike: f64;
    a_text_is_read_alike: String;
    bytes_are_read_alike: Vec<u8>;
    a_timestamp_is_read_alike: Timestamp;
    a_date_is_read_alike: Date;
    a_uuid_is_read_alike: Uuid;
    a_decimal_is_read_alike: Decimal<18, 2>;
    a_list_is_read_alike: Vec<i32>;
    a_list_of_texts_and_nulls_is_read_alike: Vec<Option<String>>;
    an_embedding_is_read_alike: [f32; 3];
}
