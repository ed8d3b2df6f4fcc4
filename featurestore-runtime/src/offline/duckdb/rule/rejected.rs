//! How many of a source's rows a view rejects, which no join takes.

use super::RuleSql;
use crate::offline::OfflineError;
use crate::offline::cells::{CellError, Cells, value_or_fault};
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::unreadable;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::relation::Relation;
use crate::offline::report::{RejectedRows, is_share};
use crate::view::ViewDefinition;

/// Counts the rows of a source that each of its views rejects, in one scan, of all or of those that
/// `filter` says; the conditions that all of them satisfy are forgotten.
///
/// # Errors
///
/// A column with fewer valid rows than its `mostly` asks for; events of a window view that are all rejected,
/// where all are looked at: of none, every window would hold nothing; a source that can't be read.
pub(crate) fn count_rejected(
    session: &Session,
    relation: &Relation,
    views: &mut [(&'static ViewDefinition, &mut RuleSql)],
    filter: Option<&str>,
) -> Result<Vec<RejectedRows>, OfflineError> {
    if views.iter().all(|(_, rule)| rule.conditions.is_empty()) {
        return Ok(Vec::new());
    }
    let failure = |error| unreadable(relation.what.clone(), relation.text.clone(), error);
    let mut params = Params::default();
    let (mut columns, mut output) = (Vec::new(), vec!["count(*)".to_owned()]);
    for (view, (_, rule)) in views.iter().enumerate() {
        let names = rule.counted(&format!("holds_{view}_"), &mut columns, &mut params);
        output.extend(names.iter().map(|name| failing(name)));
        let all = if names.is_empty() {
            "true".to_owned()
        } else {
            names.join(" AND ")
        };
        output.push(format!("count(*) FILTER (NOT ({all}))"));
    }
    let sql = format!(
        "SELECT {} FROM (SELECT {} FROM {}{})",
        output.join(", "),
        columns.join(", "),
        relation.scan.from(&mut params),
        filter.map_or_else(String::new, |filter| format!(" WHERE {filter}"))
    );
    let numbers = session.numbers(&sql, &params).map_err(failure)?;
    let mut numbers = numbers.into_iter();
    let mut next = || {
        let uncounted = || OfflineError::internal("a source's rejected rows are not counted");
        numbers.next().ok_or_else(uncounted)
    };
    let rows = next()?;
    let mut counted = Vec::new();
    for (view, rule) in views {
        let mut failing = Vec::with_capacity(rule.conditions.len());
        for _ in 0..rule.conditions.len() {
            failing.push(next()?);
        }
        let rejected = next()?;
        for (index, failing) in failing.iter().enumerate().filter(|(_, rows)| **rows > 0) {
            let name = rule.conditions[index].condition.column();
            let mut columns = view.source_rows().columns().iter();
            let mostly = columns.find_map(|column| {
                let is_own = column.source_column() == name;
                is_own.then(|| column.mostly()).flatten()
            });
            let valid = rows - failing;
            if let Some(mostly) = mostly.filter(|mostly| !is_share(valid, rows, *mostly)) {
                return Err(OfflineError::Mostly {
                    view: view.name(),
                    column: name,
                    valid,
                    rows,
                    mostly,
                    example: rule.rejected_value(session, relation, index, filter)?,
                });
            }
        }
        let first = failing.iter().position(|failing| *failing > 0);
        if let Some(first) = first.filter(|_| filter.is_none() && rejected == rows)
            && let Some(windows) = view.windows()
        {
            return Err(OfflineError::NoEvents {
                view: view.name(),
                events: windows.events().name(),
                rows,
                example: rule.rejected_value(session, relation, first, None)?,
            });
        }
        if rejected > 0 {
            counted.push(RejectedRows {
                view: view.name(),
                rows,
                rejected,
            });
        }
        let mut failing = failing.into_iter();
        rule.conditions
            .retain(|_| failing.next().is_none_or(|failing| failing > 0));
    }
    Ok(counted)
}

/// How many rows don't have what a column says whether they have.
fn failing(name: &str) -> String {
    format!("count(*) FILTER (NOT {name})")
}

impl RuleSql {
    /// Forgets the conditions that all rows satisfy of which `rows` gives what follows `FROM`: views
    /// of one source are then searched, and written, together. One look at the columns costs less
    /// than a search for each view.
    pub(super) fn forget_satisfied(
        &mut self,
        session: &Session,
        relation: &Relation,
        rows: impl Fn(&Self, &mut Params) -> String,
    ) -> Result<(), OfflineError> {
        if self.conditions.is_empty() {
            return Ok(());
        }
        let (mut params, mut columns) = (Params::default(), Vec::new());
        let names = self.counted("holds_", &mut columns, &mut params);
        let output: Vec<String> = names.iter().map(|name| failing(name)).collect();
        let sql = format!(
            "SELECT {} FROM (SELECT {} FROM {})",
            output.join(", "),
            columns.join(", "),
            rows(self, &mut params)
        );
        let numbers = session
            .numbers(&sql, &params)
            .map_err(|error| unreadable(relation.what.clone(), relation.text.clone(), error))?;
        let mut numbers = numbers.into_iter();
        self.conditions
            .retain(|_| numbers.next().is_none_or(|failing| failing > 0));
        Ok(())
    }

    /// Adds a column per condition, which says whether a row satisfies it; gives their names.
    fn counted(&self, prefix: &str, columns: &mut Vec<String>, params: &mut Params) -> Vec<String> {
        let mut names = Vec::with_capacity(self.conditions.len());
        for (index, it) in self.conditions.iter().enumerate() {
            let name = format!("{prefix}{index}");
            columns.push(format!("coalesce({}, false) AS {name}", it.holds(params)));
            names.push(name);
        }
        names
    }

    /// What is wrong with one of the values that a condition rejects.
    fn rejected_value(
        &self,
        session: &Session,
        relation: &Relation,
        index: usize,
        filter: Option<&str>,
    ) -> Result<String, OfflineError> {
        let it = &self.conditions[index];
        let mut params = Params::default();
        let holds = it.holds(&mut params);
        let sql = format!(
            "SELECT {} FROM {} WHERE NOT coalesce({holds}, false){} LIMIT 1",
            it.value(),
            relation.scan.from(&mut params),
            filter.map_or_else(String::new, |filter| format!(" AND ({filter})"))
        );
        let doing = || format!("looking at a value of `{}`", it.condition.column());
        let cell = |error| OfflineError::cell(doing(), error);
        let batches = session.batches(&sql, &params);
        let batches = batches
            .map_err(|error| unreadable(relation.what.clone(), relation.text.clone(), error))?;
        let batch = batches.iter().find(|batch| batch.num_rows() > 0);
        let array = batch.and_then(|batch| batch.columns().first());
        let array = array.ok_or_else(|| cell(CellError::Absent))?;
        let cells = Cells::new(array, it.condition.dtype()).map_err(cell)?;
        let value = value_or_fault(cells.get(0)).map_err(cell)?;
        match it.condition.check(value) {
            Err(rejected) => Ok(rejected.to_string()),
            Ok(_) => Err(OfflineError::internal(format!(
                "the engine rejects a value of `{}` that the evaluator takes",
                it.condition.column()
            ))),
        }
    }
}
