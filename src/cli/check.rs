//! `hedui check`: everything that can be wrong, without the data.

use super::Status;
use super::args::CheckArgs;
use super::terminal;
use crate::audit;
use crate::error::{Lang, Result};
use crate::pipeline::Plan;
use crate::say;

pub(super) fn check(args: &CheckArgs, lang: Lang) -> Result<Status> {
    let plan = Plan::load(&args.pipeline)?;
    let (files, sources, profiles) = (plan.files.len(), plan.sources.len(), plan.profiles.len());
    let rules = audit::pages(&plan.audit).len();
    if args.json {
        let value = serde_json::json!({
            "title": plan.title, "files": plan.files, "sources": sources, "profiles": profiles, "rules": rules,
            "input": plan.input, "out": plan.out,
        });
        terminal::data(&format!("{value}\n"))?;
    }
    let text = say!(
        "没有问题：{files} 个配置文件，{sources} 种导出，{profiles} 个样式，{rules} 条规则",
        "all is well: {files} files, {sources} sources, {profiles} profiles, {rules} rules"
    );
    terminal::tell(text.get(lang));
    Ok(Status::Done)
}
