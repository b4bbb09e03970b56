//! From what a rule noticed to a finding that a village can work with.
//!
//! A rule names its subject and says what is wrong; everything else on a finding (who, where, which file and row,
//! the stable id) follows from the subject and is filled in here, so that no rule can forget it. Ids of findings that
//! share an identity are told apart at the end, by content.

use std::cmp::Ordering;

use super::facts::Facts;
use super::key::{Base, Keyer};
use super::view::NONE;
use crate::table::finding::RowPlace;
use crate::table::{Category, CorrectIn, Finding, Scope, Severity, Side, SubjectRows, Words};

/// The part of a rule that its findings carry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RuleHead<'r> {
    pub(crate) id: &'r str,
    pub(crate) category: Category,
    pub(crate) severity: Severity,
}

/// Whom a finding is about: rows of both sides, [`NONE`] where there is none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) scope: Scope,
    /// The registry that contradicts itself; `None` when two registries are compared.
    pub(crate) side: Option<Side>,
    pub(crate) members: [u32; 2],
    pub(crate) households: [u32; 2],
}

impl Subject {
    /// A linked pair of people, or one person alone.
    pub(crate) fn people(facts: &Facts<'_>, members: [u32; 2]) -> Self {
        let households = [0, 1].map(|side| match members[side] {
            NONE => NONE,
            member => facts.sides[side].household_of(member),
        });
        Self { scope: Scope::Member, side: None, members, households }
    }
    /// A linked pair of households, or one household alone.
    pub(crate) fn households(households: [u32; 2]) -> Self {
        Self { scope: Scope::Household, side: None, members: [NONE; 2], households }
    }
    /// A person of one side, whose partner on the other is shown beside.
    pub(crate) fn member_of(facts: &Facts<'_>, side: Side, member: u32) -> Self {
        Self { side: Some(side), ..Self::people(facts, facts.both_members(side, member)) }
    }
    /// A household of one side, whose counterpart is shown beside.
    pub(crate) fn household_of(facts: &Facts<'_>, side: Side, household: u32) -> Self {
        Self { side: Some(side), ..Self::households(facts.both_households(side, household)) }
    }
}

/// What a rule says about a subject.
#[derive(Debug, Clone)]
pub(crate) struct Say<'s> {
    /// Field at fault.
    pub(crate) field: Option<&'s str>,
    /// What tells findings of one rule on one subject apart, where the field does not: the benefit item.
    pub(crate) detail: &'s str,
    /// The item of the record that proves it, where the detail says more.
    pub(crate) about: Option<&'s str>,
    pub(crate) year: Option<i32>,
    /// Values as printed, national and provincial.
    pub(crate) values: [Option<Words>; 2],
    pub(crate) correct_in: CorrectIn,
    pub(crate) message: Words,
    pub(crate) remedy: Words,
    pub(crate) cause: Option<Base>,
    /// The gravity of this finding, where it is not the rule's.
    pub(crate) severity: Option<Severity>,
    /// The row behind it, where the subject has none.
    pub(crate) place: Option<RowPlace>,
}

impl Say<'_> {
    /// A message with its remedy.
    pub(crate) fn new(correct_in: CorrectIn, message: Words, remedy: impl Into<Words>) -> Self {
        let remedy = remedy.into();
        let values = [None, None];
        let (field, detail, about, year, cause, severity, place) = (None, "", None, None, None, None, None);
        Self { field, detail, about, year, values, correct_in, message, remedy, cause, severity, place }
    }
}

/// A finding whose id is not known yet, with the rows it is about.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) base: Base,
    pub(crate) cause: Option<Base>,
    pub(crate) side: Option<Side>,
    pub(crate) members: [u32; 2],
    pub(crate) households: [u32; 2],
    pub(crate) finding: Finding,
}

impl Draft {
    /// Puts the finding where its subject lives by these facts, when they know.
    pub(crate) fn move_to(&mut self, facts: &Facts<'_>) {
        let Self { side, members, households, finding, .. } = self;
        let subject = Subject { scope: finding.scope, side: *side, members: *members, households: *households };
        if let (township @ Some(_), village) = place(facts, &subject) {
            (finding.township, finding.village) = (township, village);
        }
    }
}

impl Draft {
    /// The finding with the rows that it ended up on.
    fn finished(self) -> Finding {
        let rows = |rows: [u32; 2]| rows.map(|row| (row != NONE).then_some(row));
        let subject = SubjectRows { members: rows(self.members), households: rows(self.households) };
        Finding { subject, ..self.finding }
    }
}

/// Fills in everything that follows from the subject.
pub(crate) fn draft(facts: &Facts<'_>, rule: RuleHead<'_>, subject: Subject, say: Say<'_>) -> Draft {
    let told_apart_by = if say.detail.is_empty() { say.field.unwrap_or_default() } else { say.detail };
    let base = identity(facts, rule.id, &subject, told_apart_by, say.year);
    let (township, village) = place(facts, &subject);
    let person = |read: fn(&Facts<'_>, usize, u32) -> Option<String>| {
        (0..2).find_map(|side| read(facts, side, named_member(facts, &subject, side)))
    };
    let household_no = |side: usize| facts.sides[side].household_no.get(subject.households[side]).map(str::to_owned);
    let person_no = |side: usize| facts.sides[side].person_no.get(subject.members[side]).map(str::to_owned);
    let head_name = (0..2).find_map(|side| facts.sides[side].head_name(subject.households[side]).map(str::to_owned));
    let name = person(|facts, side, row| facts.sides[side].name.get(row).map(str::to_owned));
    let [national_value, provincial_value] = say.values;
    let finding = Finding {
        finding_id: String::new(),
        rule_id: rule.id.to_owned(),
        category: rule.category,
        severity: facts.settings.severity(rule.id, say.severity.unwrap_or(rule.severity)),
        scope: subject.scope,
        township,
        village,
        national_household_no: household_no(0),
        national_person_no: person_no(0),
        provincial_household_no: household_no(1),
        provincial_person_no: person_no(1),
        name: name.or_else(|| head_name.clone()),
        head_name,
        id_no: person(|facts, side, row| facts.sides[side].id_text.get(row).map(str::to_owned)),
        relation: person(|facts, side, row| facts.sides[side].relation_text.get(row).map(str::to_owned)),
        year: say.year,
        field: say.field.map(str::to_owned),
        national_value,
        provincial_value,
        correct_in: say.correct_in,
        message: say.message,
        remedy: say.remedy,
        cause_id: None,
        national: row_place(facts, &subject, &say.place, 0),
        provincial: row_place(facts, &subject, &say.place, 1),
        side: subject.side,
        about: say.about.unwrap_or(told_apart_by).to_owned(),
        subject: SubjectRows::default(),
    };
    Draft {
        base,
        cause: say.cause,
        side: subject.side,
        members: subject.members,
        households: subject.households,
        finding,
    }
}

/// The person whose name stands on the finding: the member, or the head of the household.
fn named_member(facts: &Facts<'_>, subject: &Subject, side: usize) -> u32 {
    match subject.members[side] {
        NONE if subject.members == [NONE; 2] => facts.sides[side].head_of(subject.households[side]),
        member => member,
    }
}

fn place(facts: &Facts<'_>, subject: &Subject) -> (Option<String>, Option<String>) {
    let place = (0..2)
        .map(|side| match subject.members[side] {
            NONE => facts.places.of_household(side, subject.households[side]),
            member => facts.places.of_member(side, member),
        })
        .find(|place| *place != 0);
    let (township, village) = facts.places.name(place.unwrap_or(0));
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    (known(township), known(village))
}

/// The row of the subject; a place that the rule states stands on the side it corrects or accuses.
fn row_place(facts: &Facts<'_>, subject: &Subject, stated: &Option<RowPlace>, side: usize) -> Option<RowPlace> {
    if stated.is_some() && subject.side.is_none_or(|own| own.index() == side) {
        return *stated;
    }
    match subject.members[side] {
        NONE => facts.sides[side].household_places.get(subject.households[side]),
        member => facts.sides[side].member_places.get(member),
    }
}

/// The identity of what a rule says about a subject; `told_apart_by` is the field, or the benefit item.
pub(crate) fn identity(
    facts: &Facts<'_>,
    rule_id: &str,
    subject: &Subject,
    told_apart_by: &str,
    year: Option<i32>,
) -> Base {
    let side = subject.side.map_or("", Side::word);
    let period = year.map(|year| year.to_string()).unwrap_or_default();
    let [kind, first, second] = subject_key(facts, subject);
    facts.keyer.base(&[rule_id, side, subject.scope.word(), kind, first, second, told_apart_by, &period])
}

/// The subject's own key: identifier, else numbers, else household number and name; national before provincial.
fn subject_key<'f>(facts: &'f Facts<'_>, subject: &Subject) -> [&'f str; 3] {
    let people = || (0..2).filter(|side| subject.members[*side] != NONE);
    let id18 = people().find_map(|side| facts.sides[side].id18.get(subject.members[side]));
    if let Some(id18) = id18 {
        return ["id18", id18, ""];
    }
    if let Some(side) = people().next() {
        let (view, member) = (&facts.sides[side], subject.members[side]);
        let household_no = view.household_no.get(subject.households[side]).unwrap_or_default();
        return match view.person_no.get(member) {
            Some(person_no) => ["person_no", household_no, person_no],
            None => ["name", household_no, view.name_key.get(member).unwrap_or_default()],
        };
    }
    let household = |side: usize| facts.sides[side].household_no.get(subject.households[side]);
    match (household(0), household(1)) {
        (Some(no), _) => ["national_household", no, ""],
        (None, Some(no)) => ["provincial_household", no, ""],
        (None, None) => ["registry", "", ""],
    }
}

/// All drafts as findings: sorted, numbered, each with its cause. Of findings of one identity the first keeps it; the others
/// are told apart by whom they are about, so that none changes its id when another one goes.
pub(crate) fn finish(facts: &Facts<'_>, mut drafts: Vec<Draft>) -> Vec<Finding> {
    use rayon::slice::ParallelSliceMut;
    drafts.par_sort_unstable_by(|a, b| a.base.cmp(&b.base).then_with(|| order(&a.finding, &b.finding)));
    for alike in drafts.chunk_by_mut(|a, b| a.base == b.base) {
        let mut equal = 0;
        for at in 0..alike.len() {
            let is_equal = at > 0 && whom(&alike[at - 1].finding) == whom(&alike[at].finding);
            equal = if is_equal { equal + 1 } else { 0 };
            let (base, whom) = (alike[at].base, whom(&alike[at].finding).map(Option::unwrap_or_default));
            alike[at].finding.finding_id = match at {
                0 => Keyer::id(&base),
                _ => facts.keyer.id_of(&base, &whom, equal),
            };
        }
    }
    for draft in &mut drafts {
        draft.finding.cause_id = draft.cause.map(|cause| Keyer::id(&cause));
    }
    let mut findings: Vec<Finding> = drafts.into_iter().map(Draft::finished).collect();
    findings.par_sort_unstable_by(published_order);
    findings
}

/// Whom a finding is about, in the systems' own numbers; the name where they give none.
fn whom(finding: &Finding) -> [Option<&str>; 5] {
    let [a, b, c, d] = [
        &finding.national_household_no,
        &finding.national_person_no,
        &finding.provincial_household_no,
        &finding.provincial_person_no,
    ]
    .map(Option::as_deref);
    let has_number = if finding.scope == Scope::Member { b.or(d) } else { a.or(c) }.is_some();
    [a, b, c, d, finding.name.as_deref().filter(|_| !has_number)]
}

/// The order of published findings; total, because ids are unique.
fn published_order(a: &Finding, b: &Finding) -> Ordering {
    a.township
        .cmp(&b.township)
        .then_with(|| a.village.cmp(&b.village))
        .then_with(|| a.national_household_no.cmp(&b.national_household_no))
        .then_with(|| a.provincial_household_no.cmp(&b.provincial_household_no))
        .then_with(|| a.name.cmp(&b.name))
        .then_with(|| a.rule_id.cmp(&b.rule_id))
        .then_with(|| a.field.cmp(&b.field))
        .then_with(|| a.year.cmp(&b.year))
        .then_with(|| a.finding_id.cmp(&b.finding_id))
}

/// The order of findings of one identity: by content, so that it is the same in whatever order they were found and wherever
/// their rows stand. Those that are equal in all of it differ by their place only, and either may be the first.
fn order(a: &Finding, b: &Finding) -> Ordering {
    whom(a)
        .cmp(&whom(b))
        .then_with(|| a.name.cmp(&b.name))
        .then_with(|| a.national_value.cmp(&b.national_value))
        .then_with(|| a.provincial_value.cmp(&b.provincial_value))
        .then_with(|| a.message.cmp(&b.message))
        .then_with(|| (a.national, a.provincial).cmp(&(b.national, b.provincial)))
}
