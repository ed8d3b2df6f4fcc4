//! Descriptions from doc comments.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The doc comment of an item or a field as one text: lines of a paragraph joined by spaces,
/// paragraphs by an empty line.
pub(crate) fn description(attributes: &[Attribute]) -> String {
    let mut paragraphs: Vec<String> = vec![String::new()];
    for line in attributes.iter().filter_map(doc_text) {
        for line in line.split('\n').map(str::trim) {
            match paragraphs.last_mut() {
                Some(paragraph) if line.is_empty() && !paragraph.is_empty() => {
                    paragraphs.push(String::new());
                }
                Some(paragraph) => {
                    if !paragraph.is_empty() {
                        paragraph.push(' ');
                    }
                    paragraph.push_str(line);
                }
                None => {}
            }
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.join("\n\n")
}

fn doc_text(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(doc) = &attribute.meta else {
        return None;
    };
    match &doc.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) if doc.path.is_ident("doc") => Some(text.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_join_and_paragraphs_stay_apart() {
        let item: syn::ItemStruct = syn::parse_quote! {
            /// How much
            /// a user watches.
            ///
            /// Over 30 days.
            struct View;
        };
        assert_eq!(
            description(&item.attrs),
            "How much a user watches.\n\nOver 30 days."
        );
    }
}
