//! The cargo aliases of the workspace.
fn main() {}
