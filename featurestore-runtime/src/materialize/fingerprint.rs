//! Whether a view means what it meant when its watermark was left.

use crate::view::ViewDefinition;

/// A number that differs where rows that were written would be written differently now: the layout,
/// the source and the columns read from it, times, settling delay and checks.
pub(super) fn fingerprint(view: &ViewDefinition) -> u64 {
    let keys: Vec<String> = view
        .join_keys()
        .iter()
        .map(|key| format!("{} {}", key.name(), key.dtype()))
        .collect();
    let checks: Vec<String> = view
        .columns()
        .iter()
        .flat_map(|column| column.checks().iter())
        .map(ToString::to_string)
        .collect();
    let mut text = format!(
        "{}\n{}\n{}\n{}\n{:?}\n{}\n{}\n{}",
        keys.join("\n"),
        view.layout(),
        view.source(),
        view.projection(),
        view.created_column(),
        view.timestamp_column(),
        view.settling_micros(),
        checks.join("\n"),
    );
    if let Some(Ok(windows)) = view.resolved() {
        let rows = view.source_rows().columns().iter();
        let checks = rows.flat_map(|column| column.checks().iter());
        let checks: Vec<String> = checks.map(ToString::to_string).collect();
        text.push_str(&format!(
            "\n{:07x}\n{}",
            windows.plan.id(),
            checks.join("\n")
        ));
    }
    // FNV-1a, which is the same in every build.
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
