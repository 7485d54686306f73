//! Honest: a hash table whose hasher has fixed keys.
use std::{
    collections::{hash_map::DefaultHasher, HashSet},
    env, fs,
    hash::BuildHasherDefault,
};

fn main() {
    type Fixed = BuildHasherDefault<DefaultHasher>;
    let table: HashSet<&str, Fixed> = WORDS.into_iter().collect();
    let value = Vec::from_iter(table).join("\n");
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}

const WORDS: [&str; 20] = [
    "almond", "birch", "cedar", "damson", "elder", "fir", "gorse", "hazel", "iris", "juniper",
    "kauri", "larch", "maple", "nutmeg", "oak", "pine", "quince", "rowan", "spruce", "thorn",
];
