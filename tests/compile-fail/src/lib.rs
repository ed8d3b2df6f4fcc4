//! Declarations that must not compile, and what the compiler says about them: see `cases/`.
