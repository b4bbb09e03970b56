//! What can be typed. Nothing but parsing happens here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::error::Lang;
use crate::table::Severity;

/// Compares two household registries, links households and members, and emits correction worklists (核对).
#[derive(Debug, Parser)]
#[command(name = "hedui", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Language of messages.
    #[arg(long, global = true, value_enum, default_value = "zh")]
    pub(crate) lang: LangArg,
    /// No progress bars.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// `--lang`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LangArg {
    Zh,
    En,
}

impl From<LangArg> for Lang {
    fn from(lang: LangArg) -> Self {
        match lang {
            LangArg::Zh => Self::Zh,
            LangArg::En => Self::En,
        }
    }
}

/// One verb each.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a pipeline: exports in, worklists and summary out.
    Run(RunArgs),
    /// Link people only: two tables, or those of a county pipeline; publishes `member_links`.
    Link(LinkArgs),
    /// Check a pipeline without its data: every mistake, with file and line.
    Check(CheckArgs),
    /// Look into export files: sheets, encodings, header rows, columns recognised or not, damage.
    Inspect(InspectArgs),
    /// Why two records were linked or not, or a finding was raised.
    Why(WhyArgs),
    /// List the rules.
    Rules(RulesArgs),
    /// Print one rule's page.
    Explain(ExplainArgs),
    /// Read filled-in review files back: all are checked, then all are stored.
    Returns(ReturnsArgs),
    /// Compare a run's links and findings with known truth.
    Evaluate(EvaluateArgs),
    /// Make a synthetic county with known truth.
    Synth(SynthArgs),
    /// Print a shell completion script.
    Completions(CompletionsArgs),
}

/// `hedui run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Pipeline file, e.g. pipelines/county.toml.
    pub(crate) pipeline: PathBuf,
    /// Folder of the exports, instead of the pipeline's.
    #[arg(long, value_name = "DIR")]
    pub(crate) input: Option<PathBuf>,
    /// Folder of the results, instead of the pipeline's.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Date the exports speak of, YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Threads; all cores when absent.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Emit, and follow up, this township only.
    #[arg(long, value_name = "TOWNSHIP")]
    pub(crate) scope: Option<String>,
    /// Model of an earlier run (data/model.json), instead of estimating it anew.
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Accept what is refused otherwise: "TOWNSHIP KIND" or TOWNSHIP for a smaller delivery, as-of for an older date, closings for
    /// many items closed at once, unmatched for exports that have hardly anything in common, ledger for a history that begins
    /// afresh. Recorded with the run.
    #[arg(long, value_name = "WHAT")]
    pub(crate) accept: Vec<String>,
    /// Do everything, publish nothing: the ledger and `latest` stay as they are.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Exit 99 at once when nothing changed since the last run: exports, pipeline and date.
    #[arg(long)]
    pub(crate) if_changed: bool,
    /// Exit 1 when there are findings of this severity or graver.
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub(crate) fail_on: Option<SeverityArg>,
    /// Print the digest as JSON on stdout.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SeverityArg {
    Info,
    Warning,
    Error,
}

impl From<SeverityArg> for Severity {
    fn from(severity: SeverityArg) -> Self {
        match severity {
            SeverityArg::Info => Self::Info,
            SeverityArg::Warning => Self::Warning,
            SeverityArg::Error => Self::Error,
        }
    }
}

/// `hedui link`.
#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    /// Pipeline file: one of two person tables (pipelines/persons.toml), or a county's.
    pub(crate) pipeline: PathBuf,
    /// Left table, the reference, instead of the pipeline's; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) left: Vec<PathBuf>,
    /// Right table, instead of the pipeline's; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) right: Vec<PathBuf>,
    /// Folder of the tables, instead of the pipeline's.
    #[arg(long, value_name = "DIR")]
    pub(crate) input: Option<PathBuf>,
    /// Folder of the results, instead of the pipeline's.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Threads; all cores when absent.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Model of an earlier run (data/model.json), instead of estimating it anew.
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Print what each blocking rule costs and buys.
    #[arg(long)]
    pub(crate) explain_blocking: bool,
    /// Link, but publish nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the digest as JSON on stdout.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `hedui check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Pipeline file.
    pub(crate) pipeline: PathBuf,
    /// Print what was resolved as JSON on stdout.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `hedui inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Export files.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Pipeline whose profiles and vocabularies are tried.
    #[arg(long, value_name = "PIPELINE", default_value = "pipelines/county.toml")]
    pub(crate) pipeline: PathBuf,
}

/// `hedui why`.
#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    /// Run folder, or the results folder (its latest run).
    pub(crate) run: PathBuf,
    /// A finding id (问题编号), or two people to compare: `national-file:row` and `provincial-file:row`, left and right; or
    /// their person numbers.
    #[arg(required = true, num_args = 1..=2, value_name = "SUBJECT")]
    pub(crate) subject: Vec<String>,
    /// Pipeline that made the run: a county's, or one of two person tables.
    #[arg(long, value_name = "PIPELINE", default_value = "pipelines/county.toml")]
    pub(crate) pipeline: PathBuf,
    /// Folder of the exports, or of the tables, instead of the pipeline's.
    #[arg(long, value_name = "DIR")]
    pub(crate) input: Option<PathBuf>,
    /// Left table, instead of the pipeline's, as given to `hedui link`; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) left: Vec<PathBuf>,
    /// Right table, instead of the pipeline's; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) right: Vec<PathBuf>,
    /// Also write the evidence as a picture.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}

/// `hedui rules`.
#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// Pipeline whose rules are listed.
    #[arg(long, value_name = "PIPELINE", default_value = "pipelines/county.toml")]
    pub(crate) pipeline: PathBuf,
    /// `text`: one line a rule; `md`: a rule book to print; `json`.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: RulesFormat,
}

/// `--format` of `hedui rules`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RulesFormat {
    Text,
    Md,
    Json,
}

/// `hedui explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Rule id, as on the worklist.
    pub(crate) rule: String,
    /// Pipeline whose rules are known.
    #[arg(long, value_name = "PIPELINE", default_value = "pipelines/county.toml")]
    pub(crate) pipeline: PathBuf,
}

/// `hedui returns`.
#[derive(Debug, Args)]
pub(crate) struct ReturnsArgs {
    /// Pipeline whose runs made the files.
    pub(crate) pipeline: PathBuf,
    /// Filled-in review files (待人工判定.xlsx).
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Folder of the results, instead of the pipeline's.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Let these files overrule earlier rulings that say something else.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Print the counts as JSON on stdout.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `hedui evaluate`.
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// Run folder, or the results folder (its latest run).
    pub(crate) run: PathBuf,
    /// Truth: the folder that `hedui synth` wrote, its members.csv, or any CSV of pairs with the columns `left` and
    /// `right`, the person numbers of both sides.
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: PathBuf,
    /// JSON on stdout.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `hedui synth`.
#[derive(Debug, Args)]
pub(crate) struct SynthArgs {
    /// Households in the reference registry.
    #[arg(long, value_name = "N", default_value_t = 600)]
    pub(crate) households: u64,
    /// Seed: the same seed gives the same bytes.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Folder to write.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Format of the exports.
    #[arg(long, value_enum, default_value = "mixed")]
    pub(crate) format: SynthFormat,
    /// Damage, as a multiple of what is normal.
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub(crate) damage: f64,
    /// Differences and wrong entries between the two systems, as a multiple of what is normal.
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub(crate) errors: f64,
    /// Share of provincial identifiers missing or damaged, instead of what `--damage` gives.
    #[arg(long, value_name = "SHARE")]
    pub(crate) missing_ids: Option<f64>,
    /// The platform numbers households and people by itself.
    #[arg(long)]
    pub(crate) own_numbers: bool,
    /// Years of benefits; none when empty.
    #[arg(long, value_name = "YEARS", value_delimiter = ',', default_value = "2016,2017,2018")]
    pub(crate) years: Vec<i32>,
    /// No benefits at all.
    #[arg(long)]
    pub(crate) no_benefits: bool,
    /// Departments' rolls of whoever really received an item.
    #[arg(long)]
    pub(crate) rolls: bool,
    /// Years of the registers; earlier ones are written beside the newest.
    #[arg(long, value_name = "YEARS", value_delimiter = ',')]
    pub(crate) data_years: Vec<i32>,
}

/// `--format` of `hedui synth`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SynthFormat {
    /// As a county has them: workbooks and GB18030 text.
    Mixed,
    Xlsx,
    /// GB18030, a trailing comma on every data row.
    Csv,
    /// UTF-8.
    Utf8,
    Parquet,
}

/// `hedui completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell.
    pub(crate) shell: clap_complete::Shell,
}
