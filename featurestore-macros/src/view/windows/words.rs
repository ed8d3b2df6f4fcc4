//! A feature of windows in words, for who reads its description.

use super::aggregate::Function;
use super::args::WindowArgs;
use super::filter::{Constant, Filter, sign};

/// `Sum of `amount` over 7d, where `declined`.`, behind what its author says of it.
pub(in crate::view) fn described(description: String, args: &WindowArgs) -> String {
    let Some(words) = words(args) else {
        return description;
    };
    if description.is_empty() {
        return words;
    }
    let end = if description.ends_with(['.', '!', '?', ':']) {
        ""
    } else {
        "."
    };
    format!("{description}{end} {words}")
}

fn words(args: &WindowArgs) -> Option<String> {
    let (aggregate, window) = (args.aggregate.as_ref()?, args.window.as_ref()?);
    let what = |singular: &str, plural: &str| match &aggregate.column {
        Some(column) => format!("{singular} `{}`", column.name),
        None => plural.to_owned(),
    };
    let mut text = match aggregate.function {
        Function::Count => what("Number of values of", "Number of events"),
        Function::Sum => what("Sum of", "?"),
        Function::Mean => what("Mean of", "?"),
        Function::Variance { population: false } => what("Sample variance of", "?"),
        Function::Variance { population: true } => what("Variance of", "?"),
        Function::Stddev { population: false } => what("Sample standard deviation of", "?"),
        Function::Stddev { population: true } => what("Standard deviation of", "?"),
        Function::Min => what("Least", "?"),
        Function::Max => what("Largest", "?"),
        Function::First => what("First", "?"),
        Function::Last => what("Last", "?"),
        Function::FirstOf(count) => what(&format!("First {count} values of"), "?"),
        Function::LastOf(count) => what(&format!("Last {count} values, latest first, of"), "?"),
        Function::Distinct => what("Number of different values of", "?"),
        Function::Quantile { millionths } => {
            what(&format!("{}-quantile of", f64::from(millionths) / 1e6), "?")
        }
        Function::Top(count) => what(&format!("Most frequent {count} values of"), "?"),
    };
    match window.micros {
        Some(_) => text.push_str(&format!(" over {}", window.text.value())),
        None => text.push_str(" over all time"),
    }
    if let Some(resolution) = &args.resolution {
        text.push_str(&format!(" in steps of {}", resolution.text.value()));
    }
    if let Some(delay) = &args.delay {
        text.push_str(&format!(", until {} before", delay.text.value()));
    }
    if let Some(filter) = &args.filter {
        text.push_str(&format!(", where `{}`", filter_text(filter, false)));
    }
    text.push('.');
    Some(text)
}

fn filter_text(filter: &Filter, nested: bool) -> String {
    let list = |parts: &[Filter], between: &str| {
        let parts: Vec<String> = parts.iter().map(|part| filter_text(part, true)).collect();
        let text = parts.join(between);
        if nested { format!("({text})") } else { text }
    };
    match filter {
        Filter::All(parts) => list(parts, " && "),
        Filter::Any(parts) => list(parts, " || "),
        Filter::Not(inner) => match &**inner {
            Filter::Compare { .. } => format!("!({})", filter_text(inner, false)),
            Filter::IsSome(column) => format!("{}.is_none()", column.name),
            other => format!("!{}", filter_text(other, true)),
        },
        Filter::IsTrue(column) => column.name.clone(),
        Filter::IsSome(column) => format!("{}.is_some()", column.name),
        Filter::Compare {
            column,
            comparison,
            constant,
        } => format!(
            "{} {} {}",
            column.name,
            sign(comparison),
            constant_text(constant)
        ),
    }
}

fn constant_text(constant: &Constant) -> String {
    let last = |path: &syn::ExprPath| {
        let segment = path.path.segments.last();
        segment.map_or_else(String::new, |segment| segment.ident.to_string())
    };
    match constant {
        Constant::Bool(value, _) => value.to_string(),
        Constant::Int(value, _) => value.to_string(),
        Constant::Number(number, _) => match number.decimal {
            Some((digits, scale)) => decimal_text(digits, scale),
            None => format!("{:?}", number.float),
        },
        Constant::Text(text) => format!("{:?}", text.value()),
        Constant::Variant(path) | Constant::Named(path) => last(path),
    }
}

fn decimal_text(digits: i128, scale: u8) -> String {
    let sign = if digits < 0 { "-" } else { "" };
    let scale = usize::from(scale);
    let text = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
    let (whole, behind) = text.split_at(text.len() - scale);
    if behind.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{behind}")
    }
}
