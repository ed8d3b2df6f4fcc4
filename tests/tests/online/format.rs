//! `docs/online-format.md` says what the code does: its examples are read out of it and compared.

use featurestore::codec::{Header, RowReader, encode_row, transcode};
use featurestore::key::JoinKeyValue;
use featurestore::online::{Address, EmbeddedStore, OnlineStore, RedisStore, StoredLayout};
use featurestore::types::Value;
use featurestore::{Dtype, Timestamp};
use featurestore_schema::Layout;
use featurestore_tests::RedisServer;

use super::rows::{address, row, write};

const DOCUMENT: &str = include_str!("../../../docs/online-format.md");

/// An example's lines: a word and what follows it.
type Example = Vec<(&'static str, &'static str)>;

/// The blocks that are marked as `kind`.
fn examples(kind: &str) -> Vec<Example> {
    let blocks = DOCUMENT.split("\n```").skip(1).step_by(2);
    let examples: Vec<Example> = blocks
        .filter_map(|block| block.strip_prefix(kind)?.strip_prefix('\n'))
        .map(|block| {
            let lines = block.lines().map(|line| line.split_once(' ').unwrap());
            lines.map(|(word, rest)| (word, rest.trim())).collect()
        })
        .collect();
    assert!(!examples.is_empty(), "the document has no `{kind}`");
    examples
}

fn all(example: &Example, word: &str) -> Vec<&'static str> {
    let lines = example.iter().filter(|(first, _)| *first == word);
    lines.map(|(_, rest)| *rest).collect()
}

fn one(example: &Example, word: &str) -> &'static str {
    match all(example, word)[..] {
        [line] => line,
        _ => panic!("not one `{word}` in {example:?}"),
    }
}

/// The bytes that stand before a comment, which two spaces set off.
fn bytes(text: &str) -> Vec<u8> {
    let digits = text.split("  ").next().unwrap().split(' ');
    digits
        .map(|digits| u8::from_str_radix(digits, 16).unwrap())
        .collect()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn layout(example: &Example) -> Layout {
    let lines = all(example, "column");
    Layout::parse(&format!("{}\n", lines.join("\n"))).unwrap()
}

fn encode(layout: &Layout, event: &str, created: Option<&str>, values: &[&str]) -> Vec<u8> {
    let header = Header::new(layout.id(), time(event), created.map(time));
    let values: Vec<Option<Value>> = layout
        .columns()
        .iter()
        .zip(values)
        .map(|(column, text)| (*text != "null").then(|| value(text, column.dtype)))
        .collect();
    let borrowed: Vec<_> = layout
        .columns()
        .iter()
        .zip(&values)
        .map(|(column, value)| {
            value
                .as_ref()
                .map(|value| value.borrow(column.dtype).unwrap())
        })
        .collect();
    let mut row = Vec::new();
    encode_row(layout, &header, &borrowed, &mut row).unwrap();

    let mut reader = RowReader::new(&row, layout).unwrap();
    assert_eq!(*reader.header(), header);
    for (index, expected) in borrowed.iter().enumerate() {
        assert_eq!(reader.value(index).unwrap(), *expected);
    }
    reader.finish().unwrap();
    row
}

fn value(text: &str, dtype: Dtype) -> Value {
    match dtype {
        Dtype::Bytes => Value::Bytes(bytes(text)),
        _ => Value::parse(text, dtype).unwrap(),
    }
}

#[test]
fn the_rows_of_the_document_are_what_the_code_writes_and_reads() {
    for example in examples("row") {
        let layout = layout(&example);
        let created = all(&example, "created").first().copied();
        let values = all(&example, "value");
        let row = encode(&layout, one(&example, "event"), created, &values);
        let documented: Vec<u8> = all(&example, "bytes").into_iter().flat_map(bytes).collect();
        assert_eq!(documented, row, "{example:?}: {row:02x?}");
    }
}

#[test]
fn rows_of_another_layout_are_read_as_the_document_says() {
    for example in examples("read") {
        let of = |word| Layout::parse(&format!("{}\n", all(&example, word).join("\n"))).unwrap();
        let (stored, declared) = (of("stored"), of("declared"));
        let values = all(&example, "value");
        let row = encode(&stored, "1970-01-01T00:00:00Z", None, &values);
        let default = |place: usize| {
            let column = &declared.columns()[place];
            let defaults = all(&example, "default");
            let mut defaults = defaults.iter().filter_map(|line| line.split_once(' '));
            let (_, text) = defaults.find(|(name, _)| *name == column.name)?;
            Some(value(text, column.dtype))
        };
        let read = transcode(&row, &stored, &declared, default);
        match all(&example, "error")[..] {
            [error] => assert_eq!(read.unwrap_err().to_string(), error),
            _ => {
                let reads = all(&example, "reads");
                let expected = encode(&declared, "1970-01-01T00:00:00Z", None, &reads);
                assert_eq!(read.unwrap(), expected, "{example:?}");
            }
        }
    }
}

#[test]
fn the_integers_of_the_document_are_what_the_code_writes_and_reads() {
    for (dtype, rest) in examples("integer").into_iter().flatten() {
        let (number, packed) = rest.split_once(' ').unwrap();
        let layout = Layout::parse(&format!("c {dtype}\n")).unwrap();
        let row = encode(&layout, "1970-01-01T00:00:00Z", None, &[number]);
        assert_eq!(bytes(packed.trim()), row[11..], "{dtype} {number}");
    }
}

#[test]
fn the_schema_ids_of_the_document_are_the_codes() {
    for example in examples("layout") {
        let id = format!("{:07x}", layout(&example).id());
        assert_eq!(one(&example, "id"), id);
    }
}

#[test]
fn the_addresses_of_the_document_are_the_codes() {
    for example in examples("address") {
        let mut key = Vec::new();
        for line in all(&example, "key") {
            let [name, dtype, text] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                panic!("{line}");
            };
            let dtype = Dtype::parse(dtype).unwrap();
            let text = if dtype == Dtype::Bytes {
                Value::Bytes(
                    (0..text.len() / 2)
                        .map(|index| u8::from_str_radix(&text[2 * index..][..2], 16).unwrap())
                        .collect(),
                )
            } else {
                value(text, dtype)
            };
            key.push((name, dtype, text));
        }
        let key: Vec<_> = key
            .iter()
            .map(|(name, dtype, value)| {
                JoinKeyValue::new(name, *dtype, value.borrow(*dtype).unwrap())
            })
            .collect();
        let address = Address::new(one(&example, "project"), &key);
        assert_eq!(address.to_string(), one(&example, "address"));
    }
}

#[tokio::test]
async fn both_stores_hold_what_the_document_says_under_what_it_says() {
    let stored = row((1, None), b"x");
    let a = address("shop", "8a2f");
    let layout = StoredLayout::new("watch_activity@2", 0xabc, "a i64\n");
    let rows = [write(&a, "watch_activity", &stored)];

    let server = RedisServer::start().unwrap();
    let redis = RedisStore::new(server.url()).unwrap();
    redis.write(&rows).await.unwrap();
    redis.keep_layout("shop", &layout).await.unwrap();
    let mut connection = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let mut keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    keys.sort();
    assert_eq!(keys, ["shop::layouts", "shop:user_id:8a2f"]);
    let hash = |connection: &mut redis::Connection, key: &str| -> Vec<Vec<u8>> {
        redis::cmd("HGETALL").arg(key).query(connection).unwrap()
    };
    assert_eq!(
        hash(&mut connection, &keys[0]),
        [&b"watch_activity@2/0000abc"[..], b"a i64\n"]
    );
    assert_eq!(
        hash(&mut connection, &keys[1]),
        [&b"watch_activity"[..], &stored[..]]
    );

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("online.redb");
    let embedded = EmbeddedStore::new(&path);
    embedded.write(&rows).await.unwrap();
    embedded.keep_layout("shop", &layout).await.unwrap();
    drop(embedded);
    let mut expected = vec![(
        b"shop::layouts\0watch_activity@2/0000abc".to_vec(),
        b"a i64\n".to_vec(),
    )];
    for example in examples("key") {
        assert_eq!(one(&example, "address"), a.to_string());
        assert_eq!(one(&example, "field"), "watch_activity");
        expected.push((bytes(one(&example, "key")), stored.to_vec()));
    }
    assert_eq!(table(&path), expected);
}

/// All that the embedded store's table has.
fn table(path: &std::path::Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    use redb::{ReadableDatabase, ReadableTable, TableDefinition};
    let database = redb::Database::open(path).unwrap();
    let transaction = database.begin_read().unwrap();
    let table = transaction
        .open_table(TableDefinition::<&[u8], &[u8]>::new("online"))
        .unwrap();
    let entries = table.iter().unwrap().map(|entry| {
        let (key, value) = entry.unwrap();
        (key.value().to_vec(), value.value().to_vec())
    });
    entries.collect()
}
