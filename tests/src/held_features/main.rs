//! The command line of the example watch-next over an online store that stands still at an event,
//! for tests that kill it there.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use featurestore::online::{EmbeddedStore, OnlineStore, RedisStore};
use featurestore_tests::held::{CALLS, HOLD, Held, ONLINE};

fn main() -> anyhow::Result<ExitCode> {
    let hold = std::env::var(HOLD).context(HOLD)?;
    let hold = hold.parse().map_err(anyhow::Error::msg)?;
    let address = std::env::var(ONLINE).context(ONLINE)?;
    let store: Arc<dyn OnlineStore> = match address.strip_prefix("embedded:") {
        Some(path) => Arc::new(EmbeddedStore::new(path)),
        None => Arc::new(RedisStore::new(address)?),
    };
    let held = Arc::new(Held::new(store, hold));
    let online: Arc<dyn OnlineStore> = Arc::<Held>::clone(&held);
    let code = featurestore::cli::main(watch_next::store().online_store(online));
    println!("{CALLS}{}", held.calls());
    Ok(code)
}
