//! Dtypes of single values.

use featurestore::prelude::*;
use proptest::prelude::*;

use crate::support::{property, quoted, wait};

/// Any value, and often one of those that break things.
fn often<T: Clone + std::fmt::Debug + 'static>(
    any: impl Strategy<Value = T> + 'static,
    edges: impl Into<Vec<T>>,
) -> BoxedStrategy<T> {
    prop_oneof![any, prop::sample::select(edges.into())].boxed()
}

fn always<T>(_: &T) -> bool {
    true
}

macro_rules! integers {
    ($($test:ident, $file:tt, $type:ty, $sql_type:literal;)*) => {$(
        property! {
            $test, $file, $type, $sql_type,
            often(any::<$type>(), [<$type>::MIN, <$type>::MAX, 0, 1]),
            |value: &$type| value.to_string(), always
        }
    )*};
}

integers! {
    i8s, "i8.parquet", i8, "TINYINT";
    i16s, "i16.parquet", i16, "SMALLINT";
    i32s, "i32.parquet", i32, "INTEGER";
    u8s, "u8.parquet", u8, "UTINYINT";
    u16s, "u16.parquet", u16, "USMALLINT";
    u32s, "u32.parquet", u32, "UINTEGER";
    u64s, "u64.parquet", u64, "UBIGINT";
}

property! {
    i64s, "i64.parquet", i64, "BIGINT",
    often(any::<i64>(), [i64::MIN, i64::MAX, (1 << 53) + 1, -(1 << 53) - 1, (1 << 24) + 1]),
    |value: &i64| value.to_string(), always
}

property! { bools, "bool.parquet", bool, "BOOLEAN", any::<bool>(), |value: &bool| value.to_string(), always }

property! {
    f32s, "f32.parquet", f32, "FLOAT",
    often(any::<f32>(), [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, f32::MIN, f32::MAX, f32::MIN_POSITIVE, f32::from_bits(1), 16_777_216.0]),
    |value: &f32| quoted(&value.to_string()), |value| value.is_finite()
}

property! {
    f64s, "f64.parquet", f64, "DOUBLE",
    often(any::<f64>(), [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MIN, f64::MAX, f64::MIN_POSITIVE, f64::from_bits(1), 0.1]),
    |value: &f64| quoted(&format!("{value:e}")), |value| value.is_finite()
}

/// Any text without U+0000, which no SQL text can hold.
fn texts() -> BoxedStrategy<String> {
    let any = any::<String>().prop_map(|text| text.replace('\0', ""));
    let edges = [
        "",
        " ",
        "null",
        "NaN",
        "Ünï©ødé 日本 🎬",
        "'\"\\",
        "a\nb",
        "e\u{301}",
    ];
    often(any, edges.map(str::to_owned))
}

property! { strings, "string.parquet", String, "VARCHAR", texts(), |value: &String| quoted(value), always }

fn blob(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("unhex('{digits}')")
}

property! {
    blobs, "bytes.parquet", Vec<u8>, "BLOB",
    often(any::<Vec<u8>>(), [vec![], vec![0], vec![255, 0]]), |value: &Vec<u8>| blob(value), always
}

#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment {
    Casual,
    #[variant(rename = "fän")]
    Fan,
    PowerUser,
}

fn segments() -> BoxedStrategy<Segment> {
    prop::sample::select(vec![Segment::Casual, Segment::Fan, Segment::PowerUser]).boxed()
}

fn segment(value: &Segment) -> String {
    quoted(FeatureEnum::as_str(*value))
}

property! { enums, "enum.parquet", Segment, "VARCHAR", segments(), segment, always }

property! {
    dictionaries, "dictionary.parquet", Segment,
    "ENUM('power_user', 'fän', 'casual', 'guest')", segments(), segment, always
}

property! {
    uuids, "uuid.parquet", Uuid, "UUID",
    often(any::<u128>().prop_map(Uuid::from_u128), [Uuid::nil(), Uuid::max()]),
    |value: &Uuid| quoted(&value.to_string()), always
}

fn decimals<const P: u8, const S: u8>() -> BoxedStrategy<Decimal<P, S>> {
    let limit = 10_i128.pow(P.into()) - 1;
    let decimal = |mantissa| Decimal::from_mantissa(mantissa).unwrap();
    often(
        (-limit..=limit).prop_map(decimal),
        [0, 1, -1, limit, -limit].map(decimal),
    )
}

property! {
    cents, "decimal_18_2.parquet", Decimal<18, 2>, "DECIMAL(18, 2)", decimals::<18, 2>(),
    |value: &Decimal<18, 2>| quoted(&value.to_string()), always
}

property! {
    small_decimals, "decimal_4_4.parquet", Decimal<4, 4>, "DECIMAL(4, 4)", decimals::<4, 4>(),
    |value: &Decimal<4, 4>| quoted(&value.to_string()), always
}

property! {
    large_decimals, "decimal_38_9.parquet", Decimal<38, 9>, "DECIMAL(38, 9)", decimals::<38, 9>(),
    |value: &Decimal<38, 9>| quoted(&value.to_string()), always
}

property! {
    widened_decimals, "decimal_narrow.parquet", Decimal<24, 4>, "DECIMAL(18, 2)",
    decimals::<18, 2>().prop_map(|value| Decimal::<24, 4>::from_mantissa(value.mantissa() * 100).unwrap()),
    |value: &Decimal<24, 4>| quoted(&value.to_string()), always
}

/// A newtype of a newtype by an alias is what the innermost type is.
#[derive(FeatureType, Debug, Clone, PartialEq)]
pub(crate) struct Price(Amount);
#[derive(FeatureType, Debug, Clone, PartialEq)]
pub(crate) struct Amount(Money);
type Money = Decimal<18, 2>;

property! {
    newtypes, "newtype.parquet", Price, "DECIMAL(18, 2)",
    decimals::<18, 2>().prop_map(|value| Price(Amount(value))),
    |value: &Price| quoted(&value.0.0.to_string()), always
}
