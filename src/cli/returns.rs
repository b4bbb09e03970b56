//! `hedui returns`: what clerks decided about undecided pairs, read back.

use jiff::ZonedDateTime;

use super::Status;
use super::args::ReturnsArgs;
use super::terminal;
use crate::error::{Error, Lang, Result, Text};
use crate::pipeline::Plan;
use crate::run::{Received, Returns};
use crate::say;

pub(super) fn returns(args: &ReturnsArgs, lang: Lang) -> Result<Status> {
    let mut plan = Plan::load(&args.pipeline)?;
    plan.out = args.out.clone().unwrap_or(plan.out);
    let today = ZonedDateTime::now().date().to_string();
    let request = Returns { files: &args.files, today: &today, replace: args.replace };
    let received = crate::run::returns(&plan, &request)?;
    terminal::tell(summary(&received).get(lang));
    if args.json {
        let json = serde_json::to_string(&received)
            .map_err(|cause| Error::internal(say!("无法写成 JSON: {cause}", "cannot write JSON: {cause}")))?;
        terminal::data(&format!("{json}\n"))?;
    }
    Ok(Status::Done)
}

fn summary(received: &Received) -> Text {
    let Received { files, rows, blank, stored, replaced, unchanged } = received;
    say!(
        "读入 {files} 个文件 {rows} 对：新存判定 {stored}（其中取代以前的 {replaced}），\
         与以前相同 {unchanged}，未填 {blank}；下次核对起生效",
        "{files} files with {rows} pairs: {stored} rulings stored ({replaced} earlier ones replaced), {unchanged} as before, \
         {blank} left blank; they hold from the next run on"
    )
}
