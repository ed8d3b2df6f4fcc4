//! The least and the largest value.

use std::cmp::Ordering;

use super::super::bytes::{Damage, read_scalar, take_byte, write_scalar};
use super::super::scalar::{Kind, Scalar, ScalarRef};

/// Which end of the values' order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The least.
    Min,
    /// The largest.
    Max,
}

impl Side {
    /// Whether `value` is further on this side than `other`.
    #[inline]
    pub(crate) fn prefers(self, value: ScalarRef<'_>, other: ScalarRef<'_>) -> bool {
        let wanted = match self {
            Self::Min => Ordering::Less,
            Self::Max => Ordering::Greater,
        };
        value.order(other) == wanted
    }
}

/// The least or the largest value; of none, nothing.
///
/// Bytes: 0 where there is none; else 1 and the value.
#[derive(Debug, Clone)]
pub(crate) struct Extreme {
    side: Side,
    value: Option<Scalar>,
}

impl Extreme {
    pub(crate) const fn new(side: Side) -> Self {
        Self { side, value: None }
    }

    pub(crate) fn add(&mut self, value: ScalarRef<'_>) {
        let own = self.value.as_ref().map(Scalar::borrow);
        if own.is_none_or(|own| self.side.prefers(value, own)) {
            self.value = Some(value.to_owned());
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if let Some(value) = &other.value {
            self.add(value.borrow());
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.value.is_some()));
        if let Some(value) = &self.value {
            write_scalar(out, value.borrow());
        }
    }

    pub(crate) fn absorb(&mut self, bytes: &mut &[u8], kind: Kind) -> Result<(), Damage> {
        match take_byte(bytes)? {
            0 => {}
            1 => self.add(read_scalar(bytes, kind)?),
            _ => return Err(Damage("neither a value nor none")),
        }
        Ok(())
    }

    pub(crate) fn value(&self) -> Option<Scalar> {
        self.value.clone()
    }
}
