//! What is said when a declared dtype and the source's differ.

use crate::dtype::Dtype;
use crate::source::SourceDtype;

/// The one sentence about a column whose declared dtype its source's does not fit.
#[must_use]
pub fn drift_message(
    view: &str,
    column: &str,
    declared: Dtype,
    source_dtype: &SourceDtype,
    source: &str,
) -> String {
    format!(
        "`{column}` of view `{view}` is declared as {declared}, but {source} has it as \
         {source_dtype}; declare it as {} or mend the source",
        suggestion(source_dtype)
    )
}

/// The declaration that would fit.
fn suggestion(source: &SourceDtype) -> String {
    match source {
        SourceDtype::String => "String".to_owned(),
        SourceDtype::Bytes => "Vec<u8>".to_owned(),
        SourceDtype::Timestamp { .. } => "Timestamp".to_owned(),
        SourceDtype::Date => "Date".to_owned(),
        SourceDtype::Other(_) => "a type that holds it losslessly".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_both_dtypes_the_column_the_file_and_the_way_out() {
        let message = drift_message(
            "watch",
            "count",
            Dtype::I64,
            &SourceDtype::F64,
            "data/w.parquet",
        );
        assert_eq!(
            message,
            "`count` of view `watch` is declared as i64, but data/w.parquet has it as f64; \
             declare it as f64 or mend the source"
        );
    }
}
