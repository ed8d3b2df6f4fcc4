//! What every online store does, checked on each of them, and what each does when things go wrong.

#![allow(clippy::unwrap_used, clippy::panic)]

mod answers;
mod causes;
mod damaged;
mod embedded_faults;
mod embedded_files;
mod embedded_full;
mod embedded_reads;
mod format;
mod many;
mod named;
mod pushes;
mod redis_addresses;
mod redis_cache;
mod redis_cluster;
mod redis_commands;
mod redis_faults;
mod redis_replicas;
mod redis_runtimes;
mod redis_security;
mod redis_sentinel;
mod redis_trouble;
mod versions;

use featurestore::online::{EmbeddedStore, OnlineStore, RedisStore};
use featurestore::testing::contract::{self, Open};
use featurestore::testing::{MemoryStore, rows};
use featurestore_tests::{RedisCluster, RedisServer, RedisTls};

/// Runs a rule of the contract; one that only these tests have is given.
async fn run(rule: &str, open: Open<'_>) {
    let case = contract::case(rule).unwrap_or_else(|| panic!("the contract has no `{rule}`"));
    case.run(open).await;
}

/// Runs each rule against each store: those of the contract for online stores, and those that
/// need whole views.
macro_rules! conformance {
    (contract { $($rule:ident,)+ } views { $($part:ident::$view:ident,)+ }) => {
        /// The rules and how they are run.
        mod rules {
            use super::Open;

            $(pub(super) async fn $rule(open: Open<'_>) {
                super::run(stringify!($rule), open).await;
            })+
            $(pub(super) use super::$part::$view;)+

            #[test]
            fn none_of_the_contract_is_left_out() {
                let rules = [$(stringify!($rule)),+];
                let cases = super::contract::CASES.iter().map(|case| case.name());
                assert_eq!(cases.collect::<Vec<_>>(), rules);
            }
        }

        conformance! { each { $($rule,)+ $($view,)+ } }
    };
    (each { $($rule:ident,)+ }) => {
        mod redis {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                let server = super::RedisServer::start().unwrap();
                super::rules::$rule(&|| {
                    std::sync::Arc::new(super::RedisStore::new(server.url()).unwrap())
                })
                .await;
            })+
        }

        mod conformance_redis_cache {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                let server = super::RedisServer::start().unwrap();
                super::rules::$rule(&|| {
                    let url = format!("{}?cache=1000", server.url());
                    std::sync::Arc::new(super::RedisStore::new(url).unwrap())
                })
                .await;
            })+
        }

        mod conformance_redis_tls {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                let server = super::RedisTls::start().unwrap();
                super::rules::$rule(&|| {
                    std::sync::Arc::new(super::RedisStore::new(server.url()).unwrap())
                })
                .await;
            })+
        }

        mod conformance_redis_cluster {
            // One cluster for all, as it takes seconds to start.
            #[tokio::test(flavor = "multi_thread")]
            async fn every_rule_holds() {
                let cluster = super::RedisCluster::start().unwrap();
                $(
                    println!("{}", stringify!($rule));
                    super::rules::$rule(&|| {
                        std::sync::Arc::new(super::RedisStore::new(cluster.url()).unwrap())
                    })
                    .await;
                    for master in cluster.masters() {
                        master.run("FLUSHALL").unwrap();
                    }
                )+
            }
        }

        mod embedded {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                let directory = tempfile::tempdir().unwrap();
                let path = directory.path().join("online.redb");
                let store: std::sync::Arc<dyn super::OnlineStore> =
                    std::sync::Arc::new(super::EmbeddedStore::new(path));
                super::rules::$rule(&|| std::sync::Arc::clone(&store)).await;
            })+
        }

        mod memory {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                let store: std::sync::Arc<dyn super::OnlineStore> =
                    std::sync::Arc::new(super::MemoryStore::new());
                super::rules::$rule(&|| std::sync::Arc::clone(&store)).await;
            })+
        }
    };
}

conformance! {
    contract {
        nothing_asked_for_is_nothing_found,
        rows_come_back_in_the_order_asked_for,
        what_is_not_there_is_none,
        keys_and_rows_hold_any_bytes,
        thousands_of_entities_take_one_call,
        rows_larger_than_a_batch_are_written,
        the_newer_row_wins_by_event_then_created_time,
        rows_of_one_time_are_compared_as_those_of_many,
        an_equal_row_overwrites,
        rows_of_one_key_in_one_call_count_in_their_order,
        a_damaged_row_never_blocks_a_write,
        a_damaged_row_never_replaces_a_good_one,
        any_history_ends_as_in_a_plain_map,
        a_layout_is_kept_and_found,
        a_second_layout_with_the_same_id_is_refused,
        deleting_a_project_touches_no_other,
        deleting_counts_entities,
        a_record_is_replaced_only_where_it_is_what_was_read,
        an_empty_record_is_one,
        a_record_is_its_projects_and_goes_with_it,
        of_many_who_swap_at_once_one_does,
        a_state_is_written_where_it_is_the_one_that_was_read,
        a_state_that_is_written_again_is_written,
        a_state_replaces_its_own_fields_and_no_others,
        a_state_of_thousands_of_fields_is_written_as_one,
        any_bytes_of_a_state_can_be_replaced,
        deleting_a_view_takes_its_states_along,
        of_writers_at_once_none_is_lost_and_no_reader_sees_a_part,
        a_scan_gives_each_entity_of_the_project_with_all_its_fields,
        deleting_a_view_touches_no_other_view_or_project,
        no_reader_sees_time_go_back_and_the_newest_row_stays,
    }
    views {
        versions::rows_of_other_builds_are_read_by_the_layouts_that_are_kept,
        versions::what_another_build_wrote_and_this_one_can_not_read_is_named,
        versions::what_a_row_lacks_is_missing_and_its_other_columns_are_served,
        versions::a_bool_that_was_never_stored_is_missing_and_not_false,
        damaged::a_damaged_row_fails_no_other_row_of_its_batch,
        damaged::rows_of_a_layout_that_nobody_kept_ask_for_it_once,
    }
}
