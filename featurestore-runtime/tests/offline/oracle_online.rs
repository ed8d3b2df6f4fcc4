//! Materialization against the oracle of the join: the online store gets of each entity the row that
//! the join takes at that time, whatever views reject, and verification finds it so.

use std::collections::{BTreeMap, BTreeSet};

use featurestore::online::{Address, OnlineStore};
use featurestore::types::ValueRef;
use featurestore::view::ViewDefinition;
use proptest::prelude::*;

use crate::definitions::ViewSpec;
use crate::materialize::{online, run};
use crate::oracle::{answer, views};
use crate::oracle_cases::{Case, Kind, Options, SpineRow, ViewOptions, options, write_files};
use crate::support::{Fixture, time, wait};

const MARK: &str = "online";

/// What the store gets of a view: each entity's address, and the value.
fn expected(
    options: &Options,
    view: &ViewOptions,
    definition: &'static ViewDefinition,
    cases: &[Case],
) -> BTreeMap<String, String> {
    let options = Options {
        known_at: None,
        ..options.clone()
    };
    // A row that has expired is there, too; who reads it sees by its time.
    let view = ViewOptions { ttl: None, ..*view };
    let wanted = definition.join_keys().len();
    let now = time("2026-06-01T00:00:00Z").timestamp_nanos_opt().unwrap();
    let mut expected = BTreeMap::new();
    for case in cases {
        let rows = &case.sources[view.source];
        let keys: BTreeSet<_> = rows.iter().map(|row| row.keys).collect();
        for keys in keys {
            let spine = SpineRow { keys, time: now };
            let found = answer(&options, &view, rows, &spine);
            if found.event.is_none() {
                continue;
            }
            let parts: Vec<_> = keys[..wanted]
                .iter()
                .map(|key| ValueRef::UInt(key.unwrap().into()))
                .collect();
            let address = Address::new("test", &definition.key_values(&parts).unwrap());
            let value = found
                .value
                .map_or_else(|| "-".to_owned(), |it| it.to_string());
            expected.insert(address.to_string(), value);
        }
    }
    expected
}

#[test]
fn the_online_store_gets_the_rows_that_the_oracle_takes() {
    let fixture = Fixture::new();
    let kind = Kind {
        created: None,
        outlier: false,
    };
    let cases = (options(kind), any::<u64>());
    let outcome = featurestore_properties::runner(16).run(&cases, |(options, seed)| {
        let cases: Vec<Case> = (0..96)
            .map(|place| Case::new(&options, [seed, place.into()], 4 * place))
            .collect();
        write_files(&fixture, &options, &cases, MARK);
        let definitions: Vec<&'static ViewDefinition> = views(&options, MARK)
            .into_iter()
            .map(ViewSpec::leak)
            .collect();
        wait(fixture.online.delete_project("test")).unwrap();
        let report = run(&fixture, &definitions);
        for ((view, definition), report) in
            options.views.iter().zip(&definitions).zip(report.views())
        {
            prop_assert!(report.error().is_none(), "{:?}", report.error());
            let expected = expected(&options, view, definition, &cases);
            let stored = online(&fixture, definition).into_iter().map(|row| {
                let words: Vec<&str> = row.split(' ').collect();
                (words[0].to_owned(), words[words.len() - 1].to_owned())
            });
            let stored: BTreeMap<String, String> = stored.collect();
            prop_assert_eq!(report.written(), expected.len() as u64);
            prop_assert_eq!(stored, expected, "{:?}", view);
        }
        let verify = fixture
            .store
            .online_verify()
            .views(definitions.iter().copied());
        let verified = wait(verify.sample(1_000).run()).unwrap();
        let differences: Vec<_> = verified.differences().collect();
        prop_assert!(differences.is_empty(), "{:?}", differences);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
