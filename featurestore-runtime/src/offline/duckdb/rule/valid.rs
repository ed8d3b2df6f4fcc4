//! Whether a row's values satisfy a rule's conditions.

use super::RuleSql;
use crate::offline::duckdb::session::sql::Params;

impl RuleSql {
    /// Whether a row's values satisfy all that no look at the source has shown to hold for every row;
    /// nothing where there is nothing of that.
    pub(crate) fn is_valid(&self, params: &mut Params) -> Option<String> {
        let conditions = self.conditions.iter();
        let texts: Vec<String> = conditions.map(|it| it.holds(params)).collect();
        (!texts.is_empty()).then(|| texts.join(" AND "))
    }

    /// Whether there are rows that may not be valid.
    pub(crate) const fn is_judging(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// Whether `other` has the same candidates, as far as is known of the source, and the same of them
    /// wins.
    pub(crate) fn has_winners_of(&self, other: &Self) -> bool {
        let holds_all = |one: &Self, other: &Self| {
            let mut conditions = one.conditions.iter();
            conditions.all(|own| {
                let mut others = other.conditions.iter();
                others.any(|other| own.condition == other.condition)
            })
        };
        self.rule.has_order_of(&other.rule) && holds_all(self, other) && holds_all(other, self)
    }
}
