//! Parquet files written value by value, as `DuckDB` would not write them.

use std::path::Path;

use parquet::basic::Encoding;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, Int96};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// The values of a required column.
pub(crate) enum Written {
    Bytes(Vec<Vec<u8>>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    F32(Vec<u32>),
    F64(Vec<u64>),
    /// Of which the statistics say that all are between two others.
    I32Between(Vec<i32>, [i32; 2]),
    I64Between(Vec<i64>, [i64; 2]),
    /// Days since 1970, and nanoseconds of the day.
    I96(Vec<(u32, u64)>),
    I64Lists(Vec<Vec<i64>>),
}

pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Written {
    let texts = texts.into_iter();
    Written::Bytes(texts.map(|text| text.as_bytes().to_vec()).collect())
}

/// Writes a row group of required columns.
pub(crate) fn write(path: &Path, fields: &str, columns: &[Written]) {
    write_as(path, fields, columns, |properties| properties);
}

pub(crate) fn write_as(
    path: &Path,
    fields: &str,
    columns: &[Written],
    properties: impl FnOnce(WriterPropertiesBuilder) -> WriterPropertiesBuilder,
) {
    let schema = parse_message_type(&format!("message m {{ {fields} }}")).unwrap();
    let builder = WriterProperties::builder()
        .set_encoding(Encoding::PLAIN)
        // Those of pages would be of the values themselves.
        .set_statistics_enabled(EnabledStatistics::Chunk);
    let properties = properties(builder).build();
    let file = std::fs::File::create(path).unwrap();
    let mut file = SerializedFileWriter::new(file, schema.into(), properties.into()).unwrap();
    let mut rows = file.next_row_group().unwrap();
    for values in columns {
        let mut column = rows.next_column().unwrap().unwrap();
        let written = match (values, column.untyped()) {
            (Written::Bytes(values), ColumnWriter::ByteArrayColumnWriter(writer)) => {
                let values = values.iter().map(|value| ByteArray::from(value.clone()));
                writer.write_batch(&values.collect::<Vec<_>>(), None, None)
            }
            (Written::I32(values), ColumnWriter::Int32ColumnWriter(writer)) => {
                writer.write_batch(values, None, None)
            }
            (Written::I64(values), ColumnWriter::Int64ColumnWriter(writer)) => {
                writer.write_batch(values, None, None)
            }
            (Written::F32(bits), ColumnWriter::FloatColumnWriter(writer)) => {
                let values: Vec<f32> = bits.iter().copied().map(f32::from_bits).collect();
                writer.write_batch(&values, None, None)
            }
            (Written::F64(bits), ColumnWriter::DoubleColumnWriter(writer)) => {
                let values: Vec<f64> = bits.iter().copied().map(f64::from_bits).collect();
                writer.write_batch(&values, None, None)
            }
            (Written::I32Between(values, [low, high]), ColumnWriter::Int32ColumnWriter(writer)) => {
                let (low, high) = (Some(low), Some(high));
                writer.write_batch_with_statistics(values, None, None, low, high, None)
            }
            (Written::I64Between(values, [low, high]), ColumnWriter::Int64ColumnWriter(writer)) => {
                let (low, high) = (Some(low), Some(high));
                writer.write_batch_with_statistics(values, None, None, low, high, None)
            }
            (Written::I96(values), ColumnWriter::Int96ColumnWriter(writer)) => {
                let value = |(day, nanos): &(u32, u64)| {
                    let mut value = Int96::new();
                    let [low, high] = [*nanos, nanos >> 32].map(|part| (part & 0xffff_ffff) as u32);
                    // The Julian day of 1970-01-01.
                    value.set_data(low, high, 2_440_588_u32.wrapping_add(*day));
                    value
                };
                writer.write_batch(&values.iter().map(value).collect::<Vec<_>>(), None, None)
            }
            (Written::I64Lists(lists), ColumnWriter::Int64ColumnWriter(writer)) => {
                let levels = lists.iter().flat_map(|list| {
                    let slots = 0..list.len().max(1);
                    slots.map(|slot| (i16::from(!list.is_empty()), i16::from(slot > 0)))
                });
                let (defined, repeated): (Vec<i16>, Vec<i16>) = levels.unzip();
                writer.write_batch(&lists.concat(), Some(&defined), Some(&repeated))
            }
            _ => panic!("a column of `{fields}` has other values"),
        };
        written.unwrap();
        column.close().unwrap();
    }
    rows.close().unwrap();
    file.close().unwrap();
}
