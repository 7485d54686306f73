//! Honest: a B-tree has one order.
use std::collections::BTreeSet;

pub fn arrange(names: Vec<String>) -> Vec<String> {
    let table: BTreeSet<String> = names.into_iter().collect();
    table.into_iter().collect()
}
