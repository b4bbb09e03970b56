//! How good the links are, for a manager: how many are wrong, whether anybody was overlooked, whether 99 % is 99 %.

use maud::{Markup, html};

use crate::emit::area::thousands;
use crate::link::Quality;
use crate::link::quality::Reliability;

/// The section; nothing where nothing was measured.
pub(super) fn section(quality: &Quality) -> Markup {
    let measured = quality.blocking_recall.of > 0 || quality.decoys.is_some();
    html! {
        @if measured {
            section {
                h2 { "匹配质量 " span.note { "不靠人工标注，由数据自身估计" } }
                table { tbody {
                    (wrong(quality))
                    (overlooked(quality))
                } }
                (reliability(quality))
            }
        }
    }
}

/// Wrong links expected, with the interval.
fn wrong(quality: &Quality) -> Markup {
    html! {
        @if let Some(decoys) = &quality.decoys {
            tr {
                td { "误配他人的估计比例" }
                td {
                    strong { (percent(decoys.false_share)) } "，95% 上限 " (percent(decoys.false_share_high))
                    span.note {
                        "（放入 " (thousands(decoys.decoys)) " 个虚构人员试匹配，" (thousands(decoys.linked))
                        " 个被误配；国办未匹配 " (thousands(decoys.unlinked)) " 人，已匹配 " (thousands(decoys.links)) " 人；同户亲属之间的误配不在其内）"
                    }
                }
            }
        }
    }
}

/// People whom no rule would compare.
fn overlooked(quality: &Quality) -> Markup {
    let share = quality.blocking_recall;
    let known = if quality.known_by_identifier { "证件号码相同的人员对" } else { "本次匹配的人员对" };
    html! {
        @if share.of > 0 {
            tr {
                td { "候选规则的查全率" }
                td {
                    strong { (percent(share.count as f64 / share.of as f64)) }
                    span.note {
                        "（" (known) "抽查 " (thousands(share.of)) " 对，不看证件号码也能列为候选的 "
                        (thousands(share.count)) " 对；逐条规则见 data/link_quality.json）"
                    }
                }
            }
        }
    }
}

/// Expected against observed, for everybody.
fn reliability(quality: &Quality) -> Markup {
    let lines: Vec<&Reliability> = quality.reliability.iter().filter(|line| line.stratum.is_none()).collect();
    html! {
        @if !lines.is_empty() {
            table {
                thead { tr { th { "匹配权重（比特）" } th.n { "对数" } th.n { "预计同一人" } th.n { "实为同一人" } th { "实际比例（95% 区间）" } } }
                tbody {
                    @for line in lines {
                        tr {
                            td { (line.from_bits) " 至 " (line.to_bits) }
                            td.n { (thousands(line.pairs.round() as u64)) }
                            td.n { (format!("{:.1}", line.expected)) }
                            td.n { (thousands(line.observed.round() as u64)) }
                            td { (percent(line.observed / line.pairs)) "（" (percent(line.low)) "～" (percent(line.high)) "）" }
                        }
                    }
                }
            }
            p.note { "以证件号码有效且相同者为同一人，隐去证件号码后比对；按乡镇的同样表格见 data/link_quality.json。" }
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}
