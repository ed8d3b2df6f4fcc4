//! The values of a list in a row's bytes, read one by one.

use featurestore_schema::Dtype;

use super::error::Damage;
use super::integers::read_unsigned;
use super::value::read_value;
use crate::types::ValueRef;

/// A list of a row, its values still encoded. All of them were looked at when it was made, so
/// reading them can't fail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EncodedList<'a> {
    /// The null bitmap, where there is one, and the values.
    bytes: &'a [u8],
    item: &'static Dtype,
    length: u32,
    nullable: bool,
}

impl<'a> EncodedList<'a> {
    /// Takes a list of any length from the front.
    pub(super) fn read(
        bytes: &mut &'a [u8],
        item: &'static Dtype,
        nullable: bool,
    ) -> Result<Self, Damage> {
        let length = read_unsigned(bytes).ok_or(Damage("a list is cut off"))?;
        let length = u32::try_from(length).map_err(|_| Damage("a list's length is absurd"))?;
        Self::read_values(bytes, item, length, nullable)
    }

    /// Takes an embedding from the front.
    pub(super) fn read_array(bytes: &mut &'a [u8], length: usize) -> Result<Self, Damage> {
        let cut = || Damage("an embedding is cut off");
        let size = length.checked_mul(4).ok_or_else(cut)?;
        let (values, rest) = bytes.split_at_checked(size).ok_or_else(cut)?;
        *bytes = rest;
        Ok(Self {
            bytes: values,
            item: &Dtype::F32,
            length: u32::try_from(length).map_err(|_| cut())?,
            nullable: false,
        })
    }

    fn read_values(
        bytes: &mut &'a [u8],
        item: &'static Dtype,
        length: u32,
        nullable: bool,
    ) -> Result<Self, Damage> {
        let start = *bytes;
        let mut reading = Reading::new(start, item, length, nullable)
            .ok_or(Damage("a list's null bitmap is cut off"))?;
        for _ in 0..length {
            reading.step()?;
        }
        let (own, rest) = start.split_at(start.len() - reading.rest.len());
        *bytes = rest;
        Ok(Self {
            bytes: own,
            item,
            length,
            nullable,
        })
    }

    pub(crate) const fn len(&self) -> usize {
        self.length as usize
    }

    /// The values in their order, nothing for a null.
    pub(crate) fn iter(self) -> impl Iterator<Item = Option<ValueRef<'a>>> {
        let mut reading = Reading::new(self.bytes, self.item, self.length, self.nullable);
        (0..self.length).map(move |_| reading.as_mut()?.step().ok()?)
    }
}

struct Reading<'a> {
    item: Dtype,
    nulls: &'a [u8],
    rest: &'a [u8],
    next: usize,
}

impl<'a> Reading<'a> {
    fn new(bytes: &'a [u8], item: &Dtype, length: u32, nullable: bool) -> Option<Self> {
        let nulls = if nullable { length.div_ceil(8) } else { 0 };
        let (nulls, rest) = bytes.split_at_checked(nulls as usize)?;
        Some(Self {
            item: *item,
            nulls,
            rest,
            next: 0,
        })
    }

    #[inline]
    fn step(&mut self) -> Result<Option<ValueRef<'a>>, Damage> {
        let index = self.next;
        self.next += 1;
        let null = self
            .nulls
            .get(index / 8)
            .is_some_and(|byte| byte & (1 << (index % 8)) != 0);
        if null {
            return Ok(None);
        }
        read_value(self.item, &mut self.rest).map(Some)
    }
}
