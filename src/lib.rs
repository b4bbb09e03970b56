//! # hedui (核对): two registries, one truth
//!
//! A county keeps its registered poor households in two systems: the *national* one (国办系统, the reference) and the
//! *provincial* platform (省办平台, to be corrected). Staff export both as spreadsheets. This crate loads the exports,
//! links households and members although identifiers and names are damaged, finds every inconsistency and every
//! missing benefit record, and hands each village a workbook of what to correct.
//!
//! ## How data flows
//!
//! ```text
//!  pipelines/*.toml ─► pipeline (options ─► Plan)                       ledger.sqlite (previous items)
//!                            │ settings for each stage                          │
//!  national files ─► ingest ─► normalise ─┐                                     ▼
//!                       │ rejects         ├─► link ─► Linkage ─► audit ─► findings ─► ledger ─► items
//!  provincial files ─► ingest ─► normalise┤                            ▲    │             │
//!  departments' rolls ► ingest ─► normalise┴─► link to both ─► evidence ┘    │             │
//!                                                                           └──────┬──────┘
//!                                                                         emit ◄───┘
//!                                             worklists · summary · data/*.parquet · manifest
//! ```
//!
//! Between the doors ([`ingest`], [`emit`], and the files of [`ledger`] and [`pipeline`]) everything is pure: tables in,
//! tables out; no files, clock, environment, randomness or printing.
//!
//! ## Where things are
//!
//! | layer | module | what it is |
//! |---|---|---|
//! | 8 | [`cli`] | the only code that prints, reads the clock or the environment |
//! | 7 | [`run`] | the pipeline as a table of contents; keeps the row tally |
//! | 6 | [`pipeline`] | TOML → resolved settings, every mistake with its line |
//! | 5 | [`emit`] | worklists, summary, published tables, manifest, publication by one rename |
//! | 4 | [`ledger`] | a finding's life across runs |
//! | 3 | [`audit`] | linked registries → findings and rates |
//! | 2 | [`link`], [`synth`] | records → links; populations with known truth |
//! | 1 | [`ingest`], [`normalise`] | files → text with places → canonical tables |
//! | 0 | [`table`], [`engine`], [`similarity`], [`error`], `private` | the nouns, the seam, the kernels, the failures, files that only their owner reads |
//!
//! A module uses modules of lower layers and its own children only; a test reads the sources and holds this.
//!
//! ## What always holds
//!
//! 1. Rows are conserved: every row of every sheet is one of title, header, blank, footer, repeated header, accepted,
//!    rejected with a reason; every member has one fate; every finding is in one worklist. A mismatch fails the run.
//! 2. Text stays text: identifiers are never numbers, and a damaged one is reported, never repaired into an output.
//! 3. Same input, same bytes: any number of threads, any order of files.
//! 4. A machine closes an item only on proof about its own subject; what was not delivered is not judged, not counted, and
//!    freezes its items.
//! 5. A rule that could not be evaluated says so, and a rate carries its numerator and denominator.
//! 6. No personal data in logs, errors, file names or the summary.
//! 7. Nothing is half-published: a run becomes visible by one rename.
//!
//! ## Words
//!
//! *source* (a file as exported), *registry* (one side in canonical tables), *roll* (a department's list of who received what),
//! *data year* (the year a register's rows are of), *past* (in earlier data years only), *pair* (two records compared), *level* (how
//! one field agreed), *pattern* (all levels of a pair), *weight* (log2 odds, in bits), *link* (a decided pair), *finding*
//! (a problem seen in this run), *item* (a finding's life across runs), *part, partial, whole* (what a stage runs on,
//! gives, merges to). `*_no` is a number as exported, `*_ix` a dense row number of this run.

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
mod private;
pub mod run;
pub mod similarity;
pub mod synth;
pub mod table;
