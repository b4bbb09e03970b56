//! Whether two exports have enough in common to be compared: a profile that does not fit turns everything into findings.
//!
//! In: what was read, linked and paired. Out: remarks with what to bind, and where next to nothing fits together an error before
//! anything is published; a person who knows better accepts it.

use std::collections::BTreeSet;

use super::guard::{ACCEPT_UNMATCHED, Accepted};
use crate::audit::Audit;
use crate::error::{Error, Result, Text};
use crate::normalise::MADE;
use crate::say;
use crate::table::{Decision, Headcount, Linkage, Registry, SheetNote, Side, schema};

/// Fewer people, or records, of the smaller side tell nothing.
const FEWEST: u64 = 200;
/// Of the smaller side so many are usually found on the other.
const USUAL: f64 = 0.6;
/// A smaller share is no comparison.
const HARDLY: f64 = 0.1;
/// Households without a number, records without a household: a larger share means that a column is not bound.
const WITHOUT: f64 = 0.2;

/// By what a record finds its household and person.
const FOUND_BY: [&str; 4] = ["household_no", "head_name", "name", "id_no"];
/// What pairs records.
const PAIRED_BY: [&str; 4] = ["item", "benefit_year", "name", "id_no"];
/// What links people.
const LINKED_BY: [&str; 3] = ["name", "id_no", "household_no"];

/// Remarks on what hardly fits together.
///
/// # Errors
/// Next to nothing does, and nobody accepted that.
pub(super) fn notes(
    registries: [&Registry; 2],
    linkage: &Linkage,
    audit: &Audit,
    accepted: &Accepted<'_>,
) -> Result<Vec<SheetNote>> {
    let matches = [people(registries, linkage), records(registries, audit)];
    let refused = matches.iter().flatten().filter(|fit| fit.share() < HARDLY && !accepted.has(ACCEPT_UNMATCHED));
    Error::all(refused.map(Match::error).collect()).map_or(Ok(()), Err)?;
    let matched = matches.iter().flatten().map(Match::text);
    let per_side = registries.into_iter().flat_map(|registry| [unnumbered(registry), unplaced(registry)]);
    let note = |text: Text| SheetNote { file: String::new(), sheet: String::new(), text };
    Ok(matched.chain(per_side.flatten()).map(note).collect())
}

/// How many of the smaller side have a counterpart: people or records.
struct Match {
    title: Text,
    found: u64,
    all: u64,
    /// Fields that a side's sheets have not.
    unbound: Vec<(Side, Vec<&'static str>)>,
}

impl Match {
    fn share(&self) -> f64 {
        self.found as f64 / self.all as f64
    }
    fn text(&self) -> Text {
        let Self { title: Text { zh, en }, found, all, .. } = self;
        let Text { zh: unbound, en: unbound_en } = self.unbound();
        say!(
            "{zh}：较少的一方 {all}，只有 {found} 能与另一方对上{unbound}；请先核对列和年度，再看问题清单",
            "{en}: of {all} on the smaller side only {found} are found on the other{unbound_en}; check columns and years before the findings"
        )
    }
    fn error(&self) -> Error {
        let Text { zh, en } = self.text();
        Error::input(say!("{zh}", "{en}")).remedy(say!(
            "用 hedui inspect 查看这些文件，在 profiles/*.toml 中补上表头；确实如此的，加 --accept {ACCEPT_UNMATCHED} 再运行",
            "look at the files with hedui inspect and add their headers to profiles/*.toml; if it is right, run with --accept {ACCEPT_UNMATCHED}"
        ))
    }
    fn unbound(&self) -> Text {
        let (mut zh, mut en) = (String::new(), String::new());
        for (side, fields) in &self.unbound {
            let titles = fields.iter().map(|name| schema::field(name).map_or(*name, |field| field.title));
            zh += &format!("；{}没有认出『{}』", side.title(), titles.collect::<Vec<_>>().join("』『"));
            en += &format!("; the {} exports have no {}", side.word(), fields.join(", "));
        }
        Text { zh, en }
    }
}

fn people(registries: [&Registry; 2], linkage: &Linkage) -> Option<Match> {
    let count = Headcount::of(registries, linkage);
    let found = count.decided(Decision::Match) + count.decided(Decision::Review);
    let unbound = registries.map(|registry| {
        let lacks = |field: &&str| !registry.delivered.contains(*field);
        (registry.side, LINKED_BY.into_iter().filter(lacks).collect())
    });
    is_odd(found, count.people).then(|| Match {
        title: say!("人员", "people"),
        found,
        all: count.people[0].min(count.people[1]),
        unbound: unbound.into_iter().filter(|(_, fields): &(Side, Vec<_>)| !fields.is_empty()).collect(),
    })
}

fn records(registries: [&Registry; 2], audit: &Audit) -> Option<Match> {
    let counts = registries.map(|registry| registry.benefits.height() as u64);
    let found = audit.benefit_links.iter().filter(|link| link.national.is_some() && link.provincial.is_some());
    let found = found.count() as u64;
    is_odd(found, counts).then(|| Match {
        title: say!("帮扶措施", "benefit records"),
        found,
        all: counts[0].min(counts[1]),
        unbound: registries
            .into_iter()
            .map(|registry| (registry.side, unbound_in_records(registry, &PAIRED_BY)))
            .filter(|(_, fields)| !fields.is_empty())
            .collect(),
    })
}

fn is_odd(found: u64, counts: [u64; 2]) -> bool {
    let smaller = counts[0].min(counts[1]);
    smaller >= FEWEST && (found as f64) < smaller as f64 * USUAL
}

/// Many households of which no number was read.
fn unnumbered(registry: &Registry) -> Option<Text> {
    let numbers = registry.households.column("household_no").ok()?.str().ok()?;
    let (all, made) =
        (numbers.len() as u64, numbers.iter().flatten().filter(|number| number.starts_with(MADE)).count());
    let title = registry.side.title();
    let word = registry.side.word();
    (all >= FEWEST && made as f64 > all as f64 * WITHOUT).then(|| {
        say!(
            "{title}有 {made} 户没有户编号（共 {all} 户），按户主姓名归户：有户编号的，请在 profiles 中补上它的表头",
            "{made} of {all} {word} households have no number and were put together by their heads: if the exports have one, add its header"
        )
    })
}

/// Many records whose household was not found.
fn unplaced(registry: &Registry) -> Option<Text> {
    let homes = registry.benefits.column("household_ix").ok()?;
    let (all, lost) = (homes.len() as u64, homes.null_count());
    let (title, word) = (registry.side.title(), registry.side.word());
    let unbound = unbound_in_records(registry, &FOUND_BY);
    let titles = unbound.iter().map(|name| schema::field(name).map_or(*name, |field| field.title)).collect::<Vec<_>>();
    let (titles, names) = (titles.join("』『"), unbound.join(", "));
    let (zh, en) = match unbound.is_empty() {
        true => Default::default(),
        false => (format!("；没有认出『{titles}』列"), format!("; their exports have no {names}")),
    };
    (all >= FEWEST && lost as f64 > all as f64 * WITHOUT).then(|| {
        say!(
            "{title}有 {lost} 条措施找不到所属的户（共 {all} 条），未比对{zh}",
            "{lost} of {all} {word} benefit records belong to no household that was read, and were not compared{en}"
        )
    })
}

/// Which of the fields no sheet of a side's benefit records has.
fn unbound_in_records(registry: &Registry, fields: &[&'static str]) -> Vec<&'static str> {
    let sheets: BTreeSet<u32> = match registry.benefits.column("sheet_ix").and_then(|column| column.u32()) {
        Ok(sheets) => sheets.iter().flatten().collect(),
        Err(_) => BTreeSet::new(),
    };
    let origins = sheets.iter().filter_map(|sheet| registry.origins.get(*sheet as usize));
    let bound: BTreeSet<&str> = origins.flat_map(|origin| &origin.columns).map(|(field, _)| field.as_str()).collect();
    fields.iter().filter(|field| !bound.contains(**field)).copied().collect()
}
