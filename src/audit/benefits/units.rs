//! Whom measures are recorded for, where the county's custom is not the catalogue's.
//!
//! 低保 is granted to persons, and yet many counties record it once for the household, under its head. Then another head is
//! another name on the same record and no other beneficiary, and nobody else of the household lacks it.

use super::rows::{BenefitRow, Items};
use crate::audit::facts::Facts;
use crate::audit::settings::Unit;
use crate::audit::view::NONE;

/// Of the records of households with others in it, this share is the head's.
const CUSTOM: f64 = 0.97;
/// Fewer records are no custom.
const FEWEST: u32 = 50;

/// Items of persons that both sides record for heads only.
pub(super) fn of_households(facts: &Facts<'_>, items: &Items, own: &[Vec<BenefitRow>; 2]) -> Vec<u32> {
    let [national, provincial] = [0, 1].map(|side| heads_share(facts, side, items.count(), &own[side]));
    let is_custom = |[of_heads, all]: &[u32; 2]| *all >= FEWEST && f64::from(*of_heads) >= f64::from(*all) * CUSTOM;
    let of_person = |item: &u32| items.get(*item).unit == Some(Unit::Person);
    (0_u32..)
        .zip(national.iter().zip(&provincial))
        .filter(|(_, (national, provincial))| is_custom(national) && is_custom(provincial))
        .map(|(item, _)| item)
        .filter(of_person)
        .collect()
}

/// By item: records that name the head of a household of several, and all records of such households that name somebody.
fn heads_share(facts: &Facts<'_>, side: usize, items: usize, rows: &[BenefitRow]) -> Vec<[u32; 2]> {
    let view = &facts.sides[side];
    let mut counts = vec![[0; 2]; items];
    for row in rows {
        let home = view.household_of(row.person);
        if home != NONE && view.members_of(home).len() > 1 {
            let [of_heads, all] = &mut counts[row.item as usize];
            *of_heads += u32::from(view.head_of(home) == row.person);
            *all += 1;
        }
    }
    counts
}
