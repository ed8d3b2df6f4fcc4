//! Conditions that hold for every row of a source, as the footers of its files say: nobody has to look
//! at the rows for them.

use std::collections::HashSet;

use featurestore_schema::Dtype;

use super::RuleSql;
use super::times::{of_statistics, type_of_statistics};
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::relation::Relation;

impl RuleSql {
    /// Forgets the conditions that the footers prove.
    pub(super) fn forget_proved(&mut self, session: &Session, relation: &Relation) {
        let Some(files) = relation.scan.parquet() else {
            return;
        };
        let mut params = Params::default();
        let files = files.list(|path| params.push(path));
        let (mut asked, mut names) = (Vec::new(), Vec::new());
        for (index, it) in self.conditions.iter().enumerate() {
            if !it.is_of_statistics() {
                continue;
            }
            let mut holds = Vec::new();
            if !it.condition.nullable() {
                holds.push("coalesce(stats_null_count = 0, false)".to_owned());
            }
            if it.condition.is_filled() {
                // The least is at most cut at its end.
                holds.push(
                    "coalesce(stats_min_value <> '', stats_null_count = num_values, false)"
                        .to_owned(),
                );
            }
            if matches!(it.condition.dtype(), Dtype::Timestamp | Dtype::Date) {
                // The years that every calendar has, in a type that has infinities.
                let Some(sql_type) = type_of_statistics(&it.column.dtype) else {
                    continue;
                };
                let bounded = ["stats_min_value", "stats_max_value"].map(|value| {
                    format!(
                        "TRY_CAST({value} AS {sql_type}) BETWEEN CAST('0001-01-01' AS {sql_type}) AND CAST('9999-12-31' AS {sql_type})"
                    )
                });
                holds.push(format!(
                    "coalesce(type <> 'INT96' AND {}, stats_null_count = num_values, false)",
                    bounded.join(" AND ")
                ));
            }
            let name = params.push(it.column.name.clone());
            asked.push(format!(
                "SELECT {index} FROM footers WHERE path_in_schema = {name} HAVING count(*) > 0 AND bool_and({})",
                holds.join(" AND ")
            ));
            names.push(name);
        }
        if asked.is_empty() {
            return;
        }
        let sql = format!(
            "WITH footers AS MATERIALIZED (SELECT path_in_schema, type, num_values, stats_null_count, stats_min_value, stats_max_value \
             FROM parquet_metadata({files}) WHERE path_in_schema IN ({})), proved(condition) AS ({}) \
             SELECT CAST(string_agg(condition, ',') AS VARCHAR) FROM proved",
            names.join(", "),
            asked.join(" UNION ALL ")
        );
        let texts = of_statistics(session, &sql, &params).unwrap_or_default();
        let text = texts.into_iter().next().flatten().unwrap_or_default();
        let proved: HashSet<usize> = text.split(',').filter_map(|it| it.parse().ok()).collect();
        let mut index = 0..;
        self.conditions
            .retain(|_| index.next().is_none_or(|index| !proved.contains(&index)));
    }
}
