//! Answers in the plain form, written as bytes in the order that was asked for.
//!
//! `{"user_id":"8a2f","features":{"user_segment":"power_user"},"metadata":{"user_segment":
//! {"status":"found","event_timestamp":"2026-05-07T00:00:00Z"}}}`
//! `{"user_id":"8a2f","error":{"code":"unreadable_row","message":".."}}`

use serde_json::Value as Json;

use super::counts::Counts;
use super::given::Given;
use super::value::{AnswerForm, write_json, write_value};
use crate::serving::status;
use crate::store::{Cells, Plan, StoreError};
use crate::time::{Timestamp, format_timestamp};

/// An answer while it is written.
#[derive(Debug)]
pub(super) struct PlainAnswer<'a> {
    pub(super) out: Vec<u8>,
    plan: &'a Plan,
    names: &'a Names,
    metadata: bool,
    pub(super) counts: Counts,
    /// What is known of each of an entity's values.
    known: Vec<Outcome>,
}

type Outcome = (&'static str, Option<Timestamp>);

/// The features' names as they are answered: each in quotes, a colon behind it.
#[derive(Debug)]
pub(super) struct Names {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Names {
    pub(super) fn new<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut text = Vec::new();
        let name = |name| {
            push_name(&mut text, name);
            text.len()
        };
        Self {
            ends: names.map(name).collect(),
            text,
        }
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts
            .zip(&self.ends)
            .map(|(start, end)| &self.text[*start..*end])
    }
}

impl<'a> PlainAnswer<'a> {
    pub(super) fn new(plan: &'a Plan, names: &'a Names, metadata: bool, entities: usize) -> Self {
        let features = names.ends.len();
        let each = 64 + names.text.len() + features * 16;
        Self {
            out: Vec::with_capacity(each * entities),
            plan,
            names,
            metadata,
            counts: Counts::new(plan),
            known: Vec::with_capacity(if metadata { features } else { 0 }),
        }
    }

    /// Appends an entity's answer. On a damaged row it leaves nothing behind.
    pub(super) fn push(
        &mut self,
        keys: impl Iterator<Item = (&'a str, &'a Given<'a>)>,
        cells: &mut Cells<'_>,
    ) -> Result<(), StoreError> {
        let (start, counts) = (self.out.len(), self.counts.clone());
        self.push_keys(keys);
        self.out.extend_from_slice(b"\"features\":{");
        let features = self.push_features(cells);
        if let Err(error) = features {
            self.out.truncate(start);
            self.counts = counts;
            return Err(error);
        }
        self.out.push(b'}');
        if self.metadata {
            self.push_metadata();
        }
        self.out.push(b'}');
        Ok(())
    }

    /// Appends the error of an entity that has no answer.
    pub(super) fn push_error(
        &mut self,
        keys: impl Iterator<Item = (&'a str, &'a Given<'a>)>,
        error: &Json,
    ) {
        self.push_keys(keys);
        self.out.extend_from_slice(b"\"error\":");
        write_json(&mut self.out, error);
        self.out.push(b'}');
    }

    fn push_keys(&mut self, keys: impl Iterator<Item = (&'a str, &'a Given<'a>)>) {
        self.out.push(b'{');
        for (name, value) in keys {
            push_name(&mut self.out, name);
            write_json(&mut self.out, value);
            self.out.push(b',');
        }
    }

    fn push_features(&mut self, cells: &mut Cells<'_>) -> Result<(), StoreError> {
        self.known.clear();
        let features = self
            .plan
            .features()
            .iter()
            .zip(self.names.iter())
            .enumerate();
        for (index, (feature, name)) in features {
            if index > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(name);
            let cell = cells.get(index)?;
            if let Some((view, _)) = feature.place() {
                self.counts.add(view, cell.status)?;
            }
            let dtype = feature.dtype();
            let sayable = match cell.value {
                Some(value) => write_value(&mut self.out, value, dtype, AnswerForm::Plain),
                None => {
                    self.out.extend_from_slice(b"null");
                    true
                }
            };
            if self.metadata {
                let status = status(cell.status, sayable);
                self.known.push((status, cell.event_timestamp));
            }
        }
        Ok(())
    }

    fn push_metadata(&mut self) {
        self.out.extend_from_slice(b",\"metadata\":{");
        let known = self.names.iter().zip(&self.known).enumerate();
        for (index, (name, (status, event_timestamp))) in known {
            if index > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(name);
            self.out.extend_from_slice(b"{\"status\":\"");
            self.out.extend_from_slice(status.as_bytes());
            self.out.extend_from_slice(b"\",\"event_timestamp\":");
            match event_timestamp {
                Some(time) => write_json(&mut self.out, &format_timestamp(*time)),
                None => self.out.extend_from_slice(b"null"),
            }
            self.out.push(b'}');
        }
        self.out.push(b'}');
    }
}

fn push_name(out: &mut Vec<u8>, name: &str) {
    write_json(out, name);
    out.push(b':');
}
