//! How much memory reading a row takes: none for types of a fixed width, and for no bytes at all
//! more than their number allows.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use allocation_counter::{AllocationInfo, measure};
use featurestore::FeatureView;
use featurestore::codec::{Header, RowReader, encode_row, transcode};
use featurestore::online::{Address, Merge, OnlineStore as _, RowWrite, StoredLayout};
use featurestore::prelude::*;
use featurestore::testing::{MemoryStore, Numbers};
use featurestore::types::{Value, ValueRef};
use featurestore_schema::Layout;

/// A variant.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Pays nothing.
    Free,
    /// Pays.
    Paid,
}

/// A column of each type that has a fixed width.
#[feature_view(entity = "user_id", table = "fixed")]
#[derive(Debug, Clone, PartialEq)]
struct Fixed {
    user_id: i64,
    event_timestamp: Timestamp,
    a: bool,
    b: i8,
    c: i16,
    d: i32,
    e: i64,
    f: u8,
    g: u16,
    h: u32,
    i: u64,
    j: f32,
    k: f64,
    l: Timestamp,
    m: Date,
    n: Uuid,
    o: Decimal<18, 2>,
    p: Plan,
    q: [f32; 4],
    r: Option<i64>,
    s: Option<Plan>,
    t: Option<f64>,
}

/// A text, which is not.
#[feature_view(entity = "user_id", table = "text")]
#[derive(Debug, Clone, PartialEq)]
struct Text {
    user_id: i64,
    event_timestamp: Timestamp,
    text: String,
}

fn time() -> Timestamp {
    "2026-05-07T21:00:00Z".parse().unwrap()
}

fn fixed() -> Fixed {
    Fixed {
        user_id: 1,
        event_timestamp: time(),
        a: true,
        b: -1,
        c: -300,
        d: 70_000,
        e: -70_000,
        f: 1,
        g: 300,
        h: 70_000,
        i: u64::MAX,
        j: 0.5,
        k: 0.25,
        l: time(),
        m: "2026-05-07".parse().unwrap(),
        n: Uuid::from_u128(7),
        o: "-12.50".parse().unwrap(),
        p: Plan::Paid,
        q: [1.0, 2.0, 3.0, 4.0],
        r: None,
        s: Some(Plan::Free),
        t: Some(0.5),
    }
}

fn encoded<V: LatestView>(row: &V) -> Vec<u8> {
    let layout = V::definition().layout();
    let header = Header::new(layout.id(), row.event_timestamp(), None);
    let mut bytes = Vec::new();
    encode_row(layout, &header, &row.values(), &mut bytes).unwrap();
    bytes
}

/// What reading the row takes, without what its value keeps.
fn reading<V: LatestView + PartialEq + std::fmt::Debug>(row: &V) -> AllocationInfo {
    let bytes = encoded(row);
    let key = row.key().unwrap();
    let layout = V::definition().layout();
    measure(|| {
        let read = V::from_row(&key, RowReader::new(&bytes, layout).unwrap());
        assert_eq!(read.as_ref(), Ok(row));
    })
}

#[test]
fn a_row_of_fixed_widths_is_read_without_allocating() {
    let row = fixed();
    assert_eq!(reading(&row).count_total, 0);
    let text = Text {
        user_id: 1,
        event_timestamp: time(),
        text: "a text".to_owned(),
    };
    assert_eq!(reading(&text).count_total, 1, "the text's own");
}

/// Writes a row of `row`'s values for a user, in a layout of its own.
async fn write_as(online: &MemoryStore, user: i64, layout: &Layout, row: &Fixed) {
    let header = Header::new(layout.id(), row.event_timestamp, None);
    let names: Vec<_> = Fixed::definition()
        .columns()
        .iter()
        .map(featurestore::view::ColumnDefinition::name)
        .collect();
    let values = row.values();
    let value = |name: &str| values[names.iter().position(|known| *known == name).unwrap()];
    let values: Vec<_> = layout
        .columns()
        .iter()
        .map(|column| value(&column.name))
        .collect();
    let mut bytes = Vec::new();
    encode_row(layout, &header, &values, &mut bytes).unwrap();
    let key = Fixed::definition()
        .key_values(&[ValueRef::Int(user)])
        .unwrap();
    let write = RowWrite::new(Address::new("p", &key), "fixed", bytes, Merge::NewerWins);
    online.write(&[write]).await.unwrap();
}

#[test]
fn a_row_of_an_older_layout_is_read_by_what_was_worked_out_with_the_first() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    let online = Arc::new(MemoryStore::new());
    let declared = Fixed::definition().layout();
    // Of an older build: without a column, and with one of another dtype.
    let text = declared.to_string();
    let text = text.replace("e i64\n", "e i32\n").replace("t f64?\n", "");
    let older = Layout::parse(&text).unwrap();
    assert_eq!(older.columns().len() + 1, declared.columns().len());
    let row = fixed();
    let opened = FeatureStore::builder("p")
        .registry(registry![Fixed])
        .online_store(online.clone())
        .clock(Clock::fixed(time()));
    let store = runtime.block_on(async {
        for layout in [declared, &older] {
            let kept = StoredLayout::new("fixed", layout.id(), layout.to_string());
            online.keep_layout("p", &kept).await.unwrap();
        }
        write_as(&online, 1, declared, &row).await;
        write_as(&online, 2, &older, &row).await;
        opened.open().await.unwrap()
    });
    let read = |user: i64| {
        measure(|| {
            let read = runtime.block_on(store.get::<Fixed>(&user)).unwrap();
            let read = read.found().unwrap();
            assert_eq!((read.e, read.t.is_some()), (row.e, user == 1));
        })
    };
    let (first, second) = (read(2).count_total, read(2).count_total);
    let as_declared = read(1).count_total;
    assert!(first > second + 20, "{first} and {second}: nothing is kept");
    // The row in the declared layout, what holds it, and the values of more than 16 columns.
    assert!(
        second <= as_declared + 6,
        "{second} instead of {as_declared}"
    );
}

/// Random layouts and rows.
struct Random(Numbers);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.0.below(bound as u64)).unwrap()
    }

    fn byte(&mut self) -> u8 {
        // Often one that announces a long number, or a short one.
        match self.below(4) {
            0 => 255 - u8::try_from(self.below(9)).unwrap(),
            1 => u8::try_from(self.below(4)).unwrap(),
            _ => u8::try_from(self.below(256)).unwrap(),
        }
    }

    fn layout(&mut self) -> Layout {
        const DTYPES: [&str; 22] = [
            "bool",
            "i8",
            "i32",
            "i64",
            "u16",
            "u64",
            "f32",
            "f64",
            "string",
            "bytes",
            "timestamp",
            "date",
            "uuid",
            "json",
            "decimal(38, 9)",
            "enum(\"a\", \"b\")",
            "list(i64)",
            "list(i64?)",
            "list(string)",
            "list(bool?)",
            "list(f32)",
            "array(f32, 3)",
        ];
        let columns = (0..self.below(6)).map(|column| {
            let mark = ["", "?"][self.below(2)];
            format!("c{column} {}{mark}\n", DTYPES[self.below(DTYPES.len())])
        });
        Layout::parse(&columns.collect::<String>()).unwrap()
    }

    /// The header of a row of the layout, and then anything.
    fn row(&mut self, layout: &Layout) -> Vec<u8> {
        let mut row = Vec::from((1 << 28 | layout.id()).to_be_bytes());
        row.extend([0x80, 0, 0, 0, 0, 0, 0]);
        let length = self.below(60);
        row.extend((0..length).map(|_| self.byte()));
        row
    }
}

/// Reads all columns of a row, whatever comes of it.
fn read_all(row: &[u8], layout: &Layout) -> bool {
    let Ok(mut reader) = RowReader::new(row, layout) else {
        return false;
    };
    for column in 0..layout.columns().len() {
        if reader.value(column).is_err() {
            return false;
        }
    }
    reader.finish().is_ok()
}

#[test]
fn no_bytes_make_reading_allocate_more_than_they_are() {
    let mut numbers = Random(Numbers::seeded(0x5eed));
    let (mut whole, mut read) = (0, 0);
    for _ in 0..200_000 {
        let layout = numbers.layout();
        let row = numbers.row(&layout);
        let used = measure(|| read += usize::from(read_all(&row, &layout)));
        // What there is, is for the depth of JSON, and for what is wrong with it.
        assert!(used.bytes_max <= 2 * row.len() as u64 + 256, "{used:?}");
        let declared = numbers.layout();
        let used = measure(|| {
            let row = transcode(&row, &layout, &declared, |_| Some(Value::Int(1)));
            whole += usize::from(row.is_ok());
        });
        // A bit of a list's null bitmap may become a value of 40 bytes, and a list grow twofold.
        let columns = layout.columns().len() + declared.columns().len();
        let bound = 1000 * row.len() + 1000 * (columns + 1);
        assert!(used.bytes_max <= bound as u64, "{used:?} of {row:?}");
    }
    assert!(
        read > 1000 && whole > 100,
        "{read} rows read, {whole} rewritten"
    );
}

#[test]
fn a_list_that_claims_to_be_long_takes_no_memory() {
    for dtype in [
        "list(i64)",
        "list(i64?)",
        "list(string)",
        "list(bool?)",
        "string",
        "bytes",
        "json",
    ] {
        let layout = Layout::parse(&format!("c {dtype}\n")).unwrap();
        for claim in [
            &[251, 255, 255, 255, 255][..],
            &[255; 9],
            &[250, 255, 255, 255],
        ] {
            let mut row = Vec::from((1 << 28 | layout.id()).to_be_bytes());
            row.extend([0x80, 0, 0, 0, 0, 0, 0]);
            row.extend(claim);
            row.extend([0; 20]);
            let used = measure(|| assert!(!read_all(&row, &layout), "{dtype}"));
            assert_eq!(used.bytes_total, 0, "{dtype} {claim:?}");
            let declared = Layout::parse("c list(decimal(38, 0)?)\n").unwrap();
            let used = measure(|| assert!(transcode(&row, &layout, &declared, |_| None).is_err()));
            assert!(used.bytes_total < 1000, "{dtype} {claim:?}: {used:?}");
        }
    }
}
