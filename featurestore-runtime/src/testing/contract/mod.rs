//! What every online store does, as cases that a test runs against one.

mod concurrency;
mod layouts;
mod newer_wins;
mod open;
mod projects;
mod reading;
mod records;
mod scans;
mod states;

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::online::OnlineStore;

pub use open::Open;

/// A rule that every online store keeps.
#[derive(Clone, Copy)]
pub struct Case {
    name: &'static str,
    run: for<'a> fn(Open<'a>) -> BoxFuture<'a, ()>,
}

impl Case {
    /// The rule, in words with `_` between them.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it against a store that is empty.
    ///
    /// # Panics
    ///
    /// A store that does not keep the rule.
    pub async fn run(&self, open: Open<'_>) {
        (self.run)(open).await;
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Case({})", self.name)
    }
}

/// The case with this name.
#[must_use]
pub fn case(name: &str) -> Option<&'static Case> {
    CASES.iter().find(|case| case.name == name)
}

/// Runs all cases, each against a store that `fresh` makes and that is empty. To be run in a tokio
/// runtime of several threads, as writers and readers run at once.
///
/// ```
/// use std::sync::Arc;
///
/// use featurestore::online::OnlineStore;
/// use featurestore::testing::{MemoryStore, contract};
///
/// # fn main() -> std::io::Result<()> {
/// let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
/// runtime.block_on(contract::check(|| Arc::new(MemoryStore::new())));
/// # Ok(())
/// # }
/// ```
///
/// # Panics
///
/// A store that does not keep a rule; its name is printed before.
pub async fn check(fresh: impl Fn() -> Arc<dyn OnlineStore>) {
    for case in CASES {
        println!("{}", case.name);
        let store = fresh();
        case.run(&|| Arc::clone(&store)).await;
    }
}

macro_rules! cases {
    ($($part:ident::$rule:ident,)+) => {
        /// All cases.
        pub const CASES: &[Case] = &[$(Case {
            name: stringify!($rule),
            run: |open| Box::pin($part::$rule(open)),
        },)+];
    };
}

cases! {
    reading::nothing_asked_for_is_nothing_found,
    reading::rows_come_back_in_the_order_asked_for,
    reading::what_is_not_there_is_none,
    reading::keys_and_rows_hold_any_bytes,
    reading::thousands_of_entities_take_one_call,
    reading::rows_larger_than_a_batch_are_written,
    newer_wins::the_newer_row_wins_by_event_then_created_time,
    newer_wins::rows_of_one_time_are_compared_as_those_of_many,
    newer_wins::an_equal_row_overwrites,
    newer_wins::rows_of_one_key_in_one_call_count_in_their_order,
    newer_wins::a_damaged_row_never_blocks_a_write,
    newer_wins::a_damaged_row_never_replaces_a_good_one,
    newer_wins::any_history_ends_as_in_a_plain_map,
    layouts::a_layout_is_kept_and_found,
    layouts::a_second_layout_with_the_same_id_is_refused,
    projects::deleting_a_project_touches_no_other,
    projects::deleting_counts_entities,
    records::a_record_is_replaced_only_where_it_is_what_was_read,
    records::an_empty_record_is_one,
    records::a_record_is_its_projects_and_goes_with_it,
    records::of_many_who_swap_at_once_one_does,
    states::a_state_is_written_where_it_is_the_one_that_was_read,
    states::a_state_that_is_written_again_is_written,
    states::a_state_replaces_its_own_fields_and_no_others,
    states::a_state_of_thousands_of_fields_is_written_as_one,
    states::any_bytes_of_a_state_can_be_replaced,
    states::deleting_a_view_takes_its_states_along,
    states::of_writers_at_once_none_is_lost_and_no_reader_sees_a_part,
    scans::a_scan_gives_each_entity_of_the_project_with_all_its_fields,
    scans::deleting_a_view_touches_no_other_view_or_project,
    concurrency::no_reader_sees_time_go_back_and_the_newest_row_stays,
}
