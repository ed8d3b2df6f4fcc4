//! Comparing two rows of one entity.

use bytes::Bytes;

use super::report::{Difference, ViewVerified};
use crate::codec::Header;
use crate::materialize::MaterializeError;
use crate::online::Address;
use crate::store::{FeatureStore, RowFailure, live_row, reader};
use crate::time::{Timestamp, format_timestamp};
use crate::view::ViewDefinition;

/// What stands for the column of a row that is not there.
pub(super) const ROW: &str = "*";

/// Compares an entity's online row with the one that materialization would write.
pub(super) async fn compare(
    store: &FeatureStore,
    view: &'static ViewDefinition,
    address: &Address,
    (online, offline): (Option<&Bytes>, Option<&Bytes>),
    verified: &mut ViewVerified,
) -> Result<(), MaterializeError> {
    let offline = match offline {
        Some(row) => Some(read(store, view, address, row).await?),
        None => None,
    };
    let online = match online {
        Some(row) => match read(store, view, address, row).await {
            Ok(row) => Some(row),
            // What can't be read is another row than the source's.
            Err(MaterializeError::Row { error, .. }) => {
                verified.compared();
                let (online, offline) = (Some(error.to_string()), offline.map(Row::said));
                verified.differs(Difference::new(address, ROW, online, offline));
                return Ok(());
            }
            Err(error) => return Err(error),
        },
        None => None,
    };
    match (online, offline) {
        (None, None) => {}
        (Some(online), offline) if is_newer(view, &online, offline.as_ref(), verified.as_of()) => {
            verified.newer();
        }
        (Some(online), Some(offline)) => {
            verified.compared();
            let columns = online.columns.into_iter().zip(offline.columns);
            for ((column, online), (_, offline)) in columns {
                if online != offline {
                    verified.differs(Difference::new(address, column, online, offline));
                }
            }
        }
        (online, offline) => {
            verified.compared();
            let (online, offline) = (online.map(Row::said), offline.map(Row::said));
            verified.differs(Difference::new(address, ROW, online, offline));
        }
    }
    Ok(())
}

/// A row's times, and its columns as text, the event timestamp first.
struct Row {
    stamp: (Timestamp, Option<Timestamp>),
    columns: Vec<(&'static str, Option<String>)>,
}

impl Row {
    fn said(self) -> String {
        format!("a row of {}", format_timestamp(self.stamp.0))
    }
}

fn is_newer(view: &ViewDefinition, online: &Row, offline: Option<&Row>, as_of: Timestamp) -> bool {
    match offline {
        Some(offline) => online.stamp > offline.stamp,
        None => {
            let known = online.stamp.0.timestamp_micros();
            known.saturating_add(view.settling_micros()) > as_of.timestamp_micros()
        }
    }
}

async fn read(
    store: &FeatureStore,
    view: &'static ViewDefinition,
    address: &Address,
    row: &Bytes,
) -> Result<Row, MaterializeError> {
    let at = |error| MaterializeError::Row {
        view: view.name(),
        address: address.to_string(),
        error: Box::new(error),
    };
    let header = Header::read(&mut &row[..]).map_err(at)?;
    let stamp = (header.event_timestamp, header.created_timestamp);
    // At its own time no row has expired.
    let live = live_row(store, view, Some(row), header.event_timestamp);
    let live = live.await.map_err(|failure| match failure {
        RowFailure::Row(error) => at(error),
        RowFailure::Online(error) => error.into(),
    })?;
    let mut columns = vec![(
        view.timestamp_column(),
        Some(format_timestamp(header.event_timestamp)),
    )];
    if let Some(live) = live.found() {
        let mut reader = reader(view, &live).map_err(at)?;
        for (index, column) in view.columns().iter().enumerate() {
            let value = reader.value(index).map_err(at)?;
            let text = value.map(|value| value.text(column.dtype()).into_owned());
            columns.push((column.name(), text));
        }
    }
    Ok(Row { stamp, columns })
}
