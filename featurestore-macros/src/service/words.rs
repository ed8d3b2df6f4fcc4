//! What an expression names.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::Ident;

/// Where an expression names a variable: as a word of its own, which is no method, field, path or macro.
pub(super) fn mentions(expression: &TokenStream, name: &Ident) -> Option<Span> {
    // The marks before a word: one dot makes it a member, two a range's end.
    let mut dots = 0;
    let mut tokens = expression.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Group(group) => {
                if let Some(found) = mentions(&group.stream(), name) {
                    return Some(found);
                }
            }
            TokenTree::Ident(word) if word == name => {
                let next = match tokens.peek() {
                    Some(TokenTree::Punct(next)) => Some(next.as_char()),
                    _ => None,
                };
                // `amount != 1` is a comparison.
                let is_macro = next == Some('!') && !is_comparison(&mut tokens);
                if dots != 1 && next != Some(':') && !is_macro {
                    return Some(word.span());
                }
            }
            _ => {}
        }
        dots = match &token {
            TokenTree::Punct(mark) if mark.as_char() == '.' => dots + 1,
            _ => 0,
        };
    }
    None
}

/// Whether what comes next is `!=`.
fn is_comparison(tokens: &mut std::iter::Peekable<proc_macro2::token_stream::IntoIter>) -> bool {
    use proc_macro2::Spacing;
    matches!(tokens.peek(), Some(TokenTree::Punct(mark)) if mark.spacing() == Spacing::Joint)
}

/// Where an expression may name a variable: as any word, or within a text that formats it.
pub(super) fn may_mention(expression: &TokenStream, name: &str) -> Option<Span> {
    expression
        .clone()
        .into_iter()
        .find_map(|token| match &token {
            TokenTree::Group(group) => may_mention(&group.stream(), name),
            TokenTree::Ident(word) if word == name => Some(word.span()),
            TokenTree::Literal(literal) if literal.to_string().contains(&format!("{{{name}")) => {
                Some(literal.span())
            }
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Span;
    use quote::quote;

    #[test]
    fn a_word_counts_where_it_can_be_a_variable() {
        let amount = Ident::new("amount", Span::call_site());
        for (expression, found) in [
            (quote!(amount / 2.0), true),
            (quote!(mean.map(|mean| amount / mean)), true),
            (quote!(format!("{}", amount)), true),
            (quote!(a != amount), true),
            (quote!(amount != a), true),
            (quote!(0..amount), true),
            (quote!(payment.amount), false),
            (quote!(payment.amount()), false),
            (quote!(amount::of(payment)), false),
            (quote!(amount!()), false),
            (quote!(amounts + 1), false),
        ] {
            assert_eq!(
                mentions(&expression, &amount).is_some(),
                found,
                "{expression}"
            );
        }
        assert!(may_mention(&quote!(format!("{key:?} of")), "key").is_some());
        assert!(may_mention(&quote!(format!("key of")), "key").is_none());
    }
}
