//! Where an entity's rows stand: `{project}:{entity}:{key}`, no two entities at one address.

use std::fmt;

use crate::types::ValueRef;
use crate::view::ViewDefinition;

/// The key of an entity's hash.
///
/// In each of the three parts, `%`, `:`, `,`, `{`, `}` and control characters are
/// percent-encoded, so the colons and the commas between the values of a composite key are the
/// only ones, and no key can choose its own cluster slot. Values are written as text: texts as
/// they are, integers in decimal, bytes in hex, times as microseconds, dates as `2026-05-07`,
/// enums as their text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(Vec<u8>);

/// A key that has no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the key of view `{view}` has {given} values, its entity `{entity}` has {wanted} join keys"
)]
pub struct AddressError {
    view: &'static str,
    entity: String,
    given: usize,
    wanted: usize,
}

impl Address {
    /// The address of the entity that `parts` identify, in the order of the view's join keys.
    ///
    /// # Errors
    ///
    /// Another number of parts than the view has join keys.
    pub fn new(
        project: &str,
        view: &ViewDefinition,
        parts: &[ValueRef<'_>],
    ) -> Result<Self, AddressError> {
        if parts.len() != view.join_keys().len() {
            return Err(AddressError {
                view: view.name(),
                entity: view.entity().to_owned(),
                given: parts.len(),
                wanted: view.join_keys().len(),
            });
        }
        let mut out = Vec::with_capacity(48);
        escape(&mut out, project.as_bytes());
        for (index, place) in view.entity_order().iter().enumerate() {
            out.push(if index == 0 { b':' } else { b',' });
            escape(&mut out, view.join_keys()[*place].name().as_bytes());
        }
        for (index, place) in view.entity_order().iter().enumerate() {
            out.push(if index == 0 { b':' } else { b',' });
            push_value(&mut out, view, *place, parts[*place]);
        }
        Ok(Self(out))
    }

    /// An address as it stands in a store, for who implements
    /// [`OnlineStore::scan`](super::OnlineStore::scan).
    #[must_use]
    pub fn from_stored(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The address's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Address({self})")
    }
}

/// What every address of a project starts with: its escaped name and a colon. The project's own
/// records follow a second colon, where no entity's name can be.
#[must_use]
pub fn project_prefix(project: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(project.len() + 1);
    escape(&mut out, project.as_bytes());
    out.push(b':');
    out
}

fn push_value(out: &mut Vec<u8>, view: &ViewDefinition, place: usize, value: ValueRef<'_>) {
    match value {
        ValueRef::Str(text) => escape(out, text.as_bytes()),
        ValueRef::Timestamp(time) => {
            out.extend_from_slice(time.timestamp_micros().to_string().as_bytes());
        }
        other => escape(out, other.text(view.join_keys()[place].dtype()).as_bytes()),
    }
}

fn escape(out: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        if byte.is_ascii_control() || matches!(byte, b'%' | b':' | b',' | b'{' | b'}') {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            out.extend_from_slice(&[
                b'%',
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]);
        } else {
            out.push(*byte);
        }
    }
}
