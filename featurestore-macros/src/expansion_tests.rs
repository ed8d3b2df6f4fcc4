//! What the macros write, input beside output, in `snapshots/`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{DeriveInput, parse_quote};

use crate::errors::Errors;
use crate::known::{Drift, Package};

fn pretty(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("the expansion is Rust"))
}

fn snapshot(name: &str, input: &DeriveInput, expansion: TokenStream) {
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
    let lock = "format 1\n\n[source data/a.parquet]\ndevice string?\nevent_timestamp date?\nn i32?\nuser_id string?\n\n[service watch_next]\nwatch_count watch_activity count\n\n[view watch_activity]\ncolumn count i32\n";
    let package = Package {
        directory: "/".into(),
        lock: Some(("/featurestore.lock".into(), lock.to_owned())),
    };
    let expansion = crate::view::derive_in(
        &input,
        crate::view::VIEW,
        Some(&package),
        Drift::Deny,
        Errors::default(),
    );
    snapshot("view", &input, expansion);
}

#[test]
fn an_event_source_becomes_statics_and_one_impl() {
    let input: DeriveInput = parse_quote! {
        /// A payment.
        #[__event_source(table = "payments", timestamp = "paid_at", id = "payment_id", lateness = "2h", push)]
        pub struct Payment {
            pub payment_id: Uuid,
            pub user_id: UserId,
            pub paid_at: Timestamp,
            pub amount: Decimal<12, 2>,
        }
    };
    let front = crate::view::EVENT_SOURCE;
    let expansion = crate::view::derive_in(&input, front, None, Drift::Deny, Errors::default());
    snapshot("event_source", &input, expansion);
}

#[test]
fn a_window_view_becomes_constants_of_its_events() {
    let input: DeriveInput = parse_quote! {
        /// How a user has paid.
        #[__feature_view(entity = "user_id", events = Payment)]
        pub struct UserPayments {
            pub user_id: UserId,
            /// What was spent
            #[column(agg = sum(amount), window = "7d", filter = !declined && amount > 0.50)]
            pub spent: Decimal<18, 2>,
        }
    };
    let front = crate::view::VIEW;
    let expansion = crate::view::derive_in(&input, front, None, Drift::Deny, Errors::default());
    snapshot("window_view", &input, expansion);
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

#[test]
fn every_macro_takes_the_path_of_the_crate() {
    type Derive = fn(&DeriveInput) -> TokenStream;
    let derived: [(DeriveInput, Derive); 4] = [
        (
            parse_quote!(
                #[featurestore(crate = my::store)]
                struct UserId(String);
            ),
            crate::keys::derive_entity_key,
        ),
        (
            parse_quote!(
                #[featurestore(crate = "my::store")]
                struct Key {
                    user_id: String,
                }
            ),
            crate::keys::derive_entity_key,
        ),
        (
            parse_quote!(
                #[featurestore(crate = my::store)]
                struct Celsius(f64);
            ),
            crate::keys::derive_feature_type,
        ),
        (
            parse_quote!(
                #[featurestore(crate = my::store)]
                enum Segment {
                    Casual,
                }
            ),
            crate::enums::derive,
        ),
    ];
    for (input, derive) in derived {
        let expansion = pretty(derive(&input));
        assert!(expansion.contains(" my::store::__private"), "{expansion}");
        assert!(!expansion.contains("featurestore::"), "{expansion}");
    }
    let arguments = quote!(entity = "a", crate = my::store);
    let attached = crate::front::attach(
        &crate::front::VIEW,
        arguments,
        quote!(
            struct View;
        ),
    );
    assert!(pretty(attached).contains("derive(my::store::__private"));
    let wrong: DeriveInput = parse_quote!(
        #[featurestore(crate = 5)]
        struct UserId(String);
    );
    let message = crate::keys::derive_entity_key(&wrong).to_string();
    assert!(message.contains("FS0019: `crate` is a path"), "{message}");
}
