//! What a row's values must satisfy, in SQL. Whatever compares asks the evaluator for its bounds; what
//! SQL has no words for, the evaluator has looked at already ([`unfit`](super::unfit)).

use featurestore_schema::{Dtype, SourceDtype};

use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::source::ViewRelation;
use crate::offline::duckdb::source::columns::{SourceColumn, cast};
use crate::offline::duckdb::source::literal::literal;
use crate::offline::duckdb::tables::{FEATURE, KEY, UNFIT};
use crate::pit::{Condition, Rule};
use crate::time::{Date, Timestamp};
use crate::types::Value;
use crate::view::{Check, interval};

/// A condition over a column of a source.
#[derive(Debug, Clone)]
pub(crate) struct ConditionSql {
    pub(crate) condition: Condition,
    pub(crate) column: SourceColumn,
    /// The table of the source's values that the evaluator rejects, where it had to be asked.
    pub(super) unfit: Option<String>,
}

/// The conditions of a rule over the columns of a source, or over those that
/// [`ViewRelation::placed`] names.
pub(super) fn conditions(rule: &Rule, source: &ViewRelation, placed: bool) -> Vec<ConditionSql> {
    let keys = rule.keys().iter().map(Condition::of_key).enumerate();
    let keys = keys.map(|(index, it)| (it, format!("{KEY}{index}")));
    let columns = rule.columns().iter().map(Condition::of_column).enumerate();
    let columns = columns.map(|(index, it)| (it, format!("{FEATURE}{index}")));
    let all = keys.zip(&source.keys).chain(columns.zip(&source.features));
    let all = all.filter(|((condition, _), _)| !condition.is_trivial());
    all.map(|((condition, name), dtype)| ConditionSql {
        condition,
        column: SourceColumn {
            name: if placed {
                name
            } else {
                condition.column().to_owned()
            },
            dtype: *dtype,
        },
        unfit: None,
    })
    .collect()
}

impl ConditionSql {
    /// The column's value in the condition's dtype.
    pub(super) fn value(&self) -> String {
        let (name, dtype) = (quote(&self.column.name), self.condition.dtype());
        cast(&name, &self.column.dtype, dtype)
    }

    /// Whether a row satisfies it; false or null where not.
    pub(super) fn holds(&self, params: &mut Params) -> String {
        let (name, value, dtype) = (
            quote(&self.column.name),
            self.value(),
            self.condition.dtype(),
        );
        let mut terms = of_dtype(&value, &self.column.dtype, dtype, params);
        let checks = self.condition.checks().iter();
        terms.extend(checks.map(|check| of_check(&value, check, dtype, params)));
        if self.condition.is_filled() {
            terms.push(match dtype {
                Dtype::Bytes => format!("octet_length({value}) > 0"),
                _ => format!("{value} <> ''"),
            });
        }
        if let Some(unfit) = &self.unfit {
            terms.push(format!("{value} NOT IN (SELECT {UNFIT} FROM {unfit})"));
        }
        match (self.condition.nullable(), terms.is_empty()) {
            (true, true) => "true".to_owned(),
            (true, false) => format!("({name} IS NULL OR ({}))", terms.join(" AND ")),
            (false, _) => {
                terms.insert(0, format!("{name} IS NOT NULL"));
                terms.join(" AND ")
            }
        }
    }

    /// Whether SQL has no words for it.
    pub(super) fn is_untold(&self) -> bool {
        matches!(
            self.condition.dtype(),
            Dtype::Json
                | Dtype::List {
                    item: Dtype::Json,
                    ..
                }
        )
    }

    /// Whether it asks no more than that a value is there, not empty, or a time that a calendar has.
    pub(super) fn is_of_statistics(&self) -> bool {
        let dtype = self.condition.dtype();
        self.condition.checks().is_empty()
            && !matches!(
                dtype,
                Dtype::Enum(_) | Dtype::List { .. } | Dtype::Array(_) | Dtype::Json
            )
    }
}

/// What values must satisfy to be of a dtype that the source's type accepts.
fn of_dtype(value: &str, from: &SourceDtype, dtype: Dtype, params: &mut Params) -> Vec<String> {
    let between = |first: Value, last: Value, params: &mut Params| {
        let (first, last) = (
            literal(&first, dtype, params),
            literal(&last, dtype, params),
        );
        format!("{value} BETWEEN {first} AND {last}")
    };
    match dtype {
        Dtype::Enum(variants) => vec![one_of(value, variants, params)],
        Dtype::Timestamp => {
            let (first, last) = (Timestamp::MIN_UTC, Timestamp::MAX_UTC);
            vec![between(
                Value::Timestamp(first),
                Value::Timestamp(last),
                params,
            )]
        }
        Dtype::Date => vec![between(
            Value::Date(Date::MIN),
            Value::Date(Date::MAX),
            params,
        )],
        Dtype::Array(length) => {
            let mut terms = vec![format!("len({value}) = {length}")];
            terms.extend(of_items(value, from, Dtype::F32, false, params));
            terms
        }
        Dtype::List { item, nullable } => {
            let terms = of_items(value, from, *item, nullable, params);
            terms.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// What the values of a list must satisfy.
fn of_items(
    value: &str,
    from: &SourceDtype,
    item: Dtype,
    nullable: bool,
    params: &mut Params,
) -> Option<String> {
    let of = match from {
        SourceDtype::List(of) => **of,
        other => *other,
    };
    let mut terms = of_dtype("item", &of, item, params);
    if terms.is_empty() && nullable {
        return None;
    }
    let fits = if nullable {
        format!("(item IS NULL OR ({}))", terms.join(" AND "))
    } else {
        terms.insert(0, "item IS NOT NULL".to_owned());
        terms.join(" AND ")
    };
    Some(format!(
        "len(list_filter({value}, lambda item: NOT coalesce({fits}, false))) = 0"
    ))
}

fn of_check(value: &str, check: &Check, dtype: Dtype, params: &mut Params) -> String {
    match (check, interval(check, dtype)) {
        (Check::OneOf(texts), _) => one_of(value, texts, params),
        (Check::Range { .. }, None) => "false".to_owned(),
        (Check::Range { .. }, Some((first, last))) => {
            let (first, last) = (
                literal(&first, dtype, params),
                literal(&last, dtype, params),
            );
            // Files' statistics leave NaN out, so a scan may take a column for all within bounds.
            let number = match dtype {
                Dtype::F32 | Dtype::F64 => format!(" AND NOT isnan({value})"),
                _ => String::new(),
            };
            format!("{value} BETWEEN {first} AND {last}{number}")
        }
    }
}

fn one_of(value: &str, texts: &[&str], params: &mut Params) -> String {
    let texts = texts.iter();
    let texts: Vec<String> = texts.map(|text| params.push((*text).to_owned())).collect();
    if texts.is_empty() {
        return "false".to_owned();
    }
    format!("{value} IN ({})", texts.join(", "))
}
