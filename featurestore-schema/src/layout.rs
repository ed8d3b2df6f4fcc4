//! The layout of a view's online rows: which values stand in them, in which order.

use std::fmt;

use crate::dtype::{Dtype, ParseDtypeError};
use crate::text::shortened;

/// How many bytes the text of a layout has at most, and how many columns: far more than any view has,
/// so that what stands in an online store takes a reader no more than its share of memory and time.
const MAX_BYTES: usize = 16 << 20;
const MAX_COLUMNS: usize = 1 << 16;

/// The columns of a view's online rows, in the order of their bytes.
///
/// The text form has a line per column, its name and its dtype, with a `?` behind the dtype where
/// the value may be null:
///
/// ```text
/// user_segment enum("casual", "power_user")
/// watch_count_30d i64?
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    columns: Vec<LayoutColumn>,
    id: u32,
    nullable: usize,
}

/// A value of an online row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutColumn {
    /// The feature's name.
    pub name: String,
    /// The dtype of its values.
    pub dtype: Dtype,
    /// Whether a value may be null.
    pub nullable: bool,
}

/// A text that is not a layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseLayoutError {
    /// A text that is longer than a layout's.
    #[error("a layout of {bytes} bytes; at most {MAX_BYTES} are read")]
    Long {
        /// How many bytes it has.
        bytes: usize,
    },
    /// A text of more lines than a layout has columns.
    #[error("a layout of more than {MAX_COLUMNS} columns")]
    Columns,
    /// A line without a space between name and dtype.
    #[error("line {line} of a layout is `{text}`; it must be a column's name and its dtype")]
    Line {
        /// The line's number, from 1.
        line: usize,
        /// What it says.
        text: String,
    },
    /// A dtype that this build does not know.
    #[error("line {line} of a layout: {error}")]
    Dtype {
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it.
        error: ParseDtypeError,
    },
}

impl Layout {
    /// The layout with these columns.
    #[must_use]
    pub fn new(columns: Vec<LayoutColumn>) -> Self {
        let nullable = columns.iter().filter(|column| column.nullable).count();
        let mut layout = Self {
            columns,
            id: 0,
            nullable,
        };
        layout.id = folded(fnv1a(layout.to_string().as_bytes()));
        layout
    }

    /// Reads a layout from its text form.
    ///
    /// # Errors
    ///
    /// A line that is not a column, a dtype that this build does not know, or more than a layout has:
    /// 16 MiB of text or 65,536 columns.
    pub fn parse(text: &str) -> Result<Self, ParseLayoutError> {
        if text.len() > MAX_BYTES {
            return Err(ParseLayoutError::Long { bytes: text.len() });
        }
        if text.lines().nth(MAX_COLUMNS).is_some() {
            return Err(ParseLayoutError::Columns);
        }
        let columns = text.lines().enumerate().map(|(index, line)| {
            let (name, dtype) = line.split_once(' ').ok_or_else(|| ParseLayoutError::Line {
                line: index + 1,
                text: shortened(line),
            })?;
            let (dtype, nullable) = dtype
                .strip_suffix('?')
                .map_or((dtype, false), |dtype| (dtype, true));
            let dtype = Dtype::parse(dtype).map_err(|error| ParseLayoutError::Dtype {
                line: index + 1,
                error,
            })?;
            Ok(LayoutColumn {
                name: name.to_owned(),
                dtype,
                nullable,
            })
        });
        Ok(Self::new(columns.collect::<Result<_, _>>()?))
    }

    /// The columns, in the order of their bytes.
    #[must_use]
    pub fn columns(&self) -> &[LayoutColumn] {
        &self.columns
    }

    /// How many columns may be null.
    #[must_use]
    pub const fn nullable(&self) -> usize {
        self.nullable
    }

    /// The schema id that stands in each row: the 32-bit FNV-1a hash of the text form, folded to 28
    /// bits (<https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>). An online store keeps the
    /// layout beside its id and refuses a second layout with the same one.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for column in &self.columns {
            let mark = if column.nullable { "?" } else { "" };
            writeln!(formatter, "{} {}{mark}", column.name, column.dtype)?;
        }
        Ok(())
    }
}

fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// A hash of 28 bits, to which the upper four count as well.
const fn folded(hash: u32) -> u32 {
    (hash >> 28) ^ (hash & 0x0fff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, dtype: Dtype, nullable: bool) -> LayoutColumn {
        LayoutColumn {
            name: name.to_owned(),
            dtype,
            nullable,
        }
    }

    #[test]
    fn the_hash_is_fnv1a() {
        assert_eq!(fnv1a(b""), 0x811c_9dc5);
        assert_eq!(fnv1a(b"foobar"), 0xbf9c_f968);
        assert_eq!(folded(0xbf9c_f968), 0x0f9c_f963);
    }

    #[test]
    fn a_layout_reads_back_from_its_text() {
        let layout = Layout::new(vec![
            column("segment", Dtype::Enum(&["a b", "c?"]), true),
            column("count", Dtype::I64, false),
        ]);
        assert_eq!(
            layout.to_string(),
            "segment enum(\"a b\", \"c?\")?\ncount i64\n"
        );
        assert_eq!(Layout::parse(&layout.to_string()), Ok(layout));
    }

    #[test]
    fn order_name_dtype_and_nullability_each_change_the_id() {
        let base = Layout::new(vec![
            column("a", Dtype::I64, false),
            column("b", Dtype::I32, false),
        ]);
        for other in [
            vec![
                column("b", Dtype::I32, false),
                column("a", Dtype::I64, false),
            ],
            vec![
                column("c", Dtype::I64, false),
                column("b", Dtype::I32, false),
            ],
            vec![
                column("a", Dtype::I32, false),
                column("b", Dtype::I32, false),
            ],
            vec![
                column("a", Dtype::I64, true),
                column("b", Dtype::I32, false),
            ],
        ] {
            assert_ne!(Layout::new(other).id(), base.id());
        }
    }

    #[test]
    fn a_text_larger_than_any_layout_is_refused() {
        let many = "a i64\n".repeat(MAX_COLUMNS + 1);
        assert_eq!(Layout::parse(&many), Err(ParseLayoutError::Columns));
        let long = "a".repeat(MAX_BYTES + 1);
        let bytes = long.len();
        assert_eq!(Layout::parse(&long), Err(ParseLayoutError::Long { bytes }));
        assert!(Layout::parse(&"a i64\n".repeat(MAX_COLUMNS)).is_ok());
    }

    #[test]
    fn a_line_that_is_no_column_is_named() {
        let message = Layout::parse("a i64\nb\n").unwrap_err().to_string();
        assert_eq!(
            message,
            "line 2 of a layout is `b`; it must be a column's name and its dtype"
        );
        assert!(
            Layout::parse("a int\n")
                .unwrap_err()
                .to_string()
                .contains("`int` is not a dtype")
        );
    }
}
