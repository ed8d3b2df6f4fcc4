//! Fills the embedded store's file at its first argument, for tests of a full disk: one key with each
//! call. Reads them all before it and after it, also where that failed, prints what came of it, and goes
//! on with each line of its input.

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use featurestore::online::{EmbeddedStore, OnlineStore};
use featurestore::testing::rows::{address, read_one, row, write};

/// How many bytes a call adds.
const BYTES: usize = 100_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let path = std::env::args_os().nth(1);
    let store = EmbeddedStore::new(path.context("the file is the first argument")?);
    println!("found {}", count(&store).await?);
    for line in std::io::stdin().lines() {
        line?;
        let mut filled = count(&store).await?;
        let row = row((1, None), &[b'x'; BYTES]);
        let key = address("p", &filled.to_string());
        match store.write(&[write(&key, "v", &row)]).await {
            Ok(_) => {
                filled += 1;
                println!("wrote {filled}");
            }
            Err(error) => println!("failed with {filled}: {error}"),
        }
        let found = count(&store).await?;
        ensure!(
            found == filled,
            "{found} keys are found, {filled} were written"
        );
    }
    Ok(())
}

/// How many keys there are.
async fn count(store: &EmbeddedStore) -> anyhow::Result<usize> {
    store.ping().await?;
    let mut count = 0;
    while is_whole(read_one(store, &address("p", &count.to_string()), "v").await) {
        count += 1;
    }
    Ok(count)
}

fn is_whole(row: Option<Bytes>) -> bool {
    row.is_some_and(|row| row.len() > BYTES)
}
