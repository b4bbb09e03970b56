//! Rare and usual values: agreement on 欧阳建国 says more than agreement on 王秀英.
//!
//! The model's `u` of the best level is the chance that two strangers share *some* value; for a value that a share `f` of
//! all records carries it is `f`. The difference, log2(u / f), is added to a pair that agrees exactly on that value. It is
//! evidence against strangers only: relatives share a rare surname as they share a usual one.

use super::column::{NONE, Sides};
use super::records::Records;
use super::settings::Settings;

/// What every value of a comparison adds where two records share it.
pub(crate) struct Frequencies {
    tables: Vec<Table>,
}

struct Table {
    cell: usize,
    bits: Vec<f32>,
}

/// Values of a column and how they collide, counted over both sides, one record a household: relatives would pass for
/// strangers who agree.
pub(crate) struct Collisions {
    /// Records that carry each value.
    carriers: Vec<u32>,
    records: f64,
    /// Pairs of records of one side, and those of them that share the value.
    pairs: f64,
    equal: f64,
}

impl Collisions {
    /// Counts one cell of the records of `rows`.
    pub(crate) fn count(records: &Records, rows: &Sides<Vec<u32>>, cell: usize) -> Self {
        let mut carriers = vec![0_u32; records.distinct[cell] as usize];
        let mut collisions = Self { carriers: Vec::new(), records: 0.0, pairs: 0.0, equal: 0.0 };
        for (side, rows) in rows.iter().enumerate() {
            let mut own = vec![0_u32; carriers.len()];
            for &row in rows {
                let value = records.cells((side, row))[cell];
                if value != NONE {
                    own[value as usize] += 1;
                }
            }
            let observed: f64 = own.iter().map(|count| f64::from(*count)).sum();
            collisions.records += observed;
            collisions.pairs += observed * (observed - 1.0) / 2.0;
            collisions.equal +=
                own.iter().map(|count| f64::from(*count) * (f64::from(*count) - 1.0) / 2.0).sum::<f64>();
            carriers.iter_mut().zip(own).for_each(|(all, own)| *all += own);
        }
        Self { carriers, ..collisions }
    }
    /// The chance that two of the records share a value; `stated` counts as the experience of one equal pair. So many of the
    /// equal pairs, `doubles`, are one person and do not count.
    pub(crate) fn chance(&self, stated: f64, doubles: f64) -> f64 {
        ((self.equal - doubles).max(0.0) + 1.0) / (self.pairs + 1.0 / stated)
    }
}

impl Frequencies {
    /// None: every value counts alike.
    pub(crate) fn none() -> Self {
        Self { tables: Vec::new() }
    }
    /// From collisions by comparison: `(comparison, cell, collisions, u of the best level)`.
    pub(crate) fn of(settings: &Settings, counted: &[(usize, usize, Collisions, f64)]) -> Self {
        let weighed = counted.iter().filter(|counted| settings.comparison[counted.0].term_frequency);
        let tables = weighed.map(|(_, cell, collisions, chance)| {
            let bits = collisions.carriers.iter().map(|carriers| {
                let share = f64::from((*carriers).max(1)) / collisions.records.max(1.0);
                (chance / share).log2() as f32
            });
            Table { cell: *cell, bits: bits.collect() }
        });
        Self { tables: tables.collect() }
    }
    /// What shared values add to a pair, in bits.
    pub(crate) fn bits(&self, a: &[u32], b: &[u32]) -> f64 {
        let shared = self.tables.iter().filter(|table| a[table.cell] == b[table.cell] && a[table.cell] != NONE);
        shared.map(|table| f64::from(table.bits[a[table.cell] as usize])).sum()
    }
    /// What one comparison's shared value adds; 0 when it is another's, or none.
    pub(crate) fn bits_of(&self, cell: usize, a: &[u32], b: &[u32]) -> f64 {
        let shared = self.tables.iter().filter(|table| table.cell == cell && a[cell] == b[cell] && a[cell] != NONE);
        shared.map(|table| f64::from(table.bits[a[cell] as usize])).sum()
    }
    /// The most that any shared values can add.
    pub(crate) fn most_bits(&self) -> f64 {
        self.tables
            .iter()
            .map(|table| table.bits.iter().fold(0.0_f32, |most, bits| most.max(*bits)))
            .map(f64::from)
            .sum()
    }
}
