//! Counting what was found.

use crate::offline::duckdb::tables::{
    ASKED, EVENT, FEATURE, LIVE, SHORT_KEY, asked, events, found,
};
use std::time::Duration;

use crate::offline::duckdb::plan::{Plan, PlannedView};
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::failed;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::columns::nanos_to_micros;
use crate::offline::{FeatureReport, OfflineError, SameTime};
use crate::time::Timestamp;

/// What was found of a view.
struct Counts {
    /// How many rows found one, and how many one within the TTL.
    found: u64,
    live: u64,
    oldest: Option<i64>,
    newest: Option<i64>,
    age: Option<u64>,
    /// Per feature of the view, how many have a value.
    values: std::vec::IntoIter<u64>,
}

impl Plan {
    /// Counts what was found, from the tables of the searches.
    pub(crate) fn report(
        &self,
        session: &Session,
        rows: u64,
    ) -> Result<Vec<FeatureReport>, OfflineError> {
        let views = 0..self.views.len();
        let counts = views.map(|view| self.count(session, view));
        let mut counts = counts.collect::<Result<Vec<_>, _>>()?;
        let features = self.features.iter().map(|planned| {
            let counts = &mut counts[planned.view];
            let values = counts.values.next().ok_or_else(uncounted)?;
            let time = |micros: Option<i64>| micros.and_then(Timestamp::from_timestamp_micros);
            Ok(FeatureReport {
                name: planned.feature.name(),
                view: self.views[planned.view].view.name(),
                found: values,
                null: counts.live.checked_sub(values).ok_or_else(uncounted)?,
                expired: counts
                    .found
                    .checked_sub(counts.live)
                    .ok_or_else(uncounted)?,
                missing: rows.checked_sub(counts.found).ok_or_else(uncounted)?,
                default: planned.feature.default().is_some(),
                oldest: time(counts.oldest),
                newest: time(counts.newest),
                largest_age: counts.age.map(Duration::from_micros),
            })
        });
        features.collect()
    }

    /// Counts the spine's rows for which a group has something of their own key at their very time.
    pub(crate) fn same_time(&self, session: &Session) -> Result<Vec<SameTime>, OfflineError> {
        if self.before {
            return Ok(Vec::new());
        }
        let mut counted = Vec::new();
        for (index, group) in self.groups.iter().enumerate() {
            // What has not settled does not count at its own time.
            if group.rule.rule().settling_micros() > 0 {
                continue;
            }
            let sql = match &group.windows {
                None => format!(
                    "SELECT count(*) FROM {} WHERE {EVENT} = {ASKED}",
                    found(index)
                ),
                Some(_) => format!(
                    "SELECT count(*) FROM (SELECT {SHORT_KEY}, {ASKED} FROM {}) AS s \
                     SEMI JOIN {} AS v ON v.{SHORT_KEY} = s.{SHORT_KEY} AND v.{EVENT} = s.{ASKED}",
                    asked(index),
                    events(index)
                ),
            };
            let rows = session.count(&sql, &Params::default());
            let rows = rows.map_err(|error| failed("counting rows of one time", error))?;
            let holds = |view: &&PlannedView| {
                let windows = group.windows.as_ref();
                windows.is_none_or(|windows| windows.hold_their_time(view.view))
            };
            let views = self.views.iter().filter(|view| view.group == index);
            let views = views.filter(holds).filter(|_| rows > 0);
            counted.extend(views.map(|view| SameTime {
                view: view.view.name(),
                rows,
            }));
        }
        Ok(counted)
    }

    fn count(&self, session: &Session, index: usize) -> Result<Counts, OfflineError> {
        let view = &self.views[index];
        let group = view.group;
        let features = self.features.iter();
        let columns = features.filter(|planned| planned.view == index);
        let columns: Vec<usize> = columns.map(|planned| planned.column).collect();
        let rows = if view.rule.ttl_micros().is_some() {
            // Once per row, rather than once per number.
            let live = self.live(view);
            let live = |column: &str| format!("CASE WHEN {live} THEN g{group}.{column} END");
            // Features of a view may be of one column of the source.
            let mut once = columns.clone();
            once.sort_unstable();
            once.dedup();
            let once = once.iter().map(|column| format!("{FEATURE}{column}"));
            let features: String = once
                .map(|name| format!(", {} AS {name}", live(&name)))
                .collect();
            format!(
                "(SELECT {EVENT}, {ASKED}, {} AS {LIVE}{features} FROM {} AS g{group})",
                live(EVENT),
                found(group)
            )
        } else {
            format!("(SELECT *, {EVENT} AS {LIVE} FROM {})", found(group))
        };
        let mut output = vec![format!("count({EVENT})"), format!("count({LIVE})")];
        let times = ["min({})", "max({})", "max({asked} - {})"];
        output.extend(times.map(|number| {
            let number = number.replace("{}", LIVE).replace("{asked}", ASKED);
            if self.groups[group].rule.is_nanos() {
                nanos_to_micros(&number)
            } else {
                number
            }
        }));
        let values = columns
            .iter()
            .map(|column| format!("count({FEATURE}{column})"));
        output.extend(values);
        let output = output
            .iter()
            .map(|number| format!("CAST({number} AS VARCHAR)"));
        let output: Vec<String> = output.collect();
        let sql = format!("SELECT {} FROM {rows}", output.join(", "));
        let texts = session.texts(&sql, &Params::default());
        let texts = texts.map_err(|error| failed("counting what was found", error))?;
        let numbers = texts.iter().map(|text| match text {
            Some(text) => text.parse().map(Some).map_err(|_| uncounted()),
            None => Ok(None),
        });
        let numbers = numbers.collect::<Result<Vec<Option<i64>>, _>>()?;
        let [found, live, oldest, newest, age, values @ ..] = &numbers[..] else {
            return Err(uncounted());
        };
        let count = |number: &Option<i64>| {
            let number = number.and_then(|number| u64::try_from(number).ok());
            number.ok_or_else(uncounted)
        };
        Ok(Counts {
            found: count(found)?,
            live: count(live)?,
            oldest: *oldest,
            newest: *newest,
            age: age.is_some().then(|| count(age)).transpose()?,
            values: values
                .iter()
                .map(count)
                .collect::<Result<Vec<_>, _>>()?
                .into_iter(),
        })
    }
}

fn uncounted() -> OfflineError {
    OfflineError::internal("a count of what was found is no number, or not there")
}
