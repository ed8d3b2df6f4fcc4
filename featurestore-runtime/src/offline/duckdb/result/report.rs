//! Counting what was found.

use std::time::Duration;

use crate::offline::duckdb::plan::Plan;
use crate::offline::duckdb::search::table;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::failed;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::columns::nanos_to_micros;
use crate::offline::{FeatureReport, OfflineError};
use crate::time::Timestamp;

impl Plan {
    /// Counts what was found, from the tables of the searches.
    pub(crate) fn report(
        &self,
        session: &Session,
        rows: u64,
    ) -> Result<Vec<FeatureReport>, OfflineError> {
        let failure = |error| failed("counting what was found", error);
        let mut reports = Vec::with_capacity(self.service.features().len());
        let mut views = Vec::with_capacity(self.views.len());
        for view in &self.views {
            let group = view.group;
            let places = || view.columns.iter().flatten();
            let rows = if view.rule.ttl_micros().is_some() {
                // Once per row, rather than once per number.
                let live = self.live(view);
                let live = |column: &str| format!("CASE WHEN {live} THEN g{group}.{column} END");
                // Columns of a view may be one of the source.
                let mut once: Vec<_> = places().collect();
                once.sort_unstable();
                once.dedup();
                let features: String = once
                    .iter()
                    .map(|place| format!(", {} AS f{place}", live(&format!("f{place}"))))
                    .collect();
                format!(
                    "(SELECT e, t, {} AS l{features} FROM {} AS g{group})",
                    live("e"),
                    table(group)
                )
            } else {
                format!("(SELECT *, e AS l FROM {})", table(group))
            };
            let mut output = vec!["count(e)".to_owned(), "count(l)".to_owned()];
            let ages = ["min(l)", "max(l)", "max(t - l)"].map(|number| {
                if self.groups[group].rule.is_nanos() {
                    nanos_to_micros(number)
                } else {
                    number.to_owned()
                }
            });
            output.extend(ages);
            output.extend(places().map(|place| format!("count(f{place})")));
            let output: Vec<String> = output
                .iter()
                .map(|number| format!("CAST({number} AS VARCHAR)"))
                .collect();
            let sql = format!("SELECT {} FROM {rows}", output.join(", "));
            views.push(session.texts(&sql, &Params::default()).map_err(failure)?);
        }
        for feature in self.service.features() {
            let (Some(view), Some(texts)) =
                (self.views.get(feature.view()), views.get(feature.view()))
            else {
                continue;
            };
            let number = |index: usize| {
                let text = texts.get(index)?.as_ref()?;
                text.parse::<i64>().ok()
            };
            let count = |index: usize| number(index).map_or(0, i64::unsigned_abs);
            let before = view.columns.iter().take(feature.column()).flatten().count();
            let (matched, live, found) = (count(0), count(1), count(5 + before));
            reports.push(FeatureReport {
                name: feature.name(),
                view: view.view.name(),
                found,
                null: live.saturating_sub(found),
                expired: matched.saturating_sub(live),
                missing: rows.saturating_sub(matched),
                default: feature.default().is_some(),
                oldest: number(2).and_then(Timestamp::from_timestamp_micros),
                newest: number(3).and_then(Timestamp::from_timestamp_micros),
                largest_age: number(4)
                    .and_then(|micros| u64::try_from(micros).ok())
                    .map(Duration::from_micros),
            });
        }
        Ok(reports)
    }
}
