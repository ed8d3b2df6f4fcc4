//! What changed of services, graded for those who ask them.

use std::collections::BTreeMap;

use super::views::base;
use super::{Change, Grade, count, pairs};
use crate::lock::{ServiceRecord, UsedColumn};

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
            let features = |record: &ServiceRecord| count(record.features.len(), "feature");
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
}
