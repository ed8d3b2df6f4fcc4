//! What a field's `default = ..` may be, so that the compiler compares it with the field's type.

/// A type that a default's text becomes.
#[diagnostic::on_unimplemented(
    message = "FS0037: a text can't be the default of a `{Self}`",
    label = "this default is a text"
)]
pub trait FromText: Sized {
    /// Takes the text.
    fn from_text(text: &'static str) -> Self;
}

impl<T: From<&'static str>> FromText for T {
    fn from_text(text: &'static str) -> Self {
        text.into()
    }
}

/// A type that has defaults of type `D`: its own.
#[diagnostic::on_unimplemented(
    message = "FS0037: a default of type `{D}` can't be the default of a `{Self}`",
    label = "this default is a `{D}`",
    note = "write a default of the field's type"
)]
pub trait DefaultFrom<D> {
    /// Takes the default.
    fn from_default(default: D) -> Self;
}

impl<T> DefaultFrom<T> for T {
    fn from_default(default: T) -> Self {
        default
    }
}

/// A default as it was written. Its type is settled before it is asked to be another's, so that the
/// compiler judges it by [`DefaultFrom`].
#[derive(Debug)]
pub struct Given<D>(pub D);

impl<D> Given<D> {
    /// The default of a field of type `T`.
    pub fn as_default<T: DefaultFrom<D>>(self) -> T {
        T::from_default(self.0)
    }
}
