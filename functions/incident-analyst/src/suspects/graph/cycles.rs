//! Circles of a call graph.

/// The state of the search; on the heap, since a graph may be a million calls deep.
#[derive(Debug, Default)]
struct Search {
    /// When a node was met first, from 1 on; 0 for not yet.
    met: Vec<usize>,
    /// The earliest node on the path that can be reached from it.
    earliest: Vec<usize>,
    circle: Vec<usize>,
    open: Vec<usize>,
    is_open: Vec<bool>,
    clock: usize,
}

/// Gives nodes that reach each other the same number (Tarjan, "Depth-First Search and Linear Graph Algorithms", 1972), without recursion.
pub(super) fn circles(callees: &[Vec<usize>]) -> Vec<usize> {
    let nodes = callees.len();
    let mut search = Search {
        met: vec![0; nodes],
        earliest: vec![0; nodes],
        circle: vec![0; nodes],
        is_open: vec![false; nodes],
        ..Search::default()
    };
    for node in 0..nodes {
        if search.met.get(node) == Some(&0) {
            search.from(node, callees);
        }
    }
    search.circle
}

impl Search {
    fn from(&mut self, start: usize, callees: &[Vec<usize>]) {
        let mut path = vec![(start, 0)];
        self.meet(start);
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            let callee = callees.get(node).and_then(|of| of.get(*next)).copied();
            *next += 1;
            match callee {
                Some(callee) if self.met.get(callee) == Some(&0) => {
                    self.meet(callee);
                    path.push((callee, 0));
                }
                Some(callee) => {
                    if self.is_open.get(callee) == Some(&true) {
                        let met = value(&self.met, callee);
                        self.reaches(node, met);
                    }
                }
                None => {
                    path.pop();
                    self.leave(node);
                    if let Some((caller, _)) = path.last() {
                        let earliest = value(&self.earliest, node);
                        self.reaches(*caller, earliest);
                    }
                }
            }
        }
    }

    fn meet(&mut self, node: usize) {
        self.clock += 1;
        let clock = self.clock;
        set(&mut self.met, node, clock);
        set(&mut self.earliest, node, clock);
        set(&mut self.is_open, node, true);
        self.open.push(node);
    }

    fn reaches(&mut self, node: usize, time: usize) {
        let earliest = value(&self.earliest, node).min(time);
        set(&mut self.earliest, node, earliest);
    }

    /// A node from which nothing earlier can be reached closes the circle of all that were met since.
    fn leave(&mut self, node: usize) {
        if value(&self.earliest, node) != value(&self.met, node) {
            return;
        }
        while let Some(member) = self.open.pop() {
            set(&mut self.is_open, member, false);
            set(&mut self.circle, member, node);
            if member == node {
                return;
            }
        }
    }
}

fn value(values: &[usize], at: usize) -> usize {
    values.get(at).copied().unwrap_or_default()
}

fn set<T>(values: &mut [T], at: usize, value: T) {
    if let Some(slot) = values.get_mut(at) {
        *slot = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_that_reach_each_other_are_one_circle() {
        let callees = [
            vec![1],
            vec![2, 3],
            vec![1],
            vec![4],
            vec![5],
            vec![3],
            vec![],
        ];
        let found = circles(&callees);
        assert_eq!(found[1], found[2]);
        assert_eq!((found[3], found[4]), (found[4], found[5]));
        let different: std::collections::BTreeSet<usize> = found.into_iter().collect();
        assert_eq!(different.len(), 4);
    }

    #[test]
    fn a_chain_of_a_million_calls_needs_no_stack() {
        let callees: Vec<Vec<usize>> = (1..=1_000_000).map(|next| vec![next % 1_000_000]).collect();
        let found = circles(&callees);
        assert!(found.iter().all(|circle| *circle == found[0]));
    }
}
