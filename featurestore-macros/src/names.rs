//! The names that attributes and their arguments have; nothing spells them a second time.

/// `#[feature_view(..)]`, as it stands on the item that the hidden derive sees.
pub(crate) const VIEW: &str = "__feature_view";
/// `#[feature_service(..)]`, likewise.
pub(crate) const SERVICE: &str = "__feature_service";
/// `#[event_source(..)]`, likewise.
pub(crate) const EVENT_SOURCE: &str = "__event_source";
/// `#[column(..)]` on a view's field.
pub(crate) const COLUMN: &str = "column";
/// `#[from(..)]` on a service's field.
pub(crate) const FROM: &str = "from";
/// `#[request]` on a service's field.
pub(crate) const REQUEST: &str = "request";
/// `#[compute(..)]` on a service's field.
pub(crate) const COMPUTE: &str = "compute";
/// `#[private]` on a service's field.
pub(crate) const PRIVATE: &str = "private";
/// `#[featurestore(..)]` on a derive's type.
pub(crate) const DERIVE: &str = "featurestore";
/// `#[variant(..)]` on an enum's variant.
pub(crate) const VARIANT: &str = "variant";

pub(crate) const AGG: &str = "agg";
pub(crate) const CADENCE: &str = "cadence";
pub(crate) const CRATE: &str = "crate";
pub(crate) const CREATED: &str = "created";
pub(crate) const DEFAULT: &str = "default";
pub(crate) const DELAY: &str = "delay";
pub(crate) const DELETED: &str = "deleted";
pub(crate) const DESCRIPTION: &str = "description";
pub(crate) const ENTITY: &str = "entity";
pub(crate) const ERROR: &str = "error";
pub(crate) const EVENTS: &str = "events";
pub(crate) const FILTER: &str = "filter";
pub(crate) const ID: &str = "id";
pub(crate) const KEY: &str = "key";
pub(crate) const LATENESS: &str = "lateness";
pub(crate) const MOSTLY: &str = "mostly";
pub(crate) const NAME: &str = "name";
pub(crate) const ONE_OF: &str = "one_of";
pub(crate) const OWNER: &str = "owner";
pub(crate) const PUSH: &str = "push";
pub(crate) const RANGE: &str = "range";
pub(crate) const RENAME: &str = "rename";
pub(crate) const RESOLUTION: &str = "resolution";
pub(crate) const RETENTION: &str = "retention";
pub(crate) const SETTLING: &str = "settling";
pub(crate) const SOURCE: &str = "source";
pub(crate) const SQL: &str = "sql";
pub(crate) const SQL_FILE: &str = "sql_file";
pub(crate) const TABLE: &str = "table";
pub(crate) const TAGS: &str = "tags";
pub(crate) const TIMESTAMP: &str = "timestamp";
pub(crate) const TTL: &str = "ttl";
pub(crate) const UNIT: &str = "unit";
pub(crate) const VERSION: &str = "version";
pub(crate) const WINDOW: &str = "window";

/// The arguments of `#[feature_view(..)]`.
pub(crate) const VIEW_ARGS: &[&str] = &[
    ENTITY,
    EVENTS,
    SOURCE,
    TABLE,
    SQL,
    SQL_FILE,
    TIMESTAMP,
    CREATED,
    TTL,
    CADENCE,
    SETTLING,
    NAME,
    VERSION,
    OWNER,
    TAGS,
    DESCRIPTION,
    CRATE,
];
/// The arguments of `#[event_source(..)]`.
pub(crate) const EVENT_SOURCE_ARGS: &[&str] = &[
    SOURCE,
    TABLE,
    SQL,
    SQL_FILE,
    TIMESTAMP,
    CREATED,
    ID,
    LATENESS,
    SETTLING,
    CADENCE,
    DELETED,
    PUSH,
    RETENTION,
    NAME,
    OWNER,
    TAGS,
    DESCRIPTION,
    CRATE,
];
/// What of these a view has of its event source, where it has one.
pub(crate) const OF_EVENTS: &[&str] = &[
    SOURCE, TABLE, SQL, SQL_FILE, TIMESTAMP, CREATED, TTL, CADENCE, SETTLING,
];
/// The arguments of `#[column(..)]`.
pub(crate) const COLUMN_ARGS: &[&str] = &[
    RENAME,
    DEFAULT,
    RANGE,
    ONE_OF,
    UNIT,
    DESCRIPTION,
    MOSTLY,
    AGG,
    WINDOW,
    RESOLUTION,
    DELAY,
    FILTER,
    ERROR,
];
/// What of these only features of windows have.
pub(crate) const WINDOW_ARGS: &[&str] = &[AGG, WINDOW, RESOLUTION, DELAY, FILTER, ERROR];
/// What of these features of windows don't have.
pub(crate) const ROW_ARGS: &[&str] = &[RENAME, RANGE, ONE_OF, MOSTLY];
/// The arguments that stand for themselves: `push` is `push = true`.
pub(crate) const FLAGS: &[&str] = &[PUSH];
/// The arguments of `#[feature_service(..)]`.
pub(crate) const SERVICE_ARGS: &[&str] = &[KEY, NAME, OWNER, TAGS, DESCRIPTION, CRATE];
/// The arguments of `#[from(View, ..)]`.
pub(crate) const FROM_ARGS: &[&str] = &[COLUMN, DEFAULT];
/// The arguments of `#[request(..)]`.
pub(crate) const REQUEST_ARGS: &[&str] = &[DEFAULT, RANGE, ONE_OF, UNIT, DESCRIPTION];
/// What may follow the expression of `#[compute(..)]`.
pub(crate) const COMPUTE_ARGS: &[&str] = &[UNIT, DESCRIPTION];
/// What an expression has beside the fields above it: the time that is asked about, and the key.
pub(crate) const AS_OF: &str = "as_of";
/// The arguments of `#[featurestore(..)]`.
pub(crate) const DERIVE_ARGS: &[&str] = &[CRATE];
/// The arguments of `#[variant(..)]`.
pub(crate) const VARIANT_ARGS: &[&str] = &[RENAME];

/// What a request in the plain form has beside the join keys.
pub(crate) const PLAIN_REQUEST: &[&str] = &["features", "service", "metadata"];

/// Whether a view or a service can have the name.
pub(crate) fn is_plain(name: &str) -> bool {
    let plain = |character: char| character.is_alphanumeric() || "_-.".contains(character);
    !name.is_empty() && name.chars().all(plain)
}

/// What is said of a name that is not plain.
pub(crate) fn not_plain(name: &str, what: &str) -> String {
    format!("FS0022: `{name}` can't name a{what}; use letters, digits, `_`, `-` and `.`")
}

/// Names that other libraries have for an argument of `attribute`, and the argument that is meant.
pub(crate) fn meant(attribute: &str, name: &str) -> Option<&'static str> {
    let known: &[(&[&str], &str)] = match attribute {
        "feature_view" => &[
            (
                &["entities", "join_key", "join_keys", "key", "keys"],
                ENTITY,
            ),
            (&["file", "parquet", "path"], SOURCE),
            (&["event_timestamp", "timestamp_field"], TIMESTAMP),
            (&["created_timestamp_column"], CREATED),
            (&["event_source", "stream"], EVENTS),
        ],
        "event_source" => &[
            (&["file", "parquet", "path"], SOURCE),
            (&["event_timestamp", "timestamp_field"], TIMESTAMP),
            (&["created_timestamp_column"], CREATED),
            (&["event_id", "ids"], ID),
            (&["delay", "watermark"], LATENESS),
        ],
        COLUMN => &[
            (&["alias", "column", "name"], RENAME),
            (&["aggregate", "aggregation"], AGG),
            (&["over", "time_window", "within"], WINDOW),
            (&["condition", "where"], FILTER),
        ],
        FROM => &[(&["feature", "field", "name", "rename"], COLUMN)],
        REQUEST => &[(&["max", "min"], RANGE), (&["doc", "docs"], DESCRIPTION)],
        VARIANT => &[(&["name", "text", "value"], RENAME)],
        _ => &[],
    };
    let mut known = known.iter();
    let found = known.find(|(names, _)| names.contains(&name));
    found.map(|(_, meant)| *meant)
}

/// Where an argument belongs, for one that stands elsewhere.
pub(crate) fn home(argument: &str) -> Option<&'static str> {
    [
        (VIEW_ARGS, "on the view, in `#[feature_view(..)]`"),
        (COLUMN_ARGS, "on a view's field, in `#[column(..)]`"),
        (SERVICE_ARGS, "on the service, in `#[feature_service(..)]`"),
        (FROM_ARGS, "on a service's field, in `#[from(..)]`"),
        (
            EVENT_SOURCE_ARGS,
            "on the event source, in `#[event_source(..)]`",
        ),
    ]
    .into_iter()
    .find(|(arguments, _)| arguments.contains(&argument))
    .map(|(_, home)| home)
}
