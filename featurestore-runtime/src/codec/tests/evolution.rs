//! Rows of other builds are read by the rules of schema evolution.

use super::oracle::{comparable, expected, meaning};
use std::sync::Arc;

use super::*;
use crate::types::ValueError;

const OTHER: Dtype = Dtype::Enum(&["casual", "other"]);

/// All kinds of dtypes, several that have to do with each other.
fn pool() -> Vec<Dtype> {
    let items = [
        Dtype::Bool,
        Dtype::I8,
        Dtype::I16,
        Dtype::I32,
        Dtype::I64,
        Dtype::U8,
        Dtype::U16,
        Dtype::U32,
        Dtype::U64,
        Dtype::F32,
        Dtype::F64,
        Dtype::String,
        Dtype::Bytes,
        Dtype::Timestamp,
        Dtype::Date,
        Dtype::Uuid,
        Dtype::Json,
        SMALL,
        GROWN,
        OTHER,
        decimal(5, 2),
        decimal(12, 4),
        decimal(20, 0),
        decimal(38, 9),
    ];
    let lists = items.iter().flat_map(|item| {
        let item = featurestore_schema::intern_dtype(*item);
        [true, false].map(|nullable| Dtype::list_of(item, nullable))
    });
    let arrays = [Dtype::Array(1), Dtype::Array(2)];
    items.into_iter().chain(lists).chain(arrays).collect()
}

/// A dtype, most often one that has to do with `dtype`.
fn relative(dtype: Dtype) -> impl Strategy<Value = Dtype> {
    let relatives: Vec<_> = pool()
        .into_iter()
        .filter(|other| comparable(dtype, *other))
        .collect();
    prop_oneof![
        6 => prop::sample::select(relatives),
        1 => prop::sample::select(pool()),
    ]
}

/// A value of `dtype`, often a small one, which narrower dtypes have as well.
fn small_or_any(dtype: Dtype, nullable: bool) -> BoxedStrategy<Option<Value>> {
    let small = |text: &'static str| Value::parse(text, dtype).ok();
    let smalls: Vec<Value> = [
        "0",
        "1",
        "-3",
        "200",
        "2.50",
        "casual",
        "2026-05-07",
        "[]",
        "[1]",
    ]
    .into_iter()
    .filter_map(small)
    .collect();
    let any = maybe(dtype, nullable);
    if smalls.is_empty() {
        return any;
    }
    prop_oneof![any, prop::sample::select(smalls).prop_map(Some)].boxed()
}

/// A column as a row has it and as it is declared, either of which may be missing, and a default.
#[derive(Debug, Clone)]
struct Pair {
    stored: Option<(LayoutColumn, Option<Value>)>,
    declared: Option<(LayoutColumn, Option<Value>)>,
}

fn pairs() -> impl Strategy<Value = Vec<Pair>> {
    let pair = (prop::sample::select(pool()), any::<[bool; 2]>(), 0..10)
        .prop_flat_map(|(dtype, nullable, place)| {
            let of = (Just(dtype), Just(nullable), Just(place));
            (of, relative(dtype), small_or_any(dtype, nullable[0]))
        })
        .prop_flat_map(|((from, nullable, place), to, value)| {
            let default = small_or_any(to, true);
            (Just((from, nullable, place, to, value)), default)
        })
        .prop_map(|((from, nullable, place, to, value), default)| Pair {
            stored: (place != 0).then(|| (column("", from, nullable[0]), value)),
            declared: (place != 1).then(|| (column("", to, nullable[1]), default)),
        });
    prop::collection::vec(pair, 0..8).prop_map(|mut pairs| {
        for (index, pair) in pairs.iter_mut().enumerate() {
            for (column, _) in pair.stored.iter_mut().chain(&mut pair.declared) {
                column.name = format!("c{index}");
            }
        }
        pairs
    })
}

fn column_of(error: &RowError) -> &str {
    match error {
        RowError::Incompatible { column, .. }
        | RowError::Missing { column }
        | RowError::Value { column, .. } => column,
        other => panic!("{other}"),
    }
}

proptest! {
    #![proptest_config(featurestore_properties::cases(4000))]

    #[test]
    fn a_row_of_any_layout_is_read_as_any_other_by_the_rules_or_is_an_error(
        pairs in pairs(),
        order in any::<u64>(),
        event in times(),
        created in prop::option::of(times()),
    ) {
        let (columns, values): (Vec<_>, Vec<_>) =
            pairs.iter().filter_map(|pair| pair.stored.clone()).unzip();
        let stored = Layout::new(columns);
        let mut columns: Vec<_> = pairs.iter().filter_map(|pair| pair.declared.clone()).collect();
        columns.sort_by_key(|(column, _)| (order >> (column.name.as_bytes()[1] % 8)) & 7);
        let (columns, defaults): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let declared = Layout::new(columns);
        let bytes = encode(&(stored.clone(), event, created, values.clone()));

        let read = transcode(&bytes, &stored, &declared, |index| defaults[index].clone());

        let expected: Vec<_> = declared.columns().iter().zip(&defaults).map(|(column, default)| {
            let mut found = stored.columns().iter().zip(&values);
            let found = found.find(|(stored, _)| stored.name == column.name);
            expected(column, default.as_ref(), found)
        }).collect();
        // Each column by itself is there or lacking, whatever the others are.
        let partly = Transcoding::new(&stored, &declared, |index| defaults[index].clone());
        let partly = Arc::new(partly).run(&bytes, &stored, &declared).unwrap();
        let mut reader = partly.reader(&declared).unwrap();
        prop_assert_eq!(reader.header().stamp(), (event, created));
        for (index, expected) in expected.iter().enumerate() {
            prop_assert_eq!(reader.lack(index).is_some(), expected.is_none(), "{} of {}", index, stored);
            let dtype = declared.columns()[index].dtype;
            let read = reader.value(index);
            let read = read.map(|value| value.map(|value| meaning(&value.to_owned(dtype)))).ok();
            prop_assert_eq!(read.as_ref(), expected.as_ref(), "{}as\n{}", stored, declared);
        }
        match read {
            Ok(bytes) => {
                let read = read_all(&bytes, &declared).unwrap();
                let read: Vec<_> = read.iter().map(|value| Some(value.as_ref().map(meaning))).collect();
                prop_assert_eq!(read, expected, "{}as\n{}", stored, declared);
                let reader = RowReader::new(&bytes, &declared).unwrap();
                prop_assert_eq!(reader.header().stamp(), (event, created));
            }
            Err(error) => {
                let mut columns = declared.columns().iter();
                let place = columns.position(|column| column.name == column_of(&error));
                let place = place.expect("a column");
                prop_assert_eq!(&expected[place], &None, "{}\n{}as\n{}", error, stored, declared);
            }
        }
    }
}

/// Reads one column's value as another.
fn reread(
    from: (Dtype, bool),
    value: Option<Value>,
    to: (Dtype, bool),
) -> Result<Option<Value>, String> {
    let (stored, bytes) = one(from.0, from.1, value);
    let declared = Layout::new(vec![column("c", to.0, to.1)]);
    let row = transcode(&bytes, &stored, &declared, |_| None).map_err(|error| error.to_string())?;
    Ok(read_all(&row, &declared).unwrap().remove(0))
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Str(text.to_owned()))
}

#[test]
fn a_wider_value_of_a_newer_build_is_read_where_it_is_in_range_and_named_where_not() {
    let wide = |number| {
        reread(
            (Dtype::I64, false),
            Some(Value::Int(number)),
            (Dtype::I32, false),
        )
    };
    assert_eq!(wide(-7), Ok(Some(Value::Int(-7))));
    let error = wide(1 << 31).unwrap_err();
    assert_eq!(error, "`c`: the value 2147483648 is not of dtype i32");
    let float = |number| {
        reread(
            (Dtype::F64, false),
            Some(Value::F64(number)),
            (Dtype::F32, false),
        )
    };
    assert_eq!(float(0.5), Ok(Some(Value::F32(0.5))));
    let error = float(0.1).unwrap_err();
    assert_eq!(error, "`c`: the value 0.1 is not of dtype f32");
}

#[test]
fn dtypes_that_have_nothing_to_do_with_each_other_are_refused_and_named() {
    for (from, value, to) in [
        (Dtype::I64, Value::Int(1), Dtype::F64),
        (Dtype::Bool, Value::Bool(true), Dtype::I64),
        (Dtype::String, Value::Str("1".to_owned()), Dtype::I64),
        (
            Dtype::Timestamp,
            Value::Timestamp(Timestamp::UNIX_EPOCH),
            Dtype::I64,
        ),
    ] {
        let error = reread((from, false), Some(value), (to, true)).unwrap_err();
        let said = format!("the row was written with `c` as {from}, declared is {to}; ");
        assert!(error.starts_with(&said), "{error}");
    }
}

#[test]
fn an_enum_may_grow_shrink_reorder_and_become_text_and_back() {
    for dtype in [GROWN, Dtype::String] {
        assert_eq!(
            reread((SMALL, false), text("power user"), (dtype, false)),
            Ok(text("power user"))
        );
        assert_eq!(
            reread((dtype, false), text("ü"), (SMALL, false)),
            Ok(text("ü"))
        );
        let error = reread((dtype, false), text("new"), (SMALL, false)).unwrap_err();
        assert!(
            error.starts_with("`c`: `new` is none of the variants "),
            "{error}"
        );
    }
}

#[test]
fn a_column_may_become_nullable_and_stop_being_while_it_has_values() {
    let one = Some(Value::Int(1));
    assert_eq!(
        reread((Dtype::I64, false), one.clone(), (Dtype::I64, true)),
        Ok(one.clone())
    );
    assert_eq!(
        reread((Dtype::I64, true), one.clone(), (Dtype::I64, false)),
        Ok(one)
    );
    let error = reread((Dtype::I64, true), None, (Dtype::I64, false)).unwrap_err();
    assert_eq!(error, format!("`c`: {}", ValueError::Null));
}

#[test]
fn a_renamed_or_new_column_without_default_that_may_not_be_null_is_named() {
    let (stored, bytes) = one(Dtype::I64, false, Some(Value::Int(1)));
    let renamed = Layout::new(vec![column("d", Dtype::I64, false)]);
    let error = transcode(&bytes, &stored, &renamed, |_| None).unwrap_err();
    assert_eq!(
        error,
        RowError::Missing {
            column: "d".to_owned()
        }
    );
    assert!(
        error
            .to_string()
            .starts_with("the row was written without `d`, "),
        "{error}"
    );
    let row = transcode(&bytes, &stored, &renamed, |_| Some(Value::Int(5))).unwrap();
    assert_eq!(read_all(&row, &renamed).unwrap(), [Some(Value::Int(5))]);
}

#[test]
fn a_decimal_widens_to_more_digits_and_narrows_to_the_same_number() {
    let mantissa = -12_300;
    let value = Some(Value::Decimal { mantissa, scale: 2 });
    let wide = reread(
        (decimal(5, 2), false),
        value.clone(),
        (decimal(8, 4), false),
    );
    assert_eq!(wide.unwrap().unwrap().text(), "-123.0000");
    let whole = reread((decimal(22, 2), false), value, (Dtype::I64, false));
    assert_eq!(whole, Ok(Some(Value::Int(-123))));
}
