//! hedui
pub mod audit;
pub mod cli;
pub mod emit;
pub mod engine;
pub mod error;
pub mod ingest;
pub mod ledger;
pub mod link;
pub mod normalise;
pub mod pipeline;
pub mod run;
pub mod similarity;
pub mod synth;
pub mod table;
