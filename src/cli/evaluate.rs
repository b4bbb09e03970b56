//! `hedui evaluate`: a run against known truth.

use super::Status;
use super::args::EvaluateArgs;
use super::run::run_folder;
use super::terminal;
use crate::error::{Error, Lang, Result};
use crate::say;
use crate::synth::evaluate;

pub(super) fn evaluate(args: &EvaluateArgs, lang: Lang) -> Result<Status> {
    let evaluation = evaluate::evaluate(&run_folder(&args.run)?, &args.truth)?;
    let text = if args.json {
        serde_json::to_string(&evaluation)
            .map_err(|cause| Error::internal(say!("无法写成 JSON: {cause}", "cannot write JSON: {cause}")))?
            + "\n"
    } else {
        evaluation.to_text(lang)
    };
    terminal::data(&text)?;
    Ok(Status::Done)
}
