//! What only the compiler can check of a field, since it alone knows the field's type. The checks
//! of a field are one chain, so that a wrong type is one error, by the rule that says most.

use featurestore_schema::{
    Dtype, Role, SourceDrift, SourceDtype, has_text, published_sentence, same_text,
};

use crate::key::{EntityKey, KeyPart};
use crate::service::FeatureService;
use crate::view::{Default, JoinKey, Number};

/// A field as it is declared.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    pub(super) name: &'static str,
    pub(super) dtype: Dtype,
    pub(super) nullable: bool,
    role: Role,
    pub(super) default: Option<Default>,
    one_value: bool,
}

impl Declared {
    pub(super) const fn new(name: &'static str, dtype: Dtype) -> Self {
        Self {
            name,
            dtype,
            nullable: false,
            role: Role::Feature,
            default: None,
            one_value: true,
        }
    }

    pub(super) const fn with_nullable(self, nullable: bool) -> Self {
        Self { nullable, ..self }
    }

    pub(super) const fn with_default(self, default: Option<Default>) -> Self {
        Self { default, ..self }
    }

    pub(super) const fn with_one_value(self, one_value: bool) -> Self {
        Self { one_value, ..self }
    }

    /// A join key must be one value, and equal for one entity on every machine.
    #[must_use]
    #[track_caller]
    pub const fn key(self) -> Self {
        assert!(
            self.one_value,
            "FS0031: a field of a view is one join key, and this type is several; give each a field, and name them all in `entity`"
        );
        assert!(
            !matches!(self.dtype, Dtype::F32 | Dtype::F64),
            "FS0032: a float can't be a join key: equal entities may have unequal floats; use an integer or a String"
        );
        assert!(
            self.dtype.is_key(),
            "FS0032: a list, an embedding or JSON can't be a join key; use an integer, a Uuid or a String, or several join keys"
        );
        let key = self.feature();
        Self {
            role: Role::Key,
            ..key
        }
    }

    /// A feature's type must be one that can be stored and read.
    #[must_use]
    #[track_caller]
    #[allow(clippy::panic)]
    pub const fn feature(self) -> Self {
        if let Some(fault) = self.dtype.fault() {
            panic!("{}", fault);
        }
        self
    }

    /// The event timestamp's field.
    #[must_use]
    #[track_caller]
    pub const fn timestamp(self) -> Self {
        assert!(
            matches!(self.dtype, Dtype::Timestamp),
            "FS0033: the event timestamp must be a `Timestamp`; where the source has a number or a text, convert it: `sql = \"SELECT * REPLACE (to_timestamp(seconds) AS seconds) FROM '..'\"`, `epoch_ms(milliseconds)`, `CAST(text AS TIMESTAMP)`; a date is its midnight"
        );
        Self {
            role: Role::Timestamp,
            ..self
        }
    }

    /// The created timestamp's field.
    #[must_use]
    #[track_caller]
    pub const fn created(self) -> Self {
        assert!(
            matches!(self.dtype, Dtype::Timestamp),
            "FS0034: the created timestamp must be a `Timestamp` or an `Option<Timestamp>`; where the source has a number or a text, convert it: `sql = \"SELECT * REPLACE (to_timestamp(seconds) AS seconds) FROM '..'\"`"
        );
        Self {
            role: Role::Created,
            ..self
        }
    }

    /// A field with `range`.
    #[must_use]
    #[track_caller]
    pub const fn number(self) -> Self {
        assert!(
            self.dtype.is_number(),
            "FS0035: `range` bounds numbers, and this feature is none; use `one_of` for texts"
        );
        self
    }

    /// A field with `one_of`.
    #[must_use]
    #[track_caller]
    pub const fn text(self) -> Self {
        assert!(
            matches!(self.dtype, Dtype::String),
            "FS0036: `one_of` lists texts, and this feature is not a String; use `range` for numbers"
        );
        self
    }

    /// A field with `default`.
    #[must_use]
    #[track_caller]
    pub const fn defaulted(self) -> Self {
        match self.default {
            Some(Default::Bool(_)) => assert!(
                matches!(self.dtype, Dtype::Bool),
                "FS0037: the default is true or false, and this feature is not a bool; write a default of the feature's type"
            ),
            Some(Default::Text(text)) => match self.dtype {
                Dtype::Enum(variants) => assert!(
                    has_text(variants, text),
                    "FS0037: the default is none of the enum's texts; write a variant as the source does, in snake case where it is not renamed"
                ),
                // What only a parser can tell is told when the store opens.
                Dtype::Decimal { .. } => {}
                dtype => assert!(
                    !dtype.is_number() && !matches!(dtype, Dtype::Bool | Dtype::Bytes),
                    "FS0037: the default is a text, and this feature is none; write a default of the feature's type"
                ),
            },
            Some(Default::Number(number)) => {
                assert!(
                    self.dtype.is_number(),
                    "FS0037: the default is a number, and this feature is none; write a default of the feature's type"
                );
                assert!(
                    fits(number, self.dtype),
                    "FS0037: the default is out of the range of the feature's type, or not a whole number"
                );
            }
            None => {}
        }
        self
    }

    /// A column must hold what the source's column holds, without losing anything.
    #[must_use]
    #[track_caller]
    #[allow(clippy::panic)]
    pub const fn source(
        self,
        view: &str,
        source_column: &str,
        found: SourceDtype,
        source: &str,
        relation: &str,
    ) -> Self {
        if !self.fits(found) {
            let drift = SourceDrift {
                view,
                column: self.name,
                role: self.role,
                source_column,
                source_dtype: found,
                source,
                relation,
            };
            let sentence = drift.sentence(Some(self.dtype));
            panic!("{}", sentence.as_str());
        }
        self
    }

    /// A column must hold what it held when it was published, for those who read it.
    #[must_use]
    #[track_caller]
    #[allow(clippy::panic)]
    pub const fn published(self, view: &str, published: Dtype, service: &str) -> Self {
        if !self.keeps(published) {
            let sentence =
                published_sentence(view, self.name, Some(self.dtype), published, service);
            panic!("{}", sentence.as_str());
        }
        self
    }

    /// Whether it holds what the source's column holds.
    #[must_use]
    pub const fn fits(self, found: SourceDtype) -> bool {
        self.dtype.accepts(&found)
    }

    /// Whether it holds what it held when it was published.
    #[must_use]
    pub const fn keeps(self, published: Dtype) -> bool {
        self.dtype.widens(published)
    }

    /// Ends the chain.
    pub const fn done(self) {}
}

pub(super) const fn fits(number: Number, dtype: Dtype) -> bool {
    let Number::Int(value) = number else {
        return matches!(dtype, Dtype::F32 | Dtype::F64 | Dtype::Decimal { .. });
    };
    let (min, max) = match dtype {
        Dtype::I8 => (i8::MIN as i128, i8::MAX as i128),
        Dtype::I16 => (i16::MIN as i128, i16::MAX as i128),
        Dtype::I32 => (i32::MIN as i128, i32::MAX as i128),
        Dtype::I64 => (i64::MIN as i128, i64::MAX as i128),
        Dtype::U8 => (0, u8::MAX as i128),
        Dtype::U16 => (0, u16::MAX as i128),
        Dtype::U32 => (0, u32::MAX as i128),
        Dtype::U64 => (0, u64::MAX as i128),
        _ => return true,
    };
    min <= value && value <= max
}

/// The parts of a service's key.
#[must_use]
pub const fn key_parts<S: FeatureService>() -> &'static [KeyPart] {
    <S::Key as EntityKey>::PARTS
}

/// The key of a service, whose parts are named by its type or else as its first view's join keys,
/// must give `view` what it is joined by.
#[track_caller]
pub const fn assert_joined(key: &[KeyPart], first: &[JoinKey], view: &[JoinKey]) {
    if first.is_empty() {
        // A view that has no join keys is an error of its own.
        return;
    }
    let mut wanted = 0;
    while wanted < view.len() {
        let mut found = false;
        let mut index = 0;
        while index < key.len() {
            if same_text(part_name(key, first, index), view[wanted].name) {
                assert!(
                    key[index].dtype().same(view[wanted].dtype),
                    "FS0058: this view's join key has another type than the service's key"
                );
                found = true;
            }
            index += 1;
        }
        assert!(
            found,
            "FS0058: this view has a join key that the service's key doesn't give; name all join keys in a struct with #[derive(EntityKey)] and declare the service with `key = ..`"
        );
        wanted += 1;
    }
}

/// The name of a part of a service's key.
const fn part_name(key: &[KeyPart], first: &[JoinKey], index: usize) -> &'static str {
    match key[index].name() {
        Some(name) => name,
        None if index < first.len() => first[index].name,
        None => "",
    }
}

/// A request field's name must tell it from the service's join keys, which are named by the key's type or
/// else as the first view's.
#[track_caller]
pub const fn assert_no_key(key: &[KeyPart], first: &[JoinKey], field: &str) {
    let mut index = 0;
    while index < key.len() {
        assert!(
            !same_text(part_name(key, first, index), field),
            "FS0103: this request field has the name of a join key, which every request gives anyway; an expression has the key as `key`, else give the field another name"
        );
        index += 1;
    }
}
