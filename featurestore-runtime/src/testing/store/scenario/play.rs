//! Playing a scenario.

use super::error::ScenarioError;
use super::line::{Every, Expect, Expected, Line, Subject};
use super::text::{self, When, Written};
use crate::lookup::{Lookup, Status};
use crate::store::{FeatureValue, StoreError};
use crate::testing::store::TestStore;
use crate::testing::store::compare;
use crate::testing::store::given::Entity;
use crate::types::{Dtype, Value, ValueRef};
use crate::view::ViewDefinition;

impl TestStore {
    /// Plays cases that are written as text: a line is a time, what happens then, and to what. What is
    /// expected is read as [`check`](Self::check) reads it, so a difference between what is served and what a
    /// training set has is found as well.
    ///
    /// | line | |
    /// |---|---|
    /// | `2026-05-07 22:00 row VIEW column=value ..` | a view's source gets a row; its event timestamp is the line's time where it is not given |
    /// | `2026-05-07 22:00 event SOURCE column=value ..` | an event source gets an event, likewise |
    /// | `2026-05-07 22:00 expect NAME key=value .. feature=value ..` | what a view or a service is to serve: a value, `null`, `missing` or `expired` |
    /// | `every NAME column=value ..` | what rows or events have that say nothing else from here on |
    ///
    /// A time is one that [`time`](crate::testing::time) reads, with `+1us` or `-1us` behind it so much
    /// later or earlier; `+1h` in its place is so long after the line before, and a line without one is of
    /// the same time. Values are written as on the command line, in double quotes where they have spaces,
    /// `""` for a quote. Columns that are left out are null, if they may be. `#` begins a comment.
    ///
    /// # Errors
    ///
    /// All lines that can't be read, in which case nothing is played; else all whose expectations do not
    /// hold, each with why it does not.
    ///
    /// # Panics
    ///
    /// A time that goes back.
    pub async fn play(&self, scenario: &str) -> Result<(), ScenarioError> {
        let lines = self.lines_of(scenario)?;
        let mut wrong = Vec::new();
        for (number, now, line) in lines {
            if let Err(error) = self.clock.turn(now) {
                wrong.push((number, error));
                break;
            }
            match line {
                Line::Row(view, row) => self.sourced.given().add_rows(view, [row]),
                Line::Event(source, event) => {
                    let added = self.sourced.add_events(source, vec![event]);
                    wrong.extend(added.err().map(|error| (number, error)));
                }
                Line::Expect(expect) => match self.expect(&expect).await {
                    Ok(failures) => wrong.extend(failures.into_iter().map(|what| (number, what))),
                    Err(error) => wrong.push((number, error.to_string())),
                },
            }
        }
        ScenarioError::of(wrong)
    }

    /// The lines with their numbers and times.
    fn lines_of(&self, scenario: &str) -> Result<Vec<(usize, i64, Line)>, ScenarioError> {
        let (mut lines, mut wrong) = (Vec::new(), Vec::new());
        let mut every = Every::new();
        let mut now = self.clock.micros();
        for (index, line) in scenario.lines().enumerate() {
            let read = text::read(line).and_then(|line| {
                line.map(|line| self.line(&line, &mut every, &mut now))
                    .transpose()
            });
            match read {
                Ok(line) => lines.extend(line.flatten().map(|line| (index + 1, now, line))),
                Err(error) => wrong.push((index + 1, error)),
            }
        }
        ScenarioError::of(wrong).map(|()| lines)
    }

    fn line(
        &self,
        line: &Written,
        every: &mut Every,
        now: &mut i64,
    ) -> Result<Option<Line>, String> {
        match line.when {
            Some(When::At(time)) => *now = time,
            Some(When::After(micros)) => *now = now.saturating_add(micros),
            None => {}
        }
        let registry = self.store.registry();
        if line.verb == "every" {
            let is_known =
                registry.view(&line.name).is_ok() || registry.event_source(&line.name).is_ok();
            if !is_known {
                return Err(format!(
                    "no view and no event source is named `{}`",
                    line.name
                ));
            }
            let known = every.entry(line.name.clone()).or_default();
            known.extend(line.values.iter().cloned());
            return Ok(None);
        }
        Line::new(line, (registry, self.store.project()), every, *now).map(Some)
    }

    /// What does not hold of what is expected.
    async fn expect(&self, expect: &Expect) -> Result<Vec<String>, StoreError> {
        let mut failures = Vec::new();
        let mut asked = Vec::new();
        for view in expect.subject.views() {
            let entity = self.expected_entity(view, expect)?;
            failures.extend(self.compare_view(view, entity.clone()).await?);
            asked.push((view, entity));
        }
        let plan = match expect.subject {
            Subject::Service(service) => self.store.plan_service(service),
            Subject::View(view) => {
                let names = view
                    .columns()
                    .iter()
                    .map(|column| format!("{}:{}", view.name(), column.name()));
                let names: Vec<String> = names.collect();
                self.store
                    .plan_features(names.iter().map(String::as_str), &[])?
            }
        };
        let key = plan
            .join_keys()
            .iter()
            .filter_map(|(name, _)| expect.key.get(*name).cloned());
        let key: Vec<Value> = key.collect();
        let mut found = self.store.read_plan(&plan, &[key]).await?;
        let found = found.pop().transpose()?.unwrap_or_default();
        for (name, dtype, expected) in &expect.features {
            let feature = plan.names().zip(&found).find(|(known, _)| known == name);
            let holds = feature.is_some_and(|(_, found)| expected.holds(found));
            if !holds {
                let found =
                    feature.map_or_else(|| "nothing".to_owned(), |(_, found)| shown(found, *dtype));
                failures.push(format!(
                    "`{name}` of `{}` is {found}, and {} is expected\n{}",
                    expect.subject.name(),
                    expected.text(*dtype),
                    self.why(&asked).trim_end()
                ));
            }
        }
        Ok(failures)
    }

    fn expected_entity(
        &self,
        view: &'static ViewDefinition,
        expect: &Expect,
    ) -> Result<Entity, StoreError> {
        let parts = view.join_keys().iter().map(|key| {
            let value = expect
                .key
                .get(key.name())
                .ok_or_else(|| StoreError::MissingKey {
                    key: key.name().to_owned(),
                    wanted: view.entity().to_owned(),
                })?;
            value.borrow(key.dtype()).map_err(|source| StoreError::Key {
                key: key.name().to_owned(),
                source,
            })
        });
        let parts: Vec<ValueRef<'_>> = parts.collect::<Result<_, _>>()?;
        Ok(self.entity(view, &parts))
    }
}

impl Expected {
    fn holds(&self, found: &FeatureValue) -> bool {
        match self {
            Self::Value(value) => found.value.as_ref() == Some(value),
            Self::Null => found.status == Status::Null && found.value.is_none(),
            Self::Missing => found.status == Status::Missing,
            Self::Expired => found.status == Status::Expired,
        }
    }

    fn text(&self, dtype: Dtype) -> String {
        match self {
            Self::Value(value) => of_value(Some(value), dtype),
            Self::Null => "null".to_owned(),
            Self::Missing => "missing".to_owned(),
            Self::Expired => "expired".to_owned(),
        }
    }
}

fn shown(found: &FeatureValue, dtype: Dtype) -> String {
    match (found.status, &found.value) {
        (Status::Found, value) => of_value(value.as_ref(), dtype),
        (status, None) => status.as_str().to_owned(),
        (status, value) => format!(
            "{} (the default, as it is {})",
            of_value(value.as_ref(), dtype),
            status.as_str()
        ),
    }
}

fn of_value(value: Option<&Value>, dtype: Dtype) -> String {
    match value.map(|value| value.borrow(dtype)).transpose() {
        Ok(value) => compare::text(dtype, &Lookup::Found(value)),
        Err(error) => error.to_string(),
    }
}
