//! Findings → packs: one pack is one workbook for one village.
//!
//! Each finding goes to exactly one pack, by (township, village, suspect or not); those without a township or village
//! to the pack `未分配`. Inside a pack households are contiguous, in the order 组, then number; inside a household the
//! household's own findings come first, then each person's, and a finding that follows from another stands right
//! behind its cause: one action, then what it brings along. Packs longer than [`MAX_ROWS`] are cut between households
//! into numbered parts.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::household::{HouseholdKey, Households, hamlet_order};
use crate::emit::Outcome;
use crate::emit::paths::Names;
use crate::table::{Category, Finding, Item, ItemState, Scope, Severity};

/// The folder and file of findings that no village can be given.
pub(crate) const UNASSIGNED: &str = "未分配";
/// The folder of suspect lists inside a township.
const SUSPECT: &str = "疑似核查";
/// The overview's name inside a township's folder.
pub(crate) const OVERVIEW: &str = "总表";
/// Rows of one workbook: opens in a second on an office machine, and bounds the memory of writing it.
const MAX_ROWS: usize = 20_000;

/// Whose findings a pack holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place<'a> {
    /// Township and village; `None` for the unassigned.
    pub(crate) area: Option<(&'a str, &'a str)>,
    /// Whether these are suspicions to look at, not errors to correct.
    pub(crate) suspect: bool,
}

/// One workbook to be.
#[derive(Debug)]
pub(crate) struct Pack<'a> {
    /// Whose.
    pub(crate) place: Place<'a>,
    /// This part and the number of parts.
    pub(crate) part: (usize, usize),
    /// Path relative to the run folder.
    pub(crate) file: String,
    /// Blocks in order.
    pub(crate) blocks: Vec<Block<'a>>,
}

/// The findings of one household.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    /// Which household.
    pub(crate) key: HouseholdKey<'a>,
    /// Its 组.
    pub(crate) hamlet: Option<&'a str>,
    /// Name of its head.
    pub(crate) head: Option<&'a str>,
    /// Its findings in order.
    pub(crate) lines: Vec<Line<'a>>,
}

/// One finding as a line.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    /// The finding.
    pub(crate) finding: &'a Finding,
    /// Whether the line before it, or one further up in its block, is its cause.
    pub(crate) follows: bool,
    /// How many findings anywhere follow from it.
    pub(crate) consequences: usize,
    /// Its life so far, when the ledger knows it.
    pub(crate) item: Option<&'a Item>,
}

impl Pack<'_> {
    /// Rows of its list.
    pub(crate) fn rows(&self) -> usize {
        self.blocks.iter().map(|block| block.lines.len()).sum()
    }
    /// Its findings.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.blocks.iter().flat_map(|block| block.lines.iter().map(|line| line.finding))
    }
}

impl Block<'_> {
    /// Whether it has something to correct or to verify.
    pub(crate) fn is_grave(&self) -> bool {
        self.lines.iter().any(|line| line.finding.severity > Severity::Info)
    }
}

impl Line<'_> {
    /// Whether it came back after it was closed.
    pub(crate) fn reopened(&self) -> bool {
        self.item.is_some_and(|item| item.state == ItemState::Reopened)
    }
}

/// All packs, sorted by place, and the folder of every township.
#[derive(Debug)]
pub(crate) struct Distribution<'a> {
    /// Workbooks to be.
    pub(crate) packs: Vec<Pack<'a>>,
    /// Township → folder below `worklists/`.
    pub(crate) folders: BTreeMap<&'a str, String>,
}

/// Hands every finding of an outcome to its pack.
pub(crate) fn distribute<'a>(outcome: &Outcome<'a>) -> Distribution<'a> {
    let households = Households::of(outcome);
    let causes = Causes::of(outcome);
    let mut packs = Vec::new();
    for (place, findings) in by_place(&outcome.audit.findings) {
        let blocks = blocks(findings, &households, &causes, outcome);
        let parts = parts(blocks, MAX_ROWS);
        let of = parts.len();
        let part = |(ix, blocks)| Pack { place, part: (ix + 1, of), file: String::new(), blocks };
        packs.extend(parts.into_iter().enumerate().map(part));
    }
    let folders = folders(outcome, &packs);
    name_files(&mut packs, &folders);
    Distribution { packs, folders }
}

fn by_place(findings: &[Finding]) -> BTreeMap<Place<'_>, Vec<&Finding>> {
    let mut places: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for finding in findings {
        places.entry(place(finding)).or_default().push(finding);
    }
    places
}

fn place(finding: &Finding) -> Place<'_> {
    let known = |name: &'_ Option<String>| name.as_deref().is_some_and(|name| !name.trim().is_empty());
    let area = match (&finding.township, &finding.village) {
        (Some(township), Some(village)) if known(&finding.township) && known(&finding.village) => {
            Some((township.as_str(), village.as_str()))
        }
        _ => None,
    };
    Place { area, suspect: finding.category == Category::Suspect }
}

fn blocks<'a>(
    findings: Vec<&'a Finding>,
    households: &Households<'a>,
    causes: &Causes<'a>,
    outcome: &Outcome<'a>,
) -> Vec<Block<'a>> {
    let mut by_household: BTreeMap<HouseholdKey<'a>, Vec<&'a Finding>> = BTreeMap::new();
    for finding in findings {
        by_household.entry(households.key(finding)).or_default().push(finding);
    }
    let block = |(key, findings): (HouseholdKey<'a>, Vec<&'a Finding>)| Block {
        key,
        hamlet: households.hamlet(key, &findings),
        head: findings.iter().find_map(|finding| finding.head_name.as_deref()),
        lines: lines(findings, causes, &outcome.rolled.items),
    };
    let mut blocks: Vec<_> = by_household.into_iter().map(block).collect();
    blocks.sort_by(|a, b| (hamlet_order(a.hamlet), a.key).cmp(&(hamlet_order(b.hamlet), b.key)));
    blocks
}

/// The findings of one household in reading order, each cause followed by what follows from it.
fn lines<'a>(mut findings: Vec<&'a Finding>, causes: &Causes<'a>, items: &'a [Item]) -> Vec<Line<'a>> {
    findings.sort_by_cached_key(|finding| reading_order(finding));
    let mut following: HashMap<&str, Vec<&Finding>> = HashMap::new();
    let here: HashMap<&str, &Finding> =
        findings.iter().map(|finding| (finding.finding_id.as_str(), *finding)).collect();
    let mut actions = Vec::new();
    for finding in findings {
        match causes.root(finding) {
            Some(root) if here.contains_key(root) => following.entry(root).or_default().push(finding),
            _ => actions.push(finding),
        }
    }
    let line = |finding: &'a Finding, follows| Line {
        finding,
        follows,
        consequences: causes.consequences(finding),
        item: items.binary_search_by(|item| item.item_id.cmp(&finding.finding_id)).ok().map(|ix| &items[ix]),
    };
    let mut lines = Vec::new();
    for action in actions {
        lines.push(line(action, false));
        let consequences = following.remove(action.finding_id.as_str()).unwrap_or_default();
        lines.extend(consequences.into_iter().map(|finding| line(finding, true)));
    }
    lines
}

/// The household before its people, the head before the others, people together, grave before slight.
fn reading_order(finding: &Finding) -> impl Ord {
    let person = (finding.name != finding.head_name, finding.name.as_deref(), finding.id_no.as_deref());
    let problem = (finding.rule_id.as_str(), finding.field.as_deref(), finding.year, finding.finding_id.as_str());
    let about_person = finding.scope > Scope::Household;
    (about_person, person, Reverse(finding.severity), finding.category, problem)
}

/// Which finding follows from which.
struct Causes<'a> {
    cause_of: HashMap<&'a str, &'a str>,
    consequences: HashMap<&'a str, usize>,
}

impl<'a> Causes<'a> {
    fn of(outcome: &Outcome<'a>) -> Self {
        let findings = outcome.audit.findings.iter();
        let with_cause =
            findings.filter_map(|one| one.cause_id.as_deref().map(|cause| (one.finding_id.as_str(), cause)));
        let mut causes = Self { cause_of: with_cause.collect(), consequences: HashMap::new() };
        for finding in &outcome.audit.findings {
            if let Some(root) = causes.root(finding) {
                *causes.consequences.entry(root).or_default() += 1;
            }
        }
        causes
    }

    /// The first cause of a chain; `None` for a finding without one. A chain that bites its tail has no first cause.
    fn root(&self, finding: &Finding) -> Option<&'a str> {
        const LONGEST: usize = 16;
        let mut id = *self.cause_of.get(finding.finding_id.as_str())?;
        for _ in 0..LONGEST {
            match self.cause_of.get(id) {
                Some(cause) => id = cause,
                None => return Some(id),
            }
        }
        None
    }

    fn consequences(&self, finding: &Finding) -> usize {
        self.consequences.get(finding.finding_id.as_str()).copied().unwrap_or(0)
    }
}

/// Cuts between households so that no part exceeds `max_rows`; a block longer than that is cut inside.
fn parts(blocks: Vec<Block<'_>>, max_rows: usize) -> Vec<Vec<Block<'_>>> {
    let mut parts = vec![Vec::new()];
    let mut rows = 0;
    for block in blocks.into_iter().flat_map(|block| pieces(block, max_rows)) {
        if rows > 0 && rows + block.lines.len() > max_rows {
            parts.push(Vec::new());
            rows = 0;
        }
        rows += block.lines.len();
        parts.last_mut().expect("starts with one part").push(block);
    }
    parts
}

/// Households are short; what has neither number nor name may be a whole export.
fn pieces(mut block: Block<'_>, max_rows: usize) -> Vec<Block<'_>> {
    let Block { key, hamlet, head, .. } = block;
    let mut pieces = Vec::new();
    while block.lines.len() > max_rows {
        let rest = block.lines.split_off(max_rows);
        pieces.push(Block { key, hamlet, head, lines: std::mem::replace(&mut block.lines, rest) });
    }
    pieces.push(block);
    pieces
}

/// Every township's folder: those that have findings and those that were only counted.
fn folders<'a>(outcome: &Outcome<'a>, packs: &[Pack<'a>]) -> BTreeMap<&'a str, String> {
    let counted = outcome.audit.villages.iter().map(|village| village.township.as_str());
    let townships = packs.iter().filter_map(|pack| Some(pack.place.area?.0));
    let townships: BTreeSet<&str> = counted.chain(townships).filter(|township| !township.trim().is_empty()).collect();
    let mut names = Names::reserving(&[UNASSIGNED]);
    townships.into_iter().map(|township| (township, names.allot(township))).collect()
}

/// Gives every pack its path: safe components, unlike each other in one folder. Packs are sorted, hence so are names.
fn name_files(packs: &mut [Pack<'_>], folders: &BTreeMap<&str, String>) {
    let mut names: BTreeMap<(&str, bool), Names> = BTreeMap::new();
    let mut stems: BTreeMap<Place<'_>, String> = BTreeMap::new();
    for pack in packs {
        let Place { area, suspect } = pack.place;
        let stem = stems.entry(pack.place).or_insert_with(|| match area {
            None => stem(UNASSIGNED, suspect, UNASSIGNED),
            Some((township, village)) => {
                let names = names.entry((township, suspect)).or_insert_with(|| Names::reserving(&[OVERVIEW]));
                stem(&folders[township], suspect, &names.allot(village))
            }
        });
        pack.file = match pack.part {
            (_, 1) => format!("{stem}.xlsx"),
            (part, of) => format!("{stem}（第{part}册，共{of}册）.xlsx"),
        };
    }
}

fn stem(folder: &str, suspect: bool, name: &str) -> String {
    let suspect = if suspect { format!("{SUSPECT}/") } else { String::new() };
    format!("worklists/{folder}/{suspect}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::example::Example;

    #[test]
    fn parts_hold_every_row_and_keep_households_whole() {
        let example = Example::new(4);
        let outcome = example.outcome();
        // The first pack is the unassigned.
        let blocks = || distribute(&outcome).packs.remove(1).blocks;
        let check = |max_rows, expected: &[usize]| {
            let rows = |part: &Vec<Block<'_>>| part.iter().map(|block| block.lines.len()).sum::<usize>();
            assert_eq!(parts(blocks(), max_rows).iter().map(rows).collect::<Vec<_>>(), expected, "{max_rows}");
        };
        check(24, &[24]);
        check(23, &[20, 4]);
        check(9, &[8, 8, 8]);
        check(4, &[4; 6]);
        check(3, &[3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]);
    }

    #[test]
    fn a_chain_of_causes_that_bites_its_tail_loses_no_finding() {
        let mut example = Example::new(2);
        let ids: Vec<_> = example.audit.findings.iter().map(|finding| finding.finding_id.clone()).collect();
        for (finding, cause) in example.audit.findings.iter_mut().zip(ids.iter().cycle().skip(1)) {
            finding.cause_id = Some(cause.clone());
        }
        let outcome = example.outcome();
        let rows: usize = distribute(&outcome).packs.iter().map(Pack::rows).sum();
        assert_eq!(rows, ids.len());
    }

    #[test]
    fn villages_whose_names_look_alike_get_their_own_files() {
        let mut example = Example::new(1);
        for (ix, finding) in example.audit.findings.iter_mut().enumerate() {
            finding.village = Some(["东风/村", "东风村", "总表", "东风:村"][ix % 4].to_owned());
        }
        let outcome = example.outcome();
        let distribution = distribute(&outcome);
        let files: BTreeSet<&str> = distribution.packs.iter().map(|pack| pack.file.as_str()).collect();
        assert_eq!(files.len(), distribution.packs.len());
        assert!(files.contains("worklists/城关镇/总表-2.xlsx"), "{files:?}");
    }
}
