//! What is served: three views of a user, and five wide ones.

use std::error::Error;

use featurestore::prelude::*;
use featurestore::view::ViewDefinition;

pub(crate) const USERS: usize = 10_000;

/// How a user watches.
#[feature_view(entity = "user_id", table = "segments", name = "user_segment")]
#[derive(Debug, Clone)]
pub(crate) struct Segments {
    /// Who.
    pub(crate) user_id: String,
    /// When.
    pub(crate) event_timestamp: Timestamp,
    /// The segment.
    pub(crate) user_segment: String,
}

/// How much a user watches.
#[feature_view(entity = "user_id", table = "activity", name = "watch_activity")]
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    /// Who.
    pub(crate) user_id: String,
    /// When.
    pub(crate) event_timestamp: Timestamp,
    /// How much.
    pub(crate) watch_count_30d: i64,
}

/// What a user watched last.
#[feature_view(entity = "user_id", table = "genres", name = "last_genre")]
#[derive(Debug, Clone)]
pub(crate) struct Genres {
    /// Who.
    pub(crate) user_id: String,
    /// When.
    pub(crate) event_timestamp: Timestamp,
    /// The genre.
    pub(crate) last_genre: String,
}

/// All of it.
#[feature_service]
#[derive(Debug, Clone)]
#[allow(dead_code)] // it is asked by name
pub(crate) struct Watching {
    /// The segment.
    #[from(Segments)]
    pub(crate) user_segment: Option<String>,
    /// The count.
    #[from(Activity, default = 0)]
    pub(crate) watch_count_30d: i64,
    /// The genre.
    #[from(Genres)]
    pub(crate) last_genre: Option<String>,
}

macro_rules! wide {
    ($view:ident: $($int:ident)*; $($float:ident)*; $flag:ident; $text:ident) => {
        /// Ten features.
        #[feature_view(entity = "user_id", table = "wide")]
        #[derive(Debug, Clone)]
        pub(crate) struct $view {
            /// Who.
            pub(crate) user_id: String,
            /// When.
            pub(crate) event_timestamp: Timestamp,
            $(/// A count.
            pub(crate) $int: i64,)*
            $(/// A mean.
            pub(crate) $float: f64,)*
            /// A flag.
            pub(crate) $flag: bool,
            /// A text.
            pub(crate) $text: String,
        }

        impl $view {
            const NAMES: &[&str] = &[$(stringify!($int),)* $(stringify!($float),)* stringify!($flag), stringify!($text)];

            fn of(user: usize, event_timestamp: Timestamp) -> Self {
                let number = number(user);
                Self {
                    user_id: user_id(user),
                    event_timestamp,
                    $($int: number * 31 % 1_000,)*
                    $($float: f64::from(u16::try_from(number).unwrap_or(0)) / 7.0,)*
                    $flag: number % 3 == 0,
                    $text: format!("text {}", number % 100),
                }
            }
        }
    };
}

wide!(Wide0: count_0_0 count_0_1 count_0_2 count_0_3; mean_0_0 mean_0_1 mean_0_2 mean_0_3; flag_0; name_0);
wide!(Wide1: count_1_0 count_1_1 count_1_2 count_1_3; mean_1_0 mean_1_1 mean_1_2 mean_1_3; flag_1; name_1);
wide!(Wide2: count_2_0 count_2_1 count_2_2 count_2_3; mean_2_0 mean_2_1 mean_2_2 mean_2_3; flag_2; name_2);
wide!(Wide3: count_3_0 count_3_1 count_3_2 count_3_3; mean_3_0 mean_3_1 mean_3_2 mean_3_3; flag_3; name_3);
wide!(Wide4: count_4_0 count_4_1 count_4_2 count_4_3; mean_4_0 mean_4_1 mean_4_2 mean_4_3; flag_4; name_4);

/// The names of the wide views' features.
pub(crate) fn wide_names() -> impl Iterator<Item = &'static str> {
    let views = [
        Wide0::NAMES,
        Wide1::NAMES,
        Wide2::NAMES,
        Wide3::NAMES,
        Wide4::NAMES,
    ];
    views.into_iter().flatten().copied()
}

/// The fields of the wide views' rows.
pub(crate) fn wide_fields() -> impl Iterator<Item = &'static str> {
    let views = [
        Wide0::definition(),
        Wide1::definition(),
        Wide2::definition(),
        Wide3::definition(),
        Wide4::definition(),
    ];
    views.into_iter().map(ViewDefinition::field)
}

/// The key of a user's rows.
pub(crate) fn key(user_id: &str) -> String {
    format!("bench:user_id:{user_id}")
}

pub(crate) async fn open(redis: &str) -> Result<FeatureStore, featurestore::Error> {
    let declared = registry![
        Segments, Activity, Genres, Watching, Wide0, Wide1, Wide2, Wide3, Wide4
    ];
    let store = FeatureStore::builder("bench").registry(declared);
    Ok(store.online(redis).open().await?)
}

pub(crate) async fn fill(store: &FeatureStore) -> Result<(), Box<dyn Error>> {
    let now = Clock::system().now();
    let segments = (0..USERS).map(|user| Segments {
        user_id: user_id(user),
        event_timestamp: now,
        user_segment: segment(user).to_owned(),
    });
    store.push(&segments.collect::<Vec<_>>()).await?;
    let activity = (0..USERS).map(|user| Activity {
        user_id: user_id(user),
        event_timestamp: now,
        watch_count_30d: count(user),
    });
    store.push(&activity.collect::<Vec<_>>()).await?;
    let genres = (0..USERS).map(|user| Genres {
        user_id: user_id(user),
        event_timestamp: now,
        last_genre: genre(user).to_owned(),
    });
    store.push(&genres.collect::<Vec<_>>()).await?;
    macro_rules! push {
        ($($view:ident)*) => {$(
            let rows: Vec<$view> = (0..USERS).map(|user| $view::of(user, now)).collect();
            store.push(&rows).await?;
        )*};
    }
    push!(Wide0 Wide1 Wide2 Wide3 Wide4);
    Ok(())
}

pub(crate) fn user_id(user: usize) -> String {
    format!("user-{user}")
}

pub(crate) fn segment(user: usize) -> &'static str {
    ["casual", "power_user"][user % 2]
}

pub(crate) fn count(user: usize) -> i64 {
    number(user) % 200
}

pub(crate) fn genre(user: usize) -> &'static str {
    ["drama", "comedy", "documentary"][user % 3]
}

fn number(user: usize) -> i64 {
    i64::try_from(user).unwrap_or(0)
}
