//! What changed of services, graded for those who ask them.

use std::collections::BTreeMap;

use super::views::{base, column_text};
use super::{Change, Grade, count, pairs};
use crate::lock::{ServiceRecord, UsedColumn, ViewColumn};

/// What differs between the services of two locks, for those who ask them.
#[must_use]
pub fn diff_services(
    before: &BTreeMap<String, ServiceRecord>,
    after: &BTreeMap<String, ServiceRecord>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for (subject, old, new) in pairs(before, after) {
        let mut push = |item: &str, before: Option<String>, after: Option<String>, grade| {
            changes.push(Change {
                subject: subject.clone(),
                item: item.to_owned(),
                before: before.unwrap_or_default(),
                after: after.unwrap_or_default(),
                grade,
            });
        };
        let (Some(old), Some(new)) = (old, new) else {
            let features = |record: &ServiceRecord| {
                count(record.features.len() + record.computed.len(), "feature")
            };
            let grade = if new.is_none() {
                Grade::Breaking
            } else {
                Grade::Compatible
            };
            push("", old.map(features), new.map(features), grade);
            continue;
        };
        let text = |used: &UsedColumn| format!("{}.{}", used.view, used.column);
        for (item, old, new) in
            pairs(&old.features, &new.features).filter(|(_, old, new)| old != new)
        {
            push(item, old.map(text), new.map(text), feature_grade(old, new));
        }
        let text = |column: &ViewColumn| format!("= request {}", column_text(column));
        for (item, old, new) in pairs(&old.request, &new.request).filter(|(_, old, new)| old != new)
        {
            push(item, old.map(text), new.map(text), request_grade(old, new));
        }
        let text = |column: &ViewColumn| format!("= computed {}", column_text(column));
        for (item, old, new) in
            pairs(&old.computed, &new.computed).filter(|(_, old, new)| old != new)
        {
            push(item, old.map(text), new.map(text), computed_grade(old, new));
        }
    }
    changes
}

/// Under one name a reader gets other values where a feature reads another column: it loses what it
/// uses, though the type be the same. Another version of the view is meant to replace the one before,
/// and needs its rows.
fn feature_grade(old: Option<&UsedColumn>, new: Option<&UsedColumn>) -> Grade {
    match (old, new) {
        (None, _) => Grade::Compatible,
        (Some(old), Some(new))
            if base(&old.view) == base(&new.view) && old.column == new.column =>
        {
            Grade::Recompute
        }
        (Some(_), _) => Grade::Breaking,
    }
}

/// Who asks gives what it gave before: so that must still be enough, and still be taken.
fn request_grade(old: Option<&ViewColumn>, new: Option<&ViewColumn>) -> Grade {
    let optional = |column: &ViewColumn| column.nullable || column.default;
    match (old, new) {
        (None, Some(new)) if optional(new) => Grade::Compatible,
        (Some(old), Some(new))
            if new.dtype.widens(old.dtype) && (optional(new) || !optional(old)) =>
        {
            Grade::Compatible
        }
        _ => Grade::Breaking,
    }
}

/// Who reads it takes the values that it took before, and a null where there was one.
fn computed_grade(old: Option<&ViewColumn>, new: Option<&ViewColumn>) -> Grade {
    match (old, new) {
        (None, _) => Grade::Compatible,
        (Some(old), Some(new))
            if new.dtype.widens(old.dtype) && (old.nullable || !new.nullable) =>
        {
            Grade::Compatible
        }
        _ => Grade::Breaking,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::Lock;

    #[test]
    fn a_feature_that_is_gone_or_reads_another_column_breaks_who_asks_for_it() {
        let services = |lines: &str| Lock::parse(&format!("format 1\n{lines}")).unwrap().services;
        let old =
            services("\n[service gone]\na v a\n\n[service next]\na v a\nb v b\nd v d\ne v e\n");
        let new = services("\n[service next]\na v@2 a\nc v c\nd w d\ne v f\n");
        let changes = diff_services(&old, &new);
        let texts: Vec<String> = changes
            .iter()
            .map(|change| {
                let Change {
                    subject,
                    item,
                    before,
                    after,
                    grade,
                } = change;
                format!("{subject} {item}: {before} -> {after}, {grade}")
            })
            .collect();
        assert_eq!(
            texts,
            [
                "gone : 1 feature -> , breaking",
                "next a: v.a -> v@2.a, recompute",
                "next b: v.b -> , breaking",
                "next c:  -> v.c, compatible",
                "next d: v.d -> w.d, breaking",
                "next e: v.e -> v.f, breaking",
            ]
        );
    }

    #[test]
    fn what_a_request_must_give_and_what_is_computed_break_as_their_types_do() {
        let grade = |old: &str, new: &str| {
            let services = |line: &str| {
                let text = format!("format 1\n\n[service next]\na v a\n{line}\n");
                Lock::parse(&text).unwrap().services
            };
            let changes = diff_services(&services(old), &services(new));
            let [change] = &changes[..] else {
                panic!("{changes:?}");
            };
            change.grade
        };
        for (old, new, expected) in [
            ("", "n = request f64", Grade::Breaking),
            ("", "n = request f64?", Grade::Compatible),
            ("", "n = request f64 default", Grade::Compatible),
            ("n = request f64", "", Grade::Breaking),
            ("n = request f32", "n = request f64", Grade::Compatible),
            ("n = request f64", "n = request f32", Grade::Breaking),
            ("n = request f64?", "n = request f64", Grade::Breaking),
            ("n = request f64", "n = request f64?", Grade::Compatible),
            ("", "n = computed i64", Grade::Compatible),
            ("n = computed i64", "", Grade::Breaking),
            ("n = computed i32", "n = computed i64", Grade::Compatible),
            ("n = computed i64", "n = computed i64?", Grade::Breaking),
            ("n = computed i64?", "n = computed i64", Grade::Compatible),
        ] {
            assert_eq!(grade(old, new), expected, "{old} -> {new}");
        }
    }
}
