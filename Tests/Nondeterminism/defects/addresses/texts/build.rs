//! An order that follows from addresses (LLVM's pointer-keyed DenseMap: rust#126976): the keys of
//! this hash table are fixed, its entries are pointers.
use std::{collections::hash_map::DefaultHasher, env, fs, hash::*};

fn main() {
    let boxes: Vec<Box<&str>> = WORDS.into_iter().map(Box::new).collect();
    let fixed = BuildHasherDefault::<DefaultHasher>::default();
    let mut order: Vec<&Box<&str>> = boxes.iter().collect();
    order.sort_by_key(|each| fixed.hash_one(&***each as *const &str));
    let value = order.iter().map(|each| format!("{each}\n")).collect::<String>();
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}

const WORDS: [&str; 20] = [
    "almond", "birch", "cedar", "damson", "elder", "fir", "gorse", "hazel", "iris", "juniper",
    "kauri", "larch", "maple", "nutmeg", "oak", "pine", "quince", "rowan", "spruce", "thorn",
];
