//! Connected components of the candidate graph: people who compete, directly or through others, for a partner. What
//! happens in one component cannot change another, so each is decided by itself.

use super::column::Sides;

/// A candidate link: two rows and what speaks for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Edge {
    /// Row of the left frame.
    pub(crate) left: u32,
    /// Row of the right frame.
    pub(crate) right: u32,
    /// Log2 odds that they are one person.
    pub(crate) weight_bits: f64,
    /// Position of the candidate in the caller's list.
    pub(crate) candidate: u32,
}

/// Splits edges into connected components, in order of their smallest left row; edges keep their order.
pub(crate) fn components(edges: &[Edge], heights: Sides<usize>) -> Vec<Vec<Edge>> {
    let mut forest = Forest::new(heights[0] + heights[1]);
    for edge in edges {
        forest.join(edge.left, heights[0] as u32 + edge.right);
    }
    let mut place_of_root = vec![u32::MAX; heights[0] + heights[1]];
    let mut components: Vec<Vec<Edge>> = Vec::new();
    for edge in edges {
        let place = &mut place_of_root[forest.root(edge.left) as usize];
        if *place == u32::MAX {
            *place = components.len() as u32;
            components.push(Vec::new());
        }
        components[*place as usize].push(*edge);
    }
    components
}

/// Disjoint sets with path halving; the smaller number becomes the root.
pub(crate) struct Forest(Vec<u32>);

impl Forest {
    pub(crate) fn new(nodes: usize) -> Self {
        Self((0..nodes as u32).collect())
    }
    pub(crate) fn root(&mut self, mut node: u32) -> u32 {
        while self.0[node as usize] != node {
            let above = self.0[node as usize];
            self.0[node as usize] = self.0[above as usize];
            node = above;
        }
        node
    }
    pub(crate) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_hold_together() {
        let edge = |left, right| Edge { left, right, weight_bits: 1.0, candidate: 0 };
        let edges = [edge(0, 0), edge(1, 1), edge(2, 0), edge(2, 3)];
        let components = components(&edges, [3, 4]);
        let sizes: Vec<usize> = components.iter().map(Vec::len).collect();
        assert_eq!(sizes, [3, 1]);
        assert_eq!(components[1][0], edge(1, 1));
    }
}
