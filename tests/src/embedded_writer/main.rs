//! Writes rows to the embedded store's file at its first argument until it is killed, for tests of
//! what others see meanwhile. Each call writes all keys with the same time, and is printed.

use featurestore::online::{EmbeddedStore, OnlineStore};
use featurestore::testing::rows::{address, read_one, row, stamp, write};
use featurestore_tests::WRITER_KEYS;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let path = std::env::args_os().nth(1);
    let path = path.ok_or_else(|| anyhow::anyhow!("the file is the first argument"))?;
    let store = EmbeddedStore::new(path);
    let first = read_one(&store, &address("p", "0"), "v").await;
    let mut time = first.map_or(0, |row| stamp(&row).0);
    loop {
        time += 1;
        let rows: Vec<_> = (0..WRITER_KEYS)
            .map(|key| {
                let row = row((time, None), b"x");
                write(&address("p", &key.to_string()), "v", &row)
            })
            .collect();
        store.write(&rows).await?;
        println!("wrote {time}");
    }
}
