//! What the built program does, seen from outside: its folders, its messages, its exit codes.

/// Every kind of input that must not be believed.
mod bad_input;
/// Who may use whom inside the crate.
mod layers;
/// The ledger across runs of the program: closed on evidence, frozen without.
mod ledger;
/// A small county in a scratch folder, and the program run on it.
mod util;
