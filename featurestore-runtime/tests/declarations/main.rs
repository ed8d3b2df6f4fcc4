//! What the macros make of declarations, as their users see it.

mod windows;

use featurestore::prelude::*;

/// A user.
#[derive(EntityKey, Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserId(String);

/// How a user watches.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// Now and then.
    Casual,
    /// Every day.
    PowerUser,
}

/// How much a user watches.
#[feature_view(
    entity = "user_id",
    source = "data/watch_count_30d.parquet",
    cadence = "1h",
    ttl = "2d",
    tags = ["watch"]
)]
#[derive(Debug, Clone, PartialEq)]
pub struct WatchActivity {
    /// Who.
    pub user_id: UserId,
    /// When.
    pub event_timestamp: Timestamp,
    /// Titles the user watched
    /// in the last 30 days.
    #[column(range = 0.., unit = "titles")]
    pub watch_count_30d: i64,
}

/// The segment that marketing gave a user.
#[feature_view(
    entity = "user_id",
    source = "data/user_segment.parquet",
    created = "written"
)]
#[derive(Debug, Clone, PartialEq)]
pub struct UserSegment {
    /// Who.
    pub user_id: UserId,
    /// When.
    pub event_timestamp: Timestamp,
    /// When it was written.
    pub written: Option<Timestamp>,
    /// The segment.
    #[column(rename = "segment")]
    pub user_segment: Option<Segment>,
}

/// What to watch next.
#[feature_service]
#[derive(Debug, Clone, PartialEq)]
pub struct WatchNext {
    /// The segment.
    #[from(UserSegment)]
    pub user_segment: Option<Segment>,
    /// The count.
    #[from(WatchActivity, default = 0)]
    pub watch_count_30d: i64,
    /// The count, and why it is missing.
    #[from(WatchActivity, column = watch_count_30d)]
    pub count: Lookup<i64>,
}

#[test]
fn a_view_is_what_its_struct_says() {
    let view = WatchActivity::definition();
    assert_eq!(
        (view.name(), view.version(), view.entity()),
        ("watch_activity", 1, "user_id")
    );
    assert_eq!(view.description(), "How much a user watches.");
    assert_eq!(view.ttl_micros(), Some(172_800_000_000));
    let all = format!("{view:?}");
    assert!(all.contains("cadence: Some("), "{all}");
    let column = WatchActivity::WATCH_COUNT_30D;
    assert_eq!(format!("{column:?}"), "watch_activity.watch_count_30d");
    let definition = &view.columns()[column.index()];
    assert_eq!(
        definition.description(),
        "Titles the user watched in the last 30 days."
    );
    assert_eq!(definition.unit(), Some("titles"));
    let layout = UserSegment::definition().layout().to_string();
    assert_eq!(layout, "user_segment enum(\"casual\", \"power_user\")?\n");
}

#[test]
fn every_declaration_registers_itself() {
    let registry = featurestore::Registry::collect().unwrap();
    let views: Vec<_> = registry
        .views()
        .map(featurestore::view::ViewDefinition::name)
        .collect();
    assert_eq!(views, ["user_payments", "user_segment", "watch_activity"]);
    assert!(registry.service("watch_next").is_ok());
    let message = registry.view("watch_activty").unwrap_err().to_string();
    assert_eq!(
        message,
        "no view `watch_activty` (did you mean `watch_activity`?); there is: user_payments, user_segment, watch_activity"
    );
    let only = featurestore::registry![WatchActivity].unwrap();
    assert_eq!(only.views().len(), 1);
    let message = featurestore::registry![WatchNext].unwrap_err().to_string();
    assert!(
        message.starts_with("service `watch_next` reads view `user_segment`"),
        "{message}"
    );
}

#[test]
fn schemas_carry_descriptions_bounds_and_nulls() {
    let schema = schemars::schema_for!(WatchActivity).to_value();
    let count = &schema["properties"]["watch_count_30d"];
    assert_eq!(count["type"], "integer");
    assert_eq!(count["minimum"], 0);
    assert_eq!(count["x-unit"], "titles");
    let service = schemars::schema_for!(WatchNext).to_value();
    assert_eq!(service["title"], "watch_next");
    let segment = &service["properties"]["user_segment"];
    assert_eq!(
        segment["enum"],
        serde_json::json!(["casual", "power_user", null])
    );
    assert_eq!(service["properties"]["watch_count_30d"]["default"], 0);
}

#[test]
fn a_collected_registry_has_what_the_lock_knows_and_a_named_one_need_not() {
    let open = |store: featurestore::StoreBuilder, lock: &str| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let opened = runtime.block_on(store.lock(lock).open());
        opened.map(drop).map_err(|error| error.to_string())
    };
    let store = || FeatureStore::builder("movies");
    let view = |name: &str| {
        format!("format 1\n\n[view {name}]\nkey user_id string\nmetadata type trailers::Trailer\n")
    };
    assert_eq!(open(store(), &view("watch_activity")), Ok(()));
    // Another version of it is linked.
    assert_eq!(open(store(), &view("watch_activity@7")), Ok(()));
    let message = open(store(), &view("trailer")).unwrap_err();
    assert!(
        message.starts_with("FS0080: featurestore.lock knows `trailer` (trailers::Trailer)")
            && message.contains("add `use trailers as _;`"),
        "{message}"
    );
    let named = store().registry(featurestore::registry![WatchActivity]);
    assert_eq!(open(named, &view("trailer")), Ok(()));
    let message = open(store(), "format 2\n").unwrap_err();
    assert!(message.contains("reads format 1"), "{message}");
}
