//! Every case in `cases/` fails to compile with just the errors beside it. After a change of
//! wording, `TRYBUILD=overwrite cargo test -p featurestore-compile-fail` writes them anew.

#[test]
fn every_wrong_declaration_is_an_error_at_its_place() {
    trybuild::TestCases::new().compile_fail("cases/*/*.rs");
}
