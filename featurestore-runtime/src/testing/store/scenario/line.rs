//! What a scenario's lines mean for what is declared.

use std::collections::BTreeMap;

use super::text::{Written, WrittenValue};
use crate::registry::{Registry, unknown};
use crate::service::ServiceDefinition;
use crate::testing::store::given::GivenRow;
use crate::types::{Dtype, Value};
use crate::view::{ColumnDefinition, EventSourceDefinition, JoinKey, ViewDefinition};

/// What a line does.
#[derive(Debug)]
pub(super) enum Line {
    /// A row that a view's source gets.
    Row(&'static ViewDefinition, GivenRow),
    /// An event that a source gets.
    Event(&'static EventSourceDefinition, GivenRow),
    /// What is to be served.
    Expect(Expect),
}

/// What is to be served.
#[derive(Debug)]
pub(super) struct Expect {
    pub(super) subject: Subject,
    /// The join keys' values, by their names.
    pub(super) key: BTreeMap<String, Value>,
    pub(super) features: Vec<(String, Dtype, Expected)>,
}

/// Of what something is expected.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    View(&'static ViewDefinition),
    Service(&'static ServiceDefinition),
}

/// What a feature is to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expected {
    Value(Value),
    Null,
    Missing,
    Expired,
}

/// What holds for every row of a view or source, by its name.
pub(super) type Every = BTreeMap<String, Vec<(String, WrittenValue)>>;

/// The values that a row is given, those of `every` included.
struct Values<'a> {
    written: BTreeMap<&'a str, &'a WrittenValue>,
    known: Vec<&'static str>,
    of: &'static str,
}

impl<'a> Values<'a> {
    fn new(
        line: &'a Written,
        every: &'a Every,
        known: Vec<&'static str>,
        of: &'static str,
    ) -> Result<Self, String> {
        let mut written = BTreeMap::new();
        for (name, value) in every.get(&line.name).into_iter().flatten() {
            written.insert(name.as_str(), value);
        }
        let mut own = Vec::new();
        for (name, value) in &line.values {
            if own.contains(&name.as_str()) {
                return Err(format!("`{name}` is given twice"));
            }
            own.push(name.as_str());
            written.insert(name, value);
        }
        for name in written.keys() {
            if !known.contains(name) {
                return Err(unknown("column", name, known.iter().copied()).to_string());
            }
        }
        Ok(Self { written, known, of })
    }

    /// A value; nothing for a null.
    fn get(&self, name: &str, dtype: Dtype, nullable: bool) -> Result<Option<Value>, String> {
        match self.written.get(name) {
            Some(value) if !value.is_quoted && value.text == "null" => Ok(None),
            Some(value) => parse(name, value, dtype).map(Some),
            None if nullable => Ok(None),
            None => Err(format!(
                "`{name}` of `{}` has no value; give it one here, or in a line `every`",
                self.of
            )),
        }
    }

    /// A time in microseconds, where it is given.
    fn time(&self, name: &str) -> Result<Option<i64>, String> {
        debug_assert!(self.known.contains(&name));
        Ok(match self.get(name, Dtype::Timestamp, true)? {
            Some(Value::Timestamp(time)) => Some(time.timestamp_micros()),
            _ => None,
        })
    }

    fn columns(&self, columns: &[ColumnDefinition]) -> Result<Vec<Option<Value>>, String> {
        let values = columns
            .iter()
            .map(|column| self.get(column.name(), column.dtype(), column.nullable()));
        values.collect()
    }
}

impl Line {
    /// `now` is the time of the line, in microseconds since 1970.
    pub(super) fn new(
        line: &Written,
        (registry, project): (&Registry, &str),
        every: &Every,
        now: i64,
    ) -> Result<Self, String> {
        match line.verb.as_str() {
            "row" => row(line, (registry, project), every, now),
            "event" => event(line, registry, every, now),
            "expect" => Expect::new(line, registry).map(Self::Expect),
            other => Err(format!(
                "`{other}` is none of `row`, `event`, `expect`, `every`"
            )),
        }
    }
}

fn row(
    line: &Written,
    (registry, project): (&Registry, &str),
    every: &Every,
    now: i64,
) -> Result<Line, String> {
    let view = registry
        .view(&line.name)
        .map_err(|error| error.to_string())?;
    let name = view.name();
    if let Some(windows) = view.windows() {
        let events = windows.events().name();
        return Err(format!(
            "the rows of `{name}` are made of events; give `event {events}` instead"
        ));
    }
    let times = [Some(view.timestamp_column()), view.created_column()];
    let keys = view.join_keys().iter().map(JoinKey::name);
    let columns = view.columns().iter().map(ColumnDefinition::name);
    let known = keys
        .chain(times.into_iter().flatten())
        .chain(columns)
        .collect();
    let values = Values::new(line, every, known, name)?;
    let keys = view.join_keys().iter();
    let key = keys.map(|key| values.get(key.name(), key.dtype(), false));
    let key = key.collect::<Result<Vec<_>, _>>()?;
    let time = values.time(view.timestamp_column())?.unwrap_or(now);
    let created = view.created_column().map(|column| values.time(column));
    let times = (time, created.transpose()?.flatten());
    let columns = values.columns(view.columns())?;
    Ok(Line::Row(
        view,
        GivenRow::of_view(project, view, times, &key, columns)?,
    ))
}

fn event(line: &Written, registry: &Registry, every: &Every, now: i64) -> Result<Line, String> {
    let source = registry
        .event_source(&line.name)
        .map_err(|error| error.to_string())?;
    let times = [Some(source.timestamp()), source.created()];
    let columns = source.columns().iter().map(ColumnDefinition::name);
    let known = times.into_iter().flatten().chain(columns).collect();
    let values = Values::new(line, every, known, source.name())?;
    let time = values.time(source.timestamp())?.unwrap_or(now);
    let created = source.created().map(|column| values.time(column));
    let times = (time, created.transpose()?.flatten());
    let columns = values.columns(source.columns())?;
    Ok(Line::Event(
        source,
        GivenRow::of_source(source, times, columns),
    ))
}

impl Expect {
    fn new(line: &Written, registry: &Registry) -> Result<Self, String> {
        let subject = match registry.view(&line.name) {
            Ok(view) => Subject::View(view),
            Err(_) => match registry.service(&line.name) {
                Ok(service) => Subject::Service(service),
                Err(_) => {
                    let views = registry.views().map(ViewDefinition::name);
                    let services = registry.services().map(ServiceDefinition::name);
                    let names: Vec<&str> = views.chain(services).collect();
                    return Err(
                        unknown("view or service", &line.name, names.into_iter()).to_string()
                    );
                }
            },
        };
        let (keys, features) = (subject.join_keys(), subject.features());
        let (mut key, mut expected) = (BTreeMap::new(), Vec::new());
        for (name, value) in &line.values {
            let join_key = keys.iter().find(|(key, _)| key == name);
            let feature = features.iter().find(|(feature, _)| feature == name);
            if let Some((_, dtype)) = join_key {
                key.insert(name.clone(), parse(name, value, *dtype)?);
            } else if let Some((_, dtype)) = feature {
                let word = if value.is_quoted {
                    ""
                } else {
                    value.text.as_str()
                };
                let value = match word {
                    "null" => Expected::Null,
                    "missing" => Expected::Missing,
                    "expired" => Expected::Expired,
                    _ => Expected::Value(parse(name, value, *dtype)?),
                };
                expected.push((name.clone(), *dtype, value));
            } else {
                let known = keys.iter().chain(&features).map(|(name, _)| *name);
                let known: Vec<&str> = known.collect();
                return Err(unknown("join key or feature", name, known.into_iter()).to_string());
            }
        }
        if let Some((name, _)) = keys.iter().find(|(name, _)| !key.contains_key(*name)) {
            return Err(format!("join key `{name}` is not given"));
        }
        if expected.is_empty() {
            return Err("nothing is expected; name a feature and its value".to_owned());
        }
        Ok(Self {
            subject,
            key,
            features: expected,
        })
    }
}

impl Subject {
    fn join_keys(self) -> Vec<(&'static str, Dtype)> {
        match self {
            Self::View(view) => {
                let keys = view.join_keys().iter();
                keys.map(|key| (key.name(), key.dtype())).collect()
            }
            Self::Service(service) => service.join_keys(),
        }
    }

    fn features(self) -> Vec<(&'static str, Dtype)> {
        match self {
            Self::View(view) => {
                let columns = view.columns().iter();
                columns
                    .map(|column| (column.name(), column.dtype()))
                    .collect()
            }
            Self::Service(service) => {
                let features = service.features().iter();
                features
                    .map(|feature| (feature.name(), feature.column().dtype()))
                    .collect()
            }
        }
    }

    pub(super) fn views(self) -> Vec<&'static ViewDefinition> {
        match self {
            Self::View(view) => vec![view],
            Self::Service(service) => service.views().collect(),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::View(view) => view.name(),
            Self::Service(service) => service.name(),
        }
    }
}

fn parse(name: &str, value: &WrittenValue, dtype: Dtype) -> Result<Value, String> {
    Value::parse(&value.text, dtype).map_err(|error| format!("`{name}`: {error}"))
}
