//! What can go wrong with the online store's upkeep.

use crate::online::OnlineError;
use crate::registry::RegistryError;

/// Upkeep that could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpkeepError {
    /// A view that neither the registry nor the online store knows.
    #[error(transparent)]
    Registry(Box<RegistryError>),
    /// The online store did not do what it was asked to.
    #[error(transparent)]
    Online(#[from] OnlineError),
}

impl From<RegistryError> for UpkeepError {
    fn from(error: RegistryError) -> Self {
        Self::Registry(Box::new(error))
    }
}
