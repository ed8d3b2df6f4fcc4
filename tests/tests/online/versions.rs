//! Rows of older and newer builds, read through the whole store.

use std::sync::Arc;

use featurestore::StoreError;
use featurestore::codec::{Header, encode_row};
use featurestore::online::{Address, Merge, OnlineStore, RowWrite, StoredLayout};
use featurestore::prelude::*;
use featurestore::types::{Value, ValueRef};
use featurestore_schema::Layout;

use super::Open;

/// What a user pays for.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    Free,
    Paid,
}

/// A user as this build declares one.
#[feature_view(entity = "user_id", table = "profiles")]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Profile {
    pub(crate) user_id: String,
    pub(crate) event_timestamp: Timestamp,
    pub(crate) visits: i32,
    pub(crate) label: Option<String>,
    pub(crate) plan: Plan,
    #[column(default = 7)]
    pub(crate) bonus: i64,
    pub(crate) score: f64,
}

/// What is served of it.
#[feature_service]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Served {
    #[from(Profile)]
    pub(crate) label: Option<String>,
    #[from(Profile, default = 0)]
    pub(crate) visits: i32,
    #[from(Profile, default = 0.0)]
    pub(crate) score: f64,
}

fn time() -> Timestamp {
    "2026-05-07T21:00:00Z".parse().unwrap()
}

pub(crate) fn address(key: &str) -> Address {
    let view = Profile::definition();
    Address::new("p", &view.key_values(&[ValueRef::Str(key)]).unwrap())
}

pub(crate) async fn store(online: Arc<dyn OnlineStore>) -> FeatureStore {
    let store = FeatureStore::builder("p")
        .registry(featurestore::registry![])
        .online_store(online);
    store.open().await.unwrap()
}

/// Keeps a layout and writes a row of it, as the build does that declares it: a line per column,
/// with its value behind a `=`, or `null`.
async fn write_as(online: &dyn OnlineStore, key: &str, columns: &str) {
    let lines: Vec<(&str, &str)> = columns
        .lines()
        .map(|line| line.trim().split_once(" = ").unwrap())
        .collect();
    let text: String = lines
        .iter()
        .map(|(column, _)| format!("{column}\n"))
        .collect();
    let layout = Layout::parse(&text).unwrap();
    let values: Vec<Option<Value>> = lines
        .iter()
        .zip(layout.columns())
        .map(|((_, value), column)| {
            (*value != "null").then(|| Value::parse(value, column.dtype).unwrap())
        })
        .collect();
    let borrowed: Vec<_> = values
        .iter()
        .zip(layout.columns())
        .map(|(value, column)| {
            value
                .as_ref()
                .map(|value| value.borrow(column.dtype).unwrap())
        })
        .collect();
    let header = Header::new(layout.id(), time(), None);
    let mut row = Vec::new();
    encode_row(&layout, &header, &borrowed, &mut row).unwrap();
    keep(online, layout.id(), &text).await;
    write_bytes(online, key, row).await;
}

async fn keep(online: &dyn OnlineStore, id: u32, text: &str) {
    let layout = StoredLayout::new(Profile::definition().field(), id, text);
    online.keep_layout("p", &layout).await.unwrap();
}

pub(crate) async fn write_bytes(online: &dyn OnlineStore, key: &str, row: Vec<u8>) {
    let field = Profile::definition().field();
    let row = RowWrite::new(address(key), field, row, Merge::NewerWins);
    online.write(&[row]).await.unwrap();
}

pub(crate) fn profile(user_id: &str) -> Profile {
    Profile {
        user_id: user_id.to_owned(),
        event_timestamp: time(),
        visits: 3,
        label: Some("ü".to_owned()),
        plan: Plan::Paid,
        bonus: 1,
        score: 0.5,
    }
}

pub(crate) async fn rows_of_other_builds_are_read_by_the_layouts_that_are_kept(open: Open<'_>) {
    let online = open();
    let store = store(open()).await;
    store.push(&[profile("own")]).await.unwrap();
    let mut expected = vec![("own", profile("own"))];

    // An older build: without `bonus`, narrower, in another order, an enum that was smaller.
    write_as(
        &*online,
        "older",
        "score f32 = 0.5\nplan enum(\"paid\") = paid\nlabel string = ü\nvisits i8 = 3",
    )
    .await;
    expected.push((
        "older",
        Profile {
            bonus: 7,
            ..profile("older")
        },
    ));

    // A newer one: wider, more columns, of dtypes as well, an enum that grew, new nulls.
    write_as(
        &*online,
        "newer",
        "plan enum(\"trial\", \"paid\", \"free\")? = paid\nvisits i64 = 3\ntags list(string?) = [null, \"a\"]\n\
         bonus decimal(22, 2) = 1.00\nlabel string? = ü\nscore f64? = 0.5\nadded json = {}",
    )
    .await;
    expected.push(("newer", profile("newer")));

    // One that renamed `label`.
    write_as(
        &*online,
        "renamed",
        "visits i32 = 3\ntitle string? = ü\nplan enum(\"free\", \"paid\") = paid\nbonus i64 = 1\nscore f64 = 0.5",
    )
    .await;
    expected.push((
        "renamed",
        Profile {
            label: None,
            ..profile("renamed")
        },
    ));

    for (key, expected) in expected {
        let key = key.to_owned();
        let read = store.get::<Profile>(&key).await.unwrap();
        assert_eq!(read, Lookup::Found(expected.clone()), "{key}");
        let served = store.serve::<Served>(&key).await.unwrap();
        assert_eq!((served.label, served.visits), (expected.label, 3), "{key}");
    }
}

pub(crate) async fn what_another_build_wrote_and_this_one_can_not_read_is_named(open: Open<'_>) {
    let online = open();
    let store = store(open()).await;
    let rest = "label string? = ü\nbonus i64 = 1";
    for (key, columns, said) in [
        (
            "beyond",
            "visits i64 = 3000000000\nplan enum(\"free\", \"paid\") = paid\nscore f64 = 0.5",
            "`visits`: the value 3000000000 is not of dtype i32",
        ),
        (
            "variant",
            "visits i32 = 3\nplan enum(\"trial\", \"paid\") = trial\nscore f64 = 0.5",
            "`plan`: `trial` is none of the variants",
        ),
        (
            "removed",
            "visits i32 = 3\nplan enum(\"free\", \"paid\") = paid",
            "the row was written without `score`, which has no default and may not be null; ",
        ),
        (
            "null",
            "visits i32? = null\nplan enum(\"free\", \"paid\") = paid\nscore f64 = 0.5",
            "`visits`: the value is null, and the feature may not be; ",
        ),
        (
            "retyped",
            "visits string = 3\nplan enum(\"free\", \"paid\") = paid\nscore f64 = 0.5",
            "the row was written with `visits` as string, declared is i32; ",
        ),
    ] {
        write_as(&*online, key, &format!("{columns}\n{rest}")).await;
        let error = store.get::<Profile>(&key.to_owned()).await.unwrap_err();
        assert_named(&error, key, said);
    }
    keep(&*online, 0x0102_0304, "visits quantum(3)\n").await;
    let mut row = vec![0x11, 2, 3, 4];
    row.extend([0x80, 0, 0, 0, 0, 0, 0, 0]);
    write_bytes(&*online, "dtype", row).await;
    let error = store.get::<Profile>(&"dtype".to_owned()).await.unwrap_err();
    assert_named(
        &error,
        "dtype",
        "the row's layout 1020304 is one that this build can't read: line 1 of a layout: `quantum(3)` is not a dtype; ",
    );
}

pub(crate) async fn what_a_row_lacks_is_missing_and_its_other_columns_are_served(open: Open<'_>) {
    let online = open();
    let store = store(open()).await;
    let rest = "plan enum(\"free\", \"paid\") = paid\nlabel string? = ü\nbonus i64 = 1";
    for (key, columns, visits, score) in [
        ("removed", "visits i32 = 3", Some(3), None),
        ("renamed", "visits i32 = 3\npoints f64 = 0.5", Some(3), None),
        (
            "null",
            "visits i32? = null\nscore f64 = 0.5",
            None,
            Some(0.5),
        ),
        (
            "retyped",
            "visits string = 3\nscore f64 = 0.5",
            None,
            Some(0.5),
        ),
        ("neither", "visits string = 3", None, None),
    ] {
        write_as(&*online, key, &format!("{columns}\n{rest}")).await;
        let key = key.to_owned();
        let served = store.serve::<Served>(&key).await.unwrap();
        let expected = Served {
            label: Some("ü".to_owned()),
            visits: visits.unwrap_or(0),
            score: score.unwrap_or(0.0),
        };
        assert_eq!(served, expected, "{key}");
        let columns = (Profile::SCORE, Profile::VISITS, Profile::LABEL);
        let (own_score, own_visits, label) = store.select(&key, columns).await.unwrap();
        let lookup = |value: Option<i32>| value.map_or(Lookup::Missing, Lookup::Found);
        assert_eq!(own_visits, lookup(visits), "{key}");
        assert_eq!(
            own_score,
            score.map_or(Lookup::Missing, Lookup::Found),
            "{key}"
        );
        assert_eq!(label, Lookup::Found(Some("ü".to_owned())), "{key}");
        // A whole row is another matter.
        let error = store.get::<Profile>(&key).await.unwrap_err().to_string();
        assert!(
            error.starts_with("the row of view `profile` at p:user_id:"),
            "{error}"
        );
    }
    // A value that this build does not have is an error of its column alone.
    let columns = "visits i64 = 3000000000\nscore f64 = 0.5";
    write_as(&*online, "beyond", &format!("{columns}\n{rest}")).await;
    let key = "beyond".to_owned();
    let (score, label) = store
        .select(&key, (Profile::SCORE, Profile::LABEL))
        .await
        .unwrap();
    assert_eq!(
        (score, label),
        (Lookup::Found(0.5), Lookup::Found(Some("ü".to_owned())))
    );
    let error = store.select(&key, (Profile::VISITS,)).await.unwrap_err();
    assert_named(
        &error,
        "beyond",
        "`visits`: the value 3000000000 is not of dtype i32",
    );
}

/// What an older build declared.
mod older {
    use featurestore::prelude::*;

    #[feature_view(entity = "user_id", table = "flags")]
    #[derive(Debug, Clone)]
    pub(super) struct Flags {
        pub(super) user_id: String,
        pub(super) event_timestamp: Timestamp,
        pub(super) seen: i64,
    }
}

/// What this build declares, with a column that the older one never stored.
#[feature_view(entity = "user_id", table = "flags")]
#[derive(Debug, Clone)]
#[allow(dead_code)] // only rows of the older build are read
struct Flags {
    user_id: String,
    event_timestamp: Timestamp,
    seen: i64,
    is_active: bool,
}

#[feature_service]
#[derive(Debug, Clone, PartialEq)]
struct Flagged {
    #[from(Flags)]
    seen: Option<i64>,
    #[from(Flags)]
    is_active: Option<bool>,
    #[from(Flags, column = is_active)]
    looked_up: Lookup<bool>,
}

pub(crate) async fn a_bool_that_was_never_stored_is_missing_and_not_false(open: Open<'_>) {
    let store = store(open()).await;
    let row = older::Flags {
        user_id: "ada".to_owned(),
        event_timestamp: time(),
        seen: 5,
    };
    store.push(&[row]).await.unwrap();
    let served = store.serve::<Flagged>(&"ada".to_owned()).await.unwrap();
    let expected = Flagged {
        seen: Some(5),
        is_active: None,
        looked_up: Lookup::Missing,
    };
    assert_eq!(served, expected);
    // As HTTP and the other edges read it.
    let plan = store.plan_service(Flagged::definition());
    let key = vec![Value::Str("ada".to_owned())];
    let read = store.read_plan(&plan, &[key]).await.unwrap();
    let read = read.into_iter().next().unwrap().unwrap();
    let read: Vec<_> = read.into_iter().map(|it| (it.value, it.status)).collect();
    let missing = (None, Status::Missing);
    let seen = (Some(Value::Int(5)), Status::Found);
    assert_eq!(read, [seen, missing.clone(), missing]);
}

/// The error names the view and the entity, and says what is wrong.
pub(crate) fn assert_named(error: &StoreError, key: &str, said: &str) {
    let text = error.to_string();
    let start = format!("the row of view `profile` at p:user_id:{key}: {said}");
    assert!(text.starts_with(&start), "{text}");
}
