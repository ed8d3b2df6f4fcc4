//! What every online store does, checked on each of them, and what each does when things go wrong.

#![allow(clippy::unwrap_used, clippy::panic)]

mod concurrency;
mod contract;
mod damaged;
mod embedded_faults;
mod embedded_reads;
mod format;
mod many;
mod newer_wins;
mod projects;
mod records;
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
mod rows;
mod scans;
mod versions;

use std::sync::Arc;

use featurestore::online::{EmbeddedStore, OnlineStore, RedisStore};
use featurestore_tests::{RedisCluster, RedisServer, RedisTls};

/// Opens the store under test. On Redis each call makes a store with a connection of its own; an
/// embedded store has one handle per process.
type Open<'a> = &'a (dyn Fn() -> Arc<dyn OnlineStore> + Sync);

macro_rules! conformance {
    ($($part:ident::$rule:ident,)+) => {
        mod redis {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                let server = super::RedisServer::start().unwrap();
                super::$part::$rule(&|| {
                    std::sync::Arc::new(super::RedisStore::new(server.url()).unwrap())
                })
                .await;
            })+
        }

        mod conformance_redis_cache {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                let server = super::RedisServer::start().unwrap();
                super::$part::$rule(&|| {
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
                super::$part::$rule(&|| {
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
                    super::$part::$rule(&|| {
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
                let path = directory.path().join("new/directory/online.redb");
                let store: std::sync::Arc<dyn super::OnlineStore> =
                    std::sync::Arc::new(super::EmbeddedStore::new(path));
                super::$part::$rule(&|| std::sync::Arc::clone(&store)).await;
            })+
        }
    };
}

conformance! {
    contract::nothing_asked_for_is_nothing_found,
    contract::rows_come_back_in_the_order_asked_for,
    contract::what_is_not_there_is_none,
    contract::keys_and_rows_hold_any_bytes,
    contract::thousands_of_entities_take_one_call,
    contract::rows_larger_than_a_batch_are_written,
    newer_wins::the_newer_row_wins_by_event_then_created_time,
    newer_wins::rows_of_one_time_are_compared_as_those_of_many,
    newer_wins::an_equal_row_overwrites,
    newer_wins::rows_of_one_key_in_one_call_count_in_their_order,
    newer_wins::a_damaged_row_never_blocks_a_write,
    newer_wins::a_damaged_row_never_replaces_a_good_one,
    newer_wins::any_history_ends_as_in_a_plain_map,
    projects::a_layout_is_kept_and_found,
    projects::a_second_layout_with_the_same_id_is_refused,
    projects::deleting_a_project_touches_no_other,
    projects::deleting_counts_entities,
    records::a_record_is_replaced_only_where_it_is_what_was_read,
    records::an_empty_record_is_one,
    records::a_record_is_its_projects_and_goes_with_it,
    records::of_many_who_swap_at_once_one_does,
    scans::a_scan_gives_each_entity_of_the_project_with_all_its_fields,
    scans::deleting_a_view_touches_no_other_view_or_project,
    concurrency::no_reader_sees_time_go_back_and_the_newest_row_stays,
    versions::rows_of_other_builds_are_read_by_the_layouts_that_are_kept,
    versions::what_another_build_wrote_and_this_one_can_not_read_is_named,
    damaged::a_damaged_row_fails_no_other_row_of_its_batch,
    damaged::rows_of_a_layout_that_nobody_kept_ask_for_it_once,
}
