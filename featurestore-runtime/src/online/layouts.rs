//! The layouts that a project keeps: where they stand, their fields and texts.

use super::{OnlineError, StoredLayout, project_prefix};

/// Where the layouts of a project's rows stand: `{project}::layouts`.
pub(super) fn layouts_address(project: &str) -> Vec<u8> {
    let mut address = project_prefix(project);
    address.extend_from_slice(b":layouts");
    address
}

/// The field of a layout among the layouts: `{view field}/{schema id, 7 hex digits}`.
pub(super) fn layout_field(layout: &StoredLayout) -> String {
    format!("{}/{:07x}", layout.field, layout.id)
}

/// The view's field and the schema id in a layout's field.
pub(super) fn split_layout_field(field: &[u8]) -> Option<(&str, u32)> {
    let (view, id) = std::str::from_utf8(field).ok()?.rsplit_once('/')?;
    Some((view, u32::from_str_radix(id, 16).ok()?))
}

/// Reads a layout from its field and text.
pub(super) fn stored_layout(
    location: &str,
    field: &[u8],
    text: &[u8],
) -> Result<StoredLayout, OnlineError> {
    let parse = || {
        let (view, id) = split_layout_field(field)?;
        Some(StoredLayout::new(view, id, std::str::from_utf8(text).ok()?))
    };
    parse().ok_or_else(|| OnlineError::Foreign {
        location: location.to_owned(),
        reason: format!(
            "`{}` among the layouts is not a view and a schema id with a layout's text",
            String::from_utf8_lossy(field)
        ),
    })
}

/// Whether keeping `layout` found just it, or another text with its id.
pub(super) fn kept_layout(layout: &StoredLayout, stored: &[u8]) -> Result<(), OnlineError> {
    if stored == layout.text.as_bytes() {
        Ok(())
    } else {
        Err(OnlineError::LayoutCollision {
            field: layout.field.clone(),
            id: layout.id,
        })
    }
}
