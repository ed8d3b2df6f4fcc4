//! Rows and addresses for tests of online stores.

use bytes::Bytes;
use featurestore_schema::{Dtype, Layout, LayoutColumn};

use crate::codec::{Header, RowReader, encode_row};
use crate::key::JoinKeyValue;
use crate::online::{Address, EntityRead, Merge, OnlineStore, RowWrite};
use crate::time::Timestamp;
use crate::types::ValueRef;

/// An event time and perhaps a created time, in microseconds.
pub type Stamp = (i64, Option<i64>);

/// The address of a user of a project.
#[must_use]
pub fn address(project: &str, key: &str) -> Address {
    let key = JoinKeyValue::new("user_id", Dtype::String, ValueRef::Str(key));
    Address::new(project, &[key])
}

fn layout() -> Layout {
    Layout::new(vec![LayoutColumn {
        name: "value".to_owned(),
        dtype: Dtype::Bytes,
        nullable: false,
    }])
}

/// A row of one value.
#[must_use]
pub fn row(stamp: Stamp, value: &[u8]) -> Bytes {
    let time = |micros| Timestamp::from_timestamp_micros(micros).unwrap();
    let header = Header::new(layout().id(), time(stamp.0), stamp.1.map(time));
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

/// A row that is to be written, of which the newer one wins.
#[must_use]
pub fn write(address: &Address, field: &'static str, row: &Bytes) -> RowWrite {
    RowWrite::new(address.clone(), field, row.clone(), Merge::NewerWins)
}

/// The times of a row that [`row`] made.
#[must_use]
pub fn stamp(row: &Bytes) -> Stamp {
    let layout = layout();
    let header = *RowReader::new(row, &layout).unwrap().header();
    (
        header.event_timestamp.timestamp_micros(),
        header.created_timestamp.map(|time| time.timestamp_micros()),
    )
}

/// The row at one address and field.
pub async fn read_one(store: &dyn OnlineStore, address: &Address, field: &str) -> Option<Bytes> {
    let fields = [field];
    let read = [EntityRead::new(address, &fields)];
    let mut found = store.read(&read).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].len(), 1);
    found.remove(0).remove(0)
}
