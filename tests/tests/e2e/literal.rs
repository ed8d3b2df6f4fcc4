//! Rust values as DuckDB's SQL writes them, and Parquet files of them.

use std::path::Path;

use featurestore::prelude::*;
use serde::Serialize;

use crate::support::sql;

/// A value that a source's column can have.
pub(crate) trait Literal {
    /// The column's type.
    const SQL: &'static str;

    /// The value in SQL, of any type that casts to the column's without loss.
    fn literal(&self) -> String;
}

macro_rules! cast_from_text {
    ($($type:ty, $sql:literal, $format:literal;)+) => {$(
        impl Literal for $type {
            const SQL: &'static str = $sql;

            fn literal(&self) -> String {
                format!(concat!("'", $format, "'"), self)
            }
        }
    )+};
}

cast_from_text! {
    bool, "BOOLEAN", "{}";
    i8, "TINYINT", "{}";
    i16, "SMALLINT", "{}";
    i32, "INTEGER", "{}";
    i64, "BIGINT", "{}";
    u8, "UTINYINT", "{}";
    u16, "USMALLINT", "{}";
    u32, "UINTEGER", "{}";
    u64, "UBIGINT", "{}";
    f32, "FLOAT", "{:e}";
    f64, "DOUBLE", "{:e}";
    Date, "DATE", "{}";
    Uuid, "UUID", "{}";
    Decimal<18, 2>, "DECIMAL(18, 2)", "{}";
    Decimal<38, 9>, "DECIMAL(38, 9)", "{}";
}

impl Literal for String {
    const SQL: &'static str = "VARCHAR";

    fn literal(&self) -> String {
        // No SQL text can have a zero character.
        format!("'{}'", self.replace('\'', "''")).replace('\0', "' || chr(0) || '")
    }
}

impl Literal for Vec<u8> {
    const SQL: &'static str = "BLOB";

    fn literal(&self) -> String {
        let digits: String = self.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("unhex('{digits}')")
    }
}

impl Literal for Timestamp {
    const SQL: &'static str = "TIMESTAMP";

    fn literal(&self) -> String {
        format!("make_timestamp({})", self.timestamp_micros())
    }
}

macro_rules! lists {
    ($($type:ty, $sql:literal;)+) => {$(
        impl Literal for $type {
            const SQL: &'static str = $sql;

            fn literal(&self) -> String {
                let items: Vec<String> = self.iter().map(Literal::literal).collect();
                format!("[{}]", items.join(", "))
            }
        }
    )+};
}

// One by one, since a `Vec<u8>` is no list.
lists! {
    Vec<f64>, "DOUBLE[]";
    Vec<Option<String>>, "VARCHAR[]";
    Vec<Option<Decimal<18, 2>>>, "DECIMAL(18, 2)[]";
    [f32; 3], "FLOAT[3]";
}

impl<T: Literal> Literal for Option<T> {
    const SQL: &'static str = T::SQL;

    fn literal(&self) -> String {
        self.as_ref()
            .map_or_else(|| "NULL".to_owned(), Literal::literal)
    }
}

impl<T: Serialize> Literal for Json<T> {
    const SQL: &'static str = String::SQL;

    fn literal(&self) -> String {
        serde_json::to_string(&self.0).unwrap().literal()
    }
}

/// Writes `{name}.parquet`, its columns of these names and SQL types.
pub(crate) fn write_parquet(
    directory: &Path,
    name: &str,
    columns: &[(&str, &str)],
    rows: &[Vec<String>],
) {
    let columns: Vec<String> = columns
        .iter()
        .map(|(name, dtype)| format!("\"{name}\" {dtype}"))
        .collect();
    let rows: Vec<String> = rows
        .iter()
        .map(|row| format!("INSERT INTO rows VALUES ({})", row.join(", ")))
        .collect();
    sql(&format!(
        "CREATE TABLE rows ({}); {}; COPY rows TO '{}' (FORMAT parquet)",
        columns.join(", "),
        rows.join("; "),
        directory.join(format!("{name}.parquet")).display()
    ));
}
