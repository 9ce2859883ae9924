//! The call graph: who calls whom, how far from the alarm, and what a node's callees carry.

mod cycles;

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};

/// A call graph over numbered nodes. Numbers follow the order of names, so that nothing depends on the order of edges.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    numbers: HashMap<&'a str, usize>,
    callees: Vec<Vec<usize>>,
    called_by: Vec<Vec<usize>>,
    /// How many calls from the alarm's node; `None` for those that it does not reach.
    distance: Vec<Option<usize>>,
    /// Nodes that call each other in a circle have the same number.
    circle: Vec<usize>,
}

impl<'a> Graph<'a> {
    /// Builds the graph of `edges` and of `nodes` that are in none. Without edges, `alarm` is taken to call everybody.
    pub(super) fn of(
        edges: &'a [(String, String)],
        nodes: impl Iterator<Item = &'a str>,
        alarm: &'a str,
    ) -> Self {
        let mut names: BTreeSet<&str> = nodes.collect();
        names.insert(alarm);
        for (caller, callee) in edges {
            names.extend([caller.as_str(), callee.as_str()]);
        }
        let numbers: HashMap<&str, usize> = names.iter().copied().zip(0..).collect();
        let number = |name: &str| numbers.get(name).copied();
        let mut pairs: Vec<(usize, usize)> = if edges.is_empty() {
            let all = names.iter().filter_map(|name| number(name));
            number(alarm)
                .into_iter()
                .flat_map(|alarm| all.clone().map(move |node| (alarm, node)))
                .collect()
        } else {
            let known = edges
                .iter()
                .filter_map(|(caller, callee)| Some((number(caller)?, number(callee)?)));
            known.collect()
        };
        pairs.retain(|(caller, callee)| caller != callee);
        pairs.sort_unstable();
        pairs.dedup();
        let (mut callees, mut called_by) =
            (vec![Vec::new(); names.len()], vec![Vec::new(); names.len()]);
        for (caller, callee) in pairs {
            if let Some(of) = callees.get_mut(caller) {
                of.push(callee);
            }
            if let Some(of) = called_by.get_mut(callee) {
                of.push(caller);
            }
        }
        let distance = distances(&callees, number(alarm));
        let circle = cycles::circles(&callees);
        Self {
            numbers,
            callees,
            called_by,
            distance,
            circle,
        }
    }

    /// How many calls a node is from the alarm's; `None` if no call leads there.
    pub(super) fn distance(&self, name: &str) -> Option<usize> {
        let number = self.numbers.get(name)?;
        self.distance.get(*number).copied().flatten()
    }

    /// For each measured node the most that one of its callees carries, and for the others what is behind them.
    ///
    /// Nobody measures a load balancer that is only in the graph: what is behind it counts as called directly.
    pub(super) fn explained<'n>(&self, carried: &[(&'n str, f64)]) -> HashMap<&'n str, f64> {
        let mut measured: Vec<Option<f64>> = vec![None; self.callees.len()];
        for (name, carried) in carried {
            let number = self.numbers.get(name);
            if let Some(slot) = number.and_then(|number| measured.get_mut(*number)) {
                *slot = Some(*carried);
            }
        }
        let passes = self.looked_through(&measured);
        let most = |name: &str| {
            let number = *self.numbers.get(name)?;
            let callees = self.callees.get(number)?.iter();
            let explaining = callees.filter(|callee| self.explains(**callee, number));
            let carried = explaining.filter_map(|callee| passes.get(*callee).copied());
            Some(carried.fold(0.0, f64::max))
        };
        carried
            .iter()
            .map(|(name, _)| (*name, most(name).unwrap_or_default()))
            .collect()
    }

    /// In a circle everybody is everybody's callee: there, who is farther from the alarm explains who is nearer.
    fn explains(&self, called: usize, by: usize) -> bool {
        let circle = |node: usize| self.circle.get(node);
        let distance = |node: usize| self.distance.get(node).copied().flatten();
        circle(called) != circle(by) || distance(called) > distance(by)
    }

    /// What each node carries; one that nobody measures carries the most of what it calls.
    fn looked_through(&self, measured: &[Option<f64>]) -> Vec<f64> {
        let mut passes: Vec<f64> = measured.iter().map(|one| one.unwrap_or_default()).collect();
        let mut is_done: Vec<bool> = measured.iter().map(Option::is_some).collect();
        let bits = |(node, carried): (usize, &f64)| (carried.to_bits(), Reverse(node));
        let all = passes.iter().enumerate();
        // Of numbers that are not negative, the larger has the larger bits.
        let mut most: BinaryHeap<_> = all
            .filter(|(_, carried)| **carried > 0.0)
            .map(bits)
            .collect();
        while let Some((bits, Reverse(node))) = most.pop() {
            for caller in self.called_by.get(node).into_iter().flatten() {
                if let (Some(done @ false), Some(slot)) =
                    (is_done.get_mut(*caller), passes.get_mut(*caller))
                {
                    *done = true;
                    *slot = f64::from_bits(bits);
                    most.push((bits, Reverse(*caller)));
                }
            }
        }
        passes
    }
}

fn distances(callees: &[Vec<usize>], from: Option<usize>) -> Vec<Option<usize>> {
    let mut distances = vec![None; callees.len()];
    let mut next: VecDeque<(usize, usize)> = from.map(|from| (from, 0)).into_iter().collect();
    while let Some((node, distance)) = next.pop_front() {
        let Some(slot @ None) = distances.get_mut(node) else {
            continue;
        };
        *slot = Some(distance);
        let of = callees.get(node).into_iter().flatten();
        next.extend(of.map(|callee| (*callee, distance + 1)));
    }
    distances
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn check(pairs: &[(&str, &str)], carried: &[(&str, f64)], expected: &[(&str, f64)]) {
        let edges = edges(pairs);
        let graph = Graph::of(&edges, carried.iter().map(|(name, _)| *name), "web");
        let found = graph.explained(carried);
        let mut found: Vec<(&str, f64)> = found.into_iter().collect();
        found.sort_by(|a, b| a.0.cmp(b.0));
        assert_eq!(found, expected, "{pairs:?}");
    }

    #[test]
    fn the_most_that_a_callee_carries_is_explained() {
        check(
            &[
                ("web", "shop"),
                ("web", "mail"),
                ("shop", "db"),
                ("shop", "shop"),
            ],
            &[("web", 1.0), ("shop", 0.9), ("mail", 0.1), ("db", 0.8)],
            &[("db", 0.0), ("mail", 0.0), ("shop", 0.8), ("web", 0.9)],
        );
    }

    #[test]
    fn what_nobody_measures_is_looked_through() {
        check(
            &[
                ("web", "lb"),
                ("lb", "lb2"),
                ("lb2", "lb"),
                ("lb2", "shop"),
                ("lb", "mail"),
            ],
            &[("web", 1.0), ("shop", 0.9), ("mail", 0.1)],
            &[("mail", 0.0), ("shop", 0.0), ("web", 0.9)],
        );
    }

    #[test]
    fn in_a_circle_who_is_farther_from_the_alarm_explains() {
        check(
            &[
                ("web", "shop"),
                ("shop", "cart"),
                ("cart", "shop"),
                ("cart", "web"),
            ],
            &[("web", 1.0), ("shop", 0.9), ("cart", 0.8)],
            &[("cart", 0.0), ("shop", 0.8), ("web", 0.9)],
        );
    }

    #[test]
    fn without_a_graph_everybody_is_called_by_the_node_in_alarm() {
        check(
            &[],
            &[("web", 1.0), ("shop", 0.9), ("db", 0.8)],
            &[("db", 0.0), ("shop", 0.0), ("web", 0.9)],
        );
    }

    #[test]
    fn distances_are_counted_from_the_alarm_and_end_where_no_call_leads() {
        let edges = edges(&[
            ("web", "shop"),
            ("shop", "db"),
            ("web", "db"),
            ("job", "db"),
        ]);
        let graph = Graph::of(&edges, ["alone"].into_iter(), "web");
        let distances = ["web", "shop", "db", "job", "alone", "unknown"].map(|n| graph.distance(n));
        assert_eq!(distances, [Some(0), Some(1), Some(1), None, None, None]);
    }
}
