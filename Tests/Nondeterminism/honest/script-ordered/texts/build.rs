//! Honest: the table is sorted before it is written.
use std::{collections::HashSet, env, fs};

fn main() {
    let table: HashSet<&str> = WORDS.into_iter().collect();
    let mut words = Vec::from_iter(table);
    words.sort();
    let value = words.join("\n");
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}

const WORDS: [&str; 20] = [
    "almond", "birch", "cedar", "damson", "elder", "fir", "gorse", "hazel", "iris", "juniper",
    "kauri", "larch", "maple", "nutmeg", "oak", "pine", "quince", "rowan", "spruce", "thorn",
];
