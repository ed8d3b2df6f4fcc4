//! Runs the whole store on this example's data, step by step, and prints what each part does.

use clap::Parser;
use comfy_table::{Table, presets};
use featurestore::http::Server;
use featurestore::prelude::*;
use tokio::sync::oneshot;
use watch_next::{LastGenre, UserId, UserSegment, WatchActivity, WatchNext};

/// Runs the whole store on the data of the watch-next example.
#[derive(Parser)]
struct Arguments {
    /// The online store: `redis://HOST:PORT/DB`, or `embedded:PATH`, which is the default.
    #[arg(long, env = "FEATURESTORE_ONLINE", hide_env_values = true)]
    online: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut builder = watch_next::store();
    if let Some(online) = arguments.online {
        builder = builder.online(online);
    }
    let store = builder.open().await?;

    heading("1. The registry: what the structs declare");
    registered(&store);

    heading("2. Offline: each message's features, as they were when it was written");
    training(&store).await?;

    heading("3. Materialize: the latest row per user, from Parquet to the online store");
    materialize(&store).await?;

    heading("4. Online: a user who isn't there");
    let nobody = UserId::from("0000");
    println!(
        "get {nobody}: {:?}",
        store.get::<WatchActivity>(&nobody).await?
    );
    println!(
        "serve {nobody}: {:?}",
        store.serve::<WatchNext>(&nobody).await?
    );

    heading("5. Retrieval: a request over HTTP, and its answer");
    request(&store).await?;

    heading("6. The prompt");
    let context = store.serve::<WatchNext>(&UserId::from("8a2f")).await?;
    println!("{}", context.prompt());
    Ok(())
}

fn registered(store: &FeatureStore) {
    let mut table = table(&["feature", "entity", "dtype", "source", "cadence"]);
    for view in store.registry().views() {
        let cadence = view.cadence().map(|cadence| cadence.to_string());
        for column in view.columns() {
            table.add_row([
                column.name(),
                view.entity(),
                &column.dtype().to_string(),
                &view.source().to_string(),
                cadence.as_deref().unwrap_or("every event"),
            ]);
        }
    }
    println!("{table}");
}

async fn training(store: &FeatureStore) -> Result<(), featurestore::Error> {
    let spine = Spine::parquet("data/messages.parquet");
    let mut rows = store.historical::<WatchNext>(spine).rows().await?;
    let mut table = table(&[
        "user_id",
        "event_timestamp",
        "user_segment",
        "watch_count_30d",
        "last_genre",
    ]);
    while let Some(row) = rows.next().await {
        let row = row?;
        let user = row.key.map(|user| user.to_string());
        table.add_row([
            user.unwrap_or_default(),
            row.timestamp.format("%Y-%m-%d %H:%M").to_string(),
            row.features.user_segment.unwrap_or_default(),
            row.features.watch_count_30d.to_string(),
            row.features.last_genre.unwrap_or_default(),
        ]);
    }
    println!("{table}");
    Ok(())
}

async fn materialize(store: &FeatureStore) -> anyhow::Result<()> {
    let report = store.materialize().run().await?;
    if let Some(error) = report.failed().find_map(|view| view.error()) {
        anyhow::bail!("{error}");
    }
    let mut table = table(&["user_id", "user_segment", "watch_count_30d", "last_genre"]);
    for user in ["8a2f", "b13c"].map(UserId::from) {
        let columns = (
            UserSegment::USER_SEGMENT,
            WatchActivity::WATCH_COUNT_30D,
            LastGenre::LAST_GENRE,
        );
        let (segment, count, genre) = store.select(&user, columns).await?;
        table.add_row([
            user.to_string(),
            segment.found().unwrap_or_default(),
            count
                .found()
                .map(|count| count.to_string())
                .unwrap_or_default(),
            genre.found().unwrap_or_default(),
        ]);
    }
    println!("{table}");
    for view in report.views() {
        println!(
            "{}: {} rows read, {} written",
            view.view(),
            view.read(),
            view.written()
        );
    }
    println!("into {}", store.online().location());
    Ok(())
}

async fn request(store: &FeatureStore) -> anyhow::Result<()> {
    let server = Server::bind(store.clone(), "127.0.0.1:0").await?;
    let url = format!("http://{}/get-online-features", server.local_addr());
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async {
        // An error says that the sender is gone, which is a reason to stop as well.
        let _ = stopped.await;
    }));
    let body = r#"{"user_id":"8a2f","features":["user_segment","watch_count_30d","last_genre"]}"#;
    println!("POST {url}\n{body}\n");
    let answer = reqwest::Client::new().post(&url).body(body).send().await?;
    println!("{}\n{}", answer.status(), answer.text().await?);
    let _ = stop.send(());
    running.await??;
    Ok(())
}

fn heading(text: &str) {
    println!("\n{text}\n");
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(header);
    table
}
