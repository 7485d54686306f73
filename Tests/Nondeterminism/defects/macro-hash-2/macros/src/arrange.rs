//! A derive macro that iterates a hash table of two elements: half of all builds agree.
use std::collections::HashSet;

pub fn arrange(names: Vec<String>) -> Vec<String> {
    let table: HashSet<String> = names.into_iter().collect();
    table.into_iter().collect()
}
