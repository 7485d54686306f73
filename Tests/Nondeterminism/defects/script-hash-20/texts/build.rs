//! A build script that writes a table in a hash table's order (tiny#437, cargo-i18n#150).
use std::{collections::HashSet, env, fs};

fn main() {
    let table: HashSet<&str> = WORDS.into_iter().collect();
    let value = Vec::from_iter(table).join("\n");
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}

const WORDS: [&str; 20] = [
    "almond", "birch", "cedar", "damson", "elder", "fir", "gorse", "hazel", "iris", "juniper",
    "kauri", "larch", "maple", "nutmeg", "oak", "pine", "quince", "rowan", "spruce", "thorn",
];
