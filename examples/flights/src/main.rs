//! Builds the training set of a delay model for every departure, fills the online store, and looks
//! one departure up; prints rows, nulls and times.

mod correlation;

use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use comfy_table::{Table, presets};
use correlation::Correlations;
use featurestore::materialize::ViewReport;
use featurestore::prelude::*;
use flights::{
    Airport, Carrier, DelayFeatures, Departure, RecentDelays, Scheduled, TailNumber, YEAR_ENDS,
};

/// Training set, materialization and a lookup on real departures from New York's airports.
#[derive(Parser)]
struct Arguments {
    /// A directory with the whole year: departures, arrivals, weather and planes as Parquet. The
    /// repository has January.
    #[arg(long)]
    data: Option<PathBuf>,

    /// Where the training set goes.
    #[arg(long, default_value = "target/flights-training.parquet")]
    output: PathBuf,

    /// The online store: `redis://HOST:PORT/DB`, or `embedded:PATH`, which is the default.
    #[arg(long, env = "FEATURESTORE_ONLINE", hide_env_values = true)]
    online: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut builder = flights::store();
    if let Some(directory) = arguments.data {
        let directory = std::path::absolute(directory)?;
        builder = builder
            .source_prefix("data", directory)
            .clock(Clock::fixed(YEAR_ENDS));
    }
    if let Some(online) = arguments.online {
        builder = builder.online(online);
    }
    let store = builder.open().await?;

    let output = std::path::absolute(arguments.output)?;
    if let Some(directory) = output.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let spine = Spine::parquet("data/departures.parquet");
    let report = store
        .historical::<DelayFeatures>(spine)
        .to_parquet(&output)
        .await?;
    println!(
        "training set: {} departures in {:.2} s",
        report.rows(),
        report.took().as_secs_f64()
    );
    let mut table = table(&["feature", "null", "expired", "missing", "found"]);
    for feature in report.features() {
        #[allow(clippy::cast_precision_loss)]
        let share = 100.0 * feature.found() as f64 / report.rows().max(1) as f64;
        let counts = [feature.null(), feature.expired(), feature.missing()];
        let counts = counts.iter().map(ToString::to_string);
        let name = feature.name().to_owned();
        table.add_row(
            [name]
                .into_iter()
                .chain(counts)
                .chain([format!("{share:.1} %")]),
        );
    }
    println!("{table}");

    println!("\ncorrelation with the arrival's delay");
    correlations::<DelayFeatures>(&store, "as it is").await?;
    correlations::<RecentDelays>(&store, "over windows").await?;

    let report = store.materialize().run().await?;
    println!("\nmaterialized in {:.2} s", report.took().as_secs_f64());
    let mut table = self::table(&["view", "read", "written", "older", "rejected", "seconds"]);
    for view in report.views() {
        let counts = [view.read(), view.written(), view.older(), view.rejected()];
        let seconds = format!("{:.2}", view.took().as_secs_f64());
        let cells = counts.iter().map(ToString::to_string);
        table.add_row(
            [view.view().to_owned()]
                .into_iter()
                .chain(cells)
                .chain([seconds]),
        );
    }
    println!("{table}");
    for rejection in report.views().iter().flat_map(ViewReport::rejections) {
        println!(
            "rejected: {}: {}: {}",
            rejection.key(),
            rejection.column(),
            rejection.reason()
        );
    }
    if let Some(error) = report.failed().find_map(|view| view.error()) {
        anyhow::bail!("{error}");
    }

    let departure = Departure {
        origin: Airport::from("JFK"),
        tailnum: TailNumber::from("N593JB"),
    };
    let started = Instant::now();
    let features = store.serve::<DelayFeatures>(&departure).await?;
    println!(
        "\n{departure:?} in {} µs\n{features:#?}",
        started.elapsed().as_micros()
    );
    let scheduled = Scheduled {
        origin: departure.origin,
        carrier: Carrier::from("B6"),
        tailnum: departure.tailnum,
    };
    let recent = store.serve::<RecentDelays>(&scheduled).await?;
    println!("\n{recent:#?}");
    Ok(())
}

/// Prints how the features of a service go with the label.
async fn correlations<S: FeatureService>(store: &FeatureStore, what: &str) -> anyhow::Result<()> {
    let spine = Spine::parquet("data/departures.parquet");
    let features = S::definition().features().iter();
    let names = features.map(featurestore::service::ServiceFeature::name);
    let mut correlations = Correlations::new("arr_delay", names);
    let mut batches = store.historical::<S>(spine).batches().await?;
    while let Some(batch) = batches.next().await {
        correlations.add(&batch?)?;
    }
    let mut table = table(&[what, "departures", "correlation"]);
    for (name, rows, coefficient) in correlations.of_features() {
        if let Some(coefficient) = coefficient {
            table.add_row([
                name.to_owned(),
                rows.to_string(),
                format!("{coefficient:+.3}"),
            ]);
        }
    }
    println!("{table}");
    Ok(())
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(header);
    table
}
