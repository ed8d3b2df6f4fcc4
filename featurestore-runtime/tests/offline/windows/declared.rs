//! Events, and windows over them of every aggregate, declared when running.

use std::fmt::Write as _;
use std::sync::LazyLock;

use featurestore::__private_0_1_0::{
    Aggregate, ColumnParts, Comparison, Constant, Divisor, EventSourceDefinition, EventSourceParts,
    Filter, Precision, ViewParts, Window, WindowFeature, WindowParts, column_definition,
    event_source_definition, named_key, view_definition, window_features,
};
use featurestore::Dtype;
use featurestore::view::{Cadence, Check, Drift, Source, ViewDefinition};

use crate::definitions::{leak, text};

pub(crate) const SECOND: i64 = 1_000_000;
/// What times are multiples of, so that the ends of windows meet events.
pub(crate) const UNIT: i64 = 10 * SECOND;
pub(crate) const DAY: i64 = 86_400 * SECOND;
pub(crate) const BEGIN: i64 = 1_777_600_000 * SECOND;

pub(crate) const USER: usize = 0;
pub(crate) const ID: usize = 1;
pub(crate) const AMOUNT: usize = 2;
pub(crate) const COUNTRY: usize = 3;
pub(crate) const WEIGHT: usize = 4;
pub(crate) const GONE: usize = 5;

/// An event source: where its rows are, and what is said of them beside their columns.
#[derive(Clone, Copy)]
pub(crate) struct Declared {
    pub(crate) source: Source,
    pub(crate) settling: i64,
    pub(crate) lateness: i64,
    /// Whether rows have a created time, and may take their event back.
    pub(crate) corrected: bool,
    pub(crate) cadence: Option<Cadence>,
    pub(crate) checks: &'static [Check],
}

pub(crate) const DECLARED: Declared = Declared {
    source: Source::Path("payments.parquet"),
    settling: 0,
    lateness: 3_600 * SECOND,
    corrected: false,
    cadence: None,
    checks: &[],
};

impl Declared {
    /// The event source, which never goes.
    pub(crate) fn make(self) -> EventSourceDefinition {
        source(self)
    }
}

fn source(declared: Declared) -> EventSourceDefinition {
    let Declared {
        settling,
        corrected,
        ..
    } = declared;
    let column = |name, dtype, nullable| {
        column_definition(ColumnParts {
            name,
            source_column: name,
            dtype,
            nullable,
            description: "",
            unit: None,
            default: None,
            checks: if name == "amount" {
                declared.checks
            } else {
                &[]
            },
            mostly: None,
        })
    };
    let amount = Dtype::Decimal {
        precision: 12,
        scale: 2,
    };
    let columns = vec![
        column("user_id", Dtype::String, false),
        column("payment_id", Dtype::I64, false),
        column("amount", amount, true),
        column("country", Dtype::String, true),
        column("weight", Dtype::F64, true),
        column("gone", Dtype::Bool, false),
    ];
    event_source_definition(EventSourceParts {
        rows: leak(view_definition(ViewParts {
            type_name: "Payment",
            module: "tests",
            name: "payment",
            version: 1,
            description: "",
            owner: None,
            tags: &[],
            entity: &[],
            entity_order: &[],
            source: declared.source,
            timestamp: "paid_at",
            created: corrected.then_some("created_at"),
            ttl: None,
            cadence: declared.cadence,
            settling,
            columns: leak(columns),
            drift: Drift::Deny,
            windows: None,
        })),
        timestamp: "paid_at",
        created: corrected.then_some("created_at"),
        id: &[ID],
        deleted: corrected.then_some(GONE),
        lateness: declared.lateness,
        push: false,
        retention: None,
    })
}

pub(crate) static PLAIN: LazyLock<EventSourceDefinition> = LazyLock::new(|| DECLARED.make());
pub(crate) static CORRECTED: LazyLock<EventSourceDefinition> = LazyLock::new(|| {
    Declared {
        settling: 2 * UNIT,
        corrected: true,
        ..DECLARED
    }
    .make()
});

/// A feature: its name, what it is, its dtype and whether it may be null.
pub(crate) type Asked = (&'static str, WindowFeature, Dtype, bool);

pub(crate) fn view(
    name: &'static str,
    events: fn() -> &'static EventSourceDefinition,
    asked: &[Asked],
) -> &'static ViewDefinition {
    let rows = events().rows();
    let columns = asked.iter().map(|(name, _, dtype, nullable)| {
        column_definition(ColumnParts {
            name,
            source_column: name,
            dtype: *dtype,
            nullable: *nullable,
            description: "",
            unit: None,
            default: None,
            checks: &[],
            mostly: None,
        })
    });
    let features: Vec<WindowFeature> = asked.iter().map(|(_, feature, ..)| *feature).collect();
    leak(view_definition(ViewParts {
        type_name: "UserPayments",
        module: "tests",
        name,
        version: 1,
        description: "",
        owner: None,
        tags: &[],
        entity: leak([named_key("user_id", "user_id", Dtype::String, "")]),
        entity_order: &[0],
        source: rows.source(),
        timestamp: rows.timestamp_column(),
        created: rows.created_column(),
        ttl: None,
        cadence: rows.cadence(),
        settling: rows.settling_micros(),
        columns: leak(columns.collect::<Vec<_>>()),
        drift: Drift::Deny,
        windows: Some(window_features(WindowParts {
            events,
            keys: &[USER],
            features: leak(features),
        })),
    }))
}

pub(crate) const AMOUNT_TYPE: Dtype = Dtype::Decimal {
    precision: 18,
    scale: 2,
};
pub(crate) const LARGE: Filter = Filter::Compare {
    column: AMOUNT,
    comparison: Comparison::Greater,
    constant: Constant::Int(10),
};

pub(crate) fn asked(window: Window, suffix: &str) -> Vec<Asked> {
    let text_type = Dtype::String;
    let feature = |aggregate, column| WindowFeature {
        aggregate,
        column,
        filter: None,
        window,
    };
    let precision = Precision::of_error(0.02).unwrap();
    let amount = Dtype::Decimal {
        precision: 12,
        scale: 2,
    };
    let all = vec![
        ("events", feature(Aggregate::Count, None), Dtype::I64, false),
        (
            "amounts",
            feature(Aggregate::Count, Some(AMOUNT)),
            Dtype::I64,
            false,
        ),
        (
            "large",
            WindowFeature {
                filter: Some(&LARGE),
                ..feature(Aggregate::Count, None)
            },
            Dtype::I64,
            false,
        ),
        (
            "sum",
            feature(Aggregate::Sum, Some(AMOUNT)),
            AMOUNT_TYPE,
            false,
        ),
        ("least", feature(Aggregate::Min, Some(AMOUNT)), amount, true),
        (
            "greatest",
            feature(Aggregate::Max, Some(COUNTRY)),
            text_type,
            true,
        ),
        (
            "last",
            feature(Aggregate::Last, Some(COUNTRY)),
            text_type,
            true,
        ),
        (
            "recent",
            feature(Aggregate::LastOf(2), Some(COUNTRY)),
            Dtype::list_of(&Dtype::String, false),
            false,
        ),
        (
            "distinct",
            feature(Aggregate::Distinct(precision), Some(COUNTRY)),
            Dtype::I64,
            false,
        ),
        (
            "spread",
            feature(Aggregate::Variance(Divisor::Population), Some(AMOUNT)),
            Dtype::F64,
            true,
        ),
        (
            "weight",
            feature(Aggregate::Sum, Some(WEIGHT)),
            Dtype::F64,
            false,
        ),
    ];
    let named = all.into_iter().map(|(name, feature, dtype, nullable)| {
        let mut full = name.to_owned();
        write!(full, "_{suffix}").unwrap();
        (text(full), feature, dtype, nullable)
    });
    named.collect()
}

/// The windows of the views, by what their features' names end with.
pub(crate) fn windows() -> [(&'static str, Window); 3] {
    [
        ("a", Window::new(Some(5 * UNIT), None, 0).unwrap()),
        (
            "b",
            Window::new(Some(12 * UNIT), Some(4 * UNIT), 1).unwrap(),
        ),
        ("c", Window::new(None, None, 3 * UNIT).unwrap()),
    ]
}

pub(crate) fn views(
    events: fn() -> &'static EventSourceDefinition,
) -> [&'static ViewDefinition; 2] {
    let [a, b, c] = windows();
    let mut short = asked(a.1, a.0);
    short.extend(asked(b.1, b.0));
    [
        view("short", events, &short),
        view("ever", events, &asked(c.1, c.0)),
    ]
}
