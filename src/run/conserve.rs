//! Rows are conserved: from the rows of every sheet to the fate of every member and the links of every benefit.
//! A mismatch is our own mistake, and fails the run before anything is published.

use super::input::Loaded;
use crate::audit::Audit;
use crate::emit::Manifest;
use crate::error::{Error, Kind, Place, Result, Text};
use crate::normalise::Shape;
use crate::say;
use crate::table::{Linkage, Side};

/// Checks every equation; all that fail are reported together.
pub(super) fn check(loaded: &Loaded, linkage: &Linkage, audit: &Audit) -> Result<()> {
    let mut errors = unbalanced_sheets(loaded);
    for side in Side::BOTH {
        errors.extend(lost_in_assembly(loaded, side));
        errors.extend(fateless(loaded, linkage, side));
        errors.extend(unlinked_benefits(loaded, audit, side));
    }
    errors.extend(lost_on_rolls(loaded));
    Error::all(errors).map_or(Ok(()), Err)
}

/// The equations over what was written: every finding in exactly one worklist, every fate counted.
pub(super) fn check_published(manifest: &Manifest) -> Result<()> {
    let broken_ones = manifest.conservation.iter().filter(|equation| !equation.holds);
    let errors = broken_ones
        .map(|equation| {
            let (what, total, terms) = (&equation.what, equation.total, &equation.terms);
            broken(say!("{what}：共 {total}，分项 {terms:?}", "{what}: {total} in all, but {terms:?}"))
        })
        .collect();
    Error::all(errors).map_or(Ok(()), Err)
}

fn unbalanced_sheets(loaded: &Loaded) -> Vec<Error> {
    let sheets = loaded.tally.check().into_iter();
    sheets
        .map(|(_, file, sheet, read, classified)| {
            broken(say!("读到 {read} 行，归类 {classified} 行", "{read} rows read, {classified} classified"))
                .at(Place::sheet(file, sheet))
        })
        .collect()
}

fn lost_in_assembly(loaded: &Loaded, side: Side) -> Vec<Error> {
    let registry = &loaded.registries[side.index()];
    let tables = [
        (Shape::Person, registry.person_rows()),
        (Shape::Benefit, registry.benefits.height()),
        (Shape::Outcome, registry.outcomes.height()),
    ];
    let accepted = |shape| loaded.accepted.get(&(side, shape)).copied().unwrap_or(0);
    let lost = tables.into_iter().filter(|(shape, height)| accepted(*shape) != *height);
    lost.map(|(shape, height)| {
        let (title, word, rows) = (side.title(), side.word(), accepted(shape));
        broken(say!(
            "{title} {shape:?}：接收 {rows} 行，入表 {height} 行",
            "{word} {shape:?}: {rows} rows accepted, {height} in the table"
        ))
    })
    .collect()
}

/// Every accepted row of a roll proves something, or at least that its person is on it.
fn lost_on_rolls(loaded: &Loaded) -> Option<Error> {
    let rows = loaded.rolls.records.chunk_by(|a, b| (a.sheet_ix, a.row) == (b.sheet_ix, b.row)).count();
    let accepted = loaded.accepted_on_rolls;
    (rows != accepted).then(|| {
        broken(say!(
            "部门名册：接收 {accepted} 行，入表 {rows} 行",
            "rolls: {accepted} rows accepted, {rows} in the table"
        ))
    })
}

fn fateless(loaded: &Loaded, linkage: &Linkage, side: Side) -> Option<Error> {
    let (members, fates) = (loaded.registries[side.index()].members.height(), linkage.fates[side.index()].len());
    (members != fates).then(|| {
        let (title, word) = (side.title(), side.word());
        broken(say!("{title}：{members} 人，匹配结果 {fates} 人", "{word}: {members} members, {fates} with a fate"))
    })
}

fn unlinked_benefits(loaded: &Loaded, audit: &Audit, side: Side) -> Option<Error> {
    let rows = loaded.registries[side.index()].benefits.height();
    let linked = audit
        .benefit_links
        .iter()
        .filter(|link| match side {
            Side::National => link.national.is_some(),
            Side::Provincial => link.provincial.is_some(),
        })
        .count();
    (rows != linked).then(|| {
        let (title, word) = (side.title(), side.word());
        broken(say!(
            "{title}：帮扶措施 {rows} 条，比对结果 {linked} 条",
            "{word}: {rows} benefit rows, {linked} in links"
        ))
    })
}

fn broken(problem: Text) -> Error {
    Error::new(Kind::Input, problem)
        .remedy(say!("行数不平衡，结果未发布，请报告此问题", "rows were lost: nothing is published; report this"))
}
