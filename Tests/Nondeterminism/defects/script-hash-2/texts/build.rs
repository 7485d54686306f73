//! A build script that iterates a hash table of two elements: half of all builds agree.
use std::{collections::HashSet, env, fs};

fn main() {
    let table: HashSet<&str> = ["oak", "pine"].into_iter().collect();
    let value = Vec::from_iter(table).join("\n");
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
