//! Answers in the plain form, written as bytes in the order that was asked for.
//!
//! `{"user_id":"8a2f","features":{"user_segment":"power_user"},"metadata":{"user_segment":
//! {"status":"found","event_timestamp":"2026-05-07T00:00:00Z"}}}`
//! `{"user_id":"8a2f","error":{"code":"unreadable_row","message":".."}}`

use serde_json::Value as Json;

use super::counts::Counts;
use super::given::Given;
use super::value::{Form, write_json, write_value};
use crate::error::Error;
use crate::lookup::Status;
use crate::store::{Cells, Plan};
use crate::time::{Timestamp, format_timestamp};

/// An answer while it is written.
#[derive(Debug)]
pub(super) struct PlainAnswer<'a, N> {
    pub(super) out: Vec<u8>,
    pub(super) plan: &'a Plan,
    /// The features' names, as they are answered.
    pub(super) names: &'a [N],
    pub(super) metadata: bool,
    pub(super) counts: Counts,
    /// What is known of each of an entity's values.
    known: Vec<Known>,
}

type Known = (&'static str, Option<Timestamp>);

impl<'a, N: AsRef<str>> PlainAnswer<'a, N> {
    pub(super) fn new(plan: &'a Plan, names: &'a [N], metadata: bool, entities: usize) -> Self {
        let each = names.iter().map(|name| name.as_ref().len() + 16).sum();
        Self {
            out: Vec::with_capacity((64_usize.saturating_add(each)).saturating_mul(entities)),
            plan,
            names,
            metadata,
            counts: Counts::new(plan),
            known: Vec::with_capacity(if metadata { names.len() } else { 0 }),
        }
    }

    /// Appends an entity's answer. On a damaged row it leaves nothing behind.
    pub(super) fn push(
        &mut self,
        keys: impl Iterator<Item = (&'a str, &'a Given<'a>)>,
        cells: &mut Cells<'_>,
    ) -> Result<(), Error> {
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
            self.push_name(name);
            write_json(&mut self.out, value);
            self.out.push(b',');
        }
    }

    fn push_features(&mut self, cells: &mut Cells<'_>) -> Result<(), Error> {
        self.known.clear();
        let features = self.plan.features().iter().zip(self.names).enumerate();
        for (place, (feature, name)) in features {
            if place > 0 {
                self.out.push(b',');
            }
            self.push_name(name.as_ref());
            let cell = cells.get(place)?;
            self.counts.add(feature.view(), cell.status);
            let dtype = feature.dtype();
            let default = || feature.default()?.borrow(dtype).ok();
            let sayable = match cell.value.or_else(default) {
                Some(value) => write_value(&mut self.out, value, dtype, Form::Plain),
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
        for place in 0..self.known.len() {
            if place > 0 {
                self.out.push(b',');
            }
            self.push_name(self.names[place].as_ref());
            let (status, event_timestamp) = self.known[place];
            self.out.extend_from_slice(b"{\"status\":\"");
            self.out.extend_from_slice(status.as_bytes());
            self.out.extend_from_slice(b"\",\"event_timestamp\":");
            match event_timestamp {
                Some(time) => write_json(&mut self.out, &format_timestamp(time)),
                None => self.out.extend_from_slice(b"null"),
            }
            self.out.push(b'}');
        }
        self.out.push(b'}');
    }

    fn push_name(&mut self, name: &str) {
        write_json(&mut self.out, name);
        self.out.push(b':');
    }
}

/// A value's status as answers show it. NaN and infinities are there, and null in JSON, which has
/// no way to say them.
pub(super) fn status(status: Status, sayable: bool) -> &'static str {
    match status {
        Status::Found if !sayable => "not_finite",
        status => status.as_str(),
    }
}
