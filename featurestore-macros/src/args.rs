//! The arguments of an attribute: `name = value, ..`, each known and each once.

use featurestore_schema::{Cadence, ParseCadenceError};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, ExprArray, ExprLit, Ident, Lit, LitInt, LitStr, Path, Token};

use crate::errors::Errors;
use crate::names;

/// One `name = value`.
pub(crate) struct Arg {
    pub(crate) name: Ident,
    pub(crate) value: Expr,
}

/// The arguments of one attribute, by name.
pub(crate) struct Args<'a> {
    list: Vec<Arg>,
    /// Whether a part could not be read, so that what is missing may be in there.
    unread: bool,
    errors: &'a Errors,
}

impl<'a> Args<'a> {
    /// The arguments of all attributes named `attribute`; what is not known or stands twice is
    /// noted.
    pub(crate) fn of(
        attributes: &[Attribute],
        attribute: &str,
        known: &[&str],
        errors: &'a Errors,
    ) -> Self {
        let mut args = Self {
            list: Vec::new(),
            unread: false,
            errors,
        };
        for found in attributes
            .iter()
            .filter(|found| found.path().is_ident(attribute))
        {
            if let Some(list) = errors.take("FS0019", found.meta.require_list()) {
                let parse = |input: ParseStream<'_>| {
                    args.parse(input, attribute, known);
                    Ok(())
                };
                errors.take("FS0019", parse.parse2(list.tokens.clone()));
            }
        }
        args
    }

    /// Takes `name = value, ..` from a parser; a part that can't be read ends the reading.
    pub(crate) fn parse(&mut self, input: ParseStream<'_>, attribute: &str, known: &[&str]) {
        let attribute = attribute.trim_start_matches('_');
        while !input.is_empty() {
            let arg = self
                .errors
                .take("FS0019", parse_one(input, attribute, known));
            let Some(arg) = arg else {
                self.unread = true;
                // What is left of this argument is skipped, so that the next one is still read.
                while !input.is_empty() && !input.peek(Token![,]) {
                    if input.parse::<TokenTree>().is_err() {
                        return;
                    }
                }
                let _ = input.parse::<Option<Token![,]>>();
                continue;
            };
            self.add(arg, attribute, known);
            if input.is_empty() {
                return;
            }
            if self
                .errors
                .take("FS0019", input.parse::<Token![,]>())
                .is_none()
            {
                let _ = input.parse::<TokenStream>();
            }
        }
    }

    /// No arguments, to [`parse`](Self::parse) into.
    pub(crate) const fn empty(errors: &'a Errors) -> Self {
        Self {
            list: Vec::new(),
            unread: false,
            errors,
        }
    }

    fn add(&mut self, mut arg: Arg, attribute: &str, known: &[&str]) {
        let mut name = arg.name.unraw().to_string();
        if let Some(meant) = names::meant(attribute, &name) {
            let message =
                format!("FS0016: no argument `{name}`; `#[{attribute}(..)]` calls it `{meant}`");
            self.errors.at(&arg.name, message);
            // Taken for what is meant, so that nothing else is missed.
            arg.name = Ident::new(meant, arg.name.span());
            let unquoted = as_text(&arg.value).filter(|_| meant == names::COLUMN);
            if let Some(value) = unquoted.and_then(|text| text.parse().ok()) {
                arg.value = value;
            }
            name = meant.to_owned();
        }
        if !known.contains(&name.as_str()) {
            self.errors.at(&arg.name, unknown(&name, attribute, known));
        } else if self.find(&name).is_some() {
            self.errors.at(
                &arg.name,
                format!("FS0017: `{name}` stands twice in `#[{attribute}(..)]`; keep one"),
            );
        } else {
            self.list.push(arg);
        }
    }

    /// Whether the argument is written, or may be in a part that could not be read.
    pub(crate) fn may_have(&self, name: &str) -> bool {
        self.unread || self.find(name).is_some()
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Arg> {
        self.list.iter().find(|arg| arg.name.unraw() == name)
    }

    /// The argument's value, where it is text.
    pub(crate) fn text(&self, name: &str) -> Option<LitStr> {
        let arg = self.find(name)?;
        let text = as_text(&arg.value);
        if text.is_none() {
            self.errors.at(
                &arg.value,
                format!("FS0019: `{name}` is a text; write `{name} = \"..\"`"),
            );
        }
        text
    }

    /// The argument's value, where it is a text or a list of them.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<LitStr>> {
        let arg = self.find(name)?;
        let texts = match &arg.value {
            Expr::Array(ExprArray { elems, .. }) => elems.iter().map(as_text).collect(),
            other => as_text(other).map(|text| vec![text]),
        };
        if texts.is_none() {
            self.errors.at(
                &arg.value,
                format!("FS0019: `{name}` is a list of texts; write `{name} = [\"..\"]`"),
            );
        }
        texts
    }

    /// The argument's value, where it is a whole number.
    pub(crate) fn integer(&self, name: &str) -> Option<LitInt> {
        let arg = self.find(name)?;
        if let Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) = &arg.value
        {
            return Some(number.clone());
        }
        self.errors.at(
            &arg.value,
            format!("FS0019: `{name}` is a whole number; write `{name} = 2`"),
        );
        None
    }

    /// Whether the argument is written, other than as `false`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        let Some(arg) = self.find(name) else {
            return false;
        };
        if let Expr::Lit(ExprLit {
            lit: Lit::Bool(value),
            ..
        }) = &arg.value
        {
            return value.value;
        }
        self.errors.at(
            &arg.value,
            format!("FS0019: `{name}` stands for itself; write `{name}` without a value"),
        );
        true
    }

    /// The argument's value, where it is a path.
    pub(crate) fn path(&self, name: &str) -> Option<Path> {
        let arg = self.find(name)?;
        let path = as_path(&arg.value);
        if path.is_none() {
            self.errors.at(
                &arg.value,
                format!("FS0019: `{name}` is a path; write `{name} = some::path`"),
            );
        }
        path
    }

    /// The argument's value, where it is a duration or a cron expression.
    pub(crate) fn cadence(&self, name: &str) -> Option<Cadence> {
        let text = self.text(name)?;
        let code = |error: &ParseCadenceError| match error {
            ParseCadenceError::Duration(_) => "FS0020",
            _ => "FS0038",
        };
        let wrong = |error| {
            let code = code(&error);
            self.errors.at(&text, format!("{code}: `{name}`: {error}"));
        };
        Cadence::parse(&text.value()).map_err(wrong).ok()
    }

    /// The argument's value, where it is a duration; in microseconds.
    pub(crate) fn duration(&self, name: &str) -> Option<i64> {
        let text = self.text(name)?;
        let micros = featurestore_schema::parse_micros(&text.value());
        micros
            .map_err(|error| self.errors.at(&text, format!("FS0020: `{name}`: {error}")))
            .ok()
    }
}

/// The expression without the invisible group that a fragment of a `macro_rules!` comes in, as
/// `$source` does in `source = $source`.
pub(crate) fn ungrouped(mut value: &Expr) -> &Expr {
    while let Expr::Group(group) = value {
        value = &group.expr;
    }
    value
}

/// The text that an expression is.
pub(crate) fn as_text(value: &Expr) -> Option<LitStr> {
    match ungrouped(value) {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.clone()),
        _ => None,
    }
}

fn parse_one(input: ParseStream<'_>, attribute: &str, known: &[&str]) -> syn::Result<Arg> {
    let name = Ident::parse_any(input).map_err(|error| {
        let message = format!(
            "FS0019: `#[{attribute}(..)]` takes `name = value`: {}",
            known.join(", ")
        );
        syn::Error::new(error.span(), message)
    })?;
    let is_flag = |name: &Ident| {
        let name = name.unraw().to_string();
        names::FLAGS.contains(&name.as_str()) && known.contains(&name.as_str())
    };
    let value = if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        ungrouped(&input.parse()?).clone()
    } else if is_flag(&name) {
        syn::parse_quote_spanned!(name.span()=> true)
    } else {
        let text = name.unraw().to_string();
        let message = if known.contains(&text.as_str()) {
            format!("FS0019: `{text}` needs a value: `{text} = ..`")
        } else {
            unknown(&text, attribute, known)
        };
        return Err(syn::Error::new(name.span(), message));
    };
    Ok(Arg { name, value })
}

fn unknown(name: &str, attribute: &str, known: &[&str]) -> String {
    if let Some(home) = names::home(name) {
        return format!("FS0018: not expected here; `{name}` belongs {home}");
    }
    let hint = featurestore_schema::nearest(name, known.iter().copied());
    let hint = hint
        .map(|hint| format!(" (did you mean `{hint}`?)"))
        .unwrap_or_default();
    format!(
        "FS0016: no argument `{name}`{hint}; `#[{attribute}(..)]` takes {}",
        known.join(", ")
    )
}

/// The path of what expansions call, in the user's crate: `crate = ..` among the arguments, else
/// `::featurestore`, and in it the module that has this version's name. Mistakes are left for whoever
/// reads the arguments in earnest.
pub(crate) fn private(arguments: TokenStream) -> TokenStream {
    let errors = Errors::default();
    let parse = |input: ParseStream<'_>| {
        let mut args = Args::empty(&errors);
        args.parse(input, "", &[names::CRATE]);
        Ok(args.find(names::CRATE).and_then(|arg| as_path(&arg.value)))
    };
    let root = parse.parse2(arguments).ok().flatten();
    let root = root.map_or_else(|| quote!(::featurestore), ToTokens::into_token_stream);
    let version = env!("CARGO_PKG_VERSION").replace(|other: char| !other.is_alphanumeric(), "_");
    let module = format_ident!("__private_{version}");
    quote!(#root::#module)
}

/// The same for an item with an attribute.
pub(crate) fn private_of(attributes: &[Attribute], attribute: &str) -> TokenStream {
    let mut attributes = attributes.iter();
    let list = attributes
        .find(|found| found.path().is_ident(attribute))
        .and_then(|found| found.meta.require_list().ok());
    private(list.map(|list| list.tokens.clone()).unwrap_or_default())
}

/// The same for a derive, whose only argument it is.
pub(crate) fn private_of_derive(attributes: &[Attribute], errors: &Errors) -> TokenStream {
    Args::of(attributes, names::DERIVE, names::DERIVE_ARGS, errors).path(names::CRATE);
    private_of(attributes, names::DERIVE)
}

/// A path, written as one or as text.
fn as_path(value: &Expr) -> Option<Path> {
    match value {
        Expr::Path(path) => Some(path.path.clone()),
        other => as_text(other)?.parse().ok(),
    }
}

/// The same tokens at another place, so that what the compiler says of a call points there.
pub(crate) fn located_at(tokens: &TokenStream, span: Span) -> TokenStream {
    spanned_at(tokens, Span::mixed_site().located_at(span))
}

/// The same tokens as if they were written at another place.
pub(crate) fn spanned_at(tokens: &TokenStream, span: Span) -> TokenStream {
    let at = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    tokens.clone().into_iter().map(at).collect()
}
