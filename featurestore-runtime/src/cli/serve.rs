//! `serve`: the retrieval service, until it is told to stop.

use serde_json::json;

use super::output::print_note;
use super::{CliError, Output, Report};
use crate::http::{Server, shutdown_signal};
use crate::mcp::McpSettings;
use crate::store::FeatureStore;

pub(super) async fn serve(
    store: FeatureStore,
    listen: &str,
    mcp: &McpSettings,
    output: &mut Output,
) -> Result<(), CliError> {
    let online = store.online().location();
    let server = Server::bind_with_mcp(store, listen, mcp).await?;
    let shutdown = shutdown_signal();
    let address = server.local_addr();
    if !address.ip().is_loopback() {
        print_note(&format!(
            "note: {address} can be reached from other machines, and nobody is asked for a password"
        ));
    }
    let url = format!("http://{address}");
    let report = Report::new(&json!({ "url": url, "online": online }))?;
    output.print(&report.text(&format!("listening on {url}, online store {online}")))?;
    Ok(server.run(shutdown).await?)
}
