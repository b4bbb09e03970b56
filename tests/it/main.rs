//! What the built program does, seen from outside: its folders, its messages, its exit codes.

/// Earlier years, rolls, entitlement, and what a county adds.
mod audit;
/// Every kind of input that must not be believed.
mod bad_input;
/// A workbook changed and saved again.
mod book;
/// Every command, and what it answers to questions it cannot answer.
mod cli;
/// Mistakes of delivery close nothing and invent nothing.
mod deliveries;
/// The same input gives the same bytes.
mod determinism;
/// What leaves the meaning of exports leaves the findings.
mod form;
/// One table in every format.
mod formats;
/// A run killed at any moment leaves everything whole.
mod kill;
/// Who may use whom inside the crate.
mod layers;
/// The ledger across runs of the program: closed on evidence, frozen without.
mod ledger;
/// Any two person tables.
mod link;
/// Files of which something is lost are refused or told.
mod loss;
/// Nobody is missing from a damaged file without a word.
mod losses;
/// Fifty people and nine things that once led astray.
mod mini_county;
/// What officers do to deliveries.
mod mistakes;
/// Exports damaged at random.
mod mutants;
/// Remedies that are carried out.
mod obey;
/// What is told of people, to whom.
mod privacy;
/// Review files filled in and read back.
mod returns;
/// Results are their owner's only.
mod rights;
/// The main job: the sample county compared, and everything published about it.
mod run;
/// The sample data are what their README says.
mod sample;
/// What a county edits: aliases, labels, rules; and what it gets wrong.
mod settings;
/// A small county in a scratch folder, and the program run on it.
mod util;
/// What a printed value, a key and a name are.
mod values;
