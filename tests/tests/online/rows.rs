//! Rows and addresses for these tests.

use bytes::Bytes;
use featurestore::codec::{Header, RowReader, encode_row};
use featurestore::key::JoinKeyValue;
use featurestore::online::{Address, EntityRead, Merge, OnlineStore, RowWrite};
use featurestore::types::ValueRef;
use featurestore::{Dtype, Timestamp};
use featurestore_schema::{Layout, LayoutColumn};

/// An event time and perhaps a created time, in microseconds.
pub(crate) type Stamp = (i64, Option<i64>);

pub(crate) fn address(project: &str, key: &str) -> Address {
    let key = JoinKeyValue {
        name: "user_id",
        dtype: Dtype::String,
        value: ValueRef::Str(key),
    };
    Address::new(project, &[key])
}

pub(crate) fn layout() -> Layout {
    Layout::new(vec![LayoutColumn {
        name: "value".to_owned(),
        dtype: Dtype::Bytes,
        nullable: false,
    }])
}

pub(crate) fn row(stamp: Stamp, value: &[u8]) -> Bytes {
    let time = |micros| Timestamp::from_timestamp_micros(micros).unwrap();
    let header = Header {
        schema_id: layout().id(),
        event_timestamp: time(stamp.0),
        created_timestamp: stamp.1.map(time),
    };
    let mut row = Vec::new();
    encode_row(
        &layout(),
        &header,
        &[Some(ValueRef::Bytes(value))],
        &mut row,
    )
    .unwrap();
    Bytes::from(row)
}

pub(crate) fn write(address: &Address, field: &'static str, row: &Bytes) -> RowWrite {
    RowWrite::new(address.clone(), field, row.clone(), Merge::NewerWins)
}

pub(crate) fn stamp(row: &Bytes) -> Stamp {
    let layout = layout();
    let header = *RowReader::new(row, &layout).unwrap().header();
    (
        header.event_timestamp.timestamp_micros(),
        header.created_timestamp.map(|time| time.timestamp_micros()),
    )
}

/// The row at one address and field.
pub(crate) async fn read_one(
    store: &dyn OnlineStore,
    address: &Address,
    field: &str,
) -> Option<Bytes> {
    let fields = [field];
    let read = [EntityRead {
        address,
        fields: &fields,
    }];
    let mut found = store.read(&read).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].len(), 1);
    found.remove(0).remove(0)
}

/// A random-number generator (xorshift64*) that gives the same numbers in every run.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % bound
    }

    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for index in (1..list.len()).rev() {
            let other = usize::try_from(self.below(index as u64 + 1)).unwrap();
            list.swap(index, other);
        }
    }
}
