//! Pairing the records of one household and one item: duplicates first, then the same person and year, then a
//! payee recorded on one side only, then another member of the household, then the nearest year; what remains is missing or
//! extra.
//!
//! Within a person and year, records pair by period and amount. Where the numbers of records differ, the sums decide
//! (twelve monthly records on one side, a yearly total on the other).

use super::rows::{BenefitRow, ItemFacts, UNREAD_AMOUNT};
use crate::audit::fields::compare::near;
use crate::audit::view::NONE;
use crate::normalise::period::PartOfYear;
use crate::table::Side;

/// What became of a record, or of a pair of records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Recorded alike.
    Same,
    /// A further record behind a sum that was compared as a whole.
    InSum,
    /// Recorded with another amount, in fen; `is_total` when sums were compared.
    Amount { national: Option<i64>, provincial: Option<i64>, is_total: bool },
    /// Recorded for another member of the household.
    Beneficiary,
    /// Recorded under another year.
    Year,
    /// Only in the national system.
    Missing,
    /// Only on the platform.
    Extra,
    /// A second record of the same thing on one side.
    Duplicate(Side),
    /// The same, because the person is registered twice: that is the finding.
    OfDouble(Side),
}

/// One verdict; each record of a group is in exactly one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict<'r> {
    pub(super) national: Option<&'r BenefitRow>,
    pub(super) provincial: Option<&'r BenefitRow>,
    pub(super) kind: Kind,
}

type Rows<'r> = Vec<&'r BenefitRow>;

/// Appends the verdicts on the records of one household and item, sorted by person and year on both sides. The
/// platform may hold the records of `pooled` national households under one number.
pub(super) fn pair_group<'r>(
    [national, provincial]: [&'r [BenefitRow]; 2],
    item: &ItemFacts,
    pooled: usize,
    verdicts: &mut Vec<Verdict<'r>>,
) {
    let mut national = without_duplicates(national, Side::National, item, 1, verdicts);
    let mut provincial = without_duplicates(provincial, Side::Provincial, item, pooled, verdicts);
    pair_person_and_year(&mut national, &mut provincial, item, verdicts);
    pair_payees(&mut national, &mut provincial, item, verdicts);
    pair_beneficiaries(&mut national, &mut provincial, item, verdicts);
    pair_nearest_year(&mut national, &mut provincial, item, verdicts);
    verdicts.extend(national.into_iter().map(|row| alone(row, Side::National, Kind::Missing)));
    verdicts.extend(provincial.into_iter().map(|row| alone(row, Side::Provincial, Kind::Extra)));
}

fn alone(row: &BenefitRow, side: Side, kind: Kind) -> Verdict<'_> {
    match side {
        Side::National => Verdict { national: Some(row), provincial: None, kind },
        Side::Provincial => Verdict { national: None, provincial: Some(row), kind },
    }
}

/// The records that are not second records of the same thing. Identical records that carry no date and no period
/// may be as many as the item is paid in a year.
fn without_duplicates<'r>(
    rows: &'r [BenefitRow],
    side: Side,
    item: &ItemFacts,
    pooled: usize,
    verdicts: &mut Vec<Verdict<'r>>,
) -> Rows<'r> {
    // What names nobody is its own household's: two households of the platform may be one of the reference's.
    let whose = |row: &BenefitRow| if row.person == NONE { (row.home, row.own) } else { (NONE, NONE) };
    let key = |row: &BenefitRow| (row.person, row.year, row.period, row.date, row.amount, whose(row));
    let mut kept = Rows::with_capacity(rows.len());
    for run in rows.chunk_by(|a, b| key(a) == key(b)) {
        let once = run[0].times_allowed(item);
        let allowed = if run[0].person == NONE { once.saturating_mul(pooled) } else { once };
        let (first, rest) = run.split_at(allowed.min(run.len()));
        kept.extend(first);
        let kind = |row: &BenefitRow| match first.iter().any(|kept| kept.own == row.own) {
            true => Kind::Duplicate(side),
            false => Kind::OfDouble(side),
        };
        verdicts.extend(rest.iter().map(|row| alone(row, side, kind(row))));
    }
    kept
}

/// Settles the records that both sides hold for one person and year; the others stay.
fn pair_person_and_year<'r>(
    national: &mut Rows<'r>,
    provincial: &mut Rows<'r>,
    item: &ItemFacts,
    verdicts: &mut Vec<Verdict<'r>>,
) {
    let key = |row: &&BenefitRow| (row.person, row.year);
    let (mut left_n, mut left_p) = (Rows::new(), Rows::new());
    let (mut rest_n, mut rest_p) = (national.as_slice(), provincial.as_slice());
    while let Some(next) = [rest_n.first(), rest_p.first()].into_iter().flatten().map(key).min() {
        let (run_n, after_n) = rest_n.split_at(rest_n.iter().take_while(|row| key(row) == next).count());
        let (run_p, after_p) = rest_p.split_at(rest_p.iter().take_while(|row| key(row) == next).count());
        (rest_n, rest_p) = (after_n, after_p);
        settle(run_n, run_p, item, verdicts, &mut left_n, &mut left_p);
    }
    (*national, *provincial) = (left_n, left_p);
}

/// Pairs the records of one person and year.
fn settle<'r>(
    national: &[&'r BenefitRow],
    provincial: &[&'r BenefitRow],
    item: &ItemFacts,
    verdicts: &mut Vec<Verdict<'r>>,
    left_n: &mut Rows<'r>,
    left_p: &mut Rows<'r>,
) {
    let are_sums = national.len() != provincial.len() && !national.is_empty() && !provincial.is_empty();
    if let (true, Some(kind)) = (are_sums, compare_sums(national, provincial, item)) {
        return push_sum(national, provincial, kind, verdicts);
    }
    let (mut national, mut provincial) = (national.to_vec(), provincial.to_vec());
    take_pairs(&mut national, &mut provincial, item, verdicts, |n, p| n.period == p.period && agree(n, p, item));
    take_pairs(&mut national, &mut provincial, item, verdicts, |n, p| are_of_one_semester(n, p) && agree(n, p, item));
    take_pairs(&mut national, &mut provincial, item, verdicts, are_of_one_semester);
    take_pairs(&mut national, &mut provincial, item, verdicts, |n, p| agree(n, p, item));
    take_pairs(&mut national, &mut provincial, item, verdicts, |_, _| true);
    left_n.extend(national);
    left_p.extend(provincial);
}

/// Whether different numbers of records stand for one sum: the sums agree, or one record is larger than each of the
/// others and so must be a total.
fn compare_sums(national: &[&BenefitRow], provincial: &[&BenefitRow], item: &ItemFacts) -> Option<Kind> {
    let sum = |rows: &[&BenefitRow]| rows.iter().map(|row| row.fen()).sum::<Option<i64>>();
    let (sum_n, sum_p) = (sum(national)?, sum(provincial)?);
    if close(Some(sum_n), Some(sum_p), item) {
        return Some(Kind::Same);
    }
    // A record of a part of the year is no total.
    let is_of_part =
        |rows: &[&BenefitRow]| rows.len() == 1 && rows[0].part().is_some_and(|part| part != PartOfYear::Whole);
    if is_of_part(national) || is_of_part(provincial) {
        return None;
    }
    let is_total = |one: &[&BenefitRow], many: &[&BenefitRow]| {
        one.len() == 1 && many.iter().all(|row| row.amount < one[0].amount && !close(row.fen(), one[0].fen(), item))
    };
    let one_is_total = is_total(national, provincial) || is_total(provincial, national);
    one_is_total.then_some(Kind::Amount { national: Some(sum_n), provincial: Some(sum_p), is_total: true })
}

fn push_sum<'r>(
    national: &[&'r BenefitRow],
    provincial: &[&'r BenefitRow],
    kind: Kind,
    verdicts: &mut Vec<Verdict<'r>>,
) {
    for at in 0..national.len().max(provincial.len()) {
        let pair = (national.get(at).copied(), provincial.get(at).copied());
        let kind = match (at, pair) {
            (0, _) => kind,
            (_, (Some(_), Some(_))) => Kind::Same,
            _ => Kind::InSum,
        };
        verdicts.push(Verdict { national: pair.0, provincial: pair.1, kind });
    }
}

/// Moves pairs that `fits` out of both lists, in order; amounts decide between same and different. Spring never pairs with
/// autumn.
fn take_pairs<'r>(
    national: &mut Rows<'r>,
    provincial: &mut Rows<'r>,
    item: &ItemFacts,
    verdicts: &mut Vec<Verdict<'r>>,
    fits: impl Fn(&BenefitRow, &BenefitRow) -> bool,
) {
    national.retain(|n| {
        let Some(at) = provincial.iter().position(|p| !are_of_other_parts(n, p) && fits(n, p)) else { return true };
        let p = provincial.remove(at);
        let kind = match agree(n, p, item) {
            true => Kind::Same,
            false => Kind::Amount { national: n.fen(), provincial: p.fen(), is_total: false },
        };
        verdicts.push(Verdict { national: Some(n), provincial: Some(p), kind });
        false
    });
}

/// A payee (head, 一卡通) on one side and the beneficiary on the other are one household's record.
fn pair_payees<'r>(
    national: &mut Rows<'r>,
    provincial: &mut Rows<'r>,
    item: &ItemFacts,
    verdicts: &mut Vec<Verdict<'r>>,
) {
    let is_payee = |n: &BenefitRow, p: &BenefitRow| n.year == p.year && (n.person == NONE) != (p.person == NONE);
    take_pairs(national, provincial, item, verdicts, |n, p| is_payee(n, p) && agree(n, p, item));
    take_pairs(national, provincial, item, verdicts, is_payee);
}

/// The same year and amount for another member of the household is one record with the wrong beneficiary.
fn pair_beneficiaries<'r>(
    national: &mut Rows<'r>,
    provincial: &mut Rows<'r>,
    item: &ItemFacts,
    verdicts: &mut Vec<Verdict<'r>>,
) {
    national.retain(|n| {
        let is_swapped = |p: &&BenefitRow| {
            n.year == p.year
                && n.home == p.home
                && n.person != p.person
                && (n.fen().is_some() || n.amount == UNREAD_AMOUNT)
                && !are_of_other_parts(n, p)
                && agree(n, p, item)
        };
        let Some(at) = provincial.iter().position(is_swapped) else { return true };
        let p = provincial.remove(at);
        verdicts.push(Verdict { national: Some(n), provincial: Some(p), kind: Kind::Beneficiary });
        false
    });
}

/// The same person and amount under a near year, or where one side has no year, is one record misdated.
fn pair_nearest_year<'r>(
    national: &mut Rows<'r>,
    provincial: &mut Rows<'r>,
    item: &ItemFacts,
    verdicts: &mut Vec<Verdict<'r>>,
) {
    national.retain(|n| {
        let gap = |p: &BenefitRow| match (n.year(), p.year()) {
            (Some(a), Some(b)) => (a - b).abs(),
            _ => 0,
        };
        let fits = |p: &BenefitRow| {
            let one_person = n.person == p.person || n.person == NONE || p.person == NONE;
            one_person && gap(p) <= item.max_year_gap && !are_of_other_parts(n, p) && agree(n, p, item)
        };
        let nearest =
            (0..provincial.len()).filter(|at| fits(provincial[*at])).min_by_key(|at| (gap(provincial[*at]), *at));
        let Some(at) = nearest else { return true };
        let p = provincial.remove(at);
        verdicts.push(Verdict { national: Some(n), provincial: Some(p), kind: Kind::Year });
        false
    });
}

/// Whether two records are of different parts of a year: two semesters, two months.
fn are_of_other_parts(n: &BenefitRow, p: &BenefitRow) -> bool {
    n.part().zip(p.part()).is_some_and(|(n, p)| n.excludes(p))
}

/// Whether one names a semester and the other was paid in it, or names it, too.
fn are_of_one_semester(n: &BenefitRow, p: &BenefitRow) -> bool {
    let semester = |row: &BenefitRow| row.part().filter(|part| part.is_semester());
    match (semester(n), semester(p)) {
        (Some(n), Some(p)) => n == p,
        (Some(named), None) => p.paid_in() == Some(named),
        (None, Some(named)) => n.paid_in() == Some(named),
        (None, None) => false,
    }
}

fn agree(national: &BenefitRow, provincial: &BenefitRow, item: &ItemFacts) -> bool {
    // What nobody understood proves nothing.
    [national, provincial].iter().any(|row| row.amount == UNREAD_AMOUNT)
        || close(national.fen(), provincial.fen(), item)
}

/// Whether two amounts agree: a blank reference proves nothing, and a blank against nothing paid is no loss.
fn close(national: Option<i64>, provincial: Option<i64>, item: &ItemFacts) -> bool {
    match (national, provincial) {
        (None | Some(0), None) | (None, Some(_)) => true,
        (Some(_), None) => false,
        (Some(a), Some(b)) => near(a as f64, b as f64, item.amount_fen, item.amount_ratio),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::benefits::rows::{NO_AMOUNT, NO_YEAR};
    use crate::audit::settings::Unit;

    fn item(records_per_year: usize) -> ItemFacts {
        ItemFacts {
            label: "低保".into(),
            public_label: "低保".into(),
            unit: Some(Unit::Person),
            records_per_year,
            amount_fen: 100.0,
            amount_ratio: 0.0,
            max_year_gap: 1,
            outcome_expected: true,
            categories: Vec::new(),
            is_once: false,
            paid_year_before: false,
            is_known: true,
        }
    }

    /// `(person, year, yuan)`; 0 is absent.
    fn rows(specs: &[(u32, i16, i64)]) -> Vec<BenefitRow> {
        let row = |(at, &(person, year, yuan)): (usize, &(u32, i16, i64))| BenefitRow {
            household: 1,
            item: 0,
            person: if person == 0 { NONE } else { person },
            year: if year == 0 { NO_YEAR } else { year },
            period: 0,
            date: i32::MIN,
            amount: if yuan == 0 { NO_AMOUNT } else { yuan * 100 },
            home: 1,
            own: 1,
            row: at as u32,
        };
        let mut rows: Vec<_> = specs.iter().enumerate().map(row).collect();
        rows.sort_unstable();
        rows
    }

    fn check(per_year: usize, national: &[(u32, i16, i64)], provincial: &[(u32, i16, i64)], expected: &str) {
        let (national, provincial) = (rows(national), rows(provincial));
        let mut verdicts = Vec::new();
        pair_group([&national, &provincial], &item(per_year), 1, &mut verdicts);
        let words = verdicts.iter().map(|verdict| match verdict.kind {
            Kind::Same => "same",
            Kind::InSum => "sum",
            Kind::Amount { is_total: true, .. } => "total",
            Kind::Amount { .. } => "amount",
            Kind::Year => "year",
            Kind::Beneficiary => "beneficiary",
            Kind::Missing => "missing",
            Kind::Extra => "extra",
            Kind::Duplicate(_) => "duplicate",
            Kind::OfDouble(_) => "double",
        });
        let mut words: Vec<_> = words.collect();
        words.sort_unstable();
        assert_eq!(words.join(" "), expected, "{national:?} {provincial:?}");
        let seen = verdicts.iter().map(|v| usize::from(v.national.is_some()) + usize::from(v.provincial.is_some()));
        assert_eq!(seen.sum::<usize>(), national.len() + provincial.len(), "every record once");
    }

    #[test]
    fn verdicts() {
        check(1, &[(1, 2018, 100)], &[(1, 2018, 100)], "same");
        check(1, &[(1, 2018, 100)], &[(1, 2018, 101)], "same");
        check(1, &[(1, 2018, 100)], &[(1, 2018, 110)], "amount");
        check(1, &[(1, 2018, 100)], &[(1, 2018, 0)], "amount");
        check(1, &[(1, 2018, 0)], &[(1, 2018, 100)], "same");
        check(1, &[(1, 2018, 100)], &[], "missing");
        check(1, &[], &[(1, 2018, 100)], "extra");
        check(1, &[(1, 2018, 100)], &[(2, 2018, 100)], "beneficiary");
        check(1, &[(1, 2018, 100)], &[(2, 2018, 150)], "extra missing");
        check(1, &[(1, 2018, 0)], &[(2, 2018, 0)], "extra missing");
        check(1, &[(1, 2018, 100)], &[(0, 2018, 100)], "same");
        check(1, &[(1, 2018, 100)], &[(1, 2017, 100)], "year");
        check(1, &[(1, 2018, 100)], &[(1, 0, 100)], "year");
        check(1, &[(1, 2018, 100)], &[(1, 2016, 100)], "extra missing");
        check(1, &[(1, 2018, 100)], &[(1, 2017, 150)], "extra missing");
        check(1, &[(1, 2017, 100), (1, 2018, 100)], &[(1, 2018, 100)], "missing same");
    }

    #[test]
    fn duplicates_are_what_a_year_cannot_hold() {
        check(1, &[(1, 2018, 100)], &[(1, 2018, 100), (1, 2018, 100)], "duplicate same");
        check(2, &[(1, 2018, 100), (1, 2018, 100)], &[(1, 2018, 100), (1, 2018, 100)], "same same");
        check(2, &[(1, 2018, 100); 2], &[(1, 2018, 100); 3], "duplicate same same");
    }

    #[test]
    fn households_merged_keep_their_records() {
        let one = rows(&[(0, 2018, 100)]);
        let national = [BenefitRow { home: 1, ..one[0] }, BenefitRow { home: 2, row: 1, ..one[0] }];
        let provincial = rows(&[(0, 2018, 100), (0, 2018, 100), (0, 2018, 100)]);
        let kinds = |pooled: usize| {
            let mut verdicts = Vec::new();
            pair_group([&national, &provincial], &item(1), pooled, &mut verdicts);
            let count = |kind: Kind| verdicts.iter().filter(|verdict| verdict.kind == kind).count();
            [Kind::Same, Kind::Duplicate(Side::Provincial), Kind::Missing].map(count)
        };
        assert_eq!(kinds(2), [2, 1, 0], "two households may hold two alike");
        assert_eq!(kinds(1)[1], 2);
    }

    #[test]
    fn households_of_the_platform_are_not_each_others_duplicates() {
        let national = rows(&[(0, 2018, 100)]);
        let two = rows(&[(0, 2018, 100), (0, 2018, 100)]);
        let provincial = [two[0], BenefitRow { own: 2, ..two[1] }];
        let mut verdicts = Vec::new();
        pair_group([&national, &provincial], &item(1), 1, &mut verdicts);
        assert!(verdicts.iter().all(|verdict| !matches!(verdict.kind, Kind::Duplicate(_))), "{verdicts:?}");
    }

    #[test]
    fn spring_never_pairs_with_autumn() {
        let of = |part: PartOfYear, specs: &[(u32, i16, i64)]| {
            rows(specs).into_iter().map(|row| BenefitRow { period: part.code().into(), ..row }).collect::<Vec<_>>()
        };
        let kinds = |national: &[BenefitRow], provincial: &[BenefitRow]| {
            let mut verdicts = Vec::new();
            pair_group([national, provincial], &item(2), 1, &mut verdicts);
            verdicts.iter().map(|verdict| verdict.kind).collect::<Vec<_>>()
        };
        let one = [(1, 2018, 1500)];
        assert_eq!(kinds(&of(PartOfYear::Spring, &one), &of(PartOfYear::Autumn, &one)), [Kind::Missing, Kind::Extra]);
        assert_eq!(kinds(&of(PartOfYear::Spring, &one), &of(PartOfYear::Spring, &one)), [Kind::Same]);
        assert_eq!(kinds(&of(PartOfYear::Spring, &one), &rows(&one)), [Kind::Same], "one side prints no semester");
        let year = [(1, 2018, 3000)];
        let both = [of(PartOfYear::Spring, &one), of(PartOfYear::Autumn, &one)].concat();
        assert_eq!(kinds(&both, &rows(&year)), [Kind::Same, Kind::InSum]);
    }

    #[test]
    fn months_against_a_year() {
        check(12, &[(1, 2018, 100); 12], &[(1, 2018, 1200)], &format!("same{}", " sum".repeat(11)));
        check(12, &[(1, 2018, 1000)], &[(1, 2018, 100); 12], &format!("{}total", "sum ".repeat(11)));
        check(12, &[(1, 2018, 100); 3], &[(1, 2018, 100); 2], "missing same same");
    }
}
