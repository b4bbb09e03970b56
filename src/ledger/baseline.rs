//! What the last accepted deliveries held: the measure of the next one.
//!
//! Kept by portion ([`Portion`]): the rows of the last accepted delivery, and the most there ever were since a person last accepted
//! less, so that a registry that shrinks in small steps is seen as well as one that shrinks at once. A township that did not
//! deliver keeps what it had.

use std::collections::BTreeMap;

use crate::table::delivery::FOOTER;
use crate::table::{ExportKind, Portion, Portions};

/// Rows of a portion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// In the last accepted delivery.
    pub rows: u64,
    /// The most since a person last accepted less.
    pub most: u64,
}

/// What is known of deliveries before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Rows by portion.
    pub portions: BTreeMap<Portion, Held>,
    /// Digest of the site's key.
    pub site: Option<String>,
}

/// A portion that is smaller than it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shrunken {
    /// Which.
    pub portion: Portion,
    /// The most that it held.
    pub before: u64,
    /// What it holds now.
    pub now: u64,
}

/// A township's export that holds less than it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fewer {
    /// Its rows: before and now, which may be as many.
    pub whole: Shrunken,
    /// Columns that lost more values than rows are gone.
    pub columns: Vec<Shrunken>,
}

/// A loss of fewer rows than this is everyday life.
const FEWEST_LOST: u64 = 5;
/// The same of records of one year, and of people of one village.
const FEWEST_LOST_OF_PART: u64 = 10;
/// The same of filled cells of a column.
const FEWEST_CELLS: u64 = 20;
/// Columns of people by which they and their households are found again.
const LINKING: [&str; 4] = ["id_no", "name", "household_no", "relation"];
/// A column that lost this share of its filled cells was blanked.
const BLANKED: f64 = 0.4;
/// A village that lost this share of its people was left out.
const LEFT_OUT: f64 = 0.5;

/// The digest of a site's key, as the ledger keeps it.
pub fn site_digest(site_key: &str) -> String {
    let key = blake3::derive_key("hedui 2026-12 ledger site", site_key.as_bytes());
    blake3::hash(&key).to_hex()[..16].to_owned()
}

impl Baseline {
    /// The rows to be expected.
    pub fn expected(&self) -> Portions {
        self.portions.iter().map(|(portion, held)| (portion.clone(), held.rows)).collect()
    }
    /// Portions that lost more than `max_percent` of their rows, or that were blanked or left out as parts of a township that did
    /// deliver. A township's export that is not there at all is none of them: it is missing, and freezes.
    pub fn shrunken(&self, arrived: &Portions, max_percent: f64) -> Vec<Shrunken> {
        let losses = self.portions.iter().filter_map(|(portion, held)| {
            let now = arrived.get(portion).copied().unwrap_or(0);
            let lost = held.most.checked_sub(now).filter(|lost| *lost > 0)?;
            let share = lost as f64 / held.most as f64;
            let is_over = share * 100.0 > max_percent;
            let is_seen = match (&portion.village, &portion.column) {
                (Some(_), _) => self.is_left_out(portion, arrived, lost, share),
                (_, Some(_)) => self.is_blanked(portion, arrived, held.most, now),
                _ if is_of_year(portion) => now_whole(portion, arrived) && is_over && lost >= FEWEST_LOST_OF_PART,
                _ => now > 0 && is_over && lost >= FEWEST_LOST,
            };
            is_seen.then(|| Shrunken { portion: portion.clone(), before: held.most, now })
        });
        losses.collect()
    }
    /// A village of which most people are gone, and not to another village of the township.
    fn is_left_out(&self, portion: &Portion, arrived: &Portions, lost: u64, share: f64) -> bool {
        let township = Portion { village: None, ..portion.clone() };
        let now = arrived.get(&township).copied().unwrap_or(0);
        let before = self.portions.get(&township).map_or(0, |held| held.most);
        now > 0
            && share >= LEFT_OUT
            && lost >= FEWEST_LOST_OF_PART.min(before)
            && before.saturating_sub(now) * 2 >= lost
    }
    /// A column that many of the people there have no value in any more.
    fn is_blanked(&self, portion: &Portion, arrived: &Portions, before: u64, now: u64) -> bool {
        let newest = Portion { year: newest_of(arrived, portion), column: None, ..portion.clone() };
        let there = arrived.get(&newest).copied().unwrap_or(0);
        let there_before = self.portions.get(&newest).map_or(0, |held| held.most);
        if there == 0 || there_before == 0 {
            return false;
        }
        let usual = before as f64 * (there as f64 / there_before as f64).min(1.0);
        // A column that the export no longer has is not blanked: it did not arrive, and its rules are not evaluated. Without
        // one that links people nothing can be believed.
        let links = portion.column.as_deref().is_some_and(|column| LINKING.contains(&column));
        (now > 0 || links) && usual - now as f64 >= FEWEST_CELLS as f64 && (now as f64) < usual * (1.0 - BLANKED)
    }
    /// Exports that arrived with fewer rows, or with fewer values in some column than the missing rows explain, than the last
    /// accepted ones: each with its columns. Everyday life, mostly; and all that a file damaged at a lucky place shows.
    pub fn fewer(&self, arrived: &Portions) -> Vec<Fewer> {
        let mut fewer: BTreeMap<Portion, Fewer> = BTreeMap::new();
        for (portion, held) in self.portions.iter().filter(|(portion, _)| portion.village.is_none()) {
            let whole = Portion { year: newest_of(arrived, portion), column: None, ..portion.clone() };
            let (Some(now), Some(there)) = (arrived.get(portion), arrived.get(&whole)) else { continue };
            let there_before = self.portions.get(&whole).map_or(*there, |held| held.rows);
            let rows_lost = if portion.is_whole() { 0 } else { there_before.saturating_sub(*there) };
            let is_told = held.rows.saturating_sub(*now) > rows_lost && !is_of_year(portion);
            if is_told && portion.column.as_deref() != Some(FOOTER) {
                let entry = fewer.entry(whole.clone()).or_insert_with(|| Fewer {
                    whole: Shrunken { portion: whole, before: there_before, now: *there },
                    columns: Vec::new(),
                });
                let loss = Shrunken { portion: portion.clone(), before: held.rows, now: *now };
                entry.columns.extend((!portion.is_whole()).then_some(loss));
            }
        }
        fewer.into_values().collect()
    }
    /// The measure of the next delivery: this one, with the most of both; what `is_accepted` says of less is taken as it is.
    #[must_use]
    pub fn after(&self, arrived: &Portions, site_key: &str, is_accepted: &dyn Fn(&Portion) -> bool) -> Self {
        let mut portions = BTreeMap::new();
        for (portion, rows) in arrived {
            let most = self.portions.get(portion).map_or(0, |held| held.most).max(*rows);
            let most = if is_accepted(portion) { *rows } else { most };
            portions.insert(portion.clone(), Held { rows: *rows, most });
        }
        for (portion, held) in &self.portions {
            // A column is part of an export for good, until a person says that it is not.
            let is_kept = (portion.column.is_some() || !now_whole(portion, arrived)) && !is_accepted(portion);
            if is_kept {
                portions.entry(portion.clone()).or_insert(*held);
            }
        }
        Self { portions, site: Some(site_digest(site_key)) }
    }
}

/// Whether it is a year of benefit or outcome records.
fn is_of_year(portion: &Portion) -> bool {
    matches!(portion.kind, ExportKind::Benefits | ExportKind::Outcomes) && portion.year.is_some()
}

/// The year of the whole that a portion is part of: its own, or that of the newest register that is there.
fn newest_of(arrived: &Portions, portion: &Portion) -> Option<i32> {
    let is_register = matches!(portion.kind, ExportKind::People | ExportKind::Households);
    let years = || of_export(arrived, portion).filter(|(other, _)| other.is_whole()).map(|(other, _)| other.year);
    if portion.is_whole() || portion.year.is_some() || !is_register { portion.year } else { years().max().flatten() }
}

/// Whether the township's export as a whole, of which the portion is a part, is there; `false` for the whole itself.
fn now_whole(portion: &Portion, arrived: &Portions) -> bool {
    let is_part = !portion.is_whole() || is_of_year(portion);
    is_part && of_export(arrived, portion).any(|(other, _)| other.is_whole())
}

/// All portions of the township's export that a portion is of.
fn of_export<'p, V>(
    portions: &'p BTreeMap<Portion, V>,
    portion: &Portion,
) -> impl Iterator<Item = (&'p Portion, &'p V)> {
    let (township, supplier, kind) = (portion.township.clone(), portion.supplier, portion.kind.clone());
    let first = Portion::of(&township, supplier, kind.clone(), None);
    portions
        .range(first..)
        .take_while(move |(other, _)| (&other.township, other.supplier, &other.kind) == (&township, supplier, &kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Side, Supplier};

    fn people(village: Option<&str>, column: Option<&str>) -> Portion {
        let whole = Portion::of("城关镇", Supplier::System(Side::National), ExportKind::People, Some(2018));
        Portion { village: village.map(str::to_owned), column: column.map(str::to_owned), ..whole }
    }

    fn benefits(year: Option<i32>) -> Portion {
        Portion::of("城关镇", Supplier::System(Side::National), ExportKind::Benefits, year)
    }

    fn after(deliveries: &[&[(Portion, u64)]]) -> Baseline {
        let portions = |rows: &[(Portion, u64)]| rows.iter().cloned().collect::<Portions>();
        let step = |baseline: Baseline, rows: &&[(Portion, u64)]| baseline.after(&portions(rows), "site", &|_| false);
        deliveries.iter().fold(Baseline::default(), step)
    }

    #[track_caller]
    fn check(before: &[&[(Portion, u64)]], now: &[(Portion, u64)], shrunken: &[Portion]) {
        let now: Portions = now.iter().cloned().collect();
        let found: Vec<Portion> = after(before).shrunken(&now, 10.0).into_iter().map(|loss| loss.portion).collect();
        assert_eq!(found, shrunken);
    }

    #[test]
    fn a_loss_is_measured_against_the_most_there_ever_was() {
        let whole = |rows| (people(None, None), rows);
        check(&[&[whole(100)]], &[whole(95)], &[]);
        check(&[&[whole(100)]], &[whole(89)], &[people(None, None)]);
        check(&[&[whole(100)], &[whole(95)], &[whole(91)]], &[whole(87)], &[people(None, None)]);
        check(&[&[whole(20)]], &[whole(16)], &[]);
    }

    #[test]
    fn what_is_not_there_at_all_is_missing_and_keeps_what_it_had() {
        check(&[&[(people(None, None), 100)]], &[], &[]);
        check(&[&[(people(None, None), 100)], &[]], &[(people(None, None), 50)], &[people(None, None)]);
    }

    #[test]
    fn a_year_that_is_gone_from_a_file_that_is_there_was_cut_off() {
        let both = [(benefits(None), 200), (benefits(Some(2017)), 100), (benefits(Some(2018)), 100)];
        let lost = [benefits(None), benefits(Some(2017))];
        check(&[&both], &[(benefits(None), 100), (benefits(Some(2018)), 100)], &lost);
        check(&[&both], &[], &[]);
    }

    #[test]
    fn a_village_left_out_is_not_one_renamed() {
        let village = |name, rows| (people(Some(name), None), rows);
        let before = [(people(None, None), 1000), village("张庄村", 60), village("李庄村", 940)];
        let renamed = [(people(None, None), 998), village("新张村", 58), village("李庄村", 940)];
        check(&[&before], &renamed, &[]);
        check(&[&before], &[(people(None, None), 940), village("李庄村", 940)], &[people(Some("张庄村"), None)]);
    }

    #[test]
    fn a_column_blanked_in_every_second_row_is_not_one_that_is_not_exported() {
        let column = |rows| (people(None, Some("id_no")), rows);
        let whole = (people(None, None), 100);
        check(&[&[whole.clone(), column(99)]], &[whole.clone(), column(50)], &[people(None, Some("id_no"))]);
        check(&[&[whole.clone(), column(99)]], &[whole.clone(), column(90)], &[]);
        let phone = || people(None, Some("phone"));
        check(&[&[whole.clone(), (phone(), 99)]], &[whole.clone(), (phone(), 50)], &[phone()]);
        check(&[&[whole.clone(), (phone(), 99)]], &[whole], &[]);
    }

    #[test]
    fn without_what_links_people_an_export_is_refused() {
        let column = || people(None, Some("relation"));
        let whole = (people(None, None), 100);
        check(&[&[whole.clone(), (column(), 99)]], &[whole], &[column()]);
    }

    #[test]
    fn whatever_is_fewer_than_last_time_is_known() {
        let (whole, column) = (people(None, None), people(None, Some("phone")));
        let fewer = |now: &[(Portion, u64)]| {
            let before = after(&[&[(whole.clone(), 100), (column.clone(), 90)]]);
            let found = before.fewer(&now.iter().cloned().collect());
            found.into_iter().map(|loss| (loss.whole.now, loss.columns.len())).collect::<Vec<_>>()
        };
        assert_eq!(fewer(&[(whole.clone(), 100), (column.clone(), 90)]), []);
        assert_eq!(fewer(&[(whole.clone(), 101), (column.clone(), 91)]), []);
        assert_eq!(fewer(&[(whole.clone(), 99), (column.clone(), 89)]), [(99, 0)], "the row explains its value");
        assert_eq!(fewer(&[(whole.clone(), 100), (column.clone(), 89)]), [(100, 1)]);
        assert_eq!(fewer(&[]), [], "not there at all is told elsewhere");
    }

    #[test]
    fn what_a_person_accepts_is_the_new_measure() {
        let whole = |rows| Portions::from([(people(None, None), rows)]);
        let before = after(&[&[(people(None, None), 100)]]);
        let accepted = before.after(&whole(50), "site", &|portion| portion.township == "城关镇");
        assert_eq!(accepted.shrunken(&whole(49), 10.0), []);
        assert_eq!(before.after(&whole(50), "site", &|_| false).shrunken(&whole(49), 10.0).len(), 1);
        let gone = before.after(&Portions::new(), "site", &|_| true);
        assert!(gone.portions.is_empty(), "a township that is no more is expected no more");
    }
}
