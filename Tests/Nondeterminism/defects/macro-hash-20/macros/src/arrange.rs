//! A derive macro that iterates a hash table (hashify#4, derive_more#124, rust-i18n#103).
use std::collections::HashSet;

pub fn arrange(names: Vec<String>) -> Vec<String> {
    let table: HashSet<String> = names.into_iter().collect();
    table.into_iter().collect()
}
