//! A view as its struct declares it. Borrows syn's nodes and keeps their spans.

use featurestore_schema::{Cadence, Location, nearest, not_local};
use heck::ToSnakeCase;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Expr, Field, Fields, Ident, LitInt, LitStr, Path, Type};

use super::column::ColumnArgs;
use super::events::args::EventArgs;
use super::windows::words;
use crate::args::{self, Args};
use crate::errors::Errors;
use crate::front::Front;
use crate::known::{Package, QueryFile};
use crate::{docs, names};

pub(super) const DEFAULT_TIMESTAMP: &str = "event_timestamp";

pub(super) struct View<'a> {
    pub(super) input: &'a DeriveInput,
    pub(super) private: TokenStream,
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) named: Option<LitStr>,
    pub(super) version: Option<LitInt>,
    pub(super) description: String,
    pub(super) owner: Option<LitStr>,
    pub(super) tags: Vec<LitStr>,
    pub(super) source: Option<Source>,
    pub(super) ttl: Option<i64>,
    pub(super) cadence: Option<Cadence>,
    pub(super) settling: Option<i64>,
    /// In the order that `entity` names them.
    pub(super) keys: Vec<Column<'a>>,
    pub(super) timestamp: Option<Column<'a>>,
    pub(super) created: Option<Column<'a>>,
    pub(super) features: Vec<Column<'a>>,
    /// What `entity`, `timestamp` and `created` name, for the checks.
    pub(super) entity: Option<Vec<LitStr>>,
    /// Whether it is written at all, be it wrongly.
    pub(super) entity_given: bool,
    /// Where it is written, else where the struct's name is.
    pub(super) entity_span: Span,
    pub(super) named_timestamp: Option<LitStr>,
    pub(super) named_created: Option<LitStr>,
    /// The arguments that a window view has of its events.
    pub(super) of_events: Vec<Ident>,
}

/// What a struct declares.
pub(super) enum Kind {
    /// A view with rows of its own.
    Latest,
    /// A view of windows over the events of an event source; nothing where it can't be read which.
    Windows(Option<Path>),
    /// An event source: a view's rows without an entity.
    Events(EventArgs),
}

pub(super) enum Source {
    Files(LitStr, Location),
    Table(LitStr),
    Sql(LitStr),
    SqlFile(QueryFile, LitStr),
}

/// What a field is; a key and a feature have their index.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Key(usize),
    Timestamp,
    Created,
    Feature(usize),
}

/// A field of the struct.
pub(super) struct Column<'a> {
    pub(super) field: &'a Field,
    pub(super) ident: &'a Ident,
    pub(super) name: String,
    pub(super) args: ColumnArgs,
}

impl<'a> View<'a> {
    /// Reads a struct; nothing where it has no named fields to read.
    pub(super) fn of(
        input: &'a DeriveInput,
        front: &Front,
        package: Option<&Package>,
        errors: &Errors,
    ) -> Option<Self> {
        let is_events = front.arguments == names::EVENT_SOURCE;
        let fields: Vec<&Field> = named_fields(input, is_events, errors)?.collect();
        let known = if is_events {
            names::EVENT_SOURCE_ARGS
        } else {
            names::VIEW_ARGS
        };
        let args = Args::of(&input.attrs, front.arguments, known, errors);
        let kind = if is_events {
            Kind::Events(EventArgs::of(&args))
        } else if args.find(names::EVENTS).is_some() {
            Kind::Windows(args.path(names::EVENTS))
        } else {
            Kind::Latest
        };
        let has_rows = !matches!(kind, Kind::Windows(_));
        let named = args.text(names::NAME);
        args.path(names::CRATE);
        let entity = entity(&args, &fields, errors);
        let named_timestamp = args.text(names::TIMESTAMP).filter(|_| has_rows);
        let named_created = args.text(names::CREATED).filter(|_| has_rows);
        let timestamp_name = named_timestamp
            .as_ref()
            .map_or_else(|| DEFAULT_TIMESTAMP.to_owned(), LitStr::value);
        let mut view = Self {
            input,
            private: args::private_of(&input.attrs, front.arguments),
            kind,
            name: named.as_ref().map_or_else(
                || input.ident.unraw().to_string().to_snake_case(),
                LitStr::value,
            ),
            named,
            version: args.integer(names::VERSION),
            description: args
                .text(names::DESCRIPTION)
                .map_or_else(|| docs::description(&input.attrs), |text| text.value()),
            owner: args.text(names::OWNER),
            tags: args.texts(names::TAGS).unwrap_or_default(),
            source: has_rows
                .then(|| source(input, &args, package, errors))
                .flatten(),
            ttl: args.duration(names::TTL),
            cadence: args.cadence(names::CADENCE),
            settling: args.duration(names::SETTLING),
            keys: Vec::new(),
            timestamp: None,
            created: None,
            features: Vec::new(),
            entity,
            entity_given: args.may_have(names::ENTITY),
            entity_span: args
                .find(names::ENTITY)
                .map_or_else(|| input.ident.span(), |arg| arg.value.span()),
            named_timestamp,
            named_created,
            of_events: names::OF_EVENTS
                .iter()
                .filter_map(|name| args.find(name).map(|arg| arg.name.clone()))
                .collect(),
        };
        let mut keys = Vec::new();
        for field in fields {
            let Some(ident) = &field.ident else { continue };
            let name = ident.unraw().to_string();
            let is = |named: &LitStr| named.value() == name;
            let is_key = view.entity.iter().flatten().any(is);
            let column = Column {
                field,
                ident,
                name: name.clone(),
                args: ColumnArgs::of(field, errors),
            };
            if is_key {
                keys.push(column);
            } else if name == timestamp_name && has_rows {
                view.timestamp = Some(column);
            } else if view.named_created.as_ref().is_some_and(is) {
                view.created = Some(column);
            } else {
                view.features.push(column);
            }
        }
        for named in view.entity.iter().flatten() {
            if let Some(index) = keys.iter().position(|key| key.name == named.value()) {
                view.keys.push(keys.swap_remove(index));
            }
        }
        Some(view)
    }

    /// The name that the event timestamp's field has or should have.
    pub(super) fn timestamp_name(&self) -> String {
        self.named_timestamp
            .as_ref()
            .map_or_else(|| DEFAULT_TIMESTAMP.to_owned(), LitStr::value)
    }

    /// The version, 1 where none is given.
    pub(super) fn version_number(&self) -> u32 {
        self.version
            .as_ref()
            .map_or(1, |version| version.base10_parse().unwrap_or(1))
    }

    /// The indices of the keys in alphabetical order of their names.
    pub(super) fn entity_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.keys.len()).collect();
        order.sort_by_key(|index| &self.keys[*index].name);
        order
    }

    /// All fields with what each is.
    pub(super) fn roles(&self) -> impl Iterator<Item = (Role, &Column<'a>)> {
        let keys = self.keys.iter().enumerate();
        let keys = keys.map(|(index, column)| (Role::Key(index), column));
        let timestamp = self
            .timestamp
            .iter()
            .map(|column| (Role::Timestamp, column));
        let created = self.created.iter().map(|column| (Role::Created, column));
        let features = self.features.iter().enumerate();
        let features = features.map(|(index, column)| (Role::Feature(index), column));
        keys.chain(timestamp).chain(created).chain(features)
    }

    /// All fields: keys, timestamp, created timestamp, features.
    pub(super) fn columns(&self) -> impl Iterator<Item = &Column<'a>> {
        self.keys
            .iter()
            .chain(&self.timestamp)
            .chain(&self.created)
            .chain(&self.features)
    }
}

impl Column<'_> {
    /// The name of the source's column.
    pub(super) fn source_column(&self) -> String {
        self.args
            .rename
            .as_ref()
            .map_or_else(|| self.name.clone(), LitStr::value)
    }

    pub(super) fn ty(&self) -> &Type {
        &self.field.ty
    }

    pub(super) fn description(&self) -> String {
        let description = &self.args.values.description;
        let description = description
            .as_ref()
            .map_or_else(|| docs::description(&self.field.attrs), LitStr::value);
        words::described(description, &self.args.window)
    }
}

pub(super) fn no_field(view: &View<'_>, code: &str, argument: &str, name: &str) -> String {
    let fields: Vec<&str> = view.columns().map(|column| column.name.as_str()).collect();
    let hint = nearest(name, fields.iter().copied());
    let hint = hint
        .map(|hint| format!(" (did you mean `{hint}`?)"))
        .unwrap_or_default();
    format!(
        "{code}: `{argument}` names `{name}`, and there is no such field{hint}; the fields are {}",
        fields.join(", ")
    )
}

fn named_fields<'a>(
    input: &'a DeriveInput,
    is_events: bool,
    errors: &Errors,
) -> Option<impl Iterator<Item = &'a Field> + use<'a>> {
    let message = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Some(fields.named.iter()),
            _ if is_events => {
                "FS0001: an event source is a struct with named fields: its timestamp, its id and what happened"
            }
            _ => {
                "FS0001: a feature view is a struct with named fields: its join keys, its event timestamp and its features"
            }
        },
        _ if is_events => {
            "FS0002: an event source is a struct; an enum can be the type of one of its fields, with `#[derive(FeatureEnum)]`"
        }
        _ => {
            "FS0002: a feature view is a struct; an enum can be the type of a feature, with `#[derive(FeatureEnum)]`"
        }
    };
    errors.at(&input.ident, message);
    None
}

/// The names of the join keys' fields. One that is written as the field or as its type, rather than
/// as a text, is an error that tells the field.
fn entity(args: &Args<'_>, fields: &[&Field], errors: &Errors) -> Option<Vec<LitStr>> {
    let arg = args.find(names::ENTITY)?;
    let values: Vec<&Expr> = match &arg.value {
        Expr::Array(list) => list.elems.iter().map(args::ungrouped).collect(),
        single => vec![single],
    };
    if !values.iter().any(|value| matches!(value, Expr::Path(_))) {
        return args.texts(names::ENTITY);
    }
    let name = |value: &Expr| {
        let Expr::Path(path) = value else {
            return args::as_text(value);
        };
        let path = path.to_token_stream().to_string();
        let meant = fields.iter().find(|field| {
            let ident = field.ident.as_ref();
            ident.is_some_and(|ident| ident.unraw() == path.as_str())
                || field.ty.to_token_stream().to_string() == path
        });
        let meant = meant.and_then(|field| field.ident.as_ref());
        let example = meant.map_or_else(|| "..".to_owned(), |ident| ident.unraw().to_string());
        let message = format!(
            "FS0019: `entity` names the join key's field, as a text: write `\"{example}\"`; its type is the field's"
        );
        errors.at(value, message);
        meant.map(|_| LitStr::new(&example, value.span()))
    };
    values.into_iter().map(name).collect()
}

fn source(
    input: &DeriveInput,
    args: &Args<'_>,
    package: Option<&Package>,
    errors: &Errors,
) -> Option<Source> {
    let found: Vec<(&str, Source)> = [
        args.text(names::SOURCE)
            .map(|text| (names::SOURCE, Source::files(text))),
        args.text(names::TABLE)
            .map(|table| (names::TABLE, Source::Table(table))),
        args.text(names::SQL)
            .map(|sql| (names::SQL, Source::Sql(sql))),
        args.text(names::SQL_FILE).and_then(|name| {
            let file = QueryFile::read(&name, package, errors)?;
            Some((names::SQL_FILE, Source::SqlFile(file, name)))
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut found = found.into_iter();
    let Some((_, first)) = found.next() else {
        let given = [names::SOURCE, names::TABLE, names::SQL, names::SQL_FILE]
            .iter()
            .any(|name| args.may_have(name));
        if !given {
            errors.at(&input.ident, "FS0012: no source; add `source = \"data/file.parquet\"`, `table = \"..\"`, `sql = \"..\"` or `sql_file = \"file.sql\"`");
        }
        return None;
    };
    if let Some((name, second)) = found.next() {
        errors.at(
            second.text(),
            format!("FS0013: rows have one source; remove `{name}` or the other one"),
        );
    }
    if first.text().value().is_empty() {
        errors.at(
            first.text(),
            "FS0014: the source is empty; name a file, a table or a query",
        );
    }
    if first.is_elsewhere() {
        let message = format!("FS0068: {}", not_local(&first.text().value()));
        errors.at(first.text(), message);
    }
    Some(first)
}

impl Source {
    fn files(text: LitStr) -> Self {
        let location = Location::of(&text.value());
        Self::Files(text, location)
    }

    /// Whether it is an address, of which nothing is known.
    pub(super) fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Files(_, Location::Url))
    }

    pub(super) fn text(&self) -> &LitStr {
        match self {
            Self::Files(text, _) | Self::Table(text) | Self::Sql(text) => text,
            Self::SqlFile(file, _) => &file.text,
        }
    }

    /// How messages name it: a query by its file, or by as much of it as a message has room for.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::SqlFile(_, name) => name.value(),
            other => featurestore_schema::shortened(&other.text().value()),
        }
    }

    /// The file that the compiler must look at again when it changes.
    pub(super) fn tracked(&self) -> Option<TokenStream> {
        let Self::SqlFile(file, _) = self else {
            return None;
        };
        let path = file.path.to_string_lossy();
        Some(quote!(
            const _: &::core::primitive::str = ::core::include_str!(#path);
        ))
    }
}

impl ToTokens for Source {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.text().to_tokens(tokens);
    }
}
