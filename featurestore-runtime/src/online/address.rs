//! Where an entity's rows stand: `{project}:{entity}:{key}`, no two entities at one address.

use std::fmt;

use crate::key::{JoinKeyValue, KeyValues};
use crate::types::ValueRef;

/// The key of an entity's hash.
///
/// In each of the three parts, `%`, `:`, `,`, `{`, `}` and control characters are
/// percent-encoded, so the colons and the commas between the values of a composite key are the
/// only ones, and no key can choose its own cluster slot. Values are written as text: texts as
/// they are, integers in decimal, bytes in hex, times as microseconds, dates as `2026-05-07`,
/// enums as their text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(Vec<u8>);

impl Address {
    /// The address of the entity that has these values of its join keys, whatever their order.
    ///
    /// ```
    /// use featurestore::key::JoinKeyValue;
    /// use featurestore::online::Address;
    /// use featurestore::types::{Dtype, ValueRef};
    ///
    /// let key = JoinKeyValue::new("user_id", Dtype::String, ValueRef::Str("8a2f"));
    /// assert_eq!(Address::new("shop", &[key]).to_string(), "shop:user_id:8a2f");
    /// ```
    #[must_use]
    pub fn new(project: &str, key: &[JoinKeyValue<'_>]) -> Self {
        if key.is_sorted_by_key(|part| part.name) {
            return Self::in_order(project, key);
        }
        let mut key = KeyValues::from_slice(key);
        key.sort_by_key(|part| part.name);
        Self::in_order(project, &key)
    }

    /// As [`new`](Self::new), the values in alphabetical order of their names.
    fn in_order(project: &str, key: &[JoinKeyValue<'_>]) -> Self {
        let mut out = Vec::with_capacity(48);
        escape(&mut out, project.as_bytes());
        for (index, part) in key.iter().enumerate() {
            out.push(if index == 0 { b':' } else { b',' });
            escape(&mut out, part.name.as_bytes());
        }
        for (index, part) in key.iter().enumerate() {
            out.push(if index == 0 { b':' } else { b',' });
            push_value(&mut out, part);
        }
        Self(out)
    }

    /// An address as it stands in a store, for who implements
    /// [`OnlineStore::scan`](super::OnlineStore::scan).
    #[must_use]
    pub fn from_stored(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// Whether a value of the key is empty, by which no entity is known.
    pub(crate) fn has_empty_value(&self) -> bool {
        let values = self.0.rsplit(|byte| *byte == b':').next();
        let mut values = values.unwrap_or_default().split(|byte| *byte == b',');
        values.any(<[u8]>::is_empty)
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

fn push_value(out: &mut Vec<u8>, part: &JoinKeyValue<'_>) {
    match part.value {
        ValueRef::Str(text) => escape(out, text.as_bytes()),
        ValueRef::Timestamp(time) => {
            out.extend_from_slice(time.timestamp_micros().to_string().as_bytes());
        }
        other => escape(out, other.text(part.dtype).as_bytes()),
    }
}

/// Appends a text, which most often has nothing in it that is escaped.
fn escape(out: &mut Vec<u8>, mut text: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    while let Some(place) = text.iter().position(|byte| is_escaped(*byte)) {
        let (plain, rest) = text.split_at(place);
        out.extend_from_slice(plain);
        let Some((byte, rest)) = rest.split_first() else {
            break;
        };
        let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
        out.extend_from_slice(&[b'%', DIGITS[high], DIGITS[low]]);
        text = rest;
    }
    out.extend_from_slice(text);
}

const fn is_escaped(byte: u8) -> bool {
    byte.is_ascii_control() || matches!(byte, b'%' | b':' | b',' | b'{' | b'}')
}
