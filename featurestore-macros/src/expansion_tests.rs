//! What the macros write, input beside output, in `snapshots/`.

use quote::ToTokens;
use syn::{DeriveInput, parse_quote};

fn pretty(tokens: proc_macro2::TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("the expansion is Rust"))
}

fn snapshot(name: &str, input: &DeriveInput, expansion: proc_macro2::TokenStream) {
    let input = pretty(input.to_token_stream());
    let expansion = pretty(expansion);
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, format!("{input}\n// becomes\n\n{expansion}"));
    });
}

#[test]
fn a_view_becomes_statics_and_one_impl() {
    let input: DeriveInput = parse_quote! {
        /// How much a user watches.
        #[__feature_view(entity = ["user_id", "device"], source = "data/a.parquet", ttl = "2d")]
        pub struct WatchActivity {
            pub user_id: UserId,
            pub device: String,
            pub event_timestamp: Timestamp,
            /// Titles watched.
            #[column(rename = "n", range = 0.., unit = "titles")]
            pub count: i64,
        }
    };
    snapshot("view", &input, crate::view::derive(&input));
}

#[test]
fn a_service_becomes_statics_and_one_impl() {
    let input: DeriveInput = parse_quote! {
        /// What to watch next.
        #[__feature_service()]
        pub struct WatchNext {
            #[from(UserSegment)]
            pub user_segment: Option<Segment>,
            #[from(WatchActivity, column = count, default = 0)]
            pub watch_count: i64,
        }
    };
    snapshot("service", &input, crate::service::derive(&input));
}

#[test]
fn an_enum_becomes_its_list_of_texts() {
    let input: DeriveInput = parse_quote! {
        enum Segment {
            Casual,
            #[variant(rename = "power user")]
            PowerUser,
        }
    };
    snapshot("enum", &input, crate::enums::derive(&input));
}

#[test]
fn a_newtype_and_a_struct_become_keys() {
    let input: DeriveInput = parse_quote! { struct UserId(String); };
    snapshot(
        "newtype_key",
        &input,
        crate::keys::derive_entity_key(&input),
    );
    let input: DeriveInput = parse_quote! { struct FlightKey { origin: String, tailnum: Tail } };
    snapshot("struct_key", &input, crate::keys::derive_entity_key(&input));
}
