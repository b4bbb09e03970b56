//! Stage 2: within a connected component, who is whose partner, one to one.
//!
//! The best assignment is the one with the largest sum of weights above the review threshold, *unmatched* being worth the
//! threshold itself; it is found exactly (Kuhn–Munkres on integer milli-bits). A link of it is a match when it is strong
//! enough and when the best assignment *without* it is clearly worse: otherwise somebody else fits nearly as well, and a
//! person decides between them. Components too large for that are assigned greedily, and the margin is measured against the
//! next best pair of either partner.
//!
//! Rows and columns are ordered by content before anything is solved, so the order of the files cannot break a tie.

use std::collections::BTreeSet;

use pathfinding::prelude::{Matrix, kuhn_munkres};

use crate::engine::Stage;
use crate::error::Result;
use crate::table::Decision;

use super::component::Edge;
use super::records::Records;
use super::settings::Thresholds;

/// Larger components are assigned greedily.
const EXACT_NODES: usize = 200;
/// In larger components the margin is measured locally: a second solution per link would cost too much.
const RESOLVED_NODES: usize = 60;
/// Worth of a pair that is no candidate: no sum of real weights outweighs it, none overflows.
const FORBIDDEN: i64 = -1_000_000_000;

/// The stage: everything components share.
pub(crate) struct Assign<'a> {
    pub(crate) records: &'a Records,
    pub(crate) thresholds: Thresholds,
}

/// What was decided on a candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Verdict {
    /// Position of the candidate in the caller's list.
    pub(crate) candidate: u32,
    /// Match or review.
    pub(crate) decision: Decision,
    /// Somebody else fits nearly as well.
    pub(crate) contested: bool,
}

/// Verdicts of all components, by candidate, and the components that were too large to solve exactly.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Assigned {
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) greedy_components: u64,
}

impl Stage for Assign<'_> {
    type Part = Vec<Edge>;
    type Partial = Assigned;
    type Whole = Assigned;

    fn run(&self, component: Vec<Edge>) -> Result<Assigned> {
        if let [edge] = component[..] {
            return Ok(Assigned { verdicts: vec![self.alone(edge)], greedy_components: 0 });
        }
        let board = Board::new(self, component);
        let greedy = board.nodes() > EXACT_NODES;
        let chosen = if greedy { board.greedy() } else { board.best(None) };
        Ok(Assigned { verdicts: self.judge(&board, &chosen), greedy_components: u64::from(greedy) })
    }

    fn merge(&self, partials: Vec<Assigned>) -> Result<Assigned> {
        let mut whole = Assigned::default();
        for partial in partials {
            whole.verdicts.extend(partial.verdicts);
            whole.greedy_components += partial.greedy_components;
        }
        whole.verdicts.sort_unstable_by_key(|verdict| verdict.candidate);
        Ok(whole)
    }
}

impl Assign<'_> {
    /// An uncontested candidate.
    fn alone(&self, edge: Edge) -> Verdict {
        self.verdict(edge, f64::INFINITY)
    }
    fn verdict(&self, edge: Edge, margin_bits: f64) -> Verdict {
        let contested = margin_bits < self.thresholds.margin_bits;
        let sure = edge.weight_bits >= self.thresholds.match_bits && !contested;
        let decision = if sure { Decision::Match } else { Decision::Review };
        Verdict { candidate: edge.candidate, decision, contested }
    }
    fn judge(&self, board: &Board, chosen: &[usize]) -> Vec<Verdict> {
        let margins = board.margins(chosen);
        let judged: Vec<(Edge, Verdict)> = chosen
            .iter()
            .zip(margins)
            .map(|(&at, margin)| (board.edges[at].edge, self.verdict(board.edges[at].edge, margin)))
            .collect();
        let rivals = self.rivals(board, &judged);
        judged.into_iter().map(|(_, verdict)| verdict).chain(rivals).collect()
    }
    /// Candidates that fit nearly as well as a contested link, and whose people are not matched: to be shown beside it.
    fn rivals(&self, board: &Board, judged: &[(Edge, Verdict)]) -> Vec<Verdict> {
        let matched = || judged.iter().filter(|(_, verdict)| verdict.decision == Decision::Match);
        let left: BTreeSet<u32> = matched().map(|(edge, _)| edge.left).collect();
        let right: BTreeSet<u32> = matched().map(|(edge, _)| edge.right).collect();
        let taken: BTreeSet<u32> = judged.iter().map(|(edge, _)| edge.candidate).collect();
        let contested: Vec<Edge> =
            judged.iter().filter(|(_, verdict)| verdict.contested).map(|(edge, _)| *edge).collect();
        let rival = |edge: &Edge| {
            let near = |other: &Edge| {
                (other.left == edge.left || other.right == edge.right)
                    && edge.weight_bits >= other.weight_bits - self.thresholds.margin_bits
            };
            let free = !left.contains(&edge.left) && !right.contains(&edge.right);
            free && !taken.contains(&edge.candidate) && contested.iter().any(near)
        };
        let edges = board.edges.iter().map(|cell| cell.edge).filter(rival);
        edges.map(|edge| Verdict { candidate: edge.candidate, decision: Decision::Review, contested: true }).collect()
    }
}

/// A component as a table: left people are rows, right people are columns.
struct Board {
    rows: usize,
    columns: usize,
    edges: Vec<Cell>,
}

#[derive(Clone, Copy)]
struct Cell {
    row: usize,
    column: usize,
    /// Weight above the review threshold, in thousandths of a bit.
    worth_milli_bits: i64,
    edge: Edge,
}

impl Board {
    fn new(stage: &Assign<'_>, component: Vec<Edge>) -> Self {
        let lefts = ordered(stage.records, 0, component.iter().map(|edge| edge.left));
        let rights = ordered(stage.records, 1, component.iter().map(|edge| edge.right));
        let place = |people: &[(u64, u32)], side, row| {
            people.binary_search(&stage.records.order((side, row))).expect("every end of an edge is a node")
        };
        let mut edges: Vec<Cell> = component
            .into_iter()
            .map(|edge| Cell {
                row: place(&lefts, 0, edge.left),
                column: place(&rights, 1, edge.right),
                worth_milli_bits: ((edge.weight_bits - stage.thresholds.review_bits) * 1000.0).round() as i64,
                edge,
            })
            .collect();
        edges.sort_unstable_by_key(|cell| (cell.row, cell.column));
        Self { rows: lefts.len(), columns: rights.len(), edges }
    }
    fn nodes(&self) -> usize {
        self.rows + self.columns
    }
    /// The edges of the best assignment that does not use `without`.
    fn best(&self, without: Option<usize>) -> Vec<usize> {
        // A private column per row stands for "unmatched", worth nothing.
        let mut worth = Matrix::new(self.rows, self.columns + self.rows, FORBIDDEN);
        let mut edge_at = Matrix::new(self.rows, self.columns, None);
        (0..self.rows).for_each(|row| worth[(row, self.columns + row)] = 0);
        for (at, cell) in self.edges.iter().enumerate().filter(|(at, _)| Some(*at) != without) {
            worth[(cell.row, cell.column)] = cell.worth_milli_bits;
            edge_at[(cell.row, cell.column)] = Some(at);
        }
        let (_, columns) = kuhn_munkres(&worth);
        let chosen = columns.iter().enumerate().filter(|(_, column)| **column < self.columns);
        chosen.filter_map(|(row, column)| edge_at[(row, *column)]).collect()
    }
    /// The heaviest edge first, then the heaviest of those left.
    fn greedy(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.edges.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(self.edges[*at].worth_milli_bits));
        let (mut rows, mut columns) = (vec![false; self.rows], vec![false; self.columns]);
        let mut chosen = Vec::new();
        for at in order {
            let Cell { row, column, .. } = self.edges[at];
            if !rows[row] && !columns[column] {
                rows[row] = true;
                columns[column] = true;
                chosen.push(at);
            }
        }
        chosen
    }
    /// How many bits the assignment loses without each of its edges; infinite where nobody else is a candidate.
    fn margins(&self, chosen: &[usize]) -> Vec<f64> {
        let total = self.worth(chosen);
        let margin = |at: usize| {
            if self.rivals(at).next().is_none() {
                f64::INFINITY
            } else if self.nodes() <= RESOLVED_NODES {
                (total - self.worth(&self.best(Some(at)))) as f64 / 1000.0
            } else {
                let next = self.rivals(at).map(|cell| cell.worth_milli_bits).max().unwrap_or(0);
                (self.edges[at].worth_milli_bits - next) as f64 / 1000.0
            }
        };
        chosen.iter().map(|at| margin(*at)).collect()
    }
    /// Other edges of the two people of an edge.
    fn rivals(&self, at: usize) -> impl Iterator<Item = &Cell> {
        let Cell { row, column, .. } = self.edges[at];
        self.edges.iter().filter(move |cell| (cell.row == row) != (cell.column == column))
    }
    fn worth(&self, edges: &[usize]) -> i64 {
        edges.iter().map(|at| self.edges[*at].worth_milli_bits).sum()
    }
}

/// The distinct people of one side of a component, by content, then row.
fn ordered(records: &Records, side: usize, rows: impl Iterator<Item = u32>) -> Vec<(u64, u32)> {
    let mut people: Vec<(u64, u32)> = rows.map(|row| records.order((side, row))).collect();
    people.sort_unstable();
    people.dedup();
    people
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(weights: &[(usize, usize, f64)]) -> Board {
        let edges = weights.iter().enumerate().map(|(at, &(row, column, bits))| Cell {
            row,
            column,
            worth_milli_bits: (bits * 1000.0) as i64,
            edge: Edge { left: row as u32, right: column as u32, weight_bits: bits, candidate: at as u32 },
        });
        let edges: Vec<Cell> = edges.collect();
        let rows = 1 + edges.iter().map(|cell| cell.row).max().expect("an edge");
        let columns = 1 + edges.iter().map(|cell| cell.column).max().expect("an edge");
        Board { rows, columns, edges }
    }

    fn check(weights: &[(usize, usize, f64)], best: &[usize], greedy: &[usize]) {
        let board = board(weights);
        let sorted = |mut chosen: Vec<usize>| {
            chosen.sort_unstable();
            chosen
        };
        assert_eq!(sorted(board.best(None)), best);
        assert_eq!(sorted(board.greedy()), greedy);
    }

    #[test]
    fn the_best_sum_is_not_always_the_best_pair() {
        check(&[(0, 0, 10.0), (0, 1, 9.0), (1, 0, 9.0)], &[1, 2], &[0]);
        check(&[(0, 0, 20.0), (0, 1, 9.0), (1, 0, 9.0)], &[0], &[0]);
        check(&[(0, 0, 10.0), (1, 1, 10.0), (0, 1, 3.0)], &[0, 1], &[0, 1]);
    }

    #[test]
    fn more_rows_than_columns() {
        check(&[(0, 0, 5.0), (1, 0, 6.0), (2, 0, 4.0)], &[1], &[1]);
    }

    #[test]
    fn margins_compare_whole_assignments() {
        let tie = board(&[(0, 0, 9.0), (0, 1, 9.0)]);
        assert_eq!(tie.margins(&tie.best(None)), [0.0]);
        // Twins: straight 12 + 12; crossed 4 + 4, or one of them alone 12.
        let twins = board(&[(0, 0, 12.0), (0, 1, 4.0), (1, 0, 4.0), (1, 1, 12.0)]);
        assert_eq!(twins.margins(&twins.best(None)), [12.0, 12.0]);
        let alone = board(&[(0, 0, 9.0), (1, 1, 9.0)]);
        assert_eq!(alone.margins(&alone.best(None)), [f64::INFINITY, f64::INFINITY]);
    }

    #[test]
    fn best_agrees_with_trying_everything() {
        use rand::{RngExt, SeedableRng};
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        for _ in 0..200 {
            let weights: Vec<(usize, usize, f64)> = (0..16)
                .filter(|_| random.random_range(0..2) == 0)
                .collect::<Vec<usize>>()
                .into_iter()
                .map(|cell| (cell / 4, cell % 4, f64::from(random.random_range(0..20_u32))))
                .collect();
            if weights.is_empty() {
                continue;
            }
            let board = board(&weights);
            assert_eq!(board.worth(&board.best(None)), exhaustive(&board, 0, 0));
        }
    }

    /// The best worth from `row` on, when the columns in `used` are taken.
    fn exhaustive(board: &Board, row: usize, used: u32) -> i64 {
        if row == board.rows {
            return 0;
        }
        let free = board.edges.iter().filter(|cell| cell.row == row && used >> cell.column & 1 == 0);
        let taken = free.map(|cell| cell.worth_milli_bits + exhaustive(board, row + 1, used | 1 << cell.column));
        taken.max().unwrap_or(i64::MIN).max(exhaustive(board, row + 1, used))
    }
}
